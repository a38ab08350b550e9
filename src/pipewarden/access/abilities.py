"""What a person can do by all that is theirs: worked out here once, for whatever command or page tells it.

Certain is what some account, key or token of theirs is known to give, and to work: of somebody who left, an account of which
nothing tells whether it ended with them gives it perhaps.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from msgspec import Struct

from pipewarden.access.engine import Engine
from pipewarden.access.reach import RANK, Reached, brief, each_reaches, without_outer
from pipewarden.access.theirs import Theirs, theirs
from pipewarden.model.access import Access, Answer, Capability
from pipewarden.model.ids import Ref
from pipewarden.model.people import Person


class Way(NamedTuple):
    """What one account or machine of a person gets to, and why it may work no more; empty where nothing says so."""

    reached: Reached
    perhaps: str

    @property
    def sure(self) -> bool:
        """Tell whether it is known to give it, and known to work."""
        return self.reached.access.answer is Answer.YES and not self.perhaps

    @property
    def rank(self) -> tuple[bool, bool, bool, bool, int]:
        """Order: known before unknown, their own before what anybody has, alone before with somebody else, at once, short."""
        witness = self.reached.access.witness
        if witness is None:
            return (not self.sure, self.reached.anybody, True, True, 0)
        return (not self.sure, self.reached.anybody, not witness.alone, witness.waits, len(witness.links))


class Ability(Struct, frozen=True, kw_only=True):
    """One capability on one thing that a person has: by each account and machine of theirs, the best first."""

    capability: Capability
    resource: Ref
    ways: tuple[Way, ...]

    @property
    def best(self) -> Access:
        """The access that is told of it."""
        return self.ways[0].reached.access

    @property
    def accesses(self) -> tuple[Access, ...]:
        """The access of each account and machine."""
        return tuple(way.reached.access for way in self.ways)

    @property
    def perhaps(self) -> tuple[str, ...]:
        """Why each of them may work no more; empty where nothing says so."""
        return tuple(way.perhaps for way in self.ways)

    @property
    def sure(self) -> bool:
        """Tell whether one of them is known to give it, and known to work."""
        return self.ways[0].sure

    @property
    def answer(self) -> Answer:
        """Whether they can, as far as it is known."""
        return Answer.YES if self.sure else Answer.UNKNOWN

    @property
    def anybody(self) -> bool:
        """Tell whether they have it as anybody has it, and by nothing of theirs."""
        return self.ways[0].reached.anybody

    @property
    def alone(self) -> bool:
        """Tell whether nobody else is needed."""
        return self.best.witness is not None and self.best.witness.alone

    @property
    def waits(self) -> bool:
        """Tell whether something must be activated first."""
        return self.best.witness is not None and self.best.witness.waits

    @property
    def steps(self) -> int:
        """How many steps away it is."""
        return self.ways[0].reached.steps

    @property
    def rank(self) -> tuple[int, int]:
        """Order: what matters more first, then what is nearer."""
        return (-RANK.get(self.capability, 0), self.steps)


def abilities(engine: Engine, person: Person) -> tuple[Ability, ...]:
    """Return what a person can do by all that is theirs and not switched off or at its end."""
    engine.remembered = {} if engine.remembered is None else engine.remembered
    on = {at: each for each in theirs(engine, person) if (at := _that_works(engine, each)) is not None}
    found = each_reaches(engine, on, short=True)
    ways = (Way(reached, on[at].perhaps) for at, every in found.items() for reached in brief(engine, every))
    return tuple(gathered(engine, ways))


def _that_works(engine: Engine, each: Theirs) -> int | None:
    return None if each.active is False else engine.snapshot.ordinal(each.ref)


def gathered(engine: Engine, ways: Iterable[Way], *, narrowed: bool = True) -> Iterator[Ability]:
    """Yield what several accounts and machines of one person get to, each thing once, what matters more first.

    With `narrowed` what is told of a thing inside another is not told of that as well. By whom they have it of what is
    theirs, or as anybody has it: whichever is surer.
    """
    together: dict[tuple[Capability, Ref], list[Way]] = {}
    for way in ways:
        together.setdefault((way.reached.access.capability, way.reached.access.resource), []).append(way)
    found = []
    for (capability, resource), every in together.items():
        every.sort(key=lambda way: way.rank)
        alike = tuple(way for way in every if way.reached.anybody == every[0].reached.anybody)
        found.append(Ability(capability=capability, resource=resource, ways=alike))
    told = without_outer(engine, found) if narrowed else found
    yield from sorted(told, key=lambda each: (each.rank, str(each.resource), each.capability))
