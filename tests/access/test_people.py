"""Joining accounts into people: by links, ids, verified addresses and lists; never by names, never over a contradiction."""

from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from pipewarden.access.people import people
from pipewarden.model.builder import SnapshotBuilder
from pipewarden.model.columns import SnapshotInfo
from pipewarden.model.facts import Account, AnyFact, Identity, Origin
from pipewarden.model.ids import Kind, Ref
from pipewarden.model.people import How, People, Person
from pipewarden.model.snapshot import Snapshot
from pipewarden.model.systems import System, source

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
SEEN = Origin("GET /seen", NOW)
OKTA, GITLAB, GITHUB, HR = "acme.okta.example", "gitlab.acme.example", "github.com", "hr"


def account(instance: str, login: str, *emails: str) -> Account:
    return Account(
        ref=Ref(instance, Kind.ACCOUNT, login),
        name=login,
        attributes={"emails": list(emails), "email": emails[0] if emails else None, "confirmed_at": "x"},
        origin=SEEN,
    )


def identity(instance: str, key: str, **more: object) -> Identity:
    return Identity(ref=Ref(instance, Kind.IDENTITY, key), name=key, origin=SEEN, **more)  # type: ignore[arg-type]


def snapshot(*facts: AnyFact) -> Snapshot:
    builder = SnapshotBuilder()
    for instance, system in ((OKTA, System.OKTA), (GITLAB, System.GITLAB), (HR, System.ROSTER)):
        builder.add(source(instance, system, SEEN))
    builder.add(*facts)
    return builder.finish(SnapshotInfo(sources=("x",), started=NOW, ended=NOW))


def joined(*facts: AnyFact) -> People:
    return people(snapshot(*facts))


def person(found: People, name: str) -> Person:
    [one] = [each for each in found.people if each.name == name]
    return one


def logins(one: Person) -> dict[str, How]:
    return {f"{each.account.instance}:{each.account.key}": each.how for each in one.accounts}


CAROL = "carol@acme.example"


def test_one_person_over_three_systems() -> None:
    okta = account(OKTA, "u1")
    github = account(GITHUB, "carol")
    gitlab = account(GITLAB, "carol-g", CAROL)
    found = joined(
        okta, github, gitlab,
        identity(OKTA, CAROL, emails=(CAROL,), external_ids=("00u1",), accounts=(okta.ref,), active=False),
        identity(GITHUB, "guid", external_ids=("00U1",), accounts=(github.ref,)),
    )  # fmt: skip
    one = person(found, CAROL)
    assert logins(one) == {
        f"{OKTA}:u1": How.LINKED,
        f"{GITHUB}:carol": How.LINKED,
        f"{GITLAB}:carol-g": How.EMAIL,
    }
    assert one.active is False
    assert one.left_says == ("okta says they left",)
    assert found.doubts == ()


def test_a_name_is_no_proof() -> None:
    found = joined(
        account(GITHUB, "carol"), account(GITLAB, "carol"), identity(OKTA, "carol", emails=(CAROL,), active=True)
    )
    assert all(len(each.accounts) < 2 for each in found.people)


def test_an_address_of_two_people_joins_neither() -> None:
    found = joined(
        account(GITLAB, "shared", "ops@acme.example"),
        identity(OKTA, "alice", emails=("alice@acme.example", "ops@acme.example")),
        identity(OKTA, "bob", emails=("bob@acme.example", "ops@acme.example")),
    )
    [doubt] = found.doubts
    assert (doubt.kind, doubt.says) == ("ambiguous", "the address ops@acme.example is shared by alice, bob and shared")
    assert len(found.people) == 3


def test_a_list_joins_what_no_system_links_and_says_why() -> None:
    found = joined(
        account(GITHUB, "x-carol"),
        identity(HR, CAROL, emails=(CAROL,), active=False,
                 attributes={"accounts": ["github:x-carol"], "because": "contract 7", "left_on": "2026-03-03"}),
    )  # fmt: skip
    one = person(found, CAROL)
    assert [each.says for each in one.accounts] == ["by the list: contract 7"]
    assert one.left_says == ("roster says they left on 2026-03-03",)


def test_a_list_does_not_overrule_who_signs_in() -> None:
    github = account(GITHUB, "dev")
    found = joined(
        github,
        identity(OKTA, "alice", accounts=(github.ref,)),
        identity(HR, "bob@acme.example", attributes={"accounts": ["github:dev", "gitlab:nobody"], "because": "x"}),
    )
    assert logins(person(found, "alice")) == {f"{GITHUB}:dev": How.LINKED}
    assert [doubt.kind for doubt in found.doubts] == ["conflict", "conflict"]
    assert "alice is who signs in with it" in found.doubts[0].says


def test_any_system_that_says_left_is_heard() -> None:
    found = joined(
        identity(OKTA, "a", emails=("a@acme.example",), active=True),
        identity(HR, "a@acme.example", emails=("A@acme.example",), active=False),
    )
    [one] = found.people
    assert one.active is False


POOL = ("a@x.example", "b@x.example", "c@x.example")
identities = st.lists(
    st.builds(
        lambda instance, key, emails: identity(instance, key, emails=tuple(emails)),
        st.sampled_from([OKTA, HR, GITHUB]), st.sampled_from("abcd"), st.lists(st.sampled_from(POOL), max_size=2),
    ),
    max_size=6, unique_by=lambda each: each.ref,
)  # fmt: skip
accounts = st.lists(
    st.builds(account, st.sampled_from([GITLAB, GITHUB]), st.sampled_from("pqrs"), st.sampled_from(POOL)),
    max_size=4, unique_by=lambda each: each.ref,
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(identities, accounts)
def test_everybody_is_one_person_and_nobody_is_two_of_one_provider(them: list[Identity], logs: list[Account]) -> None:
    found = joined(*them, *logs)
    seen = [each.account for one in found.people for each in one.accounts]
    assert sorted(seen) == sorted(each.ref for each in logs)
    for one in found.people:
        for provider in (OKTA, HR):
            assert sum(ref.instance == provider for ref in one.identities) < 2
    assert found == joined(*reversed(them), *reversed(logs))
