"""The report on a screen: calm, ranked, honest about what was not seen, and safe with any name."""

import re

import msgspec
import pytest

from pipewarden.errors import UsageError
from pipewarden.model.facts import Cause
from pipewarden.model.findings import GapLine, Life
from pipewarden.render.text import measure
from pipewarden.reports import FORMATS, write
from tests.reports import acme_report


@pytest.mark.parametrize("width", [32, 40, 60, 80, 120, 200])
@pytest.mark.parametrize("make", [acme_report.acme, acme_report.hostile, acme_report.only_gaps, acme_report.clean])
@pytest.mark.parametrize("everything", [False, True])
def test_every_line_fits(make, width, everything):
    text = write(make(), "table", width=width, everything=everything)
    assert max(measure(line) for line in text.splitlines()) <= width
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202e]", text)


def test_it_begins_with_what_was_read_and_ends_with_one_line():
    lines = write(acme_report.acme(), "table", width=100).splitlines()
    assert lines[0] == "Pipewarden 0.1.0: github.com/acme, github.com/lab, as of 2026-03-09 08:30 UTC"
    assert lines[-1] == "8 findings: 1 critical, 7 high. 2 of 5 checks could not be answered everywhere."


def test_the_order_is_fix_next_then_findings_then_gaps():
    text = write(acme_report.acme(), "table", width=200)
    places = [text.index(part) for part in ("Fix next", "acme: 7 findings", "lab: 1 finding", "Not assessed, because")]
    assert places == sorted(places)
    assert text.index("the title of anybody's issue", places[1]) < text.index("carol left acme", places[1])


def test_many_subjects_of_one_check_are_one_line_unless_everything_is_asked_for():
    short = write(acme_report.acme(), "table", width=100)
    assert "5 findings: bob, deploybot, mallory and 2 more" in short
    assert "u000008" not in short
    whole = write(acme_report.acme(), "table", width=100, everything=True)
    assert "u000008 is a member of acme without a second factor" in whole
    assert "carol → member of acme/platform → maintain on acme/web" in whole


def test_waived_and_gone_are_counted_not_listed():
    text = write(acme_report.acme(), "table", width=100)
    assert "1 finding waived; 1 finding gone since the audit before." in text
    assert "dave" not in text
    assert "says alice, until 2026-05-01" in write(acme_report.acme(), "table", width=200, everything=True)


def test_a_gap_says_what_would_close_it():
    text = write(acme_report.acme(), "table", width=120)
    assert "  the credential may not read it:\n    - OIDC settings of acme (3 checks not answered)\n" in text
    assert "    - collaborators of lab, 12 times (7 checks not answered)" in text
    assert "closed by: organization_administration: read, or admin:org" in text


def test_a_cause_is_said_once_however_many_gaps_it_has():
    gaps = tuple(msgspec.structs.replace(acme_report.GAPS[0], scope=scope) for scope in ("acme", "lab"))
    text = write(acme_report.made((), gaps=gaps), "table", width=120)
    assert text.count("the credential may not read it") == 1
    both = (msgspec.structs.replace(acme_report.GAPS[0], scope="acme, lab", count=2),)
    assert "OIDC settings of acme, lab (3 checks" in write(acme_report.made((), gaps=both), "table", width=120)


def test_nothing_found_is_never_all_good():
    gaps = write(acme_report.only_gaps(), "table", width=80)
    assert "Nothing found in what could be read" in gaps
    whole = write(acme_report.clean(), "table", width=80)
    assert "Nothing found. 5 checks asked." in whole
    assert "could be read" not in whole
    assert "Not assessed" not in whole


def test_an_incomplete_reading_is_said_even_without_gaps():
    text = write(acme_report.made((), gaps=(), not_assessed=(), complete=False), "table", width=80)
    assert "Nothing found in what could be read" in text
    assert "incomplete" in text


def test_colour_only_where_it_is_wanted():
    assert "\x1b" not in write(acme_report.acme(), "table")
    coloured = write(acme_report.acme(), "table", color=True)
    assert "\x1b[1;31mcritical\x1b[0m" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == write(acme_report.acme(), "table")


def test_ten_thousand_findings_are_a_short_page():
    text = write(acme_report.large(), "table", width=100)
    assert "10,000 findings" in text
    assert len(text.splitlines()) < 2000


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("make", [acme_report.acme, acme_report.hostile, acme_report.only_gaps, acme_report.clean])
def test_every_form_is_utf8_and_the_same_every_time(form, make):
    text = write(make(), form)
    assert text.endswith("\n")
    assert text.encode().decode() == write(make(), form)


def test_an_unknown_form_is_refused():
    with pytest.raises(UsageError, match="pdf"):
        write(acme_report.clean(), "pdf")


@pytest.mark.parametrize("form", ["table", "markdown"])
def test_new_is_said_only_where_something_was_known_before(form):
    report = acme_report.acme()
    assert "(new)" in write(report, form, width=200)
    fresh = msgspec.structs.replace(
        report, findings=tuple(msgspec.structs.replace(one, life=Life.NEW, waiver=None) for one in report.findings)
    )
    assert "(new)" not in write(fresh, form, width=200)


def test_what_a_run_leaves_unread_is_told_with_its_place_and_what_ends_it():
    unread = GapLine(
        scope="acme/web", facet="repository.files", cause=Cause.NOT_COLLECTED, count=1,
        detail=".github/dependabot.yml: dependabot files are recognised, not read yet", permission="", checks=0,
    )  # fmt: skip
    token = msgspec.structs.replace(
        unread, facet="repository.actions_workflow_permissions", cause=Cause.MISSING_FIELD, detail="not known"
    )
    text = write(acme_report.made([], gaps=(unread, token), not_assessed=()), "table", width=200)
    assert "files of acme/web: .github/dependabot.yml: dependabot files are recognised, not read yet" in text
    assert "closed by: `permissions:` in the file, or an audit of the organization" in text
