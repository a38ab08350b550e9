"""Cases of a tenant worked by hand, each with the vendor's sentence that decides it."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from pipewarden.access.engine import Engine
from pipewarden.access.entra.powers import Power, is_privileged, power_of
from pipewarden.access.reach import reach
from pipewarden.demo.entra.rows import ROLES, made
from pipewarden.demo.entra.server import EntraServer
from pipewarden.demo.entra.story import Directory
from pipewarden.demo.entra.variant import Variant
from pipewarden.demo.estate import acme
from pipewarden.errors import UsageError
from pipewarden.model.access import Access, Answer, Capability
from pipewarden.model.columns import Snapshot, SnapshotBuilder, SnapshotInfo
from pipewarden.model.facts import (
    Account,
    AnyFact,
    Grant,
    GrantKind,
    Group,
    Machine,
    Membership,
    Origin,
    Resource,
    Role,
    Trust,
)
from pipewarden.model.ids import Kind, Ref
from pipewarden.model.systems import System, source
from tests.connectors.entra.reading import NOW, collected, connector

TENANT_ID = "11111111-2222-3333-4444-555555555555"
HERE = Origin("GET /v1.0/made-for-a-test", datetime(2026, 11, 2, tzinfo=UTC))
TENANT = Ref(TENANT_ID, Kind.TENANT, TENANT_ID)
ALICE, BOB, CAROL = (Ref(TENANT_ID, Kind.ACCOUNT, name) for name in ("alice", "bob", "carol"))
GROUP = Ref(TENANT_ID, Kind.GROUP, "g")
APP, SERVICE = Ref(TENANT_ID, Kind.APPLICATION, "app"), Ref(TENANT_ID, Kind.SERVICE_ACCOUNT, "sp")
ADMIN, PRIVILEGED, GROUPS, APPS, AUTH = (
    f"role:{ROLES[name]}"
    for name in (
        "Global Administrator",
        "Privileged Role Administrator",
        "Groups Administrator",
        "Application Administrator",
        "Authentication Administrator",
    )
)


def account(ref: Ref, **attributes: object) -> Account:
    return Account(ref=ref, name=ref.key, parent=TENANT, attributes={"accountEnabled": True, **attributes}, origin=HERE)


def held(who: Ref, role: str, on: Ref = TENANT, kind: GrantKind = GrantKind.DIRECT) -> Grant:
    return Grant(principal=who, resource=on, role=role, kind=kind, origin=HERE)


def engine(*facts: AnyFact, group: dict[str, object] | None = None) -> Engine:
    builder = SnapshotBuilder()
    builder.add(
        source(TENANT_ID, System.ENTRA, HERE),
        Resource(ref=TENANT, name="entra:acme", origin=HERE),
        Group(ref=GROUP, name="g", parent=TENANT, attributes=group or {}, origin=HERE),
        Resource(ref=APP, name="app", parent=TENANT, origin=HERE),
        Machine(ref=SERVICE, name="app", parent=APP, attributes={"accountEnabled": True}, origin=HERE),
        *(account(each) for each in (ALICE, BOB)),
        *facts,
    )
    return Engine(builder.finish(SnapshotInfo(sources=("entra:acme",), started=NOW, ended=NOW)))


def who(of: Engine, capability: Capability, resource: Ref) -> dict[Ref, Access]:
    return {access.principal: access for access in of.who_can(capability, resource)}


def test_a_global_administrator_administers() -> None:
    found = who(engine(held(ALICE, ADMIN)), Capability.ADMINISTER, TENANT)
    assert {ref: access.answer for ref, access in found.items()} == {ALICE: Answer.YES}


def test_a_privileged_role_administrator_may_give_itself_any_role() -> None:
    """“manage assignments for all Microsoft Entra roles including the Global Administrator role”."""
    of = engine(held(BOB, PRIVILEGED))
    path = who(of, Capability.ADMINISTER, TENANT)[BOB].paths[0]
    assert of.words(path).endswith("entra:acme (may give itself the role Global Administrator)")


def test_a_groups_administrator_manages_groups_that_no_role_is_given_through_and_no_others() -> None:
    assert BOB in who(engine(held(BOB, GROUPS)), Capability.MANAGE_ACCESS, GROUP)
    assignable = engine(held(BOB, GROUPS), group={"isAssignableToRole": True})
    assert who(assignable, Capability.MANAGE_ACCESS, GROUP) == {}
    owner = engine(held(BOB, "owner of the group", GROUP, GrantKind.OWNERSHIP), group={"isAssignableToRole": True})
    assert BOB in who(owner, Capability.MANAGE_ACCESS, GROUP)


def test_members_of_a_group_that_is_synchronised_are_managed_elsewhere() -> None:
    synced = engine(held(BOB, GROUPS), held(ALICE, ADMIN), group={"onPremisesSyncEnabled": True})
    assert who(synced, Capability.MANAGE_ACCESS, GROUP) == {}


def test_an_application_administrator_acts_as_an_application_and_has_what_it_holds() -> None:
    """“use those credentials to impersonate the application's identity”."""
    of = engine(held(BOB, APPS), held(SERVICE, "graph:RoleManagement.ReadWrite.Directory", kind=GrantKind.APP))
    assert who(of, Capability.ASSUME_ROLE, SERVICE)[BOB].answer is Answer.YES
    found = who(of, Capability.ADMINISTER, TENANT)
    assert set(found) == {BOB, SERVICE}
    near_miss = engine(held(BOB, APPS), held(SERVICE, "graph:User.Read.All", kind=GrantKind.APP))
    assert who(near_miss, Capability.ADMINISTER, TENANT) == {}


