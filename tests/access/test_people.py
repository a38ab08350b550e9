"""Joining accounts into people: by links, ids, verified addresses and lists; never by names, never over a contradiction."""

from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from pipewarden.access.persons import people
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
JENKINS = "jenkins.acme.example"


class TestUsersOfJenkins:
    """Under single sign-on the id is the provider's statement; a short word stays a name, and the profile's address no proof."""

    def user(self, login: str, **more: object) -> Account:
        told = {"login": login, "email": CAROL, **more}
        return Account(ref=Ref(JENKINS, Kind.ACCOUNT, login), name=f"jenkins:{login}", attributes=told, origin=SEEN)

    def found(self, user: Account) -> dict[str, How]:
        okta = Account(
            ref=Ref(OKTA, Kind.ACCOUNT, "00u1"),
            name=CAROL,
            attributes={"status": "ACTIVE", "profile": {"login": CAROL}, "verified_emails": ["c.left@acme.example"]},
            origin=SEEN,
        )
        jenkins = source(JENKINS, System.JENKINS, SEEN)
        [one] = [p for p in joined(jenkins, okta, user).people if any(a.account == user.ref for a in p.accounts)]
        return logins(one)

    def test_the_name_that_saml_or_openid_states_joins(self) -> None:
        for claim in ("NameID", "upn", "preferred_username", "unique_name"):
            found = self.found(self.user("Carol@acme.example", sign_in="saml", id_claim=claim))
            assert found[f"{OKTA}:00u1"] is How.EXTERNAL_ID

    def test_the_providers_own_id_joins(self) -> None:
        assert f"{OKTA}:00u1" in self.found(self.user("00u1", sign_in="oic", id_claim="sub"))

    def test_an_address_that_the_provider_states_joins_with_one_that_it_verified(self) -> None:
        claim = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress"
        assert f"{OKTA}:00u1" in self.found(self.user("c.left@acme.example", sign_in="saml", id_claim=claim))

    def test_the_address_of_the_profile_a_name_and_a_directorys_id_join_nobody(self) -> None:
        for user in (
            self.user("carol"),
            self.user("carol", sign_in="saml", id_claim="NameID"),
            self.user(CAROL),  # LDAP and Active Directory tell no claim
            self.user(CAROL, sign_in="local", mfa="disabled"),
            self.user("c.left@acme.example", sign_in="saml", id_claim="upn"),
        ):
            assert list(self.found(user)) == [f"{JENKINS}:{user.ref.key}"]


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


def test_rows_of_one_address_are_told_apart_by_name_id_and_line() -> None:
    """Both are called by the address they share."""
    rows = (("3", {"name": "Carol", "line": 4}), ("4", {"name": "Carol2", "line": 5}))
    found = joined(
        *(
            Identity(ref=Ref(HR, Kind.IDENTITY, key), name=CAROL, emails=(CAROL,), attributes=told, origin=SEEN)
            for key, told in rows
        )
    )
    [doubt] = found.doubts
    assert doubt.says == (
        f"the address {CAROL} is shared by Carol (id 3, line 4 of the roster) and Carol2 (id 4, line 5 of the roster)"
    )
    assert len(doubt.says) <= 160


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


def provider(key: str, login: str) -> Account:
    """Return somebody's account at Okta, by its id and login."""
    return Account(ref=Ref(OKTA, Kind.ACCOUNT, key), name=login, attributes={"profile": {"login": login}}, origin=SEEN)


def provisioned(login: str, *ids: str) -> list[AnyFact]:
    """Return an account on GitHub with what SCIM says of it."""
    told = identity(GITHUB, f"scim:{login}", external_ids=ids, accounts=(Ref(GITHUB, Kind.ACCOUNT, login),))
    return [Account(ref=Ref(GITHUB, Kind.ACCOUNT, login), name=login, origin=SEEN), told]


