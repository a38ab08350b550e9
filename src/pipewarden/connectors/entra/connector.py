"""Collects one tenant of Entra ID: the order of what is read."""

from collections.abc import Callable

from pipewarden.connectors.base import CredentialRefused, Keeper, Progress, finished
from pipewarden.connectors.entra import eligible, groups, machines, memberships, people, policies, reviews, roles, units
from pipewarden.connectors.entra.client import Graph
from pipewarden.connectors.entra.run import Run
from pipewarden.errors import CredentialError
from pipewarden.model.builder import SnapshotBuilder


class EntraConnector:
    """Reads one tenant; never writes."""

    def __init__(self, make: Callable[[], Graph], name: str, tenant: str, *, keeper: Keeper | None = None) -> None:
        self.address = f"entra:{name}"
        self.name = name
        self.tenant = tenant.lower()
        self._make = make
        self._keeper = keeper

    async def collect(self, into: SnapshotBuilder, progress: Progress) -> dict[str, int]:
        """Read everything; returns what was spent. Raises CredentialError or Unreachable where nothing can be read."""
        graph = self._make()
        run = Run(graph, self.tenant, self.name, into, progress, self._keeper)
        try:
            await people.tenant(run)
            await people.users(run)
            await people.registrations(run)
            await groups.groups(run)
            await units.units(run)
            await machines.machines(run)
            await memberships.of_services(run)
            await roles.roles(run)
            await eligible.eligible(run)
            await policies.policies(run)
            await reviews.reviews(run)
        except CredentialRefused as refusal:
            raise CredentialError(
                f"Microsoft Graph does not accept the credential for {self.address}",
                hint="Has its secret ended, or was the application removed?",
            ) from refusal
        finally:
            await graph.close()
        finished(self._keeper, self.address, early=graph.out_of_budget())
        counters = graph.http.counters
        return {
            "requests": counters.total,
            "retries": counters.retries,
            "waited_seconds": round(graph.http.limit.waited_seconds),
            "megabytes": counters.bytes // 1_000_000,
        }
