"""Which environments and repositories of GitHub may be deployed to, or have their pipelines edited, by others than before.

A role on a repository, a gate, or the environment itself must have changed for that; all others are not asked.
"""

from collections.abc import Iterable

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


def regated(before: Snapshot, after: Snapshot) -> list[Ref]:
    """Return the repositories of GitHub for which a gate came, went or changed, those of a changed organization included."""
    found: set[Ref] = set()
    for snapshot, other in ((before, after), (after, before)):
        for subject in _subjects_of_gates(snapshot, other):
            found.update(_repositories(snapshot, subject))
    return sorted(found)


def environments(before: Snapshot, after: Snapshot, places: I64, touched: Iterable[Ref]) -> list[Ref]:
    """Return the environments of GitHub that are in both, and that changed or lie in a repository that is touched."""
    found = {
        after.ref(child)
        for repository in touched
        if (ordinal := after.ordinal(repository)) is not None
        for child in after.children(ordinal, Kind.ENVIRONMENT)
    }
    old = before.ordinals(Kind.ENVIRONMENT)
    old = old[places[old] >= 0]
    new = places[old]
    differs = pc.not_equal(before.body.array.take(pa.array(old)), after.body.array.take(pa.array(new)))
    found |= {after.ref(int(each)) for each in new[differs.to_numpy(zero_copy_only=False)]}
    return sorted(ref for ref in found if of_github(after, ref) and before.ordinal(ref) is not None)


def of_github(snapshot: Snapshot, ref: Ref) -> bool:
    """Tell whether GitHub holds the thing."""
    return (
        ref.instance in snapshot.instances and snapshot.systems[snapshot.instances.index(ref.instance)] is System.GITHUB
    )


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
