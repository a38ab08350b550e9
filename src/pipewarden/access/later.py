"""What somebody has once they activate a place in a group of Entra that another system follows: paths with a condition.

Privileged Identity Management makes people members or owners of a group for some hours, when they ask; nobody counts them there
before. The access is asked for as if they were in it, and each path through such a place says what must happen first.
https://learn.microsoft.com/en-us/entra/id-governance/privileged-identity-management/concept-pim-for-groups
"""

from collections.abc import Iterable, Iterator
from functools import cached_property, partial
from typing import NamedTuple

from msgspec import structs
from pyroaring import BitMap

from pipewarden.access.chains import Chain, Chains
from pipewarden.access.engine import Engine
from pipewarden.access.entra import activation
from pipewarden.access.follows import Follow
from pipewarden.access.github.held import Clause
from pipewarden.access.graph import POTENTIAL, Graph
from pipewarden.access.rulings import Rulings
from pipewarden.model.access import Capability, Condition, Level, Link
from pipewarden.model.ids import Kind
from pipewarden.model.systems import System

SUPPOSED = "may activate a place in"
SAYS = {
    activation.JOINS: "may activate membership of",
    activation.OWNS: "may activate ownership of, and then add themselves to",
}
ENABLED_UNSEEN = "whether the account is enabled was not read"


class Need(NamedTuple):
    """What must happen before, and what of it was not read."""

    conditions: tuple[Condition, ...]
    unknown: tuple[str, ...]


class Way(NamedTuple):
    """One account that an activation puts into a group which follows one of the provider; ordinals, but for the chain."""

    member: int
    outer: int
    row: int
    """The row of the eligible assignment among the grants."""
    chain: Chain
    need: Need


class Later:
    """The places that may be activated in groups which others follow, and what is had through them."""

    def __init__(self, base: Engine, only: int | None = None) -> None:
        """Take everybody, or one principal by the accounts of the same person at identity providers."""
        self.base = base
        self.ways = tuple(_ways(base, only)) if System.ENTRA in base.snapshot.systems else ()

    @cached_property
    def engine(self) -> Engine:
        """The engine whose rulings tell only what is had through such a place, each path with what it waits for."""
        base = self.base
        first = len(base.snapshot.memberships)
        snapshot = base.snapshot.supposing([(each.member, each.outer) for each in self.ways], SUPPOSED)
        engine = Engine(snapshot, Graph(snapshot, follows=base.graph.follows))
        engine.chains.led = {first + number: each.chain for number, each in enumerate(self.ways)}
        engine.rulings = _Activated(engine.graph, engine.chains, self.ways)
        return engine

    def clauses(self, capability: Capability, resource: int) -> list[Clause]:
        """Return the clauses of those who have a capability once they activate such a place."""
        return self.engine.rulings.rule(capability, resource) if self.ways else []

    def levels(self, principal: int) -> list[tuple[int, Level, Need]]:
        """Return on what an activation gives somebody a role that they have not, each with the highest and what it asks for."""
        mine = [each for each in self.ways if each.member == principal]
        if not mine:
            return []
        now, levels = self.base.graph.reachable(principal)
        before = dict(zip(now.tolist(), levels.tolist(), strict=True))
        found: dict[int, tuple[int, Level, Need]] = {}
        for way in mine:
            resources, then = self.base.graph.reachable(way.outer)
            for resource, level in zip(resources.tolist(), then.tolist(), strict=True):
                if level > max(before.get(resource, 0), found[resource][1] if resource in found else 0):
                    found[resource] = (resource, Level(level), way.need)
        return sorted(found.values(), key=lambda each: (-each[1], each[0]))


