"""Who left, and what they can still do: by accounts that are still on, and by keys and tokens that are theirs.

Who left is what identity providers and rosters say (`people`). Of whom nobody says whether they are here, that is not
known, and told. NIST SP 800-53 AC-2(3): accounts are disabled when they are no longer associated with a user.
"""

from collections.abc import Iterable, Iterator
from functools import cached_property

from msgspec import Struct
from pyroaring import BitMap

from pipewarden.access.asked import ASKED, also_of
from pipewarden.access.engine import Engine, Holders
from pipewarden.access.gitlab.bearers import carried
from pipewarden.access.holding import Holder
from pipewarden.access.reach import RANK
from pipewarden.access.standing import ends_with_provider, is_active, owned
from pipewarden.errors import UsageError
from pipewarden.model.access import Access, Answer, Capability
from pipewarden.model.facts import Account
from pipewarden.model.ids import Kind, Ref
from pipewarden.model.people import Person
from pipewarden.model.systems import System

NARROWER = frozenset(
    {Capability.DEPLOY, Capability.APPROVE_DEPLOYMENT, Capability.READ_SECRET, Capability.MANAGE_SECRET}
)
"""What is told of an environment or a secret is not told of its repository as well."""
INSIDE = (Kind.ENVIRONMENT, Kind.SECRET, Kind.VARIABLE)
"""What is asked about inside a repository, beside the repository itself."""
ELSEWHERE = tuple(kind for kind in ASKED if kind not in {Kind.REPOSITORY, Kind.BRANCH, Kind.WORKFLOW, Kind.ENVIRONMENT})
"""What is asked about where it is in no repository."""


_Way = tuple[Access, str]
"""The access of one account or machine, and why it may work no more."""


class Left(Struct, frozen=True, kw_only=True):
    """An account or machine of somebody who left, and may still work."""

    principal: int
    person: Person
    perhaps: str = ""
    """Why it is not sure that it still works; empty where it is."""


