"""What one principal may do to the secrets of a vault, by its own sessions alone: whoever else comes there is not looked at."""

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from pipewarden.access.chains import Chain
from pipewarden.access.vault.acl import Rule
from pipewarden.access.vault.asked import Asked, of_secret
from pipewarden.access.vault.sessions import Rights, Session, Sessions
from pipewarden.model.access import Capability, Condition
from pipewarden.model.snapshot import Snapshot

VERBS = (Capability.READ_SECRET, Capability.MANAGE_SECRET)

Way = tuple[tuple[str, ...], tuple[Condition, ...], Rule]
"""By which rule something is allowed, with what was not seen and what else must be so."""
Ways = Callable[[Session, Rights, tuple[Asked, ...]], Iterable[Way]]
Lead = Callable[[Session, Rule, int], Iterable[Chain]]


class OnSecret(NamedTuple):
    """One way in which somebody has a capability on a secret."""

    secret: int
    capability: Capability
    sure: bool
    says: str
    """The policy by which they have it, in words."""


class OnSecrets:
    """The requests about some secrets of one vault, and of which of them each policy may say something."""

    def __init__(self, snapshot: Snapshot, sessions: Sessions, secrets: Iterable[int], ways: Ways, lead: Lead) -> None:
        self._sessions = sessions
        self._ways = ways
        self._lead = lead
        self._asked = [(each, verb, of_secret(snapshot.entity(each), verb)) for each in secrets for verb in VERBS]
        self._paths = [tuple(each.path.removeprefix("/") for each in asked) for *_, asked in self._asked]
        self._spoken: dict[str, list[int]] = {}

    def of(self, principal: int) -> Iterator[OnSecret]:
        """Yield what somebody has, secret by secret, what is known in full first."""
        mine = self._sessions.of(principal)
        rights = [(each, self._sessions.rights(each)) for each in mine]
        policies = {held.policy for session in mine for held in session.held}
        for number in sorted({number for policy in policies for number in self._spoken_of(policy)}):
            secret, verb, asked = self._asked[number]
            found: dict[tuple[tuple[str, ...], tuple[Condition, ...]], list[tuple[Session, Rule]]] = {}
            for session, right in rights:
                for unknown, conditions, rule in self._ways(session, right, asked):
                    found.setdefault((unknown, conditions), []).append((session, rule))
            for (unknown, _), by in sorted(found.items(), key=lambda each: len(each[0][0])):
                chain = next((chain for session, rule in by for chain in self._lead(session, rule, secret)), ())
                yield OnSecret(secret, verb, not unknown, chain[-1].says if chain else "")

    def _spoken_of(self, policy: str) -> list[int]:
        """Return the requests of which a policy may say something, by their number."""
        found = self._spoken.get(policy)
        if found is None:
            speaks = self._sessions.speaks_of
            found = self._spoken[policy] = [at for at, paths in enumerate(self._paths) if speaks(policy, paths)]
        return found
