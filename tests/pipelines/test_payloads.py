"""What the payload of an event has, and what a value is that asks it for what it has not: nothing, which nobody chooses.

https://docs.github.com/en/webhooks/webhook-events-and-payloads
"""

import json

import pytest

from pipewarden.pipelines.conditions import holds, tree_of
from pipewarden.pipelines.hazards import all_hazards
from pipewarden.pipelines.hazards.kinds import HazardKind
from pipewarden.pipelines.payloads import COMMON, KEYS, absent
from pipewarden.pipelines.turning import under
from pipewarden.pipelines.untrusted import ANYONE_EVENTS, Author
from pipewarden.pipelines.workflow import read_workflow
from pipewarden.pipelines.worlds import ALL_EVENTS, Who, world
from tests.pipelines.github.shelves import jobs
from tests.shared import shared_path

CHECKOUT = "actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683"
SHA = "github.event.pull_request.head.sha"


def test_every_event_that_outsiders_cause_is_in_the_table():
    assert set(KEYS) >= ANYONE_EVENTS
    # what an image of a runner's brings about is in no description: nothing of its payload is known
    assert set(ALL_EVENTS) - set(KEYS) == {"image_version"}


def test_of_what_is_not_in_the_table_nothing_is_known():
    assert absent("image_version") == absent("made_up") == frozenset()
    assert "pull_request" in absent("issue_comment")
    assert not any(absent(event) & COMMON for event in KEYS)
    # no description has it: an edition of GitHub's may
    assert all("made_up" not in absent(event) for event in KEYS)


def test_the_keys_are_those_of_github_s_description():
    described = json.loads(shared_path("apis/github-webhooks-openapi-subset.json").read_text())
    schemas, seen = described["components"]["schemas"], set()
    for name, hook in described["webhooks"].items():
        event = next(
            (each for each in KEYS if name.replace("-", "_") in {each, f"{each}_completed", f"{each}_created"}), None
        )
        if event is not None:
            (body,) = hook["post"]["requestBody"]["content"].values()
            keys = set(schemas[body["schema"]["$ref"].rpartition("/")[2]]["properties"])
            assert keys <= KEYS[event] | COMMON, (name, keys)
            seen.add(event)
    assert seen == {"branch_protection_rule", "public", "workflow_run"}


def test_real_payloads_have_no_other_keys():
    seen = set()
    for each in json.loads(shared_path("apis/github-webhook-examples-access.json").read_text()):
        if each["name"] in KEYS:
            seen.add(each["name"])
            for payload in each["examples"]:
                assert set(payload) <= KEYS[each["name"]] | COMMON, each["name"]
    assert {"deployment", "deployment_status", "public", "workflow_run"} <= seen


@pytest.mark.parametrize(
    ("text", "event", "made"),
    [
        (SHA, "pull_request_target", SHA),
        (SHA, "pull_request_review", SHA),
        (SHA, "issue_comment", "''"),
        (SHA, "workflow_run", "''"),
        ("github.event['pull_request'].head.sha", "issues", "''"),
        ("github.event.issue.title", "issue_comment", "github.event.issue.title"),
        ("github.event.issue.title", "discussion", "''"),
        ("github.event.comment.body", "discussion_comment", "github.event.comment.body"),
        ("github.event.comment.body", "pull_request_review", "''"),
        ("github.event.review.body", "pull_request_review", "github.event.review.body"),
        ("github.event.review.body", "pull_request_review_comment", "''"),
        ("github.event.release.name", "push", "''"),
        ("github.event.head_commit.message", "push", "github.event.head_commit.message"),
        ("github.event.head_commit.message", "workflow_run", "''"),
        ("github.event.workflow_run.head_branch", "workflow_run", "github.event.workflow_run.head_branch"),
        ("github.event.workflow_run.head_branch", "deployment_status", "github.event.workflow_run.head_branch"),
        ("github.event.workflow_run.head_branch", "issues", "''"),
        ("github.event.client_payload.ref", "repository_dispatch", "github.event.client_payload.ref"),
        ("github.event.client_payload.ref", "workflow_dispatch", "''"),
        ("github.event.number", "pull_request_target", "github.event.number"),
        ("github.event.number", "issue_comment", "''"),
        ("github.event.issue.pull_request.html_url", "issue_comment", "github.event.issue.pull_request.html_url"),
        ("github.event.issue.pull_request.head.sha", "issue_comment", "''"),
        ("github.head_ref", "pull_request_target", "github.head_ref"),
        ("github.head_ref", "issue_comment", "''"),
        ("format('refs/pull/{0}/head', github.event.number)", "issues", "format('refs/pull/{0}/head', '')"),
        ("toJSON(github.event)", "issues", "tojson(github.event)"),
        # no description tells of it
        ("github.event.made_up.title", "issues", "github.event.made_up.title"),
        ("github.event.sender.login", "push", "github.event.sender.login"),
        (SHA, "image_version", SHA),
    ],
)
def test_what_a_payload_has_under_an_event(text, event, made):
    assert under(text, event) == made


def test_a_condition_asks_the_same_table():
    ref = tree_of("github.event.ref == 'refs/heads/main'")
    assert holds(ref, world("pull_request")) is False
    assert holds(ref, world("push")) is None
    assert holds(tree_of("github.event.action == 'opened'"), world("create")) is False
    assert holds(tree_of("github.event.action == 'opened'"), world("issues", Who.OUTSIDER)) is None


