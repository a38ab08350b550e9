"""What changed between two snapshots, as access people have and not as rows: only what was touched is recomputed."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from msgspec import Struct
from numpy.typing import NDArray
from pyroaring import BitMap

from pipewarden.access.capability_changes import CapabilityChange, Compared
from pipewarden.access.engine import Engine
from pipewarden.access.github.anybody import ANYBODY
from pipewarden.model.access import Level
from pipewarden.model.facts import Entity, Gate, Role, Trust
from pipewarden.model.ids import Kind, Ref
from pipewarden.model.snapshot import Snapshot

LEVELS = (Level.READ, Level.TRIAGE, Level.WRITE, Level.MAINTAIN, Level.ADMIN)

I32 = NDArray[np.int32]
I64 = NDArray[np.int64]

SETTINGS = frozenset(
    {
        Kind.ORGANIZATION, Kind.REPOSITORY, Kind.ENVIRONMENT, Kind.RUNNER_GROUP, Kind.SECRET, Kind.TENANT, Kind.MOUNT,
        Kind.APPLICATION, Kind.SERVICE_ACCOUNT, Kind.FOLDER, Kind.PIPELINE, Kind.ROLE,
    }
)  # fmt: skip
"""Kinds whose settings are compared field by field."""

MOST_RUNS = 2_000
"""Beyond so many runs, moving number by number is faster."""

_NOISE = frozenset(
    {
        "updated_at", "pushed_at", "last_response", "busy", "status", "activity_since", "audit_events", "last_build",
        "last_acts", "last_acts_untold", "audit_events_untold", "lastUpdated", "modified", "line", "column",
    }
)  # fmt: skip
"""What moves by itself, or says only that something moved."""
_STATUS = frozenset({Kind.APPLICATION, Kind.SERVICE_ACCOUNT, Kind.TENANT})
"""Kinds whose status is a setting: an application that is switched on."""


class AccessChange(Struct, frozen=True, kw_only=True):
    """One principal's effective role on one repository before and after."""

    principal: Ref
    repository: Ref
    before: Level
    after: Level


class EntityChange(Struct, frozen=True, kw_only=True):
    """An account, machine, resource or gate that came, went or changed a setting."""

    what: str
    """`added`, `removed` or `changed`."""
    ref: Ref
    name: str
    field: str = ""
    before: str = ""
    after: str = ""


class Changes(Struct, frozen=True, kw_only=True):
    """All that differs between two snapshots."""

    access: tuple[AccessChange, ...]
    entities: tuple[EntityChange, ...]
    repositories: int
    """How many repositories were compared."""
    capabilities: tuple[CapabilityChange, ...] = ()
    """Who gained or lost a capability where roles are no levels of repositories: tenants, applications, secrets of a vault."""
    uncompared: tuple[str, ...] = ()
    """What was not compared, and what was read for one of the two alone, in words."""


def diff(before: Engine, after: Engine, *, everything: bool = False) -> Changes:
    """Compare two snapshots. Only repositories that a changed fact touches are compared unless `everything`.

    A principal's change is listed once per repository, with the effective role before and after.
    """
    place = _places(before.snapshot, after.snapshot)
    groups = _changed_groups(before, after, place, len(after.snapshot))
    touched = _all(before, after) if everything else _touched(before, after, place, groups)
    access = tuple(_access(before, after, place, touched))
    compared = Compared(
        before, after, place, _Mover(place, len(after.snapshot)), touched, _group_refs(before, after, groups)
    )
    capabilities = tuple(compared.changes())
    return Changes(
        access=access,
        # that a trust lets in anybody is told as a change of the trust: nobody came
        entities=tuple(each for each in _entities(before.snapshot, after.snapshot) if each.ref != ANYBODY),
        repositories=len(touched),
        capabilities=capabilities,
        uncompared=tuple(compared.uncompared),
    )


def levels_changed(before: Engine, after: Engine) -> tuple[AccessChange, ...]:
    """Return whose effective role on which repository differs, of all that a changed fact touches."""
    place = _places(before.snapshot, after.snapshot)
    groups = _changed_groups(before, after, place, len(after.snapshot))
    return tuple(_access(before, after, place, _touched(before, after, place, groups)))


