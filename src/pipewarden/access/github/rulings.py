"""Who may do what to which GitHub resource, and under which conditions: roles, then gates.

A ruling is a list of clauses; somebody may act if any clause holds. Each clause says who it is for, by
which chain they have it, what else must happen, and what could not be seen. Sources stand above the rules.
"""

from collections.abc import Iterable
from dataclasses import replace

from pyroaring import BitMap

from pipewarden.access.chains import Chain, Chains
from pipewarden.access.github.actors import Actors
from pipewarden.access.github.branches import Branches
from pipewarden.access.github.environments import Environments
from pipewarden.access.github.held import Clause, Held, Known, among, doubted
from pipewarden.access.github.strangers import reads
from pipewarden.access.graph import Graph
from pipewarden.errors import UsageError
from pipewarden.model.access import Capability, Link
from pipewarden.model.facets import Facet
from pipewarden.model.ids import Kind

ON_ORGANIZATION = frozenset(
    {
        Capability.READ,
        Capability.EDIT_PIPELINE,
        Capability.MANAGE_SECRET,
        Capability.MANAGE_RUNNER,
        Capability.MANAGE_ACCESS,
        Capability.BYPASS_PROTECTION,
        Capability.ADMINISTER,
    }
)
OF_JOBS = frozenset({Capability.RUN_PIPELINE, Capability.USE_SECRET, Capability.READ_SECRET, Capability.ASSUME_ROLE})
"""What one has by running jobs; nobody has it where Actions is turned off."""

IN_ENVIRONMENTS = OF_JOBS | {Capability.DEPLOY}

PROPOSES = "opens a pull request whose code is run by"
"""What leads from anybody at all to a workflow that runs their code."""

DEPENDABOT = "dependabot"
"""The store of secrets that only Dependabot's own jobs are given."""


