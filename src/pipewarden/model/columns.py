"""A snapshot: all facts and gaps of one moment, kept as columns so that millions stay small and load fast.

Entities have ordinals 0 … n-1 in the order of their ids; every other column speaks of them by ordinal.
Times are microseconds since 1970 in UTC, `NEVER` where there is none. Facts become objects when asked for.
"""

import copy
import hashlib
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property, lru_cache
from operator import attrgetter
from typing import Any, Protocol, TypeVar

import msgspec
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from pipewarden.model.facts import (
    ENTITY_TYPES,
    Account,
    AnyFact,
    Certainty,
    Entity,
    Fact,
    Gap,
    Gate,
    Grant,
    GrantKind,
    Group,
    Identity,
    Machine,
    Membership,
    Origin,
    Resource,
    Role,
    Trust,
    Use,
)
from pipewarden.model.ids import Kind, Ref
from pipewarden.model.systems import System, source_ref

NEVER = np.iinfo(np.int64).min
"""The time that is none."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)

I32 = NDArray[np.int32]
I64 = NDArray[np.int64]
U8 = NDArray[np.uint8]

GRANT_KINDS = tuple(GrantKind)
CERTAINTIES = tuple(Certainty)
PRESUMED = CERTAINTIES.index(Certainty.PRESUMED)
KINDS: tuple[Kind, ...] = tuple(sorted(Kind))
KIND_CODES = {kind: code for code, kind in enumerate(KINDS)}
RECORD_TYPES: tuple[type[Fact], ...] = (Identity, Gate, Trust, Use, Gap)
KEPT_PLACES = 500_000
"""How many ordinals a snapshot keeps at most once it has searched for them."""
KEPT_REFS = 50_000
"""A snapshot that was just made keeps its ids as they are, up to so many entities: judging it asks for all of them."""

REFERRED = "referred to, not read"
"""The endpoint of an entity that other facts name and that itself was not read."""

FORMAT = 1
"""The layout of the tables; a reader refuses a higher one."""

F = TypeVar("F", bound=Fact)


def to_micros(moment: datetime | None) -> int:
    """Turn an aware datetime into microseconds since 1970 UTC, None into NEVER."""
    return NEVER if moment is None else (moment - EPOCH) // MICROSECOND


def from_micros(value: int) -> datetime | None:
    """Turn microseconds since 1970 UTC into an aware datetime, NEVER into None."""
    return None if value == NEVER else EPOCH + timedelta(microseconds=int(value))


class Columns(Protocol):
    """Named Arrow columns: a table, or a file that reads each when asked."""

    def column(self, name: str, /) -> pa.ChunkedArray:
        """Return one column."""


class SnapshotInfo(msgspec.Struct, frozen=True, kw_only=True):
    """What a snapshot covers: its sources and the interval in which it was read (UTC)."""

    sources: tuple[str, ...]
    started: datetime
    ended: datetime
    complete: bool = True
    counters: dict[str, int] = msgspec.field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Origins:
    """Where and when each row was seen; `endpoint` are codes into `endpoints`."""

    endpoints: tuple[str, ...]
    endpoint: I32
    fetched: I64
    certainty: U8

    def at(self, row: int) -> Origin:
        """Return the origin of one row."""
        return _origin(self.endpoints[self.endpoint[row]], int(self.fetched[row]), int(self.certainty[row]))


@lru_cache(maxsize=4096)  # what was read of one place comes of one row after the other
def _origin(endpoint: str, fetched: int, certainty: int) -> Origin:
    return Origin(endpoint, from_micros(fetched) or EPOCH, CERTAINTIES[certainty])


@dataclass(frozen=True, slots=True)
class MembershipColumns:
    """One row per membership; `role` are codes into `roles`."""

    member: I32
    group: I32
    roles: tuple[str, ...]
    role: I32
    since: I64
    expires: I64
    origins: Origins

    def __len__(self) -> int:
        """Return the number of memberships."""
        return len(self.member)


@dataclass(frozen=True, slots=True)
class GrantColumns:
    """One row per grant; `role`, `kind` and `condition` are codes into `roles`, GRANT_KINDS, `conditions`."""

    principal: I32
    resource: I32
    roles: tuple[str, ...]
    role: I32
    kind: U8
    conditions: tuple[tuple[str, ...], ...]
    condition: I32
    since: I64
    expires: I64
    last_used: I64
    origins: Origins

    def __len__(self) -> int:
        """Return the number of grants."""
        return len(self.principal)


ENTITY_FACTS: tuple[type[Entity], ...] = (Account, Group, Machine, Resource, Role)

_SHARED = {"ref", "name", "parent", "origin"}


def _body_type(fact: type[Fact], left_out: set[str]) -> type[msgspec.Struct]:
    """Return what is written of a fact: all but what columns hold, in the order of its fields."""
    fields: list[Any] = []
    for info in msgspec.structs.fields(fact):
        if info.name in left_out:
            continue
        if info.default_factory is not msgspec.NODEFAULT:
            fields.append((info.name, info.type, msgspec.field(default_factory=info.default_factory)))
        elif info.default is not msgspec.NODEFAULT:
            fields.append((info.name, info.type, info.default))
        else:
            fields.append((info.name, info.type))
    return msgspec.defstruct(f"{fact.__name__}Body", fields)


def _values(names: tuple[str, ...]) -> Callable[[object], tuple[Any, ...]]:
    """Return what reads some fields of an object at once: twice as fast as one after the other."""
    read = attrgetter(*names)
    return read if len(names) > 1 else lambda found: (read(found),)


_BODIES: dict[type[Fact], type[msgspec.Struct]] = {
    **{fact: _body_type(fact, _SHARED) for fact in ENTITY_FACTS},
    **{fact: _body_type(fact, {"origin"}) for fact in RECORD_TYPES},
}
_VALUES = {fact: _values(body.__struct_fields__) for fact, body in _BODIES.items()}
_DECODERS = {fact: msgspec.json.Decoder(body) for fact, body in _BODIES.items()}
_ENCODER = msgspec.json.Encoder(order="deterministic")


def _encode(fact: Fact) -> bytes:
    kind = type(fact)
    return _ENCODER.encode(_BODIES[kind](*_VALUES[kind](fact)))


def _decode(fact: type[F], body: bytes, origin: Origin, **shared: object) -> F:
    read = _VALUES[fact](_DECODERS[fact].decode(body))
    return fact(origin=origin, **shared, **dict(zip(_BODIES[fact].__struct_fields__, read, strict=True)))


def _subject(fact: Fact) -> Ref:
    match fact:
        case Gate():
            return fact.resource
        case Trust():
            return fact.principal
        case Use():
            return fact.by
        case Gap():
            return fact.scope
        case Identity():
            return fact.ref
    raise TypeError(type(fact).__name__)


@dataclass(frozen=True)
class Snapshot:
    """All facts and gaps of one moment. Immutable; made by `SnapshotBuilder` or read from tables."""

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
    _objects: dict[int, Entity] = field(default_factory=dict, repr=False, compare=False)
    _places: dict[Ref, int | None] = field(default_factory=dict, repr=False, compare=False)
    _refs: dict[int, Ref] = field(default_factory=dict, repr=False, compare=False)

    def __len__(self) -> int:
        """Return the number of entities."""
        return len(self.kind)

    @property
    def as_of(self) -> datetime:
        """The time for which this snapshot speaks: the end of its reading."""
        return self.info.ended

    @cached_property
    def _ranges(self) -> dict[tuple[str, str], tuple[int, int]]:
        """Where each (instance, kind) begins and ends: entities are sorted by id."""
        if not len(self):
            return {}
        code = self.instance.astype(np.int32) * 256 + self.kind
        starts = np.flatnonzero(np.concatenate(([True], code[1:] != code[:-1])))
        ends = [*starts[1:].tolist(), len(code)]
        return {
            (self.instances[self.instance[a]], KINDS[self.kind[a]]): (int(a), int(b))
            for a, b in zip(starts.tolist(), ends, strict=True)
        }

    def ordinal(self, ref: Ref) -> int | None:
        """Return the ordinal of an id, None where this snapshot does not know it (kept once found)."""
        if ref in self._places:
            return self._places[ref]
        if len(self._places) >= KEPT_PLACES:
            self._places.clear()
        found = self._places[ref] = self._search(ref)
        return found

    def _search(self, ref: Ref) -> int | None:
        low, high = self._ranges.get((ref.instance, ref.kind), (0, 0))
        end = high
        while low < high:
            middle = (low + high) // 2
            if self.key[middle].as_py() < ref.key:
                low = middle + 1
            else:
                high = middle
        return low if low < end and self.key[low].as_py() == ref.key else None

    def ref(self, ordinal: int) -> Ref:
        """Return the id at an ordinal."""
        found = self._refs.get(ordinal)
        if found is not None:
            return found
        return Ref(self.instances[self.instance[ordinal]], KINDS[self.kind[ordinal]], self.key[ordinal].as_py())

    def refs(self, ordinals: NDArray[Any]) -> list[Ref]:
        """Return the ids at many ordinals, in their order."""
        keys = self.key.take(pa.array(ordinals)).to_pylist()
        instances = self.instance[ordinals].tolist()
        kinds = self.kind[ordinals].tolist()
        names = self.instances
        return [Ref(names[i], KINDS[k], key) for i, k, key in zip(instances, kinds, keys, strict=True)]

    def kind_of(self, ordinal: int) -> Kind:
        """Return the kind at an ordinal."""
        kind: Kind = KINDS[self.kind[ordinal]]
        return kind

    def name_of(self, ordinal: int) -> str:
        """Return the display name at an ordinal."""
        return str(self.name[ordinal].as_py())

    def ordinals(self, *kinds: Kind) -> I32:
        """Return the ordinals of all entities of some kinds, ascending."""
        parts = [np.arange(a, b, dtype=np.int32) for (_, kind), (a, b) in sorted(self._ranges.items()) if kind in kinds]
        return np.sort(np.concatenate(parts)) if parts else np.empty(0, dtype=np.int32)

    def named(self, name: str) -> list[int]:
        """Return the ordinals whose display name is exactly `name`, letter case ignored."""
        import pyarrow.compute as pc

        lowered = pc.equal(self._lowered, name.lower())
        return [int(i) for i in np.flatnonzero(lowered.to_numpy(zero_copy_only=False))]

    @cached_property
    def _lowered(self) -> pa.Array:
        import pyarrow.compute as pc

        return pc.utf8_lower(self.name)

    def entity(self, ordinal: int) -> Entity:
        """Return the fact about the entity at an ordinal (kept once made)."""
        found = self._objects.get(ordinal)
        if found is None:
            fact = ENTITY_TYPES.get(self.kind_of(ordinal), Resource)
            outer = int(self.parent[ordinal])
            found = _decode(
                fact,
                self.body[ordinal].as_py(),
                self.entity_origins.at(ordinal),
                ref=self.ref(ordinal),
                name=self.name_of(ordinal),
                parent=None if outer < 0 else self.ref(outer),
            )
            self._objects[ordinal] = found
        return found

    def body_of(self, ordinal: int) -> bytes:
        """Return the fact about the entity at an ordinal as it is kept: JSON, without what the columns hold."""
        found: bytes = self.body[ordinal].as_py()
        return found

    def find(self, ref: Ref) -> Entity | None:
        """Return the fact about an id, None where there is none."""
        ordinal = self.ordinal(ref)
        return None if ordinal is None else self.entity(ordinal)

    def entities(self, *kinds: Kind) -> Iterator[Entity]:
        """Yield the entities of some kinds in the order of their ids."""
        for ordinal in self.ordinals(*kinds).tolist():
            yield self.entity(ordinal)

    @cached_property
    def _children(self) -> dict[int, I32]:
        order = np.argsort(self.parent, kind="stable").astype(np.int32)
        owners = self.parent[order]
        if not len(owners):
            return {}
        starts = np.flatnonzero(np.concatenate(([True], owners[1:] != owners[:-1])))
        parts = np.split(order, starts[1:])
        return {int(self.parent[part[0]]): part for part in parts if len(part)}

    def children(self, ordinal: int, *kinds: Kind) -> list[int]:
        """Return the ordinals of what an entity directly contains, of some kinds or of all."""
        inside = self._children.get(ordinal)
        if inside is None:
            return []
        if not kinds:
            found: list[int] = inside.tolist()
            return found
        sorted_out = self._sorted_out.get(ordinal)
        if sorted_out is None:
            sorted_out = self._sorted_out[ordinal] = {}
            for each, kind in zip(inside.tolist(), self.kind[inside].tolist(), strict=True):
                sorted_out.setdefault(KINDS[kind], []).append(each)
        if len(kinds) == 1:
            return sorted_out.get(kinds[0], [])
        return sorted(each for kind in set(kinds) for each in sorted_out.get(kind, ()))

    @cached_property
    def _sorted_out(self) -> dict[int, dict[Kind, list[int]]]:
        """What an entity directly contains, by kind: filled as it is asked for."""
        return {}

    @cached_property
    def systems(self) -> tuple[System, ...]:
        """The system of each instance, in the order of `instances`."""
        found = []
        for instance in self.instances:
            told = self.find(source_ref(instance))
            found.append(System(told.attributes["system"]) if told and "system" in told.attributes else System.GITHUB)
        return tuple(found)

    def scopes(self, ordinal: int) -> list[int]:
        """Return an ordinal and then all that contain it, innermost first."""
        found: list[int] = []
        parents = self._parents
        while ordinal >= 0 and ordinal not in found:
            found.append(ordinal)
            ordinal = int(parents[ordinal])
        return found

    @cached_property
    def _parents(self) -> Sequence[int] | I32:
        """The parents of all entities; of not too many as numbers of Python, which are read three times as fast."""
        return self.parent if len(self) > KEPT_REFS else self.parent.tolist()

    def membership(self, row: int) -> Membership:
        """Return one membership as a fact."""
        rows = self.memberships
        return Membership(
            member=self.ref(int(rows.member[row])),
            group=self.ref(int(rows.group[row])),
            role=rows.roles[rows.role[row]],
            since=from_micros(int(rows.since[row])),
            expires=from_micros(int(rows.expires[row])),
            origin=rows.origins.at(row),
        )

    def supposing(self, pairs: Sequence[tuple[int, int]], role: str) -> "Snapshot":
        """Return this snapshot with some memberships more, (member, group) by their ordinals, behind all that were seen."""
        rows, more = self.memberships, len(pairs)
        origins = rows.origins
        supposed = Origins(
            endpoints=(*origins.endpoints, role),
            endpoint=np.append(origins.endpoint, np.full(more, len(origins.endpoints), origins.endpoint.dtype)),
            fetched=np.append(origins.fetched, np.full(more, to_micros(self.as_of), origins.fetched.dtype)),
            certainty=np.append(origins.certainty, np.full(more, PRESUMED, origins.certainty.dtype)),
        )
        both = np.array(pairs, rows.member.dtype).reshape(-1, 2)
        wider = copy.copy(self)
        columns = MembershipColumns(
            member=np.append(rows.member, both[:, 0]),
            group=np.append(rows.group, both[:, 1]),
            roles=(*rows.roles, role),
            role=np.append(rows.role, np.full(more, len(rows.roles), rows.role.dtype)),
            since=np.append(rows.since, np.full(more, NEVER, rows.since.dtype)),
            expires=np.append(rows.expires, np.full(more, NEVER, rows.expires.dtype)),
            origins=supposed,
        )
        object.__setattr__(wider, "memberships", columns)
        return wider

    def grant(self, row: int) -> Grant:
        """Return one grant as a fact."""
        rows = self.grants
        return Grant(
            principal=self.ref(int(rows.principal[row])),
            resource=self.ref(int(rows.resource[row])),
            role=rows.roles[rows.role[row]],
            kind=GRANT_KINDS[rows.kind[row]],
            conditions=rows.conditions[rows.condition[row]],
            since=from_micros(int(rows.since[row])),
            expires=from_micros(int(rows.expires[row])),
            last_used=from_micros(int(rows.last_used[row])),
            origin=rows.origins.at(row),
        )

    @cached_property
    def _record_rows(self) -> dict[tuple[int, int], list[int]]:
        rows: dict[tuple[int, int], list[int]] = defaultdict(list)
        for row, (kind, subject) in enumerate(
            zip(self.record_type.tolist(), self.record_subject.tolist(), strict=True)
        ):
            rows[kind, subject].append(row)
        return dict(rows)

    def records(self, fact: type[F], subject: int | None = None, *, holding: bytes = b"") -> Iterator[F]:
        """Yield all facts of one type: Identity, Gate, Trust, Use or Gap; or only those of one subject.

        The subject of a Gate is its resource, of a Trust its principal, of a Use who uses, of a Gap its scope. `holding` leaves
        out, before they are read, those whose JSON does not hold a text: some that do may be others all the same.
        """
        code = RECORD_TYPES.index(fact)
        every = np.flatnonzero(self.record_type == code).tolist() if subject is None else []
        rows = every if subject is None else self._record_rows.get((code, subject), [])
        for row in rows:
            body = self.record_body[row].as_py()
            if not holding or holding in body:
                yield _decode(fact, body, self.record_origins.at(row))

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

    # --- tables: what is written and read -------------------------------------------------------

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
    ) -> "Snapshot":
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


FEW_ROWS = 100_000
"""Rows that are spelled out by hand, which is done before Arrow's functions for it are loaded."""


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


