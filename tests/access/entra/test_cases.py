"""Cases of a tenant worked by hand, each with the vendor's sentence that decides it."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from pipewarden.access.engine import Engine
from pipewarden.access.entra import powers, resets
from pipewarden.access.entra.powers import Power, is_privileged, power_of
from pipewarden.access.reach import reach
from pipewarden.demo.entra.rows import ROLES, made
from pipewarden.demo.entra.server import EntraServer
from pipewarden.demo.entra.story import Directory
from pipewarden.demo.entra.variant import Variant
from pipewarden.demo.estate import acme
from pipewarden.errors import UsageError
from pipewarden.model.access import Access, Answer, Capability
from pipewarden.model.builder import SnapshotBuilder
from pipewarden.model.columns import SnapshotInfo
from pipewarden.model.facets_entra import EntraFacet
from pipewarden.model.facts import (
    Account,
    AnyFact,
    Gap,
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
from pipewarden.model.snapshot import Snapshot
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
    """“Can manage role assignments in Microsoft Entra ID, and all aspects of Privileged Identity Management.”"""
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
    """“Can access to view, set and reset authentication method information for any non-admin user.”"""
    of = engine(held(BOB, AUTH))
    assert set(who(of, Capability.ASSUME_ROLE, ALICE)) == {BOB}
    with_role = engine(held(BOB, AUTH), held(ALICE, GROUPS))
    assert who(with_role, Capability.ASSUME_ROLE, ALICE) == {}


def test_what_somebody_reaches_begins_with_the_tenant_and_the_applications_they_act_as() -> None:
    of = engine(held(BOB, APPS), held(SERVICE, "graph:RoleManagement.ReadWrite.Directory", kind=GrantKind.APP))

    def reached(who_: Ref) -> set[tuple[Capability, Ref]]:
        told = {Capability.ADMINISTER, Capability.ASSUME_ROLE}
        found = [each for each in reach(of, who_) if each.resource in {TENANT, SERVICE}]
        return {(each.capability, each.resource) for each in found if each.capability in told}

    assert reached(SERVICE) == {(Capability.ADMINISTER, TENANT)}
    assert reached(BOB) == {(Capability.ADMINISTER, TENANT), (Capability.ASSUME_ROLE, SERVICE)}
    assert reached(ALICE) == set()


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


# --- who may reset whom -----------------------------------------------------------------------------

HELPDESK, USER, PASSWORD, PRIVILEGED_AUTH = (
    f"role:{key}"
    for key in (
        powers.HELPDESK_ADMINISTRATOR,
        powers.USER_ADMINISTRATOR,
        powers.PASSWORD_ADMINISTRATOR,
        powers.PRIVILEGED_AUTHENTICATION_ADMINISTRATOR,
    )
)
READERS = f"role:{resets.DIRECTORY_READERS}"
UNIT = Ref(TENANT_ID, Kind.FOLDER, "unit")


@pytest.mark.parametrize(
    ("resetter", "held_by_alice", "reaches"),
    [
        (PASSWORD, (), True),
        (PASSWORD, (READERS,), True),
        (PASSWORD, (HELPDESK,), False),
        (HELPDESK, (HELPDESK,), True),
        (HELPDESK, (AUTH,), False),
        (AUTH, (AUTH,), True),
        (AUTH, (HELPDESK,), False),
        (USER, (GROUPS, HELPDESK, USER), True),
        (USER, (GROUPS, PRIVILEGED), False),
        (USER, (APPS,), False),
        (PRIVILEGED_AUTH, (ADMIN,), True),
    ],
)
def test_trap_who_resets_whom_is_decided_by_the_roles_of_both(
    resetter: str, held_by_alice: tuple[str, ...], *, reaches: bool
) -> None:
    """“If a user is assigned any other role, the Password Administrator cannot reset their password.”"""
    of = engine(held(BOB, resetter), *(held(ALICE, role) for role in held_by_alice))
    found = who(of, Capability.ASSUME_ROLE, ALICE)
    assert (BOB in found and found[BOB].answer is Answer.YES) is reaches


def test_trap_members_and_owners_of_a_role_assignable_group_are_reset_by_the_privileged_alone() -> None:
    """“User (no admin role, but member or owner of a role-assignable group)”: two columns alone are checked."""
    assignable: dict[str, object] = {"isAssignableToRole": True}
    inside = Membership(member=ALICE, group=GROUP, origin=HERE)
    owner = held(ALICE, "owner of the group", GROUP, GrantKind.OWNERSHIP)
    for guard in (inside, owner):
        assert BOB not in who(engine(held(BOB, USER), guard, group=assignable), Capability.ASSUME_ROLE, ALICE)
        assert BOB in who(engine(held(BOB, PRIVILEGED_AUTH), guard, group=assignable), Capability.ASSUME_ROLE, ALICE)
    assert BOB in who(engine(held(BOB, USER), inside), Capability.ASSUME_ROLE, ALICE), "any other group guards nobody"


def test_a_role_that_is_only_eligible_leaves_it_open_whether_it_guards() -> None:
    of = engine(held(BOB, HELPDESK), held(ALICE, APPS, kind=GrantKind.POTENTIAL))
    assert who(of, Capability.ASSUME_ROLE, ALICE)[BOB].answer is Answer.UNKNOWN


def test_nobody_has_to_reset_themselves() -> None:
    assert BOB not in who(engine(held(BOB, HELPDESK)), Capability.ASSUME_ROLE, BOB)


# --- administrative units ---------------------------------------------------------------------------


def unit(*members: Ref, restricted: bool = False) -> Resource:
    listed = [[str(each.kind), each.key] for each in members]
    return Resource(
        ref=UNIT, name="unit", parent=TENANT, attributes={"members": listed, "restricted": restricted}, origin=HERE
    )


def test_a_role_over_a_unit_is_over_its_members_and_nobody_else() -> None:
    """“role permissions apply only when managing members of the administrative unit itself”."""
    of = engine(unit(ALICE, GROUP), held(BOB, HELPDESK, UNIT), held(BOB, GROUPS, UNIT))
    assert who(of, Capability.ASSUME_ROLE, ALICE)[BOB].answer is Answer.YES
    assert who(of, Capability.MANAGE_ACCESS, GROUP)[BOB].answer is Answer.YES
    outside = engine(account(CAROL), unit(ALICE), held(BOB, HELPDESK, UNIT), held(BOB, GROUPS, UNIT))
    assert who(outside, Capability.ASSUME_ROLE, CAROL) == {}
    assert who(outside, Capability.MANAGE_ACCESS, GROUP) == {}


def test_trap_a_group_in_a_unit_does_not_bring_its_members() -> None:
    """“brings the group itself into the management scope of the administrative unit, but **not** the members”."""
    of = engine(unit(GROUP), Membership(member=ALICE, group=GROUP, origin=HERE), held(BOB, USER, UNIT))
    assert BOB in who(of, Capability.MANAGE_ACCESS, GROUP)
    assert who(of, Capability.ASSUME_ROLE, ALICE) == {}


def test_within_a_unit_administrators_are_out_of_reach() -> None:
    """“can reset passwords for users in the administrative unit only if those users don't have administrator roles”."""
    of = engine(unit(ALICE), held(BOB, HELPDESK, UNIT), held(ALICE, READERS))
    assert who(of, Capability.ASSUME_ROLE, ALICE) == {}
    limited = engine(unit(ALICE), held(BOB, USER, UNIT), held(ALICE, READERS))
    assert who(limited, Capability.ASSUME_ROLE, ALICE)[BOB].answer is Answer.UNKNOWN


