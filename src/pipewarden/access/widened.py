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
        led: dict[tuple[int, int], Chain] = {}
        for link in self.follows.links:
            if link.doubt:
                continue
            for member, chain in self._managers(link, only):
                led.setdefault((member, link.outer), chain)
            if only is not None:
                for member, chain in self._sent(link, only):
                    led.setdefault((member, link.outer), chain)
        self.pairs = tuple(led)
        """Who would be in which group, by their ordinals."""
        self.engine = self._supposing(led) if led else engine

    def _supposing(self, led: dict[tuple[int, int], Chain]) -> Engine:
        first = len(self.base.snapshot.memberships)
        snapshot = self.base.snapshot.supposing(list(led), SUPPOSED)
        engine = Engine(snapshot, Graph(snapshot, follows=self.follows))
        engine.chains.led = {first + number: chain for number, chain in enumerate(led.values())}
        return engine

    def _managers(self, link: Follow, only: int | None) -> Iterable[tuple[int, Chain]]:
        """Yield those who may add to the group, each with the chain by which they are in what follows it."""
        graph = self.base.graph
        own = None if only is None else self.follows.signs_in_as(only)
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
                head = () if member == manager else (self._link(member, manager, "signs in as"),)
                for chain in list(clause.lead(manager))[:1]:
                    yield member, (*head, *chain, *clause.tail, last)

    def _sent(self, link: Follow, only: int) -> Iterable[tuple[int, Chain]]:
        """Yield the principal whom the provider puts into what follows a group that they are in already."""
        graph = self.base.graph
        for account in self.follows.signs_in_as(only):
            outers = graph.outer(account)
            if link.inner in outers and link.outer not in graph.outer(only) and self.follows.brings(link, outers):
                head = () if account == only else (self._link(only, account, "signs in as"),)
                last = self._link(link.inner, link.outer, PUT_INTO)
                for chain in self.base.chains.climbs(account, link.inner)[:1]:
                    yield only, (*head, *chain, last)

    def _link(self, source: int, target: int, says: str) -> Link:
        snapshot = self.base.snapshot
        return Link(source=snapshot.ref(source), target=snapshot.ref(target), says=says)
