"""Publishing to PyPI with uv and without a token: the variable that goes, the scope that comes, and what must be known for it."""

import pytest

from pipewarden.pipelines.least.identities import identities
from pipewarden.pipelines.least.kinds import Around, Outcome
from pipewarden.pipelines.workflow import read_workflow

PATH = ".github/workflows/release.yml"
RELEASE = """\
on:
  push:
    tags: ['v*']
jobs:
  publish:
    runs-on: ubuntu-latest
    permissions:
      contents: read
    steps:
      - uses: actions/checkout@v4
      - uses: astral-sh/setup-uv@v6
      - run: uv build
      - run: uv publish -v dist/* # now
        env:
          CI: true
          UV_PUBLISH_TOKEN: ${{ secrets.PYPI_TOKEN }}
"""


def planned(text: str) -> Outcome:
    workflow = read_workflow(PATH, text)
    assert workflow.faults == ()
    return identities(PATH, text, Around(repository="acme/web", workflows=(workflow,)))


def test_the_token_goes_and_every_other_character_stays() -> None:
    made = planned(RELEASE)
    assert made.text == RELEASE.replace("          UV_PUBLISH_TOKEN: ${{ secrets.PYPI_TOKEN }}\n", "").replace(
        "contents: read\n", "contents: read\n      id-token: write # to publish to PyPI as this workflow\n"
    )
    [edit] = made.edits
    assert edit.says == "job publish publishes to PyPI with a token that does not expire (PYPI_TOKEN)"
    assert edit.first[-2].startswith("See that neither [tool.uv] of pyproject.toml nor a uv.toml names a publish-url")
    assert edit.first[-1].endswith("repository acme/web, workflow release.yml, no environment.")
    assert edit.then == ("Delete PYPI_TOKEN from the secrets and on PyPI.",)
    assert made.advice == ()
    assert planned(made.text) == Outcome(text=made.text)


@pytest.mark.parametrize("version", ["latest", "0.5.1", "0.8", "'1.0.x'"])
def test_a_uv_that_can(version: str) -> None:
    with_version = RELEASE.replace("setup-uv@v6\n", f"setup-uv@v6\n        with: {{version: {version}}}\n")
    assert planned(with_version).edits


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (("setup-uv@v6\n", "setup-uv@v6\n        with: {version: 0.4.9}\n"), "which uv it is"),
        (("setup-uv@v6\n", "setup-uv@v6\n        with: {version: '>=0.4'}\n"), "which uv it is"),
        (("      - uses: astral-sh/setup-uv@v6\n", "      - run: pip install uv\n"), "which uv it is"),
        (("uv publish -v", "uv publish --index acme"), "the step does more than to publish to PyPI"),
        (("uv publish -v dist/* # now", "uv build && uv publish"), "it takes a further step"),
        (("          CI: true", "          UV_PUBLISH_URL: x"), "UV_PUBLISH_URL may have it publish elsewhere"),
        (("run: uv build", "run: echo UV_INDEX=x >> $GITHUB_ENV"), "a step before may have it publish elsewhere"),
        (
            ("run: uv build\n", "run: uv build\n        env: {T: '${{ secrets.PYPI_TOKEN }}'}\n"),
            "PYPI_TOKEN is also given",
        ),
        (("    tags: ['v*']", "  workflow_call:"), "trusted publishing does not work in a workflow that is called"),
        (("    tags: ['v*']", "  pull_request:"), "the job also runs on pull_request"),
    ],
)
def test_where_it_is_not_sure_to_work_it_is_left_to_a_person(change: tuple[str, str], why: str) -> None:
    assert change[0] in RELEASE
    made = planned(RELEASE.replace(*change))
    assert made.text == RELEASE.replace(*change)
    [advice] = made.advice
    assert advice.why.startswith(why)
    assert "PyPI" in advice.says
    assert ("publish-url" in advice.how[0]) is not why.startswith("it takes a further step")


@pytest.mark.parametrize("change", [("uv publish -v", "uv publish --dry-run"), ("uv publish -v", "uv build")])
def test_near_misses_are_not_told(change: tuple[str, str]) -> None:
    made = planned(RELEASE.replace(*change))
    assert made.edits == ()
