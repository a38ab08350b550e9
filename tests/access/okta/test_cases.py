"""Cases of an Okta organization worked by hand, each with the vendor's sentence that decides it."""

import pytest

from pipewarden.access.okta.factors import enrolled
from pipewarden.access.view import View
from pipewarden.demo.okta.directory import App
from pipewarden.demo.okta.variant import Variant
from pipewarden.model.ids import Kind
from tests.access.okta.small import ADD, READ, RESET, RULE, Small, standard
from tests.connectors.okta.reading import Still, collected

ACCOUNT, GROUP, APP = Kind.ACCOUNT, Kind.GROUP, Kind.APPLICATION


def test_a_super_administrator_may_do_all_of_it() -> None:
    """“Super admins can perform all admin tasks for an org and have full management access.”"""
    of = Small("alice", "bob").group("release", "bob").app("github").role("alice", "SUPER_ADMIN")
    assert of.who(RULE, Kind.TENANT, "okta:acme") == {"alice"}
    assert of.who(ADD, GROUP, "release") == of.who(RESET, ACCOUNT, "bob") == of.who(ADD, APP, "github") == {"alice"}


def test_a_role_of_a_group_is_its_members() -> None:
    """“When a role is assigned to a group, all members of the group automatically have the privileges”."""
    of = Small("trent", "bob").group("it-admins", "trent", roles=(standard("SUPER_ADMIN"),))
    assert of.who(RULE, Kind.TENANT, "okta:acme") == {"trent"}
    path = of.path("trent", RULE, Kind.TENANT, "okta:acme")
    assert path.startswith("trent → it-admins (super administrator, directly")


# --- who may fill a group ---------------------------------------------------------------------------


def test_a_group_administrator_fills_the_groups_that_the_targets_name_and_no_others() -> None:
    """“You can constrain the group admin, help desk admin, and group membership roles to everyone or a subset of groups.”"""
    of = Small("erin").group("release").group("cooks").role("erin", "USER_ADMIN", "release")
    assert of.who(ADD, GROUP, "release") == {"erin"}
    assert of.who(ADD, GROUP, "cooks") == set()


def test_a_group_administrator_without_targets_fills_every_group() -> None:
    of = Small("erin").group("release").group("cooks").role("erin", "USER_ADMIN")
    assert of.who(ADD, GROUP, "release") == of.who(ADD, GROUP, "cooks") == {"erin"}


def test_trap_an_administrator_of_groups_can_put_themselves_into_any_of_them() -> None:
    """“Add users to groups that they manage”: nothing keeps the administrator's own account out of it."""
    of = Small("erin").group("release").role("erin", "GROUP_MEMBERSHIP_ADMIN")
    assert of.path("erin", ADD, GROUP, "release").startswith("erin (group membership administrator, directly")


def test_a_group_membership_administrator_resets_nobody() -> None:
    """“Group membership admins can't … Manage users”."""
    of = Small("erin", "bob").group("release", "bob").role("erin", "GROUP_MEMBERSHIP_ADMIN", "release")
    assert of.who(RESET, ACCOUNT, "bob") == set()


def test_trap_a_group_that_holds_an_administrator_role_is_for_super_administrators_alone() -> None:
    """“Only super admins can manage groups with administrative roles.”"""
    of = Small("alice", "erin", "trent").group("it-admins", "trent", roles=(standard("HELP_DESK_ADMIN"),))
    of.role("alice", "SUPER_ADMIN").role("erin", "USER_ADMIN")
    assert of.who(ADD, GROUP, "it-admins") == {"alice"}


def test_a_group_that_is_given_a_role_later_is_out_of_its_administrators_reach() -> None:
    """“If a group admin is assigned access to a group that is later assigned an admin role, the group admin will no
    longer be able to make any changes over the group or group members.”"""
    of = Small("erin", "trent").group("it-admins", "trent", roles=(standard("READ_ONLY_ADMIN"),))
    of.role("erin", "USER_ADMIN", "it-admins")
    assert of.who(ADD, GROUP, "it-admins") == set()
    assert of.who(RESET, ACCOUNT, "trent") == set()


