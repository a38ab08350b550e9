"""Access as it would be if everybody put themselves into the groups that they may put people into.

Whoever manages a group of an identity provider may add anybody, themselves too; what follows the group then takes them in.
"""

from collections.abc import Iterable

from pipewarden.access.chains import Chain
from pipewarden.access.engine import Engine
from pipewarden.access.follows import Follow
from pipewarden.access.graph import Graph
from pipewarden.errors import UsageError
from pipewarden.model.access import Capability, Link

MAY_ADD = "may add anybody, themselves too; its members are put into"
SUPPOSED = "may put themselves there"
PUT_INTO = "is followed by"


class Widened:
    """The engine with what some people may take for themselves at the identity provider, and which memberships these are."""

    def __init__(self, engine: Engine, only: int | None = None) -> None:
        """Suppose it of everybody, or of one principal and the accounts of the same person at identity providers."""
        self.base = engine
        self.follows = engine.graph.follows
        self._own = {} if only is None else self._accounts(only)
        led: dict[tuple[int, int], Chain] = {}
        for link in self.follows.links:
            if link.doubt:
                continue
            ways = [*self._managers(link, only), *(self._sent(link, only) if only is not None else ())]
            for member, chain in sorted(ways, key=lambda way: len(way[1])):
                led.setdefault((member, link.outer), chain)
        self.pairs = tuple(led)
        """Who would be in which group, by their ordinals."""
        taken = {} if only is None else self._taken(only)
        self.engine = self._supposing(led) if led else engine
        if taken:
            self.engine = self.engine.signing_in(taken)

    def _accounts(self, only: int) -> dict[int, Chain]:
        """Return the accounts at identity providers that somebody signs in with, and whom they may reset and sign in as.

        Each stands with the chain that leads to it.
        """
        mine = self.follows.signs_in_as(only)
        own: dict[int, Chain] = {
            each: () if each == only else (self._link(only, each, "signs in as"),) for each in mine
        }
        return own | self.base.takeovers.by(own)

    def _taken(self, only: int) -> dict[int, Chain]:
        """Return whom somebody may sign in as, at the providers and wherever people come in through these alone."""
        known, found = self.follows.persons.joining.accounts, dict[int, Chain]()
        mine = set(self.follows.signs_in_as(only))
        for victim, chain in self._own.items():
            if victim in mine:
                continue
            found.setdefault(victim, chain)
            for account in self.follows.accounts_of(victim):
                if account != only and known[account].local is False:
                    found.setdefault(account, (*chain, self._link(victim, account, "signs in as")))
        return found

    def _supposing(self, led: dict[tuple[int, int], Chain]) -> Engine:
        first = len(self.base.snapshot.memberships)
        snapshot = self.base.snapshot.supposing(list(led), SUPPOSED)
        engine = Engine(snapshot, Graph(snapshot, follows=self.follows))
        engine.chains.led = {first + number: chain for number, chain in enumerate(led.values())}
        return engine

    def _managers(self, link: Follow, only: int | None) -> Iterable[tuple[int, Chain]]:
        """Yield those who may add to the group, each with the chain by which they are in what follows it."""
        graph = self.base.graph
        own = None if only is None else self._own
        last = self._link(link.inner, link.outer, MAY_ADD)
        try:
            clauses = self.base.rulings.rule(Capability.MANAGE_ACCESS, link.inner)
        except UsageError:
            return
        for clause in clauses:
            if clause.unknown or clause.conditions:
                continue
            for manager in clause.holders if own is None else [each for each in own if each in clause.holders]:
                member = manager if only is None else only
                if link.outer in graph.outer(member):
                    continue
                if not self.follows.brings(link, (*graph.outer(manager), *graph.outer(link.inner))):
                    continue  # not assigned to the app that pushes the group
                for chain in list(clause.lead(manager))[:1]:
                    yield member, (*self._own.get(manager, ()), *chain, *clause.tail, last)

    def _sent(self, link: Follow, only: int) -> Iterable[tuple[int, Chain]]:
        """Yield the principal whom the provider puts into what follows a group that they are in already."""
        graph = self.base.graph
        for account, head in self._own.items():
            outers = graph.outer(account)
            if link.inner in outers and link.outer not in graph.outer(only) and self.follows.brings(link, outers):
                last = self._link(link.inner, link.outer, PUT_INTO)
                for chain in self.base.chains.climbs(account, link.inner)[:1]:
                    yield only, (*head, *chain, last)

    def _link(self, source: int, target: int, says: str) -> Link:
        snapshot = self.base.snapshot
        return Link(source=snapshot.ref(source), target=snapshot.ref(target), says=says)
