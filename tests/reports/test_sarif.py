"""The report as SARIF: valid against the official schema, stable over runs, and plain text whatever names hold."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

from pipewarden.reports import write
from pipewarden.reports.sarif import uri_path
from tests.reports import acme_report
from tests.shared import shared_path


def run_of(report):
    return json.loads(write(report, "sarif"))["runs"][0]


@pytest.mark.parametrize("make", [acme_report.acme, acme_report.hostile, acme_report.only_gaps, acme_report.clean])
def test_it_keeps_the_official_schema(make):
    jsonschema.Draft4Validator(official()).validate(json.loads(write(make(), "sarif")))


def test_the_audit_of_the_demo_keeps_it_too():
    schema = official()
    command = [sys.executable, "-m", "pipewarden", "--demo", "audit", "--format", "sarif", "--fail-on", "never"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    log = json.loads(done.stdout)
    jsonschema.Draft4Validator(schema).validate(log)
    assert len(log["runs"][0]["results"]) > 100


def official():
    """Return the schema that OASIS publishes, from the file that SARIF_SCHEMA names or the reference material.

    It is sarif-2.1/schema/sarif-schema-2.1.0.json of github.com/oasis-tcs/sarif-spec; no package holds it.
    """
    named = os.environ.get("SARIF_SCHEMA")
    schema = json.loads((Path(named) if named else shared_path("apis/sarif-schema-2.1.0.json")).read_text())
    jsonschema.Draft4Validator.check_schema(schema)
    return schema


def test_rules_carry_what_a_code_scanning_page_shows():
    run = run_of(acme_report.acme())
    rule = next(rule for rule in run["tool"]["driver"]["rules"] if rule["id"] == "gh.people.mfa")
    assert rule["properties"]["security-severity"] == "8.0"
    assert rule["properties"]["precision"] == "high"
    assert {"security", "people", "owasp/CICD-SEC-2", "nist/IA-2(1)", "cis/1.3.5"} <= set(rule["properties"]["tags"])
    assert "Require two" in rule["help"]["markdown"]
    assert rule["defaultConfiguration"]["level"] == "error"


def test_every_result_names_its_rule_and_one_place():
    run = run_of(acme_report.acme())
    rules = run["tool"]["driver"]["rules"]
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        [location] = result["locations"]
        assert location["physicalLocation"]["region"]["startLine"] >= 1
        assert location["logicalLocations"][0]["fullyQualifiedName"].startswith("github.com:")


def test_a_finding_in_a_file_points_to_its_line_others_to_their_subject():
    by_rule = {result["ruleId"]: result for result in run_of(acme_report.acme())["results"]}
    place = by_rule["gh.workflow.injection"]["locations"][0]["physicalLocation"]
    assert place == {
        "artifactLocation": {"uri": ".github/workflows/deploy.yml"},
        "region": {"startLine": 21, "startColumn": 9},
    }
    place = by_rule["gh.dkey.write"]["locations"][0]["physicalLocation"]
    assert place == {"artifactLocation": {"uri": "github.com/acme/web"}, "region": {"startLine": 1}}


def test_fingerprints_are_stable_and_distinct():
    marks = [result["partialFingerprints"]["pipewarden/v1"] for result in run_of(acme_report.acme())["results"]]
    assert len(marks) == len(set(marks)) == 9
    assert marks == [result["partialFingerprints"]["pipewarden/v1"] for result in run_of(acme_report.acme())["results"]]


def test_life_becomes_baseline_state_and_a_waiver_a_suppression():
    results = run_of(acme_report.acme())["results"]
    states = {result["properties"]["life"]: result["baselineState"] for result in results}
    assert states == {"new": "new", "open": "unchanged", "waived": "unchanged", "unseen": "unchanged"}
    [waived] = [result for result in results if result.get("suppressions")]
    assert waived["suppressions"][0]["justification"] == "moves the build until May"
    assert waived["suppressions"][0]["properties"]["approver"] == "alice"


def test_what_is_gone_is_no_result_and_so_closes_its_alert():
    messages = [result["message"]["text"] for result in run_of(acme_report.acme())["results"]]
    assert "alice has no second factor" not in messages
    assert "mallory administers lab/tools" in messages


def test_an_access_path_becomes_a_code_flow():
    [flow] = [result["codeFlows"][0] for result in run_of(acme_report.acme())["results"] if "codeFlows" in result]
    steps = [step["location"]["message"]["text"] for step in flow["threadFlows"][0]["locations"]]
    assert steps[0] == "carol"
    assert steps[-1] == "secret:acme/web/AWS_KEY"


def test_what_was_not_assessed_is_notified():
    notes = run_of(acme_report.only_gaps())["invocations"][0]["toolExecutionNotifications"]
    assert [note["level"] for note in notes] == ["warning", "warning", "error"]
    assert "Closed by: organization_administration: read" in notes[0]["message"]["text"]
    assert notes[2]["associatedRule"]["id"] == "gh.dkey.write"
    assert run_of(acme_report.clean())["invocations"][0]["toolExecutionNotifications"] == []


def test_no_name_becomes_a_link_a_placeholder_or_a_terminal_order():
    text = write(acme_report.hostile(), "sarif")
    for result in json.loads(text)["runs"][0]["results"]:
        message = result["message"]["text"]
        assert not re.search(r"(?<!\\)\[", message)
        assert not re.search(r"[\x00-\x1f\x7f-\x9f\u202e]", message)
        assert not re.search(r"\{\d", message.replace("{{", ""))


@pytest.mark.parametrize(
    ("path", "uri"),
    [
        ("../../etc/passwd", "etc/passwd"),
        ("/abs/olute.yml", "abs/olute.yml"),
        ("https://evil.example/x", "https%3A/evil.example/x"),
        ("a b/ü?#%.yml", "a%20b/%C3%BC%3F%23%25.yml"),
        ("..", "-"),
        ("\udcff.yml", "%EF%BF%BD.yml"),
        (".github/workflows/deploy.yml", ".github/workflows/deploy.yml"),
    ],
)
def test_a_place_is_a_relative_uri_inside_its_root(path, uri):
    assert uri_path(path) == uri


def test_a_check_nobody_describes_still_is_a_rule():
    report = acme_report.made(acme_report.findings(), checks=())
    assert {rule["id"] for rule in run_of(report)["tool"]["driver"]["rules"]} >= {"gh.people.mfa", "gh.dkey.write"}