def test_an_organization_administrator_fills_groups_resets_people_and_gives_no_roles() -> None:
    """The table: of the organization administrator's columns “Add, remove, and view administrators” is empty."""
    of = Small("olga", "bob").group("release", "bob").role("olga", "ORG_ADMIN")
    assert of.who(ADD, GROUP, "release") == of.who(RESET, ACCOUNT, "bob") == {"olga"}
    assert of.who(RULE, Kind.TENANT, "okta:acme") == set()


def test_a_help_desk_administrator_fills_no_group() -> None:
    """“Help desk admins can't … Assign users to apps or groups”."""
    of = Small("ivan").group("release").app("github").role("ivan", "HELP_DESK_ADMIN")
    assert of.who(ADD, GROUP, "release") == of.who(ADD, APP, "github") == set()


def test_who_only_reads_changes_nothing() -> None:
    of = Small("rupert", "bob").group("release", "bob").role("rupert", "READ_ONLY_ADMIN")
    assert of.who(ADD, GROUP, "release") == of.who(RESET, ACCOUNT, "bob") == set()
    assert "rupert" in of.who(READ, GROUP, "release")


# --- who may reset whom -----------------------------------------------------------------------------


def test_trap_the_help_desk_resets_everybody_who_is_no_super_administrator() -> None:
    """“Reset password”, “Reset Multifactor Authentication”; “Password resets, MFA resets” bears no mark for “Admin can
    perform the action on super admins”."""
    of = Small("alice", "bob", "ivan", "judy").role("alice", "SUPER_ADMIN").role("judy", "APP_ADMIN")
    of.role("ivan", "HELP_DESK_ADMIN")
    assert of.who(RESET, ACCOUNT, "bob") == {"alice", "ivan"}
    assert of.who(RESET, ACCOUNT, "judy") == {"alice", "ivan"}, "a lesser administrator is not out of reach"
    assert of.who(RESET, ACCOUNT, "alice") == set()


def test_only_super_administrators_reset_each_other() -> None:
    """“only a Super Admin can reset the MFA of another Super Admin”."""
    of = Small("alice", "heidi", "olga").group("it-admins", "heidi", roles=(standard("SUPER_ADMIN"),))
    of.role("alice", "SUPER_ADMIN").role("olga", "ORG_ADMIN")
    assert of.who(RESET, ACCOUNT, "alice") == {"heidi"}
    assert of.who(RESET, ACCOUNT, "heidi") == {"alice"}, "a super administrator through a group is one too"


def test_nobody_resets_themselves() -> None:
    """“You cannot reset your own MFA from the Admin Console.”"""
    of = Small("ivan", "trent").role("ivan", "HELP_DESK_ADMIN").role("trent", "HELP_DESK_ADMIN")
    assert of.who(RESET, ACCOUNT, "ivan") == {"trent"}


def test_a_help_desk_over_a_group_reaches_its_members_and_nobody_else() -> None:
    """“prevent them from even viewing users outside of their group”."""
    of = Small("bob", "zoe", "ivan").group("release", "bob").group("cooks", "zoe")
    of.role("ivan", "HELP_DESK_ADMIN", "release")
    assert of.who(RESET, ACCOUNT, "bob") == {"ivan"}
    assert of.who(RESET, ACCOUNT, "zoe") == set()
    assert "release (has as a member)" in of.path("ivan", RESET, ACCOUNT, "bob")


def test_a_super_administrator_in_a_targeted_group_is_out_of_reach_all_the_same() -> None:
    """“Any lower-level Admin won't be able to reset the MFA (or credentials) of a Super Admin.”"""
    of = Small("alice", "bob", "ivan").group("release", "alice", "bob").role("alice", "SUPER_ADMIN")
    of.role("ivan", "HELP_DESK_ADMIN", "release")
    assert of.who(RESET, ACCOUNT, "bob") == {"alice", "ivan"}
    assert of.who(RESET, ACCOUNT, "alice") == set()


