"""Whatever a file of GitLab holds, the reader and the judge answer: no exception, no endless work."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipewarden.pipelines.gitlab import gitlab_weaknesses, read_gitlab
from pipewarden.pipelines.gitlab.commands import read_again
from pipewarden.pipelines.gitlab.conditions import holds, limits, parse
from pipewarden.pipelines.gitlab.names import predefined, secretive
from pipewarden.pipelines.gitlab.shell import expansions, sets
from tests.pipelines.gitlab.story import Shelf
from tests.pipelines.gitlab.test_reader import COMPONENT, RELEASE
from tests.pipelines.mutated import mutated

PIECES = (
    "deploy:", "build:", ".base:", "script:", "  - ", "include:", "local: a.yml", "extends: ", ".base", "[", "]", "{", "}", ": ", ", ",
    "rules:", "- if: ", "$CI_COMMIT_BRANCH", '== "main"', "=~ /^a/", "&&", "||", "!reference [.base, script]", "!reference [a]", "<<: *a", "&a ",
    "*a", "variables:", "environment: ", "$CI_COMMIT_REF_NAME", "id_tokens:", "aud: x", "secrets:", "vault: a/b@c", "cache:", "unprotect: true",
    "needs: [", "trigger: ", "image: ", "services: ", "workflow:", "default:", "inherit: {default: false}", "only: [main]", "except: ", "parallel:",
    "matrix: ", "artifacts: {reports: {dotenv: a}}", 'eval "$CI_COMMIT_TITLE"', 'sh -c "', "${A", "$[[ inputs.x ]]", "spec: {inputs: {x: }}\n---\n",
    "\n", "\n  ", "\n    ", "---\n", "'", '"', "|", "\n      ", "|\n", "#", "\x00", "\ud800", "é", "\t", "%A%", "<<EOF\n", "EOF\n",
)  # fmt: skip
BOOKS = Shelf(
    **{
        "a.yml": ".base: {script: [x], extends: .base2}\ninclude: b.yml\n",
        "b.yml": "include: a.yml\n.base2: {tags: [a]}\n",
    }
)


def everything(text: str) -> None:
    """Run reader and judge over a text, and look at the places they tell."""
    found = read_gitlab(".gitlab-ci.yml", text, BOOKS)
    lines = 2 + sum(text.count(end) for end in ("\n", "\r", "\x85", "\u2028", "\u2029"))
    for fault in (*found.faults, *found.open_ends):
        assert fault.line >= 1
        assert fault.message
    for each in gitlab_weaknesses(found):
        assert each.says
        assert each.position.file or 1 <= each.position.line <= lines
    for job in found.jobs:
        assert set(job.settled) <= set(job.occasions)


@given(st.text())
def test_any_text(text):
    everything(text)
    everything("deploy: {script: " + text + "}")
    holds(parse(text), {})
    limits(parse(text))
    read_again(text)
    expansions(text)
    sets(text)
    secretive(text)
    predefined(text)


@given(st.lists(st.sampled_from(PIECES), max_size=60).map("".join))
@settings(max_examples=400)
def test_pieces_of_pipelines_in_any_order(text):
    everything(text)


@given(mutated(RELEASE, PIECES))
@settings(max_examples=300)
def test_a_mutated_pipeline(text):
    everything(text)


@given(mutated(COMPONENT, PIECES))
def test_a_mutated_component(text):
    everything(text)


HARD = {
    "jobs that all take many variables": "variables:\n"
    + "".join(f"  V{n}: a\n" for n in range(9000))
    + "".join(f"j{n}: {{script: x}}\n" for n in range(5000)),
    "a template that all extend": ".t: {variables: {"
    + ", ".join(f"V{n}: a" for n in range(9000))
    + "}}\n"
    + "".join(f"j{n}: {{extends: .t, variables: {{A: b}}}}\n" for n in range(3000)),
    "references that fan out": "".join(
        f".r{n}: {{script: [{', '.join([f'!reference [.r{n + 1}, script]'] * 10)}]}}\n" for n in range(12)
    )
    + ".r12: {script: [x]}\ndeploy: {script: !reference [.r0, script]}\n",
    "references in deep places": "".join(
        f".r{n}: {{script: {'[' * 40}!reference [.r{n + 1}, script]{']' * 40}}}\n" for n in range(20)
    )
    + "deploy: {script: !reference [.r0, script]}\n",
    "extends in a long chain": "".join(f".t{n}: {{extends: .t{n + 1}}}\n" for n in range(3000)) + ".t3000: {script: x}\n",
    "brackets in a condition": "deploy: {script: x, rules: [{if: '" + "(" * 1500 + "$A" + ")" * 1500 + "'}]}\n",
    "nots in a condition": "deploy: {script: x, rules: [{if: '" + "!" * 1500 + "$A'}]}\n",
    "braces that never close": "deploy: {script: '" + "${A" * 60_000 + "', environment: '" + "${A" * 60_000 + "'}\n",
    "here-documents that never end": "deploy:\n  script:\n    - |\n" + "      bash <<EOF $CI_COMMIT_TITLE\n" * 8000,
    "shells in shells": "deploy:\n  script:\n    - |\n      " + 'sh -c "$CI_COMMIT_TITLE; ' * 8000 + "\n",
    "spaces after su": "deploy: {script: 'su " + " " * 50_000 + "$CI_COMMIT_TITLE'}\n",
    "pipes into a shell": "deploy: {script: '" + "echo $CI_COMMIT_TITLE | sh " * 8000 + "'}\n",
    "addresses of curl": "deploy: {script: '" + "curl ?a=$CI_JOB_TOKEN" * 8000 + "'}\n",
    "a long name": "deploy: {script: '$" + "A_" * 50_000 + "'}\n",
    "values of values": "variables: {A: $B$B, B: $C$C, C: $D$D, D: $A$A}\ndeploy: {script: x, image: $A, environment: $A}\n",
    "a wide matrix": "deploy: {script: x, image: '$A-$B-$C', parallel: {matrix: ["
    + ", ".join(f"{{A: [{n}, x{n}], B: [{n}], C: [{n}]}}" for n in range(3000))
    + "]}}\n",
    "one script for all": "default: {before_script: ['" + "echo $A_TOKEN; " * 20_000 + "']}\n"
    + "".join(f"j{n}: {{script: x}}\n" for n in range(4000)),
    "functions of inputs": "spec: {inputs: {a: }}\n---\ndeploy: {script: '" + "$[[inputs.a|" * 30_000 + "'}\n",
    "anchors in anchors": "a: &a {script: &s [x,x,x,x,x,x,x,x,x]}\n"
    + "".join(f"b{n}: {{<<: *a, script: [*s,*s,*s,*s,*s,*s,*s,*s]}}\n" for n in range(300)),
}  # fmt: skip


@pytest.mark.parametrize("name", HARD)
def test_hard_work_is_bounded(name):
    everything(HARD[name])
