"""What a principal holds by its roles, as `what-can` tells it: levels on repositories, our verbs elsewhere, what an activation adds."""

from collections.abc import Iterator

from msgspec import Struct

from pipewarden.access.engine import Engine
from pipewarden.access.settled import ACTIVATED, Held, how_of
from pipewarden.access.standing import holds, standing_of
from pipewarden.access.standing_later import held_later
from pipewarden.access.theirs import Theirs, theirs
from pipewarden.model.access import Answer, Capability, Level
from pipewarden.model.facts import Account, Machine
from pipewarden.model.ids import CREDENTIALS, Kind, Ref
from pipewarden.model.people import Person

ARCHIVED = "archived: nobody changes it or runs anything in it"
INSIDE = "on every repository in it"
PERHAPS = "unknown: on which repositories in it was not read"


class Holding(Struct, frozen=True, kw_only=True):
    """One thing that a principal holds a role on: the level it comes to, or our verbs where roles are no levels."""

    principal: Ref
    resource: Ref
    resource_name: str
    level: Level = Level.NONE
    capabilities: tuple[Capability, ...] = ()
    role: str = ""
    """The level, or the capabilities with how each is held, in words."""
    by: tuple[str, ...] = ()
    once: tuple[str, ...] = ()
    """What must be activated before."""
    waits: bool = False
    """Whether all of it is had only after an activation."""
    answer: Answer = Answer.YES
    note: str = ""
    """What the role does not say of this thing, in words."""
    perhaps: str = ""
    """Why the account or token that holds it may work no more; empty where nothing says so."""

    @property
    def said(self) -> str:
        """All that is said beside the role, in words."""
        told = [f"once {' and '.join(self.once)}"] if self.once else [self.note] if self.note else list(self.by[:1])
        doubt = ["not sure"] if self.answer is not Answer.YES and not self.note else []
        return "; ".join([*told, *doubt, *(["perhaps"] if self.perhaps else [])])


def holdings(engine: Engine, principal: Ref) -> list[Holding]:
    """Return what a principal holds, the highest role first, then what is no level, then what it may activate."""
    found = list(_levels(engine, principal))
    known = {each.resource for each in found}
    return [*found, *_beside(engine, principal, known), *_later(engine, principal)]


def principals_of(engine: Engine, person: Person) -> tuple[list[Theirs], list[Theirs]]:
    """Return the accounts, keys and tokens of a person that may work, and those that are switched off or at their end."""
    mine = theirs(engine, person)
    return [each for each in mine if each.active is not False], [each for each in mine if each.active is False]


def _levels(engine: Engine, principal: Ref) -> Iterator[Holding]:
    found = engine.what_can(principal)
    who = engine.snapshot.ordinal(principal)
    for ref, level in found:
        if level is not Level.NONE and who is not None:
            yield Holding(
                principal=principal, resource=ref, resource_name=engine.name(ref), level=level, role=level.word,
                note=_note(engine, who, ref, level),
            )  # fmt: skip
    for ref, level in found.perhaps:
        name = engine.name(ref)
        yield Holding(
            principal=principal, resource=ref, resource_name=name, level=level, role=level.word,
            answer=Answer.UNKNOWN, note=PERHAPS,
        )  # fmt: skip


def _note(engine: Engine, who: int, ref: Ref, level: Level) -> str:
    """Say what a level does not: that a repository is archived, and that a role on all repositories is none on what holds them."""
    at = engine.snapshot.ordinal(ref)
    if at is None:
        return ""
    if ref.kind is Kind.REPOSITORY:
        archived = level > Level.READ and engine.snapshot.entity(at).attributes.get("archived") is True
        key = _by_key(engine, who, ref)
        return "; ".join(filter(None, (f"by the {key} that they hold" if key else "", ARCHIVED if archived else "")))
    if ref.kind is not Kind.ORGANIZATION:
        return ""
    itself = level is not Level.ADMIN or engine.snapshot.kind_of(who) is Kind.GROUP
    own = itself or how_of(engine, Capability.ADMINISTER, at, who).answer is not Answer.NO
    return f"and {INSIDE}" if own else f"{INSIDE}, and not on itself"


def _by_key(engine: Engine, who: int, ref: Ref) -> str:
    """Name the key by which alone somebody holds a role, "" where they hold it without one."""
    if not engine.graph.keys.get(who):
        return ""
    paths = engine.grants_between(engine.snapshot.ref(who), ref)
    keys = [next((link.target for link in path.links if link.target.kind in CREDENTIALS), None) for path in paths]
    return engine.name(keys[0]) if keys and all(keys) and keys[0] is not None else ""


def _beside(engine: Engine, principal: Ref, known: set[Ref]) -> Iterator[Holding]:
    """Yield what is held where roles are no levels of repositories, as far as the things themselves give it."""
    fact = engine.snapshot.find(principal)
    held = standing_of(engine, fact) if isinstance(fact, (Account, Machine)) else holds(engine, principal)
    for each in held:
        if each.resource not in known:
            yield _told(principal, each)


def _told(principal: Ref, each: Held) -> Holding:
    return Holding(
        principal=principal, resource=each.resource, resource_name=each.place, capabilities=each.capabilities,
        role=", ".join(each.said(c) if each.sure else c.value for c in each.capabilities), by=each.by,
        answer=Answer.YES if each.sure else Answer.UNKNOWN,
        waits=all(ACTIVATED in each.how.get(c, "") for c in each.capabilities),
    )  # fmt: skip


def _later(engine: Engine, principal: Ref) -> Iterator[Holding]:
    for each in held_later(engine, principal):
        role = each.level.word if each.level else ", ".join(c.value for c in each.capabilities)
        yield Holding(
            principal=principal, resource=each.resource, resource_name=each.resource_name, level=each.level,
            capabilities=each.capabilities, role=role, by=each.by, once=each.once, waits=True,
            answer=Answer.YES if each.sure else Answer.UNKNOWN,
        )  # fmt: skip
