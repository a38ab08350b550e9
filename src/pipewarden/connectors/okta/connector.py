"""Collects one Okta organization: the order of what is read, and what stops it."""

from collections.abc import Callable, Mapping

from pipewarden.connectors.base import CredentialRefused, Keeper, Progress, finished
from pipewarden.connectors.okta import (
    administrators,
    apps,
    custom_roles,
    groups,
    organization,
    people,
    policies,
    pushes,
    tokens,
)
from pipewarden.connectors.okta.client import Okta
from pipewarden.connectors.okta.run import Run
from pipewarden.errors import CredentialError
from pipewarden.model.builder import SnapshotBuilder

MOST_FACTORS = 2_000
"""People whose factors are read in one run where nothing else is said: each costs a request."""


class OktaConnector:
    """Reads one organization; never writes."""

    def __init__(
        self,
        make: Callable[[], Okta],
        name: str,
        *,
        instance: str,
        most_factors: int = MOST_FACTORS,
        targets: Mapping[str, str] | None = None,
        most_names: int = pushes.MOST_NAMES,
        keeper: Keeper | None = None,
    ) -> None:
        self.address = f"okta:{name}"
        self.name = name
        self.instance = instance
        self._make = make
        self._most_factors = most_factors
        self._targets = dict(targets or {})
        self._most_names = most_names
        self._keeper = keeper

    async def collect(self, into: SnapshotBuilder, progress: Progress) -> dict[str, int]:
        """Read everything; returns what was spent. Raises CredentialError or Unreachable where nothing can be read."""
        okta = self._make()
        run = Run(okta, self.name, self.instance, into, progress, self._keeper, self.address)
        try:
            await self._all(run)
        except CredentialRefused as refusal:
            raise CredentialError(
                f"Okta does not accept the credential for {self.name}",
                hint="Is the token expired or its owner deactivated? A token ends after 30 days without use.",
            ) from refusal
        finally:
            await okta.http.close()
        finished(self._keeper, self.address, early=okta.out_of_budget())
        counters = okta.http.counters
        return {
            "requests": counters.total,
            "retries": counters.retries,
            "waited_seconds": round(okta.http.limit.waited_seconds),
            "megabytes": counters.bytes // 1_000_000,
        }

    async def _all(self, run: Run) -> None:
        await organization.organization(run)
        everybody = await people.people(run)
        every = await groups.groups(run)
        every = await groups.members(run, every)
        every = await groups.rules(run, every)
        custom = await custom_roles.custom_roles(run)
        found = await apps.apps(run)
        held = await administrators.roles(run, everybody, every, found, custom)
        await apps.assignments(run, found)
        await pushes.pushes(run, found, every, self._targets, self._most_names)
        await tokens.tokens(run, everybody, held)
        await policies.policies(run)
        await organization.settings(run)
        first = sorted(held.people.values(), key=lambda each: (each.ref not in held.administrators, each.ref))
        await people.factors(run, first, self._most_factors)