def test_trap_a_restricted_unit_is_for_its_own_administrators() -> None:
    """“Even Global Administrators won't be allowed to modify the objects unless they assign themselves explicitly to a
    role scoped to the restricted management administrative unit”."""
    facts = (unit(ALICE, GROUP, restricted=True), account(CAROL), held(CAROL, ADMIN))
    of = engine(*facts, held(BOB, HELPDESK))
    found = who(of, Capability.ASSUME_ROLE, ALICE)
    assert set(found) == {CAROL}
    assert of.words(found[CAROL].paths[0]).endswith("(may give itself a role over its administrative unit)")
    assert BOB in who(engine(*facts, held(BOB, HELPDESK, UNIT)), Capability.ASSUME_ROLE, ALICE)
    owned = engine(*facts, held(BOB, "owner of the group", GROUP, GrantKind.OWNERSHIP))
    assert BOB not in who(owned, Capability.MANAGE_ACCESS, GROUP), "owners of groups are blocked, too"


def test_a_unit_whose_members_were_not_read_may_contain_anybody() -> None:
    of = engine(Resource(ref=UNIT, name="unit", parent=TENANT, origin=HERE), held(BOB, HELPDESK, UNIT))
    assert who(of, Capability.ASSUME_ROLE, ALICE)[BOB].answer is Answer.UNKNOWN


