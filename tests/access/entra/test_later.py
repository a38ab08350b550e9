"""Who may activate a place in a group that another system follows has what it has, once they do: a path with a condition."""

from typing import Any

import pytest

from pipewarden.access.engine import Engine
from pipewarden.access.later import Later
from pipewarden.access.reach import reach
from pipewarden.access.standing_later import held_later
from pipewarden.model.access import Access, Answer, Capability, Level
from pipewarden.model.facts import Account, AnyFact, Grant, GrantKind, Group, Identity, Machine, Resource, Role
from pipewarden.model.ids import Kind, Ref
from pipewarden.model.systems import System, source
from tests.access.followed import (
    API,
    ENTRA,
    NOW,
    PROD,
    SEEN,
    TEAM,
    VAULT,
    engine,
    github,
    gitlab,
    held,
    inside,
    put,
    team,
    vault,
)  # fmt: skip

TENANT, ON_CALL, INNER = Ref(ENTRA, Kind.TENANT, ENTRA), Ref(ENTRA, Kind.GROUP, "g1"), Ref(ENTRA, Kind.GROUP, "g2")
JOINS, OWNS = "eligible member of the group", "owner of the group"
ASKS_FACTOR = {"approval": False, "approvers": [], "mfa": True}
ASKS_ALICE = {"approval": True, "approvers": [["account", "alice"]], "mfa": False}


def entra(name: str) -> Ref:
    """Return somebody's account in the tenant."""
    return Ref(ENTRA, Kind.ACCOUNT, name)


def somebody(name: str, *, enabled: bool | None = True, on_github: bool = True) -> list[AnyFact]:
    """Return somebody with an account in the tenant and one on GitHub, which single sign-on links."""
    mail = f"{name}@acme.example"
    told = {} if enabled is None else {"accountEnabled": enabled}
    facts = [put(Account, entra(name), mail, TENANT, userPrincipalName=mail, mail=mail, **told)]
    if on_github:
        facts.append(put(Account, github(name), name, type="User"))
        accounts = (github(name), entra(name))
        link = Identity(ref=Ref("github.com", Kind.IDENTITY, name), name=mail, accounts=accounts, origin=SEEN)
        facts.append(link)
    return facts


def tenant(**joining: Any) -> list[AnyFact]:
    """Return the tenant with the group on call, of which was read who may join it and what that asks for."""
    return [
        source(ENTRA, System.ENTRA, SEEN),
        put(Resource, TENANT, "entra:acme"),
        put(Group, ON_CALL, "on call", TENANT, joining={"asked": True, **joining}),
    ]


def may(who: Ref, role: str = JOINS, group: Ref = ON_CALL) -> Grant:
    """Let somebody activate a place in a group."""
    return held(who, group, role, GrantKind.POTENTIAL)


def of(asked: Engine, who: Ref, what: Ref = API, capability: Capability = Capability.PUSH) -> Access | None:
    """Return what somebody has, by the question of everybody."""
    ordinal = asked.snapshot.ordinal(who)
    assert ordinal is not None
    return asked.who_may(capability, what).of(ordinal)


def one_of(*more: AnyFact, **joining: Any) -> Engine:
    """Return the engine over a team that follows the group on call and has nobody in it."""
    return engine(*tenant(**(joining or {"member": ASKS_FACTOR})), *somebody("bob"), *team(follows=ON_CALL.key), *more)


def test_who_may_become_a_member_has_it_after_an_activation_and_not_before() -> None:
    asked = one_of(may(entra("bob")))
    found = of(asked, github("bob"))
    assert found is not None
    assert found.answer is Answer.YES
    assert found.paths[0].waits
    assert asked.words(found.paths[0]) == (
        "bob (signs in as) → bob@acme.example (may activate membership of) → group on call (is followed by) → "
        "team acme/release (maintain) → acme/api, once they activate membership of on call, with a second factor"
    )
    holders = asked.who_may(Capability.PUSH, API)
    assert holders.waiting == holders.sure
    assert not asked.who_can(Capability.PUSH, API).sure, "checks count nobody who has not activated it"


