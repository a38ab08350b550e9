"""What a person, or each account and machine of theirs, gets to over all systems, counted, with what weighs most by name."""

from collections import defaultdict
from collections.abc import Iterable

from msgspec import Struct
from pyroaring import BitMap

from pipewarden.access.abilities import Ability, Way, gathered
from pipewarden.access.asking import is_cut
from pipewarden.access.engine import Engine
from pipewarden.access.reach import RANK, SUMMED, each_reaches
from pipewarden.access.standing import Standing
from pipewarden.access.theirs import Theirs
from pipewarden.access.weight import PRODUCTION
from pipewarden.model.access import Answer, Capability
from pipewarden.model.systems import System

MOST_LOOKED_INTO = 300
"""Repositories, those with the highest role first, that are looked into for one account; `reach` looks into more."""
MOST_NAMED = 3
"""Things that one capability names."""
MOST_KEPT = 50
"""Things of one account that are told one by one, the weightiest first."""


class Reaches(Struct, frozen=True, kw_only=True):
    """What one or several principals of a person get to, each thing once and by the best of them."""

    things: tuple[Ability, ...] = ()
    names: tuple[str, ...] = ()
    """The name of each thing, in the order of `things`."""
    cut: bool = False
    """Whether more repositories or jobs are held than were looked into: there may be more."""

    def counted(self) -> dict[Capability, list[int]]:
        """Return the places in `things` of each capability, the weightiest capability and thing first."""
        found: dict[Capability, list[int]] = defaultdict(list)
        for place, each in enumerate(self.things):
            found[each.capability].append(place)
        return {capability: found[capability] for capability in SUMMED if capability in found}

    def said(self, most: int = MOST_NAMED) -> str:
        """Say in one sentence how much is reached, with the `most` that weigh most by name; empty where nothing is."""
        parts = []
        for capability, places in self.counted().items():
            things = [self.things[each] for each in places]
            unsure = sum(not each.sure for each in things)
            common = sum(each.anybody for each in things)
            whole = " perhaps" if unsure == len(things) else ""
            whole += " after an activation" if all(each.waits for each in things) else ""
            some = [f"{unsure:,} of them perhaps"] if 0 < unsure < len(things) else []
            some += [f"{common:,} as anybody can"] if common else []
            names = ", ".join(self.names[each] for each in places[:most])
            more = f" and {len(places) - most:,} more" if len(places) > most else ""
            beside = f"; {', '.join(some)}" if some else ""
            one = f"{names} (as anybody can)" if common else names
            parts.append(
                f"{capability.value}{whole} on {one if len(places) == 1 else f'{len(places):,} ({names}{more}{beside})'}"
            )
        if self.cut:
            parts.append("perhaps more, for not all repositories and jobs were looked into")
        return "; ".join(parts)


def reaches(engine: Engine, standing: Standing | Theirs) -> Reaches:
    """Return what an account or machine of a person gets to; nothing where it is switched off or ended."""
    who = engine.snapshot.ordinal(standing.ref)
    if standing.active is False or who is None:
        return Reaches()
    found = each_reaches(engine, [who], SUMMED, most=MOST_LOOKED_INTO)[who]
    cut = is_cut(engine, BitMap([who]), MOST_LOOKED_INTO)
    return _ordered(engine, (Way(each, standing.perhaps) for each in found), cut=cut)


def together(engine: Engine, several: Iterable[Reaches]) -> Reaches:
    """Return what several get to, each thing once."""
    every = list(several)
    ways = (way for one in every for each in one.things for way in each.ways)
    return _ordered(engine, ways, cut=any(one.cut for one in every))


def _ordered(engine: Engine, ways: Iterable[Way], *, cut: bool) -> Reaches:
    vaults = {i for i, s in zip(engine.snapshot.instances, engine.snapshot.systems, strict=True) if s is System.VAULT}
    found = ((each, engine.name(each.resource)) for each in gathered(engine, ways))
    named = [(_weight(each, name, vaults), name, each) for each, name in found]
    named.sort(key=lambda each: each[:2])
    return Reaches(things=tuple(each[2] for each in named), names=tuple(each[1] for each in named), cut=cut)


def _weight(each: Ability, name: str, vaults: set[str]) -> tuple[int, bool, bool, bool]:
    """Order: the weightiest capability, what is known, what is of production, what a vault keeps for many."""
    production = any(part in name.lower() for part in PRODUCTION)
    known = each.answer is Answer.YES
    return (-RANK.get(each.capability, 0), not known, not production, each.resource.instance not in vaults)
