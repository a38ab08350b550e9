"""What inputs of a called workflow are: what this caller passes, and what it does not pass is the default, or empty."""

import pytest

from tests.pipelines.github.shelves import jobs

ASKS = "the environment {} may ask for an approval"
INPUTS = """
      env: {type: string}
      must: {type: string, required: true}
      dflt: {type: string, default: prod}
      nul: {type: string, default: ''}
      flag: {type: boolean}
      on: {type: boolean, default: true}
      computed: {type: string, default: "${{ vars.PLACE }}"}
      Mixed: {type: string, default: stage}
"""


def called(environment, passes="", *, also="", runner="ubuntu-latest"):
    callee = (
        f"on:\n  workflow_call:\n    inputs:{INPUTS}{also}permissions: {{}}\njobs:\n  b:\n    runs-on: {runner}\n"
        f'    environment: "{environment}"\n    steps: [{{run: ./x}}]\n'
    )
    caller = f"on: issues\npermissions: {{}}\njobs:\n  a:\n    uses: ./.github/workflows/called.yml\n    with: {{{passes}}}\n"
    return jobs(w=caller, called=callee)["w.yml#a/b"]


@pytest.mark.parametrize(
    ("environment", "passes", "names", "others"),
    [
        ("${{ inputs.env }}", "", (), False),
        ("${{ inputs.nul }}", "", (), False),
        ("${{ inputs.dflt }}", "", ("prod",), False),
        ("${{ inputs.mixed }}", "", ("stage",), False),
        ("${{ inputs.dflt }}", "dflt: preview", ("preview",), False),
        ("${{ inputs.env || 'prod' }}", "", ("prod",), False),
        ("${{ inputs.env || 'prod' }}", "env: preview", ("preview",), False),
        ("${{ inputs.must || 'prod' }}", "must: preview", ("preview",), False),
        ("${{ inputs.flag && 'prod' || 'preview' }}", "", ("preview",), False),
        ("${{ inputs.on && 'prod' || 'preview' }}", "", ("prod",), False),
        ("${{ inputs.env == 'x' && 'prod' || inputs.dflt }}-eu", "", ("prod-eu",), False),
        # what is open stays so: an expression, what GitHub refuses not to be passed, an input that nobody declares
        ("${{ inputs.env }}", 'env: "${{ vars.X }}"', (), True),
        ("${{ inputs.dflt }}", 'dflt: "${{ vars.X }}"', ("prod",), True),
        ("${{ inputs.env || 'prod' }}", 'env: "${{ vars.X }}"', ("prod",), True),
        ("${{ inputs.computed }}", "", (), True),
        ("${{ inputs.must }}", "", (), True),
        ("${{ inputs.other }}", "", (), True),
        ("${{ inputs.env-other }}", "", (), True),
        # of a dispatch of the caller, which has its own
        ("${{ github.event.inputs.env }}", "", (), True),
        ("${{ github.event.inputs.env || 'prod' }}", "", ("prod",), True),
    ],
)
def test_what_is_not_passed_is_the_default_or_empty(environment, passes, names, others):
    job = called(environment, passes)
    assert (job.environments, job.environment_open) == (names, others)
    [gate] = {start.gate for start in job.starts}
    assert bool(gate) is bool(names or others)
    if names and not others:
        assert gate == ASKS.format(names[0])


def test_started_by_itself_its_inputs_are_open():
    also = "  workflow_dispatch: {inputs: {env: {type: string}}}\n"
    text = (
        f"on:\n  workflow_call:\n    inputs:{INPUTS}{also}permissions: {{}}\njobs:\n  b:\n    runs-on: ubuntu-latest\n"
        "    environment: ${{ inputs.env }}\n    steps: [{run: ./x}]\n"
    )
    caller = "on: issues\npermissions: {}\njobs:\n  a: {uses: ./.github/workflows/called.yml}\n"
    found = jobs(w=caller, called=text)
    assert found["called.yml#b"].environment_open
    assert not found["w.yml#a/b"].environment_open


def test_through_a_workflow_between_what_it_is_not_passed_is_empty():
    callee = (
        f"on:\n  workflow_call:\n    inputs:{INPUTS}permissions: {{}}\njobs:\n  c:\n    runs-on: ubuntu-latest\n"
        "    environment: ${{ inputs.dflt }}\n    steps: [{run: ./x}]\n"
    )
    between = (
        "on: {workflow_call: {inputs: {to: {type: string, default: stage}}}}\npermissions: {}\njobs:\n"
        "  b: {uses: ./.github/workflows/c.yml, with: {dflt: '${{ inputs.to }}'}}\n"
    )
    caller = "on: issues\npermissions: {}\njobs:\n  a: {uses: ./.github/workflows/b.yml}\n"
    assert jobs(w=caller, b=between, c=callee)["w.yml#a/b/c"].environments == ("stage",)
    caller = caller.replace("b.yml}", "b.yml, with: {to: prod}}")
    assert jobs(w=caller, b=between, c=callee)["w.yml#a/b/c"].environments == ("prod",)


def test_a_machine_by_an_input_that_is_not_passed_is_its_default():
    job = called("x", runner="'${{ inputs.dflt }}'")
    assert (job.labels, job.runner_open) == (("prod",), False)
    assert called("x", "dflt: '${{ vars.R }}'", runner="'${{ inputs.dflt }}'").runner_open


def test_the_event_counts_where_an_input_has_no_part_in_it():
    chosen = "${{ github.event_name == 'push' && 'production' || 'preview' }}"
    [gate] = {start.gate for start in called(chosen, "dflt: x").starts}
    assert gate == ASKS.format("preview")