def test_near_miss_nobody_may_and_nobody_has_it() -> None:
    assert of(one_of(), github("bob")) is None
    assert of(one_of(may(entra("bob"), group=INNER), put(Group, INNER, "other", TENANT)), github("bob")) is None


def test_an_approval_is_part_of_the_condition_with_who_gives_it() -> None:
    found = of(one_of(may(entra("bob")), member=ASKS_ALICE), github("bob"))
    assert found is not None
    approval = next(each for each in found.paths[0].conditions if each.kind == "approval")
    assert approval.principals == (entra("alice"),)
    assert not found.paths[0].alone


def test_who_may_become_an_owner_adds_themselves_after_it() -> None:
    asked = one_of(may(entra("bob"), OWNS), owner=ASKS_ALICE)
    found = of(asked, github("bob"))
    assert found is not None
    assert "may activate ownership of, and then add themselves to" in asked.words(found.paths[0])
    assert not found.paths[0].alone


def test_what_the_activation_asks_for_was_not_read_and_so_it_is_unknown() -> None:
    found = of(one_of(may(entra("bob")), owner=ASKS_ALICE), github("bob"))
    assert found is not None
    assert found.answer is Answer.UNKNOWN
    assert "what that asks for was not read" in found.paths[0].conditions[0].says


@pytest.mark.parametrize(("enabled", "answer"), [(True, Answer.YES), (None, Answer.UNKNOWN), (False, None)])
def test_a_disabled_account_activates_nothing(*, enabled: bool | None, answer: Answer | None) -> None:
    facts = (*tenant(member=ASKS_FACTOR), *somebody("bob", enabled=enabled), *team(follows=ON_CALL.key))
    found = of(engine(*facts, may(entra("bob"))), github("bob"))
    assert (found.answer if found else None) is answer


def test_members_of_an_eligible_group_activate_it_each_for_themselves() -> None:
    found = of(one_of(put(Group, INNER, "leads", TENANT), inside(entra("bob"), INNER), may(INNER)), github("bob"))
    assert found is not None
    assert found.paths[0].waits


def test_a_place_in_a_group_within_the_one_that_is_followed_leads_there_too() -> None:
    nested = (
        put(Group, INNER, "night", TENANT, joining={"asked": True, "member": ASKS_FACTOR}),
        inside(INNER, ON_CALL),
    )
    found = of(one_of(*nested, may(entra("bob"), group=INNER)), github("bob"))
    assert found is not None
    assert "once they activate membership of night" in one_of(*nested).words(found.paths[0])


def test_who_is_in_it_already_waits_for_nothing() -> None:
    asked = one_of(may(entra("bob")), inside(entra("bob"), ON_CALL), inside(github("bob"), TEAM))
    found = of(asked, github("bob"))
    assert found is not None
    assert not any(path.waits for path in found.paths)


def test_the_way_at_once_stands_before_the_one_after_an_activation() -> None:
    asked = one_of(may(entra("bob")), held(github("bob"), API, "write", GrantKind.DIRECT))
    found = of(asked, github("bob"))
    assert found is not None
    assert [path.waits for path in found.paths] == [False, True]
    assert not asked.who_may(Capability.PUSH, API).waiting


def test_an_assignment_that_ended_is_none() -> None:
    ended = Grant(
        principal=entra("bob"), resource=ON_CALL, role=JOINS, kind=GrantKind.POTENTIAL, expires=NOW, origin=SEEN
    )
    assert of(one_of(ended), github("bob")) is None


def test_somebody_without_an_account_there_is_named_by_that_of_the_provider() -> None:
    facts = (*tenant(member=ASKS_FACTOR), *somebody("bob", on_github=False), *team(follows=ON_CALL.key))
    assert of(engine(*facts, may(entra("bob"))), entra("bob")) is not None


