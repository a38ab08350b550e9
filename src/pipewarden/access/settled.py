"""What a role gives, held against the thing itself: what remains is what `who-can` and `why` tell of the same two.

A role of a writer pushes nothing to an archived repository, deploys nothing where there is nothing to deploy to, and is bounded
where a token is its owner's.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice

from msgspec import Struct, structs

from pipewarden.access.asked import ASKED, asked_of
from pipewarden.access.engine import Engine
from pipewarden.access.reach import RANK
from pipewarden.errors import UsageError
from pipewarden.model.access import Answer, Capability
from pipewarden.model.ids import Kind, Ref

MOST_INSIDE = 20
"""Repositories of an organization of which it is asked whether what a role gives on them all is there."""
FIRM = frozenset({Capability.READ, Capability.PUSH, Capability.ADMINISTER, Capability.MANAGE_ACCESS})
"""What a role gives on a repository whatever is in it: without pipelines nobody runs any, without environments nobody deploys."""
ACTIVATED = "once activated"
CONTAINERS = (Kind.ORGANIZATION, Kind.ENTERPRISE)


class Held(Struct, frozen=True, kw_only=True):
    """What a principal holds on one thing: our capabilities, those that weigh most first, and the grants in words."""

    resource: Ref
    resource_name: str
    capabilities: tuple[Capability, ...]
    by: tuple[str, ...]
    sure: bool = True
    how: dict[Capability, str] = {}
    """How some of them are held, where not at once and alone: `with approval`, `once activated`, `perhaps`."""
    inside: str = ""
    """Where it is held on repositories that the thing contains, and not on itself: on `all` or `some` of them."""

    @property
    def weight(self) -> int:
        """How much the weightiest of them matters."""
        return max((RANK.get(each, 0) for each in self.capabilities), default=0)

    @property
    def place(self) -> str:
        """Where it is held, in words."""
        within = {"all": "the repositories of ", "some": "some repositories of "}
        return f"{within.get(self.inside, '')}{self.resource_name}"

    def said(self, capability: Capability) -> str:
        """Name a capability, and how it is held where that takes more than asking."""
        how = self.how.get(capability)
        return f"{capability.value} ({how})" if how else capability.value


class How(Struct, frozen=True):
    """How somebody has a capability on a thing: the best of all clauses."""

    answer: Answer
    alone: bool = True
    waits: bool = False

    @property
    def words(self) -> str:
        """What it takes beyond asking, in words; empty where nothing."""
        if self.answer is Answer.UNKNOWN:
            return "perhaps"
        told = [ACTIVATED] if self.waits else []
        return " and ".join(told if self.alone else [*told, "with approval"])


NO = How(Answer.NO)


def how_of(engine: Engine, capability: Capability, resource: int, who: int) -> How:
    """Return how one principal has a capability on a thing, by the rules of its system; no paths are worked out.

    What means nothing on a thing nobody has there.
    """
    crowds = engine.graph.crowds_of(who)
    best = NO
    try:
        clauses = engine.rulings.rule(capability, resource)
    except UsageError:
        return NO
    for clause in clauses:
        if who not in clause.holders and not any(crowd in clause.holders for crowd in crowds):
            continue
        kinds = {each.kind for each in clause.conditions}
        found = How(Answer.UNKNOWN if clause.unknown else Answer.YES, "approval" not in kinds, "activation" in kinds)
        if _order(found) < _order(best):
            best = found
    return best


def _order(how: How) -> tuple[int, bool, bool]:
    return ((Answer.YES, Answer.UNKNOWN, Answer.NO).index(how.answer), not how.alone, how.waits)


def settled(engine: Engine, principal: Ref, held: Iterable[Held]) -> tuple[Held, ...]:
    """Return what a principal has on the things that its roles are on, what weighs most first."""
    who = engine.snapshot.ordinal(principal)
    if who is None:
        return ()
    found = [each for one in held for each in _settled(engine, who, one)]
    return tuple(sorted(found, key=lambda each: (-each.weight, each.resource, each.inside)))


def _settled(engine: Engine, who: int, held: Held) -> Iterator[Held]:
    at = engine.snapshot.ordinal(held.resource)
    if at is None:
        return
    asked = asked_of(engine.snapshot, at)
    own = {each: how_of(engine, each, at, who) for each in held.capabilities if each in asked}
    if mine := _with(held, own):
        yield mine
    if held.resource.kind in CONTAINERS:
        # what it gives on the repositories inside need not be given on the organization itself
        denied = [each for each in held.capabilities if own.get(each, NO).answer is Answer.NO]
        inside = [each for each in denied if each in ASKED[Kind.REPOSITORY]]
        if inside:
            yield from _inside(engine, who, at, structs.replace(held, capabilities=tuple(inside)))


def _inside(engine: Engine, who: int, container: int, held: Held) -> Iterator[Held]:
    """Yield what is held on the repositories of an organization; a token may have it on those of its owner alone."""
    repositories = list(_repositories(engine, container))
    each = [{c: how_of(engine, c, repository, who) for c in held.capabilities} for repository in repositories]
    best = {c: min((one[c] for one in each), key=_order, default=NO) for c in held.capabilities}
    everywhere = all(one[c].answer is not Answer.NO for one in each for c in held.capabilities if c in FIRM)
    bounded = who in engine.graph.bounded and len(repositories) == MOST_INSIDE
    if there := _with(held, best):
        yield structs.replace(there, inside="all" if everywhere and not bounded else "some")


def _with(held: Held, found: Mapping[Capability, How]) -> Held | None:
    """Return what is held with what was found of it; nothing where there is nothing."""
    there = {each: how for each, how in found.items() if how.answer is not Answer.NO}
    if not there:
        return None
    return structs.replace(
        held,
        capabilities=tuple(sorted(there, key=lambda c: (-RANK.get(c, 0), c))),
        how={each: how.words for each, how in there.items() if how.words},
        sure=any(how.answer is Answer.YES for how in there.values()),
    )


def _repositories(engine: Engine, container: int) -> Iterator[int]:
    """Yield the first repositories of an organization, or of all of an enterprise, that are not archived."""
    snapshot = engine.snapshot
    organizations = (container, *snapshot.children(container, Kind.ORGANIZATION))
    every = (each for one in organizations for each in snapshot.children(one, Kind.REPOSITORY))
    yield from islice((each for each in every if not snapshot.entity(each).attributes.get("archived")), MOST_INSIDE)