class Still(Struct, frozen=True, kw_only=True):
    """One thing that somebody who left can still do: by each account and machine of theirs, the best first."""

    person: Person
    capability: Capability
    resource: Ref
    accesses: tuple[Access, ...]
    perhaps: tuple[str, ...]
    """Why each of them may work no more; empty where nothing says so."""

    @property
    def sure(self) -> bool:
        """Tell whether one of them is known to give it, and known to work."""
        return any(a.answer is Answer.YES and not why for a, why in zip(self.accesses, self.perhaps, strict=True))


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
        """Return what those who left can still do: the weightiest first, for each of them.

        Raises UsageError where a resource is named on which a capability means nothing.
        """
        wanted = tuple(capabilities)
        found: dict[tuple[Ref, Capability, int], list[_Way]] = {}
        for holders in self._asked(wanted, resource):
            for principal in (holders.sure | holders.unknown) & BitMap(self.left):
                access, left = holders.of(principal), self.left[principal]
                if access is not None:
                    key = (left.person.key, holders.capability, holders.resource)
                    found.setdefault(key, []).append((access, left.perhaps))
        narrower = {
            (whose, verb, outer) for whose, verb, at in found for outer in self.snapshot.scopes(at) if outer != at
        }
        persons = {person.key: person for person in self.people}
        out = []
        for (whose, verb, at), ways in found.items():
            if verb in NARROWER and (whose, verb, at) in narrower and resource is None:
                continue
            ways.sort(key=_worse)
            out.append(
                Still(
                    person=persons[whose],
                    capability=verb,
                    resource=self.snapshot.ref(at),
                    accesses=tuple(access for access, _ in ways),
                    perhaps=tuple(why for _, why in ways),
                )
            )
        return sorted(
            out, key=lambda s: (s.person.key, -RANK.get(s.capability, 0), s.capability, not s.sure, s.resource)
        )

    def nobody_says(self, capabilities: Iterable[Capability], resource: Ref | None = None) -> list[Holder]:
        """Return the accounts that can do it and of whom nobody says whether their people are here."""
        from pipewarden.access.holding import by_person

        unknown = BitMap()
        for holders in self._asked(tuple(capabilities), resource, everybody=True):
            unknown |= (holders.sure | holders.unknown) & self._unsaid
        return list(by_person(self.engine, unknown))

    # --- who ----------------------------------------------------------------------------------------

    def _of(self, person: Person) -> Iterator[Left]:
        """Yield the accounts and machines of somebody that nothing says are switched off or at their end."""
        systems = dict(zip(self.snapshot.instances, self.snapshot.systems, strict=True))
        provider = any(system in {System.OKTA, System.ENTRA} for system in systems.values())
        mine = []
        for joined in person.accounts:
            account, ordinal = self.snapshot.find(joined.account), self.snapshot.ordinal(joined.account)
            if not isinstance(account, Account) or ordinal is None:
                continue
            mine.append(account.ref)
            system = systems.get(account.ref.instance, System.GITHUB)
            if is_active(account, system) is not False:
                ends, says = ends_with_provider(account, system, provider=provider)
                yield Left(principal=ordinal, person=person, perhaps=says if ends is None else "")
        for machine in owned(self.engine, mine):
            ordinal = self.snapshot.ordinal(machine.ref)
            ended = machine.expires_at is not None and machine.expires_at <= self.snapshot.as_of
            if ordinal is not None and not ended:
                yield Left(principal=ordinal, person=person)

    @cached_property
    def _unsaid(self) -> BitMap:
        """The accounts of which nobody says whether their people are here."""
        persons = self.engine.graph.follows.persons
        return BitMap(
            o
            for o in self.snapshot.ordinals(Kind.ACCOUNT).tolist()
            if (p := persons.get(o)) is None or p.active is None
        )

    # --- about what ---------------------------------------------------------------------------------

    def _asked(
        self, capabilities: tuple[Capability, ...], resource: Ref | None, *, everybody: bool = False
    ) -> Iterator[Holders]:
        """Yield who has each capability on each thing that it means something on."""
        if resource is not None:
            for verb in capabilities:
                yield self.engine.who_can(verb, resource)
            return
        for at in self._things(self._unsaid if everybody else BitMap(self.left)):
            for verb in (*also_of(self.snapshot, at), *ASKED.get(self.snapshot.kind_of(at), ())):
                if verb in capabilities:
                    try:
                        yield Holders(self.engine, verb, at, self.engine.rulings.rule(verb, at))
                    except UsageError:  # it means nothing on this one, by its system's own rules
                        continue

    def _things(self, principals: BitMap) -> Iterator[int]:
        """Yield what may be asked about: the repositories that somebody reaches with what is in them, and all elsewhere."""
        for repository in sorted(self._repositories(principals)):
            yield repository
            for kind in INSIDE:
                for inside in self.snapshot.children(repository, kind):
                    yield inside
                    for within in INSIDE if kind is Kind.ENVIRONMENT else ():
                        yield from self.snapshot.children(inside, within)
        for at in self.snapshot.ordinals(*ELSEWHERE).tolist():
            # a role of a cloud is asked about wherever the file stands that gives it: another repository's jobs may have it
            is_role = self.snapshot.kind_of(at) is Kind.CLOUD_ROLE
            if is_role or not any(self.snapshot.kind_of(each) is Kind.REPOSITORY for each in self.snapshot.scopes(at)):
                yield at

    def _repositories(self, principals: BitMap) -> set[int]:
        """Return the repositories that somebody holds any role on, perhaps, themselves or on what contains them."""
        graph, held = self.engine.graph, set[int]()
        for each in principals:
            carries = carried(graph, each)
            who = carries.owner if carries else each
            held.update(graph.reachable(who)[0].tolist(), graph.reachable(who, sure=False)[0].tolist())
        found = set[int]()
        for at in held:
            match self.snapshot.kind_of(at):
                case Kind.REPOSITORY:
                    found.add(at)
                case Kind.ORGANIZATION:
                    found.update(self.snapshot.children(at, Kind.REPOSITORY))
                case Kind.ENTERPRISE:
                    for organization in self.snapshot.children(at, Kind.ORGANIZATION):
                        found.update(self.snapshot.children(organization, Kind.REPOSITORY))
        return found


def _worse(way: _Way) -> tuple[bool, bool, int]:
    access, perhaps = way
    witness = access.witness
    return (
        bool(perhaps) or access.answer is not Answer.YES,
        not (witness and witness.alone),
        len(witness.links) if witness else 0,
    )
