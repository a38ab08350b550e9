"""Who left and what they can still do: known where somebody says who left, and told as not known where nobody does."""

from datetime import timedelta
from typing import Any

import pytest

from pipewarden.access.holding import by_person, count, of_holders
from pipewarden.access.leavers import Leavers
from pipewarden.errors import UsageError
from pipewarden.model.access import Answer, Capability
from pipewarden.model.facts import Account, AnyFact, GrantKind, Machine, Resource, Trust
from pipewarden.model.ids import Kind, Ref

from .followed import (
    API,
    NOW,
    OKTA,
    PROD,
    SECRET,
    SEEN,
    TENANT,
    directory,
    engine,
    entity,
    github,
    held,
    okta,
    person,
    put,
    team,
    vault,
)

KEY = Ref("github.com", Kind.DEPLOY_KEY, "9")


def gone(name: str, status: str = "DEPROVISIONED", **more: Any) -> list[AnyFact]:
    """Return somebody whom the identity provider has ended, with their account on GitHub."""
    mail = f"{name}@acme.example"
    _, *github_part = person(name)
    profile = {"login": mail}
    return [
        put(Account, okta(name), mail, TENANT, profile=profile, status=status, verified_emails=[mail], **more),
        *github_part,
    ]


def key(owner: str, *, ends: int | None = None) -> list[AnyFact]:
    """Return a deploy key of acme/api that somebody added and that ends in so many days."""
    expires = None if ends is None else NOW + timedelta(days=ends)
    machine = Machine(ref=KEY, name="laptop", parent=API, owner=github(owner), expires_at=expires, origin=SEEN)
    return [machine, held(KEY, API, "write", GrantKind.KEY)]


def still(*facts: AnyFact, verb: Capability = Capability.DEPLOY) -> dict[str, list[str]]:
    asked = engine(*facts)
    return {
        f"{each.person.name}: {asked.name(each.resource)}": [asked.name(access.principal) for access in each.accesses]
        for each in Leavers(asked).still((verb,))
    }


def test_who_left_and_is_still_in_the_team_can_still_deploy() -> None:
    facts = [*directory(), *team("carol", "bob"), *gone("carol"), *person("bob")]
    assert still(*facts) == {"carol@acme.example: env:acme/api/prod": ["carol"]}


def test_who_left_still_acts_as_the_role_of_a_cloud_that_a_file_of_their_repository_gives() -> None:
    role = Ref("aws", Kind.CLOUD_ROLE, "deploy")
    facts = [
        *directory(), *team("carol", "bob"), *gone("carol"), *person("bob"),
        Resource(ref=role, name="AWS role deploy", parent=API, origin=SEEN),
        Trust(
            ref=Ref("aws", Kind.TRUST, "deploy"), principal=role, issuer="https://token.actions.githubusercontent.com",
            subjects=("repo:acme/api:*",), origin=SEEN,
        ),
    ]  # fmt: skip
    left = still(*facts, verb=Capability.ASSUME_ROLE)
    assert left["carol@acme.example: AWS role deploy"] == ["carol"]


def test_who_is_here_is_nobody_who_left() -> None:
    assert still(*directory(), *team("bob"), *person("bob")) == {}


def test_a_key_outlives_the_place_in_the_team() -> None:
    facts = [*directory(), *team(), *gone("carol")]
    assert still(*facts) == {}
    assert still(*facts, *key("carol")) == {"carol@acme.example: env:acme/api/prod": ["deploy key laptop", "carol"]}


def test_a_key_at_its_end_is_nobodys() -> None:
    asked = engine(*directory(), *team(), *gone("carol"), *key("carol", ends=-1))
    assert asked.snapshot.ordinal(KEY) not in Leavers(asked).left
    assert len(Leavers(asked).left) == 1, "her account on GitHub"


def test_the_repository_is_not_told_beside_its_environment() -> None:
    facts = [*directory(), *team("carol"), *gone("carol")]
    found = Leavers(engine(*facts)).still(tuple(Capability))
    assert [each.resource for each in found if each.capability is Capability.DEPLOY] == [PROD]
    assert API in {each.resource for each in found if each.capability is Capability.EDIT_PIPELINE}


def test_a_secret_of_the_vault_is_reached_through_the_pipeline() -> None:
    facts = [*directory(), *team("carol"), *vault(), *gone("carol")]
    assert still(*facts, verb=Capability.READ_SECRET)["carol@acme.example: vault:acme/secret/prod/db"] == ["carol"]


def test_whether_an_account_ended_with_the_provider_is_not_known_where_nothing_says_so() -> None:
    [one] = Leavers(engine(*directory(), *team("carol"), *gone("carol"))).still((Capability.DEPLOY,))
    assert one.perhaps == ("no link to an identity provider was read",)
    assert one.sure is False
    [kept] = Leavers(engine(*directory(), *team(), *gone("carol"), *key("carol"))).still((Capability.DEPLOY,))
    assert kept.sure is True, "nobody ends a key by ending its person"


def test_where_nobody_says_who_left_it_is_not_known() -> None:
    alone = put(Account, github("carol"), "carol", type="User")
    known = Leavers(engine(*team("carol"), alone))
    assert known.told is False
    assert known.still((Capability.DEPLOY,)) == []
    assert [each.name for each in known.nobody_says((Capability.DEPLOY,))] == ["carol"]


def test_of_an_account_that_nothing_joins_to_anybody_nobody_says_it() -> None:
    facts = [*directory(), *team("carol", "eve"), *gone("carol"), put(Account, github("eve"), "eve", type="User")]
    known = Leavers(engine(*facts))
    assert known.told is True
    assert [each.name for each in known.nobody_says((Capability.DEPLOY,))] == ["eve"]
    assert known.nobody_says((Capability.ADMINISTER,)) == []


def test_a_capability_that_means_nothing_on_a_resource_is_refused() -> None:
    with pytest.raises(UsageError, match="environment"):
        Leavers(engine(*directory(), *team("carol"), *gone("carol"))).still((Capability.PUSH,), PROD)


def test_two_accounts_of_one_person_are_one_holder() -> None:
    asked = engine(*directory("bob"), *team("bob"), *vault(), *person("bob"), *entity("bob"))
    holders = asked.who_can(Capability.READ_SECRET, SECRET)
    [bob] = [each for each in of_holders(holders) if each.person is not None]
    assert bob.name == "bob@acme.example"
    assert [asked.name(asked.snapshot.ref(each)) for each in bob.principals] == ["bob", "vault:bob"]
    counted = count(asked, holders.sure | holders.unknown)
    assert (counted.people, counted.accounts, counted.machines) == (1, 2, 1)
    best = bob.accesses(holders)[0].witness
    assert best is not None
    assert best.answer is Answer.YES, "a path that is known stands before a shorter one that is not"


def test_where_one_system_was_read_accounts_are_people() -> None:
    asked = engine(*team("bob", "erin"), put(Account, github("bob"), "bob"), put(Account, github("erin"), "erin"))
    found = list(of_holders(asked.who_can(Capability.PUSH, API)))
    assert [(each.name, each.person) for each in found] == [("bob", None), ("erin", None)]


def test_an_account_that_was_never_seen_stands_for_itself() -> None:
    asked = engine(*directory("bob"), *team("bob"), *person("bob"))
    ordinal = asked.snapshot.ordinal(Ref(OKTA, Kind.GROUP, "00g13"))
    assert ordinal is not None
    assert [each.name for each in by_person(asked, [ordinal])] == ["group release"]
