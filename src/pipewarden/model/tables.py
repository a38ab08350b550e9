"""A snapshot as what is written and read: its columns, and the four Arrow tables they come to."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol, Self

import msgspec
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from pipewarden.model.bodies import RECORD_TYPES
from pipewarden.model.columns import (
    GRANT_KINDS,
    I32,
    KIND_CODES,
    KINDS,
    U8,
    GrantColumns,
    MembershipColumns,
    Origins,
    SnapshotInfo,
)
from pipewarden.model.facts import GrantKind
from pipewarden.model.ids import Kind

FORMAT = 1
"""The layout of the tables; a reader refuses a higher one."""
FEW_ROWS = 100_000
"""Rows that are spelled out by hand, which is done before Arrow's functions for it are loaded."""


class Columns(Protocol):
    """Named Arrow columns: a table, or a file that reads each when asked."""

    def column(self, name: str, /) -> pa.ChunkedArray:
        """Return one column."""


@dataclass(frozen=True)
class SnapshotTables:
    """All that a snapshot holds. Immutable."""

    info: SnapshotInfo
    instances: tuple[str, ...]
    instance: U8
    kind: U8
    key: pa.Array
    name: pa.Array
    parent: I32
    body: pa.Array
    entity_origins: Origins
    memberships: MembershipColumns
    grants: GrantColumns
    record_type: U8
    record_subject: I32
    record_body: pa.Array
    record_origins: Origins

    @cached_property
    def content(self) -> str:
        """A hash of what was seen, times of reading left out: equal where nothing differs."""
        digest = hashlib.blake2b(digest_size=20)
        for table in (self.entities_table(), self.memberships_table(), self.grants_table(), self.records_table()):
            for name in table.column_names:
                if name == "fetched":
                    continue
                column = table.column(name).combine_chunks()
                if pa.types.is_dictionary(column.type):
                    column = _spelled(column)
                digest.update(name.encode())
                for buffer in pa.concat_arrays([column]).buffers():
                    if buffer is not None:
                        digest.update(memoryview(buffer))
        return digest.hexdigest()

    def entities_table(self) -> pa.Table:
        """Return the entities as one Arrow table."""
        return pa.table(
            {
                "instance": _dictionary(self.instance, self.instances),
                "kind": _dictionary(self.kind, KINDS),
                "key": self.key,
                "name": self.name,
                "parent": _array(self.parent),
                "body": self.body,
                **_origin_columns(self.entity_origins),
            }
        )

    def memberships_table(self) -> pa.Table:
        """Return the memberships as one Arrow table."""
        rows = self.memberships
        return pa.table(
            {
                "member": _array(rows.member),
                "group": _array(rows.group),
                "role": _dictionary(rows.role, rows.roles),
                "since": _array(rows.since),
                "expires": _array(rows.expires),
                **_origin_columns(rows.origins),
            }
        )

    def grants_table(self) -> pa.Table:
        """Return the grants as one Arrow table."""
        rows = self.grants
        conditions = [msgspec.json.encode(words).decode() for words in rows.conditions]
        return pa.table(
            {
                "principal": _array(rows.principal),
                "resource": _array(rows.resource),
                "role": _dictionary(rows.role, rows.roles),
                "kind": _dictionary(rows.kind, GRANT_KINDS),
                "condition": _dictionary(rows.condition, conditions),
                "since": _array(rows.since),
                "expires": _array(rows.expires),
                "last_used": _array(rows.last_used),
                **_origin_columns(rows.origins),
            }
        )

    def records_table(self) -> pa.Table:
        """Return identities, gates, trusts, uses and gaps as one Arrow table."""
        return pa.table(
            {
                "type": _dictionary(self.record_type, [fact.__name__ for fact in RECORD_TYPES]),
                "subject": _array(self.record_subject),
                "body": self.record_body,
                **_origin_columns(self.record_origins),
            }
        )

    @classmethod
    def from_tables(
        cls, info: SnapshotInfo, entities: Columns, memberships: Columns, grants: Columns, records: Columns
    ) -> Self:
        """Make a snapshot of the four tables that the `…_table` methods return."""
        instances, instance = _codes(entities, "instance", np.uint8)
        kinds, kind = _codes(entities, "kind", np.uint8)
        kind_codes = np.array([KIND_CODES[Kind(text)] for text in kinds] or [0], dtype=np.uint8)
        types, types_of = _codes(records, "type", np.uint8)
        type_codes = np.array([[f.__name__ for f in RECORD_TYPES].index(text) for text in types] or [0], np.uint8)
        grant_kinds, grant_kind = _codes(grants, "kind", np.uint8)
        grant_codes = np.array([GRANT_KINDS.index(GrantKind(text)) for text in grant_kinds] or [0], np.uint8)
        conditions, condition = _codes(grants, "condition", np.int32)
        grant_roles, grant_role = _codes(grants, "role", np.int32)
        member_roles, member_role = _codes(memberships, "role", np.int32)
        return cls(
            info=info,
            instances=instances,
            instance=instance,
            kind=kind_codes[kind],
            key=_flat(entities, "key"),
            name=_flat(entities, "name"),
            parent=_numbers(entities, "parent"),
            body=_flat(entities, "body"),
            entity_origins=_origins_of(entities),
            memberships=MembershipColumns(
                member=_numbers(memberships, "member"),
                group=_numbers(memberships, "group"),
                roles=member_roles,
                role=member_role,
                since=_numbers(memberships, "since"),
                expires=_numbers(memberships, "expires"),
                origins=_origins_of(memberships),
            ),
            grants=GrantColumns(
                principal=_numbers(grants, "principal"),
                resource=_numbers(grants, "resource"),
                roles=grant_roles,
                role=grant_role,
                kind=grant_codes[grant_kind],
                conditions=tuple(msgspec.json.decode(text, type=tuple[str, ...]) for text in conditions),
                condition=condition,
                since=_numbers(grants, "since"),
                expires=_numbers(grants, "expires"),
                last_used=_numbers(grants, "last_used"),
                origins=_origins_of(grants),
            ),
            record_type=type_codes[types_of],
            record_subject=_numbers(records, "subject"),
            record_body=_flat(records, "body"),
            record_origins=_origins_of(records),
        )


