"""Whoever may reset how others sign in reaches what these reach: the help desk, at Okta and at Entra, and who runs a GitLab."""

from functools import cache

import pytest

from pipewarden.access.accounts import known
from pipewarden.access.engine import Engine
from pipewarden.access.holding import account_name
from pipewarden.access.reach import Reached, reach
from pipewarden.access.takeovers import RESETS
from pipewarden.cli.context import Options
from pipewarden.cli.show import opened
from pipewarden.model.access import Capability
from pipewarden.model.facts import Account, GrantKind
from pipewarden.model.ids import Kind, Ref
from pipewarden.model.systems import System
from tests.access.entra.test_cases import ADMIN, ALICE, APP, AUTH, BOB, HELPDESK, SERVICE, engine, held

SECRET = "vault:acme/secret/prod/db"


@cache
def acme() -> Engine:
    return opened(Options(demo=True, quiet=True))


def account(address: str) -> Ref:
    """Return an account of acme by the word of its system and its name."""
    snapshot = acme().snapshot
    [found] = [o for o in snapshot.ordinals(Kind.ACCOUNT).tolist() if account_name(snapshot, o) == address]
    return snapshot.ref(found)


def reached(address: str) -> dict[tuple[Capability, str], Reached]:
    found = reach(acme(), account(address))
    return {(each.access.capability, acme().name(each.access.resource)): each for each in found}


def words(each: Reached) -> str:
    assert each.access.witness is not None
    return acme().words(each.access.witness)


def taken(address: str) -> set[Ref]:
    ordinal = acme().snapshot.ordinal(account(address))
    assert ordinal is not None
    return {acme().snapshot.ref(each) for each in acme().takeovers.by({ordinal: ()})}


def test_the_help_desk_reaches_what_those_reach_whom_it_resets() -> None:
    found = reached("okta:ivan@acme.example")
    assert (Capability.ASSUME_ROLE, "okta:acme/users") in found, "as who-can has it"
    path = words(found[Capability.READ_SECRET, SECRET])
    assert path.startswith(
        "ivan@acme.example (help desk administrator, directly, since 2023-05-01) → okta:acme/users "
        f"({RESETS}) → bob@acme.example → group release (is followed by) → team acme/release"
    )
    mine = words(found[Capability.READ_SECRET, "vault:acme/secret/dev/db"])
    assert "bob@acme.example (signs in as) → vault:bob →" in mine, (
        "who comes in through the provider alone is them there too"
    )
    assert "ivan (signs in as) → ivan@acme.example (help desk administrator" in words(
        next(e for key, e in reached("github:ivan").items() if RESETS in words(e))
    )


def test_it_takes_over_whom_who_can_says_and_nobody_else() -> None:
    snapshot, address = acme().snapshot, "okta:ivan@acme.example"
    ivan = account(address)
    expected = set()
    for ordinal in snapshot.ordinals(Kind.ACCOUNT).tolist():
        ref = snapshot.ref(ordinal)
        if ref.instance == ivan.instance and acme().why(ivan, ref, Capability.ASSUME_ROLE):
            expected.add(ref)
    off = {
        ref
        for ref in expected
        if isinstance(fact := snapshot.find(ref), Account) and known(fact, System.OKTA).active is False
    }
    assert account("okta:carol@acme.example") in off, "nobody signs in as who is switched off"
    assert taken(address) == expected - off - {ivan}
    assert account("okta:bob@acme.example") in expected
    for boss in ("alice", "grace", "heidi"):
        assert account(f"okta:{boss}@acme.example") not in expected, "super administrators stand apart"


@pytest.mark.parametrize("nobody", ["okta:bob@acme.example", "github:bob"])
def test_who_resets_nobody_reaches_nothing_by_it(nobody: str) -> None:
    assert [each for each in reached(nobody).values() if RESETS in words(each)] == []


def test_a_super_administrator_reaches_whatever_anybody_of_the_organization_does() -> None:
    mine = {each.resource for each in reach(acme(), account("okta:heidi@acme.example"))}
    for other in ("okta:bob@acme.example", "okta:ivan@acme.example", "okta:erin@acme.example"):
        theirs = {e.resource for e in reach(acme(), account(other)) if e.capability is not Capability.READ}
        assert theirs <= mine


def test_a_help_desk_of_entra_has_what_those_own_whom_it_may_reset() -> None:
    owns = held(ALICE, "owner of the application", APP, GrantKind.OWNERSHIP)
    of = engine(held(BOB, HELPDESK), owns)
    [found] = [e for e in reach(of, BOB) if e.resource == SERVICE and e.capability is Capability.ASSUME_ROLE]
    assert found.access.witness is not None
    assert f"({RESETS}) → alice" in of.words(found.access.witness)
    assert [each for each in reach(of, ALICE) if each.access.resource == SERVICE]


@pytest.mark.parametrize("guards", [AUTH, ADMIN])
def test_whom_a_role_guards_a_help_desk_of_entra_does_not_become(guards: str) -> None:
    owns = held(ALICE, "owner of the application", APP, GrantKind.OWNERSHIP)
    of = engine(held(BOB, HELPDESK), owns, held(ALICE, guards))
    assert [each for each in reach(of, BOB) if each.access.resource == SERVICE] == []


def test_whoever_administers_a_gitlab_has_there_what_anybody_has_there() -> None:
    """An administrator may impersonate anybody, and needs not: the projects are theirs to administer.

    https://docs.gitlab.com/administration/admin_area/#impersonate-a-user
    """
    snapshot = acme().snapshot
    of_gitlab = {i for i, s in zip(snapshot.instances, snapshot.systems, strict=True) if s is System.GITLAB}

    def inside(address: str) -> set[tuple[Capability, str]]:
        found = reached(address).items()
        return {key for key, each in found if each.access.resource.instance in of_gitlab}

    grace = inside("gitlab:grace")
    projects = {name for _, name in grace}
    for other in ("gitlab:bob", "gitlab:carol", "gitlab:ivan"):
        assert {name for _, name in inside(other)} <= projects


def test_asking_once_for_all_who_are_alike_is_as_asking_of_each() -> None:
    snapshot, follows = acme().snapshot, acme().graph.follows
    accounts = [each for each in snapshot.ordinals(Kind.ACCOUNT).tolist() if follows.is_provider(each)]
    over: dict[int, set[int]] = {each: set() for each in accounts}
    for victim in accounts:
        known_of = follows.persons.joining.accounts.get(victim)
        if known_of is not None and known_of.active is False:
            continue
        for clause in acme().rulings.rule(Capability.ASSUME_ROLE, victim):
            for holder in clause.holders if not clause.unknown and not clause.conditions else ():
                over.setdefault(holder, set()).add(victim)
    assert any(over.values()), "somebody may reset somebody"
    for holder in accounts:
        expected, todo = set[int](), [holder]
        while todo:
            new = over.get(todo.pop(), set()) - expected - {holder}
            expected |= new
            todo += new
        assert set(acme().takeovers.by({holder: ()})) == expected, snapshot.name_of(holder)