class _Coder:
    """Gives each distinct word a code, in the order of the words themselves once finished."""

    def __init__(self) -> None:
        self.codes: dict[Any, int] = {}

    def add(self, word: Any) -> int:
        return self.codes.setdefault(word, len(self.codes))

    def finish(self, used: list[int]) -> tuple[tuple[Any, ...], NDArray[np.int32]]:
        words = sorted(self.codes)
        place = np.empty(max(len(words), 1), dtype=np.int32)
        for code, word in enumerate(words):
            place[self.codes[word]] = code
        column = place[np.array(used, dtype=np.int32)] if used else np.empty(0, np.int32)
        return tuple(words) or ("",), column.astype(np.int32)


class _OriginRows:
    def __init__(self) -> None:
        self.coder = _Coder()
        self.endpoint: list[int] = []
        self.fetched: list[int] = []
        self.certainty: list[int] = []
        self.last: Origin | None = None

    def add(self, origin: Origin) -> None:
        if origin is self.last:  # facts of one file follow one another and share it
            self.endpoint.append(self.endpoint[-1])
            self.fetched.append(self.fetched[-1])
            self.certainty.append(self.certainty[-1])
            return
        self.last = origin
        self.endpoint.append(self.coder.add(origin.endpoint))
        self.fetched.append(to_micros(origin.fetched_at))
        self.certainty.append(CERTAINTIES.index(origin.certainty))

    def finish(self, order: NDArray[Any] | None = None) -> Origins:
        endpoints, endpoint = self.coder.finish(self.endpoint)
        fetched, certainty = np.array(self.fetched, np.int64), np.array(self.certainty, np.uint8)
        if order is not None:
            endpoint, fetched, certainty = endpoint[order], fetched[order], certainty[order]
        return Origins(endpoints, endpoint, fetched, certainty)


