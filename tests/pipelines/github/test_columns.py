"""Every fact of a workflow stands at its line and column: the file's text really begins there with what the fact names."""

from pathlib import Path

import pytest

from pipewarden.connectors.pipelines import told_of
from pipewarden.model.jobs import EffectiveJob, Spot
from pipewarden.pipelines.github.weak.judge import github_weaknesses
from pipewarden.pipelines.workflow import read_workflow
from tests.pipelines.github.shelves import jobs
from tests.pipelines.placing import Named, facts_of, misplaced, text_at

MAIN = """\
name: main
on:
  push: {branches: [main]}
  pull_request_target:
permissions: {contents: read, id-token: write}
env: {ORG: "${{ secrets.ORG_TOKEN }}"}
jobs:
  build:
    runs-on: [self-hosted, linux]
    environment: {name: "staging", url: https://acme.example}
    container: {image: "docker://node:20"}
    permissions:
      packages: write
      id-token: write
    steps:
    - name: take the change
      uses: actions/checkout@v4
      with: {ref: "${{ github.event.pull_request.head.sha }}"}
    - {name: sign in, uses: aws-actions/configure-aws-credentials@v4, with: {aws-region: eu, role-to-assume: "arn:aws:iam::123456789012:role/web"}}
    - run: |
        # \U0001f680 columns count characters, not bytes: \N{LATIN SMALL LETTER E WITH ACUTE}
        echo "\U0001f680 é" && curl -H "A: ${{ secrets.API_TOKEN }}" "$URL" | sh; echo ${{ vars.REGION }}
      env: { URL: "${{ vars.URL }}" }
    - run: >-
        folded ${{ secrets.FOLDED }}
        over two lines
    - uses: actions/upload-artifact@v4
      with:
        name: site
        path: out
    -   uses: "actions/cache@v4"
        with: {path: x, key:   deps-v1}
    - uses: ./.github/actions/own
  call:
    uses: ./.github/workflows/deploy.yml
    with: {target: production}
    secrets: {TOKEN:  "${{ secrets.DEPLOY_TOKEN }}"}
  away:
    uses: acme/shared/.github/workflows/lint.yml@main
    secrets:   inherit
"""
DEPLOY = """\
on:
  workflow_call:
    inputs: {target: {type: string}}
    secrets: {TOKEN: {required: true}}
jobs:
  ship:
    runs-on:   ubuntu-latest
    environment:   ${{ inputs.target }}
    steps:
      - run: ./ship.sh
        env: {TOKEN: "${{ secrets.TOKEN }}"}
"""
OWN = """\
runs:
  using: composite
  steps:
    - uses:   acme/other@main
    - run: echo ${{ inputs.name }}
      shell: bash
"""
TEXTS = {
    ".github/workflows/main.yml": MAIN,
    ".github/workflows/deploy.yml": DEPLOY,
    ".github/actions/own/action.yml": OWN,
}


@pytest.fixture(scope="module")
def every() -> dict[str, EffectiveJob]:
    return jobs(main=MAIN, deploy=DEPLOY, actions={".github/actions/own": OWN})


def written(name: str) -> tuple[str, ...]:
    return (f"${{{{ secrets.{name} }}}}",)


def test_the_facts_of_every_job_stand_where_their_text_begins(every) -> None:
    facts: list[Named] = [fact for job in every.values() for fact in facts_of(job, written)]
    assert {what for what, _, _ in facts} == {
        "job", "call", "start", "secret", "code", "handover", "takeover", "open end", "token", "environment", "runner",
        "oidc", "role", "hold",
    }  # fmt: skip
    # what a caller settles stands as an expression in the called file
    facts = [
        (what, (*words, "${{ inputs.target }}") if what == "environment" else words, spot)
        for what, words, spot in facts
    ]
    assert list(misplaced(facts, TEXTS)) == []


@pytest.mark.parametrize(
    ("what", "text"),
    [
        ("token", "packages: write"),
        ("oidc", "id-token: write"),
        ("environment", '"staging"'),
        ("hold", '"staging"'),
        ("runner", "self-hosted, linux]"),
        ("role", '"arn:aws:iam::123456789012:role/web"'),
    ],
)
def test_what_has_no_list_of_its_own_has_its_place_by_name(every, what, text) -> None:
    [spot] = every["main.yml#build"].places[what]
    assert text_at(TEXTS, spot).startswith(text)


