"""Which jobs are dangerous and why, who can use a secret, how far somebody gets by starting pipelines."""

import asyncio

import pytest

from pipewarden.access.engine import Engine
from pipewarden.access.job_answers import ends_of, reach_of, users_of
from pipewarden.access.job_changes import changes
from pipewarden.access.job_words import Editors, reaches, reason, starters
from pipewarden.access.jobs import jobs
from pipewarden.connectors.checkout import Checkout
from pipewarden.model.builder import SnapshotBuilder
from pipewarden.model.columns import SnapshotInfo
from tests.checks.builder import NOW

DEPLOY = """\
name: deploy
on: {push: {branches: [main]}}
permissions: {contents: read, id-token: write}
jobs:
  deploy:
    runs-on: ubuntu-latest
    environment: production
    steps:
      - uses: aws-actions/configure-aws-credentials@v4
        with: {role-to-assume: "arn:aws:iam::111122223333:role/web"}
      - run: ./deploy
        env: {TOKEN: "${{ secrets.DEPLOY_TOKEN }}"}
"""
PREVIEW = """\
name: preview
on: pull_request_target
permissions: {contents: write}
jobs:
  preview:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
        with: {ref: "${{ github.event.pull_request.head.sha }}"}
      - run: npm ci
        env: {TOKEN: "${{ secrets.NETLIFY }}"}
"""
TEST = """\
name: test
on: pull_request
permissions: {contents: read}
jobs:
  test: {runs-on: ubuntu-latest, steps: [{run: make, env: {T: "${{ secrets.COVERAGE }}"}}]}
"""
EVERYTHING = """\
name: all
on: workflow_dispatch
permissions: {}
jobs:
  all: {runs-on: ubuntu-latest, steps: [{run: ./up, env: {ALL: "${{ toJSON(secrets) }}"}}]}
"""
WEB = {"deploy": DEPLOY, "preview": PREVIEW, "test": TEST, "all": EVERYTHING}


@pytest.fixture
def snapshot(tmp_path):
    def make(texts=WEB, owners=""):
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        (folder / ".github/workflows").mkdir(parents=True)
        for name, text in texts.items():
            (folder / f".github/workflows/{name}.yml").write_text(text)
        if owners:
            (folder / "CODEOWNERS").write_text(owners)
        into = SnapshotBuilder()
        asyncio.run(Checkout(folder, name="acme/web").collect(into, lambda *_: None))
        return into.finish(SnapshotInfo(sources=(), started=NOW, ended=NOW))

    return make


def test_the_dangerous_first_with_the_reason(snapshot) -> None:
    found = jobs(snapshot())
    assert [job.job.id for job in found] == ["preview", "deploy", "all", "test"]
    assert [reason(job) for job in found] == [
        "anyone takes it over through a pull request and gets all of this",
        "whoever may write runs their own code in it through a push and gets all of this, but the environment production may ask for an approval",
        "whoever may write runs their own code in it through a start by hand and gets all of this",
        "whoever may write runs their own code in it through a pull request and gets all of this",
    ]
    preview, deploy, every, test = found
    assert reaches(preview.held()) == "secrets NETLIFY; token writes contents"
    assert reaches(deploy.held()) == (
        "secrets DEPLOY_TOKEN; cloud role arn:aws:iam::111122223333:role/web; environment production"
    )
    assert reaches(every.held()) == "every secret"
    assert (
        starters(test) == "anyone (a pull request); whoever may write (a pull request); a bot's update (a pull request)"
    )


def test_a_fork_runs_its_own_code_and_gets_nothing(snapshot) -> None:
    fork = {each.job: each for each in reach_of(snapshot(), "fork")}
    test = fork["acme/web/.github/workflows/test.yml#test"]
    assert (test.capability, test.what, test.commands) == ("run_pipeline", "no more than reading", True)
    assert "acme/web/.github/workflows/deploy.yml#deploy" not in fork


def test_a_developer_reaches_what_a_stranger_does_and_more(snapshot) -> None:
    seen = snapshot()
    stranger = {(each.capability, each.what, each.job) for each in reach_of(seen, "outsider")}
    developer = {(each.capability, each.what, each.job) for each in reach_of(seen, "developer")}
    assert (
        stranger - developer
        == {("run_pipeline", "no more than reading", "acme/web/.github/workflows/test.yml#test")} - developer
    )
    assert (
        "assume_role",
        "arn:aws:iam::111122223333:role/web",
        "acme/web/.github/workflows/deploy.yml#deploy",
    ) in developer


