"""Whatever a file holds, the readers answer: no exception, no endless work."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipewarden.pipelines import expressions
from pipewarden.pipelines.actions import read_action, read_uses
from pipewarden.pipelines.codeowners import read_codeowners
from pipewarden.pipelines.files import kind_of
from pipewarden.pipelines.gates import gate_of
from pipewarden.pipelines.github.compose import compose
from pipewarden.pipelines.github.frames import Shelf
from pipewarden.pipelines.github.opened import opened_action, opened_workflow
from pipewarden.pipelines.github.uncalled import judged
from pipewarden.pipelines.hazards import hazards
from pipewarden.pipelines.library import NOTHING
from pipewarden.pipelines.lines import lines_of
from pipewarden.pipelines.oidc import Repository
from pipewarden.pipelines.token import effective_permissions
from pipewarden.pipelines.workflow import read_workflow
from pipewarden.pipelines.yaml_tree import MAX_CHARACTERS, MAX_NODES, parse
from tests.pipelines.mutated import mutated
from tests.pipelines.test_actions import COMPOSITE
from tests.pipelines.test_workflow import RELEASE

REPOSITORY = Repository(owner="acme", name="web")
PIECES = (
    "on:", "jobs:", "steps:", "- ", "uses: ", "run: |", "with:", "env:", "if: ", "needs: ", "runs-on: ", "permissions: ",
    "${{ ", " }}", "'", '"', "[", "]", "{", "}", "&a ", "*a", "!tag ", "<<: ", "\n", "\n  ", "\n    ", "\t", "\r", ":",
    "secrets.A", "github.event.issue.title", "matrix.x", "inputs.y", "write-all", "pull_request_target", "inherit", "\ufeff",
    "hashicorp/vault-action@v3", "method: jwt", "secrets: ", "secret/data/a b | C;", "vault kv get ", "op://a/b/c", "az keyvault secret show ",
    "aws secretsmanager get-secret-value --secret-id ", "--vault-name=", "$A", "1password/load-secrets-action@v2",
    "environment: ", "strategy: {matrix: ", "actions/checkout@v4", "ref: ", "---\n", "...\n", "? ", "%", "\x00", "\ud800", "é",
)  # fmt: skip


def everything(text):
    """Run every reader and judge over a text."""
    workflow = read_workflow("w.yml", text)
    hazards(workflow)
    hazards(workflow, owner="acme", default="write")
    opened = opened_workflow(workflow, owner="acme", found=hazards(workflow, owner="acme"))
    # it stands for itself, and for whatever it calls
    files = {workflow.path: opened, ".github/workflows/x.yml": opened}
    shelf = Shelf(workflows=files, actions={"": opened_action(read_action("action.yml", text))}, repository=REPOSITORY)
    for made in compose(shelf):
        assert msgspec.json.decode(msgspec.json.encode(made.as_json()))["path"] == made.path
    for job in workflow.jobs:
        effective_permissions(workflow, job, "read", event="pull_request", from_fork=True)
    action = read_action("action.yml", text)
    judged(action, NOTHING, name="a", owner="acme", text=text)
    lines = len(lines_of(text)) + 1  # an error at the end stands behind it
    for fault in (*workflow.faults, *action.faults, *read_codeowners("CODEOWNERS", text).faults):
        assert 1 <= fault.line <= lines + 1
        assert fault.column >= 1
        assert fault.message
    return workflow


@given(st.text())
def test_any_text(text):
    everything(text)
    kind_of(text)
    read_uses(text)
    gate_of(text)
    expressions.parse(text)
    list(expressions.find("${{" + text))


@given(st.lists(st.sampled_from(PIECES), max_size=60).map("".join))
def test_pieces_of_pipelines_in_any_order(text):
    everything(text)


@given(mutated(RELEASE, PIECES))
@settings(max_examples=300)
def test_a_mutated_workflow(text):
    everything(text)


@given(mutated(COMPOSITE, PIECES))
def test_a_mutated_action(text):
    everything(text)


@given(st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text("ab${} .*-", max_size=12), st.sampled_from(PIECES)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(
            st.sampled_from(
                ("on", "jobs", "steps", "uses", "run", "with", "env", "if", "needs", "runs-on", "permissions", "environment",
                 "strategy", "matrix", "include", "secrets", "inputs", "container", "services", "image", "name", "a", "push",
                 "workflow_dispatch", "pull_request_target", "concurrency", "group", "schedule", "types", "labels")
            ),
            inner,
            max_size=5,
        ),
    ),
    max_leaves=40,
))  # fmt: skip
def test_the_right_words_in_the_wrong_shapes(shape):
    import json

    everything(json.dumps(shape))


HUGE = MAX_CHARACTERS // 8


@pytest.mark.parametrize(
    "text",
    [
        "[" * HUGE,
        "{a: " * (HUGE // 4),
        "- " * (HUGE // 2),
        "a: [" + "x," * (HUGE // 2) + "]",
        "run: " + "${{" * (HUGE // 3),
        "on: push\njobs: {a: {runs-on: x, steps: [{run: '" + "${{ a }}" * (HUGE // 8) + "'}]}}",
        "on: push\njobs: {a: {runs-on: x, steps: [{run: '" + "${{ (" * (HUGE // 5) + "'}]}}",
        "on: push\njobs: {a: {runs-on: x, if: '" + "(" * HUGE + "'}}",
        "on: push\njobs: {a: {runs-on: x, if: '" + "a||" * (HUGE // 3) + "b'}}",
        "on: pull_request_target\njobs: {a: {runs-on: x, steps: [{run: 'gh pr checkout'}, {run: |\n"
        + " \n" * (HUGE // 2),
        "on: pull_request_target\njobs:\n  a:\n    runs-on: x\n    steps:\n      - run: gh pr checkout\n      - run: |\n"
        + "          A=;A=;A=;git fetch git fetch ;sudo ;\n" * (HUGE // 46),
        "on: pull_request_target\njobs:\n  a:\n    runs-on: x\n    steps:\n      - run: gh pr checkout\n      - run: "
        + "A=B " * (HUGE // 4),
        "on: pull_request_target\njobs:\n  a:\n    runs-on: x\n    steps:\n      - run: " + "git fetch pull/x/ " * (HUGE // 18),
        "on: push\njobs: {a: {runs-on: x, steps: [{uses: 'a/b@" + "a-1-" * (HUGE // 4) + "!'}]}}",
        "on: push\njobs:\n" + "".join(f"  j{n}: {{runs-on: x, needs: j{n - 1}}}\n" for n in range(1, 5000)),
        "on: push\njobs:\n" + "".join(f"  j{n}: {{runs-on: x, needs: [j1, j2, j3]}}\n" for n in range(1, 4000)),
        "on: push\nenv: {" + "".join(f"E{n}: '${{{{ secrets.S{n} }}}}', " for n in range(200)) + "}\njobs:\n"
        + "".join(f"  j{n}: {{runs-on: x}}\n" for n in range(2000)),
        "on: pull_request_target\njobs: {a: {runs-on: x, steps: ["
        + "{run: gh pr checkout 1}, {uses: actions/download-artifact@v4, with: {run-id: 1}}, " * 1500 + "]}}",
        "on: {workflow_dispatch: {inputs: {" + "".join(f"i{n}: , " for n in range(8000)) + "}}}\njobs:\n"
        + "".join(f"  j{n}: {{runs-on: '${{{{ inputs.i{n} }}}}', environment: '${{{{ inputs.i{n} }}}}'}}\n" for n in range(4000)),
        "on: [" + "".join(f"e{n}, " for n in range(20000)) + "]\njobs: {a: {runs-on: x, environment: '${{ inputs.x }}'}}",
        "on: {push: {branches: [" + "".join(f"b{n}, " for n in range(20000)) + "]}}\npermissions: write-all\njobs:\n"
        + "".join(f"  j{n}: {{runs-on: x}}\n" for n in range(300)),
        "on: push\njobs: {a: {strategy: {matrix: {x: [" + "".join(f"v{n}, " for n in range(20000)) + "]}}, runs-on: ["
        + "'${{ matrix.x }}', " * 10000 + "]}}",
        "on: issues\nenv: {" + "".join(f"e{n}: x, " for n in range(8000)) + "}\njobs: {a: {runs-on: x, steps: ["
        + "{run: '${{ env.e1 }}', env: {a: b}}, " * 4000 + "]}}",
        "on: push\njobs: {a: {runs-on: x, steps: [{uses: hashicorp/vault-action@v3, with: {secrets: '" + "${{ a;" * (HUGE // 6) + "'}}]}}",
        "on: workflow_call\njobs: {a: {runs-on: x, steps: [{uses: hashicorp/vault-action@v3, with: {secrets: '"
        + "${{ inputs.a }} b;" * (HUGE // 18) + "'}}]}}",
        "on: push\njobs: {a: {runs-on: x, steps: [{run: 'secret " + "vault kv get " * (HUGE // 13) + "'}]}}",
        "on: push\njobs: {a: {runs-on: x, steps: [{run: 'secret " + "aws gcloud " * (HUGE // 11) + "'}]}}",
        "on: push\njobs: {a: {runs-on: x, steps: [{run: 'op://" + "${{" * (HUGE // 3) + "'}]}}",
        "on: push\njobs: {a: {uses: ./x.yml, with: {b: '" + "a/b c|d" * 140 + "'}}}",
        "x" * HUGE + "[" * 20 + ": ${{ a }}",
        "* @" + "a" * HUGE,
        "*a" * (HUGE // 2) + " @alice",
    ],
    ids=lambda text: text[:12].strip().replace("\n", " ") + f" {len(text)}",
)  # fmt: skip
def test_hostile_files_are_read_in_the_end(text):
    everything(text)


def test_a_node_bomb_through_aliases_stops_at_the_limit():
    inner = ", ".join(["x"] * 1000)
    tree = parse(f"a: &a [{inner}]\nb: [{', '.join(['*a'] * (MAX_NODES // 1000 + 1))}]\n")
    assert not tree.complete
    assert parse(f"a: &a [{inner}]\nb: [*a, *a]\n").complete


def test_the_whole_file_is_read_alike_every_time():
    assert everything(RELEASE) == everything(RELEASE)
