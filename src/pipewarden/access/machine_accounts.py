"""Which accounts are machines, by what systems and lists say of them; a name says nothing of it.

GitHub calls an account `Bot`, GitLab tells of the bots it made, and a list of machines may name an account. Whatever nobody says it
of, and that no list, provider or other account joins to anybody, is neither a person nor a machine: nobody is known to stand behind it.
https://docs.github.com/en/rest/users/users#get-a-user (type), https://docs.gitlab.com/api/users/ (bot)
"""

import re
from functools import cached_property

from pipewarden.access.machine_names import MachineNames
from pipewarden.model.facts import Entity
from pipewarden.model.ids import Kind, Ref
from pipewarden.model.snapshot import Snapshot
from pipewarden.model.systems import System

TELL = frozenset({System.OKTA, System.ENTRA, System.ROSTER})
"""Systems that tell who the people are."""
BOT = re.compile(rb"bot", re.IGNORECASE)
"""What stands somewhere in all that is said of an account which its system calls a bot: most need no further look."""


class MachineAccounts:
    """The accounts of one snapshot that are machines'."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self.told = not TELL.isdisjoint(snapshot.systems)
        """Whether anything that was read tells who the people are."""

    def is_one(self, account: int) -> bool:
        """Tell whether an account's system calls it a machine's, or a list does; by its ordinal."""
        return account in self._of_systems or self.snapshot.ref(account) in self._declared

    @cached_property
    def _of_systems(self) -> frozenset[int]:
        ordinals = self.snapshot.ordinals(Kind.ACCOUNT)
        said = zip(ordinals.tolist(), self.snapshot.body.take(ordinals), strict=True)
        return frozenset(each for each, body in said if BOT.search(body) and is_machine(self.snapshot.entity(each)))

    @cached_property
    def _declared(self) -> frozenset[Ref]:
        if System.ROSTER not in self.snapshot.systems:
            return frozenset()
        rows = [
            str(row.get("machine") or "")
            for place in self.snapshot.entities(Kind.TENANT)
            for row in place.attributes.get("machines") or ()
        ]
        names = MachineNames(self.snapshot) if rows else None
        found = [names.find(text) for text in rows] if names else []
        return frozenset(each[0] for each in found if len(each) == 1 and each[0].kind is Kind.ACCOUNT)


def is_machine(account: Entity) -> bool:
    """Tell whether its own system calls an account a machine's."""
    return account.attributes.get("type") == "Bot" or account.attributes.get("bot") is True
