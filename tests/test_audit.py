"""The whole audit of acme, from the loopback server to the report: what it finds, and what it leaves in peace."""

import dataclasses
import shutil
from datetime import timedelta
from pathlib import Path

import orjson
import pytest
from msgspec import structs

from pipewarden.audit import audit, collect, judged
from pipewarden.connectors.checkout import Checkout
from pipewarden.demo.estate import Estate, acme
from pipewarden.demo.github import GitHubServer, Variant
from pipewarden.demo.stage import collected
from pipewarden.errors import UsageError
from pipewarden.model.findings import Life, Report
from pipewarden.model.snapshot import Snapshot
from pipewarden.reports import write
from pipewarden.reports.baseline import against
from pipewarden.store import Store
from tests.connectors.test_github import NOW, connector
from tests.connectors.test_github import collected as collect_one

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


def read(variant: Variant | None = None, estate: Estate | None = None) -> Snapshot:
    """Return acme alone as the real connector reads it from a server that misbehaves."""
    with GitHubServer(estate or acme(), variant) as server:
        return collect_one(connector(server))[0]


REFUSALS = {
    "the list of repositories": Variant(failing_queries={"Repositories*": 502}),
    "the rest of the list of repositories": Variant(
        largest_connection=2, failing_queries={"Repositories cursor*": 502}
    ),
    "the members": Variant(failing_queries={"Members*": 502}),
    "the teams": Variant(failing_queries={"Teams*": 502}),
    "the single sign-on": Variant(failing_queries={"Saml*": 502}),
    "the runners": Variant(forbidden=frozenset({"/orgs/{org}/actions/runners"})),
    "the environments": Variant(forbidden=frozenset({"/repos/{owner}/{repo}/environments"})),
    "all lists of the organization": Variant(forbidden=frozenset({"/orgs/{org}/*"})),
    "all lists of repositories": Variant(missing=frozenset({"/repos/{owner}/{repo}/*"})),
}


@pytest.fixture(scope="module")
def first_audit(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store that knows the findings of acme."""
    folder = tmp_path_factory.mktemp("known")
    with Store.open(str(folder / "s.db")) as store:
        audit(read(), store)
    return folder


@pytest.mark.parametrize("what", REFUSALS)
def test_whatever_is_refused_nothing_of_an_unchanged_organization_is_gone(
    first_audit: Path, tmp_path: Path, what: str
) -> None:
    place = shutil.copytree(first_audit, tmp_path / "copy") / "s.db"
    with Store.open(str(place)) as store:
        second = audit(read(REFUSALS[what]), store, at=NOW + timedelta(days=1))
        lives = {each.life for each in second.findings}
        gone = [each.finding.says for each in second.findings if each.life is Life.GONE]
        assert gone == [], "nobody has mended anything"
        assert Life.UNSEEN in lives, "it was refused"
        third = audit(read(), store, at=NOW + timedelta(days=2))
        assert {e.life for e in third.findings if e.first_seen <= NOW} == {Life.OPEN}, "and it is open again"


def test_what_was_mended_meanwhile_closes_beside_what_was_refused(first_audit: Path, tmp_path: Path) -> None:
    """The keys of web were mended, the environments refused: the findings of keys close, those of environments do not."""
    estate = acme()
    estate.organizations["acme"].repositories["web"].keys = []
    place = shutil.copytree(first_audit, tmp_path / "copy") / "s.db"
    with Store.open(str(place)) as store:
        second = audit(read(REFUSALS["the environments"], estate), store, at=NOW + timedelta(days=1))
    gone = {each.finding.check for each in second.findings if each.life is Life.GONE}
    assert "gh.dkey.creator_left" in gone
    assert {check.split(".")[1] for check in gone} == {"dkey"}


def test_what_was_mended_in_a_checkout_is_gone(tmp_path: Path) -> None:
    workflow = tmp_path / "web" / ".github" / "workflows" / "bad.yml"
    workflow.parent.mkdir(parents=True)
    (tmp_path / "web" / "Jenkinsfile").write_text("pipeline {}")
    bad = "on: pull_request_target\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - run: echo ${{ github.head_ref }}\n"
    with Store.open(str(tmp_path / "s.db")) as store:
        for text, life in (
            (bad, Life.NEW),
            (bad, Life.OPEN),
            ("on: [", Life.UNSEEN),
            (bad, Life.OPEN),
            (None, Life.GONE),
        ):
            if text is None:
                workflow.unlink()
            else:
                workflow.write_text(text)
            report = audit(collect([Checkout(tmp_path / "web")]), store)
            lives = {e.life for e in report.findings if e.finding.check == "wf.inject.template"}
            assert lives == {life}, text


def test_a_baseline_silences_what_it_holds(report: Report, tmp_path: Path) -> None:
    file = tmp_path / "baseline.json"
    file.write_text(write(report, "json"), encoding="utf-8")
    quiet = against(report, file)
    assert {each.life for each in quiet.findings} == {Life.WAIVED}
    file.write_text("{}", encoding="utf-8")
    with pytest.raises(UsageError, match="not a JSON report"):
        against(report, file)


def test_a_checkout_is_read_without_a_token(tmp_path: Path) -> None:
    workflows = tmp_path / ".github" / "workflows"
    workflows.mkdir(parents=True)
    (workflows / "bad.yml").write_text(
        "on: pull_request_target\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n"
        "      - uses: actions/checkout@v4\n        with:\n          ref: ${{ github.event.pull_request.head.sha }}\n"
        "      - run: make\n"
    )
    (workflows / "broken.yml").write_text("on: [")
    (workflows / "away.yml").symlink_to("/etc/passwd")
    (tmp_path / "Jenkinsfile").write_text("node {\n  stage('Build') { sh \"make ${params.TARGET}\" }\n}\n")
    found = collect([Checkout(tmp_path)])
    verdicts = judged(found)
    (finding,) = [f for f in verdicts.findings if f.check == "wf.trigger.prt_checkout_exec"]
    assert (finding.file, finding.line) == (".github/workflows/bad.yml", 6)
    (injected,) = [f for f in verdicts.findings if f.check == "jk.file.inject"]
    assert (injected.file, injected.line) == ("Jenkinsfile", 2)
    told = " ".join(line.detail for line in audit(found, None).gaps)
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
