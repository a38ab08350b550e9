"""What conditions are worth under an event: by their payloads, by who causes the run, in three values."""

import pytest

from pipewarden.pipelines.conditions import holds, tree_of
from pipewarden.pipelines.gates import gate_of
from pipewarden.pipelines.worlds import Who, world

HEAD = "github.event.pull_request.head"
PRT = frozenset({"pull_request_target"})


def outsider_passes(condition, event="pull_request_target"):
    return event in gate_of(condition, frozenset({event})).open


# https://docs.github.com/en/webhooks/webhook-events-and-payloads#pull_request and
# https://docs.github.com/en/actions/reference/workflows-and-actions/contexts#github-context
@pytest.mark.parametrize(
    "condition",
    [
        f"{HEAD}.repo.id == github.repository_id",
        f"github.repository_id == {HEAD}.repo.id",
        f"{HEAD}.repo.id == github.event.pull_request.base.repo.id",
        f"{HEAD}.repo.node_id == github.event.repository.node_id",
        f"{HEAD}.repo.html_url == github.event.pull_request.base.repo.html_url",
        f"{HEAD}.user.login == github.repository_owner",
        f"{HEAD}.user.id == github.repository_owner_id",
        f"{HEAD}.repo.owner.id == github.event.repository.owner.id",
        f"{HEAD}.repo.owner.login == 'acme'",
        "github.event.pull_request.user.login == github.repository_owner",
        f"{HEAD}.label == 'acme:dev'",
        f"startsWith({HEAD}.label, 'acme:')",
        f"startsWith({HEAD}.label, format('{{0}}:', github.repository_owner))",
        f"{HEAD}.label == format('{{0}}:dev', github.repository_owner)",
        f"startsWith({HEAD}.repo.full_name, 'acme/')",
        f"startsWith({HEAD}.repo.full_name, format('{{0}}/', github.repository_owner))",
        f"!({HEAD}.repo.full_name != github.repository)",
        f"({HEAD}.repo.full_name != github.repository) == false",
        f"{HEAD}.repo.fork != true",
        f"!({HEAD}.repo.fork && true)",
        "github.event['pull_request'].head.repo['fork'] == false",
        f"always() && {HEAD}.repo.full_name == github.repository",
        f"!cancelled() && {HEAD}.repo.full_name == github.repository",
        f'contains(fromJSON(\'["acme/web", "acme/api"]\'), {HEAD}.repo.full_name)',
        'contains(fromJSON(\'["push", "schedule"]\'), github.event_name)',
        "!contains(fromJSON('[\"pull_request_target\"]'), github.event_name)",
        "contains('push schedule', github.event_name)",
        "github.event_name == 'PUSH'",
        "startsWith(github.event_name, 'push')",
        "!startsWith(github.event_name, 'pull_request')",
        "github.ref_type == 'tag'",
        "endsWith(github.event_name, '_dispatch')",
        "(github.event_name == 'push' && 'yes' || '') == 'yes'",
        "github.event.inputs.deploy == 'true'",
        "github.event.release.tag_name != null",
        f"{HEAD}.repo.fork == false && contains(github.event.pull_request.labels.*.name, 'safe')",
    ],
)
def test_no_fork_passes(condition):
    assert not outsider_passes(condition)
    assert gate_of(condition, PRT).words == "", "nothing is left for a person to decide"


@pytest.mark.parametrize(
    "condition",
    [
        # a fork has the name of what it is a fork of
        f"{HEAD}.repo.name == github.event.repository.name",
        # branches of a fork can have any name
        f"{HEAD}.ref == 'dev'",
        f"endsWith({HEAD}.label, ':dev')",
        f"startsWith({HEAD}.label, 'acme')",
        f"contains({HEAD}.label, 'acme:')",
        f"startsWith({HEAD}.repo.full_name, 'acme')",
        f"contains('acme/web,acme/api', {HEAD}.repo.full_name)",
        f"{HEAD}.label != 'acme:dev'",
        f"{HEAD}.repo.id != github.repository_id",
        f"{HEAD}.user.login != github.repository_owner",
        f"{HEAD}.repo.fork == true",
        # any text counts as true
        f"format('{{0}}', {HEAD}.repo.full_name == github.repository)",
        "github.event.pull_request.base.repo.full_name == github.repository",
        "github.event.pull_request.base.user.login == github.repository_owner",
        "github.repository_owner == 'acme'",
        'contains(fromJSON(\'["push", "pull_request_target"]\'), github.event_name)',
        "contains(fromJSON(vars.EVENTS), github.event_name)",
        f"always() || {HEAD}.repo.full_name == github.repository",
        "github.event_name != 'push'",
        "github.ref_type == 'branch'",
        "startsWith(github.ref, 'refs/heads/')",
        "inputs.deploy != 'true'",
    ],
)
def test_a_fork_passes_what_looks_like_it(condition):
    assert outsider_passes(condition)


