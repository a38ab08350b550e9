"""Publishing to npm without a token: the variable that goes, the scope that comes, and what must be known for it."""

import pytest

from pipewarden.pipelines.least.identities import identities
from pipewarden.pipelines.least.kinds import Around, Outcome
from pipewarden.pipelines.workflow import read_workflow

PATH = ".github/workflows/release.yml"
DOMAIN = "npmjs.org"
NPM = f"https://registry.{DOMAIN}"
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
      - uses: actions/setup-node@v4
        with:
          node-version: 24
          registry-url: NPM
      - run: npm publish --access public # now
        env:
          CI: true
          NODE_AUTH_TOKEN: ${{ secrets.NPM_TOKEN }}
""".replace("NPM\n", f"{NPM}\n", 1)


def planned(text: str) -> Outcome:
    workflow = read_workflow(PATH, text)
    assert workflow.faults == ()
    return identities(PATH, text, Around(repository="acme/web", workflows=(workflow,)))


def test_the_token_goes_and_every_other_character_stays() -> None:
    made = planned(RELEASE)
    assert made.text == RELEASE.replace("          NODE_AUTH_TOKEN: ${{ secrets.NPM_TOKEN }}\n", "").replace(
        "contents: read\n", "contents: read\n      id-token: write # to publish to npm as this workflow\n"
    )
    [edit] = made.edits
    assert edit.says == "job publish publishes to npm with a token that does not expire (NPM_TOKEN)"
    assert edit.first[0].endswith("repository acme/web, workflow release.yml, no environment.")
    assert edit.then == ("Delete NPM_TOKEN from the secrets and let the package refuse tokens.",)
    assert planned(made.text) == Outcome(text=made.text)


def test_an_emptied_env_goes_with_it() -> None:
    assert planned(RELEASE.replace("          CI: true\n", "")).text.endswith("# now\n")


@pytest.mark.parametrize("version", ["24", "24.x", "'24.5'", "25.0.0", "lts/*", "latest"])
def test_a_node_that_brings_the_npm_it_takes(version: str) -> None:
    assert planned(RELEASE.replace("node-version: 24", f"node-version: {version}")).edits


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (("node-version: 24", "node-version: 22"), "npm 11.5.1 is needed"),
        (("node-version: 24", "node-version: '24.4'"), "npm 11.5.1 is needed"),
        (("node-version: 24", "node-version-file: .nvmrc"), "npm 11.5.1 is needed"),
        (("node-version: 24", "node-version: ${{ vars.NODE }}"), "npm 11.5.1 is needed"),
        ((NPM, "https://npm.acme.example"), "setup-node does not name the registry"),
        ((NPM, f"{NPM}.acme.example"), "setup-node does not name the registry"),
        (("ubuntu-latest", "self-hosted"), "npm trusts machines of GitHub's alone"),
        (("npm publish --access public # now", "npm ci && npm publish"), "the step does more than to publish"),
        (("npm publish --access", "npm publish --registry=x --access"), "the step does more than to publish"),
        (("NODE_AUTH_TOKEN: $", "NPM_TOKEN: $"), "NODE_AUTH_TOKEN alone may be missing"),
        (("    tags: ['v*']", "  workflow_call:"), "its callers would have to give it `id-token: write`"),
        (("    tags: ['v*']", "  pull_request:"), "the job also runs on pull_request"),
        (
            ("node-version: 24", "node-version: 24\n          token: ${{ secrets.NPM_TOKEN }}"),
            "also given to other steps",
        ),
    ],
)
def test_where_it_is_not_sure_to_work_it_is_left_to_a_person(change: tuple[str, str], why: str) -> None:
    assert change[0] in RELEASE
    made = planned(RELEASE.replace(*change))
    assert made.text == RELEASE.replace(*change)
    [advice] = made.advice
    assert why in advice.why
    assert advice.source == "https://docs.npmjs.com/trusted-publishers"


@pytest.mark.parametrize(
    "change",
    [
        ("secrets.NPM_TOKEN", "secrets.GITHUB_TOKEN"),
        ("npm publish --access", "npm publish --dry-run --access"),
        ("npm publish --access", "npm pack"),
    ],
)
def test_near_misses_are_not_told(change: tuple[str, str]) -> None:
    text = RELEASE.replace(*change)
    assert planned(text) == Outcome(text=text)
