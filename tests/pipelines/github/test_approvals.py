"""What is said of the environment before a run: by the names that it has there, and never with half an expression."""

import pytest

from pipewarden.model.jobs import Circle
from pipewarden.pipelines.expressions import shortened
from tests.pipelines.github.shelves import jobs

LONG = "${{ github.event_name == 'push' && 'production' || 'preview' }}"


def one(environment, on="[issue_comment, push]", step="run: ./x", called=""):
    text = (
        f'on: {on}\npermissions: {{}}\njobs:\n  a:\n    runs-on: ubuntu-latest\n    environment: "{environment}"\n'
        f"    steps: [{{{step}}}]\n"
    )
    return jobs(w=text)["w.yml#a"]


def gates(job):
    return {(start.event, start.by): start.gate for start in job.starts}


@pytest.mark.parametrize(
    ("environment", "comment", "push"),
    [
        (
            "production",
            "the environment production may ask for an approval",
            "the environment production may ask for an approval",
        ),
        (
            LONG,
            "the environment preview may ask for an approval",
            "the environment production or preview may ask for an approval",
        ),
        (
            "${{ github.event_name == 'push' && 'production' || '' }}",
            "",
            "the environment production may ask for an approval",
        ),
        (
            "${{ github.event_name == 'push' && 'production' || vars.PLACE }}",
            "the environment that an expression names may ask for an approval",
            "the environment production or another may ask for an approval",
        ),
        ("preview-${{ vars.A }}", *["the environment preview-${{ vars.A }} may ask for an approval"] * 2),
        (
            "preview-${{ vars.A_VARIABLE_WITH_A_VERY_LONG_NAME || vars.ANOTHER_VERY_LONG_NAME }}-eu",
            *["the environment preview-…-eu may ask for an approval"] * 2,
        ),
    ],
)
def test_the_environment_is_named_as_it_is_under_the_event(environment, comment, push):
    found = gates(one(environment))
    # whoever brings the file writes what they want: of a push both are told
    assert found["issue_comment", Circle.OUTSIDER] == comment
    assert found["push", Circle.DEVELOPER] == push


def test_what_takes_a_job_over_is_behind_the_environment_of_its_event():
    job = one(LONG, step='run: "echo ${{ github.event.comment.body }}"')
    assert [(each.events, each.gate) for each in job.takeovers] == [
        (("issue_comment",), "the environment preview may ask for an approval")
    ]
    job = one(LONG, on="[issue_comment, issues]", step='run: "echo ${{ github.event.issue.title }}"')
    assert [each.gate for each in job.takeovers] == ["the environment preview may ask for an approval"]


def test_what_callers_pass_names_it_once():
    called = (
        "on:\n  workflow_call: {inputs: {target: {type: string}}}\npermissions: {}\njobs:\n  b:\n    runs-on: ubuntu-latest\n"
        "    environment: ${{ inputs.target }}\n    steps: [{run: 'echo ${{ github.event.comment.body }}'}]\n"
    )
    caller = "on: issue_comment\npermissions: {}\njobs:\n  a: {uses: ./.github/workflows/called.yml, with: {target: production}}\n"
    job = jobs(w=caller, called=called)["w.yml#a/b"]
    assert [each.gate for each in job.takeovers] == ["the environment production may ask for an approval"]
    assert {start.gate for start in job.starts} == {"the environment production may ask for an approval"}


@pytest.mark.parametrize(
    ("text", "short"),
    [
        ("production", "production"),
        ("a" * 30, "a" * 20),
        ("${{ inputs.a }}", "${{ inputs.a }}"),
        ("x-${{ inputs.a_long_name }}", "x-…"),
        ("x-${{ inputs.a_long_name }}-${{ 'b' }}", "x-…-…"),
        ("x-${{ inputs.a_long_name_that_is_open", "x-"),
        ("x-${{ 'a' }}-${{ inputs.open", "x-…-"),
    ],
)
def test_no_text_is_cut_within_an_expression(text, short):
    assert shortened(text, 20) == short