# --- groups -----------------------------------------------------------------------------------------

INTUNE, EXCHANGE = "role:3a2c62db-5318-420d-8d74-23affee5d9d5", "role:29232cdf-9323-42fd-ade2-1d097af3e4de"


@pytest.mark.parametrize(
    ("role", "kinds", "may"),
    [
        (INTUNE, [], True),
        (INTUNE, ["Unified"], False),
        (EXCHANGE, ["Unified"], True),
        (EXCHANGE, [], False),
        (GROUPS, ["Unified"], True),
        (GROUPS, [], True),
    ],
)
def test_some_roles_fill_groups_of_one_kind_alone(role: str, kinds: list[str], *, may: bool) -> None:
    """“This role can create and manage all security groups. However … does not have admin rights over Microsoft 365 groups.”"""
    of = engine(held(BOB, role), group={"groupTypes": kinds})
    assert (BOB in who(of, Capability.MANAGE_ACCESS, GROUP)) is may


def test_trap_the_owner_of_a_group_has_the_role_that_is_given_through_it() -> None:
    """“you can delegate the management of role-assignable groups by adding group owners”."""
    of = engine(
        held(GROUP, ADMIN),
        held(BOB, "owner of the group", GROUP, GrantKind.OWNERSHIP),
        group={"isAssignableToRole": True},
    )
    path = who(of, Capability.ADMINISTER, TENANT)[BOB].paths[0]
    assert of.words(path).startswith("bob (owner of the group")
    assert "(may put themselves into it)" in of.words(path)


def test_trap_the_owner_of_a_group_acts_as_what_its_role_may_act_as() -> None:
    of = engine(
        held(GROUP, APPS),
        held(SERVICE, "graph:RoleManagement.ReadWrite.Directory", kind=GrantKind.APP),
        held(BOB, "owner of the group", GROUP, GrantKind.OWNERSHIP),
        group={"isAssignableToRole": True},
    )
    assert BOB in who(of, Capability.ASSUME_ROLE, SERVICE)
    assert BOB in who(of, Capability.ADMINISTER, TENANT), "over the application that may give roles"


def test_whoever_fills_other_groups_fills_none_that_a_role_is_given_through() -> None:
    """“The Group.ReadWrite.All permission won't work.”"""
    of = engine(
        held(GROUP, ADMIN), held(BOB, GROUPS), held(SERVICE, "graph:Group.ReadWrite.All", kind=GrantKind.APP),
        group={"isAssignableToRole": True},
    )  # fmt: skip
    assert who(of, Capability.ADMINISTER, TENANT) == {}


def test_an_eligible_group_makes_its_members_eligible_and_its_owner_after_them() -> None:
    """“Each member of the group is then eligible to activate the role assignment for a fixed time duration.”"""
    of = engine(
        Membership(member=ALICE, group=GROUP, origin=HERE),
        held(GROUP, ADMIN, kind=GrantKind.POTENTIAL),
        held(BOB, "owner of the group", GROUP, GrantKind.OWNERSHIP),
        group={"isAssignableToRole": True},
    )
    found = who(of, Capability.ADMINISTER, TENANT)
    for person in (ALICE, BOB):
        assert [each.kind for each in found[person].paths[0].conditions] == ["activation"]


def test_a_role_over_one_application_is_over_that_one() -> None:
    """“The scope of `/<ID>` means the principal can manage that Microsoft Entra object.”"""
    other = Ref(TENANT_ID, Kind.APPLICATION, "other")
    of = engine(Resource(ref=other, name="other", parent=TENANT, origin=HERE), held(BOB, APPS, APP))
    assert BOB in who(of, Capability.ASSUME_ROLE, SERVICE)
    assert who(of, Capability.ASSUME_ROLE, other) == {}