def test_whoever_is_suspended_or_deactivated_resets_nobody() -> None:
    of = Small("bob").person("gone", status="DEPROVISIONED").person("away", status="SUSPENDED")
    of.group("desk", "gone", "away", roles=(standard("HELP_DESK_ADMIN"),))
    assert of.who(RESET, ACCOUNT, "bob") == set()


def test_an_application_administrator_resets_nobody() -> None:
    """The table: of the application administrator's column “Password resets, MFA resets” is empty."""
    of = Small("bob", "judy").role("judy", "APP_ADMIN")
    assert of.who(RESET, ACCOUNT, "bob") == set()


# --- apps -------------------------------------------------------------------------------------------


def test_an_application_administrator_assigns_the_apps_of_their_targets() -> None:
    """“You can constrain an app admin to all apps, app types, and app instances.”"""
    of = Small("judy").app("github").app("wiki").role("judy", "APP_ADMIN", apps=("github",))
    assert of.who(ADD, APP, "github") == {"judy"}
    assert of.who(ADD, APP, "wiki") == set()


def test_an_application_administrator_without_targets_assigns_every_app() -> None:
    of = Small("judy").app("github").app("wiki").role("judy", "APP_ADMIN")
    assert of.who(ADD, APP, "github") == of.who(ADD, APP, "wiki") == {"judy"}


def test_a_target_that_names_one_instance_is_not_all_of_its_type() -> None:
    """“An app admin can be granted access to all instances of an app, or just specific instances of that application.”"""
    of = Small("judy", "karl").app("github").role("judy", "APP_ADMIN", apps=("github",))
    of.okta.apps.append(App("0oaother", "second", "github"))
    of.role("karl", "APP_ADMIN", apps=("github/0oaother",))
    assert of.who(ADD, APP, "second") == {"judy", "karl"}
    assert of.who(ADD, APP, "github") == {"judy"}


# --- roles of one's own -----------------------------------------------------------------------------


def test_a_custom_role_is_its_permissions_over_its_resources() -> None:
    """“Use resource sets to constrain permissions of a role to specific resources.”"""
    of = Small("karl", "bob").group("platform", "bob").group("release")
    of.custom("karl", "okta.groups.members.manage", over=("groups/00gplatform",))
    assert of.who(ADD, GROUP, "platform") == {"karl"}
    assert of.who(ADD, GROUP, "release") == set()
    assert of.who(RESET, ACCOUNT, "bob") == set()


def test_a_custom_role_over_the_people_of_a_group_reaches_them_and_not_the_group() -> None:
    """“The admin can manage the users within the groups selected here.”"""
    of = Small("karl", "bob", "zoe").group("platform", "bob")
    of.custom("karl", "okta.users.credentials.resetFactors", "okta.groups.manage", over=("groups/00gplatform/users",))
    assert of.who(RESET, ACCOUNT, "bob") == {"karl"}
    assert of.who(RESET, ACCOUNT, "zoe") == set()
    assert of.who(ADD, GROUP, "platform") == set()


def test_a_custom_role_over_all_groups_stops_at_those_with_roles() -> None:
    of = Small("karl", "trent").group("release").group("it-admins", "trent", roles=(standard("HELP_DESK_ADMIN"),))
    of.custom("karl", "okta.groups.manage", over=("groups",))
    assert of.who(ADD, GROUP, "release") == {"karl"}
    assert of.who(ADD, GROUP, "it-admins") == set()


def test_a_custom_role_over_one_person_reaches_that_person_unless_a_super_administrator() -> None:
    of = Small("karl", "bob", "alice").role("alice", "SUPER_ADMIN")
    of.custom("karl", "okta.users.credentials.manage", over=("users/00ubob", "users/00ualice"))
    assert of.who(RESET, ACCOUNT, "bob") == {"alice", "karl"}
    assert of.who(RESET, ACCOUNT, "alice") == set()


def test_a_permission_that_only_reads_lets_nobody_act() -> None:
    of = Small("karl", "bob").group("platform", "bob")
    of.custom("karl", "okta.groups.read", "okta.users.read", over=("groups", "users"))
    assert of.who(ADD, GROUP, "platform") == of.who(RESET, ACCOUNT, "bob") == set()