def test_an_owner_of_an_application_acts_as_its_service_principal() -> None:
    of = engine(held(BOB, "owner of the application", APP, GrantKind.OWNERSHIP))
    assert set(who(of, Capability.ASSUME_ROLE, SERVICE)) == {BOB}


def test_applications_that_act_as_each_other_end() -> None:
    other = Ref(TENANT_ID, Kind.SERVICE_ACCOUNT, "other")
    of = engine(
        Machine(ref=other, name="other", parent=TENANT, attributes={"accountEnabled": True}, origin=HERE),
        held(SERVICE, "graph:Application.ReadWrite.All", kind=GrantKind.APP),
        held(other, "graph:Application.ReadWrite.All", kind=GrantKind.APP),
        held(other, ADMIN),
        held(BOB, "owner of the application", APP, GrantKind.OWNERSHIP),
    )
    assert set(who(of, Capability.ADMINISTER, TENANT)) == {other, SERVICE, BOB}


def test_an_eligible_role_waits_for_its_activation_and_for_approval_where_the_policy_says() -> None:
    def asked(activation: dict[str, object] | None) -> Access:
        attributes = {} if activation is None else {"activation": activation}
        role = Role(
            ref=Ref(TENANT_ID, Kind.ROLE, ADMIN), name="Global Administrator", attributes=attributes, origin=HERE
        )
        of = engine(role, held(BOB, ADMIN, kind=GrantKind.POTENTIAL))
        return who(of, Capability.ADMINISTER, TENANT)[BOB]

    alone = asked({"approval": False, "approvers": [], "mfa": True}).paths[0]
    assert [condition.kind for condition in alone.conditions] == ["activation"]
    assert alone.alone
    two = asked({"approval": True, "approvers": [["account", "alice"]], "mfa": True}).paths[0]
    assert two.conditions[1].principals == (ALICE,)
    assert not two.alone
    assert "was not read" in asked(None).paths[0].conditions[0].says


def test_a_disabled_account_can_do_nothing_and_one_whose_state_was_not_read_perhaps() -> None:
    off = engine(account(CAROL, accountEnabled=False), held(CAROL, ADMIN))
    assert who(off, Capability.ADMINISTER, TENANT) == {}
    unread = engine(account(CAROL, accountEnabled=None), held(CAROL, ADMIN))
    assert who(unread, Capability.ADMINISTER, TENANT)[CAROL].answer is Answer.UNKNOWN


