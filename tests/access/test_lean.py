"""What a question over a large store leaves unmade changes no answer: gaps by their scope, people by their names alone."""

from datetime import UTC, datetime
from pathlib import Path

from pipewarden.access.engine import Engine
from pipewarden.access.persons import Persons
from pipewarden.access.view import View
from pipewarden.model.builder import SnapshotBuilder
from pipewarden.model.columns import SnapshotInfo
from pipewarden.model.facets import Facet
from pipewarden.model.facts import Account, Cause, Gap, Identity, Origin, Resource
from pipewarden.model.ids import Kind, Ref
from pipewarden.model.snapshot import FEW_RECORDS, Snapshot
from pipewarden.model.systems import System, source
from pipewarden.store.parquet import read_snapshot, write_snapshot

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
SEEN = Origin("GET /seen", NOW)
OKTA, GITLAB, GITHUB = "acme.okta.example", "gitlab.acme.example", "github.com"
ORGANIZATION = Ref(GITHUB, Kind.ORGANIZATION, "1")


def made(*facts: Account | Gap | Identity | Resource) -> Snapshot:
    builder = SnapshotBuilder()
    for instance, system in ((OKTA, System.OKTA), (GITLAB, System.GITLAB)):
        builder.add(source(instance, system, SEEN))
    builder.add(*facts)
    return builder.finish(SnapshotInfo(sources=("x",), started=NOW, ended=NOW))


def repository(number: int) -> Ref:
    return Ref(GITHUB, Kind.REPOSITORY, f"{number:06}")


def of_many_gaps() -> Snapshot:
    """Return an organization so large that its gaps are not made objects at once."""
    facts: list[Gap | Resource] = [Resource(ref=ORGANIZATION, name="acme", origin=SEEN)]
    for number in range(FEW_RECORDS + 1):
        facts.append(Resource(ref=repository(number), name=f"acme/{number}", parent=ORGANIZATION, origin=SEEN))
        facet = Facet.SOURCE if number % 3 == 0 else Facet.REPO_ENVIRONMENTS
        facts.append(Gap(scope=repository(number), facet=facet, cause=Cause.BUDGET, origin=SEEN))
    facts.append(Gap(scope=ORGANIZATION, facet=Facet.ORG_MFA, cause=Cause.FORBIDDEN, origin=SEEN))
    return made(*facts)


def test_a_gap_is_the_same_before_all_are_objects_and_after(tmp_path: Path) -> None:
    asked = [
        (scope, facet)
        for scope in (repository(0), repository(1), ORGANIZATION, repository(999_999))
        for facet in (Facet.REPO_ENVIRONMENTS, Facet.ORG_MFA, Facet.ORG_SAML, Facet.SOURCE)
    ]
    full = of_many_gaps()
    assert full.gaps_are_made, "what was just read of files may as well be objects"
    write_snapshot(full, tmp_path / "kept", "content")
    lean = read_snapshot(tmp_path / "kept")
    assert not lean.gaps_are_made
    told = [View(lean).gap(scope, facet) for scope, facet in asked]
    assert not lean.gaps_are_made, "asking for one makes no other"
    assert len(full.gaps) == FEW_RECORDS + 2
    assert told == [View(full).gap(scope, facet) for scope, facet in asked]
    assert any(told)
    assert not all(told)
    assert lean.facets_of_gaps == frozenset(gap.facet for gap in full.gaps)


def account(instance: str, login: str, **attributes: object) -> Account:
    return Account(ref=Ref(instance, Kind.ACCOUNT, login), name=login, attributes=attributes, origin=SEEN)


def test_a_list_names_people_as_they_are_named_when_they_are_made() -> None:
    carol = "carol@acme.example"
    snapshot = made(
        account(OKTA, "00u1", status="ACTIVE", profile={"login": carol}, verified_emails=[carol]),
        account(GITLAB, "7", email=carol, confirmed_at="x", state="blocked"),
        account(GITLAB, "8", email="bob@acme.example", confirmed_at="x", state="active"),
        Identity(
            ref=Ref(GITHUB, Kind.IDENTITY, "9"), name="Carol", external_ids=(carol,),
            accounts=(Ref(GITHUB, Kind.ACCOUNT, "1"),), origin=SEEN,
        ),
        account(GITHUB, "1"),
    )  # fmt: skip
    lean, full = Persons(snapshot), Persons(snapshot)
    for ordinal in snapshot.ordinals(Kind.ACCOUNT, Kind.IDENTITY).tolist():
        named, person = lean.named(ordinal), full.get(ordinal)
        assert (named is None) == (person is None)
        if named is None or person is None:
            continue
        [mine] = [each for each in person.accounts if each.account == snapshot.ref(ordinal)]
        assert (named.name, named.is_known, named.says) == (person.name, bool(person.identities), mine.says)
    assert lean.named(len(snapshot) + 5) is None
    assert tuple(lean.doubts) == full.everybody.doubts
    assert tuple(lean.machines) == full.everybody.machines


def test_an_engine_of_somebody_who_signs_in_as_others_holds_what_the_first_worked_out() -> None:
    engine = Engine(made(account(GITHUB, "1"), account(GITHUB, "2")))
    one, two = engine.snapshot.ordinals(Kind.ACCOUNT).tolist()
    assert not engine.taken_at
    twin = engine.signing_in({two: ()})
    assert list(twin.taken_at) == [two]
    assert not engine.taken_at, "the first signs in as nobody"
    assert twin.graph is engine.graph
    assert one not in twin.taken_at
