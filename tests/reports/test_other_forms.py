"""The report as CSV, Markdown and JUnit XML."""

import csv
import io
import re
from xml.etree import ElementTree as ET

import msgspec
import pytest

from pipewarden.model.findings import Tally
from pipewarden.reports import write
from tests.reports import acme_report


def rows_of(report):
    return list(csv.DictReader(io.StringIO(write(report, "csv"), newline="")))


def test_csv_has_findings_and_what_is_unknown():
    rows = rows_of(acme_report.acme())
    assert [row["verdict"] for row in rows] == ["fail"] * 10 + ["unknown"] * 2
    first = rows[0]
    assert (first["check"], first["severity"], first["life"]) == ("gh.workflow.injection", "critical", "new")
    assert (first["file"], first["line"]) == (".github/workflows/deploy.yml", "21")
    assert first["standards"] == "OWASP CICD-SEC-4"
    [waived] = [row for row in rows if row["life"] == "waived"]
    assert (waived["waiver_approver"], waived["waiver_expires"]) == ("alice", "2026-05-01T00:00:00Z")
    assert {row["cause"] for row in rows[10:]} == {"forbidden", "the check broke"}


def test_csv_rows_are_whole_and_run_nothing():
    rows = rows_of(acme_report.hostile())
    assert len(rows) == 2 * len(acme_report.HOSTILE)
    for row in rows:
        assert None not in row
        assert not any(value.startswith(("=", "+", "-", "@")) for value in row.values())


def test_csv_of_nothing_is_its_header():
    assert rows_of(acme_report.clean()) == []
    assert write(acme_report.clean(), "csv").startswith("verdict,severity,life,check")


def test_markdown_reads_like_the_screen():
    text = write(acme_report.acme(), "markdown")
    assert text.startswith("# Pipewarden: access to delivery pipelines\n\n**8 findings: 1 critical, 7 high.")
    heads = [line for line in text.splitlines() if line.startswith("#")]
    assert heads[1:] == [
        "## Fix next",
        "## Findings",
        "### acme: 7 findings",
        "### lab: 1 finding",
        "## Set aside",
        "## Not assessed, because",
    ]
    assert "| high | carol left acme on 3 March" in text


def test_markdown_folds_a_check_unless_everything_is_asked_for():
    short = write(acme_report.acme(), "markdown")
    assert (
        "bob is a member of acme without a second factor; and 4 more: deploybot, mallory, u000007 and 1 more" in short
    )
    assert "u000008" not in short
    whole = write(acme_report.acme(), "markdown", everything=True)
    assert "u000008 is a member of acme without a second factor" in whole
    assert len(write(acme_report.large(), "markdown")) < 65_536


def test_markdown_of_nothing_is_honest():
    assert "## Nothing found in what could be read" in write(acme_report.only_gaps(), "markdown")
    assert "## Nothing found\n" in write(acme_report.clean(), "markdown")


def test_markdown_stays_text():
    text = write(acme_report.hostile(), "markdown")
    assert "<script" not in text
    assert not re.search(r"(?<!\\)\]\(", text)
    assert not re.search(r"^::", text, re.MULTILINE)
    assert not re.search(r"^\| row \| forged", text, re.MULTILINE)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", text)
    columns = {len(re.findall(r"(?<!\\)\|", line)) for line in text.splitlines() if line.startswith("|")}
    assert columns == {5}


@pytest.mark.parametrize("make", [acme_report.acme, acme_report.hostile, acme_report.only_gaps, acme_report.clean])
def test_junit_is_xml_and_its_numbers_add_up(make):
    root = ET.fromstring(write(make(), "junit").encode())
    assert root.tag == "testsuites"
    for element in [root, *root]:
        for name, tag in (("tests", "testcase"), ("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            assert int(element.get(name)) == len(list(element.iter(tag)))
    themes = {info.id: info.theme for info in acme_report.CHECKS}
    cases = {(suite.get("name"), case.get("name").split(" in ")[0].split(",")[0]) for suite in root for case in suite}
    assert cases == {(theme, check) for check, theme in themes.items()}


def outcomes(report):
    root = ET.fromstring(write(report, "junit").encode())
    return {case.get("name"): case[0].tag if len(case) else "passed" for case in root.iter("testcase")}


def test_junit_tells_failed_from_broken_from_unknown_from_passed():
    assert outcomes(acme_report.acme()) == {
        "gh.workflow.injection in acme": "failure",
        "gh.dkey.write in acme": "failure",
        "gh.dkey.write, broken": "error",
        "gh.people.mfa in acme": "failure",
        "gh.outside.admin in lab": "failure",
        "gh.org.oidc": "skipped",
    }
    assert outcomes(acme_report.only_gaps())["gh.dkey.write"] == "error"
    assert set(outcomes(acme_report.clean()).values()) == {"passed"}


def test_junit_hides_no_unknown_behind_a_failure():
    unknown = msgspec.structs.replace(acme_report.NOT_ASSESSED[0], check="gh.people.mfa")
    report = acme_report.made(acme_report.findings(), not_assessed=(unknown,))
    assert outcomes(report)["gh.people.mfa in acme"] == "failure"
    assert outcomes(report)["gh.people.mfa, not assessed"] == "skipped"
    assert "gh.people.mfa" not in outcomes(report)


def test_junit_passes_nothing_that_was_never_asked():
    report = acme_report.made((), gaps=(), not_assessed=(), tallies=(Tally(check="gh.people.mfa", not_applicable=3),))
    assert set(outcomes(report).values()) == {"skipped"}


def test_a_waived_finding_fails_no_test():
    waived = [one for one in acme_report.findings() if one.waiver]
    assert outcomes(acme_report.made(waived, gaps=(), not_assessed=()))["gh.outside.admin"] == "passed"
