"""zizmor over what the API brought: its findings at the right repository and place, bounded, and a gap where it fails."""

import asyncio
from pathlib import Path

import pytest

from pipewarden import checks
from pipewarden.access.engine import Engine
from pipewarden.access.view import View
from pipewarden.audit import audit
from pipewarden.checks.base import Verdicts, judge
from pipewarden.connectors.github.asking_zizmor import Asking
from pipewarden.connectors.github.fetched import Fetched
from pipewarden.connectors.second_opinion import Without
from pipewarden.connectors.zizmor import Zizmor
from pipewarden.demo.estate import Estate, acme
from pipewarden.demo.github import GitHubServer
from pipewarden.model.facets import Facet
from pipewarden.model.facts import Cause, Gap, Origin
from pipewarden.model.findings import Finding, Life, Severity
from pipewarden.model.ids import Kind, Ref
from pipewarden.model.snapshot import Snapshot
from pipewarden.store import Store
from tests.checks.builder import NOW
from tests.connectors.test_github import collected, connector
from tests.connectors.test_second_opinion import ACTION, ARCHIVED, CALLS, GREET
from tests.connectors.test_zizmor import ABORTS

EVERY = {check.id: check for check in checks.ALL}
PLACE = ".github/workflows/w.yml"


@pytest.fixture(scope="module")
def zizmor() -> Zizmor:
    found = Zizmor.found()
    if found is None:
        pytest.skip("zizmor is not installed: the extra of that name brings it")
    return found


def read(estate: Estate, zizmor: Zizmor | Without | None, keeper: object = None) -> Snapshot:
    with GitHubServer(estate) as server:
        one = connector(server, keeper=keeper)
        one.zizmor = zizmor
        return collected(one)[0]


def estate(**texts: str) -> Estate:
    """Return acme in which some repositories hold one workflow each, and the others none."""
    made = acme()
    for name, repository in made.organizations["acme"].repositories.items():
        repository.workflows = {PLACE: texts[name]} if name in texts else {}
    return made


def judged(snapshot: Snapshot, *names: str) -> Verdicts:
    return judge([EVERY[name] for name in names], View(snapshot, Engine(snapshot)))


def test_each_finding_stands_at_its_own_repository(zizmor: Zizmor) -> None:
    snapshot = read(estate(web=ARCHIVED, api="# moved down\n" + ARCHIVED, tools=GREET), zizmor)
    found = judged(snapshot, "wf.uses.archived").findings
    assert {(f.subject_name, f.file, f.line) for f in found} == {
        (f"acme/web/{PLACE}", PLACE, 7),
        (f"acme/api/{PLACE}", PLACE, 8),
    }
    [injected] = judged(snapshot, "wf.inject.template").findings
    assert any("zizmor template-injection" in proof.text for proof in injected.evidence), "one finding, two proofs"
    assert not any("told_by_zizmor" in each.attributes for each in snapshot.entities(Kind.WORKFLOW))


def test_a_repositorys_own_configuration_counts_for_it_alone(zizmor: Zizmor) -> None:
    made = estate(web=ARCHIVED, api=ARCHIVED)
    made.organizations["acme"].repositories["web"].files = {
        ".github/zizmor.yml": "rules:\n  archived-uses:\n    ignore: [w.yml]\n"
    }
    [finding] = judged(read(made, zizmor), "wf.uses.archived").findings
    assert finding.subject_name == f"acme/api/{PLACE}"


def test_a_file_on_which_it_gives_up_costs_that_file_alone(zizmor: Zizmor) -> None:
    verdicts = judged(read(estate(web=ABORTS, api=ARCHIVED), zizmor), "wf.uses.archived")
    assert [f.subject_name for f in verdicts.findings] == [f"acme/api/{PLACE}"]
    [missed] = verdicts.not_assessed
    assert (missed.subject_name, missed.cause) == (f"acme/web/{PLACE}", Cause.UNREADABLE)
    assert missed.detail.startswith(f"{PLACE}: zizmor ended with an error: ")