def test_a_job_that_states_no_permissions_has_those_of_its_workflow_there(every) -> None:
    [token], [oidc] = (every["main.yml#away"].places[what] for what in ("token", "oidc"))
    assert text_at(TEXTS, token).startswith("{contents: read, id-token: write}")
    assert text_at(TEXTS, oidc).startswith("id-token: write")


def test_what_starts_a_job_stands_where_its_event_is_named(every) -> None:
    starts = every["main.yml#call/ship"].starts
    assert {start.event for start in starts} == {"push", "pull_request_target"}
    for start in starts:
        spot = Spot(".github/workflows/main.yml", start.line, column=start.column)
        assert text_at(TEXTS, spot).startswith(start.event)


def test_what_is_handed_over_stands_where_it_is_named(every) -> None:
    found = {each.what: text_at(TEXTS, each.spot) for each in every["main.yml#build"].handovers}
    assert found["artifact_upload"].startswith("site")
    assert found["cache"].startswith("deps-v1")


def test_an_expression_of_a_block_has_its_own_column_and_of_a_folded_one_the_values() -> None:
    uses = {
        name: (line, column) for _, name, line, column, _ in told_of("main.yml", MAIN, owner="acme", default=None).uses
    }
    texts = {"main.yml": MAIN}
    for name, begin in (("API_TOKEN", "${{ secrets.API_TOKEN"), ("REGION", "${{ vars.REGION"), ("URL", "${{ vars.URL")):
        line, column = uses[name]
        assert text_at(texts, Spot("main.yml", line, column=column)).startswith(begin)
    line, column = uses["FOLDED"]
    assert text_at(texts, Spot("main.yml", line, column=column)).startswith(("${{ secrets.FOLDED", ">-"))


def test_every_use_of_a_file_stands_where_it_is_named() -> None:
    begin = {"action": "{}", "secret": "${{{{ secrets.{} }}}}", "variable": "${{{{ vars.{} }}}}", "environment": "{}"}
    begin |= {"runner": "{}", "oidc": "{}"}
    told = told_of("main.yml", MAIN, owner="acme", default=None).uses
    assert {what for what, *_ in told} == set(begin)
    facts = [
        (
            what,
            (begin[what].format(name.partition(", ")[0]),) if name[0] != "(" else (),
            Spot("main.yml", line, column=column),
        )
        for what, name, line, column, _ in told
    ]
    assert list(misplaced(facts, {"main.yml": MAIN})) == []


def test_every_row_of_a_workflow_has_a_column_at_which_something_begins() -> None:
    attributes = told_of("main.yml", MAIN, owner="acme", default=None).attributes
    rows = [row for part in ("jobs", "hazards", "weaknesses") for row in attributes[part]]
    assert {"jobs", "hazards", "weaknesses"} == {part for part in ("jobs", "hazards", "weaknesses") if attributes[part]}
    facts = [(str(row), (), Spot("main.yml", row["line"], column=row["column"])) for row in rows]
    assert list(misplaced(facts, {"main.yml": MAIN})) == []


def test_the_places_of_this_repositorys_own_workflows_hold() -> None:
    folder = Path(__file__).parents[3] / ".github/workflows"
    texts = {f".github/workflows/{path.name}": path.read_text(encoding="utf-8") for path in folder.glob("*.yml")}
    assert texts
    found = jobs(**{Path(path).stem: text for path, text in texts.items()})
    assert list(misplaced((fact for job in found.values() for fact in facts_of(job, written)), texts)) == []


def test_a_weakness_in_lines_of_a_script_points_at_the_command() -> None:
    every = github_weaknesses(read_workflow("main.yml", MAIN), MAIN, owner="acme")
    [found] = [each for each in every if each.check == "wf.run.remote_script"]
    spot = Spot("main.yml", found.position.line, column=found.position.column)
    assert text_at({"main.yml": MAIN}, spot).startswith("curl -H")
