"""What Dependabot starts: by its own branches alone, and behind conditions that only it passes."""

import pytest

from pipewarden.model.jobs import Circle, Given
from pipewarden.pipelines.github.bots import pushed_by_bot
from pipewarden.pipelines.parts import Trigger
from pipewarden.pipelines.yaml_tree import Position
from tests.pipelines.github.shelves import jobs


@pytest.mark.parametrize(
    ("filters", "starts"),
    [
        ({}, True),
        ({"branches": ("main",)}, False),
        ({"branches": ("main", "release/**")}, False),
        ({"branches": ("**",)}, True),
        ({"branches": ("*",)}, True),
        ({"branches": ("**", "!dependabot/**")}, False),
        ({"branches": ("dependabot/npm_and_yarn/**",)}, True),
        ({"branches": ("[a-z]+/**",)}, True),
        ({"branches_ignore": ("dependabot/**",)}, False),
        ({"branches_ignore": ("main",)}, True),
        ({"tags": ("v*",)}, False),
        ({"tags": ("v*",), "branches": ("main",)}, False),
        ({"branches": ("[",)}, False),
    ],
)
def test_filters_let_its_branches_in_or_not(filters: dict[str, tuple[str, ...]], *, starts: bool) -> None:
    assert pushed_by_bot(Trigger("push", Position(1, 1), **filters)) is starts


def circles(condition: str, on: str = "pull_request_target") -> set[Circle]:
    text = f"on: {on}\npermissions: {{}}\njobs: {{a: {{runs-on: x, if: \"{condition}\", steps: [{{run: 'x'}}]}}}}\n"
    return {start.by for start in jobs(w=text)["w.yml#a"].starts}


@pytest.mark.parametrize(
    ("condition", "who"),
    [
        ("github.event.pull_request.user.login == 'dependabot[bot]'", {Circle.DEVELOPER, Circle.BOT}),
        ("'dependabot[bot]' == github.event.pull_request.user.login && true", {Circle.DEVELOPER, Circle.BOT}),
        ("github.event.pull_request.user.login != 'dependabot[bot]'", {Circle.FORK}),
        ("github.actor == 'dependabot[bot]'", {Circle.FORK}),
        ("github.event.pull_request.user.login == 'dependabot[bot]' || github.actor == 'x'", {Circle.FORK}),
        ("startsWith(github.event.pull_request.user.login, 'dependabot[bot]')", {Circle.FORK}),
    ],
)
def test_who_wrote_a_pull_request_keeps_others_out(condition: str, who: set[Circle]) -> None:
    assert circles(condition) == who


def test_a_push_to_its_branches_is_given_its_own_secrets() -> None:
    made = jobs(w="on: push\npermissions: {}\njobs: {a: {runs-on: x, steps: [{run: 'x'}]}}\n")["w.yml#a"]
    assert {start.secrets for start in made.starts if start.by is Circle.BOT} == {Given.DEPENDABOT}