def _ids(snapshot: Snapshot) -> pa.Array:
    instance = pa.DictionaryArray.from_arrays(
        pa.array(snapshot.instance.astype(np.int32)), pa.array(snapshot.instances or [""])
    )
    kind = pa.array(snapshot.kind.astype(np.int32)).cast(pa.string())
    return pc.binary_join_element_wise(instance.dictionary_decode(), kind, snapshot.key.array, ":")


def _places(before: Snapshot, after: Snapshot) -> I64:
    """Return for each ordinal of `before` its ordinal in `after`, -1 where it is gone."""
    found = pc.index_in(_ids(before), value_set=_ids(after))
    places: I64 = found.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    return places


def _rows(engine: Engine, places: I64 | None, extra: int) -> tuple[I64, I64]:
    """Return each live grant as two numbers (who and what, how), in the ordinals of the later snapshot."""
    graph, grants = engine.graph, engine.snapshot.grants
    who, what = grants.principal.astype(np.int64), grants.resource.astype(np.int64)
    if places is not None:
        # what is gone keeps a number of its own beyond all ordinals
        who = np.where(places[who] >= 0, places[who], extra + who)
        what = np.where(places[what] >= 0, places[what], extra + what)
    how = graph.masks.astype(np.int64) << 12 | graph.levels.astype(np.int64) << 8 | grants.kind
    how = how << 1 | graph.sure
    live = graph.live_grants
    return (who << 32 | what)[live], how[live]


def _changed(first: tuple[I64, I64], second: tuple[I64, I64]) -> I64:
    """Return the `who and what` of rows that are in only one of the two."""
    keys = np.concatenate((first[0], second[0]))
    hows = np.concatenate((first[1], second[1]))
    sides = np.concatenate((np.zeros(len(first[0]), np.int8), np.ones(len(second[0]), np.int8)))
    if not len(keys):
        return keys
    # sorting by a mix of both is faster than by two keys; a collision splits a run and so only compares more
    mixed = keys * np.int64(1_000_003) ^ hows * np.int64(97_531)
    order = np.argsort(mixed, kind="stable")
    keys, hows, sides = keys[order], hows[order], sides[order]
    edges = np.concatenate(([True], (keys[1:] != keys[:-1]) | (hows[1:] != hows[:-1])))
    starts = np.flatnonzero(edges)
    both = np.minimum.reduceat(sides, starts) != np.maximum.reduceat(sides, starts)
    single = np.repeat(~both, np.diff(np.append(starts, len(keys))))
    return np.unique(keys[single])


def _group_refs(before: Engine, after: Engine, groups: set[int]) -> list[Ref]:
    extra = len(after.snapshot)
    return [before.snapshot.ref(each - extra) if each >= extra else after.snapshot.ref(each) for each in sorted(groups)]


def _touched(before: Engine, after: Engine, places: I64, groups: set[int]) -> list[Ref]:
    """Return the repositories that a changed grant, membership, owner or role touches."""
    extra = len(after.snapshot)
    changed = _changed(_rows(before, places, extra), _rows(after, None, extra))
    resources = set((changed & 0xFFFFFFFF).tolist())
    found: set[Ref] = set()
    for engine, back in ((after, None), (before, places)):
        own = resources if back is None else _back(resources, back, extra)
        for group in groups if back is None else _back(groups, back, extra):
            if group < len(engine.snapshot):  # what is gone has a number beyond all ordinals, and no grants here
                own = own | set(engine.snapshot.grants.resource[engine.graph.by_principal[group]].tolist())
        for resource in own:
            if resource < len(engine.snapshot):
                found.update(_repositories(engine.snapshot, resource))
    return sorted(found)


def _back(ordinals: set[int], places: I64, extra: int) -> set[int]:
    """Turn ordinals of the later snapshot into those of the earlier one."""
    gone = {o - extra for o in ordinals if o >= extra}
    kept = np.flatnonzero(np.isin(places, np.array(sorted(o for o in ordinals if o < extra), np.int64)))
    return gone | set(kept.tolist())


