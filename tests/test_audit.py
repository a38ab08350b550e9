"""The whole audit of acme, from the loopback server to the report: what it finds, and what it leaves in peace."""

import dataclasses
from pathlib import Path

import orjson
import pytest
from msgspec import structs

from pipewarden.audit import audit, collect, judged
from pipewarden.demo.estate import acme
from pipewarden.demo.stage import collected
from pipewarden.errors import UsageError
from pipewarden.model.columns import Snapshot
from pipewarden.model.findings import Life, Report
from pipewarden.reports import write
from pipewarden.reports.baseline import against
from pipewarden.store import Store

PLANTED = {
    ("gh.org.mfa_required", "acme"),
    ("gh.owner.mfa_disabled", "acme-ci"),
    ("gh.member.mfa_disabled", "frank"),
    ("gh.member.mfa_insecure", "erin"),
    ("gh.org.base_permission", "acme"),
    ("gh.org.owners_too_many", "acme"),
    ("gh.org.role_escalation", "role keeper"),
    ("gh.ext.outside_admin", "dave"),
    ("gh.ext.outside_no_mfa", "dave"),
    ("gh.dkey.creator_left", "carol-laptop"),
    ("gh.dkey.reused", "carol-laptop"),
    ("gh.pat.fg_owner_left", "carol's token nightly"),
    ("gh.app.workflows_write", "deploybot"),
    ("gh.bp.none", "acme/api"),
    ("gh.bp.force_push", "acme/site"),
    ("wf.trigger.prt_checkout_exec", "acme/site/.github/workflows/preview.yml"),
}
"""Faults of the story, by check and subject: the audit must find every one."""


@pytest.fixture(scope="module")
def snapshot() -> Snapshot:
    return collected(acme())


@pytest.fixture(scope="module")
def report(snapshot: Snapshot) -> Report:
    return audit(snapshot, None)


def test_every_planted_fault_is_found(report: Report) -> None:
    found = {(each.finding.check, each.finding.subject_name) for each in report.findings}
    assert PLANTED - found == set()


def test_the_well_kept_organization_is_left_in_peace(report: Report) -> None:
    severe = [
        e.finding.says
        for e in report.findings
        if e.finding.scope == "acme-labs" and e.finding.severity.word in {"high", "critical"}
    ]
    assert severe == []


def test_no_check_breaks(report: Report) -> None:
    assert [each.detail for each in report.not_assessed if each.cause is None] == []


def test_judging_is_pure_the_same_snapshot_gives_the_same_bytes(snapshot: Snapshot, report: Report) -> None:
    again = dataclasses.replace(snapshot, _objects={})
    assert write(audit(again, None), "json") == write(report, "json")


def test_what_reaches_farthest_stands_first(report: Report) -> None:
    order = [each.finding.severity for each in report.findings]
    assert order == sorted(order, reverse=True)


def test_a_second_audit_opens_nothing_anew_and_closes_what_was_mended(snapshot: Snapshot, tmp_path: Path) -> None:
    estate = acme()
    web = estate.organizations["acme"].repositories["web"]
    web.keys = [key for key in web.keys if key["title"] != "carol-laptop"]
    mended = collected(estate)
    later = dataclasses.replace(
        mended, info=structs.replace(mended.info, ended=mended.as_of.replace(day=24)), _objects={}
    )
    with Store.open(str(tmp_path / "s.db")) as store:
        first = audit(snapshot, store)
        assert {each.life for each in first.findings} == {Life.NEW}
        second = audit(later, store)
        lives = {
            (e.finding.check, e.finding.object_name): e.life
            for e in second.findings
            if e.finding.check.startswith("gh.dkey")
        }
        assert lives["gh.dkey.creator_left", "acme/web"] is Life.GONE
        assert Life.OPEN in lives.values()
        assert store.ledger_problems() == []


def test_a_baseline_silences_what_it_holds(report: Report, tmp_path: Path) -> None:
    file = tmp_path / "baseline.json"
    file.write_text(write(report, "json"), encoding="utf-8")
    quiet = against(report, file)
    assert {each.life for each in quiet.findings} == {Life.WAIVED}
    file.write_text("{}", encoding="utf-8")
    with pytest.raises(UsageError, match="not a JSON report"):
        against(report, file)


def test_a_checkout_is_read_without_a_token(tmp_path: Path) -> None:
    from pipewarden.connectors.checkout import Checkout

    workflows = tmp_path / ".github" / "workflows"
    workflows.mkdir(parents=True)
    (workflows / "bad.yml").write_text(
        "on: pull_request_target\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n"
        "      - uses: actions/checkout@v4\n        with:\n          ref: ${{ github.event.pull_request.head.sha }}\n"
        "      - run: make\n"
    )
    (workflows / "broken.yml").write_text("on: [")
    (workflows / "away.yml").symlink_to("/etc/passwd")
    (tmp_path / "Jenkinsfile").write_text("pipeline {}")
    found = collect([Checkout(tmp_path)])
    verdicts = judged(found)
    (finding,) = [f for f in verdicts.findings if f.check == "wf.trigger.prt_checkout_exec"]
    assert (finding.file, finding.line) == (".github/workflows/bad.yml", 6)
    told = " ".join(line.detail for line in audit(found, None).gaps)
    assert "Jenkinsfile" in told
    assert "broken.yml" in told
    assert "away.yml" in told
    with pytest.raises(UsageError, match="does not exist"):
        collect([Checkout(tmp_path / "nowhere")])


@pytest.mark.parametrize("form", ["table", "html", "json", "sarif", "csv", "markdown", "junit"])
def test_every_form_is_written(report: Report, form: str) -> None:
    text = write(report, form)
    assert "carol" in text
    if form in {"json", "sarif"}:
        orjson.loads(text)
