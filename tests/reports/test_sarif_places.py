"""Further places in SARIF, from real files to the report: each related location points at the line that is meant."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from pipewarden.cli.ending import ended
from pipewarden.cli.main import main
from tests.pipelines.plain import tokens
from tests.reports.test_sarif import official

GREET = """\
on: issues
permissions: {}
jobs:
  greet:
    runs-on: ubuntu-latest
    permissions: {issues: write}
    steps:
      - run: echo "${{ github.event.issue.title }}"
      - run: make
      # a comment between them
      - run: |
          make again
          echo "${{ github.event.issue.body }}"
  thank:
    runs-on: ubuntu-latest
    permissions: {issues: write}
    steps:
      - run: echo "${{ github.event.issue.title }}"
"""
DEPLOY = """\
on: push
permissions: {}
jobs:
  deploy:
    runs-on: ubuntu-latest
    steps:
      - run: ./deploy.sh
        env:
          TOKEN: %s
"""


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """Return a checkout and the SARIF of its audit."""
    web = tmp_path_factory.mktemp("checkout") / "web"
    token = tokens.classic("ghp_")
    for path, text in {
        ".github/workflows/greet.yml": GREET,
        ".github/workflows/deploy.yml": DEPLOY % token,
        ".github/workflows/again.yml": "# one line more\n" + DEPLOY % token,
        "deploy/.env": f"A=1\nB=2\nTOKEN={token}\n",
    }.items():
        (web / path).parent.mkdir(parents=True, exist_ok=True)
        (web / path).write_text(text)
    out = web.parent / "report.sarif"
    arguments = [
        "audit",
        str(web),
        "--format",
        "sarif",
        "-o",
        str(out),
        "--fail-on",
        "never",
        "--no-cache",
        "--no-zizmor",
    ]
    assert ended(main, arguments) == 0
    return web, json.loads(out.read_text())


def results(log: tuple[Path, dict[str, Any]], rule: str) -> list[dict[str, Any]]:
    return [each for each in log[1]["runs"][0]["results"] if each["ruleId"] == rule]


def line_of(web: Path, location: dict[str, Any]) -> str:
    place = location["physicalLocation"]
    lines = (web / place["artifactLocation"]["uri"]).read_text().splitlines()
    return lines[place["region"]["startLine"] - 1]


def test_the_log_keeps_the_official_schema_with_related_locations_in_it(log) -> None:
    jsonschema.Draft4Validator(official()).validate(log[1])
    assert any("relatedLocations" in each for each in log[1]["runs"][0]["results"])


def test_every_place_of_one_weakness_points_at_its_line(log) -> None:
    [result] = results(log, "wf.inject.template")
    places = [*result["locations"], *result["relatedLocations"]]
    assert sorted(place["physicalLocation"]["region"]["startLine"] for place in places) == [8, 13, 18]
    assert all("${{ github.event.issue." in line_of(log[0], place) for place in places)
    assert [each["id"] for each in result["relatedLocations"]] == [1, 2]
    for each in result["relatedLocations"]:
        line = each["physicalLocation"]["region"]["startLine"]
        assert each["message"]["text"].startswith(f"line {line}: ")


def test_every_place_of_one_secret_points_at_its_line_and_none_tells_its_value(log) -> None:
    [result] = results(log, "wf.secret.plaintext")
    token = tokens.classic("ghp_")
    places = [*result["locations"], *result["relatedLocations"]]
    uris = [place["physicalLocation"]["artifactLocation"]["uri"] for place in places]
    assert sorted(uris) == [".github/workflows/again.yml", ".github/workflows/deploy.yml", "deploy/.env"]
    assert all(token in line_of(log[0], place) for place in places)
    assert token not in json.dumps(log[1])


def test_no_place_is_told_twice(log) -> None:
    found = [each for each in log[1]["runs"][0]["results"] if "relatedLocations" in each]
    assert len(found) > 1
    for result in found:
        places = [json.dumps(place["physicalLocation"]["region"]["startLine"]) + place["physicalLocation"]["artifactLocation"]["uri"]
                  for place in [*result["locations"], *result["relatedLocations"]]]  # fmt: skip
        assert len(places) == len(set(places))


def text_at(web: Path, place: dict[str, Any]) -> str:
    """Return what a viewer's cursor stands before: columns of the log count characters."""
    region = place["region"]
    lines = (web / place["artifactLocation"]["uri"]).read_text().splitlines()
    return lines[region["startLine"] - 1][region["startColumn"] - 1 :]


def test_every_place_of_one_weakness_points_at_the_expression_itself(log) -> None:
    [result] = results(log, "wf.inject.template")
    places = [each["physicalLocation"] for each in (*result["locations"], *result["relatedLocations"])]
    assert all(text_at(log[0], place).startswith("${{ github.event.issue.") for place in places)
    assert [place["region"]["startColumn"] for place in places] != [1, 1, 1]


def test_every_place_of_one_secret_points_at_the_first_character_of_its_value(log) -> None:
    [result] = results(log, "wf.secret.plaintext")
    places = [each["physicalLocation"] for each in (*result["locations"], *result["relatedLocations"])]
    assert all(text_at(log[0], place).startswith(tokens.classic("ghp_")) for place in places)


def test_every_place_in_a_file_has_a_column_at_which_something_begins(log) -> None:
    run = log[1]["runs"][0]
    assert run["columnKind"] == "unicodeCodePoints"
    seen = set()
    for result in run["results"]:
        flows = [
            step["location"]
            for flow in result.get("codeFlows", ())
            for each in flow["threadFlows"]
            for step in each["locations"]
        ]
        for each in (*result["locations"], *result.get("relatedLocations", ()), *flows):
            place = each["physicalLocation"]
            if (log[0] / place["artifactLocation"]["uri"]).is_file():
                text = text_at(log[0], place)
                assert text[:1].strip(), (result["ruleId"], place)
                seen.add(result["ruleId"])
    assert seen >= {"wf.inject.template", "wf.perm.excess", "wf.secret.plaintext"}


def test_the_same_finding_has_the_same_fingerprint_wherever_it_stands_in_its_file(log, tmp_path) -> None:
    web = tmp_path / "web"
    (web / ".github/workflows").mkdir(parents=True)
    moved = GREET.replace("      - run: echo", "      -     run:   echo").replace(
        "permissions: {}\n", "\n\npermissions: {}\n"
    )
    (web / ".github/workflows/greet.yml").write_text(moved)
    out = tmp_path / "report.sarif"
    arguments = [
        "audit",
        str(web),
        "--format",
        "sarif",
        "-o",
        str(out),
        "--fail-on",
        "never",
        "--no-cache",
        "--no-zizmor",
    ]
    assert ended(main, arguments) == 0
    [before], [after] = (
        results(log, "wf.inject.template"),
        results((web, json.loads(out.read_text())), "wf.inject.template"),
    )
    assert before["partialFingerprints"] == after["partialFingerprints"]
    regions = [each["locations"][0]["physicalLocation"]["region"] for each in (before, after)]
    assert regions[0]["startLine"] != regions[1]["startLine"] or regions[0]["startColumn"] != regions[1]["startColumn"]
