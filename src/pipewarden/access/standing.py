"""One person over all systems: their accounts, the machines they hold, what each reaches, and what would outlive them."""

from collections.abc import Iterable
from functools import cache
from itertools import groupby, islice

import numpy as np
from msgspec import Struct, structs

from pipewarden.access.accounts import PROVIDERS
from pipewarden.access.dormancy import Dormancy, LastUse, dormancy, last_use
from pipewarden.access.engine import WHOLE, Engine
from pipewarden.access.github.roles import CAPABILITIES
from pipewarden.access.gitlab.bearers import Carried, carried
from pipewarden.access.gitlab.scopes import allows
from pipewarden.access.reach import RANK
from pipewarden.access.second_factor import SecondFactor, second_factor
from pipewarden.access.settled import Held, settled
from pipewarden.access.theirs import Theirs, theirs
from pipewarden.access.vault.rulings import VaultRulings
from pipewarden.access.view import View
from pipewarden.model.access import Capability
from pipewarden.model.columns import I32, KINDS
from pipewarden.model.facts import Account, Machine
from pipewarden.model.ids import CREDENTIALS, Kind, Ref
from pipewarden.model.people import Joined, Person
from pipewarden.model.systems import System

OF_PROVIDERS = frozenset(
    {
        Capability.ADMINISTER, Capability.MANAGE_ACCESS, Capability.MANAGE_SECRET, Capability.ASSUME_ROLE, Capability.READ,
    }
)  # fmt: skip
"""What means something in an identity provider: it has no code to push, and deploys nothing."""
MOST_SECRETS = 500
"""Secrets of one vault that are asked about for one person."""

CONTAINING = [KINDS.index(kind) for kind in WHOLE]
"""Kinds that stand for all that is in them, as columns have them: a role there is one on the thing itself, too."""


class Standing(Struct, frozen=True, kw_only=True):
    """One account or machine of a person. `ends` tells whether it ends with the identity provider; None: not known."""

    ref: Ref
    name: str
    system: System
    kind: Kind
    joined: Joined | None
    """How it is known to be theirs; None for a machine, which its owner holds."""
    mfa: str
    """In words: `enabled`, `weak`, `none`, `not applicable`, `unknown`."""
    factor: SecondFactor | None
    """What is known of its second factor, and where it is enforced; None for a machine."""
    last_used: str
    used: LastUse
    """The last use with what its system means by it."""
    active: bool | None
    ends: bool | None
    ends_says: str
    perhaps: str
    """Why it may work no more; empty where nothing says so."""
    held: tuple[Held, ...]


def standings(engine: Engine, person: Person) -> list[Standing]:
    """Return the accounts of a person and the machines they hold, each with what it reaches by grants."""
    view = View(engine.snapshot, engine)
    return [
        _account(view, each) if isinstance(each.fact, Account) else _machine(engine, each)
        for each in theirs(engine, person)
    ]


def seen(engine: Engine, standing: Iterable[Standing], days: int) -> Dormancy:
    """Return when a person was last seen, by all of theirs that is switched on."""
    return dormancy([each.used for each in standing if each.active is not False], engine.snapshot.as_of, days)


def administered_by(engine: Engine, principal: Ref) -> list[Ref]:
    """Return the organizations, tenants and enterprises that a principal administers by grants, in the order of ids."""
    who = engine.snapshot.ordinal(principal)
    found: set[int] = set()
    for group in () if who is None else engine.graph.outer(who):
        if group not in engine.graph.crowd and (group == who or engine.snapshot.kind_of(group) not in CREDENTIALS):
            found |= engine.administered.get(group, set())
    return [engine.snapshot.ref(each) for each in sorted(found)]


def held_by(engine: Engine, principal: Ref, *, most: int = 200) -> tuple[Held, ...]:
    """Return what a principal holds by grants, directly or through groups, what weighs most first."""
    who = engine.snapshot.ordinal(principal)
    if who is None:
        return ()
    graph, snapshot = engine.graph, engine.snapshot
    rows, holders = _rows_of(engine, who)
    if not len(rows):
        return ()
    resources = snapshot.grants.resource[rows]
    whole = np.isin(snapshot.kind[resources], CONTAINING)
    masks = graph.masks[rows] | np.where(whole, graph.organization_masks[rows], 0).astype(np.uint16)
    order = np.argsort(resources, kind="stable")
    rows, holders, resources, masks = rows[order], holders[order], resources[order], masks[order]
    starts = np.flatnonzero(np.concatenate(([True], resources[1:] != resources[:-1])))
    ends = np.append(starts[1:], len(rows))
    resources, sure = resources[starts], np.logical_or.reduceat(graph.sure[rows], starts)
    found, which = np.unique(np.bitwise_or.reduceat(masks, starts), return_inverse=True)
    provider = snapshot.systems[int(snapshot.instance[who])] in PROVIDERS
    meant = [_meant(mask, provider=provider) for mask in found.tolist()]
    weights = np.array([_weight(each) for each in meant])[which]
    # ordinals are in the order of ids; only what is returned becomes objects
    ranked = (at for at in np.lexsort((resources, -weights)).tolist() if meant[which[at]])
    return tuple(
        Held(
            resource=snapshot.ref(int(resources[at])),
            resource_name=snapshot.name_of(int(resources[at])),
            capabilities=meant[which[at]],
            by=_by(engine, who, *(column[starts[at] : ends[at]].tolist() for column in (rows, holders, masks))),
            sure=bool(sure[at]),
        )
        for at in islice(ranked, most)
    )


