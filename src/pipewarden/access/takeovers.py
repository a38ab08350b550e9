"""Whom somebody may sign in as: whoever resets another's password or factors at an identity provider is them from then on.

https://help.okta.com/en-us/Content/Topics/Security/administrators-admin-comparison.htm
https://learn.microsoft.com/en-us/entra/identity/role-based-access-control/privileged-roles-permissions#who-can-reset-passwords
"""

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from pipewarden.access.accounts import known
from pipewarden.access.chains import Chain
from pipewarden.access.github.held import Clause
from pipewarden.model.access import Capability, Link
from pipewarden.model.facts import Account
from pipewarden.model.ids import Kind, Ref

if TYPE_CHECKING:
    from pipewarden.access.engine import Engine

RESETS = "may reset how they sign in, and signs in as"
MOST = 20_000
"""Accounts of identity providers of which it is asked who may reset them."""


class Takeovers:
    """Who may sign in as whom at the identity providers of one snapshot. Nothing is worked out before it is asked."""

    def __init__(self, engine: "Engine") -> None:
        self.engine = engine
        self.snapshot = engine.snapshot

    def by(self, own: Mapping[int, Chain]) -> dict[int, Chain]:
        """Return as whom somebody may sign in who has some accounts, by one reset or several, each with the shortest chain."""
        found: dict[int, Chain] = {}
        todo: list[tuple[int, Chain]] = list(own.items())
        for holder, before in todo:
            for victim, clause in self._of(holder):
                if victim in found or victim in own:
                    continue
                for way in clause.lead(holder)[:1]:
                    chain = _up_to((*way, *clause.tail), self.snapshot.ref(victim))
                    at = chain[-1].target if chain else self.snapshot.ref(holder)
                    last = Link(source=at, target=self.snapshot.ref(victim), says=RESETS)
                    found[victim] = (*before, *chain, last)
                    todo.append((victim, found[victim]))
        return found

    def _of(self, holder: int) -> list[tuple[int, Clause]]:
        return self._by_holder.get(holder, [])

    @cached_property
    def _by_holder(self) -> dict[int, list[tuple[int, Clause]]]:
        """Whom each may reset for sure and at once; of what waits for an activation nothing is told here."""
        found: dict[int, list[tuple[int, Clause]]] = {}
        providers = self.engine.graph.follows
        accounts = [each for each in self.snapshot.ordinals(Kind.ACCOUNT).tolist() if providers.is_provider(each)]
        for account in accounts[:MOST]:
            fact = self.snapshot.entity(account)
            system = self.snapshot.systems[int(self.snapshot.instance[account])]
            if isinstance(fact, Account) and known(fact, system).active is False:
                continue  # nobody signs in as who is switched off
            for clause in self.engine.rulings.rule(Capability.ASSUME_ROLE, account):
                for holder in clause.holders if not clause.unknown and not clause.conditions else ():
                    found.setdefault(holder, []).append((account, clause))
        return found


def _up_to(chain: Chain, victim: Ref) -> Chain:
    """Return a chain without the links at its end that lead to somebody already."""
    links = chain
    while links and links[-1].target == victim:
        links = links[:-1]
    return links
