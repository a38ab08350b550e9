"""What changed between two snapshots where roles are no levels of repositories: who administers, reads a secret, acts as a machine.

Only systems that a changed fact may concern are asked: those in which one changed, and those into which a trust, a group
that is followed or a pipeline file leads from elsewhere. Inside GitHub, where roles are levels, those are asked for whom a
role, a gate or the environment changed. Holders are compared as sets.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import StrEnum
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from msgspec import Struct
from numpy.typing import NDArray
from pyroaring import BitMap

from pipewarden.access.asked import ASKED
from pipewarden.access.engine import Engine, Holders
from pipewarden.access.guarded_changes import environments, regated
from pipewarden.errors import UsageError
from pipewarden.model.access import Capability
from pipewarden.model.bodies import RECORD_TYPES
from pipewarden.model.facts import Gap, Gate, Trust
from pipewarden.model.ids import Kind, Ref
from pipewarden.model.snapshot import Snapshot
from pipewarden.model.systems import System

WEIGHTY = (
    Capability.ADMINISTER,
    Capability.MANAGE_ACCESS,
    Capability.ASSUME_ROLE,
    Capability.READ_SECRET,
    Capability.DEPLOY,
    Capability.EDIT_PIPELINE,
)
"""The capabilities that are compared, those that say most first."""

COMPARED = (
    Kind.TENANT,
    Kind.MOUNT,
    Kind.APPLICATION,
    Kind.SERVICE_ACCOUNT,
    Kind.FOLDER,
    Kind.PIPELINE,
    Kind.ENVIRONMENT,
    Kind.SECRET,
)
"""What is asked about, in this order, in every system but GitHub, whose repositories are compared by level and gates."""

MOST_THINGS = 2_000
"""Things of one system, repositories or environments whose holders are compared; of the others it is said that they were not."""

MOST_ROWS = 100_000
"""Grants of one system that are compared to tell whether any changed; of more it is taken for granted that some did."""

I64 = NDArray[np.int64]
Move = Callable[[BitMap], BitMap]


class Hold(StrEnum):
    """How somebody holds a capability: as an `Answer` tells, and whether another person's approval is needed."""

    YES = "yes"
    APPROVED = "with approval"
    UNKNOWN = "unknown"
    NO = "no"


class CapabilityChange(Struct, frozen=True, kw_only=True):
    """One principal's capability on one thing before and after."""

    principal: Ref
    capability: Capability
    resource: Ref
    before: Hold
    after: Hold
    within: tuple[Ref, ...] = ()
    """What contains the thing, innermost first."""