def _rows_of(engine: Engine, who: int) -> tuple[I32, I32]:
    """Return the grants by which a principal holds something, and whose each is: their own, or one of their groups'.

    What anybody has says nothing of one person, and a key is told by itself.
    """
    groups = [
        each
        for each in engine.graph.outer(who)
        if each not in engine.graph.crowd and (each == who or engine.snapshot.kind_of(each) not in CREDENTIALS)
    ]
    parts = [engine.graph.by_principal[each] for each in groups]
    holders = np.repeat(np.array(groups, np.int32), [len(part) for part in parts])
    return np.concatenate(parts) if parts else holders, holders


def _by(engine: Engine, who: int, rows: list[int], holders: list[int], masks: list[int]) -> tuple[str, ...]:
    """Return the grants on one thing in words, those that give most first."""
    words = []
    for row, holder, mask in zip(rows, holders, masks, strict=True):
        through = "" if holder == who else f" through {engine.snapshot.name_of(holder)}"
        words.append((-mask.bit_count(), engine.chains.role_name(row) + through))
    return tuple(dict.fromkeys(text for _, text in sorted(words)))


@cache
def _meant(mask: int, *, provider: bool) -> tuple[Capability, ...]:
    """Return the capabilities that a mask stands for, those that weigh most first; at a provider only what means something there."""
    verbs = (c for n, c in enumerate(CAPABILITIES) if mask & (1 << n) and (not provider or c in OF_PROVIDERS))
    return tuple(sorted(verbs, key=lambda c: (-RANK.get(c, 0), c)))


def _weight(capabilities: tuple[Capability, ...]) -> int:
    return max((RANK.get(each, 0) for each in capabilities), default=0)


def holds(engine: Engine, principal: Ref) -> tuple[Held, ...]:
    """Return what a principal holds, what weighs most first, in whatever words its system gives it."""
    return _holding(engine, principal, dict(zip(engine.snapshot.instances, engine.snapshot.systems, strict=True)))


def _holding(engine: Engine, principal: Ref, systems: dict[str, System]) -> tuple[Held, ...]:
    """Return what a principal holds; in a vault policies decide, which are asked about its secrets one by one."""
    if systems.get(principal.instance) is not System.VAULT:
        return held_by(engine, principal)
    who, snapshot = engine.snapshot.ordinal(principal), engine.snapshot
    if who is None:
        return ()
    rulings = engine.rulings.of(who)
    ways = rulings.on_secrets(who, MOST_SECRETS) if isinstance(rulings, VaultRulings) else iter(())
    found = []
    for secret, together in groupby(ways, key=lambda each: each.secret):
        known: dict[Capability, bool] = {}
        by: list[str] = []
        for way in together:
            known[way.capability] = known.get(way.capability, False) or way.sure
            by += [way.says] if way.says else []
        found.append(
            Held(
                resource=snapshot.ref(secret), resource_name=snapshot.name_of(secret), capabilities=tuple(known),
                by=tuple(dict.fromkeys(by)), sure=any(known.values()),
            )
        )  # fmt: skip
    return tuple(sorted(found, key=lambda each: (-each.weight, each.resource)))


def _account(view: View, mine: Theirs) -> Standing:
    account = mine.fact
    assert isinstance(account, Account)  # noqa: S101 - whoever asks looked
    factor = second_factor(view, account)
    return _standing(mine, factor, () if mine.active is False else standing_of(view.engine, account))


def _machine(engine: Engine, mine: Theirs) -> Standing:
    return _standing(mine, None, () if mine.active is False else standing_of(engine, mine.fact))


def _standing(mine: Theirs, factor: SecondFactor | None, held: tuple[Held, ...]) -> Standing:
    fact = mine.fact
    return Standing(
        ref=fact.ref, name=fact.name, system=mine.system, kind=fact.ref.kind, joined=mine.joined,
        mfa=factor.enrolled if factor else "not applicable", factor=factor, used=last_use(fact, mine.system),
        last_used=fact.last_used_at.strftime("%Y-%m-%d") if fact.last_used_at else "unknown",
        active=mine.active, ends=mine.ends, ends_says=mine.ends_says, perhaps=mine.perhaps, held=held,
    )  # fmt: skip


def standing_of(engine: Engine, principal: Account | Machine) -> tuple[Held, ...]:
    """Return what an account or machine holds by its grants, as far as the things themselves give it."""
    systems = dict(zip(engine.snapshot.instances, engine.snapshot.systems, strict=True))
    who = engine.snapshot.ordinal(principal.ref)
    if who is not None and (carries := carried(engine.graph, who)):
        return settled(engine, principal.ref, _carried(engine, carries))
    if systems.get(principal.ref.instance) is System.VAULT:
        return _holding(engine, principal.ref, systems)  # asked of its secrets one by one
    return settled(engine, principal.ref, held_by(engine, principal.ref))


def _carried(engine: Engine, token: Carried) -> tuple[Held, ...]:
    """Return what a token's owner holds, as far as its scopes let it act; all of it perhaps, where they were not told."""
    owner = engine.snapshot.ref(token.owner)
    out = []
    for each in held_by(engine, owner):
        left = tuple(c for c in each.capabilities if token.scopes is None or allows(token.scopes, c))
        if left:
            by = tuple(f"{engine.name(owner)}'s {text}" for text in each.by)
            sure = each.sure and token.scopes is not None
            out.append(structs.replace(each, capabilities=left, by=by, sure=sure))
    return tuple(out)
