"""Who may do what to a resource, by the semantics of the system it is in."""

from functools import cached_property
from typing import Protocol

from pipewarden.access.chains import Chains
from pipewarden.access.entra.rulings import EntraRulings
from pipewarden.access.github.held import Clause, Known
from pipewarden.access.github.rulings import GitHubRulings
from pipewarden.access.graph import Graph
from pipewarden.access.plain import PlainRulings
from pipewarden.model.access import Capability
from pipewarden.model.systems import System


class SystemRulings(Protocol):
    """The semantics of one system over one graph."""

    def __init__(self, graph: Graph, chains: Chains) -> None:
        """Take the graph; nothing is worked out before it is asked."""

    def rule(self, capability: Capability, resource: int) -> list[Clause]:
        """Return the clauses by which somebody has a capability on a resource.

        Raises UsageError where the capability means nothing for that kind of resource.
        """

    def unseen(self, resource: int | None) -> tuple[str, ...]:
        """Say what was not read of the grants by which more people may have something; of all where none is named."""


RULINGS: dict[System, type[SystemRulings]] = {
    System.GITHUB: GitHubRulings,
    System.ENTRA: EntraRulings,
}
"""One line for each system whose access is more than roles on what contains a thing."""


class Rulings:
    """Asks each question of the system that the resource is in."""

    def __init__(self, graph: Graph, chains: Chains) -> None:
        self._graph = graph
        self._chains = chains
        self._made: dict[System, SystemRulings] = {}

    @cached_property
    def github(self) -> GitHubRulings:
        """GitHub's semantics."""
        made = GitHubRulings(self._graph, self._chains)
        self._made[System.GITHUB] = made
        return made

    def of(self, resource: int) -> SystemRulings:
        """Return the semantics of the system that a resource is in."""
        return self._system(self._graph.snapshot.systems[int(self._graph.snapshot.instance[resource])])

    def _system(self, system: System) -> SystemRulings:
        if system is System.GITHUB:
            return self.github
        made = self._made.get(system)
        if made is None:
            made = self._made[system] = RULINGS.get(system, PlainRulings)(self._graph, self._chains)
        return made

    def rule(self, capability: Capability, resource: int) -> list[Clause]:
        """Return the clauses by which somebody has a capability on a resource. Raises UsageError."""
        return self.of(resource).rule(capability, resource)

    def unseen(self, resource: int | None) -> tuple[str, ...]:
        """Say what was not read of the grants by which more people may have something; of all where none is named."""
        if resource is not None:
            return self.of(resource).unseen(resource)
        systems = dict.fromkeys(self._graph.snapshot.systems)
        return tuple(dict.fromkeys(text for system in systems for text in self._system(system).unseen(None)))

    def repository(self, ordinal: int) -> Known:
        """Return what is known of the gates of a GitHub repository."""
        return self.github.repository(ordinal)
