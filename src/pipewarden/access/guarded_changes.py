"""Which environments and repositories of GitHub may be deployed to, or have their pipelines edited, by others than before.

A role on a repository, a gate, a team that a gate names, or a setting that decides must have changed for that; all
others are not asked.
"""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from pipewarden.model.bodies import RECORD_TYPES
from pipewarden.model.facts import Gate
from pipewarden.model.ids import Kind, Ref
from pipewarden.model.snapshot import Snapshot
from pipewarden.model.systems import System

I64 = NDArray[np.int64]

DECIDING = (
    "actions_permissions", "archived", "branches", "default_branch", "fork", "language", "properties", "upstream", "visibility",
)  # fmt: skip
"""Settings of a repository that decide which gates hold there, and whether any job runs."""

TEAM = "Team"
"""The kind of a team among those whom a gate names."""


def regated(before: Snapshot, after: Snapshot, places: I64, groups: Iterable[Ref]) -> list[Ref]:
    """Return the repositories of GitHub whose guard is another than before.

    A gate came, went or changed, of the organization too; somebody came into a team that a gate lets through, or out of one
    of the `groups` whose members changed; or the repository's own settings did.
    """
    found: set[Ref] = set()
    keys = {each.key for each in groups if of_github(after, each) or of_github(before, each)}
    for snapshot, other in ((before, after), (after, before)):
        for subject in (*_subjects_of_gates(snapshot, other), *_guarded_by(snapshot, keys)):
            found.update(_repositories(snapshot, subject))
    old, new = _differing(before, after, places, Kind.REPOSITORY)
    for was, now in zip(old, new, strict=True):
        if of_github(after, ref := after.ref(now)) and _deciding(before, was) != _deciding(after, now):
            found.add(ref)
    return sorted(found)


def environments(before: Snapshot, after: Snapshot, places: I64, touched: Iterable[Ref]) -> list[Ref]:
    """Return the environments of GitHub that are in both, and that changed or lie in a repository that is touched."""
    found = {
        after.ref(child)
        for repository in touched
        if (ordinal := after.ordinal(repository)) is not None
        for child in after.children(ordinal, Kind.ENVIRONMENT)
    }
    _, changed = _differing(before, after, places, Kind.ENVIRONMENT)
    found |= {after.ref(each) for each in changed}
    return sorted(ref for ref in found if of_github(after, ref) and before.ordinal(ref) is not None)


def of_github(snapshot: Snapshot, ref: Ref) -> bool:
    """Tell whether GitHub holds the thing."""
    return (
        ref.instance in snapshot.instances and snapshot.systems[snapshot.instances.index(ref.instance)] is System.GITHUB
    )


def _differing(before: Snapshot, after: Snapshot, places: I64, kind: Kind) -> tuple[list[int], list[int]]:
    """Return the ordinals, before and after, of what is in both and differs in anything."""
    old = before.ordinals(kind)
    old = old[places[old] >= 0]
    new = places[old]
    differs = pc.not_equal(before.body.array.take(pa.array(old)), after.body.array.take(pa.array(new)))
    rows = differs.to_numpy(zero_copy_only=False)
    return old[rows].tolist(), new[rows].tolist()


def _deciding(snapshot: Snapshot, repository: int) -> list[Any]:
    attributes = snapshot.entity(repository).attributes
    return [attributes.get(each) for each in DECIDING]


def _guarded_by(snapshot: Snapshot, teams: set[str]) -> Iterator[int]:
    """Yield what is guarded by gates that name one of these teams: let past them, or asked to approve."""
    for gate in snapshot.records(Gate, holding=TEAM.encode()) if teams else ():
        subject = snapshot.ordinal(gate.resource)
        if subject is not None and not teams.isdisjoint(_teams([gate.rules, gate.bypass])):
            yield subject


def _teams(told: Any) -> Iterator[str]:
    """Yield the ids of the teams that rules or a bypass list name, wherever they do."""
    if isinstance(told, dict):
        if TEAM in (told.get("type"), told.get("actor_type")):
            yield str(told.get("actor_id") or told.get("id"))
        told = list(told.values())
    for each in told if isinstance(told, list | tuple) else ():
        yield from _teams(each)


def _subjects_of_gates(snapshot: Snapshot, other: Snapshot) -> list[int]:
    """Return what is guarded by the gates that the other snapshot does not hold just so."""
    mine = np.flatnonzero(snapshot.record_type == RECORD_TYPES.index(Gate))
    theirs = np.flatnonzero(other.record_type == RECORD_TYPES.index(Gate))
    bodies = snapshot.record_body.array.take(pa.array(mine))
    same = pc.is_in(bodies, value_set=other.record_body.array.take(pa.array(theirs)))
    rows = mine[~same.to_numpy(zero_copy_only=False)]
    return [int(each) for each in np.unique(snapshot.record_subject[rows]) if each >= 0]


def _repositories(snapshot: Snapshot, resource: int) -> Iterable[Ref]:
    """Return the repositories that a gate on this resource bears on."""
    match snapshot.kind_of(resource):
        case Kind.REPOSITORY:
            repositories = [resource]
        case Kind.ORGANIZATION | Kind.ENTERPRISE:
            repositories = []
            for child in snapshot.children(resource, Kind.REPOSITORY, Kind.ORGANIZATION):
                yield from _repositories(snapshot, child)
        case _:
            repositories = [each for each in snapshot.scopes(resource) if snapshot.kind_of(each) is Kind.REPOSITORY]
    yield from (ref for each in repositories if of_github(snapshot, ref := snapshot.ref(each)))