# --- rules and nesting ------------------------------------------------------------------------------


def test_trap_a_rule_that_takes_a_whole_group_nests_it_with_all_that_it_holds() -> None:
    """`isMemberOfGroup("groupId")` is all that the rule asks: whoever is in the one group comes into the other."""
    of = Small("bob").group("platform", "bob").group("desk", roles=(standard("HELP_DESK_ADMIN"),)).person("dave")
    of.rule('isMemberOfGroup("00gplatform")', "desk")
    assert of.who(RESET, ACCOUNT, "dave") == {"bob"}
    assert "bob → platform → desk (help desk administrator" in of.path("bob", RESET, ACCOUNT, "dave")


@pytest.mark.parametrize(
    ("expression", "more"),
    [
        ('isMemberOfGroup("00gplatform")', {"status": "INACTIVE"}),
        ('isMemberOfGroup("00gplatform")', {"exclude": ("00ubob",)}),
        ('isMemberOfGroup("00gplatform") and user.department=="IT"', {}),
        ('user.department=="IT"', {}),
    ],
)
def test_a_rule_that_asks_for_more_than_membership_nests_nothing(expression: str, more: dict[str, object]) -> None:
    of = Small("bob", "dave").group("platform", "bob").group("desk", roles=(standard("HELP_DESK_ADMIN"),))
    of.rule(expression, "desk", **more)  # type: ignore[arg-type]
    assert of.who(RESET, ACCOUNT, "dave") == set()


def test_groups_that_feed_each_other_end() -> None:
    of = Small("bob", "dave").group("one", "bob").group("two", roles=(standard("HELP_DESK_ADMIN"),))
    of.rule('isMemberOfAnyGroup("00gone")', "two").rule('isMemberOfAnyGroup("00gtwo")', "one")
    assert of.who(RESET, ACCOUNT, "dave") == {"bob"}


# --- machines ---------------------------------------------------------------------------------------


def service(*scopes: str, kind: str, **more: object) -> Small:
    given = {"client": "0oaclient", "method": "private_key_jwt", "kind": "service", "mode": "OPENID_CONNECT", **more}
    return Small("bob").group("release", "bob").app("bot", scopes=scopes, roles=[standard(kind)], **given)


def test_a_service_app_needs_both_the_role_and_the_scope() -> None:
    """“the admin roles need to have enough permissions for the scopes provided”; “Scopes determine the action”."""
    assert "bot" in service("okta.groups.manage", kind="USER_ADMIN").who(ADD, GROUP, "release")
    assert service("okta.groups.read", kind="USER_ADMIN").who(ADD, GROUP, "release") == set()
    assert service("okta.groups.manage", kind="HELP_DESK_ADMIN").who(ADD, GROUP, "release") == set()


def test_a_service_app_that_is_switched_off_holds_nothing() -> None:
    off = service("okta.groups.manage", kind="USER_ADMIN", status="INACTIVE")
    assert off.who(ADD, GROUP, "release") == set()


def token(owner: str) -> dict[str, object]:
    return {
        "id": "00Ttoken", "name": "ci", "userId": f"00u{owner}", "clientName": "Okta API", "tokenWindow": "P30D",
        "network": {"connection": "ANYWHERE"}, "created": "2026-01-01T00:00:00.000Z", "expiresAt": None,
        "lastUpdated": "2026-11-01T00:00:00.000Z",
    }  # fmt: skip


def test_an_api_token_may_do_what_its_owner_may_through_groups_too() -> None:
    """“API tokens inherit the privilege level of the admin account that is used to create them.”"""
    of = Small("bob", "trent").group("desk", "trent", roles=(standard("HELP_DESK_ADMIN"),))
    of.okta.tokens = [token("trent")]
    assert of.who(RESET, ACCOUNT, "bob") == {"trent", "trent's API token ci"}


