"""Who left, and what they can still do: by accounts that are still on, and by keys and tokens that are theirs.

Who left is what identity providers and rosters say (`people`). Of whom nobody says whether they are here, that is not
known, and told. NIST SP 800-53 AC-2(3): accounts are disabled when they are no longer associated with a user.
"""

from collections.abc import Iterable
from functools import cached_property

from msgspec import Struct
from pyroaring import BitMap

from pipewarden.access.abilities import Ability, Way, gathered
from pipewarden.access.asking import asked
from pipewarden.access.engine import Engine, Holders
from pipewarden.access.holding import Holder, by_person
from pipewarden.access.reach import RANK, each_holds, each_reaches
from pipewarden.access.theirs import theirs
from pipewarden.model.access import Capability
from pipewarden.model.ids import Kind, Ref
from pipewarden.model.people import Person


class Left(Struct, frozen=True, kw_only=True):
    """An account or machine of somebody who left, and may still work."""

    principal: int
    person: Person
    perhaps: str = ""
    """Why it is not sure that it still works; empty where it is."""


class Still(Ability, frozen=True, kw_only=True):
    """One thing that somebody who left can still do: by each account and machine of theirs, the best first."""

    person: Person


class Leavers:
    """The people of one snapshot who left, with all that may still work of theirs."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.snapshot = engine.snapshot
        every = engine.graph.follows.people.people
        self.people = tuple(person for person in every if person.active is False)
        self.told = any(person.active is not None for person in every)
        """Whether anybody says who is here and who left."""
        self.left = {each.principal: each for person in self.people for each in self._of(person)}

    def still(self, capabilities: Iterable[Capability], resource: Ref | None = None) -> list[Still]:
        """Return what those who left can still do by what is theirs: the weightiest first, for each of them.

        Raises UsageError where a resource is named on which a capability means nothing.
        """
        return [each for each in self.every(tuple(capabilities), resource) if not each.anybody]

    def every(self, capabilities: tuple[Capability, ...], resource: Ref | None = None) -> list[Still]:
        """Return what those who left can still do, what anybody can do too. Raises UsageError as `still` does."""
        if resource is None:
            found = each_reaches(self.engine, self.left, capabilities)
        else:
            found = each_holds(self.engine, self.left, capabilities, resource)
        ways: dict[Ref, list[Way]] = {}
        for principal, reached in found.items():
            left = self.left[principal]
            ways.setdefault(left.person.key, []).extend(Way(each, left.perhaps) for each in reached)
        out = [
            Still(capability=each.capability, resource=each.resource, ways=each.ways, person=person)
            for person in self.people
            for each in gathered(self.engine, ways.get(person.key, ()), narrowed=resource is None)
        ]
        return sorted(
            out, key=lambda s: (s.person.key, -RANK.get(s.capability, 0), s.capability, not s.sure, s.resource)
        )

    def nobody_says(self, capabilities: Iterable[Capability], resource: Ref | None = None) -> list[Holder]:
        """Return the accounts that can do it and of whom nobody says whether their people are here."""
        wanted, unknown = tuple(capabilities), BitMap()
        if resource is None:
            every: Iterable[Holders] = asked(self.engine, self._unsaid, wanted)
        else:
            every = (self.engine.who_can(verb, resource) for verb in wanted)
        for holders in every:
            unknown |= (holders.sure | holders.unknown) & self._unsaid
        return list(by_person(self.engine, unknown))

    # --- who ----------------------------------------------------------------------------------------

    def _of(self, person: Person) -> Iterable[Left]:
        """Yield the accounts and machines of somebody that nothing says are switched off or at their end."""
        for each in theirs(self.engine, person):
            ordinal = self.snapshot.ordinal(each.ref)
            if ordinal is not None and each.active is not False:
                yield Left(principal=ordinal, person=person, perhaps=each.perhaps)

    @cached_property
    def _unsaid(self) -> BitMap:
        """The accounts of which nobody says whether their people are here."""
        persons = self.engine.graph.follows.persons
        return BitMap(
            o
            for o in self.snapshot.ordinals(Kind.ACCOUNT).tolist()
            if ((p := persons.get(o)) is None or p.active is None) and not self.engine.machine_accounts.is_one(o)
        )