def _changed_groups(before: Engine, after: Engine, places: I64, extra: int) -> set[int]:
    """Return the groups whose membership changed, with all that they are nested in."""

    def rows(engine: Engine, back: I64 | None) -> tuple[I64, I64]:
        columns, live = engine.snapshot.memberships, engine.graph.live_memberships
        who, group = columns.member[live].astype(np.int64), columns.group[live].astype(np.int64)
        if back is not None:
            who = np.where(back[who] >= 0, back[who], extra + who)
            group = np.where(back[group] >= 0, back[group], extra + group)
        return who << 32 | group, np.zeros(len(who), np.int64)

    changed = set((_changed(rows(before, places), rows(after, None)) & 0xFFFFFFFF).tolist())
    found = set(changed)
    for group in changed:
        if group < extra:
            found.update(after.graph.outer(group))
    for group in _back(changed, places, extra):
        for outer in before.graph.outer(group):
            found.add(int(places[outer]) if places[outer] >= 0 else extra + outer)
    return found


def _repositories(snapshot: Snapshot, resource: int) -> Iterator[Ref]:
    match snapshot.kind_of(resource):
        case Kind.REPOSITORY:
            yield snapshot.ref(resource)
        case Kind.ORGANIZATION | Kind.ENTERPRISE:
            for child in snapshot.children(resource, Kind.REPOSITORY, Kind.ORGANIZATION):
                yield from _repositories(snapshot, child)


def _all(before: Engine, after: Engine) -> list[Ref]:
    return sorted({e.snapshot.ref(o) for e in (before, after) for o in e.snapshot.ordinals(Kind.REPOSITORY).tolist()})


def _access(before: Engine, after: Engine, places: I64, touched: list[Ref]) -> Iterator[AccessChange]:
    extra = len(after.snapshot)
    earlier = np.full(extra, -1, np.int64)
    kept = np.flatnonzero(places >= 0)
    earlier[places[kept]] = kept
    moved = _Mover(places, extra)
    for repository in touched:
        old, new = before.snapshot.ordinal(repository), after.snapshot.ordinal(repository)
        changed = BitMap()
        for level in LEVELS:
            was = BitMap() if old is None else before.graph.holders(old, level)
            now = BitMap() if new is None else after.graph.holders(new, level)
            changed |= moved(was) ^ now
        for who in changed:
            then = who - extra if who >= extra else int(earlier[who])
            first = Level.NONE if old is None or then < 0 else before.graph.level(then, old)
            second = Level.NONE if new is None or who >= extra else after.graph.level(who, new)
            if first is not second:
                yield AccessChange(
                    principal=after.snapshot.ref(who) if who < extra else before.snapshot.ref(then),
                    repository=repository,
                    before=first,
                    after=second,
                )


class _Mover:
    """Turns sets of ordinals of the earlier snapshot into those of the later one.

    Both number their entities in the order of ids, so what stayed moves in runs by one distance each.
    """

    def __init__(self, places: I64, extra: int) -> None:
        self.places = places
        self.extra = extra
        targets = np.where(places >= 0, places, extra + np.arange(len(places)))
        edges = np.flatnonzero(np.diff(targets) != 1) + 1 if len(targets) else np.empty(0, np.int64)
        starts = [0, *edges.tolist()] if len(targets) else []
        ends = [*edges.tolist(), len(targets)] if len(targets) else []
        self.targets = targets
        self.runs: list[tuple[BitMap, int]] = []
        if len(starts) <= MOST_RUNS:
            self.runs = [(BitMap(range(a, b)), int(targets[a]) - a) for a, b in zip(starts, ends, strict=True)]

    def __call__(self, holders: BitMap) -> BitMap:
        """Return a set in the later snapshot's ordinals; what is gone keeps a number beyond all of them."""
        if not holders:
            return holders
        if self.runs:
            parts = [(part, by) for run, by in self.runs if (part := holders & run)]
            return BitMap.union(BitMap(), *(part.shift(by) if by else part for part, by in parts))
        old = np.fromiter(holders, dtype=np.int64, count=len(holders))
        return BitMap(self.targets[old].astype(np.uint32))


