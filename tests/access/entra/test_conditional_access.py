"""Whom a policy of conditional access asks: included and left out by person, group, role and as a guest, by hand."""

from typing import Any

import pytest

from pipewarden.access.entra import mfa
from pipewarden.access.view import View
from pipewarden.model.builder import SnapshotBuilder
from pipewarden.model.columns import SnapshotInfo
from pipewarden.model.facts import (
    Account,
    AnyFact,
    Gate,
    GateKind,
    Grant,
    GrantKind,
    Group,
    Membership,
    Resource,
)
from pipewarden.model.ids import Kind, Ref
from pipewarden.model.systems import System, source
from tests.access.entra.test_cases import ADMIN, ALICE, BOB, GROUP, GROUPS, HERE, TENANT, TENANT_ID, account, held
from tests.connectors.entra.reading import NOW

OUTER = Ref(TENANT_ID, Kind.GROUP, "outer")
GA = ADMIN.removeprefix("role:")


def asked(
    *facts: AnyFact, guest: bool = False, state: str = "enabled", controls: Any = None, **users: Any
) -> list[str]:
    """Return why the only policy spares bob, one entry where it names him at all: empty text where it binds."""
    conditions = {"users": users, "applications": {"includeApplications": ["All"], "excludeApplications": []}}
    rules = {
        "state": state,
        "conditions": conditions,
        "controls": controls or {"operator": "OR", "builtInControls": ["mfa"]},
    }
    builder = SnapshotBuilder()
    builder.add(
        source(TENANT_ID, System.ENTRA, HERE),
        Resource(ref=TENANT, name="entra:acme", origin=HERE),
        Group(ref=GROUP, name="inner", parent=TENANT, origin=HERE),
        Group(ref=OUTER, name="outer", parent=TENANT, origin=HERE),
        Membership(member=BOB, group=GROUP, origin=HERE),
        Membership(member=GROUP, group=OUTER, origin=HERE),
        account(ALICE),
        account(BOB, userType="Guest" if guest else "Member"),
        Gate(
            ref=Ref(TENANT_ID, Kind.GATE, "ca"), resource=TENANT, kind=GateKind.CONDITIONAL_ACCESS, name="policy",
            active=state == "enabled", rules=rules, origin=HERE,
        ),
        *facts,
    )  # fmt: skip
    view = View(builder.finish(SnapshotInfo(sources=("entra:acme",), started=NOW, ended=NOW)))
    bob = view.find(BOB)
    assert isinstance(bob, Account)
    return [each.spared for each in mfa.asked(view, bob)]


@pytest.mark.parametrize(
    ("users", "spared"),
    [
        ({"includeUsers": ["All"]}, [""]),
        ({"includeUsers": ["bob"]}, [""]),
        ({"includeUsers": ["alice"]}, []),
        ({"includeUsers": ["None"]}, []),
        ({"includeGroups": ["g"]}, [""]),
        ({"includeUsers": ["All"], "excludeUsers": ["bob"]}, ["excluded"]),
        ({"includeUsers": ["All"], "excludeGroups": ["g"]}, ["excluded"]),
        ({"includeUsers": ["bob"], "excludeGroups": ["g"]}, ["excluded"]),
    ],
)
def test_an_exclusion_wins_over_every_inclusion(users: dict[str, list[str]], spared: list[str]) -> None:
    """“When organizations both include and exclude a user or group, the user or group is excluded from the policy.”"""
    assert asked(**users) == spared


def test_trap_a_nested_group_is_included_and_left_out_with_the_outer_one() -> None:
    """“Policy is applied to nested users and groups.”"""
    assert asked(includeGroups=["outer"]) == [""]
    assert asked(includeUsers=["All"], excludeGroups=["outer"]) == ["excluded"]


def test_a_role_counts_while_it_is_held_and_not_while_it_only_may_be_activated() -> None:
    """“a more restrictive policy on users actively assigned a privileged role”."""
    assert asked(held(BOB, ADMIN), includeRoles=[GA]) == [""]
    assert asked(held(BOB, GROUPS), includeRoles=[GA]) == []
    assert asked(held(BOB, ADMIN, kind=GrantKind.POTENTIAL), includeRoles=[GA]) == []
    through = Grant(principal=GROUP, resource=TENANT, role=ADMIN, kind=GrantKind.DIRECT, origin=HERE)
    assert asked(through, includeRoles=[GA]) == [""]
    assert asked(held(BOB, ADMIN), includeUsers=["All"], excludeRoles=[GA]) == ["excluded"]


def test_trap_a_role_over_an_administrative_unit_is_none_that_a_policy_sees() -> None:
    """“Other role types aren't supported, including administrative unit-scoped roles and custom roles.”"""
    unit = Ref(TENANT_ID, Kind.FOLDER, "unit")
    inside = Resource(ref=unit, name="unit", parent=TENANT, origin=HERE)
    assert asked(inside, held(BOB, ADMIN, unit), includeRoles=[GA]) == []


def test_guests_are_named_in_two_ways() -> None:
    """“target Conditional Access policies to specific guest or external user types”; the older way names all of them."""
    assert asked(guest=True, includeUsers=["GuestsOrExternalUsers"]) == [""]
    assert asked(includeUsers=["GuestsOrExternalUsers"]) == []
    types = {"guestOrExternalUserTypes": "b2bCollaborationGuest"}
    assert asked(guest=True, includeGuestsOrExternalUsers=types) == [""]
    assert asked(guest=True, includeUsers=["All"], excludeGuestsOrExternalUsers=types) == ["excluded"]


@pytest.mark.parametrize(
    ("controls", "named"),
    [
        ({"operator": "OR", "builtInControls": ["mfa"]}, 1),
        ({"operator": "OR", "builtInControls": ["mfa", "compliantDevice"]}, 0),
        ({"operator": "AND", "builtInControls": ["mfa", "compliantDevice"]}, 1),
        ({"operator": "OR", "builtInControls": [], "strength": {"displayName": "Phishing-resistant MFA"}}, 1),
        ({"operator": "OR", "builtInControls": ["block"]}, 0),
    ],
)
def test_a_policy_that_takes_something_else_instead_asks_for_no_second_factor(controls: Any, named: int) -> None:
    """“Require one of the selected controls (control *or* control)”: a managed device alone is enough."""
    assert len(asked(includeUsers=["All"], controls=controls)) == named


def test_a_policy_that_only_reports_or_is_off_binds_nobody() -> None:
    """“During sign-in, policies in report-only mode are evaluated but not enforced.”"""
    assert asked(includeUsers=["All"], state=mfa.REPORT_ONLY) == ["report only"]
    assert asked(includeUsers=["All"], state="disabled") == ["switched off"]
