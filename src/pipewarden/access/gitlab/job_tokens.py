"""What a job's own token opens: what whoever started it may do, in projects that let its project in.

https://docs.gitlab.com/ci/jobs/ci_job_token/
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cached_property

from pyroaring import BitMap

from pipewarden.access.chains import Chain
from pipewarden.access.github.held import Clause, Lead
from pipewarden.access.gitlab.inside import FOR_MEMBERS
from pipewarden.access.graph import Graph
from pipewarden.model.access import Capability, Condition, Link
from pipewarden.model.ids import Kind, Ref

POLICIES = {
    Capability.READ: frozenset({"read_repositories", "admin_repositories"}),
    Capability.RUN_PIPELINE: frozenset({"admin_pipelines"}),
}
"""Fine-grained permissions behind our capabilities. https://docs.gitlab.com/ci/jobs/fine_grained_permissions/"""

PUSHES = frozenset({Capability.PUSH, Capability.EDIT_PIPELINE})
"""Of its own project alone, and where that is allowed.

https://docs.gitlab.com/ci/jobs/ci_job_token/#allow-git-push-requests-to-your-project-repository
"""

STARTED = Condition(says="somebody who may do this themselves starts it")
UNREAD = "whether the job's project is let in was not told"
MOST_STARTERS = 3
"""People by whom a job's way is told; it is the same way for all of them."""


def open_inside(attributes: Mapping[str, object]) -> bool | None:
    """Tell whether a repository is read without being on its project's list; None where what decides was not told.

    https://docs.gitlab.com/ci/jobs/ci_job_token/#limit-job-token-scope-for-public-or-internal-projects
    """
    visibility, level = attributes.get("visibility"), attributes.get("repository_access_level")
    if visibility == "private" or level in FOR_MEMBERS:
        return False
    return True if visibility is not None and level is not None else None