def _array(numbers: NDArray[Any]) -> pa.Array:
    """Return numbers as an Arrow array over the same memory; `pa.array` would first load numpy.ma, which takes 16 ms."""
    flat = np.ascontiguousarray(numbers)
    return pa.Array.from_buffers(pa.from_numpy_dtype(flat.dtype), len(flat), [None, pa.py_buffer(flat)])


def _dictionary(codes: NDArray[Any], words: Sequence[str]) -> pa.Array:
    return pa.DictionaryArray.from_arrays(_array(codes.astype(np.int32)), pa.array(list(words), pa.string()))


def _origin_columns(origins: Origins) -> dict[str, pa.Array]:
    return {
        "endpoint": _dictionary(origins.endpoint, origins.endpoints),
        "fetched": _array(origins.fetched),
        "certainty": _array(origins.certainty),
    }


def _codes(table: Columns, name: str, dtype: type[Any]) -> tuple[tuple[str, ...], NDArray[Any]]:
    column = table.column(name)
    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    whole = column.unify_dictionaries().combine_chunks()
    if isinstance(whole, pa.ChunkedArray):
        whole = whole.chunk(0) if whole.num_chunks else pa.array([], column.type)
    codes = whole.indices.to_numpy(zero_copy_only=False).astype(dtype, copy=False)
    return tuple(whole.dictionary.to_pylist()), _small(codes)


def _spelled(column: pa.DictionaryArray) -> pa.Array:
    """Return a column of codes as the words themselves."""
    if len(column) > FEW_ROWS:
        return column.dictionary_decode()
    words = column.dictionary.to_pylist()
    return pa.array([words[code] for code in column.indices.to_numpy().tolist()], column.dictionary.type)


def _flat(table: Columns, name: str) -> pa.Array:
    whole = table.column(name).combine_chunks()
    return whole if isinstance(whole, pa.Array) else pa.concat_arrays(whole.chunks)


def _numbers(table: Columns, name: str) -> NDArray[Any]:
    return _small(table.column(name).to_numpy())


def _small(numbers: NDArray[Any]) -> NDArray[Any]:
    """Return a column, as a single repeated number where it holds but one: times are often all unknown."""
    if len(numbers) > 1 and numbers[0] == numbers[-1] and (numbers == numbers[0]).all():
        return np.broadcast_to(numbers[:1].copy(), numbers.shape)
    return numbers


def _origins_of(table: Columns) -> Origins:
    endpoints, endpoint = _codes(table, "endpoint", np.int32)
    return Origins(endpoints, endpoint, _numbers(table, "fetched"), _numbers(table, "certainty"))
