"""Which conditions keep an outsider's run from passing."""

import json

import pytest

from pipewarden.pipelines.gates import gate_of, may_run_on
from pipewarden.pipelines.workflow import read_workflow

SAME = "github.event.pull_request.head.repo.full_name == github.repository"


@pytest.mark.parametrize(
    ("condition", "event", "passes"),
    [
        ("", "pull_request_target", True),
        (SAME, "pull_request_target", False),
        ("${{ " + SAME + " }}", "pull_request_target", False),
        ("${{ " + SAME + " }} ", "pull_request_target", True),
        (f"success() && ({SAME})", "pull_request_target", False),
        (f"{SAME} || github.actor == 'alice'", "pull_request_target", True),
        (f"!({SAME})", "pull_request_target", True),
        (f"github.event_name == 'push' || {SAME}", "pull_request_target", False),
        (f"github.event_name != 'pull_request_target' || {SAME}", "pull_request_target", False),
        (f"github.event_name != 'pull_request_target' || {SAME}", "issue_comment", True),
        ("!github.event.pull_request.head.repo.fork", "pull_request_target", False),
        ("github.event.pull_request.head.repo.fork", "pull_request_target", True),
        ("github.event_name == 'issue_comment'", "issue_comment", True),
        ("github.event_name == 'issue_comment'", "issues", False),
        ("github.event_name == ''", "issues", False),
        ("github.event_name != ''", "issues", True),
        ("'a || b' == github.event.issue.title && github.event_name == 'push'", "issues", False),
        ("github.event.pull_request.merged", "pull_request_target", False),
        ("github.event.workflow_run.event == 'push'", "workflow_run", False),
        ("github.event.workflow_run.event == 'pull_request'", "workflow_run", True),
        ("github.event.workflow_run.event != 'pull_request'", "workflow_run", False),
        ("github.event.workflow_run.head_branch == 'main'", "workflow_run", True),
        ("github.event.workflow_run.head_repository.full_name == github.repository", "workflow_run", False),
        (
            "github.event.workflow_run.head_repository.full_name == github.event.workflow_run.repository.full_name",
            "workflow_run",
            False,
        ),
        (
            "github.event.workflow_run.head_repository.full_name != github.event.workflow_run.repository.full_name",
            "workflow_run",
            True,
        ),
        ("startsWith(github.ref, 'refs/tags/')", "issues", False),
        ("github.ref == 'refs/heads/main'", "pull_request", False),
        ("github.ref == 'refs/heads/main'", "pull_request_target", True),
        ("contains('a || b', 'x') && " + SAME, "pull_request_target", False),
        ("(" * 100 + SAME + ")" * 100, "pull_request_target", True),
    ],
)
def test_an_outsider_passes(condition, event, passes):
    assert (event in gate_of(condition).open) is passes


@pytest.mark.parametrize(
    ("condition", "word", "event"),
    [
        ("github.event.label.name == 'safe'", "label", "pull_request_target"),
        ("github.event.comment.author_association == 'MEMBER'", "member", "issue_comment"),
        ("github.actor == 'dependabot[bot]'", "actors", "issue_comment"),
    ],
)
def test_a_gate_that_a_person_decides_is_described(condition, word, event):
    gate = gate_of(condition)
    assert word in gate.words
    assert event in gate.open


@pytest.mark.parametrize(
    ("condition", "event", "may"),
    [
        ("", "pull_request", True),
        ("", "push", True),
        ("", "schedule", False),
        (SAME, "pull_request", True),
        ("github.event_name != 'pull_request'", "pull_request", False),
        ("github.event_name == 'push' && inputs.x", "pull_request", False),
        ("startsWith(github.ref, 'refs/tags/v')", "pull_request", False),
        ("startsWith(github.ref, 'refs/tags/v')", "push", True),
        ("github.event_name == 'push' }} yes", "pull_request", True),
    ],
)
def test_a_job_may_run_on_an_event_whoever_starts_it(condition, event, may):
    text = f"on: [push, pull_request]\njobs:\n  a:\n    if: {json.dumps(condition)}\n    runs-on: x\n"
    workflow = read_workflow("w.yml", text)
    assert may_run_on(workflow, workflow.jobs[0], event) is may


def test_a_job_is_skipped_with_the_one_it_needs_unless_it_asks():
    text = (
        "on: [push, pull_request]\njobs:\n  a:\n    if: github.event_name == 'push'\n    runs-on: x\n"
        "  b:\n    needs: a\n    runs-on: x\n  c:\n    needs: a\n    if: always()\n    runs-on: x\n"
    )
    workflow = read_workflow("w.yml", text)
    assert [may_run_on(workflow, job, "pull_request") for job in workflow.jobs] == [False, False, True]
