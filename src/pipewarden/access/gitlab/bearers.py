"""Tokens that act for somebody: a bot within its token's scopes, a personal token within its scopes and its owner's rights.

https://docs.gitlab.com/security/tokens/
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from typing import NamedTuple

from pyroaring import BitMap

from pipewarden.access.chains import Chain
from pipewarden.access.github.held import Clause, Lead
from pipewarden.access.gitlab.scopes import Scopes
from pipewarden.access.graph import Graph
from pipewarden.model.access import Link
from pipewarden.model.facts import Machine
from pipewarden.model.ids import Kind
from pipewarden.model.systems import System

UNTOLD = "the scopes of the token were not told"
UNTOLD_STATE = "whether the token is still active was not told"


class Carried(NamedTuple):
    """For whom a personal token acts, and within which scopes; None: they were not told."""

    owner: int
    scopes: Scopes | None


def carried(graph: Graph, token: int) -> Carried | None:
    """Return for whom something acts that is a personal token of GitLab and still works; None for anything else.

    It holds no role of its own: whatever its owner holds is what it may hold.
    https://docs.gitlab.com/user/profile/personal_access_tokens/
    """
    snapshot = graph.snapshot
    if snapshot.kind_of(token) is not Kind.ACCESS_TOKEN:
        return None
    if snapshot.systems[int(snapshot.instance[token])] is not System.GITLAB:
        return None
    machine = snapshot.entity(token)
    owner = graph.owners.get(token)
    if owner is None or not isinstance(machine, Machine) or not _works(machine, snapshot.as_of):
        return None
    told = machine.attributes.get("scopes")
    return Carried(owner, frozenset(map(str, told)) if isinstance(told, (list, tuple)) else None)


def _works(token: Machine, at: datetime) -> bool:
    """Tell whether a token did not end, as far as it is known."""
    ended = token.expires_at is not None and token.expires_at <= at
    return not ended and token.attributes.get("active") is not False


class Bearers:
    """The access tokens of one graph, by whom they act for."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.snapshot = graph.snapshot
        self._known: dict[Scopes, BitMap] = {}

    @cached_property
    def _scopes(self) -> dict[int, Scopes | None]:
        """The scopes of each token of GitLab, None where they were not told."""
        found: dict[int, Scopes | None] = {}
        for ordinal in self.snapshot.ordinals(Kind.ACCESS_TOKEN).tolist():
            told = self.snapshot.entity(ordinal).attributes.get("scopes")
            found[ordinal] = frozenset(map(str, told)) if isinstance(told, (list, tuple)) else None
        return found

    @cached_property
    def _personal(self) -> dict[int, list[int]]:
        """The personal tokens of each account, those that still work."""
        found: dict[int, list[int]] = {}
        for ordinal in self._scopes:
            machine = self.snapshot.entity(ordinal)
            if not isinstance(machine, Machine) or machine.owner is None or not self._works(machine):
                continue
            if (owner := self.snapshot.ordinal(machine.owner)) is not None:
                found.setdefault(owner, []).append(ordinal)
        return found

    def _works(self, token: Machine) -> bool:
        return _works(token, self.snapshot.as_of)

    @cached_property
    def _bots(self) -> BitMap:
        return BitMap([each for each in self._scopes if self.snapshot.ref(each).key.startswith("bot:")])

    @cached_property
    def _dead(self) -> BitMap:
        """Bots whose token ended: the user stays, and nobody can act as it."""
        bots = ((each, self.snapshot.entity(each)) for each in self._bots)
        return BitMap([each for each, bot in bots if isinstance(bot, Machine) and not self._works(bot)])

    @cached_property
    def _untold(self) -> BitMap:
        """Bots whose token's scopes were not told."""
        return BitMap([each for each in self._bots if self._scopes[each] is None])

    @cached_property
    def _unsure(self) -> BitMap:
        """Tokens whose scopes were told, but not whether they are still active."""
        told = (each for each, scopes in self._scopes.items() if scopes is not None)
        return BitMap([e for e in told if not isinstance(self.snapshot.entity(e).attributes.get("active"), bool)])

    def _barred(self, scopes: Scopes) -> BitMap:
        """Bots whose token has none of some scopes, or ended."""
        known = self._known.get(scopes)
        if known is None:
            bots = [each for each in self._bots if (held := self._scopes[each]) is not None and not held & scopes]
            known = self._known[scopes] = BitMap(bots) | self._dead
        return known

    @cached_property
    def _owners(self) -> BitMap:
        return BitMap(self._personal)

    def acting_as(self, owner: int) -> list[int]:
        """Return who acts as an account: it, and its personal tokens that still work."""
        return [owner, *self._personal.get(owner, ())]

    def within(self, clauses: Iterable[Clause], scopes: Scopes) -> Iterator[Clause]:
        """Yield clauses with their bots bounded by scopes, and with the personal tokens of those who hold them."""
        for clause in clauses:
            kept = clause.holders - self._barred(scopes) - self._untold
            if (sure := kept - self._unsure) or not clause.holders:
                yield replace(clause, holders=sure)
            if unsure := kept & self._unsure:
                yield replace(clause, holders=unsure, unknown=(*clause.unknown, UNTOLD_STATE))
            if untold := (clause.holders & self._untold) - self._dead:
                yield replace(clause, holders=untold, unknown=(*clause.unknown, UNTOLD))
            yield from self._carried(replace(clause, holders=kept), scopes)

    def _carried(self, clause: Clause, scopes: Scopes) -> Iterator[Clause]:
        sure, untold = BitMap(), BitMap()
        for owner in clause.holders & self._owners:
            for token in self._personal[owner]:
                held = self._scopes[token]
                (untold if held is None else sure if held & scopes else BitMap()).add(token)
        for holders, doubt in (
            (sure - self._unsure, ()),
            (sure & self._unsure, (UNTOLD_STATE,)),
            (untold, (UNTOLD,)),
        ):
            if holders:
                unknown = (*clause.unknown, *doubt)
                yield replace(clause, holders=holders, lead=self._lead(clause.lead), unknown=unknown)

    def _lead(self, lead: Lead) -> Lead:
        def through_owner(token: int) -> list[Chain]:
            owner = self.graph.owners.get(token)
            if owner is None:
                return []
            names = ", ".join(sorted(self._scopes.get(token) or ()))
            says = f"acts for its owner, within the scopes {names}" if names else "acts for its owner"
            link = Link(source=self.snapshot.ref(token), target=self.snapshot.ref(owner), says=says)
            return [(link, *chain) for chain in lead(owner)]

        return through_owner