def test_a_token_has_after_it_what_its_owner_has() -> None:
    token = Ref("github.com", Kind.CLASSIC_TOKEN, "t1")
    role = Ref("github.com", Kind.ROLE, "scopes:repo")
    facts = [
        Machine(ref=token, name="token", owner=github("bob"), origin=SEEN),
        put(Role, role, "repo"),
        held(token, API, "maintain", GrantKind.DIRECT),
    ]
    found = of(one_of(may(entra("bob")), *facts), token)
    assert found is not None
    assert all(path.waits for path in found.paths)
    assert of(one_of(*facts), token) is None, "without an owner who may, a token may nothing"


def test_why_and_reach_tell_it_of_both_accounts() -> None:
    asked = one_of(may(entra("bob")))
    for account in (github("bob"), entra("bob")):
        [found] = asked.why(account, API, Capability.PUSH)
        assert found.paths[0].waits
        reached = {(each.access.capability, each.access.resource): each.access for each in reach(asked, account)}
        deploys = reached[Capability.DEPLOY, PROD]
        assert deploys.witness is not None
        assert deploys.witness.waits
    assert reach(one_of(), github("bob")) == []


def test_what_can_and_identity_tell_the_role_with_what_it_waits_for() -> None:
    [found] = held_later(one_of(may(entra("bob"))), github("bob"))
    assert (found.resource, found.level, found.sure) == (API, Level.MAINTAIN, True)
    assert found.once == ("they activate membership of on call, with a second factor",)
    assert found.by == ("maintain through acme/release",)
    assert held_later(one_of(), github("bob")) == ()


def test_a_group_of_gitlab_that_follows_by_saml_takes_them_too() -> None:
    asked = engine(*tenant(member=ASKS_FACTOR), *somebody("bob"), *gitlab(link=ON_CALL.key), may(entra("bob")))
    [found] = held_later(asked, entra("bob"))
    assert found.level is Level.MAINTAIN


def test_a_vault_group_is_filled_at_login_and_so_it_is_not_sure() -> None:
    login = Ref(VAULT, Kind.ACCOUNT, "e-bob")
    alias = {"name": "bob@acme.example", "mount_accessor": "auth_oidc_1", "mount_type": "oidc"}
    door = Ref(VAULT, Kind.GROUP, "login:auth_oidc_1:staff")
    changed = [
        put(Group, door, "vault:acme/auth/oidc/staff", Ref(VAULT, Kind.TENANT, "root"), mount="auth_oidc_1",
            groups_claim="groups", issuer=f"https://login.microsoftonline.com/{ENTRA}/v2.0"),
        put(Group, Ref(VAULT, Kind.GROUP, "g-release"), "vault:release", Ref(VAULT, Kind.TENANT, "root"), type="external",
            alias={"name": ON_CALL.key, "mount_accessor": "auth_oidc_1", "mount_path": "auth/oidc/"}),
        put(Account, login, "vault:bob", Ref(VAULT, Kind.TENANT, "root"), aliases=[alias], name="bob"),
        Identity(ref=Ref(VAULT, Kind.IDENTITY, "bob"), name="bob", accounts=(login, entra("bob")), origin=SEEN),
        inside(login, door),
    ]  # fmt: skip
    asked = engine(*tenant(member=ASKS_FACTOR), *somebody("bob"), *vault(), *changed, may(entra("bob")))
    secret = Ref(VAULT, Kind.SECRET, "kv_1:prod/db")
    found = of(asked, login, secret, Capability.READ_SECRET)
    assert found is not None
    assert found.answer is Answer.UNKNOWN
    assert found.paths[0].waits
    assert [each.capabilities for each in held_later(asked, login)] == [(Capability.READ_SECRET,)]


def test_without_a_tenant_nothing_is_supposed() -> None:
    assert Later(engine(*team("bob"))).ways == ()
