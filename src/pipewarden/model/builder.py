"""What makes a snapshot of facts, in whatever order they come."""

from collections.abc import Collection, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipewarden.model.bodies import RECORD_CODES, encode, subject
from pipewarden.model.columns import (
    CERTAINTIES,
    GRANT_KINDS,
    KEPT_REFS,
    KIND_CODES,
    REFERRED,
    GrantColumns,
    MembershipColumns,
    Origins,
    SnapshotInfo,
    to_micros,
)
from pipewarden.model.facts import (
    ENTITY_TYPES,
    AnyFact,
    Certainty,
    Entity,
    Fact,
    Gap,
    Gate,
    Grant,
    GrantKind,
    Identity,
    Membership,
    Origin,
    Resource,
    Trust,
    Use,
)
from pipewarden.model.ids import Kind, Ref
from pipewarden.model.snapshot import Snapshot
from pipewarden.model.texts import Texts


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

    def finish(self) -> Origins:
        endpoints, endpoint = self.coder.finish(self.endpoint)
        return Origins(endpoints, endpoint, np.array(self.fetched, np.int64), np.array(self.certainty, np.uint8))


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
                case Use():  # most are
                    self._records["Use", fact.by, fact.what, fact.name, fact.line, encode(fact)] = fact
                case Entity():
                    self._entities[fact.ref] = fact
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

    def trusts(self) -> list[Trust]:
        """Return the trusts that were added so far."""
        return [fact for fact in self._records.values() if isinstance(fact, Trust)]

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
            if subject(fact) not in gone
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
            yield subject(fact)
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
            key=Texts(str, [ref.key for ref in refs]),
            name=Texts(str, [entity.name for entity in entities]),
            parent=np.array([-1 if e.parent is None else place[e.parent] for e in entities], np.int32),
            body=Texts(bytes, [encode(entity) for entity in entities]),
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
                RECORD_CODES[type(fact)],
                place[subject(fact)],
                key[-1] if key[0] == "Use" else encode(fact),
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
            "record_body": Texts(bytes, [row[2] for row in rows]),
            "record_origins": origins.finish(),
        }