@pytest.mark.parametrize(("why", "cause"), [(Without.OFF, Cause.NOT_COLLECTED), (Without.ABSENT, Cause.NO_ENGINE)])
def test_without_it_everything_works_and_one_gap_says_so(why: Without, cause: Cause) -> None:
    snapshot = read(estate(web=ARCHIVED, tools=GREET), why)
    [gap] = [each for each in snapshot.records(Gap) if each.facet == Facet.REPO_ZIZMOR]
    assert (gap.scope.kind, gap.cause) == (Kind.ORGANIZATION, cause)
    assert {each.cause for each in judged(snapshot, "wf.uses.archived").not_assessed} == {cause}
    assert judged(snapshot, "wf.inject.template").findings


def test_what_it_was_never_part_of_is_neither_passed_nor_missed() -> None:
    verdicts = judged(read(estate(web=ARCHIVED), None), "wf.uses.archived")
    [tally] = verdicts.tallies
    # the workflow, and the action that it does not use
    assert (tally.passed, tally.failed, tally.unknown, tally.not_applicable) == (0, 0, 0, 2)


def test_what_it_told_is_unseen_and_not_gone_in_an_audit_without_it(zizmor: Zizmor, tmp_path: Path) -> None:
    made = estate(web="# moved\n" + ARCHIVED.replace("permissions: {}\n", ""), tools=GREET)
    asked = [
        EVERY[name] for name in ("wf.uses.archived", "wf.token.persisted", "wf.perm.missing", "wf.inject.template")
    ]
    with_it, without = read(made, zizmor), read(made, Without.ABSENT)
    for repository in made.organizations["acme"].repositories.values():
        repository.workflows = {}
    mended = read(made, zizmor)
    with Store.open(str(tmp_path / "s.db")) as store:
        first = audit(with_it, store, checks=asked)
        alone = {each.finding.fingerprint for each in first.findings if _own_word(each.finding)}
        assert alone
        second = {each.finding.fingerprint: each.life for each in audit(without, store, checks=asked).findings}
        assert {second[mark] for mark in alone} == {Life.UNSEEN}
        assert Life.OPEN in second.values(), "what our own rules tell is still told"
        assert {each.life for each in audit(mended, store, checks=asked).findings} == {Life.GONE}


def _own_word(finding: Finding) -> bool:
    return any(proof.text.startswith("zizmor ") for proof in finding.evidence)


class Reading:
    """What asking needs of a collection."""

    org = Ref("github.com", Kind.ORGANIZATION, "1")
    fingerprint_key = staticmethod(lambda: b"k")

    def origin(self, endpoint: str) -> Origin:
        return Origin(endpoint, NOW)

    def gap(self, scope: Ref, facet: str, *, cause: Cause, detail: str) -> Gap:
        return Gap(scope=scope, facet=facet, cause=cause, detail=detail, origin=self.origin("x"))


def test_its_time_is_bounded_and_what_comes_later_is_told(tmp_path: Path) -> None:
    slow = tmp_path / "zizmor"
    slow.write_text(f"#!/bin/sh\necho run >> {tmp_path}/runs\nsleep 0.2\necho '[]'\n")
    slow.chmod(0o755)
    asking = Asking(Zizmor(str(slow), "1.32.0"), most_seconds=0.1)
    gaps = []
    for number in range(3):
        one = Fetched(Reading(), Ref("github.com", Kind.REPOSITORY, str(number)), f"acme/r{number}")  # type: ignore[arg-type]
        one.workflow(PLACE, ARCHIVED)
        gaps.append(asyncio.run(asking.about(Reading(), [one])))  # type: ignore[arg-type]
    assert (tmp_path / "runs").read_text().count("run") == 1
    assert [(each[0].scope.key, each[0].cause, each[0].detail) for each in gaps[1:]] == [
        ("1", Cause.TOO_LARGE, "zizmor had its 0 s"),
        ("2", Cause.TOO_LARGE, "zizmor had its 0 s"),
    ]


def test_own_actions_count_in_the_jobs_that_use_them(zizmor: Zizmor) -> None:
    made = estate(web=CALLS % "${{ github.event.issue.title }}")
    made.organizations["acme"].repositories["web"].files["greet/action.yml"] = ACTION
    [finding] = judged(read(made, zizmor), "wf.inject.template").findings
    assert (finding.file, finding.line, finding.severity) == ("greet/action.yml", 7, Severity.HIGH)
    assert any("zizmor template-injection" in proof.text for proof in finding.evidence)
