"""The Entra connector against the tenant of the estate: what it reads, what it survives, what it never does."""

from pathlib import Path
from typing import Any

import pytest

from pipewarden.demo.entra.rows import made
from pipewarden.demo.entra.server import EntraServer
from pipewarden.demo.entra.variant import Variant
from pipewarden.demo.estate import acme
from pipewarden.errors import CredentialError, Unreachable
from pipewarden.model.facets_entra import EntraFacet
from pipewarden.model.facts import Account, Cause, Gap, Gate, Machine, Trust
from pipewarden.model.ids import Kind, Ref
from pipewarden.model.snapshot import Snapshot
from pipewarden.model.systems import System
from pipewarden.store import Store
from tests.connectors.entra.reading import Patience, Still, collected, connector, gaps

ROLES = "/roleManagement/directory"


def read(variant: Variant | None = None, **more: Any) -> Snapshot:
    with EntraServer(acme(), variant) as server:
        return collected(connector(server, **more))[0]


@pytest.fixture(scope="module")
def whole() -> Snapshot:
    return read()


def ref(snapshot: Snapshot, kind: Kind, *words: str) -> Ref:
    return Ref(snapshot.instances[0], kind, made(*words))


def test_the_whole_tenant_is_read_without_a_gap(whole: Snapshot) -> None:
    assert gaps(whole) == {}
    assert whole.systems == (System.ENTRA,)
    carol = whole.find(ref(whole, Kind.ACCOUNT, "user", "carol"))
    assert isinstance(carol, Account)
    assert carol.attributes["accountEnabled"] is False
    assert str(carol.last_used_at)[:10] == "2026-03-02"


def test_second_factors_are_what_was_registered(whole: Snapshot) -> None:
    def of(login: str) -> Any:
        return whole.find(ref(whole, Kind.ACCOUNT, "user", login)).attributes["mfa"]  # type: ignore[union-attr]

    assert (of("alice")["phishing_resistant"], of("alice")["weak_only"]) == (True, False)
    assert (of("nils")["enrolled"], of("nils")["weak_only"]) == (True, True)
    assert of("karl") == {
        "enrolled": False, "capable": False, "methods": [], "phishing_resistant": False, "weak_only": False,
    }  # fmt: skip


def test_secrets_are_known_by_their_ends_and_never_by_what_they_hold(whole: Snapshot) -> None:
    found = [each for each in whole.entities(Kind.CLIENT_SECRET) if isinstance(each, Machine)]
    assert [(each.name, str(each.expires_at)[:10]) for each in found] == [
        ("secret sync of directory-sync", "2027-05-02"),
        ("secret pipeline of deploybot", "2026-06-01"),
    ]
    assert not any({"hint", "secretText", "key"} & set(each.attributes) for each in found)


def test_federated_credentials_are_trusts_in_the_service_principal(whole: Snapshot) -> None:
    trusts = {trust.attributes["name"]: trust for trust in whole.records(Trust)}
    trust = trusts["production"]
    assert trust.principal == ref(whole, Kind.SERVICE_ACCOUNT, "service", "deploybot")
    assert trust.subjects == ("repo:acme/web:environment:production",)
    assert trust.audiences == ("api://AzureADTokenExchange",)


def test_conditional_access_is_kept_with_who_is_left_out(whole: Snapshot) -> None:
    states = {gate.name: (gate.active, gate.rules["state"]) for gate in whole.records(Gate)}
    assert states["Second factor for everybody"] == (False, "enabledForReportingButNotEnforced")


ONE_PAGE = (
    ("/users", EntraFacet.USERS),
    ("/reports/*", EntraFacet.REGISTRATION),
    ("/groups", EntraFacet.GROUPS),
    ("/groups/*/members", EntraFacet.MEMBERS),
    ("/groups/*/owners", EntraFacet.GROUP_OWNERS),
    ("/directory/administrativeUnits", EntraFacet.UNITS),
    ("/directory/administrativeUnits/*/members", EntraFacet.UNITS),
    ("/applications", EntraFacet.APPLICATIONS),
    ("/applications/*/owners", EntraFacet.APPLICATION_OWNERS),
    ("/applications/*/federatedIdentityCredentials", EntraFacet.FEDERATED),
    ("/servicePrincipals", EntraFacet.SERVICE_PRINCIPALS),
    ("/servicePrincipals/*/owners", EntraFacet.SERVICE_OWNERS),
    ("/servicePrincipals/*/appRoleAssignedTo", EntraFacet.PERMISSIONS),
    (f"{ROLES}/roleDefinitions", EntraFacet.ROLES),
    (f"{ROLES}/roleAssignments", EntraFacet.ASSIGNMENTS),
    (f"{ROLES}/roleAssignmentScheduleInstances", EntraFacet.SCHEDULES),
    (f"{ROLES}/roleEligibilityScheduleInstances", EntraFacet.ELIGIBLE),
    ("/policies/roleManagementPolicyAssignments", EntraFacet.ROLE_POLICIES),
    ("/policies/authorizationPolicy", EntraFacet.AUTHORIZATION),
    ("/policies/identitySecurityDefaultsEnforcementPolicy", EntraFacet.SECURITY_DEFAULTS),
    ("/identity/conditionalAccess/policies", EntraFacet.CONDITIONAL_ACCESS),
    ("/organization", EntraFacet.TENANT),
)
CAUSES = {
    "forbidden": Cause.FORBIDDEN,
    "missing": Cause.NOT_FOUND,
    "unlicensed": Cause.PLAN,
    "html": Cause.UNEXPECTED,
    "truncated": Cause.UNEXPECTED,
}


