"""How far somebody gets, over several steps: from a role to pipelines, to secrets, environments and cloud roles."""

from collections.abc import Collection, Iterable, Iterator
from itertools import islice
from typing import Protocol, TypeVar

from msgspec import Struct, structs
from pyroaring import BitMap

from pipewarden.access.asking import asked
from pipewarden.access.engine import Engine, Holders
from pipewarden.access.theirs import is_active
from pipewarden.access.widened import Widened
from pipewarden.model.access import Access, Answer, Capability, Path
from pipewarden.model.facts import Account
from pipewarden.model.ids import Kind, Ref
from pipewarden.model.systems import System

RANK = {
    Capability.ADMINISTER: 9,
    Capability.ASSUME_ROLE: 8,
    Capability.READ_SECRET: 7,
    Capability.DEPLOY: 6,
    Capability.MANAGE_ACCESS: 5,
    Capability.MANAGE_RUNNER: 4,
    Capability.BYPASS_PROTECTION: 4,
    Capability.EDIT_PIPELINE: 3,
    Capability.PUSH: 2,
    Capability.READ: 1,
}
"""What matters more stands first."""

MOST_TAKEN = 20
"""People of one way to have something who are looked at for the shortest path as one of them."""

SUMMED = (
    Capability.ADMINISTER,
    Capability.ASSUME_ROLE,
    Capability.READ_SECRET,
    Capability.DEPLOY,
    Capability.MANAGE_ACCESS,
    Capability.MANAGE_SECRET,
    Capability.EDIT_PIPELINE,
)
"""What counts as reached, the weightiest first: every answer about a person counts these alike."""
BESIDE = (Capability.PUSH, Capability.READ)
"""What is told of a repository of which nothing that weighs more is told."""
LESS: dict[Capability, tuple[Capability, ...]] = {
    **dict.fromkeys((*SUMMED, Capability.PUSH), (Capability.READ,)),
    Capability.EDIT_PIPELINE: (Capability.PUSH, Capability.READ),
}
"""What each of them tells of the same thing as well."""
NARROWER = frozenset(
    {Capability.DEPLOY, Capability.APPROVE_DEPLOYMENT, Capability.READ_SECRET, Capability.MANAGE_SECRET}
)
"""What is told of an environment or a secret is not told of its repository as well."""


class Reached(Struct, frozen=True, kw_only=True):
    """One thing somebody gets to: by which capability, how many steps away, and how."""

    access: Access
    steps: int
    anybody: bool = False
    """Whether they have it as anybody has it, and by nothing of their own."""

    @property
    def capability(self) -> Capability:
        """What is had."""
        return self.access.capability

    @property
    def resource(self) -> Ref:
        """What it is had on."""
        return self.access.resource

    @property
    def answer(self) -> Answer:
        """Whether it is known."""
        return self.access.answer

    @property
    def rank(self) -> tuple[int, int]:
        """Order: what matters more first, then what is nearer."""
        return (-RANK.get(self.access.capability, 0), self.steps)


def reach(engine: Engine, principal: Ref, *, most: int = 10_000) -> list[Reached]:
    """Return all that a principal gets to, over roles, pipelines, environments, secrets and OIDC trusts.

    Steps: a role on a repository (1) → its pipeline (2) → an environment or secret (3) → a cloud role that trusts
    the job's identity (4) → a secret of a vault (5).
    `most` bounds the number of repositories looked into; raises nothing when it is met, the caller sees the count.
    """
    seen = engine.snapshot.ordinal(principal)
    if seen is None:
        return []
    found = brief(engine, each_reaches(engine, [seen], most=most, short=True)[seen])
    return sorted(found, key=lambda each: (each.rank, str(each.resource), each.capability))


def brief(engine: Engine, every: Iterable[Reached]) -> list[Reached]:
    """Return what was found without what other parts of it say already.

    What is told of a thing inside another is not told of that as well; to push is not told beside editing the pipeline, and
    to read is told of repositories of which nothing else is. What is certain is not left out for what is not known.
    """
    found = list(without_outer(engine, every))
    silent: dict[tuple[Capability, Ref], bool] = {}
    for each in found:
        for less in LESS.get(each.capability, ()):
            silent[less, each.resource] = silent.get((less, each.resource), False) or _is_sure(each)
    return [
        each
        for each in found
        if not _is_told_by(silent.get((each.capability, each.resource)), each)
        and (each.capability is not Capability.READ or each.resource.kind is Kind.REPOSITORY)
    ]