class SnapshotBuilder:
    """Takes facts in any order and makes one snapshot; the order of facts never matters.

    A later fact about the same entity, gate or use replaces an earlier one; equal grants and
    memberships are kept once. An id that is only referred to becomes an entity without attributes.
    """

    def __init__(self) -> None:
        self._entities: dict[Ref, Entity] = {}
        self._memberships: dict[tuple[Ref, Ref, str], Membership] = {}
        self._grants: dict[tuple[Ref, Ref, str, GrantKind, tuple[str, ...]], Grant] = {}
        self._records: dict[tuple[Any, ...], Fact] = {}

    def __len__(self) -> int:
        """Return the number of facts taken so far."""
        return len(self._entities) + len(self._memberships) + len(self._grants) + len(self._records)

    def add(self, *facts: AnyFact) -> None:
        """Take some facts."""
        for fact in facts:
            match fact:
                case Entity():
                    self._entities[fact.ref] = fact
                case Use():
                    self._records["Use", fact.by, fact.what, fact.name, fact.line, _encode(fact)] = fact
                case Membership():
                    self._memberships[fact.member, fact.group, fact.role] = fact
                case Grant():
                    self._grants[fact.principal, fact.resource, fact.role, fact.kind, fact.conditions] = fact
                case Gate() | Trust() | Identity():
                    self._records[type(fact).__name__, fact.ref] = fact
                case Gap():
                    self._records["Gap", fact.scope, fact.facet, fact.cause, fact.detail] = fact

    def take(self, other: "SnapshotBuilder") -> None:
        """Take all facts of another builder, as if they were added after our own."""
        self._entities |= other._entities  # noqa: SLF001 - one of our own
        self._memberships |= other._memberships  # noqa: SLF001 - one of our own
        self._grants |= other._grants  # noqa: SLF001 - one of our own
        self._records |= other._records  # noqa: SLF001 - one of our own

    def known(self, kind: Kind) -> list[Entity]:
        """Return the entities of a kind that were taken so far."""
        return [entity for ref, entity in self._entities.items() if ref.kind is kind]

    def forget(self, refs: Collection[Ref], *, gaps: tuple[Ref, Collection[str]]) -> None:
        """Let go of some entities with what they hold and what was told of them, and of one thing's gaps over some facets."""
        scope, facets = gaps
        gone = frozenset(refs)
        for ref in gone:
            self._entities.pop(ref, None)
        self._grants = {k: g for k, g in self._grants.items() if gone.isdisjoint((g.principal, g.resource))}
        self._memberships = {k: m for k, m in self._memberships.items() if gone.isdisjoint((m.member, m.group))}
        self._records = {
            key: fact
            for key, fact in self._records.items()
            if _subject(fact) not in gone
            and not (isinstance(fact, Gap) and fact.scope == scope and fact.facet in facets)
        }

    def _referred(self) -> Iterator[Ref]:
        for membership in self._memberships.values():
            yield membership.member
            yield membership.group
        for grant in self._grants.values():
            yield grant.principal
            yield grant.resource
        for fact in self._records.values():
            yield _subject(fact)
        for entity in self._entities.values():
            if entity.parent is not None:
                yield entity.parent

    def finish(self, info: SnapshotInfo) -> Snapshot:
        """Make the snapshot."""
        nowhere = Origin(REFERRED, info.started, Certainty.PRESUMED)
        for ref in set(self._referred()) - self._entities.keys():
            fact = ENTITY_TYPES.get(ref.kind, Resource)
            self._entities[ref] = fact(ref=ref, name=ref.key, origin=nowhere)
        refs = sorted(self._entities)
        place = {ref: ordinal for ordinal, ref in enumerate(refs)}
        instances = tuple(sorted({ref.instance for ref in refs}))
        codes = {instance: code for code, instance in enumerate(instances)}
        entities = [self._entities[ref] for ref in refs]
        origins = _OriginRows()
        for entity in entities:
            origins.add(entity.origin)
        return Snapshot(
            info=info,
            instances=instances,
            instance=np.array([codes[ref.instance] for ref in refs], np.uint8),
            kind=np.array([KIND_CODES[ref.kind] for ref in refs], np.uint8),
            key=pa.array([ref.key for ref in refs], pa.string()),
            name=pa.array([entity.name for entity in entities], pa.string()),
            parent=np.array([-1 if e.parent is None else place[e.parent] for e in entities], np.int32),
            body=pa.array([_encode(entity) for entity in entities], pa.binary()),
            entity_origins=origins.finish(),
            memberships=self._membership_columns(place),
            grants=self._grant_columns(place),
            _places=dict(place) if len(refs) <= KEPT_REFS else {},
            _refs=dict(enumerate(refs)) if len(refs) <= KEPT_REFS else {},
            **self._record_columns(place),
        )

    def _membership_columns(self, place: dict[Ref, int]) -> MembershipColumns:
        rows = [self._memberships[key] for key in sorted(self._memberships)]
        roles, origins = _Coder(), _OriginRows()
        used = [roles.add(row.role) for row in rows]
        for row in rows:
            origins.add(row.origin)
        words, codes = roles.finish(used)
        return MembershipColumns(
            member=np.array([place[row.member] for row in rows], np.int32),
            group=np.array([place[row.group] for row in rows], np.int32),
            roles=words,
            role=codes,
            since=np.array([to_micros(row.since) for row in rows], np.int64),
            expires=np.array([to_micros(row.expires) for row in rows], np.int64),
            origins=origins.finish(),
        )

    def _grant_columns(self, place: dict[Ref, int]) -> GrantColumns:
        rows = [self._grants[key] for key in sorted(self._grants)]
        roles, conditions, origins = _Coder(), _Coder(), _OriginRows()
        conditions.add(())
        used = [roles.add(row.role) for row in rows]
        bound = [conditions.add(row.conditions) for row in rows]
        for row in rows:
            origins.add(row.origin)
        words, codes = roles.finish(used)
        texts, condition = conditions.finish(bound)
        return GrantColumns(
            principal=np.array([place[row.principal] for row in rows], np.int32),
            resource=np.array([place[row.resource] for row in rows], np.int32),
            roles=words,
            role=codes,
            kind=np.array([GRANT_KINDS.index(row.kind) for row in rows], np.uint8),
            conditions=texts,
            condition=condition,
            since=np.array([to_micros(row.since) for row in rows], np.int64),
            expires=np.array([to_micros(row.expires) for row in rows], np.int64),
            last_used=np.array([to_micros(row.last_used) for row in rows], np.int64),
            origins=origins.finish(),
        )

    def _record_columns(self, place: dict[Ref, int]) -> dict[str, Any]:
        rows = sorted(
            # a use is told apart by all it says, and was encoded for that
            (
                RECORD_TYPES.index(type(fact)),
                place[_subject(fact)],
                key[-1] if key[0] == "Use" else _encode(fact),
                number,
            )
            for number, (key, fact) in enumerate(self._records.items())
        )
        facts = list(self._records.values())
        origins = _OriginRows()
        for *_, number in rows:
            origins.add(facts[number].origin)
        return {
            "record_type": np.array([row[0] for row in rows], np.uint8),
            "record_subject": np.array([row[1] for row in rows], np.int32),
            "record_body": pa.array([row[2] for row in rows], pa.binary()),
            "record_origins": origins.finish(),
        }