def _entities(before: Snapshot, after: Snapshot) -> Iterator[EntityChange]:
    """Yield what came, went and changed among accounts, machines, resources and gates."""
    old, new = _ids(before), _ids(after)
    for ordinal in np.flatnonzero(pc.invert(pc.is_in(old, value_set=new)).to_numpy(zero_copy_only=False)).tolist():
        yield EntityChange(what="removed", ref=before.ref(ordinal), name=before.name_of(ordinal))
    for ordinal in np.flatnonzero(pc.invert(pc.is_in(new, value_set=old)).to_numpy(zero_copy_only=False)).tolist():
        yield EntityChange(what="added", ref=after.ref(ordinal), name=after.name_of(ordinal))
    places = pc.index_in(new, value_set=old).to_pylist()
    for ordinal, earlier in enumerate(places):
        if earlier is None or after.kind_of(ordinal) not in SETTINGS:
            continue
        if after.body[ordinal] != before.body[earlier]:
            yield from _settings(before, earlier, after, ordinal)
    yield from _records(before, after, Gate, ("active", "patterns", "excluded", "rules", "bypass"))
    yield from _records(
        before, after, Trust, ("principal", "issuer", "subjects", "audiences", "conditions", "attributes")
    )


def _told(entity: Entity) -> dict[str, Any]:
    """Return an entity's settings; of a role what it allows too."""
    if isinstance(entity, Role):
        return {**entity.attributes, "level": entity.level, "permissions": entity.permissions}
    return entity.attributes


def _settings(before: Snapshot, earlier: int, after: Snapshot, ordinal: int) -> Iterator[EntityChange]:
    was, now = _told(before.entity(earlier)), _told(after.entity(ordinal))
    for key in sorted(was.keys() | now.keys()):
        if key in _NOISE and not (key == "status" and after.kind_of(ordinal) in _STATUS):
            continue
        for field, old, new in _differences(key, was.get(key, "absent"), now.get(key, "absent")):
            yield EntityChange(
                what="changed",
                ref=after.ref(ordinal),
                name=after.name_of(ordinal),
                field=field,
                before=_short(old),
                after=_short(new),
            )


def _records(
    before: Snapshot, after: Snapshot, fact: type[Gate] | type[Trust], fields: tuple[str, ...]
) -> Iterator[EntityChange]:
    """Yield the gates, or the trusts, that came, went or changed."""
    was, now = ({each.ref: each for each in s.records(fact)} for s in (before, after))
    for ref in sorted(was.keys() | now.keys()):
        old, new = was.get(ref), now.get(ref)
        known, snapshot = (old, before) if new is None else (new, after)
        name = ref.key if known is None else _record_name(known, snapshot)
        if old is None or new is None:
            yield EntityChange(what="removed" if new is None else "added", ref=ref, name=name)
            continue
        for key in fields:
            for field, first, second in _differences(key, _kept(getattr(old, key)), _kept(getattr(new, key))):
                yield EntityChange(
                    what="changed", ref=ref, name=name, field=field, before=_short(first), after=_short(second)
                )


def _kept(value: Any) -> Any:
    """Leave out of a record's fields what moves by itself, such as the line of a file."""
    return {key: each for key, each in value.items() if key not in _NOISE} if isinstance(value, dict) else value


def _record_name(record: Gate | Trust, snapshot: Snapshot) -> str:
    """Name a gate with what it guards, a trust with whom it lets act: that of one repository is called as that of the next."""
    if isinstance(record, Trust):
        who = snapshot.ordinal(record.principal)
        return f"of {record.principal if who is None else snapshot.name_of(who)}"
    return _gate_name(record, snapshot)


def _gate_name(gate: Gate, snapshot: Snapshot) -> str:
    """Name a gate with what it guards: a branch rule of one repository is called as that of the next."""
    ordinal = snapshot.ordinal(gate.resource)
    place = str(gate.resource) if ordinal is None else snapshot.name_of(ordinal)
    return f"{gate.name or gate.ref.key} of {place}"


def _differences(at: str, was: Any, now: Any) -> Iterator[tuple[str, Any, Any]]:
    """Yield what differs at the deepest place that both have: `rules.reviews`, `2`, `1`."""
    if was == now:
        return
    if isinstance(was, dict) and isinstance(now, dict):
        for key in sorted(was.keys() | now.keys()):
            yield from _differences(f"{at}.{key}", was.get(key, "absent"), now.get(key, "absent"))
    elif isinstance(was, list | tuple) and isinstance(now, list | tuple):
        if len(was) == len(now):
            for place, (first, second) in enumerate(zip(was, now, strict=True)):
                yield from _differences(f"{at}[{place}]", first, second)
            return
        yield at, [each for each in was if each not in now], [each for each in now if each not in was]
    else:
        yield at, was, now


def _short(value: object, most: int = 160) -> str:
    text = {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)
    return text if len(text) <= most else text[: most - 1] + "…"
