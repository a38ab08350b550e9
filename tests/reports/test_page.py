"""A long report is a page: what reaches most is told, the rest counted, nothing twice, nothing left out of the files."""

import csv
import io
import json
import re

import msgspec
import pytest

from pipewarden.model.facts import Cause
from pipewarden.model.findings import Severity
from pipewarden.reports import write
from pipewarden.reports.page import FIRST, SHORT, first_page
from pipewarden.reports.ranking import visible
from tests.reports import acme_report

PAGE = 62
"""Lines."""


def long_gaps():
    return tuple(
        msgspec.structs.replace(
            acme_report.GAPS[0], scope=f"acme-{number}", facet=f"organization.part_{number}", cause=cause
        )
        for number in range(30)
        for cause in (Cause.FORBIDDEN, Cause.PLAN)
    )


@pytest.mark.parametrize("width", [80, 120])
def test_ten_thousand_findings_and_sixty_gaps_are_a_page(width):
    report = msgspec.structs.replace(acme_report.large(), gaps=long_gaps())
    text = write(report, "table", width=width)
    assert len(text.splitlines()) <= PAGE
    assert "10,000 findings in 40 places" in text
    assert "`--all` tells each" in text
    assert text.count("the credential may not read it") == 1
    assert "and 29 more" in text


def test_markdown_is_a_page_too():
    report = msgspec.structs.replace(acme_report.large(), gaps=long_gaps())
    text = write(report, "markdown")
    assert len(text.splitlines()) <= PAGE
    assert "### All by severity" in text
    assert len(write(report, "markdown", everything=True).splitlines()) > 10_000


def test_the_counts_add_up_to_all_there_is():
    report = acme_report.large()
    page = first_page(report)
    assert sum(each.findings for each in page.counted) == len(visible(report))
    assert all(sum(count for _, count in each.checks) == each.findings for each in page.counted)
    assert [each.severity for each in page.counted] == sorted(Severity, reverse=True)


def test_what_is_told_to_fix_next_is_not_told_again():
    report = acme_report.large()
    page = first_page(report)
    told = {mark for fix in report.fix_next for mark in fix.told}
    assert 0 < len(page.folds) <= FIRST
    assert all(fold.findings[0].finding.fingerprint not in told for fold in page.folds)


def test_a_short_report_is_told_whole():
    assert first_page(acme_report.acme()) is None
    some = list(acme_report.large(SHORT * 40).findings)
    folds = {}
    for one in some:
        folds.setdefault((one.finding.scope, one.finding.severity, one.finding.check), one)
    few, one_more = list(folds.values())[:SHORT], list(folds.values())[: SHORT + 1]
    assert first_page(acme_report.made(few)) is None
    assert first_page(acme_report.made(one_more)) is not None


@pytest.mark.parametrize("width", [32, 60, 80, 120])
def test_every_line_of_a_page_fits_whatever_names_hold(width):
    found = [
        msgspec.structs.replace(
            one, finding=msgspec.structs.replace(one.finding, check=f"gh.x{number}.{part}", scope=name)
        )
        for part in range(3)
        for number, (one, name) in enumerate(zip(acme_report.hostile().findings, acme_report.HOSTILE, strict=True))
    ]
    text = write(acme_report.made(found, tallies=(), not_assessed=()), "table", width=width)
    assert "All by severity" in text
    assert max(map(len, text.splitlines())) <= width
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202e]", text)


def test_no_file_leaves_out_what_the_page_counts():
    report = acme_report.large(500)
    assert len(json.loads(write(report, "json"))["findings"]) == 500
    assert len(json.loads(write(report, "sarif"))["runs"][0]["results"]) >= 500
    rows = csv.DictReader(io.StringIO(write(report, "csv"), newline=""))
    assert sum(row["verdict"] == "fail" for row in rows) == 500
    page = write(report, "html")
    marks = {one.finding.fingerprint for one in report.findings}
    assert {mark for mark in marks if f'id="f-{mark}"' in page} == marks
    assert 1 <= page.count('<details class="rest">') <= len(Severity)
    assert page.count("<details") == page.count("</details>")


@pytest.mark.parametrize("form", ["table", "markdown", "html"])
def test_a_gap_of_many_jobs_counts_them_once(form):
    jobs = msgspec.structs.replace(acme_report.GAPS[0], scope="1,437 jobs of 61 repositories", count=1_437)
    text = write(acme_report.made((), gaps=(jobs,)), form)
    assert "1,437 jobs of 61 repositories" in text
    assert "times" not in text.partition("<style>")[0] + text.partition("</style>")[2]


def test_a_gap_that_an_option_makes_is_closed_by_leaving_it_out():
    off = msgspec.structs.replace(
        acme_report.GAPS[0],
        facet="repository.zizmor",
        cause=Cause.NOT_COLLECTED,
        permission="",
        detail="it was not asked for",
    )
    assert "closed by: an audit without `--no-zizmor`" in write(acme_report.made((), gaps=(off,)), "table", width=120)