@pytest.mark.parametrize(
    ("condition", "event", "passes"),
    [
        # what the payload of an event does not have is null, and null counts as false
        (f"{HEAD}.repo.fork == false", "issue_comment", True),
        (f"!{HEAD}.repo.fork", "issues", True),
        (f"{HEAD}.repo.full_name == github.repository", "issue_comment", False),
        (f"{HEAD}.repo.full_name != github.repository", "issue_comment", True),
        ("github.event.pull_request", "issues", False),
        ("github.event.issue.pull_request", "issues", False),
        ("github.event.issue.pull_request", "issue_comment", True),
        ("github.event.label.name == 'safe'", "issue_comment", False),
        ("github.head_ref == ''", "issue_comment", True),
        ("github.head_ref == ''", "pull_request_target", False),
        ("github.event.workflow_run.event == 'schedule'", "workflow_run", False),
        ('contains(fromJSON(\'["push", "schedule"]\'), github.event.workflow_run.event)', "workflow_run", False),
        ("github.event.workflow_run.event != 'push'", "workflow_run", True),
        ("github.event.workflow_run.head_repository.id == github.repository_id", "workflow_run", False),
    ],
)
def test_payloads_of_events(condition, event, passes):
    assert outsider_passes(condition, event) is passes


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        ("contains(github.event.pull_request.labels.*.name, 'safe')", "covers what is pushed after"),
        ("github.event.label.name == 'safe'", "anew for each run"),
        ("github.event.action == 'labeled'", "anew for each run"),
        ("github.event.action != 'labeled' || github.event.label.name == 'safe'", ""),
        ("!contains(github.event.pull_request.labels.*.name, 'wip')", ""),
        ("github.event.pull_request.title == 'label'", ""),
        (f"{HEAD}.label != 'acme:dev'", ""),
        ("github.actor == 'alice'", "certain actors"),
        ('contains(fromJSON(\'["alice", "bob"]\'), github.actor)', "certain actors"),
        ("github.actor != 'dependabot[bot]'", ""),
        ("!(github.actor == 'dependabot[bot]')", ""),
        ("github.actor == 'alice' || github.event.pull_request.title == 'x'", ""),
    ],
)
def test_what_a_person_decides_is_told_only_where_it_decides(condition, words):
    found = gate_of(condition, PRT)
    assert "pull_request_target" in found.open
    assert words in found.words
    assert bool(words) is bool(found.words)


@pytest.mark.parametrize(
    ("condition", "asked", "answer"),
    [
        ("github.event_name == 'push'", "pull_request", False),
        ("github.event_name == 'push'", "push", True),
        ("startsWith(github.ref, 'refs/tags/')", "push", False),
        ("startsWith(github.ref, 'refs/heads/dependabot/')", "push", None),
        ("github.ref == 'refs/heads/main'", "push", False),
        ("github.ref_name == 'main'", "push", False),
        ("github.ref == 'refs/heads/main'", "pull_request", False),
        ("github.actor == 'dependabot[bot]'", "pull_request", True),
        ("github.actor != 'dependabot[bot]'", "pull_request", False),
        ("github.event.pull_request.user.login == 'dependabot[bot]'", "pull_request", True),
        ("startsWith(github.head_ref, 'release/')", "pull_request", False),
        ("startsWith(github.head_ref, 'dependabot')", "pull_request", True),
        ("github.base_ref == 'main'", "pull_request", None),
        (f"{HEAD}.repo.full_name == github.repository", "pull_request", True),
        (f"{HEAD}.repo.fork", "pull_request", False),
        (f"{HEAD}.repo.name == 'web'", "pull_request", None),
        ("github.event.pull_request.merged", "pull_request closed", False),
        ("vars.DEPLOY == 'yes'", "pull_request", None),
        ("github.event.workflow_run.head_branch == 'main'", "workflow_run", False),
    ],
)
def test_what_dependabot_proposes(condition, asked, answer):
    assert holds(tree_of(condition), world(asked, Who.BOT)) is answer


@pytest.mark.parametrize(
    ("condition", "asked", "answer"),
    [
        ("startsWith(github.ref, 'refs/tags/')", "push heads", False),
        ("startsWith(github.ref, 'refs/tags/')", "push tags", True),
        ("startsWith(github.ref, 'refs/tags/')", "push", None),
        ("github.ref_type == 'tag'", "push heads", False),
        ("github.ref == 'refs/heads/main'", "push tags", False),
        ("github.ref == 'refs/heads/main'", "pull_request", False),
        ("github.ref == 'refs/heads/main'", "pull_request closed", None),
        ("github.event.pull_request.merged", "pull_request", False),
        ("github.event.pull_request.merged", "pull_request closed", None),
        ("github.event.schedule == '0 0 * * 2'", "workflow_dispatch", False),
        ("github.event.schedule == '0 0 * * 2'", "schedule", None),
        ("github.event.pull_request.draft == false", "push", True),
        ("github.event_name == 'push' }} yes", "pull_request", None),
        ("(" * 100 + "github.event_name == 'push'" + ")" * 100, "pull_request", None),
        ("'1' == 1", "push", True),
        ("null == 0", "push", True),
        ("'a' > 'B'", "push", False),
        ("github.event_name", "push", True),
        ("github.event_name == 'push'", "", None),
    ],
)
def test_whoever_causes_it(condition, asked, answer):
    assert holds(tree_of(condition), world(asked)) is answer
