"""Who may do what to a resource, by the semantics of the system it is in."""

from functools import cached_property
from typing import Protocol

from pyroaring import BitMap

from pipewarden.access.chains import Chains
from pipewarden.access.crossing import Crossing
from pipewarden.access.entra.rulings import EntraRulings
from pipewarden.access.github.held import Clause, Known
from pipewarden.access.github.rulings import GitHubRulings
from pipewarden.access.gitlab.rulings import GitLabRulings
from pipewarden.access.graph import Graph
from pipewarden.access.jenkins.rulings import JenkinsRulings
from pipewarden.access.okta.rulings import OktaRulings
from pipewarden.access.plain import PlainRulings
from pipewarden.access.unread import Unread
from pipewarden.access.vault.rulings import VaultRulings
from pipewarden.errors import UsageError
from pipewarden.model.access import Capability
from pipewarden.model.ids import Kind
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
    System.VAULT: VaultRulings,
    System.GITLAB: GitLabRulings,
    System.JENKINS: JenkinsRulings,
    System.OKTA: OktaRulings,
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
        """Return the clauses by which somebody has a capability on a resource. Raises UsageError.

        Those who act as a role through a job whose token it accepts hold what the role holds.
        """
        if self._is_stated(resource):
            return self._on_stated(capability, resource)
        of = self.of(resource)
        own = of.rule(capability, resource)
        if of is self._made.get(System.GITHUB) or not self.crossing.trusts:
            return own
        if capability is Capability.ASSUME_ROLE:
            # whoever acts as its service principal acts as the application
            inside = self._graph.snapshot.children(resource, Kind.SERVICE_ACCOUNT)
            own = [*own, *(clause for each in (resource, *inside) for clause in self.crossing.jobs(each))]
        return [*own, *self.crossing.beyond(own)]

    def _is_stated(self, resource: int) -> bool:
        """Tell whether something is a role that only a file states: of its platform nothing was read."""
        return self._graph.snapshot.kind_of(resource) is Kind.CLOUD_ROLE and self._github_or_nobody(resource)

    def _github_or_nobody(self, resource: int) -> bool:
        return self._graph.snapshot.systems[int(self._graph.snapshot.instance[resource])] is System.GITHUB

    def _on_stated(self, capability: Capability, resource: int) -> list[Clause]:
        """Return who acts as a role through a job whose token it accepts."""
        if capability is Capability.ASSUME_ROLE:
            return self.crossing.jobs(resource)
        if capability is Capability.MANAGE_ACCESS:
            return []  # whom its platform lets do it was not read, which `unseen` says
        name = self._graph.snapshot.name_of(resource)
        raise UsageError(f"{name} is stated by a file: {capability.value} means nothing there", hint="Try assume_role.")

    @cached_property
    def crossing(self) -> Crossing:
        """The trusts by which jobs of one system act in another."""
        return Crossing(self._graph, lambda capability, resource: self.of(resource).rule(capability, resource))

    @cached_property
    def _unread(self) -> Unread:
        return Unread(self._graph.snapshot, self.of, lambda: self.crossing)

    def unseen(self, resource: int | None, holders: BitMap | None = None, *, people: bool = False) -> tuple[str, ...]:
        """Say what was not read of the grants by which more may have something; of all where none is named.

        `holders` are those who have it, as whom others may act; with `people` it is people who may have it, not machines.
        """
        snapshot = self._graph.snapshot
        if resource is not None and self._is_stated(resource):
            itself = f"who holds {snapshot.name_of(resource)} on {snapshot.ref(resource).instance} itself: not read"
            inside = (text for each in self.crossing.repositories(resource) for text in self.of(each).unseen(each))
            more = self._unread.over(resource, holders, people=people)
            return tuple(dict.fromkeys((itself, *inside, *more)))
        if resource is not None:
            left_out = self.crossing.left_out({snapshot.instances[int(snapshot.instance[resource])]})
            more = self._unread.over(resource, holders, people=people)
            return tuple(dict.fromkeys((*self.of(resource).unseen(resource), *more, *left_out)))
        systems = dict.fromkeys(snapshot.systems)
        found = dict.fromkeys(text for system in systems for text in self._system(system).unseen(None))
        return (*found, *self.crossing.left_out(snapshot.instances))

    def unseen_of(self, principal: int) -> tuple[str, ...]:
        """Say what was not read by which somebody may hold more roles: of their system and of those that their roles lean on.

        Roles are held where the principal, its groups and its grants are, and in a group that follows one of a provider by it.
        """
        graph, snapshot = self._graph, self._graph.snapshot
        outer = graph.outer(principal)
        at = {
            *outer,
            *(int(snapshot.grants.resource[row]) for each in outer for row in graph.by_principal[each].tolist()),
        }
        instances = {int(snapshot.instance[each]) for each in at}
        instances |= {
            int(snapshot.instance[link.inner])
            for link in graph.follows.links
            if int(snapshot.instance[link.outer]) in instances
        }
        systems = dict.fromkeys(snapshot.systems[each] for each in sorted(instances))
        found = dict.fromkeys(text for system in systems for text in self._system(system).unseen(None))
        return (*found, *self.crossing.left_out({snapshot.instances[each] for each in instances}))

    def repository(self, ordinal: int) -> Known:
        """Return what is known of the gates of a GitHub repository."""
        return self.github.repository(ordinal)
