"""Whom somebody may sign in as: whoever resets another's password or factors at an identity provider is them from then on.

https://help.okta.com/en-us/Content/Topics/Security/administrators-admin-comparison.htm
https://learn.microsoft.com/en-us/entra/identity/role-based-access-control/privileged-roles-permissions#who-can-reset-passwords

Most people of a company are alike in who may reset them, so that it is asked once for all who are.
"""

from collections.abc import Hashable, Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from msgspec import structs
from pyroaring import BitMap

from pipewarden.access.chains import Chain
from pipewarden.access.github.held import Clause
from pipewarden.access.plain import PlainRulings
from pipewarden.model.access import Capability, Link
from pipewarden.model.ids import Kind, Ref

if TYPE_CHECKING:
    from pipewarden.access.engine import Engine

RESETS = "may reset how they sign in, and signs in as"
ASKED = 2
"""Accounts of each kind of which it is asked: of one alone it would not be told that it may reset the others."""


class Alike:
    """Accounts whom the same people may reset, and by what."""

    def __init__(self) -> None:
        self.accounts: list[int] = []
        self.asked: list[tuple[int, list[Clause]]] = []
        """Of the first ones: who may reset them for sure and at once."""

    @cached_property
    def holders(self) -> BitMap:
        """Everybody who may reset any of them."""
        return BitMap.union(BitMap(), *(clause.holders for _, clauses in self.asked for clause in clauses))


class Takeovers:
    """Who may sign in as whom at the identity providers of one snapshot. Nothing is worked out before it is asked."""

    def __init__(self, engine: "Engine") -> None:
        self.engine = engine
        self.snapshot = engine.snapshot

    def by(self, own: Mapping[int, Chain]) -> dict[int, Chain]:
        """Return as whom somebody may sign in who has some accounts, by one reset or several, each with the shortest chain."""
        found: dict[int, Chain] = {}
        left = list(self._kinds)
        todo: list[tuple[int, Chain]] = list(own.items())
        for holder, before in todo:
            if holder not in self._anybody:
                continue
            ways = [(each, way) for each in left if holder in each.holders and (way := self._way(each, holder))]
            if not ways:
                continue
            left = [each for each in left if all(each is not other for other, _ in ways)]
            victims = sorted((victim, number) for number, (each, _) in enumerate(ways) for victim in each.accounts)
            for victim, number in victims:
                # nobody signs in as who is switched off
                if victim in found or victim in own or self._is_off(victim):
                    continue
                chain, last = ways[number][1]
                found[victim] = (*before, *chain, structs.replace(last, target=self.snapshot.ref(victim)))
                todo.append((victim, found[victim]))
        return found

    def _way(self, alike: Alike, holder: int) -> tuple[Chain, Link] | None:
        """Return how somebody comes to reset accounts that are alike, and the link to one of them."""
        victim, clauses = next(each for each in alike.asked if each[0] != holder)
        for clause in clauses:
            for way in clause.lead(holder)[:1] if holder in clause.holders else ():
                chain = _up_to((*way, *clause.tail), self.snapshot.ref(victim))
                at = chain[-1].target if chain else self.snapshot.ref(holder)
                return chain, Link(source=at, target=self.snapshot.ref(victim), says=RESETS)
        return None

    def _is_off(self, account: int) -> bool:
        known = self.engine.graph.follows.persons.joining.accounts.get(account)
        return known is not None and known.active is False

    @cached_property
    def _anybody(self) -> BitMap:
        """Everybody who may reset anybody."""
        return BitMap.union(BitMap(), *(each.holders for each in self._kinds))

    @cached_property
    def _kinds(self) -> tuple[Alike, ...]:
        """The accounts that anybody may reset for sure and at once; of what waits for an activation nothing is told here."""
        kinds: dict[Hashable, Alike] = {}
        for account, kind in self._each():
            kinds.setdefault(kind, Alike()).accounts.append(account)
        for alike in kinds.values():
            for account in alike.accounts[:ASKED]:
                clauses = self.engine.rulings.rule(Capability.ASSUME_ROLE, account)
                alike.asked.append((account, [each for each in clauses if not each.unknown and not each.conditions]))
        return tuple(each for each in kinds.values() if each.holders)

    def _each(self) -> Iterator[tuple[int, Hashable]]:
        """Yield the accounts of identity providers, each with what decides who may reset it."""
        providers, rulings = self.engine.graph.follows, self.engine.rulings
        for account in self.snapshot.ordinals(Kind.ACCOUNT).tolist():
            if providers.is_provider(account):
                of = rulings.of(account)
                single = account in rulings.crossing.trusts or len(self.engine.graph.by_resource[account])
                yield account, account if single or not isinstance(of, PlainRulings) else of.alike(account)


def _up_to(chain: Chain, victim: Ref) -> Chain:
    """Return a chain without the links at its end that lead to somebody already."""
    links = chain
    while links and links[-1].target == victim:
        links = links[:-1]
    return links