def test_a_bots_update_is_given_dependabots_own_secrets(snapshot) -> None:
    taken = [each.what for each in reach_of(snapshot(), "bot") if each.capability in {"read_secret", "use_secret"}]
    assert taken == ["COVERAGE (if Dependabot's store holds it)"], "what is pushed to main alone is none of its own"


def test_everything_that_can_use_a_secret(snapshot) -> None:
    found = users_of(snapshot(), "deploy_token")
    assert [(use.job.job.id, use.how, use.certain) for use in found] == [
        ("deploy", "by name, step 2", True),
        ("all", "as one of all, step 1", False),
    ]
    assert found[0].path == (
        "whoever may write (a push) → deploy.yml:5 job deploy → step 2 is given DEPLOY_TOKEN; before it: the environment "
        "production may ask for an approval"
    )


def test_a_path_of_a_stranger_names_the_weakness(snapshot) -> None:
    [netlify, _] = users_of(snapshot(), "NETLIFY")
    assert netlify.path == (
        "anyone (a pull request) → preview.yml:5 job preview (it runs the code of a pull request, at line 8) → step 2 is given NETLIFY"
    )


def test_code_owners_of_the_files_are_told(snapshot) -> None:
    seen = snapshot(owners="/.github/ @acme/platform\n")
    editors = Editors(Engine(seen))
    assert {editors.edit(job) for job in jobs(seen)} == {"whoever may write; owned by @acme/platform"}


def test_what_jobs_gained_and_lost(snapshot) -> None:
    before = snapshot()
    after = snapshot(
        {
            "deploy": DEPLOY.replace("DEPLOY_TOKEN", "ROOT_TOKEN").replace("contents: read", "contents: write"),
            "preview": PREVIEW,
            "new": TEST,
        }
    )
    found = [each.row() for each in changes(before, after)]
    deploy = ".github/workflows/deploy.yml#deploy"
    assert found[0] == (".github/workflows/new.yml#test", "a new job", "", "")
    assert (deploy, "secrets", "ROOT_TOKEN", "DEPLOY_TOKEN") in found
    assert (deploy, "permissions", "contents: write", "contents: read") in found
    assert (".github/workflows/all.yml#all", "the job is gone", "", "") in found
    gained = [bool(row[2]) or row[1] == "a new job" for row in found]
    assert gained == sorted(gained, reverse=True)
    assert changes(before, before) == []


HANDED = """\
name: handed
on: pull_request_target
permissions: {contents: write}
jobs:
  go:
    uses: acme/shared/.github/workflows/build.yml@v1
    with: {ref: "${{ github.event.pull_request.head.sha }}"}
    secrets: inherit
"""


def test_code_that_goes_where_nobody_looked_may_run(snapshot) -> None:
    (job,) = jobs(snapshot({"handed": HANDED}))
    assert reason(job) == (
        "anyone may run their own code in it through a pull request and get all of this: what handed.yml:6 takes was "
        "not followed"
    )
    assert [(way.commands, way.perhaps) for way in job.ways] == [(False, True)]
    told = reach_of(snapshot({"handed": HANDED}), "outsider")
    assert {each.how for each in told} == {"perhaps own commands"}
    assert {each.as_json()["own_commands"] for each in told} == {None}
    (calm,) = jobs(snapshot({"handed": HANDED.replace("head.sha", "base.sha")}))
    assert [(way.commands, way.perhaps) for way in calm.ways] == [(False, False)]
    assert calm.weight < job.weight


OPEN = """\
on: pull_request_target
permissions: {contents: write}
jobs:
  a: {runs-on: ubuntu-latest, steps: [{uses: ./gone, env: {T: "${{ secrets.T }}"}}]}
"""


def test_what_only_reads_comes_last_and_open_ends_are_told(snapshot) -> None:
    seen = snapshot({"test": TEST, "open": OPEN})
    told = [each.what for each in reach_of(seen, "outsider")]
    assert told == ["T", "token writes contents", "no more than reading"], "the test job runs their own code, and reads"
    assert [(job.job.id, "./gone" in end.says) for job, end in ends_of(seen, "outsider")] == [("a", True)]
    assert ends_of(seen, "bot") == []
