"""What is asked about each of many things is worked out once for all: four times as many cost about four times the work."""

from collections.abc import Callable

import pytest

from pipewarden.access.engine import Engine
from pipewarden.access.follows import Follows
from pipewarden.access.inventory import accounts, admins
from pipewarden.access.view import View
from pipewarden.model.facets import Facet
from pipewarden.model.facts import Group
from pipewarden.model.ids import Kind, Ref
from tests.checks.builder import SEEN, Estate
from tests.checks.okta_estate import Okta, rule
from tests.checks.vault_estate import HOST, Vault
from tests.work import calls

FEW, MANY = 10, 40
MOST = 6
"""Times the work for four times the things: 16 where each is held against all others."""


def teams_and_gaps(number: int) -> Estate:
    """Return teams that follow nothing that was read, beside repositories of which something was not read."""
    estate = Okta().into(Estate()).org("acme")
    for each in range(number):
        followed = [{"group_id": str(each), "group_name": f"g{each}", "members": []}]
        estate.team(f"acme/t{each}", external_groups=followed)
        estate.repo(f"acme/r{each}").gap(f"acme/r{each}", Facet.REPO_COLLABORATORS)
    return estate


def groups_of_a_vault(number: int) -> Estate:
    """Return a vault's groups, each filled from a group of Okta at login."""
    estate = Okta().into(Estate())
    vault = Vault(estate)
    for each in range(number):
        alias = {"name": f"g{each}", "mount_accessor": "auth/oidc", "mount_path": "auth/oidc"}
        group = Ref(HOST, Kind.GROUP, f"g{each}")
        vault.put(Group(ref=group, name=f"vault:g{each}", attributes={"alias": alias}, origin=SEEN))
    return estate


@pytest.mark.parametrize("made", [teams_and_gaps, groups_of_a_vault])
def test_groups_are_followed_without_reading_all_that_is_known_for_each(made: Callable[[int], Estate]) -> None:
    few, many = (made(number).snapshot() for number in (FEW, MANY))
    assert Follows(many).loose
    assert calls(lambda: Follows(many).loose) < MOST * calls(lambda: Follows(few).loose)


def people(number: int) -> Estate:
    """Return people of Okta and as many policies."""
    okta = Okta().app("okta_enduser", policy="app").policy("app", "ACCESS_POLICY", rule("all"))
    for each in range(number):
        okta.person(f"u{each}").policy(f"p{each}", "PASSWORD", rule("all"))
        okta.app(f"a{each}")
    return okta.into(Estate())


def owners(number: int) -> Estate:
    """Return an organization that has many owners."""
    return Estate().org("acme").members(*(f"u{each}" for each in range(number)), owner=True)


def test_a_list_of_accounts_reads_each_policy_and_app_once() -> None:
    few, many = (View(people(number).snapshot()) for number in (FEW, MANY))
    assert calls(lambda: list(accounts(many))) < MOST * calls(lambda: list(accounts(few)))


def test_a_list_of_administrators_looks_up_the_owners_once() -> None:
    few, many = (View(owners(number).snapshot()) for number in (FEW, MANY))
    assert len(list(admins(View(many.snapshot)))) == MANY
    assert calls(lambda: list(admins(many))) < MOST * calls(lambda: list(admins(few)))


def test_gaps_are_read_once_for_all_who_ask() -> None:
    snapshot = teams_and_gaps(FEW).snapshot()
    first = calls(lambda: View(snapshot, Engine(snapshot)).gaps)
    assert len(snapshot.gaps) == FEW
    assert View(snapshot).gaps is snapshot.gaps
    assert calls(lambda: View(snapshot).gaps) < first
