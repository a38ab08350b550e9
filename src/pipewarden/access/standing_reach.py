"""What each account and machine of a person gets to over all systems, counted, with what weighs most by name."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from msgspec import Struct

from pipewarden.access.engine import Engine
from pipewarden.access.reach import RANK, Reached, reach
from pipewarden.access.standing import Standing
from pipewarden.access.weight import PRODUCTION
from pipewarden.model.access import Access, Answer, Capability
from pipewarden.model.ids import Kind, Ref
from pipewarden.model.systems import System

MOST_LOOKED_INTO = 300
"""Repositories, those with the highest role first, and jobs that are looked into for one account; `reach` looks into more."""
MOST_NAMED = 3
"""Things that one capability names."""
MOST_KEPT = 50
"""Things of one account that are told one by one, the weightiest first."""
TOLD = (
    Capability.ADMINISTER,
    Capability.ASSUME_ROLE,
    Capability.READ_SECRET,
    Capability.DEPLOY,
    Capability.MANAGE_ACCESS,
    Capability.MANAGE_SECRET,
    Capability.EDIT_PIPELINE,
)
"""What counts as reached, the weightiest first; to read and to push is told of what is held."""


class Reaches(Struct, frozen=True, kw_only=True):
    """What one or several principals of a person get to, each thing once and by the best of them."""

    things: tuple[Access, ...] = ()
    names: tuple[str, ...] = ()
    """The name of each thing, in the order of `things`."""
    cut: bool = False
    """Whether more repositories or jobs are held than were looked into: there may be more."""

    def counted(self) -> dict[Capability, list[int]]:
        """Return the places in `things` of each capability, the weightiest capability and thing first."""
        found: dict[Capability, list[int]] = defaultdict(list)
        for place, each in enumerate(self.things):
            found[each.capability].append(place)
        return {capability: found[capability] for capability in TOLD if capability in found}

    def said(self, most: int = MOST_NAMED) -> str:
        """Say in one sentence how much is reached, with the `most` that weigh most by name; empty where nothing is."""
        parts = []
        for capability, places in self.counted().items():
            perhaps = " perhaps" if all(self.things[each].answer is not Answer.YES for each in places) else ""
            perhaps += " after an activation" if all(_waits(self.things[each]) for each in places) else ""
            names = ", ".join(self.names[each] for each in places[:most])
            more = f" and {len(places) - most:,} more" if len(places) > most else ""
            on = names if len(places) == 1 else f"{len(places):,} ({names}{more})"
            parts.append(f"{capability.value}{perhaps} on {on}")
        if self.cut:
            parts.append("perhaps more, for not all repositories and jobs were looked into")
        return "; ".join(parts)


def reaches(engine: Engine, standing: Standing) -> Reaches:
    """Return what an account or machine of a person gets to; nothing where it is switched off or ended."""
    if standing.active is False:
        return Reaches()
    found = reach(engine, standing.ref, most=MOST_LOOKED_INTO)
    return _ordered(engine, (each.access for each in _weighty(found)), cut=_is_cut(engine, found))


def together(engine: Engine, several: Iterable[Reaches]) -> Reaches:
    """Return what several get to, each thing once."""
    every = list(several)
    return _ordered(engine, (each for one in every for each in one.things), cut=any(one.cut for one in every))


def _weighty(found: Iterable[Reached]) -> Iterator[Reached]:
    return (each for each in found if each.access.capability in TOLD)


def _is_cut(engine: Engine, found: Iterable[Reached]) -> bool:
    """Tell whether as many repositories or jobs were reached as are looked into."""
    looked: dict[Kind, set[Ref]] = defaultdict(set)
    for each in found:
        ordinal = engine.snapshot.ordinal(each.access.resource)
        for outer in () if ordinal is None else engine.snapshot.scopes(ordinal):
            kind = engine.snapshot.kind_of(outer)
            if kind in {Kind.REPOSITORY, Kind.PIPELINE}:
                looked[kind].add(engine.snapshot.ref(outer))
    return any(len(refs) >= MOST_LOOKED_INTO for refs in looked.values())


def _ordered(engine: Engine, accesses: Iterable[Access], *, cut: bool) -> Reaches:
    best: dict[tuple[Capability, Ref], Access] = {}
    for access in accesses:
        key = (access.capability, access.resource)
        if key not in best or _order(access) < _order(best[key]):
            best[key] = access
    vaults = {i for i, s in zip(engine.snapshot.instances, engine.snapshot.systems, strict=True) if s is System.VAULT}
    named = [(_weight(access, name := engine.name(access.resource), vaults), name, access) for access in best.values()]
    named.sort(key=lambda each: each[:2])
    return Reaches(things=tuple(each[2] for each in named), names=tuple(each[1] for each in named), cut=cut)


def _waits(access: Access) -> bool:
    return access.witness is not None and access.witness.waits


def _order(access: Access) -> tuple[bool, bool]:
    """Order: known before unknown, at once before after an activation."""
    return (access.answer is not Answer.YES, _waits(access))


def _weight(access: Access, name: str, vaults: set[str]) -> tuple[int, bool, bool, bool]:
    """Order: the weightiest capability, what is known, what is of production, what a vault keeps for many."""
    production = any(part in name.lower() for part in PRODUCTION)
    known = access.answer is Answer.YES
    return (-RANK.get(access.capability, 0), not known, not production, access.resource.instance not in vaults)
