"""Which conditions keep an outsider's run from passing."""

import pytest

from pipewarden.pipelines.gates import gate_of

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
    ("condition", "word"),
    [
        ("github.event.label.name == 'safe'", "label"),
        ("github.event.comment.author_association == 'MEMBER'", "member"),
        ("github.actor == 'dependabot[bot]'", "actors"),
    ],
)
def test_a_gate_that_a_person_decides_is_described(condition, word):
    gate = gate_of(condition)
    assert word in gate.words
    assert "issue_comment" in gate.open
