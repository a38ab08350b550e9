"""Steps of a repository's own actions, judged in the jobs that use them: with their inputs, at their own places."""

import pytest

from pipewarden.connectors.pipelines import told_of
from pipewarden.pipelines.github.compose import compose
from pipewarden.pipelines.github.frames import Shelf
from pipewarden.pipelines.github.splicing import spliced
from pipewarden.pipelines.oidc import Repository
from pipewarden.pipelines.workflow import read_workflow
from tests.pipelines.books import Books

PATH = ".github/workflows/w.yml"
ACTION = ".github/actions/s/action.yml"


def action(*steps: str, inputs: str = "{}", outputs: str = "{}") -> str:
    lines = ["name: s", f"inputs: {inputs}", f"outputs: {outputs}", "runs:", "  using: composite", "  steps:"]
    return "\n".join([*lines, *(f"    - {step}" for step in steps)]) + "\n"


def workflow(*steps: str, on: str = "issues", top: str = "permissions: {contents: write}") -> str:
    lines = [f"on: {on}", top, "jobs:", "  a:", "    runs-on: ubuntu-latest", "    steps:"]
    return "\n".join([*lines, *(f"      - {step}" for step in steps)]) + "\n"


USE = "{uses: ./.github/actions/s}"


def told(text: str, **files: str):
    books = Books(
        {ACTION: files.pop("s", ""), **{f".github/actions/{name}/action.yml": t for name, t in files.items()}}
    )
    return told_of(PATH, text, owner="acme", default="read", library=books)


def hazards(text: str, **files: str) -> list[tuple[str, str | None, int]]:
    return [(row["kind"], row["file"], row["line"]) for row in told(text, **files).attributes["hazards"]]


def weak(text: str, **files: str) -> list[tuple[str, str | None]]:
    return [(row["check"], row["file"]) for row in told(text, **files).attributes["weaknesses"]]


TITLE = "'${{ github.event.issue.title }}'"


def test_a_text_in_a_script_of_an_action_counts_for_the_job() -> None:
    inner = action("{run: 'echo ${{ github.event.issue.title }}', shell: bash}")
    assert hazards(workflow(USE), s=inner) == [("script_injection", ACTION, 7)]
    assert hazards(workflow(USE, on="push"), s=inner) == []


def test_an_input_is_what_the_step_hands_over() -> None:
    inner = action("{run: 'echo ${{ inputs.t }}', shell: bash}", inputs="{t: {default: fixed}}")
    handed = "{uses: ./.github/actions/s, with: {t: %s}}"
    assert hazards(workflow(handed % TITLE), s=inner) == [("script_injection", ACTION, 7)]
    assert hazards(workflow(handed % "plain"), s=inner) == []
    assert hazards(workflow(USE), s=inner) == []
    quoted = action("{run: 'echo $T', shell: bash, env: {T: '${{ inputs.t }}'}}", inputs="{t: {default: fixed}}")
    assert hazards(workflow(handed % TITLE), s=quoted) == []


@pytest.mark.parametrize(
    ("inside", "with_", "text"),
    [
        ("${{ inputs.t || 'x' }}", "${{ github.event.issue.title }}", "${{ (github.event.issue.title) || 'x' }}"),
        ("${{ inputs['t'] == 'x' }}", "it's", "${{ 'it''s' == 'x' }}"),
        ("${{ inputs.t || 'inputs.t' }}", "a ${{ github.ref }}", "${{ format('a {0}', (github.ref)) || 'inputs.t' }}"),
        ("${{ inputs.other }}", "x", ""),
        ("${{ github.event.inputs.t }}", "x", "${{ github.event.inputs.t }}"),
        ("${{ steps.q.outputs.o }}", "x", "${{ steps.own0__q.outputs.o }}"),
    ],
)
def test_expressions_hold_what_inputs_are(inside: str, with_: str, text: str) -> None:
    outer = read_workflow(PATH, workflow("uses: ./.github/actions/s\n        with:\n          t: " + with_))
    books = Books({ACTION: action(f'run: echo\n      env:\n        A: "{inside}"', inputs="{t: {}}")})
    assert spliced(outer, books).jobs[0].steps[1].env == {"A": text}


def test_outputs_go_through_an_action() -> None:
    inner = action(
        "{id: q, shell: bash, run: 'echo \"t=$T\" >> $GITHUB_OUTPUT', env: {T: '${{ inputs.t }}'}}",
        inputs="{t: {}}",
        outputs="{t: {value: '${{ steps.q.outputs.t }}'}}",
    )
    uses = "{id: u, uses: ./.github/actions/s, with: {t: %s}}"
    last = "{run: 'echo ${{ steps.u.outputs.t }}'}"
    assert hazards(workflow(uses % TITLE, last), s=inner) == [("script_injection", None, 8)]
    assert hazards(workflow(uses % "plain", last), s=inner) == []


