"""Environments: the line that names one, where it is safe, and why it is left to a person where it is not."""

import pytest

from pipewarden.pipelines.least.environments import environments
from pipewarden.pipelines.least.kinds import Around, EditKind, Outcome
from pipewarden.pipelines.trusts.stated import Platform, Stated
from pipewarden.pipelines.workflow import read_workflow

PATH = ".github/workflows/ship.yml"
SHIP = """\
# how acme ships
on:
  push:
    branches: [main]
jobs:
  deploy:  # to customers
    # a large one
    runs-on: ubuntu-latest  # hosted
    steps:
      - uses: actions/checkout@v4
      - run: kubectl apply -f k8s
        env:
          TOKEN: ${{ secrets.CLUSTER_TOKEN }}
"""


def planned(text: str, *others: str, trusts: tuple[Stated, ...] = ()) -> Outcome:
    workflows = [read_workflow(PATH, text)]
    workflows += [read_workflow(f".github/workflows/other{n}.yml", other) for n, other in enumerate(others)]
    return environments(PATH, text, Around(repository="acme/web", workflows=tuple(workflows), trusts=trusts))


def test_a_job_that_deploys_gets_the_line_and_nothing_else_changes() -> None:
    made = planned(SHIP)
    assert made.text == SHIP.replace("# hosted\n", "# hosted\n    environment: production\n")
    [edit] = made.edits
    assert edit.kind is EditKind.ENVIRONMENT
    assert edit.says == "job deploy takes CLUSTER_TOKEN without an environment; it gets `environment: production`"
    assert "open to branch main only, and with required reviewers" in edit.first[0]
    assert edit.first[1].startswith("Put CLUSTER_TOKEN into it and delete it from the repository's")
    assert made.advice == ()
    again = planned(made.text)
    assert (again.text, again.edits, again.advice) == (made.text, (), ())


@pytest.mark.parametrize(
    ("other", "name"),
    [
        ("Production", "Production"),
        ("prod-eu", "prod-eu"),
        ("release", "release"),
        ("staging", "production"),
        ("prod-approval", "production"),
        ("${{ inputs.to }}", "production"),
        ("github-pages", "production"),
    ],
)
def test_the_name_is_the_one_that_the_repository_has_for_production(other: str, name: str) -> None:
    has = f"on: push\njobs:\n  a:\n    runs-on: x\n    environment: {other!r}\n    steps: [{{run: make}}]\n"
    assert f"    environment: {name}\n" in planned(SHIP, has).text


def test_the_plain_name_goes_before_one_with_more_words() -> None:
    has = "on: push\njobs:\n" + "".join(
        f"  {job}:\n    runs-on: x\n    environment: {name}\n    steps: [{{run: make}}]\n"
        for job, name in (("a", "prod-us"), ("b", "prod"))
    )
    assert "environment: prod\n" in planned(SHIP, has).text


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (("    branches: [main]", "  pull_request:"), "it also runs on pull_request"),
        (("    branches: [main]", "  workflow_call:"), "the workflow can be called"),
        (("kubectl apply -f k8s", "kubectl apply -f k8s # nightly"), None),
        (("deploy:", "deploy-staging:"), "nothing says that it is for production"),
        (("# how acme ships\n", "name: staging\n"), "nothing says that it is for production"),
    ],
)
def test_where_the_line_would_break_something_it_is_left_to_a_person(change: tuple[str, str], why: str | None) -> None:
    made = planned(SHIP.replace(*change))
    if why is None:
        assert made.edits
        return
    assert made.edits == ()
    assert why in made.advice[0].why
    assert made.text == SHIP.replace(*change)


def test_a_pull_request_that_the_job_is_kept_from_does_not_count() -> None:
    text = SHIP.replace("    branches: [main]", "  pull_request:")
    kept = text.replace("    runs-on", "    if: github.event_name == 'push'\n    runs-on")
    assert planned(kept).edits
    assert "split it first" in planned(text).advice[0].why


def test_workflows_that_start_at_deployments_are_not_started_by_it() -> None:
    listens = "on: deployment_status\njobs:\n  a:\n    runs-on: x\n    steps: [{run: make}]\n"
    made = planned(SHIP, listens)
    assert made.edits == ()
    assert made.advice[0].why == (
        ".github/workflows/other0.yml starts at every deployment, and a job with an environment makes one"
    )


