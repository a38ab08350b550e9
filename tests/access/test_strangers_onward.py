"""What strangers reach beyond the jobs that they surely take over: of those that take what they leave it is not known, never no."""

import pytest

from pipewarden.connectors.jobs import job_facts
from pipewarden.model.access import Answer, Capability
from pipewarden.model.facts import Resource
from pipewarden.model.ids import Kind, Ref, everyone
from tests.access.estate import HOST, SEEN, Estate, can
from tests.pipelines.github.shelves import jobs

TAKES = "      - {uses: actions/checkout@v4, with: {ref: '${{ github.event.pull_request.head.sha }}'}}\n      - {run: make}\n"
OTHER = "env: {K: '${{ secrets.OTHER }}'}"


def job(name: str, steps: str, *more: str) -> str:
    lines = "".join(f"    {each}\n" for each in more)
    machine = "" if any("runs-on" in each for each in more) else "    runs-on: ubuntu-latest\n"
    return f"  {name}:\n{machine}{lines}    steps:\n{steps}"


def taking(more_steps: str = "", *more: str) -> str:
    """Return a workflow with a job that anybody takes over and that holds nothing."""
    return "on: [push, pull_request_target]\npermissions: {}\njobs:\n" + job("a", TAKES + more_steps, *more)


def told(**texts: str) -> tuple[Answer, str] | None:
    """Say whether anybody at all reads OTHER, and what is not known of it; `w` is the workflow that runs their code."""
    estate = Estate()
    repository = estate.repo("web", "public")
    secret = estate.secret(repository, "OTHER")
    for name in texts:
        path = f".github/workflows/{name}.yml"
        attributes = {"untrusted_code": name == "w", "path": path}
        ref = Ref(HOST, Kind.WORKFLOW, f"{repository.key}:{path}")
        estate.add(Resource(ref=ref, name=f"acme/web/{path}", parent=repository, attributes=attributes, origin=SEEN))
    for each in jobs(**texts).values():
        estate.add(*job_facts(each, repository=repository, repository_name="acme/web", origin=SEEN))
    found = can(estate.engine(), everyone(HOST), Capability.READ_SECRET, secret)
    return None if found is None else (found.answer, "; ".join(found.paths[0].unknown))


USES = f"      - {{run: ./deploy, {OTHER}}}\n"
OPEN = "      - {uses: o/x@v1, id: q}\n      - {uses: actions/checkout@v4, with: {ref: '${{ steps.q.outputs.ref }}'}}\n"
LEAVES = "      - {uses: actions/upload-artifact@v4, with: {name: site, path: x}}\n"
ELSEWHERE = "  b:\n    uses: other/repo/.github/workflows/x.yml@v1\n    secrets: {K: '${{ secrets.OTHER }}'}\n"


@pytest.mark.parametrize(
    ("more", "why"),
    [
        (job("b", OPEN + USES), "whether job b, which is handed it, runs their commands could not be followed"),
        (job("b", TAKES + USES, "environment: site"), "somebody lets job b run first, which is handed it"),
        (job("b", USES, "needs: a"), "whether job b, which is handed it, runs what job a leaves was not followed"),
        (job("c", "      - {run: x}\n", "needs: a") + job("b", USES, "needs: [c]"), "runs what job a leaves"),
        (ELSEWHERE, "job b hands it to a workflow that was not read"),
        (
            ELSEWHERE.replace(
                "    secrets", "    with: {ref: '${{ github.event.pull_request.head.sha }}'}\n    secrets"
            ),
            "whether job b, which is handed it, runs their commands could not be followed",
        ),
    ],
)
def test_not_known_of_a_job_that_they_may_take_over_or_that_takes_what_they_leave(more: str, why: str) -> None:
    answer = told(w=taking() + more)
    assert answer is not None
    assert answer[0] is Answer.UNKNOWN
    assert why in answer[1]


@pytest.mark.parametrize(
    "more",
    [
        job("b", USES),
        job("c", "      - {run: x}\n") + job("b", USES, "needs: c"),
        job("b", USES, "needs: a", "if: github.event_name == 'push'"),
        job("b", "      - {run: ./deploy}\n", "needs: a"),
        job("b", USES, "runs-on: [self-hosted]"),
        ELSEWHERE.replace("OTHER", "THIRD"),
    ],
)
def test_not_where_what_they_leave_comes_to_no_job_that_is_handed_it(more: str) -> None:
    assert told(w=taking() + more) is None


def test_a_called_workflow_waits_for_what_its_caller_waits_for() -> None:
    called = "on: workflow_call\njobs:\n" + job("c", "      - {run: x}\n") + job("d", USES, "needs: c")
    caller = taking() + "  b:\n    needs: a\n    uses: ./.github/workflows/v.yml\n    secrets: inherit\n"
    made = jobs(w=caller, v=called)
    assert (made["w.yml#b/c"].after, made["w.yml#b/d"].after) == (("a",), ("b/c", "a"))
    answer = told(w=caller, v=called)
    assert answer == (
        Answer.UNKNOWN,
        "whether job b/d, which is handed it, runs what job a leaves was not followed",
    )
    assert told(w=caller.replace("    needs: a\n", ""), v=called) is None


def test_what_waits_for_a_call_waits_for_the_jobs_of_that() -> None:
    called = "on: workflow_call\njobs:\n" + job("a", TAKES)
    caller = "on: pull_request_target\npermissions: {}\njobs:\n  go: {uses: ./.github/workflows/v.yml}\n"
    answer = told(w=caller + job("b", USES, "needs: go"), v=called)
    assert answer is not None
    assert answer[1] == "whether job b, which is handed it, runs what job go/a leaves was not followed"
    assert told(w=caller + job("b", USES), v=called) is None


def test_artifacts_and_caches_that_another_workflow_takes() -> None:
    artifact = (
        "on: {workflow_run: {workflows: [w], types: [completed]}}\npermissions: {}\njobs:\n"
        + job("b", "      - {uses: actions/download-artifact@v4, with: {name: site, run-id: '${{ github.event.workflow_run.id }}'}}\n" + USES)
    )  # fmt: skip
    left = "name: w\n" + taking(LEAVES)
    answer = told(w=left, v=artifact)
    assert answer is not None
    assert answer[0] is Answer.UNKNOWN
    assert "whether job b (v.yml), which is handed it, runs the files that they leave it" in answer[1]
    assert told(w=left, v=artifact.replace("name: site", "name: docs")) is None
    keeps = "      - {uses: actions/cache@v4, with: {path: x, key: '%s'}}\n"
    push = "on: push\npermissions: {}\njobs:\n" + job("b", keeps % "deps-1" + USES)
    assert told(w=taking(keeps % "deps-1"), v=push) == (
        Answer.UNKNOWN,
        "whether job b (v.yml), which is handed it, runs the files that they leave it was not followed",
    )
    assert told(w=taking(keeps % "docs-1"), v=push) is None


def test_a_machine_of_ones_own_on_which_their_commands_ran() -> None:
    push = "on: push\npermissions: {}\njobs:\n" + job("b", USES, "runs-on: [self-hosted]")
    answer = told(w=taking("", "runs-on: [self-hosted]"), v=push)
    assert answer == (
        Answer.UNKNOWN,
        "whether job b (v.yml), which is handed it, runs on the machine that job a leaves is not known",
    )
    assert told(w=taking("", "runs-on: [self-hosted]"), v=push.replace("[self-hosted]", "ubuntu-latest")) is None
    assert told(w=taking(), v=push) is None