class Compared:
    """Two snapshots, with what became of each ordinal of the earlier one."""

    def __init__(
        self, before: Engine, after: Engine, places: I64, moved: Move, touched: Sequence[Ref], regrouped: Sequence[Ref]
    ) -> None:
        self.before = before
        self.after = after
        self.places = places
        self.moved = moved
        self.touched = touched
        """The repositories of GitHub on which a role may have changed."""
        self.regrouped = regrouped
        """The groups whose members changed."""
        self.extra = len(after.snapshot)
        self.uncompared: list[str] = []
        """What was not compared, in words; filled by `changes`."""

    def changes(self) -> Iterator[CapabilityChange]:
        """Yield who gained or lost a weighty capability, system by system."""
        for instance in self._concerned():
            yield from self._each(self._things(instance), WEIGHTY, f"things of {instance}")
        before, after = self.before.snapshot, self.after.snapshot
        repositories = regated(before, after, self.places, self.regrouped)
        yield from self._each(repositories, (Capability.EDIT_PIPELINE,), "repositories of GitHub whose gates changed")
        deployed = environments(before, after, self.places, {*repositories, *self.touched})
        yield from self._each(deployed, (Capability.DEPLOY,), "environments of GitHub")
        if self.touched or self.regrouped:
            above = (Capability.ADMINISTER, Capability.MANAGE_ACCESS)
            yield from self._each(self._in_both(Kind.ORGANIZATION), above, "organizations and groups")
        yield from self._each(self._in_both(Kind.CLOUD_ROLE), (Capability.ASSUME_ROLE,), "roles of clouds")
        self.uncompared += [*self._of_one_alone(), *self._newly_unread()]

    def _each(self, things: Sequence[Ref], of: tuple[Capability, ...], named: str) -> Iterator[CapabilityChange]:
        for resource in things[:MOST_THINGS]:
            yield from self._of(resource, of)
        if len(things) > MOST_THINGS:
            left = len(things) - MOST_THINGS
            self.uncompared.append(f"who holds {left:,} further {named}: more than {MOST_THINGS:,}")

    # --- which systems ----------------------------------------------------------------------------

    def _concerned(self) -> list[str]:
        """Return the systems beside GitHub whose answers may differ."""
        both = set(self.before.snapshot.instances) & set(self.after.snapshot.instances)
        others = {each for each in both if self._system(each) is not System.GITHUB}
        changed = self._changed_instances if others else set[str]()
        if not changed:
            return []
        reached = {instance for engine in (self.before, self.after) for instance in _from_elsewhere(engine)}
        # whoever pushes to a repository that holds the file of a job edits that job
        reached |= {each for each in others if self._system(each) is System.JENKINS}
        return sorted(others & (changed | reached))

    def _system(self, instance: str) -> System:
        return self.after.snapshot.systems[self.after.snapshot.instances.index(instance)]

    @cached_property
    def _changed_instances(self) -> set[str]:
        """The systems in which any fact, grant or membership came, went or changed."""
        before, after = self.before.snapshot, self.after.snapshot
        kept = np.flatnonzero(self.places >= 0)
        places = self.places[kept]
        differs = pc.not_equal(before.body.array.take(pa.array(kept)), after.body.array.take(pa.array(places)))
        moved = kept[differs.to_numpy(zero_copy_only=False)]
        found = {before.instances[each] for each in np.unique(before.instance[moved]).tolist()}
        gone = np.unique(before.instance[self.places < 0]).tolist()
        new = np.ones(len(after), np.bool_)
        new[places] = False
        found |= {before.instances[each] for each in gone}
        found |= {after.instances[each] for each in np.unique(after.instance[new]).tolist()}
        rest = set(before.instances) | set(after.instances)
        return found | {
            each for each in rest - found if _many(after, each) or _rows(before, each) != _rows(after, each)
        }

    def _in_both(self, kind: Kind) -> list[Ref]:
        """Return what of one kind is in both snapshots, whatever system it is of and wherever it stands."""
        before, after = self.before.snapshot, self.after.snapshot
        every = (before.ref(each) for each in before.ordinals(kind).tolist())
        return sorted(ref for ref in every if after.ordinal(ref) is not None)

    # --- who holds what ---------------------------------------------------------------------------

    def _things(self, instance: str) -> list[Ref]:
        """Return what is asked about in one system, by kind and id: what is there before or after."""
        found: dict[Ref, None] = {}
        for kind in COMPARED:
            these = {
                ref
                for snapshot in (self.before.snapshot, self.after.snapshot)
                for o in snapshot.ordinals(kind).tolist()
                if (ref := snapshot.ref(o)).instance == instance
            }
            found |= dict.fromkeys(sorted(these))
        return list(found)

    def _of(self, resource: Ref, of: tuple[Capability, ...]) -> Iterator[CapabilityChange]:
        old, new = self.before.snapshot.ordinal(resource), self.after.snapshot.ordinal(resource)
        if old is None or new is None:
            return  # that it came or went is told as that
        within = tuple(self.after.snapshot.ref(each) for each in self.after.snapshot.scopes(new)[1:])
        for capability in (each for each in of if each in ASKED[resource.kind]):
            then, now = holders_of(self.before, capability, old), holders_of(self.after, capability, new)
            if then is None or now is None:
                continue
            was = {
                Hold.YES: self.moved(then.alone),
                Hold.APPROVED: self.moved(then.sure),
                Hold.UNKNOWN: self.moved(then.unknown),
            }
            being = {Hold.YES: now.alone, Hold.APPROVED: now.sure, Hold.UNKNOWN: now.unknown}
            for who in BitMap.union(*(was[each] ^ being[each] for each in was)):
                yield CapabilityChange(
                    principal=self._ref(who),
                    capability=capability,
                    resource=resource,
                    before=_hold(who, was),
                    after=_hold(who, being),
                    within=within,
                )

    def _ref(self, who: int) -> Ref:
        return self.before.snapshot.ref(who - self.extra) if who >= self.extra else self.after.snapshot.ref(who)

    # --- what was read on one side only -----------------------------------------------------------

    def _of_one_alone(self) -> Iterator[str]:
        """Yield the systems that only one of the two holds: nobody gained or lost what was not looked at."""
        for engine, other, when in (
            (self.before, self.after, "before and not now"),
            (self.after, self.before, "now and not before"),
        ):
            snapshot = engine.snapshot
            for instance, system in zip(snapshot.instances, snapshot.systems, strict=True):
                if system is not System.GITHUB and instance not in other.snapshot.instances:
                    yield f"who holds what in {instance}: it was read {when}"

    def _newly_unread(self) -> Iterator[str]:
        """Yield what was read for one of the two alone: what seems lost or gained there may be so only for that."""
        was, now = _unread(self.before.snapshot), _unread(self.after.snapshot)
        for instance, facets in sorted(now.items()):
            if new := sorted(facets - was.get(instance, set())):
                yield f"{', '.join(new)} of {instance}: read in part before and not now, so what seems lost may be held still"
        for instance, facets in sorted(was.items()):
            if new := sorted(facets - now.get(instance, set())):
                yield f"{', '.join(new)} of {instance}: read now and not before, so what seems gained may be old"