def test_an_assignment_that_ended_gives_nothing() -> None:
    ended = Grant(principal=BOB, resource=TENANT, role=ADMIN, kind=GrantKind.DIRECT, expires=NOW, origin=HERE)
    assert who(engine(ended), Capability.ADMINISTER, TENANT) == {}


def test_every_role_is_called_what_the_vendor_calls_it_in_one_place_alone() -> None:
    assert set(powers.BUILT_IN) - powers.PRIVILEGED <= {
        key for key, power in powers.BUILT_IN.items() if not power & ~powers.Power.GROUPS
    }, "whoever may more than fill groups is labelled privileged"
    assert set(resets.RESETS) <= {key for key, power in powers.BUILT_IN.items() if power & Power.RESET}


# --- as the connector reads it ----------------------------------------------------------------------


def ids(snapshot: Snapshot, kind: Kind, *words: str) -> Ref:
    return Ref(snapshot.instances[0], kind, made(*words))


def test_the_help_desk_of_a_unit_resets_those_in_it_who_are_guarded_by_nothing() -> None:
    """peggy administers the unit sales: dave is in it; karl is too, and owns a group that a role is given through."""
    snapshot = served()
    of = Engine(snapshot)
    peggy = ids(snapshot, Kind.ACCOUNT, "user", "peggy")
    reached = {
        login
        for login in ("dave", "karl", "bob")
        if peggy in who(of, Capability.ASSUME_ROLE, ids(snapshot, Kind.ACCOUNT, "user", login))
    }
    assert reached == {"dave"}


def test_karl_who_owns_the_operators_may_act_as_what_they_may_act_as() -> None:
    snapshot = served()
    path = who(Engine(snapshot), Capability.ADMINISTER, snapshot.ref(int(snapshot.ordinals(Kind.TENANT)[0])))
    karl = path[ids(snapshot, Kind.ACCOUNT, "user", "karl")]
    words = Engine(snapshot).words(karl.paths[0])
    assert "Application operators (may put themselves into it)" in words
    assert "directory-sync (may add a secret to it and act as it)" in words


def test_an_activated_role_is_held_until_it_ends_and_an_eligible_one_waits() -> None:
    """“activate … for a fixed time duration”: what is activated is an assignment with an end."""

    def activate(directory: Directory) -> None:
        directory.give(made("user", "bob"), "Global Administrator", ends="2026-11-23T18:00:00Z")

    snapshot = served(activate)
    found = who(Engine(snapshot), Capability.ADMINISTER, snapshot.ref(int(snapshot.ordinals(Kind.TENANT)[0])))
    bob, heidi = (found[ids(snapshot, Kind.ACCOUNT, "user", login)].paths[0] for login in ("bob", "heidi"))
    assert (str(bob.links[0].expires)[:16], bob.conditions) == ("2026-11-23 18:00", ())
    assert [each.kind for each in heidi.conditions] == ["activation", "approval"]


def test_trap_a_list_of_hidden_members_that_came_empty_was_not_seen() -> None:
    """“To list the members of a hidden membership in an administrative unit, the Member.Read.Hidden permission is also required.”"""

    def hide(directory: Directory) -> None:
        directory.units[0]["visibility"] = "HiddenMembership"
        directory.members[directory.units[0]["id"]] = []

    snapshot = served(hide)
    peggy, bob = (ids(snapshot, Kind.ACCOUNT, "user", login) for login in ("peggy", "bob"))
    assert who(Engine(snapshot), Capability.ASSUME_ROLE, bob)[peggy].answer is Answer.UNKNOWN
    [gap] = [each for each in snapshot.records(Gap) if each.facet == EntraFacet.UNITS]
    assert gap.permission == "Member.Read.Hidden"


def test_trap_owners_of_an_application_that_were_not_read_are_told_wherever_it_may_act() -> None:
    """directory-sync may give roles: whoever owns it administers the tenant, and who that is was refused."""
    snapshot = served(variant=Variant(forbidden=frozenset({"/servicePrincipals/*/owners"})))
    tenant = snapshot.ref(int(snapshot.ordinals(Kind.TENANT)[0]))
    unseen = Engine(snapshot).who_can(Capability.ADMINISTER, tenant).unseen
    assert (
        "service principal owners of directory-sync: not read (forbidden); Application.Read.All would show it" in unseen
    )
