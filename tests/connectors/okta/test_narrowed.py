"""Roles of service apps that targets narrow: they are asked for, and where they were refused nothing is said."""

import pytest

from pipewarden.access.engine import Engine
from pipewarden.connectors.okta.shapes import SHAPES
from pipewarden.connectors.shapes import odd_field
from pipewarden.demo.okta.directory import Directory
from pipewarden.demo.okta.story import role
from pipewarden.demo.okta.variant import Variant
from pipewarden.model.access import Capability
from pipewarden.model.facets_okta import OktaFacet
from pipewarden.model.facts import Cause, Gap
from pipewarden.model.ids import Kind, Ref
from pipewarden.model.snapshot import Snapshot
from tests.connectors.okta.reading import HOST, collected, okta

TARGETS = "/oauth2/v1/clients/{clientId}/roles/{roleAssignmentId}/targets"
BOT = Ref(HOST, Kind.SERVICE_ACCOUNT, "0oa00000000000000008")


def narrowed(*groups: str) -> Directory:
    found = okta()
    app = next(each for each in found.apps if each.client == BOT.key)
    app.roles = [role("USER_ADMIN", targets=tuple(found.groups[each].id for each in groups))]
    return found


def joins(snapshot: Snapshot, group: str) -> bool:
    [ordinal] = [each for each in snapshot.named(group) if snapshot.kind_of(each) is Kind.GROUP]
    bot = snapshot.ordinal(BOT)
    return bot in set(Engine(snapshot).who_can(Capability.MANAGE_ACCESS, snapshot.ref(ordinal)).sure)


def test_a_service_app_whose_role_is_narrowed_reaches_what_its_targets_name() -> None:
    limited, free = collected(of=narrowed("release"))[0], collected(of=narrowed())[0]
    assert (joins(limited, "release"), joins(limited, "engineering")) == (True, False)
    assert (joins(free, "release"), joins(free, "engineering")) == (True, True)


@pytest.mark.parametrize("how", ["forbidden", "truncated"])
def test_where_the_targets_were_not_read_the_role_gives_nothing_for_sure(how: str) -> None:
    part, _ = collected(Variant(**{how: frozenset({f"{TARGETS}/groups"})}), of=narrowed("release"))
    assert not joins(part, "engineering")
    [gap] = part.records(Gap)
    assert (gap.scope, gap.facet) == (BOT, OktaFacet.ROLES)
    assert gap.cause is (Cause.FORBIDDEN if how == "forbidden" else Cause.UNEXPECTED)


@pytest.mark.parametrize(
    ("targets", "understood"),
    [
        ({"groups": []}, True),
        ({"groups": [], "catalog": {"apps": []}}, True),
        ({"catalog": {"apps": []}}, True),
        ({"groups": [{"id": "00g1"}]}, True),
        ({}, False),
        ({"groups": None}, False),
        ({"groups": {}}, False),
        ({"groups": [], "catalog": {"apps": "all"}}, False),
    ],
)
def test_targets_that_are_there_and_empty_narrow_nothing(targets: object, *, understood: bool) -> None:
    """“If the role isn't scoped to specific group targets, an empty array `[]` is returned.”"""
    row = {"id": "ra1", "type": "USER_ADMIN", "status": "ACTIVE", "_embedded": {"targets": targets}}
    assert (not odd_field(row, SHAPES["/api/v1/users/{userId}/roles"])) is understood


def test_somebody_whose_role_names_no_targets_holds_it_over_all_groups() -> None:
    found = okta()
    for person in found.people.values():
        for row in person.roles:
            row["told_empty"] = True
    snapshot, whole = collected(of=found)[0], collected()[0]
    assert [snapshot.grant(row).role for row in range(len(snapshot.grants))] == [
        whole.grant(row).role for row in range(len(whole.grants))
    ]
    assert not [each for each in snapshot.records(Gap) if each.facet == OktaFacet.ROLES]
