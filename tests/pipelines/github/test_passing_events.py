"""What callers pass by an expression is worked out under the event of the run: environments, machines, conditions of steps."""

import pytest

from pipewarden.model.jobs import Circle
from tests.pipelines.github.shelves import jobs

BY_EVENT = "${{ github.event_name == 'push' && 'production' || 'preview' }}"
ON_PUSH = "${{ github.event_name == 'push' }}"


def called(environment="x", passes="", *, condition="", runner="ubuntu-latest", on="[push, pull_request_target]"):
    callee = (
        "on:\n  workflow_call:\n    inputs: {env: {type: string}, deploy: {type: boolean}, word: {type: string}}\n"
        f'permissions: {{}}\njobs:\n  b:\n    runs-on: "{runner}"\n    environment: "{environment}"\n    steps:\n'
        "      - run: ./x\n        env: {T: '${{ secrets.K }}'}\n"
        + (f'        if: "{condition}"\n' if condition else "")
    )
    caller = (
        f"on: {on}\npermissions: {{}}\njobs:\n  a:\n    uses: ./.github/workflows/called.yml\n    secrets: inherit\n"
        f"    with: {{{passes}}}\n"
    )
    return jobs(w=caller, called=callee)["w.yml#a/b"]


def places(job):
    return {
        start.event: (start.under.environments, start.under.environment_open) if start.under else None
        for start in job.starts
        if start.by is not Circle.BOT
    }


@pytest.mark.parametrize(
    ("environment", "passes", "pull"),
    [
        ("${{ inputs.env }}", f'env: "{BY_EVENT}"', (("preview",), False)),
        ("${{ inputs.env }}-eu", f'env: "{BY_EVENT}"', (("preview-eu",), False)),
        ("${{ inputs.deploy && 'production' || 'preview' }}", f'deploy: "{ON_PUSH}"', (("preview",), False)),
        ("${{ github.event_name == 'push' && inputs.env || 'preview' }}", "env: production", (("preview",), False)),
        (
            "${{ github.event_name == 'push' && inputs.env || 'preview' }}",
            "env: '${{ vars.X }}'",
            (("preview",), False),
        ),
        ("${{ inputs.env }}", "env: \"${{ github.event_name == 'push' && 'production' || vars.X }}\"", ((), True)),
        # what only the run knows is all that it can be
        ("${{ inputs.env }}", "env: \"${{ vars.X == 'y' && 'production' || 'preview' }}\"", None),
        ("${{ inputs.env }}", "env: production", None),
        ("${{ inputs.deploy && 'production' || 'preview' }}", 'deploy: "${{ vars.X }}"', None),
    ],
)
def test_an_environment_is_what_the_caller_passes_under_the_event(environment, passes, pull):
    found = places(called(environment, passes))
    assert found["pull_request_target"] == pull
    # whoever pushes brings the file along
    assert found["push"] is None


def test_through_a_workflow_between():
    callee = (
        "on: {workflow_call: {inputs: {env: {type: string}}}}\npermissions: {}\njobs:\n  c:\n    runs-on: ubuntu-latest\n"
        "    environment: ${{ inputs.env }}\n    steps: [{run: ./x}]\n"
    )
    between = (
        "on: {workflow_call: {inputs: {to: {type: string}}}}\npermissions: {}\njobs:\n"
        "  b: {uses: ./.github/workflows/c.yml, with: {env: 'at-${{ inputs.to }}'}}\n"
    )
    caller = (
        "on: [push, pull_request_target]\npermissions: {}\njobs:\n  a:\n    uses: ./.github/workflows/b.yml\n"
        f'    with: {{to: "{BY_EVENT}"}}\n'
    )
    job = jobs(w=caller, b=between, c=callee)["w.yml#a/b/c"]
    assert places(job)["pull_request_target"] == (("at-preview",), False)


def test_a_machine_is_what_the_caller_passes_under_the_event():
    job = called(passes=f'word: "{BY_EVENT}"', runner="${{ inputs.word }}")
    found = {(start.event, start.by): start.under.labels for start in job.starts if start.under}
    assert {labels for (event, _), labels in found.items() if event == "pull_request_target"} == {("preview",)}
    assert found["push", Circle.BOT] == ("production",)
    open_ = called(passes="word: '${{ vars.X }}'", runner="${{ inputs.word }}")
    assert open_.runner_open
    assert not any(start.under for start in open_.starts)


PULLS = {"pull_request_target outsider", "pull_request_target bot", "pull_request_target whoever"}
PUSHES = {"push bot", "push whoever"}


@pytest.mark.parametrize(
    ("condition", "passes", "idle"),
    [
        ("inputs.deploy", f'deploy: "{ON_PUSH}"', PULLS),
        ("${{ inputs.deploy }}", f'deploy: "{ON_PUSH}"', PULLS),
        ("!inputs.deploy", f'deploy: "{ON_PUSH}"', PUSHES),
        ("inputs.env == 'production'", f'env: "{BY_EVENT}"', PULLS),
        ("inputs.deploy && github.event_name == 'push'", "deploy: true", PULLS),
        # not passed: false
        ("inputs.deploy", "", PULLS | PUSHES),
        ("inputs.deploy", "deploy: false", PULLS | PUSHES),
        ("inputs.deploy", "deploy: true", set()),
        # open: an expression that no event settles, a text that is no boolean, an input that nobody declares
        ("inputs.deploy", 'deploy: "${{ vars.X }}"', set()),
        ("inputs.deploy", "deploy: \"${{ github.event_name == 'push' && vars.X }}\"", PULLS),
        ("inputs.deploy", "deploy: \"${{ github.event_name == 'push' || vars.X }}\"", set()),
        ("inputs.other", f'other: "{ON_PUSH}"', set()),
        ("inputs.word == 'true'", "word: \"${{ vars.X == 'y' }}\"", set()),
        ("inputs.env == 'production'", "env: \"${{ vars.X == 'y' && 'production' || 'preview' }}\"", set()),
        ("github.event.inputs.deploy", "", PULLS | PUSHES),
    ],
)
def test_a_step_that_an_input_keeps_back_is_handed_nothing(condition, passes, idle):
    [secret] = called(passes=passes, condition=condition).secrets
    kept = {each for each in secret.idle if each.partition(" ")[0] in {"push", "pull_request_target"}}
    assert kept == idle