@pytest.mark.parametrize("how", CAUSES)
def test_every_refusal_is_a_gap_of_its_facet_with_its_cause_and_permission(how: str) -> None:
    for path, facet in ONE_PAGE:
        found = gaps(read(Variant(**{how: frozenset({path})})))
        assert facet in found, path
        assert found[facet].cause is CAUSES[how], path
        assert bool(found[facet].permission) is (how in {"forbidden", "missing"}), path


def test_without_the_licence_users_are_read_without_their_last_sign_in() -> None:
    snapshot = read(Variant(unlicensed_fields=frozenset({"signInActivity"})))
    found = gaps(snapshot)
    assert set(found) == {EntraFacet.SIGN_INS}
    assert found[EntraFacet.SIGN_INS].cause is Cause.PLAN
    alice = snapshot.find(ref(snapshot, Kind.ACCOUNT, "user", "alice"))
    assert isinstance(alice, Account)
    assert alice.last_used_at is None
    assert "last_used_source" not in alice.attributes


@pytest.mark.parametrize("how", ["endless", "foreign", "no_list", "nulls", "unknown_words", "long_names"])
def test_hostile_answers_end_in_gaps_or_in_what_can_be_read(whole: Snapshot, how: str) -> None:
    snapshot = read(Variant(**{how: frozenset({"*"})}))
    if how in {"endless", "foreign", "no_list"}:
        assert EntraFacet.USERS in gaps(snapshot)
        assert gaps(snapshot)[EntraFacet.USERS].cause is Cause.UNEXPECTED
    assert all(len(each.name) < 1_000 for each in snapshot.entities(Kind.GROUP, Kind.APPLICATION))


def test_a_next_link_is_followed_and_what_pages_repeat_is_taken_once(whole: Snapshot) -> None:
    assert read(Variant(largest_page=3, duplicated=frozenset({"*"}))).content == whole.content


@pytest.mark.parametrize("after", [7, None])
def test_throttling_is_waited_for_with_and_without_a_stated_time(whole: Snapshot, after: int | None) -> None:
    clock = Patience()
    snapshot = read(Variant(throttle_every=5, throttle_retry_after=after), clock=clock)
    assert gaps(snapshot) == {}
    assert set(clock.slept) == ({7.0} if after else {2.0})
    assert len(snapshot) == len(whole)


def test_short_failures_are_retried(whole: Snapshot) -> None:
    assert read(Variant(failure_every=4)).content == whole.content


def test_a_token_that_ends_is_renewed_and_one_that_stays_refused_stops_the_run() -> None:
    with pytest.raises(CredentialError, match="does not accept the credential"):
        read(Variant(unauthorized_after=12))
    with pytest.raises(CredentialError, match="AADSTS7000215"):
        read(secret="wrong")


def test_a_tenant_that_never_answers_stops_the_run() -> None:
    with pytest.raises(Unreachable):
        read(Variant(stop_after=-1, failures=10_000))


@pytest.mark.parametrize("stop", [1, 4, 9, 15, 22, 30])
def test_a_run_that_is_killed_goes_on_to_the_same_snapshot(whole: Snapshot, tmp_path: Path, stop: int) -> None:
    with Store.open(str(tmp_path / "s.db")) as store:
        with EntraServer(acme()) as server, pytest.raises(RuntimeError, match="killed"):
            collected(connector(server, keeper=store, clock=Killed(server, stop)))
        with EntraServer(acme()) as server:
            snapshot, spent = collected(connector(server, keeper=store))
        assert store.checkpoints("entra:acme") == {}
    assert snapshot.content == whole.content
    assert spent["requests"] <= 58 + 2


class Killed(Still):
    """A clock on which the run dies once the server has been asked some times."""

    def __init__(self, server: EntraServer, after: int) -> None:
        super().__init__()
        self._server = server
        self._after = after

    def now(self) -> float:
        if self._server.total >= self._after:
            raise RuntimeError("killed")
        return super().now()


def test_a_spent_budget_leaves_the_rest_as_gaps() -> None:
    snapshot = read(budget=6)
    assert Cause.BUDGET in {gap.cause for gap in snapshot.records(Gap)}
    assert set(gaps(snapshot)) >= {EntraFacet.GROUPS, EntraFacet.ASSIGNMENTS}
