"""A snapshot as the four Arrow tables that are written and read. Loaded only where one is: an audit of files writes none."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

import msgspec
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from pipewarden.model.bodies import RECORD_TYPES
from pipewarden.model.columns import GRANT_KINDS, KIND_CODES, KINDS, GrantColumns, MembershipColumns, Origins
from pipewarden.model.facts import GrantKind
from pipewarden.model.ids import Kind
from pipewarden.model.texts import Texts

if TYPE_CHECKING:
    from pipewarden.model.tables import SnapshotTables


class Columns(Protocol):
    """Named Arrow columns: a table, or a file that reads each when asked."""

    def column(self, name: str, /) -> pa.ChunkedArray:
        """Return one column."""


def entities(snapshot: "SnapshotTables") -> pa.Table:
    """Return the entities as one Arrow table."""
    return pa.table(
        {
            "instance": _dictionary(snapshot.instance, snapshot.instances),
            "kind": _dictionary(snapshot.kind, KINDS),
            "key": snapshot.key.array,
            "name": snapshot.name.array,
            "parent": _array(snapshot.parent),
            "body": snapshot.body.array,
            **_origin_columns(snapshot.entity_origins),
        }
    )


def facets(bodies: pa.Array, rows: NDArray[Any]) -> tuple[NDArray[Any], list[str]]:
    """Return the facets of some gaps as codes, and what each code stands for, without reading the gaps."""
    import pyarrow.compute as pc

    told = pc.extract_regex(bodies.take(pa.array(rows)), rb'"facet":"(?P<facet>[^"]*)"').field("facet")
    words = told.dictionary_encode()
    codes = words.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    return codes, [each.decode() for each in words.dictionary.to_pylist()]


def memberships(snapshot: "SnapshotTables") -> pa.Table:
    """Return the memberships as one Arrow table."""
    rows = snapshot.memberships
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


def grants(snapshot: "SnapshotTables") -> pa.Table:
    """Return the grants as one Arrow table."""
    rows = snapshot.grants
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


def records(snapshot: "SnapshotTables") -> pa.Table:
    """Return identities, gates, trusts, uses and gaps as one Arrow table."""
    return pa.table(
        {
            "type": _dictionary(snapshot.record_type, [fact.__name__ for fact in RECORD_TYPES]),
            "subject": _array(snapshot.record_subject),
            "body": snapshot.record_body.array,
            **_origin_columns(snapshot.record_origins),
        }
    )


def columns_of(entities: Columns, memberships: Columns, grants: Columns, records: Columns) -> dict[str, Any]:
    """Return what the four tables hold, by the names of the fields of a snapshot."""
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
    return {
        "instances": instances,
        "instance": instance,
        "kind": kind_codes[kind],
        "key": Texts(str, _flat(entities, "key")),
        "name": Texts(str, _flat(entities, "name")),
        "parent": _numbers(entities, "parent"),
        "body": Texts(bytes, _flat(entities, "body")),
        "entity_origins": _origins_of(entities),
        "memberships": MembershipColumns(
            member=_numbers(memberships, "member"),
            group=_numbers(memberships, "group"),
            roles=member_roles,
            role=member_role,
            since=_numbers(memberships, "since"),
            expires=_numbers(memberships, "expires"),
            origins=_origins_of(memberships),
        ),
        "grants": GrantColumns(
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
        "record_type": type_codes[types_of],
        "record_subject": _numbers(records, "subject"),
        "record_body": Texts(bytes, _flat(records, "body")),
        "record_origins": _origins_of(records),
    }


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


def spelled(codes: NDArray[Any], words: Sequence[str]) -> pa.Array:
    """Return a long column of codes as the words themselves."""
    return _dictionary(codes, words).dictionary_decode()


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