def found(on, ref="", run="make", before=""):
    text = (
        f"on: {on}\npermissions: {{}}\njobs:\n  a:\n    runs-on: ubuntu-latest\n{before}    steps:\n"
        f'      - uses: {CHECKOUT}\n        with: {{ref: "{ref}"}}\n'
        f"      - run: {run}\n        env: {{K: '${{{{ secrets.K }}}}'}}\n"
    )
    workflow = read_workflow(".github/workflows/w.yml", text)
    assert not workflow.faults, workflow.faults
    return {(each.kind, each.by, each.events) for each in all_hazards(workflow)}


def taken(events):
    return (HazardKind.PWN_REQUEST, Author.ANYONE, events)


@pytest.mark.parametrize(
    ("on", "ref", "events"),
    [
        ("issue_comment", SHA, ()),
        ("issue_comment", "github.head_ref", ()),
        ("workflow_run", SHA, ()),
        ("[issue_comment, pull_request_target]", SHA, ("pull_request_target",)),
        ("[issue_comment, workflow_run]", "github.event.workflow_run.head_sha", ("workflow_run",)),
        ("[issue_comment, pull_request_target]", "github.event.workflow_run.head_sha", ()),
        ("issue_comment", "refs/pull/${{ github.event.number }}/head", ()),
        ("issue_comment", "refs/pull/${{ github.event.issue.number }}/head", ("issue_comment",)),
        ("[issue_comment, push]", "github.event_name == 'issue_comment' && github.sha || " + SHA, ()),
    ],
)
def test_a_checkout_of_what_the_payload_has_not(on, ref, events):
    """An empty `ref` takes the branch that the run is of: https://github.com/actions/checkout#usage."""
    hazards = found(on, ref if "{{" in ref else f"${{{{ {ref} }}}}")
    assert {each for each in hazards if each[0] is HazardKind.PWN_REQUEST} == ({taken(events)} if events else set())


def test_through_env_and_scripts_too():
    for value, events in ((SHA, ()), ("github.event.workflow_run.head_sha", ("workflow_run",))):
        env = f"    env: {{REF: '${{{{ {value} }}}}'}}\n"
        hazards = found("[issue_comment, workflow_run]", "${{ env.REF }}", before=env)
        assert (taken(events) in hazards) is bool(events)
        assert bool(events) is any(kind is HazardKind.PWN_REQUEST for kind, _, _ in hazards)
    script = 'git fetch origin "$GITHUB_HEAD_REF" && git checkout FETCH_HEAD && make'
    assert taken(("issue_comment",)) not in found("issue_comment", run=script)
    fetch = "git fetch origin pull/${{ github.event.pull_request.number }}/head\n      - run: make"
    assert taken(("pull_request_target",)) in found("[issue_comment, pull_request_target]", run=fetch)
    assert not any(kind is HazardKind.PWN_REQUEST for kind, _, _ in found("issue_comment", run=fetch))
    assert (HazardKind.PWN_REQUEST, Author.ANYONE, ("pull_request_target",)) in found(
        "[issue_comment, pull_request_target]", run='git checkout "$GITHUB_HEAD_REF"\n      - run: make'
    )


@pytest.mark.parametrize(
    ("on", "value", "by", "events"),
    [
        ("[issue_comment, push]", "github.event.pull_request.title", None, ()),
        ("[issue_comment, push]", "github.event.comment.body", Author.ANYONE, ("issue_comment",)),
        ("[issues, discussion]", "github.event.issue.title", Author.ANYONE, ("issues",)),
        ("[issues, push]", "github.event.head_commit.message", Author.WRITER, ()),
        ("issues", "github.event.head_commit.message", None, ()),
        ("[push, release]", "github.event.release.name", Author.WRITER, ()),
        ("[push, workflow_dispatch]", "github.event.release.name", None, ()),
        ("[issues, push]", "env.T", None, ()),
        ("[issues, release]", "env.T", Author.WRITER, ()),
        ("[issues, workflow_dispatch]", "github.event.inputs.x", Author.WRITER, ()),
        ("[issues, push]", "github.event.inputs.x", None, ()),
        ("[issues, push]", "github.ref_name", Author.WRITER, ()),
    ],
)
def test_a_text_in_a_program_that_the_payload_has_not(on, value, by, events):
    env = "    env: {T: '${{ github.event.release.name }}'}\n"
    hazards = {
        each for each in found(on, run=f"echo ${{{{ {value} }}}}", before=env) if each[0] is HazardKind.SCRIPT_INJECTION
    }
    assert hazards == ({(HazardKind.SCRIPT_INJECTION, by, events)} if by else set())


def test_a_condition_that_leaves_only_events_without_it():
    text = found(
        "[issues, push]", run="echo ${{ github.event.issue.title }}", before="    if: github.event_name == 'push'\n"
    )
    assert not any(kind is HazardKind.SCRIPT_INJECTION for kind, _, _ in text)
    text = found(
        "[issues, push]", run="echo ${{ github.event.issue.title }}", before="    if: github.event_name == 'issues'\n"
    )
    assert (HazardKind.SCRIPT_INJECTION, Author.ANYONE, ("issues",)) in text


def test_a_called_workflow_is_judged_under_the_events_of_its_callers():
    called = (
        "on: workflow_call\npermissions: {}\njobs:\n  b:\n    runs-on: ubuntu-latest\n    steps:\n"
        f"      - uses: {CHECKOUT}\n        with: {{ref: '${{{{ {SHA} }}}}'}}\n      - run: make\n"
    )
    for event, taken_on in (("issue_comment", []), ("pull_request_target", [("pull_request_target",)])):
        caller = f"on: {event}\npermissions: {{}}\njobs:\n  a: {{uses: ./.github/workflows/called.yml}}\n"
        job = jobs(w=caller, called=called)["w.yml#a/b"]
        assert [each.events for each in job.takeovers] == taken_on
