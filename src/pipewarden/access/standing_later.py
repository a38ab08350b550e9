"""What one account holds once it activates a place in a group of an identity provider, in words for `what-can` and `identity`."""

from msgspec import structs

from pipewarden.access.asked import asked_of
from pipewarden.access.engine import Engine
from pipewarden.access.github.roles import CAPABILITIES
from pipewarden.access.later import Later, Need
from pipewarden.access.reach import RANK
from pipewarden.access.settled import Held
from pipewarden.access.standing import MOST_SECRETS
from pipewarden.errors import UsageError
from pipewarden.model.access import Capability, Level
from pipewarden.model.ids import Kind, Ref
from pipewarden.model.systems import System

OF_SECRETS = (Capability.READ_SECRET, Capability.MANAGE_SECRET)


class HeldLater(Held, frozen=True, kw_only=True):
    """What is held once something is activated: the level that it comes to, and what must happen first."""

    level: Level = Level.NONE
    once: tuple[str, ...] = ()


def held_later(engine: Engine, principal: Ref) -> tuple[HeldLater, ...]:
    """Return what a principal holds after an activation and not before, what weighs most first."""
    who = engine.snapshot.ordinal(principal)
    later = None if who is None else engine.later_of(who)
    if who is None or later is None or not later.ways:
        return ()
    snapshot, graph = engine.snapshot, engine.graph
    found: dict[Ref, HeldLater] = {}
    gained = later.levels(who)
    levels = {resource: level for resource, level, _ in gained}
    for resource, own, need in gained:
        # what is given on a group holds for the projects inside it
        level = max(own, *(levels.get(scope, own) for scope in snapshot.scopes(resource)))
        mask = 0
        words: list[str] = []
        for way in (each for each in later.ways if each.member == who and each.need == need):
            for group in graph.outer(way.outer):
                for row in graph.rows_between((group,), resource):
                    mask |= int(graph.masks[row])
                    words.append(f"{engine.chains.role_name(row)} through {snapshot.name_of(group)}")
        asked = asked_of(snapshot, resource)
        given = [c for n, c in enumerate(CAPABILITIES) if mask & (1 << n) and c in asked]
        capabilities = _ordered([c for c in given if _is_given(later, c, resource, who)])
        ref = snapshot.ref(resource)
        found[ref] = _held(engine, ref, capabilities, tuple(dict.fromkeys(words)), need, level)
    for secret in _of_vault(engine, who, {each.outer for each in later.ways}):
        for capability in OF_SECRETS:
            for clause in later.clauses(capability, secret):
                if who in clause.holders:
                    ref, need = snapshot.ref(secret), Need(clause.conditions, clause.unknown)
                    by = tuple(chain[-1].says for chain in clause.lead(who)[:1])
                    new = _held(engine, ref, (capability,), by, need, Level.NONE)
                    old = found.get(ref, new)
                    both = _ordered(dict.fromkeys((*old.capabilities, capability)))
                    found[ref] = structs.replace(old, capabilities=both)
    return tuple(sorted(found.values(), key=lambda each: (-each.level, -each.weight, each.resource)))


def _is_given(later: Later, capability: Capability, resource: int, who: int) -> bool:
    """Tell whether a thing itself gives what a role on it would: not all of a role on a group is held on the group."""
    try:
        return any(who in clause.holders for clause in later.clauses(capability, resource))
    except UsageError:
        return False


def _held(
    engine: Engine, ref: Ref, capabilities: tuple[Capability, ...], by: tuple[str, ...], need: Need, level: Level
) -> HeldLater:
    once = tuple(each.says for each in need.conditions)
    name = engine.name(ref)
    sure = not need.unknown
    return HeldLater(
        resource=ref, resource_name=name, capabilities=capabilities, by=by, sure=sure, level=level, once=once
    )


def _ordered(capabilities: "dict[Capability, None] | list[Capability]") -> tuple[Capability, ...]:
    return tuple(sorted(capabilities, key=lambda each: (-RANK.get(each, 0), each)))


def _of_vault(engine: Engine, who: int, outer: set[int]) -> list[int]:
    """Return the secrets of the vaults whose groups follow; an account of somebody else's system reaches none by itself."""
    snapshot = engine.snapshot
    vaults = {code for code, system in enumerate(snapshot.systems) if system is System.VAULT}
    vaults &= {int(snapshot.instance[each]) for each in outer} & {int(snapshot.instance[who])}
    secrets = snapshot.ordinals(Kind.SECRET).tolist() if vaults else []
    return [each for each in secrets if int(snapshot.instance[each]) in vaults][:MOST_SECRETS]