def together(found: People) -> set[frozenset[str]]:
    return {frozenset(each.account.key for each in person.accounts) for person in found.people}


class TestIdsOfTheProvider:
    """SCIM's external id is the provider's own id of somebody, and goes before names, which change hands."""

    def test_an_id_joins_where_every_name_was_changed(self) -> None:
        found = people(
            snapshot(provider("00u1", "bob@acme.example"), *provisioned("bob_acme", "00U1", "robert@acme.example"))
        )
        assert together(found) == {frozenset({"00u1", "bob_acme"})}
        assert found.doubts == ()

    def test_a_name_that_begins_with_an_id_is_none(self) -> None:
        found = people(
            snapshot(provider("00u1", "bob@acme.example"), *provisioned("bob_acme", "00u12", "r@acme.example"))
        )
        assert together(found) == {frozenset({"00u1"}), frozenset({"bob_acme"})}

    def test_a_recycled_name_does_not_take_the_account_away_and_is_told(self) -> None:
        found = people(
            snapshot(
                provider("00u1", "bob@acme.example"), provider("00u2", "zoe@acme.example"),
                *provisioned("bob_acme", "00u1", "zoe@acme.example"),
            )
        )  # fmt: skip
        assert together(found) == {frozenset({"00u1", "bob_acme"}), frozenset({"00u2"})}
        assert [each.kind for each in found.doubts] == ["ambiguous"]
        assert "zoe@acme.example" in found.doubts[0].says

    def test_two_ids_of_two_people_at_one_account_join_one_and_are_told(self) -> None:
        found = people(
            snapshot(
                provider("00u1", "bob@acme.example"), provider("00u2", "zoe@acme.example"),
                *provisioned("bob_acme", "00u1"),
                identity(GITHUB, "guid", external_ids=("00u2",), accounts=(Ref(GITHUB, Kind.ACCOUNT, "bob_acme"),)),
            )
        )  # fmt: skip
        assert [each.kind for each in found.doubts] == ["ambiguous"]
        assert frozenset({"00u1", "00u2", "bob_acme"}) not in together(found)

    def test_one_id_at_two_providers_joins_nobody_and_is_told(self) -> None:
        other = "f0a90902-15a1-5fa8-914b-4624b268aa51"
        twin = Account(ref=Ref(other, Kind.ACCOUNT, "00u1"), name="bob", origin=SEEN)
        found = people(
            snapshot(source(other, System.ENTRA, SEEN), provider("00u1", "bob@acme.example"), twin, *provisioned("bob_acme", "00u1"))
        )  # fmt: skip
        assert frozenset({"bob_acme"}) in together(found)
        assert [each.kind for each in found.doubts] == ["ambiguous"]

    def test_the_object_id_of_entra_joins_too_and_so_does_its_user_name(self) -> None:
        tenant, key = "f0a90902-15a1-5fa8-914b-4624b268aa51", "8aa1a0c0-c4c3-4bc0-b4a5-2ef676900159"
        entra = Account(
            ref=Ref(tenant, Kind.ACCOUNT, key), name="bob", attributes={"userPrincipalName": "bob@acme.example"}, origin=SEEN
        )  # fmt: skip
        for ids in ((key.upper(), "old@acme.example"), ("Bob@acme.example",)):
            found = people(snapshot(source(tenant, System.ENTRA, SEEN), entra, *provisioned("bob_acme", *ids)))
            assert together(found) == {frozenset({key, "bob_acme"})}, ids

    def test_an_account_of_gitlab_that_carries_the_object_id_is_the_same_persons(self) -> None:
        linked = Account(
            ref=Ref(GITLAB, Kind.ACCOUNT, "7"), name="bob", attributes={"identities": [{"extern_uid": "00u1"}]}, origin=SEEN
        )  # fmt: skip
        found = people(snapshot(provider("00u1", "bob@acme.example"), linked))
        assert together(found) == {frozenset({"00u1", "7"})}
