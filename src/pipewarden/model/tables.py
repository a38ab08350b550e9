"""A snapshot as what is written and read: its columns, their hash, and the four Arrow tables they come to."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

import msgspec
import numpy as np
from numpy.typing import NDArray

from pipewarden.model.bodies import RECORD_TYPES
from pipewarden.model.columns import (
    GRANT_KINDS,
    I32,
    KINDS,
    U8,
    GrantColumns,
    MembershipColumns,
    Origins,
    SnapshotInfo,
)
from pipewarden.model.texts import Texts, laid_out

if TYPE_CHECKING:
    import pyarrow as pa

    from pipewarden.model.arrow import Columns

FORMAT = 1
"""The layout of the tables; a reader refuses a higher one."""
FEW_ROWS = 100_000
"""Rows that are spelled out by hand, which is done before Arrow's functions for it are loaded."""


@dataclass(frozen=True)
class SnapshotTables:
    """All that a snapshot holds. Immutable."""

    info: SnapshotInfo
    instances: tuple[str, ...]
    instance: U8
    kind: U8
    key: Texts[str]
    name: Texts[str]
    parent: I32
    body: Texts[bytes]
    entity_origins: Origins
    memberships: MembershipColumns
    grants: GrantColumns
    record_type: U8
    record_subject: I32
    record_body: Texts[bytes]
    record_origins: Origins

    @cached_property
    def content(self) -> str:
        """A hash of what was seen, times of reading left out: equal where nothing differs.

        It is taken over the bytes that the columns of the tables have in Arrow, whether they are in Arrow or not.
        """
        digest = hashlib.blake2b(digest_size=20)
        for name, parts in self._parts():
            digest.update(name.encode())
            for part in parts:
                digest.update(part)
        return digest.hexdigest()

    def _parts(self) -> Iterator[tuple[str, Iterator[Any]]]:
        """Yield each column of the four tables by its name, with its bytes."""
        yield "instance", _spelled(self.instance, self.instances)
        yield "kind", _spelled(self.kind, KINDS)
        yield "key", self.key.buffers()
        yield "name", self.name.buffers()
        yield "parent", _numbers(self.parent)
        yield "body", self.body.buffers()
        yield from _of_origins(self.entity_origins)
        members = self.memberships
        yield "member", _numbers(members.member)
        yield "group", _numbers(members.group)
        yield "role", _spelled(members.role, members.roles)
        yield "since", _numbers(members.since)
        yield "expires", _numbers(members.expires)
        yield from _of_origins(members.origins)
        grants = self.grants
        yield "principal", _numbers(grants.principal)
        yield "resource", _numbers(grants.resource)
        yield "role", _spelled(grants.role, grants.roles)
        yield "kind", _spelled(grants.kind, GRANT_KINDS)
        yield (
            "condition",
            _spelled(grants.condition, [msgspec.json.encode(each).decode() for each in grants.conditions]),
        )
        yield "since", _numbers(grants.since)
        yield "expires", _numbers(grants.expires)
        yield "last_used", _numbers(grants.last_used)
        yield from _of_origins(grants.origins)
        yield "type", _spelled(self.record_type, [fact.__name__ for fact in RECORD_TYPES])
        yield "subject", _numbers(self.record_subject)
        yield "body", self.record_body.buffers()
        yield from _of_origins(self.record_origins)

    def entities_table(self) -> "pa.Table":
        """Return the entities as one Arrow table."""
        from pipewarden.model import arrow

        return arrow.entities(self)

    def memberships_table(self) -> "pa.Table":
        """Return the memberships as one Arrow table."""
        from pipewarden.model import arrow

        return arrow.memberships(self)

    def grants_table(self) -> "pa.Table":
        """Return the grants as one Arrow table."""
        from pipewarden.model import arrow

        return arrow.grants(self)

    def records_table(self) -> "pa.Table":
        """Return identities, gates, trusts, uses and gaps as one Arrow table."""
        from pipewarden.model import arrow

        return arrow.records(self)

    @classmethod
    def from_tables(
        cls, info: SnapshotInfo, entities: "Columns", memberships: "Columns", grants: "Columns", records: "Columns"
    ) -> Self:
        """Make a snapshot of the four tables that the `…_table` methods return."""
        from pipewarden.model import arrow

        return cls(info=info, **arrow.columns_of(entities, memberships, grants, records))


def _of_origins(origins: Origins) -> Iterator[tuple[str, Iterator[Any]]]:
    yield "endpoint", _spelled(origins.endpoint, origins.endpoints)
    yield "certainty", _numbers(origins.certainty)


def _numbers(column: NDArray[Any]) -> Iterator[Any]:
    yield np.ascontiguousarray(column).data


def _spelled(codes: NDArray[Any], words: Sequence[str]) -> Iterator[Any]:
    """Yield the bytes of a column of codes as the words themselves."""
    if len(codes) > FEW_ROWS:
        from pipewarden.model import arrow

        yield from Texts(str, arrow.spelled(codes, words)).buffers()
        return
    known = [word.encode() for word in words]
    yield from laid_out([known[code] for code in codes.tolist()])