def _is_told_by(sure: bool | None, each: Reached) -> bool:
    """Tell whether what tells more of the same thing tells it as surely; None where nothing does."""
    return sure is not None and (sure or not _is_sure(each))


def each_reaches(
    engine: Engine,
    principals: Iterable[int],
    capabilities: Collection[Capability] = (*SUMMED, *BESIDE),
    *,
    most: int | None = None,
    short: bool = False,
) -> dict[int, list[Reached]]:
    """Return what each of some principals gets to: one enumeration, whoever asks about one or about many.

    What they may put themselves into at the identity provider is theirs to reach too, and what they may activate. Of what is
    given to `brief` afterwards, `short` leaves out a part at once.
    """
    plain, found = BitMap(), dict[int, list[Reached]]()
    for each in principals:
        widened = Widened(engine, each).engine if _may_widen(engine, each) else engine
        if widened is engine and not engine.graph.follows.is_provider(each):
            plain.add(each)
            continue
        found |= _found(widened, BitMap([each]), capabilities, most, short=short)
        if (later := widened.later_of(each)).ways:
            _add(found, _found(later.engine, BitMap([each]), capabilities, most, short=short))
    if plain:
        found |= _found(engine, plain, capabilities, most, short=short)
        if engine.later.ways:
            _add(found, _found(engine.later.engine, plain, capabilities, most, short=short))
    return found


def each_holds(
    engine: Engine, principals: Iterable[int], capabilities: Iterable[Capability], resource: Ref
) -> dict[int, list[Reached]]:
    """Return what each of some principals has on one thing. Raises UsageError where a capability means nothing on it."""
    mine = BitMap(principals)
    return _of(engine, mine, (engine.who_may(verb, resource) for verb in capabilities))


def _may_widen(engine: Engine, principal: int) -> bool:
    """Tell whether somebody has anything at an identity provider that is not known to be switched off."""
    for each in engine.graph.follows.signs_in_as(principal):
        fact = engine.snapshot.entity(each)
        if not isinstance(fact, Account) or is_active(fact, _system(engine, each)) is not False:
            return True
    return False


def _add(found: dict[int, list[Reached]], later: dict[int, list[Reached]]) -> None:
    """Add what is had after an activation to what is had at once, where it is not."""
    for who, more in later.items():
        known = {(each.capability, each.resource) for each in found[who]}
        found[who] += [each for each in more if (each.capability, each.resource) not in known]


def _found(
    engine: Engine, principals: BitMap, capabilities: Collection[Capability], most: int | None, *, short: bool
) -> dict[int, list[Reached]]:
    """Return what each of some principals gets to, asked of every thing that any of them may have something on."""
    return _of(engine, principals, asked(engine, principals, capabilities, most=most), short=short)


def _of(
    engine: Engine, principals: BitMap, every: Iterable[Holders], *, short: bool = False
) -> dict[int, list[Reached]]:
    """Return what each of some principals has; `short` works out no path of what `brief` leaves out."""
    found: dict[int, list[Reached]] = {each: [] for each in principals}
    crowds: dict[int, BitMap] = {}
    for each in principals:
        for crowd in engine.graph.crowds_of(each):
            crowds.setdefault(crowd, BitMap()).add(each)
    for holders in every:
        named, crowded = BitMap(), BitMap()
        for clause in holders.clauses:
            named |= clause.holders & principals
            for crowd, members in crowds.items():
                if crowd in clause.holders:
                    crowded |= members
        for each in principals if engine.taken else named | crowded:
            if short and found[each] and _is_silent(found[each][-1], holders):
                continue
            access = holders.of(each) or (taken(holders, each) if engine.taken else None)
            if access is not None:
                anybody = each in crowded and _as_anybody(holders, each)
                found[each].append(Reached(access=access, steps=_steps(engine, holders, each), anybody=anybody))
    return found


