"""A generated organization as columns: as many accounts, teams, repositories and grants as asked, by a seed."""

from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from pipewarden.model.columns import GRANT_KINDS, KINDS, NEVER, GrantColumns, MembershipColumns, Origins, SnapshotInfo
from pipewarden.model.facts import GrantKind
from pipewarden.model.ids import Kind
from pipewarden.model.snapshot import Snapshot
from pipewarden.model.texts import Texts

HOST = "github.com"
WHEN = datetime(2026, 11, 23, 9, tzinfo=UTC)
ROLES = ("read", "triage", "write", "maintain", "admin")
ROLE_SHARES = (0.45, 0.10, 0.30, 0.08, 0.07)


@dataclass(frozen=True, slots=True)
class Size:
    """How large; the defaults are those of the largest organization the engine is built for."""

    accounts: int = 100_000
    teams: int = 10_000
    repositories: int = 200_000
    team_grants: int = 3_000_000
    direct_grants: int = 500_000
    memberships: int = 300_000
    owners: int = 40
    depth: int = 4


def _skewed(random: np.random.Generator, size: int, count: int) -> NDArray[np.int64]:
    """Draw ordinals below `size` so that a few are drawn very often."""
    return (random.power(0.45, count) * size).astype(np.int64) % size


def _origins(rows: int, fetched: int) -> Origins:
    return Origins(("generated",), np.zeros(rows, np.int32), np.full(rows, fetched, np.int64), np.zeros(rows, np.uint8))


def generate(size: Size, seed: int = 7) -> Snapshot:
    """Return a snapshot of one organization of this size. The same seed gives the same snapshot."""
    random = np.random.default_rng(seed)
    # entities in the order of their ids: account, group (implicit ones last: they begin with a letter), organization, repository
    keys: list[str] = []
    names: list[str] = []
    kinds: list[int] = []
    width = 7

    def numbered(kind: Kind, count: int, name: str) -> int:
        start = len(keys)
        keys.extend(f"{i:0{width}d}" for i in range(count))
        names.extend(name.format(i) for i in range(count))
        kinds.extend([KINDS.index(kind)] * count)
        return start

    accounts = numbered(Kind.ACCOUNT, size.accounts, "u{:06d}")
    teams = numbered(Kind.GROUP, size.teams, "big/t{:05d}")
    implicit = len(keys)
    for key in ("everyone", "members:organization:1", "owners:organization:1"):
        keys.append(key)
        names.append(key)
        kinds.append(KINDS.index(Kind.GROUP))
    members, owners = implicit + 1, implicit + 2
    organization = len(keys)
    keys.append("1")
    names.append("big")
    kinds.append(KINDS.index(Kind.ORGANIZATION))
    repositories = numbered(Kind.REPOSITORY, size.repositories, "big/r{:06d}")
    total = len(keys)
    parent = np.full(total, organization, np.int32)
    parent[: size.accounts] = -1
    parent[organization] = -1

    # teams in layers: each team of layer n is nested in one of layer n-1, at most `depth` deep
    layer = np.sort(random.integers(0, size.depth, size.teams))
    outer = np.full(size.teams, -1, np.int64)
    for level in range(1, size.depth):
        inside, above = np.flatnonzero(layer == level), np.flatnonzero(layer == level - 1)
        outer[inside] = above[_skewed(random, len(above), len(inside))]
    nested = np.flatnonzero(outer >= 0)
    member = np.concatenate(
        (
            accounts + random.integers(0, size.accounts, size.memberships),
            teams + nested,
            accounts + np.arange(size.accounts),
            accounts + np.arange(size.owners),
        )
    )
    group = np.concatenate(
        (
            teams + _skewed(random, size.teams, size.memberships),
            teams + outer[nested],
            np.full(size.accounts, members),
            np.full(size.owners, owners),
        )
    )
    pairs = np.unique(member.astype(np.int64) << 32 | group)
    member, group = (pairs >> 32).astype(np.int32), (pairs & 0xFFFFFFFF).astype(np.int32)

    team_pairs = np.unique(
        random.integers(0, size.teams, size.team_grants).astype(np.int64) << 32
        | _skewed(random, size.repositories, size.team_grants)
    )
    direct_pairs = np.unique(
        random.integers(0, size.accounts, size.direct_grants).astype(np.int64) << 32
        | _skewed(random, size.repositories, size.direct_grants)
    )
    roles = (*ROLES, "base:read", "owner")
    counts = len(direct_pairs), len(team_pairs)
    principal = np.concatenate((accounts + (direct_pairs >> 32), teams + (team_pairs >> 32), [members, owners])).astype(
        np.int32
    )
    resource = np.concatenate(
        (
            repositories + (direct_pairs & 0xFFFFFFFF),
            repositories + (team_pairs & 0xFFFFFFFF),
            [organization, organization],
        )
    ).astype(np.int32)
    role = np.concatenate((random.choice(len(ROLES), sum(counts), p=ROLE_SHARES), [5, 6])).astype(np.int32)
    kind = np.concatenate(
        (
            np.full(counts[0], GRANT_KINDS.index(GrantKind.DIRECT)),
            np.full(counts[1], GRANT_KINDS.index(GrantKind.TEAM)),
            [GRANT_KINDS.index(GrantKind.BASE), GRANT_KINDS.index(GrantKind.OWNERSHIP)],
        )
    ).astype(np.uint8)
    fetched = int(WHEN.timestamp() * 1_000_000)
    nothing = np.empty(0, np.int32)
    never_m, never_g = np.full(len(member), NEVER, np.int64), np.full(len(principal), NEVER, np.int64)
    return Snapshot(
        info=SnapshotInfo(sources=("github:big",), started=WHEN, ended=WHEN),
        instances=(HOST,),
        instance=np.zeros(total, np.uint8),
        kind=np.array(kinds, np.uint8),
        key=Texts(str, pa.array(keys, pa.string())),
        name=Texts(str, pa.array(names, pa.string())),
        parent=parent,
        body=Texts(bytes, pa.array([b"{}"] * total, pa.binary())),
        entity_origins=_origins(total, fetched),
        memberships=MembershipColumns(
            member,
            group,
            ("member",),
            np.zeros(len(member), np.int32),
            never_m,
            never_m,
            _origins(len(member), fetched),
        ),
        grants=GrantColumns(
            principal,
            resource,
            roles,
            role,
            kind,
            ((),),
            np.zeros(len(principal), np.int32),
            never_g,
            never_g,
            never_g,
            _origins(len(principal), fetched),
        ),
        record_type=np.empty(0, np.uint8),
        record_subject=nothing,
        record_body=Texts(bytes, []),
        record_origins=_origins(0, fetched),
    )
