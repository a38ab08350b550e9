"""Who may do what on GitLab: the highest of all memberships, then protected branches, tags and environments.

https://docs.gitlab.com/user/permissions/
"""

from collections.abc import Iterator
from dataclasses import replace

from pyroaring import BitMap

from pipewarden.access.chains import Chains
from pipewarden.access.github.held import Clause
from pipewarden.access.github.roles import bit
from pipewarden.access.gitlab.allowed import Way
from pipewarden.access.gitlab.bearers import Bearers
from pipewarden.access.gitlab.branches import Branches
from pipewarden.access.gitlab.environments import Environments
from pipewarden.access.gitlab.inside import Inside
from pipewarden.access.gitlab.job_tokens import UNREAD, JobTokens
from pipewarden.access.gitlab.levels import access_level
from pipewarden.access.gitlab.runners import Runners
from pipewarden.access.gitlab.schedules import Schedules
from pipewarden.access.gitlab.scopes import GIT, SETTINGS, needed
from pipewarden.access.graph import Graph, Want
from pipewarden.access.plain import NOT_ASKED, PlainRulings
from pipewarden.errors import UsageError
from pipewarden.model.access import Capability, Level, Link
from pipewarden.model.facets_gitlab import GitLabFacet
from pipewarden.model.ids import Kind

MANAGED = frozenset(
    {Capability.ADMINISTER, Capability.MANAGE_ACCESS, Capability.MANAGE_SECRET, Capability.MANAGE_RUNNER}
)
"""What on a group needs an Owner. https://docs.gitlab.com/user/permissions/#group-members-permissions"""

DEPLOYING = frozenset({Capability.DEPLOY, Capability.APPROVE_DEPLOYMENT})
"""What is had on a group by an environment of a project inside: a group has none, its protected tiers guard those of projects.

https://docs.gitlab.com/ci/environments/protected_environments/#group-level-protected-environments
"""
BY_JOBS = frozenset({Capability.READ_SECRET, Capability.USE_SECRET})
IN_ENVIRONMENTS = BY_JOBS | {Capability.DEPLOY, Capability.ASSUME_ROLE}


UNTOLD_HIDDEN = "whether the value is hidden was not told"
UNTOLD_PROTECTED = "whether it is for protected branches and tags alone was not told"
UNTOLD_RUNNER = "whether the runner takes jobs of protected branches alone was not told"