class GitHubRulings:
    """GitHub's semantics over one graph."""

    def __init__(self, graph: Graph, chains: Chains) -> None:
        self.graph = graph
        self.snapshot = graph.snapshot
        self.held = Held(graph, chains)
        actors = Actors(self.held)
        self.branches = Branches(self.held, actors)
        self.environments = Environments(self.held, actors, self.branches)

    def repository(self, ordinal: int) -> Known:
        """Return what is known of a repository's gates."""
        return self.held.repository(ordinal)

    def unseen(self, resource: int | None) -> tuple[str, ...]:
        """Say what was not read of the grants by which more people may have something than a ruling names; of all where none is named."""
        return self.held.unseen_anywhere() if resource is None else self.held.unseen_grants(resource)

    def rule(self, capability: Capability, resource: int) -> list[Clause]:
        """Return the clauses by which somebody has a capability on a resource.

        Raises UsageError where the capability means nothing for that kind of resource.
        """
        return self.held.with_keys(self._rule(capability, resource))

    def _rule(self, capability: Capability, resource: int) -> list[Clause]:
        kind = self.snapshot.kind_of(resource)
        match kind:
            case Kind.REPOSITORY:
                return self._on_repository(capability, resource)
            case Kind.ORGANIZATION | Kind.ENTERPRISE:
                return self._on_organization(capability, resource)
            case Kind.BRANCH:
                name = self.snapshot.ref(resource).key.partition(":refs/heads/")[2]
                return self.branches.on(capability, self.repository(self.held.repository_of(resource)), name)
            case Kind.ENVIRONMENT:
                return self._on_environment(capability, resource)
            case Kind.SECRET | Kind.VARIABLE:
                return self._on_secret(capability, resource)
            case Kind.RUNNER_GROUP | Kind.RUNNER:
                return self._on_runner(capability, resource)
            case Kind.WORKFLOW | Kind.WEBHOOK:
                return self._on_repository(capability, self.held.repository_of(resource))
        raise UsageError(
            f"a {kind} is not something that access is asked about",
            hint="Ask about an organization, repository, branch, environment, secret, runner group or workflow.",
        )

    def _meaningless(self, capability: Capability, resource: int, instead: str) -> UsageError:
        kind = self.snapshot.kind_of(resource)
        name = self.snapshot.name_of(resource)
        return UsageError(f"{capability} has no meaning for {name}, of the kind {kind}", hint=instead)

    # --- repositories -------------------------------------------------------------------------------

    def _on_repository(self, capability: Capability, resource: int, secret: int | None = None) -> list[Clause]:
        """Return the clauses for a repository; with `secret` those by which somebody gets at that one through its jobs."""
        at = self.repository(resource)
        match capability:
            case Capability.READ | Capability.MANAGE_ACCESS | Capability.MANAGE_RUNNER | Capability.ADMINISTER:
                return self.held.on(resource, capability)
            case Capability.MANAGE_SECRET:
                return self.held.on(resource, capability)
            case Capability.MERGE | Capability.BYPASS_PROTECTION:
                return self.branches.on(capability, at, at.default_branch)
            case Capability.APPROVE_DEPLOYMENT | Capability.DEPLOY:
                return [
                    clause
                    for environment in self.snapshot.children(resource, Kind.ENVIRONMENT)
                    for clause in self._on_environment(capability, environment)
                ]
        if at.archived:
            return self.branches.archived(at)
        if capability in OF_JOBS and self._actions_off(resource):
            return []
        match capability:
            case Capability.PUSH | Capability.RUN_PIPELINE | Capability.USE_SECRET:
                return doubted(self.held.on(resource, capability), *at.unsettled)
            case Capability.EDIT_PIPELINE | Capability.ASSUME_ROLE:
                return self.branches.edit(at, capability)
            case Capability.READ_SECRET:
                return self.branches.edit(at, capability) + doubted(self._crowd(at, resource, secret), *at.unsettled)
        raise self._meaningless(capability, resource, "Try push, merge, edit_pipeline or administer.")

    def _actions_off(self, repository: int) -> bool:
        permissions = self.snapshot.entity(repository).attributes.get("actions_permissions")
        return isinstance(permissions, dict) and permissions.get("enabled") is False

    def _crowd(self, at: Known, resource: int, secret: int | None) -> list[Clause]:
        """Return the clause for anybody at all, where a workflow runs a stranger's code with its secrets, or with the one asked about.

        https://securitylab.github.com/resources/github-actions-preventing-pwn-requests/
        """
        crowd = self.graph.everyone.get(int(self.snapshot.instance[at.ordinal]))
        if crowd is None:
            return []
        clauses = []
        for workflow in self.snapshot.children(at.ordinal, Kind.WORKFLOW):
            strange = self.snapshot.entity(workflow).attributes.get("untrusted_code", False)
            doubts = () if strange is False or secret is None else reads(self.snapshot, workflow, secret)
            if strange is False or doubts is None:
                continue
            unread = self.held.gap(at.ordinal, Facet.REPO_SETTINGS) if strange is None else ()

            def lead(principal: int, workflow: int = workflow) -> list[Chain]:
                return [(Link(source=self.snapshot.ref(principal), target=self.snapshot.ref(workflow), says=PROPOSES),)]

            if unread or crowd in self.graph.holders(at.ordinal, Capability.READ):
                tail = (self.held.act(workflow, resource, "runs it with the secrets of"),)
                clauses.append(Clause(BitMap([crowd]), lead, tail, unknown=(*unread, *doubts)))
        return clauses

    def _on_environment(self, capability: Capability, resource: int) -> list[Clause]:
        repository = self.held.repository_of(resource)
        at = self.repository(repository)
        if capability in IN_ENVIRONMENTS and (at.archived or self._actions_off(repository)):
            # nothing runs in an archived repository, nor where Actions is turned off
            return self.branches.archived(at) if at.archived else []
        match capability:
            case Capability.APPROVE_DEPLOYMENT:
                return doubted(self.environments.approvers(at, resource), *at.unsettled)
            case Capability.DEPLOY | Capability.RUN_PIPELINE | Capability.USE_SECRET:
                return self.environments.deployers(at, resource, reading=False)
            case Capability.READ_SECRET | Capability.ASSUME_ROLE:
                return self.environments.deployers(at, resource, reading=True)
            case Capability.MANAGE_SECRET | Capability.ADMINISTER:
                # environments and their secrets are configured by administrators of the repository
                return self.held.on(repository, Capability.ADMINISTER)
        raise self._meaningless(capability, resource, "Try deploy, approve_deployment, read_secret or manage_secret.")

    # --- secrets and runners ------------------------------------------------------------------------

    def _on_secret(self, capability: Capability, resource: int) -> list[Clause]:
        parent = int(self.snapshot.parent[resource])
        if parent < 0:
            raise UsageError(f"it is not known what {self.snapshot.name_of(resource)} belongs to")
        kind = self.snapshot.kind_of(parent)
        if kind is Kind.ENVIRONMENT:
            return self._on_environment(Capability.USE_SECRET if capability is Capability.READ else capability, parent)
        if capability not in {Capability.USE_SECRET, Capability.READ_SECRET, Capability.MANAGE_SECRET, Capability.READ}:
            raise self._meaningless(capability, resource, "Try use_secret, read_secret or manage_secret.")
        if kind is Kind.REPOSITORY:
            if capability is Capability.READ:
                return self.held.on(parent, Capability.READ)
            return self._given(capability, resource, parent)
        if capability is Capability.MANAGE_SECRET:
            return self._on_organization(capability, parent)
        repositories, unread = self._shared_with(resource, parent)
        found = [
            clause
            for each in repositories
            for clause in doubted(self._given(capability, resource, each), *self._perhaps_public(resource, each))
        ]
        return doubted(found, *unread)

    def _given(self, capability: Capability, secret: int, repository: int) -> list[Clause]:
        """Return who gets at a secret through the jobs of one repository.

        Dependabot's secrets are given to its own jobs alone, which run what the default branch says: so who may change
        that branch may read them.
        https://docs.github.com/en/code-security/dependabot/troubleshooting-dependabot/troubleshooting-dependabot-on-github-actions#accessing-secrets
        """
        store = self.snapshot.entity(secret).attributes.get("store")
        if store != DEPENDABOT or capability is Capability.MANAGE_SECRET:
            return self._to(secret, repository, self._on_repository(capability, repository, secret), "gives its jobs")
        at = self.repository(repository)
        if at.archived:
            return self.branches.archived(at)
        able = self.held.on(repository, Capability.READ_SECRET)
        merging = among(self.branches.on(Capability.MERGE, at, at.default_branch), able)
        return self._to(secret, repository, merging, "gives Dependabot's jobs")

    def _to(self, resource: int, repository: int, clauses: Iterable[Clause], says: str) -> list[Clause]:
        target, name = self.snapshot.ref(resource), self.snapshot.name_of(resource)
        out = []
        for clause in clauses:
            source = clause.tail[-1].target if clause.tail else self.snapshot.ref(repository)
            out.append(replace(clause, tail=(*clause.tail, Link(source=source, target=target, says=f"{says} {name}"))))
        return out

    def _shared_with(self, shared: int, organization: int) -> tuple[list[int], tuple[str, ...]]:
        """Return the repositories whose jobs may be given an organization's secret or runner group, and what is not known of it.

        https://docs.github.com/en/rest/actions/secrets#get-an-organization-secret (visibility: all, private, selected;
        private means private and internal)
        """
        attributes = self.snapshot.entity(shared).attributes
        visibility = attributes.get("visibility")
        repositories = self._repositories(organization)
        unread = self.held.gap(shared, Facet.ORG_SECRETS) if visibility is None else ()
        match visibility:
            case "selected" if isinstance(attributes.get("selected_repositories"), (list, tuple)):
                chosen = {str(key) for key in attributes["selected_repositories"]}
                return [r for r in repositories if self.snapshot.ref(r).key in chosen], ()
            case "selected":
                facets = (Facet.ORG_SECRETS, Facet.ORG_DEPENDABOT_SECRETS, Facet.ORG_VARIABLES, Facet.ORG_RUNNER_GROUPS)
                why = self.held.gap(shared, *facets)
                return repositories, why or ("with which repositories it is shared was not read",)
            case "private":
                closed = [r for r in repositories if self.snapshot.entity(r).attributes.get("visibility") != "public"]
                return closed, ()  # of one whose visibility was not read `_perhaps_public` says so
            case "all":
                return repositories, ()
        return repositories, unread or ("with which repositories it is shared was not in the answer",)

    def _perhaps_public(self, shared: int, repository: int) -> tuple[str, ...]:
        """Say why it is not known whether what private repositories are given is given to one; nothing where it is known."""
        if self.snapshot.entity(shared).attributes.get("visibility") != "private":
            return ()
        known = self.snapshot.entity(repository).attributes.get("visibility") is not None
        return () if known else self.held.gap(repository, Facet.REPO_SETTINGS)

    def _repositories(self, scope: int) -> list[int]:
        """Return the repositories of an organization, or of all organizations of an enterprise."""
        found = list(self.snapshot.children(scope, Kind.REPOSITORY))
        for organization in self.snapshot.children(scope, Kind.ORGANIZATION):
            found += self.snapshot.children(organization, Kind.REPOSITORY)
        return found

    def _on_runner(self, capability: Capability, resource: int) -> list[Clause]:
        group = resource
        for scope in self.snapshot.scopes(resource):
            if self.snapshot.kind_of(scope) in {Kind.RUNNER_GROUP, Kind.REPOSITORY}:
                group = scope
                break
        parent = int(self.snapshot.parent[group])
        if self.snapshot.kind_of(group) is Kind.REPOSITORY:
            return self._on_repository(capability, group)
        if capability is Capability.MANAGE_RUNNER:
            return self._on_organization(capability, parent)
        if capability is Capability.RUN_PIPELINE:
            repositories, unread = self._shared_with(group, parent)
            found: list[Clause] = []
            for repository in repositories:
                running = self._on_repository(Capability.RUN_PIPELINE, repository)
                running = doubted(running, *self._perhaps_public(group, repository))
                found += self._to(resource, repository, running, "gives its jobs")
            return doubted(found, *unread)
        raise self._meaningless(capability, resource, "Try run_pipeline or manage_runner.")

    def _on_organization(self, capability: Capability, resource: int) -> list[Clause]:
        if capability not in ON_ORGANIZATION:
            raise self._meaningless(capability, resource, "Ask about one of its repositories, such as ORG/REPOSITORY.")
        return self.held.on_organization(resource, capability)


__all__ = ["Clause", "GitHubRulings"]
