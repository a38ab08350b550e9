"""A baseline: what it holds is set aside, what is new stays, what comes back is news."""

import pytest
from msgspec.structs import replace

from pipewarden.errors import UsageError
from pipewarden.model.findings import Life, Severity
from pipewarden.reports import FORMATS, write
from pipewarden.reports.baseline import against
from pipewarden.reports.ranking import visible
from tests.reports import acme_report


def saved(report, folder):
    path = folder / "baseline.json"
    path.write_text(write(report, "json"), encoding="utf-8")
    return path


def names(judged):
    return {one.finding.subject_name for one in judged}


def test_only_what_is_new_is_left(tmp_path):
    known = [one for one in acme_report.findings() if one.finding.subject_name != "mallory"]
    report = against(acme_report.acme(), saved(acme_report.made(known), tmp_path))
    assert names(visible(report)) == {"mallory"}
    assert "2 new findings: 2 high" in write(report, "table")


def test_the_steps_count_only_what_is_left(tmp_path):
    known = [one for one in acme_report.findings() if one.finding.subject_name != "bob"]
    report = against(acme_report.acme(), saved(acme_report.made(known), tmp_path))
    [left] = visible(report)
    assert [fix.ends for fix in report.fix_next] == [(left.finding.fingerprint,)]
    assert f'id="f-{left.finding.fingerprint}"' in write(report, "html")


def test_what_was_gone_and_is_back_is_news(tmp_path):
    then = acme_report.made(acme_report.findings())
    now = acme_report.made(acme_report.judged(one.finding, Life.NEW) for one in then.findings)
    assert names(visible(against(now, saved(then, tmp_path)))) == {"alice"}


def test_what_only_informs_is_told_with_its_place_where_it_is_new(tmp_path):
    [first, *_] = acme_report.findings()
    finding = replace(first.finding, severity=Severity.INFO, file=".github/workflows/ci.yml", line=7)
    now = acme_report.made([acme_report.judged(finding, Life.NEW)])
    alone = write(now, "table")
    assert "Nothing to mend; for information" in alone
    assert "ci.yml" not in alone
    for form in ("table", "markdown"):
        text = write(against(now, saved(acme_report.made([]), tmp_path)), form)
        assert finding.says in " ".join(text.split())
        assert "or information" not in text
    assert "ci.yml:7" in write(against(now, saved(acme_report.made([]), tmp_path)), "table")


def test_that_nothing_is_new_is_said_once(tmp_path):
    report = acme_report.made([one for one in acme_report.findings() if one.life is not Life.GONE])
    text = write(against(report, saved(report, tmp_path)), "table")
    assert text.count("Nothing new in what could be read") == 1


@pytest.mark.parametrize("form", [form for form in FORMATS if form not in {"junit", "json"}])
def test_a_baseline_is_not_called_a_waiver(form, tmp_path):
    everything = [one for one in acme_report.findings() if not one.waiver]
    report = acme_report.made(everything)
    text = write(against(report, saved(report, tmp_path)), form, everything=True)
    assert "held by the baseline" in text
    assert "finding waived" not in text


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{}", "does not say"),
        ("[]", "does not say"),
        ("", "not JSON"),
        ("{", "not JSON"),
        ('{"schema": "pipewarden.report/2", "findings": []}', "does not say"),
        ('{"schema": "pipewarden.report/1"}', "no fingerprint"),
        ('{"schema": "pipewarden.report/1", "findings": [1]}', "no fingerprint"),
        ('{"schema": "pipewarden.report/1", "findings": [{"fingerprint": "a"}]}', "no life"),
    ],
)
def test_another_file_is_refused_with_a_sentence(text, why, tmp_path):
    path = tmp_path / "other.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match=why) as refusal:
        against(acme_report.acme(), path)
    assert "--format json" in refusal.value.hint


def test_a_missing_file_is_refused_with_its_name(tmp_path):
    with pytest.raises(UsageError, match=r"nowhere\.json cannot be read"):
        against(acme_report.acme(), tmp_path / "nowhere.json")
