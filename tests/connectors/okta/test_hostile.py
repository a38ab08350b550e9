"""A server that refuses, limits, lies or breaks: each ends in a gap or a clear stop, never in a wrong verdict."""

import asyncio

import pytest

from pipewarden import checks
from pipewarden.access.view import View
from pipewarden.checks.base import judge
from pipewarden.connectors.okta.auth import Token
from pipewarden.connectors.okta.client import Okta
from pipewarden.connectors.okta.connector import OktaConnector
from pipewarden.connectors.okta.permissions import PERMISSIONS
from pipewarden.demo.okta.endpoints import ROUTES
from pipewarden.demo.okta.server import OktaServer
from pipewarden.demo.okta.variant import Variant
from pipewarden.errors import CredentialError, Unreachable
from pipewarden.http.client import Http
from pipewarden.http.secrets import FixedSecret
from pipewarden.model.builder import SnapshotBuilder
from pipewarden.model.facets_okta import OktaFacet
from pipewarden.model.facts import Gap
from pipewarden.model.ids import Kind
from pipewarden.model.snapshot import Snapshot
from tests.connectors.okta.reading import Patient, collected, gaps, okta, read

OWN = [check for check in checks.ALL if check.id.startswith("ok.")]
ASKED = frozenset(template for template, *_ in ROUTES) - {
    "/api/v1/users/{id}",
    "/api/v1/apps/{appId}",
    "/api/v1/org",
    "/oauth2/v1/clients/{clientId}/roles/{roleAssignmentId}/targets/catalog/apps",  # no machine of acme administers apps
}
POLICIES = "/api/v1/policies"
USERS, GROUPS, MEMBERS = "/api/v1/users", "/api/v1/groups", "/api/v1/groups/{groupId}/users"


def said(snapshot: Snapshot) -> set[str]:
    """Return the sentences of all findings; fails where a check broke."""
    verdicts = judge(OWN, View(snapshot))
    assert [each.detail for each in verdicts.not_assessed if each.cause is None] == []
    return {finding.fingerprint for finding in verdicts.findings}


@pytest.fixture(scope="module")
def whole() -> set[str]:
    return said(collected()[0])


def passes(snapshot: Snapshot) -> dict[str, bool]:
    return {each.check: bool(each.passed) for each in judge(OWN, View(snapshot)).tallies}


@pytest.mark.parametrize(
    ("how", "template"),
    [("forbidden", each) for each in sorted(ASKED)]
    + [(how, each) for how in ("missing", "broken", "html", "truncated") for each in (USERS, MEMBERS, POLICIES)],
)
def test_one_endpoint_that_is_refused_is_a_gap_and_turns_no_finding_into_a_pass(how: str, template: str) -> None:
    snapshot, _ = collected(Variant(**{how: frozenset({template})}))
    found = list(snapshot.records(Gap))
    assert found
    assert all(gap.permission or gap.cause != "forbidden" for gap in found)
    passed = {check for check, well in passes(snapshot).items() if well}
    assert passed <= {"ok.pol.dashboard_mfa"}, "what passes now failed when all was read"


def test_every_facet_names_what_would_show_it() -> None:
    assert set(PERMISSIONS) == set(OktaFacet)
    [gap] = collected(Variant(forbidden=frozenset({"/api/v1/logStreams"})))[0].records(Gap)
    assert gap.permission == "okta.logStreams.read (service app), or a token of a super administrator"


def test_401_in_the_middle_stops_with_a_clear_word() -> None:
    with pytest.raises(CredentialError, match="does not accept the credential for acme"):
        collected(Variant(unauthorized_after=20))


@pytest.mark.parametrize(("told", "wait"), [("reset", 21.0), ("retry-after", 7.0), ("nothing", 60.0)])
def test_a_limit_is_waited_for_and_nothing_is_lost(told: str, wait: float, whole: set[str]) -> None:
    clock = Patient()
    snapshot, spent = collected(Variant(limited_every=25, limit_told=told), clock=clock)
    assert said(snapshot) == whole
    assert gaps(snapshot) == set()
    assert max(clock.slept) <= wait
    assert min(clock.slept) > wait - 2
    assert spent["waited_seconds"] > 0


