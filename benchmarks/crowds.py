"""Estates of any size in which what is asked about each thing must be worked out once for all: `make bench-growth` measures them."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime

from pipewarden.access.engine import Engine
from pipewarden.access.follows import Follows
from pipewarden.access.inventory import accounts, admins
from pipewarden.access.okta.places import Place, place_ref, tenant_ref
from pipewarden.access.standing import holds
from pipewarden.access.view import View
from pipewarden.model.builder import SnapshotBuilder
from pipewarden.model.columns import SnapshotInfo
from pipewarden.model.facets import Facet
from pipewarden.model.facts import (
    Account,
    AnyFact,
    Cause,
    Gap,
    Gate,
    GateKind,
    Grant,
    GrantKind,
    Group,
    Membership,
    Origin,
    Resource,
    Role,
)
from pipewarden.model.ids import Kind, Ref, members_of, owners_of
from pipewarden.model.snapshot import Snapshot
from pipewarden.model.systems import System, source

NOW = datetime(2026, 9, 1, 12, 0, tzinfo=UTC)
SEEN = Origin("made for a benchmark", NOW)
OKTA, VAULT = "acme.okta.example", "vault.acme.example"
ACME = Ref("github.com", Kind.ORGANIZATION, "1")


def snapshot(facts: Iterator[AnyFact]) -> Snapshot:
    """Return the snapshot of some facts."""
    builder = SnapshotBuilder()
    builder.add(*facts)
    return builder.finish(SnapshotInfo(sources=("made",), started=NOW, ended=NOW))


def _okta() -> Iterator[AnyFact]:
    yield source(OKTA, System.OKTA, SEEN)
    yield Resource(ref=tenant_ref(OKTA), name="okta:acme", origin=SEEN)


def followers(number: int) -> Iterator[AnyFact]:
    """Yield teams that follow groups nobody knows, beside repositories of which something was not read."""
    yield from _okta()
    yield Resource(ref=ACME, name="acme", origin=SEEN)
    for each in range(number):
        team, repository = Ref("github.com", Kind.GROUP, f"t{each}"), Ref("github.com", Kind.REPOSITORY, f"r{each}")
        told = {"slug": f"t{each}", "external_groups": [{"group_id": str(each), "group_name": "g", "members": []}]}
        yield Group(ref=team, name=f"acme/t{each}", parent=ACME, attributes=told, origin=SEEN)
        yield Resource(ref=repository, name=f"acme/r{each}", parent=ACME, origin=SEEN)
        yield Gap(scope=repository, facet=Facet.REPO_COLLABORATORS, cause=Cause.BUDGET, origin=SEEN)


def signing_in(number: int) -> Iterator[AnyFact]:
    """Yield people of Okta and as many policies."""
    yield from _okta()
    where = place_ref(tenant_ref(OKTA), Place.USERS)
    for each in range(number):
        told = {"status": "ACTIVE"}
        yield Account(
            ref=Ref(OKTA, Kind.ACCOUNT, f"u{each}"), name=f"u{each}", parent=where, attributes=told, origin=SEEN
        )
        yield Gate(
            ref=Ref(OKTA, Kind.GATE, f"p{each}"), resource=tenant_ref(OKTA), kind=GateKind.SIGN_ON, name=f"p{each}",
            active=True, rules={"type": "PASSWORD", "rules": []}, origin=SEEN,
        )  # fmt: skip


def owners(number: int) -> Iterator[AnyFact]:
    """Yield an organization that has many owners."""
    yield Resource(ref=ACME, name="acme", origin=SEEN)
    top = owners_of(ACME)
    for group in (top, members_of(ACME)):
        yield Group(ref=group, name=group.key, parent=ACME, attributes={"implicit": True}, origin=SEEN)
    yield Grant(principal=top, resource=ACME, role="owner", kind=GrantKind.OWNERSHIP, origin=SEEN)
    for each in range(number):
        who = Ref("github.com", Kind.ACCOUNT, f"u{each}")
        yield Account(ref=who, name=f"u{each}", attributes={"type": "User"}, origin=SEEN)
        yield Membership(member=who, group=members_of(ACME), origin=SEEN)
        yield Membership(member=who, group=top, role="owner", origin=SEEN)


def in_a_vault(number: int) -> Iterator[AnyFact]:
    """Yield people of a vault, and as many secrets and policies: each reads one secret."""
    yield source(VAULT, System.VAULT, SEEN)
    root = Ref(VAULT, Kind.TENANT, "root")
    yield Resource(ref=root, name="vault:acme", origin=SEEN)
    for each in range(number):
        path, who = f"secret/data/s{each}", Ref(VAULT, Kind.ACCOUNT, f"u{each}")
        yield Resource(
            ref=Ref(VAULT, Kind.SECRET, path), name=path, parent=root, attributes={"path": path}, origin=SEEN
        )
        rules = [{"path": path, "capabilities": ["read"]}]
        role = Ref(VAULT, Kind.ROLE, f"policy:p{each}")
        yield Role(ref=role, name=f"policy p{each}", parent=root, attributes={"rules": rules}, origin=SEEN)
        yield Account(ref=who, name=f"vault:u{each}", parent=root, attributes={"aliases": []}, origin=SEEN)
        yield Grant(principal=who, resource=root, role=role.key, kind=GrantKind.DIRECT, origin=SEEN)


def _held_by_all(seen: Snapshot) -> None:
    engine = Engine(seen)
    for each in seen.refs(seen.ordinals(Kind.ACCOUNT)):
        holds(engine, each)


CROWDS: Mapping[str, tuple[Callable[[int], Iterator[AnyFact]], Callable[[Snapshot], object]]] = {
    "groups that are followed": (followers, lambda seen: Follows(seen).loose),
    "accounts and policies of sign-in": (signing_in, lambda seen: list(accounts(View(seen)))),
    "owners of an organization": (owners, lambda seen: list(admins(View(seen)))),
    "people and secrets of a vault": (in_a_vault, _held_by_all),
}
"""What grows by its name: how it is made, and what is asked of it."""