class _Activated(Rulings):
    """Rulings that tell of a clause only the ways through a place which must be activated first."""

    def __init__(self, graph: Graph, chains: Chains, ways: Iterable[Way]) -> None:
        super().__init__(graph, chains)
        self._needs: dict[Need, tuple[frozenset[int], BitMap]] = {}
        for way in ways:
            rows, members = self._needs.get(way.need, (frozenset(), BitMap()))
            self._needs[way.need] = (rows | {way.row}, members | BitMap([way.member]))

    def rule(self, capability: Capability, resource: int) -> list[Clause]:
        """Return the clauses by which somebody has a capability after an activation. Raises UsageError."""
        return [each for clause in super().rule(capability, resource) for each in self._through(clause)]

    def _through(self, clause: Clause) -> Iterator[Clause]:
        for need, (rows, members) in self._needs.items():
            lead = partial(_passing, clause, rows)
            holders = BitMap([each for each in clause.holders & self._with_machines(members) if lead(each)])
            if holders:
                yield Clause(
                    holders,
                    lead,
                    clause.tail,
                    (*need.conditions, *clause.conditions),
                    tuple(dict.fromkeys((*need.unknown, *clause.unknown))),
                    clause.stance,
                    clause.by_key,
                )

    def _with_machines(self, members: BitMap) -> BitMap:
        """Return some accounts with the tokens and machines that they own: these have what their owners have."""
        return members | BitMap([machine for machine, owner in self._graph.owners.items() if owner in members])


def _passing(clause: Clause, rows: frozenset[int], principal: int) -> list[Chain]:
    """Return the chains of somebody that go through one of some eligible assignments."""
    return [chain for chain in clause.lead(principal) if any(link.grant in rows for link in chain)]


def _ways(engine: Engine, only: int | None) -> Iterator[Way]:
    graph, snapshot = engine.graph, engine.snapshot
    own = None if only is None else set(graph.follows.signs_in_as(only))
    for link in graph.follows.links:
        if snapshot.systems[int(snapshot.instance[link.inner])] is not System.ENTRA:
            continue
        for group in (link.inner, *graph.groups_in(link.inner)):
            for row in graph.by_resource[group].tolist():
                key = snapshot.grants.roles[snapshot.grants.role[row]]
                if snapshot.grants.kind[row] == POTENTIAL and key in SAYS:
                    yield from _by_grant(engine, link, group, row, key, only, own)


def _by_grant(
    engine: Engine, link: Follow, group: int, row: int, key: str, only: int | None, own: set[int] | None
) -> Iterator[Way]:
    """Yield those who may activate one assignment: a group's members each for themselves.

    "If a user is an active member of Group A, and Group A is an eligible member of Group B, the user can activate their
    membership in Group B. This activation is only for the user" (the page above)
    """
    graph, snapshot = engine.graph, engine.snapshot
    holder = int(snapshot.grants.principal[row])
    grant = structs.replace(engine.chains.grant_link(row), says=SAYS[key], kind=None)
    last = Link(source=snapshot.ref(link.inner), target=snapshot.ref(link.outer), says="is followed by")
    instance = int(snapshot.instance[link.outer])
    for account in graph.expand([holder]):
        if snapshot.kind_of(account) is not Kind.ACCOUNT or link.inner in graph.outer(account):
            continue
        enabled = snapshot.entity(account).attributes.get("accountEnabled")
        if enabled is False or (own is not None and account not in own):
            continue
        need = _need(engine, group, key, link.doubt, "" if enabled is True else ENABLED_UNSEEN)
        members = [only] if only is not None else graph.follows.accounts_in(account, instance) or [account]
        for climb in engine.chains.climbs(account, holder)[:1]:
            for up in engine.chains.climbs(group, link.inner)[:1]:
                for member in members:
                    if link.outer not in graph.outer(member):
                        head = () if member == account else (_signs_in(engine, member, account),)
                        yield Way(member, link.outer, row, (*head, *climb, grant, *up, last), need)


def _signs_in(engine: Engine, member: int, account: int) -> Link:
    return Link(source=engine.snapshot.ref(member), target=engine.snapshot.ref(account), says="signs in as")


def _need(engine: Engine, group: int, key: str, *doubts: str) -> Need:
    snapshot = engine.snapshot
    told = activation.of_group(snapshot.entity(group), key)
    name = activation.place(snapshot.name_of(group), key)
    instance = snapshot.instances[int(snapshot.instance[group])]
    unread = () if told is not None else (activation.ACTIVATION_UNSEEN,)
    return Need(activation.conditions(told, name, instance), (*unread, *(each for each in doubts if each)))