def test_an_authentication_administrator_resets_those_who_hold_no_role_and_no_others() -> None:
    """“can set or reset any authentication method for non-administrators and some roles”."""
    of = engine(held(BOB, AUTH))
    assert set(who(of, Capability.ASSUME_ROLE, ALICE)) == {BOB}
    with_role = engine(held(BOB, AUTH), held(ALICE, GROUPS))
    assert who(with_role, Capability.ASSUME_ROLE, ALICE) == {}


def test_what_somebody_reaches_begins_with_the_tenant_and_the_applications_they_act_as() -> None:
    of = engine(held(BOB, APPS), held(SERVICE, "graph:RoleManagement.ReadWrite.Directory", kind=GrantKind.APP))

    def reached(who_: Ref) -> set[tuple[Capability, Ref]]:
        return {(each.access.capability, each.access.resource) for each in reach(of, who_)}

    assert reached(SERVICE) == {(Capability.ADMINISTER, TENANT)}
    assert reached(BOB) == {(Capability.ADMINISTER, TENANT), (Capability.ASSUME_ROLE, SERVICE)}
    assert reached(ALICE) == set()


HELPDESK, READERS = "role:729827e3-9c14-49f7-bb1b-9608f156bbb8", "role:88d8e3e3-8f55-4a1e-953a-9b9898b8876b"
USERS = f"role:{ROLES['User Administrator']}"


@pytest.mark.parametrize(
    ("by", "whose", "may"),
    [
        (HELPDESK, HELPDESK, True), (HELPDESK, READERS, True), (HELPDESK, AUTH, False), (HELPDESK, GROUPS, False),
        (AUTH, AUTH, True), (AUTH, HELPDESK, False), (USERS, GROUPS, True), (USERS, USERS, True), (USERS, ADMIN, False),
        (USERS, "role:own", False),
    ],
)  # fmt: skip
def test_who_resets_administrators_is_a_table(by: str, whose: str, *, may: bool) -> None:
    """“Helpdesk administrators can reset passwords … of other users who are non-administrators or assigned the following roles only”."""
    of = engine(held(BOB, by), held(ALICE, whose))
    assert (BOB in who(of, Capability.ASSUME_ROLE, ALICE)) is may
    two = engine(held(BOB, by), held(ALICE, whose), held(ALICE, ADMIN))
    assert BOB not in who(two, Capability.ASSUME_ROLE, ALICE)


def test_whether_a_role_that_is_only_eligible_keeps_a_reset_off_is_unknown() -> None:
    of = engine(held(BOB, HELPDESK), held(ALICE, ADMIN, kind=GrantKind.POTENTIAL))
    assert who(of, Capability.ASSUME_ROLE, ALICE)[BOB].answer is Answer.UNKNOWN


def test_who_is_in_a_group_that_roles_are_given_through_or_owns_it_is_reset_by_few() -> None:
    """“User (no admin role, but member or owner of a role-assignable group)”."""
    through: dict[str, object] = {"isAssignableToRole": True}
    member = Membership(member=ALICE, group=GROUP, origin=HERE)
    owner = held(ALICE, "owner of the group", GROUP, GrantKind.OWNERSHIP)
    for place in (member, owner):
        assert who(engine(held(BOB, HELPDESK), place, group=through), Capability.ASSUME_ROLE, ALICE) == {}
        assert BOB in who(engine(held(BOB, HELPDESK), place), Capability.ASSUME_ROLE, ALICE)


def test_a_role_over_an_administrative_unit_gives_nothing_over_the_tenant() -> None:
    unit = Ref(TENANT_ID, Kind.FOLDER, "unit")
    of = engine(Resource(ref=unit, name="unit", parent=TENANT, origin=HERE), held(BOB, GROUPS, unit))
    assert who(of, Capability.MANAGE_ACCESS, TENANT) == {}
    assert who(of, Capability.MANAGE_ACCESS, GROUP)[BOB].answer is Answer.UNKNOWN


def test_roles_through_groups_reach_their_members() -> None:
    of = engine(
        Membership(member=BOB, group=GROUP, origin=HERE), held(GROUP, ADMIN), group={"isAssignableToRole": True}
    )
    assert BOB in who(of, Capability.ADMINISTER, TENANT)