def _is_silent(last: Reached, holders: Holders) -> bool:
    """Tell whether `brief` leaves out what is asked, for something of the same thing was found just before that tells more."""
    told = _is_sure(last) and holders.capability in LESS.get(last.capability, ())
    return told and holders.engine.snapshot.ordinal(last.resource) == holders.resource


def _as_anybody(holders: Holders, principal: int) -> bool:
    """Tell whether what somebody has as one of a crowd they have by nothing of their own, as surely."""
    own = [clause for clause in holders.clauses if principal in clause.holders]
    crowds = holders.engine.graph.crowds_of(principal)
    sure = any(not c.unknown and any(crowd in c.holders for crowd in crowds) for c in holders.clauses)
    return not own or (sure and all(clause.unknown for clause in own))


class Told(Protocol):
    """A capability on a thing, and whether it is known."""

    @property
    def capability(self) -> Capability:
        """What is had."""

    @property
    def resource(self) -> Ref:
        """What it is had on."""

    @property
    def answer(self) -> Answer:
        """Whether it is known."""


T = TypeVar("T", bound=Told)


def without_outer(engine: Engine, found: Iterable[T]) -> Iterator[T]:
    """Yield what was found without what is told of something inside as well, and as surely."""
    every = list(found)
    inside: dict[tuple[Capability, int], bool] = {}
    for each in every:
        at = engine.snapshot.ordinal(each.resource) if each.capability in NARROWER else None
        for outer in () if at is None else engine.snapshot.scopes(at):
            if outer != at:
                inside[each.capability, int(outer)] = inside.get((each.capability, int(outer)), False) or _is_sure(each)
    for each in every:
        at = engine.snapshot.ordinal(each.resource)
        sure = inside.get((each.capability, -1 if at is None else at))
        if sure is None or (_is_sure(each) and not sure):
            yield each


def _is_sure(each: Told) -> bool:
    return each.answer is Answer.YES


def _steps(engine: Engine, holders: Holders, principal: int) -> int:
    """Return how many steps away a thing is, by what it is."""
    kind, system = engine.snapshot.kind_of(holders.resource), _system(engine, holders.resource)
    if kind is Kind.SECRET:
        return {System.JENKINS: 2, System.VAULT: 5}.get(system, 3)
    if holders.capability is Capability.ASSUME_ROLE:
        same = engine.snapshot.instance[holders.resource] == engine.snapshot.instance[principal]
        return 1 if same else 4
    if kind is Kind.REPOSITORY:
        return 2 if holders.capability in {Capability.EDIT_PIPELINE, Capability.READ_SECRET} else 1
    return 3 if kind is Kind.ENVIRONMENT else 1


def _system(engine: Engine, ordinal: int) -> System:
    return engine.snapshot.systems[int(engine.snapshot.instance[ordinal])]


def taken(holders: Holders, principal: int) -> Access | None:
    """Return what somebody has by signing in as another, by the best path over all of them."""
    engine, best, rank = holders.engine, None, (True, True, True, 0)
    for clause in holders.clauses:
        begun = Path(
            links=(),
            answer=Answer.UNKNOWN if clause.unknown else Answer.YES,
            conditions=clause.conditions,
            unknown=clause.unknown,
        )
        order = begun.rank[:3]
        for victim in islice(clause.holders & engine.taken_at, MOST_TAKEN):
            head = engine.taken[victim]
            if best is not None and (*order, len(head) + len(clause.tail)) >= rank:
                continue  # the way between only makes it longer
            for way in clause.lead(victim)[:1]:
                links = (*head, *way, *clause.tail)
                if best is None or (*order, len(links)) < rank:
                    best, rank = structs.replace(begun, links=links), (*order, len(links))
    if best is None:
        return None
    return Access(
        principal=engine.snapshot.ref(principal), resource=engine.snapshot.ref(holders.resource),
        capability=holders.capability, answer=best.answer, paths=(best,), unknown=best.unknown,
    )  # fmt: skip