def test_code_of_outsiders_in_an_action_is_run_by_the_job() -> None:
    take = "{uses: actions/checkout@v4, with: {ref: '${{ inputs.ref }}'}}"
    inner = action(take, "{run: npm ci, shell: bash}", inputs="{ref: {default: main}}")
    outer = "{uses: ./.github/actions/s, with: {ref: '${{ github.event.pull_request.head.sha }}'}}"
    assert ("pwn_request", ACTION, 7) in hazards(workflow(outer, on="pull_request_target"), s=inner)
    assert not [h for h in hazards(workflow(USE, on="pull_request_target"), s=inner) if h[0] == "pwn_request"]
    after = workflow(outer, "{run: make}", on="pull_request_target")
    assert ("pwn_request", ACTION, 7) in hazards(after, s=action(take, inputs="{ref: {}}"))


def test_weaknesses_of_an_action_count_for_the_job() -> None:
    secret = "{uses: ./.github/actions/s, env: {K: '${{ secrets.PROD }}'}}"
    inner = action("{run: 'curl https://x.example/i.sh | sh', shell: bash}")
    assert ("wf.run.remote_script", ACTION) in weak(workflow(secret), s=inner)
    kept = action("{run: 'curl -o i.sh https://x.example/i.sh', shell: bash}")
    assert ("wf.run.remote_script", ACTION) not in weak(workflow(secret), s=kept)
    assert ("unpinned_action", ACTION, 7) in hazards(workflow(secret), s=action("{uses: evil/x@main}"))


def test_a_condition_before_an_action_stands_before_its_steps() -> None:
    inner = action("{run: 'echo ${{ github.event.comment.body }}', shell: bash, if: always()}")
    only = "{uses: ./.github/actions/s, if: \"github.event.comment.author_association == 'OWNER'\"}"
    gates = [told(workflow(use, on="issue_comment"), s=inner).attributes["hazards"][0]["gate"] for use in (USE, only)]
    assert not gates[0]
    assert gates[1].startswith("only if the author is")


def test_actions_inside_actions_are_followed_and_circles_end() -> None:
    inner = action("{run: 'echo ${{ inputs.t }}', shell: bash}", inputs="{t: {}}")
    outer = action("{uses: ./.github/actions/t, with: {t: '${{ inputs.t }}'}}", USE, inputs="{t: {}}")
    rows = hazards(workflow("{uses: ./.github/actions/s, with: {t: %s}}" % TITLE), s=outer, t=inner)  # noqa: UP031
    assert rows == [("script_injection", ".github/actions/t/action.yml", 7)]


def test_roles_and_transfers_of_an_action_are_the_jobs() -> None:
    inner = action(
        "{uses: aws-actions/configure-aws-credentials@v4, with: {role-to-assume: '${{ inputs.role }}'}}",
        "{uses: actions/cache@v4, with: {path: x, key: build-1}}",
        inputs="{role: {default: 'arn:aws:iam::111122223333:role/prod'}}",
    )
    opened = told(workflow(USE, on="push", top="permissions: {id-token: write}"), s=inner).opened
    shelf = Shelf(workflows={PATH: opened}, repository=Repository(owner="acme", name="web"))
    job = compose(shelf)[0]
    assert job.roles == ("arn:aws:iam::111122223333:role/prod",)
    assert [(each.what, str(each.spot)) for each in job.handovers] == [("cache", f"{ACTION}:8:53")]
    assert [called.text for called in job.calls] == ["./.github/actions/s"]


def test_steps_keep_their_numbers_and_secrets_their_steps() -> None:
    secret = "{run: make, env: {K: '${{ secrets.PROD }}'}}"
    opened = told(workflow(USE, secret), s=action("{run: a, shell: bash}", "{run: b, shell: bash}")).opened
    shelf = Shelf(workflows={PATH: opened}, repository=Repository(owner="acme", name="web"))
    assert [(taken.name, taken.by) for taken in compose(shelf)[0].secrets] == [("PROD", "step 2")]


def test_a_repository_without_such_an_action_stays_as_it_is() -> None:
    read = read_workflow(PATH, workflow(USE))
    assert spliced(read, Books({})).jobs == read.jobs
    docker = "name: s\nruns: {using: docker, image: Dockerfile}\n"
    assert spliced(read, Books({ACTION: docker})).jobs == read.jobs


def test_a_branch_that_begins_in_an_action_brings_nobodys_code() -> None:
    handed = "{uses: ./.github/actions/s, with: {to: 'new/${{ github.head_ref }}'}}"
    for command, kinds in (('git checkout -b "$TO"', set()), ('git checkout "$TO"', {"pwn_request"})):
        inner = action(
            f"{{run: '{command}', shell: bash, env: {{TO: '${{{{ inputs.to }}}}'}}}}", "{run: make}", inputs="{to: {}}"
        )
        found = hazards(workflow(handed, on="pull_request_target"), s=inner)
        assert {kind for kind, _, _ in found} == kinds