def test_a_limit_without_end_becomes_a_gap() -> None:
    snapshot, _ = collected(Variant(limited_every=1, limit_told="nothing"))
    assert {cause for _, _, cause in gaps(snapshot)} == {"rate_limited"}
    assert not any(passes(snapshot).values())


def test_a_burst_of_502_is_ridden_out(whole: set[str]) -> None:
    snapshot, spent = collected(Variant(failures=3))
    assert said(snapshot) == whole
    assert spent["retries"] == 3


@pytest.mark.parametrize("how", ["endless", "circular", "foreign"])
def test_a_next_link_that_leads_nowhere_ends(how: str) -> None:
    snapshot, spent = collected(Variant(**{how: frozenset({USERS, MEMBERS})}))
    causes = {(facet, cause) for _, facet, cause in gaps(snapshot)}
    assert (OktaFacet.USERS, "unexpected") in causes
    assert (OktaFacet.MEMBERS, "unexpected") in causes
    assert spent["requests"] < 200


def test_small_pages_and_pages_that_overlap_give_the_same(whole: set[str]) -> None:
    small, spent = collected(Variant(page=3))
    assert said(small) == whole
    assert spent["requests"] > 150
    overlapping = Variant(page=5, duplicated=frozenset({USERS, GROUPS, MEMBERS}))
    assert said(collected(overlapping)[0]) == whole


@pytest.mark.parametrize("how", ["nulls", "unheard", "long_names"])
def test_nulls_unheard_words_and_endless_names_break_nothing_and_let_nothing_pass(how: str) -> None:
    templates = frozenset({USERS, GROUPS, "/api/v1/apps"}) if how == "long_names" else ASKED
    snapshot, _ = collected(Variant(**{how: templates}))
    said(snapshot)
    assert all(len(each.name) <= 300 for each in View(snapshot).entities(Kind.ACCOUNT, Kind.GROUP, Kind.APPLICATION))
    passed = {check for check, well in passes(snapshot).items() if well}
    if how == "long_names":
        assert passed <= {"ok.pol.dashboard_mfa"}
    else:
        assert passed == set()


def test_the_factors_of_the_rest_are_a_gap_of_the_budget_and_administrators_come_first() -> None:
    snapshot, _ = collected(most_factors=10)
    view = View(snapshot)
    read_of = [a for a in view.entities(Kind.ACCOUNT) if a.attributes.get("mfa")]
    assert len(read_of) == 10
    assert {"alice@acme.example", "erin@acme.example", "sybil@acme.example"} <= {each.name for each in read_of}
    assert {(facet, cause) for _, facet, cause in gaps(snapshot)} == {(OktaFacet.FACTORS, "budget")}


def test_a_budget_of_requests_ends_in_gaps() -> None:
    snapshot, spent = collected_within(30)
    assert spent["requests"] == 30
    assert {cause for _, _, cause in gaps(snapshot)} == {"budget"}


def collected_within(budget: int) -> tuple[Snapshot, dict[str, int]]:
    with OktaServer(okta(), clock=Patient().now) as server:
        return read(server, Patient(), budget=budget)


def test_an_organization_that_cannot_be_reached_stops_the_run_at_once() -> None:
    """Nothing was read: a report that says nothing was found would be a pass over the unknown."""

    def gone() -> Okta:
        return Okta(Http("http://127.0.0.1:9", clock=Patient()), Token(FixedSecret("x")))

    connector = OktaConnector(gone, "acme", instance="acme.okta.example")
    with pytest.raises(Unreachable) as stopped:
        asyncio.run(connector.collect(SnapshotBuilder(), lambda *_: None))
    assert "network" in stopped.value.hint
