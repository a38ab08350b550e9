"""Patterns that begin by what the engine leaps to: they match what the plain way to write them matches."""

import re
from itertools import product

import pytest

from pipewarden.model.proofs import digest
from pipewarden.pipelines.gates import OPEN
from pipewarden.pipelines.github.weak.scene import Scene
from pipewarden.pipelines.plain.assignments import _ASSIGN
from pipewarden.pipelines.plain.rewritten import in_lines
from pipewarden.pipelines.workflow import read_workflow

NUMBERS = re.compile(r"(?<![\w.-])\d+(?![\w.-])")


def test_numbers_of_steps_are_left_out_wherever_they_stand_alone() -> None:
    for letters in product("1 a.-", repeat=4):
        text = "".join(letters)
        assert digest(text) == digest(NUMBERS.sub("#", text)), text
        assert (digest(text) == digest(text.replace("1", "2"))) == (NUMBERS.sub("#", text).count("1") == 0), text


def test_a_name_begins_where_no_name_stands_before_it() -> None:
    plain = re.compile(_ASSIGN.pattern.replace(r"(?P<name>[A-Za-z_](?<![\w.-].)", r"(?<![\w.-])(?P<name>[A-Za-z_]"))
    assert plain.pattern.startswith("(?<!")
    for letters in product("a.-=' \n", repeat=4):
        text = f"{''.join(letters)}b=cde"
        assert [each.span() for each in _ASSIGN.finditer(text)] == [each.span() for each in plain.finditer(text)], text


def test_a_word_goes_on_where_a_line_does() -> None:
    found: list[str] = []

    def region(text: str, *_rest: object) -> list[object]:
        found.append(text)
        return []

    in_lines("one\\\ntwo \\\nthree\\\n four\\\r\nfive", region, indented=False)  # type: ignore[arg-type]
    in_lines("one\\\n  two \\\n three", region, indented=True)  # type: ignore[arg-type]
    assert found == ["onetwo \\\nthree\\\n fourfive", "onetwo \\\n three"]


@pytest.mark.parametrize(
    ("script", "publishes"),
    [
        ("npm publish", True), ("pnpm publish --tag next", True), ("yarn npm publish", True), ("uv publish", True),
        ("twine  upload dist/*", True), ("docker push acme/web", True), ("gh release create v1", True), ("mvn -B deploy", True),
        ("kubectl apply -f x", True), ("aws s3 sync . s3://x", True), ("gcloud run deploy web", True), ("terraform apply", True),
        ("npm publish --dry-run", False), ("xnpm publish", False), ("npm run publisher", False), ("gh release view", False),
        ("docker pushed", False), ("aws s3 ls", False), ("git push", False), ("uvx publish", False),
    ],
)  # fmt: skip
def test_what_publishes_is_told_by_its_program_and_its_verb(script: str, publishes: bool) -> None:
    workflow = read_workflow("ci.yml", f"on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n    - run: {script}\n")
    job = workflow.jobs[0]
    assert (Scene(workflow, job, OPEN, (), None, "acme").publishes is not None) is publishes