_DECIDING = [RECORD_TYPES.index(each) for each in (Trust, Gate, Gap)]


def holders_of(engine: Engine, capability: Capability, resource: int) -> Holders | None:
    """Return who has a capability; None where it means nothing on this one, by its system's own rules."""
    try:
        return Holders(engine, capability, resource, engine.rulings.rule(capability, resource))
    except UsageError:
        return None


def _hold(who: int, held: Mapping[Hold, BitMap]) -> Hold:
    return next((hold for hold, holders in held.items() if who in holders), Hold.NO)


def _from_elsewhere(engine: Engine) -> set[str]:
    """Return the systems into which a trust or a group that is followed leads from another system."""
    snapshot = engine.snapshot
    found = {trust.principal.instance for trust in snapshot.records(Trust)}
    return found | {snapshot.instances[int(snapshot.instance[outer])] for outer in engine.graph.follows.by_outer}


def _many(snapshot: Snapshot, instance: str) -> bool:
    """Tell whether a system holds so many grants that they are not compared one by one."""
    if instance not in snapshot.instances or len(snapshot.grants) <= MOST_ROWS:
        return False
    of = snapshot.instance[snapshot.grants.resource]
    return int((of == snapshot.instances.index(instance)).sum()) > MOST_ROWS


def _rows(snapshot: Snapshot, instance: str) -> tuple[frozenset[object], ...]:
    """Return the grants, memberships, trusts and gates of one system, whose entities are the same, to be compared."""
    if instance not in snapshot.instances:
        return ()
    code, grants, members = snapshot.instances.index(instance), snapshot.grants, snapshot.memberships
    held = np.flatnonzero(snapshot.instance[grants.resource] == code).tolist()
    inside = np.flatnonzero(snapshot.instance[members.group] == code).tolist()
    ref = snapshot.ref
    return (
        frozenset(
            (
                ref(int(grants.principal[row])),
                ref(int(grants.resource[row])),
                grants.roles[grants.role[row]],
                int(grants.kind[row]),
                grants.conditions[grants.condition[row]],
                int(grants.expires[row]),
            )
            for row in held
        ),
        frozenset(
            (ref(int(members.member[row])), ref(int(members.group[row])), int(members.expires[row])) for row in inside
        ),
        frozenset(
            snapshot.record_body[row]
            for row in np.flatnonzero(np.isin(snapshot.record_type, _DECIDING)).tolist()
            if snapshot.record_subject[row] >= 0 and snapshot.instance[snapshot.record_subject[row]] == code
        ),
    )


def _unread(snapshot: Snapshot) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for gap in snapshot.gaps:
        found.setdefault(gap.scope.instance, set()).add(str(gap.facet))
    return found