class JobTokens:
    """The job tokens of one graph.

    `starters` gives who can start a pipeline of a project, `inside` a group's projects, `unsettled` why it is not known
    whether any pipeline of a project runs.
    """

    def __init__(
        self,
        graph: Graph,
        starters: Callable[[int], BitMap],
        inside: Callable[[int], Iterable[int]],
        unsettled: Callable[[int], tuple[str, ...]],
    ) -> None:
        self.graph = graph
        self.snapshot = graph.snapshot
        self._starters = starters
        self._inside = inside
        self._unsettled = unsettled

    @cached_property
    def jobs(self) -> dict[int, BitMap]:
        """The jobs of each project that has any."""
        found: dict[int, BitMap] = {}
        for job in self.snapshot.ordinals(Kind.JOB).tolist():
            project = int(self.snapshot.parent[job])
            if project >= 0:
                found.setdefault(project, BitMap()).add(job)
        return found

    def within(self, capability: Capability, project: int, clauses: Iterable[Clause]) -> Iterator[Clause]:
        """Yield the jobs that do what those who start them may do; a token has no right of its own."""
        sure, unsure = self.let_in(capability, project)
        by_doubt: dict[tuple[str, ...], list[int]] = {}
        for sources, doubt in ((sure, ()), (unsure, (UNREAD,))):
            for source in sources:
                by_doubt.setdefault((*doubt, *self._unsettled(source)), []).append(source)
        for clause in clauses if by_doubt else ():
            for told, sources in by_doubt.items():
                able = [self.jobs[source] for source in sources if clause.holders & self._starters(source)]
                if able:
                    yield replace(
                        clause,
                        holders=BitMap.union(*able),
                        lead=self._lead(clause),
                        conditions=(*clause.conditions, STARTED),
                        unknown=(*clause.unknown, *told),
                    )

    def _lead(self, clause: Clause) -> Lead:
        def through_starter(job: int) -> list[Chain]:
            source = int(self.snapshot.parent[job])
            found: list[Chain] = []
            able = sorted(clause.holders & self._starters(source), key=self._rank)
            for person in able[:MOST_STARTERS]:
                link = Link(
                    source=self.snapshot.ref(job), target=self.snapshot.ref(person), says="runs as whoever starts it"
                )
                found += [(link, *chain) for chain in clause.lead(person)[:1]]
            return found

        return through_starter

    def _rank(self, principal: int) -> tuple[bool, int]:
        """People before bots."""
        return self.snapshot.kind_of(principal) is not Kind.ACCOUNT, principal

    # --- who is let in ------------------------------------------------------------------------------

    def let_in(self, capability: Capability, project: int) -> tuple[list[int], list[int]]:
        """Return the projects whose jobs a project lets in for a capability: for sure, and perhaps; its own always."""
        if not self.jobs or not (capability in POLICIES or capability in PUSHES):
            return [], []
        own = [project] if project in self.jobs else []
        attributes = self.snapshot.entity(project).attributes
        if capability in PUSHES:
            elsewhere = capability is Capability.EDIT_PIPELINE and "@" in str(attributes.get("ci_config_path") or "")
            allowed = attributes.get("ci_push_repository_for_job_token_allowed", False)
            if allowed is None and not elsewhere:
                return [], own  # older versions do not have the setting; where it is there it is on or off
            return (own, []) if allowed is True and not elsewhere else ([], [])
        scope = attributes.get("job_token_scope")
        to_all = open_inside(attributes) if capability is Capability.READ else False
        if to_all:
            return own + self._others(project), []
        if not isinstance(scope, dict):
            return own, []  # that the list was not read is told beside the answer
        if scope.get("inbound_enabled") is False and not self._enforced(project):
            return own + self._others(project), []
        told = isinstance(scope.get("inbound_enabled"), bool) and to_all is False
        sure, unsure = own, [] if told else self._others(project)
        for each, answers in self._listed(project, scope, capability).items():
            if True in answers:
                sure.append(each)
                unsure = [other for other in unsure if other != each]
            elif None in answers and each not in unsure:
                unsure.append(each)
        return sure, unsure

    def _others(self, project: int) -> list[int]:
        """Return all other projects of the instance that have jobs."""
        instance = int(self.snapshot.instance[project])
        return [each for each in self.jobs if each != project and int(self.snapshot.instance[each]) == instance]

    def _enforced(self, project: int) -> bool:
        """Tell whether the instance makes every project keep its list.

        https://docs.gitlab.com/administration/settings/continuous_integration/#enforce-job-token-allowlist
        """
        tenant = self.snapshot.find(
            Ref(self.snapshot.instances[self.snapshot.instance[project]], Kind.TENANT, "instance")
        )
        return tenant is not None and tenant.attributes.get("enforce_ci_inbound_job_token_scope_enabled") is True

    def _listed(
        self, project: int, scope: Mapping[str, object], capability: Capability
    ) -> dict[int, list[bool | None]]:
        """Return the projects that have jobs and are on the list, by themselves or in a group, with what each entry allows."""
        instance = self.snapshot.instances[self.snapshot.instance[project]]
        found: dict[int, list[bool | None]] = {}
        for field, kind in (("projects", Kind.REPOSITORY), ("groups", Kind.ORGANIZATION)):
            rows = scope.get(field)
            for row in rows if isinstance(rows, list) else ():
                ordinal = self.snapshot.ordinal(Ref(instance, kind, str(row.get("id"))))
                for each in self._inside(ordinal) if ordinal is not None else ():
                    if each in self.jobs and each != project:
                        found.setdefault(each, []).append(self._allows(row, capability))
        return found

    def _allows(self, row: dict[str, object], capability: Capability) -> bool | None:
        """Tell whether an entry allows it: all by default, else what its fine-grained permissions name."""
        if row.get("default_permissions") is not False:
            return True
        policies = row.get("job_token_policies")
        if not isinstance(policies, list):
            return None
        return bool({str(each).lower() for each in policies} & POLICIES[capability])
