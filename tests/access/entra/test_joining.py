"""Where it was not read who may activate a place in a group that a team follows, the answer says so."""

from typing import Any

import pytest

from pipewarden.access.engine import Engine
from pipewarden.model.access import Capability
from pipewarden.model.builder import SnapshotBuilder
from pipewarden.model.columns import SnapshotInfo
from pipewarden.model.facets_entra import EntraFacet
from pipewarden.model.facts import AnyFact, Cause, Gap, Group, Resource
from pipewarden.model.ids import Kind, Ref
from pipewarden.model.systems import System, source
from tests.access.followed import API, ENTRA, NOW, SEEN, inside, person, put, team

TENANT, OUTER, INNER = Ref(ENTRA, Kind.TENANT, ENTRA), Ref(ENTRA, Kind.GROUP, "g1"), Ref(ENTRA, Kind.GROUP, "g2")
NOT_READ = "group eligibility of release: not read (not collected)"


def unseen(
    *more: AnyFact, of: Capability = Capability.PUSH, members: tuple[str, ...] = ("bob",), **told: Any
) -> list[str]:
    """Return what the answer says was not read, where a team with a role follows a group of a tenant."""
    into = SnapshotBuilder()
    tenant = [
        source(ENTRA, System.ENTRA, SEEN),
        put(Resource, TENANT, "entra:acme"),
        put(Group, OUTER, "release", TENANT, **told),
    ]
    for fact in (*tenant, *person("bob"), *team(*members, follows=OUTER.key), *more):
        into.add(fact)
    engine = Engine(into.finish(SnapshotInfo(sources=("made",), started=NOW, ended=NOW)))
    return list(engine.who_can(of, API).unseen)


def gap(facet: EntraFacet, cause: Cause, scope: Ref = TENANT) -> Gap:
    return Gap(scope=scope, facet=facet, cause=cause, origin=SEEN)


@pytest.mark.parametrize("members", [("bob",), ()])
def test_of_a_followed_group_whose_eligibility_is_not_asked_that_is_told(members: tuple[str, ...]) -> None:
    assert unseen(members=members) == [NOT_READ]
    assert unseen(members=members, isAssignableToRole=False) == [NOT_READ]


def test_a_group_within_one_that_is_followed_counts_too() -> None:
    nested = (put(Group, INNER, "inner", TENANT), inside(INNER, OUTER))
    assert unseen(*nested) == [NOT_READ, NOT_READ.replace("release", "inner")]


def test_where_the_team_does_not_give_what_is_asked_nothing_is_told() -> None:
    assert unseen(of=Capability.ADMINISTER) == []


def test_a_group_that_nothing_follows_is_not_told() -> None:
    assert unseen(put(Group, INNER, "inner", TENANT)) == [NOT_READ]


@pytest.mark.parametrize("told", [{"onPremisesSyncEnabled": True}, {"groupTypes": ["DynamicMembership"]}])
def test_a_group_that_nobody_can_activate_is_not_told(told: dict[str, Any]) -> None:
    assert unseen(**told) == []


@pytest.mark.parametrize("facet", [EntraFacet.ELIGIBLE, EntraFacet.GROUP_ELIGIBLE])
def test_without_the_licence_nobody_is_eligible(facet: EntraFacet) -> None:
    assert unseen(gap(facet, Cause.PLAN)) == []


def test_where_it_was_read_who_may_join_nothing_is_told() -> None:
    assert unseen(joining={"asked": True}) == []
    assert unseen(joining={"asked": True}, isAssignableToRole=True) == []
    assert unseen(joining={"asked": "no"}) == [NOT_READ]


def test_a_refusal_of_it_is_told_with_its_cause() -> None:
    refused = gap(EntraFacet.GROUP_ELIGIBLE, Cause.FORBIDDEN, OUTER)
    assert unseen(refused, isAssignableToRole=True) == ["group eligibility of release: not read (forbidden)"]