def test_an_api_token_over_a_group_reaches_its_members_as_its_owner_does() -> None:
    of = Small("bob", "ivan").group("release", "bob").role("ivan", "HELP_DESK_ADMIN", "release")
    of.okta.tokens = [token("ivan")]
    assert of.who(RESET, ACCOUNT, "bob") == {"ivan", "ivan's API token ci"}


def test_an_api_token_of_somebody_who_was_deactivated_is_dead() -> None:
    """“If a user account is deactivated in Okta, any API token created by that user account is deprovisioned”."""
    of = Small("bob").person("gone", status="DEPROVISIONED").role("gone", "SUPER_ADMIN")
    of.okta.tokens = [token("gone")]
    assert "gone's API token ci" not in of.who(RESET, ACCOUNT, "bob")


# --- factors ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kinds", "resistant", "weak"),
    [
        (("webauthn", "sms"), True, False),
        (("push",), False, False),
        (("sms", "email", "question"), False, True),
        (("token:software:totp", "sms"), False, False),
        ((), False, False),
    ],
)
def test_factors_are_worth_what_the_best_of_them_is(kinds: tuple[str, ...], *, resistant: bool, weak: bool) -> None:
    """“Phishing-Resistant. Requires users to provide possession factors that cryptographically verify the sign-in server”."""
    found = enrolled([{"factorType": kind, "status": "ACTIVE"} for kind in kinds])
    assert (found["phishing_resistant"], found["weak_only"]) == (resistant, weak)
    assert found["enrolled"] is bool(kinds)


def test_fastpass_resists_phishing_where_it_verifies_its_user() -> None:
    plain = {"factorType": "signed_nonce", "status": "ACTIVE", "profile": {"keys": [{"jwkType": "proofOfPossession"}]}}
    assert enrolled([plain])["phishing_resistant"] is False
    verifying = {**plain, "profile": {"keys": [{"jwkType": "userVerification"}]}}
    assert enrolled([verifying])["phishing_resistant"] is True


def test_a_factor_that_was_begun_and_not_finished_is_none() -> None:
    assert enrolled([{"factorType": "webauthn", "status": "PENDING_ACTIVATION"}])["enrolled"] is False


# --- what was not read ------------------------------------------------------------------------------

ROLES = "/api/v1/users/{userId}/roles"


@pytest.mark.parametrize(("how", "cause"), [("forbidden", "forbidden"), ("missing", "not found")])
def test_trap_a_refusal_is_told_by_its_cause_with_the_permission_and_is_no_answer(how: str, cause: str) -> None:
    """403 and 404 are two different facts, and neither says that nobody is there (trap 15)."""
    of = Small("alice", "bob").group("release", "bob").role("alice", "SUPER_ADMIN")
    view = View(collected(Variant(**{how: frozenset({ROLES})}), of=of.okta.index())[0])  # type: ignore[arg-type]
    [release] = [each for each in view.entities(GROUP) if each.name == "release"]
    found = view.engine.who_can(ADD, release.ref)
    assert len(found) == 0
    [told] = found.unseen
    assert f"not read ({cause})" in told
    assert "okta.roles.read (service app), or a token of a super administrator would show it" in told


def test_many_refusals_of_one_sort_are_told_in_one_sentence() -> None:
    of = Small("alice", *(f"u{number}" for number in range(12)))
    for number in range(12):
        of.role(f"u{number}", "HELP_DESK_ADMIN")
    view = View(collected(Variant(forbidden=frozenset({ROLES})), of=of.okta.index())[0])
    [told] = view.engine.who_can(RULE, view.snapshot.ref(int(view.snapshot.ordinals(Kind.TENANT)[0]))).unseen
    assert "and 11 more: not read (forbidden)" in told


def test_trap_two_readings_of_one_organization_are_the_same() -> None:
    """Same input, byte-identical output (trap 21)."""

    def read() -> list[object]:
        of = Small("alice", "bob").group("release", "bob").role("alice", "SUPER_ADMIN")
        snapshot = collected(of=of.okta.index(), clock=Still())[0]
        return [snapshot.entity(ordinal) for ordinal in range(len(snapshot.key))]

    assert read() == read()
