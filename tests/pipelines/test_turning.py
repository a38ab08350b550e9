"""`cond && a || b` in a ref, a machine, an environment or a program is what its condition makes of it under each event.

https://docs.github.com/en/actions/reference/workflows-and-actions/expressions#operators
"""

import pytest

from pipewarden.model.jobs import Circle
from pipewarden.pipelines.hazards import hazards
from pipewarden.pipelines.hazards.kinds import HazardKind
from pipewarden.pipelines.turning import under
from pipewarden.pipelines.workflow import read_workflow
from pipewarden.pipelines.worlds import Who
from tests.pipelines.github.shelves import jobs

SHA = "github.event.pull_request.head.sha"
FORK = "github.event.pull_request.head.repo.fork"
OWN = "github.event.pull_request.head.repo.full_name == github.repository"
PULL = "github.event_name == 'pull_request'"
CHECKOUT = "actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683"


@pytest.mark.parametrize(
    ("text", "event", "who", "made"),
    [
        (f"{PULL} && {SHA} || github.sha", "pull_request", Who.OUTSIDER, SHA),
        (f"{PULL} && {SHA} || github.sha", "push", Who.WHOEVER, "github.sha"),
        (f"!({PULL}) && 'a' || 'b'", "pull_request", Who.OUTSIDER, "'b'"),
        ("contains(fromJSON('[\"push\"]'), github.event_name) && 'a' || 'b'", "push", Who.WHOEVER, "'a'"),
        (f"{FORK} && 'a' || 'b'", "pull_request", Who.OUTSIDER, "'a'"),
        (f"{FORK} && 'a' || 'b'", "pull_request", Who.BOT, "'b'"),
        (f"{FORK} && 'a' || 'b'", "pull_request", Who.WHOEVER, "('a') || ('b')"),
        (f"{OWN} && 'a' || 'b'", "pull_request", Who.OUTSIDER, "'b'"),
        (f"always() && {PULL} && 'a' || 'b'", "push", Who.WHOEVER, "'b'"),
        (f"({PULL} && 'a') || fromJSON('[1]')", "pull_request", Who.OUTSIDER, "'a'"),
        (f"fromJSON({PULL} && '[1]' || '[2]')", "push", Who.WHOEVER, "fromjson('[2]')"),
        (f"{PULL} && ({FORK} && 'a' || 'b') || 'c'", "pull_request", Who.OUTSIDER, "'a'"),
        # an empty text counts as false, so the other is its result all the same
        (f"{PULL} && '' || 'b'", "pull_request", Who.OUTSIDER, "'b'"),
        ("github.head_ref || github.ref_name", "push", Who.WHOEVER, "github.ref_name"),
        ("github.head_ref || github.ref_name", "pull_request", Who.OUTSIDER, "github.head_ref"),
        ("github.event.inputs.ref || github.sha", "push", Who.WHOEVER, "github.sha"),
        ("vars.X == '1' && 'a' || 'b'", "push", Who.WHOEVER, "vars.X == '1' && 'a' || 'b'"),
        (f"case({PULL}, {SHA}, github.sha)", "pull_request", Who.OUTSIDER, SHA),
        (f"case({PULL}, {SHA}, github.sha)", "push", Who.WHOEVER, "github.sha"),
        (f"case({FORK}, 'a', {PULL}, 'b', 'c')", "pull_request", Who.WHOEVER, "('a') || ('b')"),
        (f"case(vars.X == '1', 'a', {PULL}, 'b', 'c')", "push", Who.WHOEVER, "('a') || ('c')"),
        (f"case({PULL}, 'a', 'b') == 'b' && 'c' || 'd'", "push", Who.WHOEVER, "'c'"),
        (f"case({PULL}, '', 'b') || 'd'", "pull_request", Who.OUTSIDER, "'d'"),
        # two or four of them GitHub refuses
        (f"case({PULL}, 'a')", "push", Who.WHOEVER, f"case({PULL}, 'a')"),
        ("github.event_name && (", "push", Who.WHOEVER, "github.event_name && ("),
    ],
)
def test_what_an_expression_is_under_an_event(text, event, who, made):
    assert under(text, event, who) == made


def kinds(text):
    workflow = read_workflow(".github/workflows/w.yml", text)
    assert workflow.complete
    return {(hazard.kind, hazard.events) for hazard in hazards(workflow)}


def checkout(ref, env="", on="[pull_request, pull_request_target]", step=""):
    return (
        f"on: {on}\npermissions: {{}}\n{env}jobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n"
        f'      - uses: {CHECKOUT}\n        with: {{ref: "{ref}"}}\n{step}'
        "      - run: make\n        env: {K: '${{ secrets.K }}'}\n"
    )


@pytest.mark.parametrize(
    ("ref", "taken"),
    [
        (f"${{{{ {PULL} && {SHA} || github.sha }}}}", False),
        (f"${{{{ {PULL} && github.sha || {SHA} }}}}", True),
        (f"${{{{ !({PULL}) && {SHA} || github.sha }}}}", True),
        (f"${{{{ github.event_name != 'pull_request_target' && {SHA} || '' }}}}", False),
        (f"${{{{ {FORK} && github.sha || {SHA} }}}}", False),
        (f"${{{{ {OWN} && {SHA} || github.base_ref }}}}", False),
        (f"${{{{ {OWN} && github.sha || {SHA} }}}}", True),
        (f"${{{{ vars.PRS == 'yes' && {SHA} || github.sha }}}}", True),
        (f"${{{{ case(github.event_name == 'pull_request_target', github.sha, {SHA}) }}}}", False),
        (f"${{{{ case(github.event_name == 'push', github.sha, {SHA}) }}}}", True),
        (f"${{{{ contains(fromJSON('[\\\"pull_request\\\"]'), github.event_name) && {SHA} || github.sha }}}}", False),
    ],
)
def test_a_checkout_is_judged_by_its_condition(ref, taken):
    assert ((HazardKind.PWN_REQUEST, ("pull_request_target",)) in kinds(checkout(ref))) is taken


