"""A snapshot: all facts and gaps of one moment, kept as columns so that millions stay small and load fast.

Facts become objects when asked for.
"""

import copy
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pipewarden.model.bodies import RECORD_CODES, F, decode, read
from pipewarden.model.columns import (
    CERTAINTIES,
    GRANT_KINDS,
    I32,
    KEPT_REFS,
    KINDS,
    NEVER,
    MembershipColumns,
    Origins,
    from_micros,
    to_micros,
)
from pipewarden.model.facts import ENTITY_TYPES, Certainty, Entity, Fact, Gap, Grant, Membership, Resource
from pipewarden.model.ids import Kind, Ref
from pipewarden.model.systems import System, source_ref
from pipewarden.model.tables import SnapshotTables

if TYPE_CHECKING:
    import pyarrow as pa

PRESUMED = CERTAINTIES.index(Certainty.PRESUMED)
AT_ONCE = 4096
"""Entities whose columns are read together."""
_SUBJECTS = 1 << 32
FEW_RECORDS = 10_000
"""Of so few records all gaps are made objects, whichever are asked for."""
KEPT_PLACES = 500_000
"""How many ordinals a snapshot keeps at most once it has searched for them."""


@dataclass(frozen=True)
class Snapshot(SnapshotTables):
    """All facts and gaps of one moment. Immutable; made by `SnapshotBuilder` or read from tables."""

    _objects: dict[int, Entity] = field(default_factory=dict, repr=False, compare=False)
    _places: dict[Ref, int | None] = field(default_factory=dict, repr=False, compare=False)
    _refs: dict[int, Ref] = field(default_factory=dict, repr=False, compare=False)
    _asked: dict[int, Ref] = field(default_factory=dict, repr=False, compare=False)

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
            if self.key[middle] < ref.key:
                low = middle + 1
            else:
                high = middle
        return low if low < end and self.key[low] == ref.key else None

    def ref(self, ordinal: int) -> Ref:
        """Return the id at an ordinal; of a long snapshot it is kept once made, for the links of paths name few things often."""
        found = self._refs.get(ordinal) or self._asked.get(ordinal)
        if found is None:
            found = Ref(self.instances[self.instance[ordinal]], KINDS[self.kind[ordinal]], self.key[ordinal])
            if not self.key.is_list:
                if len(self._asked) >= KEPT_PLACES:
                    self._asked.clear()
                self._asked[ordinal] = found
        return found

    def refs(self, ordinals: NDArray[Any]) -> list[Ref]:
        """Return the ids at many ordinals, in their order."""
        keys = self.key.take(ordinals)
        instances = self.instance[ordinals].tolist()
        kinds = self.kind[ordinals].tolist()
        names = self.instances
        return [Ref(names[i], KINDS[k], key) for i, k, key in zip(instances, kinds, keys, strict=True)]

    def kind_of(self, ordinal: int) -> Kind:
        """Return the kind at an ordinal."""
        return KINDS[self._kinds[ordinal]]

    @cached_property
    def _kinds(self) -> bytes:
        """The codes of all kinds: one is read from bytes in half the time that a number of numpy takes."""
        return self.kind.tobytes()

    def name_of(self, ordinal: int) -> str:
        """Return the display name at an ordinal."""
        return self.name[ordinal]

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
    def _lowered(self) -> "pa.Array":
        import pyarrow.compute as pc

        return pc.utf8_lower(self.name.array)

    def entity(self, ordinal: int) -> Entity:
        """Return the fact about the entity at an ordinal (kept once made)."""
        found = self._objects.get(ordinal)
        if found is None:
            fact = ENTITY_TYPES.get(self.kind_of(ordinal), Resource)
            outer = int(self.parent[ordinal])
            found = decode(
                fact,
                self.body[ordinal],
                self.entity_origins.at(ordinal),
                ref=self.ref(ordinal),
                name=self.name_of(ordinal),
                parent=None if outer < 0 else self._outer(outer),
            )
            self._objects[ordinal] = found
        return found

    def body_of(self, ordinal: int) -> bytes:
        """Return the fact about the entity at an ordinal as it is kept: JSON, without what the columns hold."""
        return self.body[ordinal]

    def find(self, ref: Ref) -> Entity | None:
        """Return the fact about an id, None where there is none."""
        ordinal = self.ordinal(ref)
        return None if ordinal is None else self.entity(ordinal)

    def entities(self, *kinds: Kind) -> Iterator[Entity]:
        """Yield the entities of some kinds in the order of their ids."""
        yield from self.facts_at(self.ordinals(*kinds))

    def facts_at(self, ordinals: I32) -> Iterator[Entity]:
        """Yield the facts about the entities at some ordinals, as `entity` does: their columns are read many at once."""
        known = self._objects
        for start in range(0, len(ordinals), AT_ONCE):
            some = ordinals[start : start + AT_ONCE].tolist()
            new = [each for each in some if each not in known]
            if new:
                self._make(np.array(new, np.int32))
            for ordinal in some:
                yield known[ordinal]

    def _make(self, ordinals: I32) -> None:
        """Make the facts at some ordinals, and keep where they are: who has a fact asks for its place next."""
        places = ordinals.tolist()
        refs = [self._refs[each] for each in places] if self._refs else self.refs(ordinals)
        if len(self._places) + len(places) <= KEPT_PLACES:
            self._places.update(zip(refs, places, strict=True))
        columns = (refs, self.name.take(ordinals), self.body.take(ordinals), self.parent[ordinals].tolist())
        for ordinal, ref, name, body, outer in zip(places, *columns, strict=True):
            fact = ENTITY_TYPES.get(ref.kind, Resource)
            parent = None if outer < 0 else self._outer(outer)
            self._objects[ordinal] = decode(
                fact, body, self.entity_origins.at(ordinal), ref=ref, name=name, parent=parent
            )

    def _outer(self, ordinal: int) -> Ref:
        """Return the id of something that contains others (kept once found, for it contains many)."""
        found = self._outers.get(ordinal)
        if found is None:
            found = self._outers[ordinal] = self.ref(ordinal)
        return found

    @cached_property
    def _outers(self) -> dict[int, Ref]:
        """The ids of what contains others, as far as they were asked for."""
        return {}

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

    @cached_property
    def lists_alone(self) -> bool:
        """Whether nothing but lists of people was read: of what anybody may do that tells nothing."""
        return set(self.systems) <= {System.ROSTER}

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
    def _record_rows(self) -> dict[int, list[int]]:
        """The rows of the records by type and subject, both in one number."""
        of = self.record_type.astype(np.int64) * _SUBJECTS + self.record_subject
        order = np.argsort(of, kind="stable")
        of = of[order]
        starts = np.flatnonzero(np.concatenate(([True], of[1:] != of[:-1]))) if len(of) else order
        ends = [*starts[1:].tolist(), len(of)]
        rows = order.tolist()
        return {
            each: rows[start:end]
            for each, start, end in zip(of[starts].tolist(), starts.tolist(), ends, strict=bool(len(of)))
        }

    @cached_property
    def gaps(self) -> tuple[Gap, ...]:
        """All gaps: read once for all who ask, for a large organization has a hundred thousand of them."""
        return tuple(self.records(Gap))

    @cached_property
    def has_gaps(self) -> bool:
        """Whether anything was not read."""
        return bool((self.record_type == RECORD_CODES[Gap]).any())

    def gap_at(self, ordinal: int, facet: str) -> Gap | None:
        """Return the first gap over a facet of exactly this thing."""
        here = self._gaps_here.get(ordinal)
        if here is None:
            here = self._gaps_here[ordinal] = {}
            for gap in self.records(Gap, ordinal):
                here.setdefault(gap.facet, gap)
        return here.get(facet)

    @cached_property
    def _gaps_here(self) -> dict[int, dict[str, Gap]]:
        """The gaps over things that were asked about, by their facets."""
        return {}

    def gaps_in(self, facets: Iterable[str]) -> list[Gap]:
        """Return the gaps over some facets, in the order of all gaps: the others are not made objects."""
        wanted = frozenset(facets)
        if self.gaps_are_made:
            return [gap for gap in self.gaps if gap.facet in wanted]
        rows, codes, known = self._gap_facets
        fits = np.isin(codes, [code for code, facet in enumerate(known) if facet in wanted])
        return [self._record(Gap, row) for row in rows[fits].tolist()]

    @property
    def gaps_are_made(self) -> bool:
        """Whether all gaps are objects, or so few that they may as well be; of a snapshot without Arrow they always may."""
        return "gaps" in self.__dict__ or len(self.record_type) < FEW_RECORDS or self.record_body.is_list

    @cached_property
    def facets_of_gaps(self) -> frozenset[str]:
        """The facets of which anything was not read."""
        if self.gaps_are_made:
            return frozenset(gap.facet for gap in self.gaps)
        _, codes, known = self._gap_facets
        return frozenset(known[code] for code in np.unique(codes).tolist() if code >= 0)

    @cached_property
    def _gap_facets(self) -> tuple[NDArray[Any], NDArray[Any], list[str]]:
        """The rows of all gaps, the facet of each as a code, and the facets by their codes; no gap is made an object."""
        from pipewarden.model import arrow

        rows = np.flatnonzero(self.record_type == RECORD_CODES[Gap])
        return (rows, *arrow.facets(self.record_body.array, rows))

    def records(self, fact: type[F], subject: int | None = None, *, holding: bytes = b"") -> Iterator[F]:
        """Yield all facts of one type: Identity, Gate, Trust, Use or Gap; or only those of one subject.

        The subject of a Gate is its resource, of a Trust its principal, of a Use who uses, of a Gap its scope. `holding` leaves
        out, before they are read, those whose JSON does not hold a text: some that do may be others all the same.
        """
        for row in self._rows_of(fact, subject):
            if not holding or holding in self.record_body[row]:
                yield self._record(fact, row)

    def record_bodies(self, fact: type[Fact], subject: int) -> Iterator[bytes]:
        """Yield the facts of one type and one subject as they are kept: JSON, without their origin."""
        for row in self._rows_of(fact, subject):
            yield self.record_body[row]

    def bodies(self, fact: type[Fact]) -> Iterator[tuple[int, Any]]:
        """Yield the subject of each record of one type with its body, which has all fields of the fact but its origin."""
        rows = np.flatnonzero(self.record_type == RECORD_CODES[fact])
        for subject, body in zip(self.record_subject[rows].tolist(), self.record_body.take(rows), strict=True):
            yield subject, read(fact, body)

    def _rows_of(self, fact: type[Fact], subject: int | None) -> Iterable[int]:
        code = RECORD_CODES[fact]
        if subject is not None:
            return self._record_rows.get(code * _SUBJECTS + subject, ())
        every: list[int] = np.flatnonzero(self.record_type == code).tolist()
        return every

    def _record(self, fact: type[F], row: int) -> F:
        return decode(fact, self.record_body[row], self.record_origins.at(row))
