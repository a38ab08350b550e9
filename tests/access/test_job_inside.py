"""A condition that shuts out forks lets in whoever may write: what they propose on a branch of the repository runs with the job.

https://securitylab.github.com/resources/github-actions-preventing-pwn-requests/
"""

import asyncio
from pathlib import Path

import pytest

from pipewarden.access.job_answers import StartedReach, reach_of, users_of
from pipewarden.access.job_words import reason
from pipewarden.access.jobs import jobs
from pipewarden.connectors.checkout import Checkout
from pipewarden.connectors.pipelines import told_of
from pipewarden.model.builder import SnapshotBuilder
from pipewarden.model.columns import SnapshotInfo
from pipewarden.model.snapshot import Snapshot
from tests.checks.builder import NOW

CHECKOUT = f"actions/checkout@{'0' * 40}"
OWN = "github.event.pull_request.head.repo.full_name == github.repository"
AFTER = "github.event.workflow_run.head_repository.full_name == github.repository"
HEAD = "github.event.pull_request.head.sha"
PULLS = "pull_request_target"
RUNS = "{workflow_run: {workflows: [ci], types: [completed]}}"


def text(on: str = PULLS, *, job: str = "", checkout: str = "", step: str = "", ref: str = HEAD) -> str:
    """Return a workflow with a condition on its job, its checkout, or the step that takes the secret."""

    def only(condition: str, deep: str) -> str:
        return f'{deep}if: "{condition}"\n' if condition else ""

    return (
        f"name: w\non: {on}\npermissions: {{}}\njobs:\n  a:\n{only(job, '    ')}    runs-on: ubuntu-latest\n    steps:\n"
        f'      - uses: {CHECKOUT}\n{only(checkout, "        ")}        with: {{ref: "${{{{ {ref} }}}}"}}\n'
        f'      - run: make\n{only(step, "        ")}        env: {{K: "${{{{ secrets.K }}}}"}}\n'
    )


def seen(folder: Path, workflow: str) -> Snapshot:
    (folder / ".github/workflows").mkdir(parents=True)
    (folder / ".github/workflows/w.yml").write_text(workflow)
    ci = "name: ci\non: [push, pull_request]\njobs: {t: {runs-on: ubuntu-latest, steps: [{run: make}]}}\n"
    (folder / ".github/workflows/ci.yml").write_text(ci)
    into = SnapshotBuilder()
    asyncio.run(Checkout(folder, name="acme/web").collect(into, lambda *_: None))
    return into.finish(SnapshotInfo(sources=(), started=NOW, ended=NOW))


def reached(snapshot: Snapshot, who: str) -> list[StartedReach]:
    return [each for each in reach_of(snapshot, who) if each.what == "K"]


def how(snapshot: Snapshot, who: str) -> dict[str, str]:
    return {each.capability: each.how for each in reached(snapshot, who)}


@pytest.mark.parametrize(
    "workflow",
    [
        text(job=OWN),
        text(job="github.event.pull_request.head.repo.fork == false"),
        text(job="!github.event.pull_request.head.repo.fork"),
        text(checkout=OWN),
        text(RUNS, job=AFTER, ref="github.event.workflow_run.head_sha"),
        text(RUNS, checkout=AFTER, ref="github.event.workflow_run.head_sha"),
        text(RUNS, job="github.event.workflow_run.event == 'push'", ref="github.event.workflow_run.head_sha"),
    ],
)
def test_whoever_may_write_runs_their_own_code_where_forks_are_shut_out(tmp_path: Path, workflow: str) -> None:
    snapshot = seen(tmp_path, workflow)
    assert how(snapshot, "developer")["read_secret"] == "own commands"
    assert "read_secret" not in how(snapshot, "outsider")
    job = next(each for each in jobs(snapshot) if each.job.id == "a")
    assert reason(job).startswith("whoever may write takes it over through ")
    [use] = users_of(snapshot, "K")
    assert use.path.startswith("whoever may write (")
    assert "it runs the code of a pull request" in use.path


def test_it_is_no_weakness_of_the_file() -> None:
    """Whoever may write can bring a workflow of their own: the guard does what it is for."""
    kinds = [
        each["kind"] for each in told_of("w.yml", text(job=OWN), owner="acme", default="read").attributes["hazards"]
    ]
    assert "pwn_request" not in kinds
    open_ = [each["kind"] for each in told_of("w.yml", text(), owner="acme", default="read").attributes["hazards"]]
    assert "pwn_request" in open_


@pytest.mark.parametrize(
    "workflow",
    [
        # the code is the base's
        text(job=OWN, ref="github.event.pull_request.base.sha"),
        # what was merged somebody looked at
        text("{pull_request_target: {types: [closed]}}", job="github.event.pull_request.merged == true"),
        # nobody who may write is Dependabot
        text(job="github.event.comment.user.login == 'dependabot[bot]'", on="issue_comment"),
        # the branches that the file names may be guarded
        text(
            "{workflow_run: {workflows: [ci], branches: [main]}}", job=AFTER, ref="github.event.workflow_run.head_sha"
        ),
        text(
            RUNS,
            job=f"{AFTER} && github.event.workflow_run.head_branch == 'main'",
            ref="github.event.workflow_run.head_sha",
        ),
    ],
)
def test_they_only_start_it_where_no_code_of_theirs_is_taken(tmp_path: Path, workflow: str) -> None:
    assert set(how(seen(tmp_path, workflow), "developer").values()) <= {"starts it only"}


def test_a_secret_that_forks_are_not_handed_is_read_by_whoever_may_write(tmp_path: Path) -> None:
    snapshot = seen(tmp_path, text(step=OWN))
    job = next(each for each in jobs(snapshot) if each.job.id == "a")
    ways = {(way.start.by.value, way.commands) for way in job.ways if way.start.event == PULLS}
    assert ("developer", True) in ways
    assert ("fork", True) in ways
    [use] = users_of(snapshot, "K")
    assert any(path.startswith("whoever may write") and "step 2 is given K" in path for path in use.paths)


def test_what_only_a_fork_brings_is_not_theirs(tmp_path: Path) -> None:
    """The checkout runs for forks alone, the secret is handed to the others alone: no run has both."""
    fork = "github.event.pull_request.head.repo.fork"
    snapshot = seen(tmp_path, text(checkout=fork, step=f"!{fork}"))
    job = next(each for each in jobs(snapshot) if each.job.id == "a")
    assert {way.commands for way in job.ways if way.start.by.value == "developer" and way.start.event == PULLS} == {
        False
    }


@pytest.mark.parametrize(
    ("condition", "gate"),
    [
        (
            'contains(fromJSON(\'[\\"OWNER\\", \\"MEMBER\\"]\'), github.event.comment.author_association)',
            "only if the author is",
        ),
        ("github.event.comment.author_association == 'MEMBER'", "only if the author is"),
        ("", ""),
    ],
)
def test_a_condition_on_the_step_that_takes_the_code_stands_before_it(
    tmp_path: Path, condition: str, gate: str
) -> None:
    workflow = text("issue_comment", checkout=condition, ref="format('refs/pull/{0}/head', github.event.issue.number)")
    found = reached(seen(tmp_path, workflow), "developer")
    assert [each.how for each in found if each.capability == "read_secret"] == ["own commands"]
    assert ("before it: only if" in found[0].path) is bool(gate)
    assert found[0].gate.startswith(gate)