def test_a_custom_role_is_what_its_actions_are() -> None:
    action = "microsoft.directory/applications/credentials/update"
    assert power_of("role:own", (action,)) == Power.APPLICATIONS | Power.READ
    assert power_of("role:own", ("microsoft.directory/applications/basic/update",)) == Power.READ
    assert is_privileged("role:own", (action,))
    assert not is_privileged("role:own")
    assert not is_privileged("graph:User.Read.All")
    role = Role(ref=Ref(TENANT_ID, Kind.ROLE, "role:own"), name="own", attributes={"actions": [action]}, origin=HERE)
    assert BOB in who(engine(role, held(BOB, "role:own")), Capability.ASSUME_ROLE, SERVICE)
    unread = who(engine(held(BOB, "role:own")), Capability.ASSUME_ROLE, SERVICE)
    assert unread[BOB].answer is Answer.UNKNOWN


def test_nobody_has_a_capability_on_a_role() -> None:
    role = Role(ref=Ref(TENANT_ID, Kind.ROLE, ADMIN), name="Global Administrator", origin=HERE)
    with pytest.raises(UsageError, match="a role is not something"):
        engine(role).who_can(Capability.READ, role.ref)


def served(change: Callable[[Directory], object] | None = None, variant: Variant | None = None) -> Snapshot:
    with EntraServer(acme(), variant) as server:
        if change:
            change(server.directory)
        return collected(connector(server))[0]


def test_trap_a_group_within_a_role_assignable_group_gives_its_members_nothing() -> None:
    def nest(directory: Directory) -> None:
        directory.members[made("group", "Application operators")].append(made("group", "Engineers"))

    snapshot = served(nest)
    of = Engine(snapshot)
    deploybot = Ref(snapshot.instances[0], Kind.SERVICE_ACCOUNT, made("service", "terraform-plan"))
    assert Ref(snapshot.instances[0], Kind.ACCOUNT, made("user", "judy")) not in who(
        of, Capability.ASSUME_ROLE, deploybot
    )


def test_trap_what_was_refused_is_told_with_the_permission_that_shows_it() -> None:
    snapshot = served(variant=Variant(forbidden=frozenset({"/roleManagement/directory/roleAssignments"})))
    tenant = snapshot.ref(int(snapshot.ordinals(Kind.TENANT)[0]))
    unseen = Engine(snapshot).who_can(Capability.ADMINISTER, tenant).unseen
    assert unseen == (
        "role assignments of entra:acme: not read (forbidden); RoleManagement.Read.Directory would show it",
    )


def test_trap_without_the_licence_for_it_nobody_is_eligible_and_that_is_known() -> None:
    snapshot = served(variant=Variant(unlicensed=frozenset({"/roleManagement/directory/roleEligibility*"})))
    tenant = snapshot.ref(int(snapshot.ordinals(Kind.TENANT)[0]))
    assert Engine(snapshot).who_can(Capability.ADMINISTER, tenant).unseen == ()


@pytest.mark.parametrize(
    "subject", ["repo:acme/web:environment:production", "repo:acme@7/web@9:environment:production"]
)
def test_jobs_of_github_reach_the_service_principal_by_both_forms_of_their_subject(subject: str) -> None:
    """Trap 13: names alone, and names with ids."""
    org = Resource(ref=Ref("github.com", Kind.ORGANIZATION, "7"), name="acme", origin=HERE)
    web = Ref("github.com", Kind.REPOSITORY, "9")
    dev = Ref("github.com", Kind.ACCOUNT, "1")
    of = engine(
        org,
        Resource(ref=web, name="acme/web", parent=org.ref, attributes={"default_branch": "main"}, origin=HERE),
        Account(ref=dev, name="bob", origin=HERE),
        Grant(principal=dev, resource=web, role="admin", kind=GrantKind.DIRECT, origin=HERE),
        Trust(
            ref=Ref(TENANT_ID, Kind.TRUST, "t"),
            principal=SERVICE,
            issuer="https://token.actions.githubusercontent.com",
            subjects=(subject,),
            attributes={"platform": "entra"},
            origin=HERE,
        ),
    )
    assert SERVICE in {each.access.resource for each in reach(of, dev)}