class GitLabRulings(PlainRulings):
    """GitLab's semantics over one graph."""

    facets = (
        GitLabFacet.USERS,
        GitLabFacet.GROUPS,
        GitLabFacet.GROUP_MEMBERS,
        GitLabFacet.MEMBERS,
        GitLabFacet.DEPLOY_KEYS,
        GitLabFacet.DEPLOY_TOKENS,
        GitLabFacet.GROUP_DEPLOY_TOKENS,
        GitLabFacet.USER_TOKENS,
        GitLabFacet.JOB_TOKEN,
        GitLabFacet.SCHEDULES,
        GitLabFacet.SAML_LINKS,
        GitLabFacet.LDAP_LINKS,
    )

    def __init__(self, graph: Graph, chains: Chains) -> None:
        super().__init__(graph, chains)
        self.branches = Branches(graph, chains, self.held)
        self.environments = Environments(self.branches)
        self.bearers = Bearers(graph)
        self.inside = Inside(graph)
        self.runners = Runners(graph.snapshot)
        self.job_tokens = JobTokens(graph, self.starters, self.branches.projects_in, self.branches.unsettled)
        self.schedules = Schedules(self.branches, self.bearers)
        self._starters: dict[int, BitMap] = {}

    def rule(self, capability: Capability, resource: int) -> list[Clause]:
        """Return the clauses by which somebody has a capability on a resource.

        A token acts within its scopes, and a job as whoever starts it; one that the clock starts as who owns the schedule.
        Raises UsageError for what nobody has a capability on.
        """
        clauses = self._by_role(capability, resource)
        jobs = self._by_jobs(capability, resource, clauses)
        found = [*self._bounded(clauses, capability), *jobs]
        return [*found, *self._by_schedules(capability, resource, clauses, found)]

    def _by_schedules(
        self, capability: Capability, resource: int, clauses: list[Clause], found: list[Clause]
    ) -> list[Clause]:
        """Return those who have it by what they write for a schedule to run, and have it by nothing else for certain."""
        lent = list(self._lent(capability, resource, clauses))
        if not lent:
            return []
        alone = [
            each.holders for each in found if not each.unknown and all(c.kind != "approval" for c in each.conditions)
        ]
        known = BitMap.union(BitMap(), *alone)
        return [replace(clause, holders=left) for clause in lent if (left := clause.holders - known)]

    def _lent(self, capability: Capability, resource: int, clauses: list[Clause]) -> Iterator[Clause]:
        match self.snapshot.kind_of(resource):
            case Kind.ENVIRONMENT if capability in IN_ENVIRONMENTS:
                project = self.branches.project_of(resource)
                guarded = bool(self.environments.gates(resource, project))
                theirs = clauses if capability is Capability.DEPLOY else self.environments.admitted(resource, project)
                reading = self.environments.only_protected(resource, project) if capability in BY_JOBS else False
                lent = self.schedules.lent(project, theirs if guarded else (), protected=reading is True)
                doubt = (UNTOLD_PROTECTED,) if reading is None else ()
                yield from (replace(each, unknown=(*each.unknown, *doubt)) for each in lent)
            case Kind.SECRET | Kind.VARIABLE if capability in BY_JOBS:
                attributes = self.snapshot.entity(resource).attributes
                scope, protected = (
                    str(attributes.get("environment_scope") or "*"),
                    attributes.get("protected") is not False,
                )
                outer = int(self.snapshot.parent[resource])
                for project in () if "*" in scope else self.branches.projects_in(outer):
                    for clause in self.schedules.lent(
                        project, self.environments.admitted_for(scope, project), protected=protected
                    ):
                        given = Link(
                            source=clause.tail[-1].target, target=self.snapshot.ref(resource), says="gives its jobs"
                        )
                        yield replace(clause, tail=(*clause.tail, given))
            case Kind.REPOSITORY | Kind.BRANCH:
                sure, unsure = self.job_tokens.let_in(capability, self.branches.project_of(resource))
                for source in sure:
                    yield from self.schedules.lent(source, clauses)
                for source in unsure:
                    for clause in self.schedules.lent(source, clauses):
                        yield replace(clause, unknown=(*clause.unknown, UNREAD))

    def _bounded(self, clauses: list[Clause], capability: Capability) -> Iterator[Clause]:
        """Yield what tokens have of it: each within one of the scopes that the way takes."""
        for clause in clauses:
            takes = clause.takes if isinstance(clause, Way) and clause.takes else needed(capability)
            yield from self.bearers.within([clause], takes)

    def _by_jobs(self, capability: Capability, resource: int, clauses: list[Clause]) -> list[Clause]:
        if self.snapshot.kind_of(resource) not in {Kind.REPOSITORY, Kind.BRANCH}:
            return []
        return list(self.job_tokens.within(capability, self.branches.project_of(resource), clauses))

    def unseen(self, resource: int | None) -> tuple[str, ...]:
        """Say what was not read of the grants, and by which group links people come in whom nobody here can name.

        Those who came by such a link already are members like others; those who come next are not known.
        https://docs.gitlab.com/administration/auth/ldap/ldap_synchronization/#group-sync
        """
        return (*super().unseen(resource), *dict.fromkeys(self._linked(resource)), *self._elsewhere(resource))

    def _elsewhere(self, resource: int | None) -> Iterator[str]:
        """Say that jobs of projects outside of what was read are given a variable of the whole instance, too.

        https://docs.gitlab.com/ci/variables/#for-an-instance
        """
        if resource is None or self.snapshot.kind_of(resource) not in {Kind.SECRET, Kind.VARIABLE}:
            return
        outer = int(self.snapshot.parent[resource])
        if outer >= 0 and self.snapshot.kind_of(outer) is Kind.TENANT:
            name = self.snapshot.name_of(outer)
            yield f"jobs of every project of {name} are given it, those outside of the groups that were read too"

    def _linked(self, resource: int | None) -> Iterator[str]:
        if not self.graph.follows.unknown:
            return
        around = set() if resource is None else set(self.snapshot.scopes(resource))
        holders = {int(p) for each in around for p in self.snapshot.grants.principal[self.graph.by_resource[each]]}
        for each in self.graph.follows.unknown:
            inside = self.snapshot.ordinal(each.group) in around
            invited = each.outer >= 0 and not holders.isdisjoint(self.graph.outer(each.outer))
            if resource is None or inside or invited:
                yield each.says

    def starters(self, project: int) -> BitMap:
        """Return who can start a pipeline of a project: whoever may run one on a branch of their own."""
        known = self._starters.get(project)
        if known is None:
            archived = self.branches.archived(project)
            clauses = [] if archived else super().held(project, Capability.RUN_PIPELINE)
            bounded = [each for clause in clauses for each in self.bearers.within([clause], GIT)]
            known = BitMap.union(BitMap(), *(each.holders for each in bounded if not each.unknown))
            self._starters[project] = known
        return known

    def _by_role(self, capability: Capability, resource: int) -> list[Clause]:
        kind = self.snapshot.kind_of(resource)
        if kind in NOT_ASKED:
            raise UsageError(f"a {kind} is not something that access is asked about")
        match kind:
            case Kind.ORGANIZATION | Kind.GROUP:
                return self._on_group(capability, resource)
            case Kind.REPOSITORY:
                return self._on_project(capability, resource)
            case Kind.BRANCH:
                return self._on_branch(capability, resource)
            case Kind.ENVIRONMENT:
                return self._on_environment(capability, resource)
            case Kind.SECRET | Kind.VARIABLE:
                return self._on_secret(capability, resource)
            case Kind.RUNNER | Kind.WORKFLOW | Kind.WEBHOOK:
                return self._on_part(capability, resource)
        return self.held(resource, capability)

    def held(self, resource: int, want: Want) -> list[Clause]:
        """Return who holds a role that gives it; a custom role's abilities count only where it is the one that counts.

        Where memberships collide, the one with the highest base role counts, and abilities are not added up.
        https://docs.gitlab.com/user/custom_roles/#assign-a-custom-role
        """
        clauses = super().held(resource, want)
        if not isinstance(want, Capability):
            return clauses
        return [
            replace(clause, holders=clause.holders - self._outranked(resource, want, clause.holders))
            for clause in clauses
        ]

    def _outranked(self, resource: int, want: Capability, holders: BitMap) -> BitMap:
        """Return those who would have it by a custom role's ability alone and hold a higher role than its base."""
        bases = self._custom(resource, want)
        if not bases:
            return BitMap()
        by_role = self._by_built_in(resource, want)
        return BitMap(
            [each for each in (holders & BitMap(bases)) - by_role if self._highest(each, resource) > bases[each]]
        )

    def _highest(self, principal: int, resource: int) -> int:
        """Return the highest access level that somebody holds on a resource, as GitLab numbers them."""
        grants, mine = self.snapshot.grants, self.graph.outer(principal)
        rows = [row for scope in self.graph.scopes(resource) for row in self.graph.rows_between(mine, scope)]
        return max((access_level(grants.roles[grants.role[row]]) for row in rows if self.graph.sure[row]), default=0)

    def _custom(self, resource: int, want: Capability) -> dict[int, int]:
        """Return who holds a custom role that gives a capability, with the highest base of theirs."""
        grants = self.snapshot.grants
        found: dict[int, int] = {}
        for scope in self.graph.scopes(resource):
            for row in self.graph.by_resource[scope].tolist():
                key = grants.roles[grants.role[row]]
                if not key.startswith("custom:") or not int(self.graph.masks[row]) & bit(want):
                    continue
                role = self.graph.role(scope, key)
                base = role.attributes.get("base_access_level") if role else None
                for each in self.graph.expand([int(grants.principal[row])]):
                    found[each] = max(found.get(each, 0), base if isinstance(base, int) else 0)
        return found

    def _by_built_in(self, resource: int, want: Capability) -> BitMap:
        """Return who has a capability by a built-in role."""
        grants = self.snapshot.grants
        principals: list[int] = []
        for scope in self.graph.scopes(resource):
            for row in self.graph.by_resource[scope].tolist():
                if int(self.graph.masks[row]) & bit(want) and not grants.roles[grants.role[row]].startswith("custom:"):
                    principals.append(int(grants.principal[row]))
        return self.graph.expand(principals)

    # --- each kind ----------------------------------------------------------------------------------

    def _on_group(self, capability: Capability, resource: int) -> list[Clause]:
        if capability in MANAGED:
            return self.held(resource, Capability.ADMINISTER)
        if capability is Capability.READ:
            administrators = self.branches.allowed.administrators(resource)
            lead = self.branches.allowed.lead(resource, Capability.ADMINISTER)
            return [*self.held(resource, Level.READ), *([Clause(administrators, lead)] if administrators else [])]
        if capability in DEPLOYING:
            inside = self.branches.projects_in(resource)
            return [clause for project in inside for clause in self._on_project(capability, project)]
        return self.held(resource, capability)

    def _on_project(self, capability: Capability, resource: int) -> list[Clause]:
        match capability:
            case Capability.MERGE | Capability.BYPASS_PROTECTION:
                return self.branches.on(capability, resource, self.branches.default_of(resource), resource)
            case Capability.EDIT_PIPELINE:
                return self.branches.edit(resource)
            case Capability.READ_SECRET | Capability.USE_SECRET:
                return self.branches.jobs(resource, resource, protected=False)
            case Capability.DEPLOY | Capability.APPROVE_DEPLOYMENT:
                # to one of its environments: where none is, nothing is deployed
                inside = self.snapshot.children(resource, Kind.ENVIRONMENT)
                return [clause for each in inside for clause in self.environments.on(capability, each, resource)]
            case Capability.PUSH | Capability.RUN_PIPELINE:
                found = [] if self.branches.archived(resource) else self.held(resource, capability)
                return self.branches.living(resource, found)
            case Capability.READ:
                return [*self.held(resource, capability), *self.inside.readers(resource)]
        return self.held(resource, capability)

    def _on_branch(self, capability: Capability, resource: int) -> list[Clause]:
        project = self.branches.project_of(resource)
        name = self.snapshot.ref(resource).key.partition(":refs/heads/")[2]
        if capability in {Capability.PUSH, Capability.MERGE, Capability.BYPASS_PROTECTION, Capability.RUN_PIPELINE}:
            return self.branches.on(capability, project, name, resource)
        return self._on_project(capability, project)

    def _on_environment(self, capability: Capability, resource: int) -> list[Clause]:
        project = self.branches.project_of(resource)
        match capability:
            case Capability.DEPLOY | Capability.APPROVE_DEPLOYMENT:
                return self.environments.on(capability, resource, project)
            case Capability.USE_SECRET:
                # a deployment uses them, whoever wrote its job
                deploying = self.environments.on(Capability.DEPLOY, resource, project)
                return [*deploying, *self._on_environment(Capability.READ_SECRET, resource)]
            case Capability.READ_SECRET:
                protected = self.environments.only_protected(resource, project)
                if protected is not None:
                    return self.environments.own_jobs(resource, project, protected=protected)
                anywhere = self.environments.own_jobs(resource, project, protected=False)
                return [
                    *self.environments.own_jobs(resource, project, protected=True),
                    *(replace(each, unknown=(*each.unknown, UNTOLD_PROTECTED)) for each in anywhere),
                ]
            case Capability.ASSUME_ROLE:
                return self.environments.own_jobs(resource, project, protected=False)
        return self.held(resource, capability)

    def _on_secret(self, capability: Capability, resource: int) -> list[Clause]:
        outer = int(self.snapshot.parent[resource])
        if capability in BY_JOBS:
            found = self._revealed(resource, outer) if capability is Capability.READ_SECRET else []
            return found + self._taken(resource, outer)
        if self.snapshot.kind_of(outer) in {Kind.ORGANIZATION, Kind.TENANT}:
            return self.held(resource, Capability.ADMINISTER)
        return self.held(resource, capability)

    def _revealed(self, secret: int, outer: int) -> list[Clause]:
        """Return who sees the value in the settings: whoever manages it, unless it is hidden; older versions hide none.

        https://docs.gitlab.com/ci/variables/#hide-a-cicd-variable
        """
        hidden = self.snapshot.entity(secret).attributes.get("hidden", False)
        if hidden is True:
            return []
        unknown = () if hidden is False else (UNTOLD_HIDDEN,)
        want = Capability.MANAGE_SECRET if self.snapshot.kind_of(outer) is Kind.REPOSITORY else Capability.ADMINISTER
        return [
            Way(c.holders, c.lead, c.tail, c.conditions, (*c.unknown, *unknown), c.stance, takes=SETTINGS)
            for c in self.held(secret, want)
        ]

    def _taken(self, secret: int, outer: int) -> list[Clause]:
        """Return who can have a job print it: in the project, or in any project of the group that it is set on.

        https://docs.gitlab.com/ci/variables/#for-a-group
        """
        told = self.snapshot.entity(secret).attributes.get("protected")
        scope = str(self.snapshot.entity(secret).attributes.get("environment_scope") or "*")
        found = []
        for project in self.branches.projects_in(outer):
            found += self.environments.only_for(scope, project, self._running(project, secret, told, UNTOLD_PROTECTED))
        return found

    def _running(self, project: int, target: int, protected: object, says: str) -> list[Clause]:
        """Return who runs jobs of their own with a thing, on protected refs alone or on any; perhaps on any where it is not told."""
        if isinstance(protected, bool):
            return self.branches.jobs(project, target, protected=protected)
        anywhere = self.branches.jobs(project, target, protected=False)
        doubted = [replace(clause, unknown=(*clause.unknown, says)) for clause in anywhere]
        return [*self.branches.jobs(project, target, protected=True), *doubted]

    def _on_part(self, capability: Capability, resource: int) -> list[Clause]:
        """Return what a right on a runner, pipeline file or webhook is: one on the project or group that it is in."""
        outer = int(self.snapshot.parent[resource])
        if outer < 0:
            return self.held(resource, capability)
        if capability is Capability.RUN_PIPELINE and self.snapshot.kind_of(resource) is Kind.RUNNER:
            protected = self.runners.protected(self.snapshot.entity(resource))
            inside = self.branches.projects_in(outer)
            return [c for each in inside for c in self._running(each, resource, protected, UNTOLD_RUNNER)]
        return self._by_role(capability, outer)