def test_through_env_and_outputs_too():
    ternary = f"${{{{ {PULL} && {SHA} || github.sha }}}}"
    turned = f"${{{{ {PULL} && github.sha || {SHA} }}}}"
    for value, taken in ((ternary, False), (turned, True)):
        env = f'env: {{REF: "{value}"}}\n'
        assert (HazardKind.PWN_REQUEST in {kind for kind, _ in kinds(checkout("${{ env.REF }}", env))}) is taken
        step = f'      - run: git checkout "$REF"\n        env: {{REF: "{value}"}}\n'
        assert (HazardKind.PWN_REQUEST in {kind for kind, _ in kinds(checkout("", step=step))}) is taken


def test_a_text_in_a_program_is_judged_by_its_condition():
    def told(value):
        text = f'on: [pull_request, issues]\npermissions: {{}}\njobs: {{a: {{runs-on: x, steps: [{{run: "echo ${{{{ {value} }}}}"}}]}}}}\n'
        return {events for kind, events in kinds(text) if kind is HazardKind.SCRIPT_INJECTION}

    assert told(f"{PULL} && github.sha || github.event.issue.title") == {("issues",)}
    assert told(f"{PULL} && github.event.pull_request.title || github.sha") == {("pull_request",)}
    assert told("github.event_name == 'push' && github.event.issue.title || github.sha") == set()


RUNS_ON = 'on: [push, pull_request]\npermissions: {{}}\njobs: {{a: {{runs-on: "{}", steps: [{{run: make}}]}}}}\n'


@pytest.mark.parametrize(
    ("runs_on", "own_machine"),
    [
        ("${{ github.event_name == 'push' && 'self-hosted' || 'ubuntu-latest' }}", False),
        ("${{ github.event_name == 'push' && 'ubuntu-latest' || 'self-hosted' }}", True),
        (f"${{{{ {FORK} && 'ubuntu-latest' || 'self-hosted' }}}}", False),
        (f"${{{{ {FORK} && 'self-hosted' || 'ubuntu-latest' }}}}", True),
        (f"${{{{ {OWN} && 'self-hosted' || 'ubuntu-latest' }}}}", False),
        (f"${{{{ ({PULL} && 'ubuntu-latest') || fromJSON('[\\\"self-hosted\\\",\\\"x\\\"]') }}}}", False),
        (f'${{{{ fromJSON({PULL} && \'[\\"self-hosted\\",\\"x\\"]\' || \'\\"ubuntu-latest\\"\') }}}}', True),
        (f'${{{{ fromJSON({PULL} && \'\\"ubuntu-latest\\"\' || \'[\\"self-hosted\\",\\"x\\"]\') }}}}', False),
        ("${{ vars.OWN && 'self-hosted' || 'ubuntu-latest' }}", True),
    ],
)
def test_a_machine_is_judged_by_its_condition(runs_on, own_machine):
    found = kinds(RUNS_ON.format(runs_on))
    assert ((HazardKind.SELF_HOSTED_FOR_OUTSIDER, ("pull_request",)) in found) is own_machine


def test_what_a_start_has_of_machines_and_environments():
    text = (
        "on: [push, issues]\npermissions: {}\njobs:\n  a:\n"
        "    runs-on: ${{ github.event_name == 'push' && 'self-hosted' || 'ubuntu-latest' }}\n"
        "    environment: ${{ github.event_name == 'push' && 'production' || '' }}\n"
        "    steps: [{run: ./x}]\n"
    )
    job = jobs(w=text)["w.yml#a"]
    assert (job.runner, job.environments) == ("self_hosted", ("production",))
    under_ = {(start.event, start.by): start.under for start in job.starts}
    stranger = under_["issues", Circle.OUTSIDER]
    assert (stranger.runner, stranger.environments) == ("hosted", ())
    assert under_["push", Circle.BOT].runner == "self_hosted"
    # whoever brings the file writes what they want
    assert under_["push", Circle.DEVELOPER] is None


@pytest.mark.parametrize(
    ("condition", "before", "taken"),
    [
        ("env.OWN == 'true'", "", False),
        ("env.OWN != 'false'", "", False),
        ("env.OWN == 'false'", "", True),
        # a text that is not empty counts as true, "false" too
        ("env.OWN", "", True),
        ("env.OTHER == 'true'", "", True),
        # a step before it sets it anew
        ("env.OWN == 'true'", '      - run: echo "OWN=true" >> "$GITHUB_ENV"\n', True),
        ("env.OWN == 'true'", '      - run: cat pr.env >> "$GITHUB_ENV"\n', True),
        ("env.OWN == 'true'", '      - run: echo "X=true" >> "$GITHUB_ENV"\n', False),
    ],
)
def test_a_condition_that_a_variable_carries(condition, before, taken):
    """https://docs.github.com/en/actions/reference/workflows-and-actions/contexts#env-context"""
    text = (
        "on: pull_request_target\npermissions: {}\njobs:\n  a:\n    runs-on: ubuntu-latest\n"
        f"    env: {{OWN: '${{{{ {FORK} == false }}}}'}}\n    steps:\n{before}"
        f'      - uses: {CHECKOUT}\n        if: "{condition}"\n        with: {{ref: "${{{{ {SHA} }}}}"}}\n'
        "      - run: make\n        env: {K: '${{ secrets.K }}'}\n"
    )
    assert (HazardKind.PWN_REQUEST in {kind for kind, _ in kinds(text)}) is taken