def test_who_else_takes_the_secret_is_told_before_it_is_moved() -> None:
    other = (
        "on: push\njobs:\n  a:\n    runs-on: x\n    steps: [{run: make, env: {T: '${{ secrets.CLUSTER_TOKEN }}'}}]\n"
    )
    [edit] = planned(SHIP, other).edits
    assert "once no other job takes it there (other0.yml#a may)" in edit.first[1]
    named = other.replace("runs-on: x", "runs-on: x\n    environment: production")
    assert planned(SHIP, named).edits[0].first[1].endswith("secrets.")


def test_a_schedule_asks_for_no_reviewers() -> None:
    text = SHIP.replace("on:\n", "on:\n  schedule: [{cron: '0 3 * * *'}]\n")
    assert "without required reviewers: it also runs on a schedule" in planned(text).edits[0].first[0]


def test_how_often_a_run_would_ask_is_told() -> None:
    matrix = SHIP.replace("    steps", "    strategy: {matrix: {region: [eu, us]}}\n    steps")
    assert "(each leg of its matrix asks)" in planned(matrix).edits[0].first[0]
    again = SHIP.partition("jobs:\n")[2].replace("deploy:", "publish:")
    made = planned(SHIP + again)
    assert [edit.job for edit in made.edits] == ["deploy", "publish"]
    assert "(2 jobs of this workflow take the same, and each asks)" in made.edits[0].first[0]
    assert "asks)" not in planned(SHIP).edits[0].first[0]


IDENTITY = SHIP.replace("    runs-on", "    permissions:\n      id-token: write # to sign in\n    runs-on")


def trust(*subjects: str) -> Stated:
    return Stated(
        platform=Platform.AWS,
        role="web-deploy",
        address="aws_iam_role.deploy",
        path="infra/main.tf",
        line=7,
        column=1,
        issuer="https://token.actions.githubusercontent.com",
        subjects=subjects,
    )


def test_a_job_with_an_identity_says_which_subject_roles_must_accept() -> None:
    [edit] = planned(IDENTITY).edits
    assert "`repo:acme/web:environment:production`" in edit.first[-1]
    assert "`repo:acme@OWNER_ID/web@REPOSITORY_ID:environment:production`" in edit.first[-1]
    assert not any("subject" in each for each in planned(SHIP).edits[0].first)


@pytest.mark.parametrize(
    ("subjects", "offered"),
    [
        (("repo:acme/web:ref:refs/heads/main",), False),
        (("repo:acme@12/web@34:ref:refs/heads/main",), False),
        (("repo:acme/web:ref:refs/heads/main", "repo:acme/web:environment:production"), True),
        (("repo:acme/web:*",), True),
        (("repo:acme/other:ref:refs/heads/main",), True),
        ((), True),
    ],
)
def test_a_trust_in_the_files_that_would_refuse_the_new_subject_stands_against_it(
    subjects: tuple[str, ...], offered: bool
) -> None:
    made = planned(IDENTITY, trusts=(trust(*subjects),))
    assert bool(made.edits) is offered
    if not offered:
        assert made.advice[0].why == (
            f"web-deploy (infra/main.tf:7) trusts {subjects[0]}, and an environment changes its subject"
        )
    assert planned(SHIP, trusts=(trust(*subjects),)).edits, "a job without an identity has no subject"


def test_a_call_of_a_workflow_can_have_no_environment() -> None:
    text = "on: push\njobs:\n  deploy-prod:\n    uses: ./.github/workflows/x.yml\n    secrets: inherit\n"
    assert planned(text) == Outcome(text=text)


def test_what_is_written_in_one_line_is_left_to_a_person() -> None:
    steps = "[{run: kubectl apply -f k8s, env: {TOKEN: '${{ secrets.CLUSTER_TOKEN }}'}}]"
    text = f"on: push\njobs:\n  deploy: {{runs-on: ubuntu-latest, steps: {steps}}}\n"
    made = planned(text)
    assert made.text == text
    assert made.advice[0].why == "job deploy is written in one line or through an alias"
