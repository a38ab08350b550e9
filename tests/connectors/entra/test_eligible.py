"""Who may activate a place in a group is asked of every group in which that can be, those first that lead somewhere."""

from collections.abc import Callable
from typing import Any

import pytest

from pipewarden.connectors.entra import eligible
from pipewarden.demo.entra import rows
from pipewarden.demo.entra.rows import made
from pipewarden.demo.entra.server import EntraServer
from pipewarden.demo.entra.story import ON_CALL, Directory
from pipewarden.demo.entra.variant import Variant
from pipewarden.demo.estate import acme
from pipewarden.model.facets_entra import EntraFacet
from pipewarden.model.facts import Cause, Gap, GrantKind
from pipewarden.model.ids import Kind, Ref
from pipewarden.model.snapshot import Snapshot
from tests.connectors.entra.reading import Still, collected, connector

OPERATORS = made("group", "Application operators")
POLICIES = "/policies/roleManagementPolicyAssignments"


def read(
    change: Callable[[Directory], None] = lambda _: None, variant: Variant | None = None
) -> tuple[Snapshot, EntraServer]:
    clock = Still()
    with EntraServer(acme(), variant or Variant(), clock=clock.now) as server:
        change(server.directory)
        return collected(connector(server, clock=clock))[0], server


def may_join(snapshot: Snapshot) -> set[tuple[str, str, str]]:
    """Return who may activate which place in which group."""
    found = (snapshot.grant(row) for row in range(len(snapshot.grants)))
    return {
        (each.principal.key, each.resource.key, each.role)
        for each in found
        if each.kind is GrantKind.POTENTIAL and each.resource.kind is Kind.GROUP
    }


def joining(snapshot: Snapshot, group: str) -> Any:
    """Return what was read of the places in a group."""
    found = snapshot.find(Ref(snapshot.instances[0], Kind.GROUP, group))
    assert found is not None
    return found.attributes.get("joining")


def gaps(snapshot: Snapshot) -> list[tuple[str, str, Cause, str]]:
    return [(gap.scope.key, gap.facet, gap.cause, gap.permission) for gap in snapshot.records(Gap)]


def test_of_a_group_that_is_not_role_assignable_it_is_read_with_what_it_asks_for() -> None:
    snapshot, _ = read()
    assert may_join(snapshot) == {(made("user", "ivan"), ON_CALL, eligible.JOINS_GROUP)}
    told = joining(snapshot, ON_CALL)
    assert told["asked"] is True
    assert (told["member"]["approval"], told["member"]["mfa"]) == (False, True)
    assert told["owner"]["approvers"] == [["account", made("user", "alice")]]
    assert joining(snapshot, OPERATORS) == {"asked": True}
    assert not list(snapshot.records(Gap))


def test_a_group_that_follows_a_rule_or_comes_from_elsewhere_is_not_asked() -> None:
    def change(directory: Directory) -> None:
        directory.groups.append(rows.group("From the old directory", onPremisesSyncEnabled=True))

    snapshot, server = read(change)
    asked = server.requests[eligible.INSTANCES]
    assert asked == len(server.directory.groups) - 2
    assert joining(snapshot, made("group", "Trusted devices")) is None
    assert joining(snapshot, made("group", "From the old directory")) is None


def test_what_it_asks_for_is_read_of_those_alone_in_which_somebody_may() -> None:
    _, server = read()
    assert server.requests[POLICIES] == 1 + 1, "the directory roles in one list, and the group on call"


@pytest.mark.parametrize(
    ("how", "cause", "permission"),
    [
        ("forbidden", Cause.FORBIDDEN, "PrivilegedEligibilitySchedule.Read.AzureADGroup"),
        ("unlicensed", Cause.PLAN, ""),
    ],
)
def test_where_one_is_refused_all_are_and_no_other_is_asked(how: str, cause: Cause, permission: str) -> None:
    snapshot, server = read(variant=Variant(**{how: frozenset({eligible.INSTANCES})}))
    assert gaps(snapshot) == [(server.tenant, EntraFacet.GROUP_ELIGIBLE, cause, permission)]
    assert server.requests[eligible.INSTANCES] == 1


def test_an_answer_that_cannot_be_read_leaves_the_others() -> None:
    snapshot, server = read(variant=Variant(truncated=frozenset({eligible.INSTANCES})))
    assert {each[1:3] for each in gaps(snapshot)} == {(EntraFacet.GROUP_ELIGIBLE, Cause.UNEXPECTED)}
    assert len(gaps(snapshot)) == server.requests[eligible.INSTANCES] > 1


def test_what_it_asks_for_is_a_gap_at_the_group_where_it_is_refused() -> None:
    def change(directory: Directory) -> None:
        directory.eligible.clear()

    snapshot, server = read(change, Variant(forbidden=frozenset({POLICIES})))
    found = [each for each in gaps(snapshot) if each[1] == EntraFacet.GROUP_POLICIES]
    assert found == [(ON_CALL, EntraFacet.GROUP_POLICIES, Cause.FORBIDDEN, "RoleManagementPolicy.Read.AzureADGroup")]
    assert may_join(snapshot)
    assert server.requests[POLICIES] == 1 + 1


def test_within_the_budget_those_come_first_that_give_roles_or_are_assigned_to_an_application(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(eligible, "MOST_GROUPS", 3)
    snapshot, _ = read()
    asked = {row["displayName"] for row in read()[1].directory.groups if joining(snapshot, row["id"])}
    assert asked == {"Application operators", "Engineers", "Engineering leads"}, "the last is in the second"
    [(scope, facet, cause, _)] = gaps(snapshot)
    assert (facet, cause) == (EntraFacet.GROUP_ELIGIBLE, Cause.TOO_LARGE)
    assert scope == snapshot.instances[0]


def test_near_miss_as_many_as_the_budget_are_all_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(eligible, "MOST_GROUPS", 4)
    assert gaps(read()[0]) == []
