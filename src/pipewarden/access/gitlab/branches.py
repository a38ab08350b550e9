"""Who may push to, merge into and run jobs on which branch of a GitLab project.

https://docs.gitlab.com/user/project/repository/branches/protected/
"""

from collections.abc import Callable, Iterator
from dataclasses import replace

from pipewarden.access.chains import Chains
from pipewarden.access.github.held import Clause
from pipewarden.access.gitlab.allowed import Allowed
from pipewarden.access.gitlab.levels import MAINTAINER
from pipewarden.access.gitlab.protected import (
    Entry,
    code_owners_asked,
    code_owners_untold,
    covers_all,
    entries,
    matching,
)
from pipewarden.access.gitlab.scopes import API
from pipewarden.access.graph import Graph, Want
from pipewarden.model.access import Capability, Condition, Link
from pipewarden.model.facets import Facet
from pipewarden.model.facets_gitlab import GitLabFacet
from pipewarden.model.facts import Cause, Gate
from pipewarden.model.ids import Kind

UNTOLD_OWNERS = "whether code owners must approve was not told"
UNTOLD_AUTHOR = "whether the author of a change may approve it was not told"

Holding = Callable[[int, Want], list[Clause]]


class Branches:
    """Protected branches and tags over one graph."""

    def __init__(self, graph: Graph, chains: Chains, held: Holding) -> None:
        self.graph = graph
        self.snapshot = graph.snapshot
        self.allowed = Allowed(graph, chains)
        self.held = held

    # --- what is known of a project -----------------------------------------------------------------

    def project_of(self, resource: int) -> int:
        """Return the project that a thing is in."""
        return next(each for each in self.snapshot.scopes(resource) if self.snapshot.kind_of(each) is Kind.REPOSITORY)

    def projects_in(self, scope: int) -> Iterator[int]:
        """Yield the projects inside a group or instance; a project itself."""
        todo = [scope]
        while todo:
            at = todo.pop()
            if self.snapshot.kind_of(at) is Kind.REPOSITORY:
                yield at
            else:
                todo += reversed(list(self.snapshot.children(at, Kind.REPOSITORY, Kind.ORGANIZATION)))

    def archived(self, project: int) -> bool | None:
        """Tell whether a project is archived: nothing is pushed or run there; None where it was not told."""
        told = self.snapshot.entity(project).attributes.get("archived")
        return told if isinstance(told, bool) else None

    def unsettled(self, project: int) -> tuple[str, ...]:
        """Say why it is not known whether a project is archived, and so whether anything is changed or run there."""
        if self.archived(project) is not None:
            return ()
        name = self.snapshot.name_of(project)
        return f"whether {name} is archived was not told", *self.unread(project, GitLabFacet.PROJECTS)

    def living(self, project: int, clauses: list[Clause]) -> list[Clause]:
        """Return clauses as they hold for a project that is not archived: doubted where that is not known."""
        unsettled = self.unsettled(project)
        return [self._doubted(clause, unsettled) for clause in clauses] if unsettled else clauses

    def default_of(self, project: int) -> str:
        """Return the name of the default branch, GitLab's own default where it was not given."""
        return str(self.snapshot.entity(project).attributes.get("default_branch") or "main")

    def rules(self, project: int, target: str = "branch") -> list[Gate]:
        """Return the protection rules of a project, those of its groups included: the API lists them as inherited.

        https://docs.gitlab.com/api/protected_branches/
        """
        return [gate for gate in self.snapshot.records(Gate, project) if gate.target == target and gate.active]

    def unread(self, resource: int, *facets: str) -> tuple[str, ...]:
        """Say what was not read of some facets, here or in what contains it; what a plan lacks is known to be absent."""
        found = []
        for scope in self.snapshot.scopes(resource):
            for facet in (*facets, Facet.SOURCE):
                gap = self.snapshot.gap_at(scope, facet)
                if gap is not None and gap.cause is not Cause.PLAN:
                    what = gap.facet.rsplit(".", 1)[-1].replace("_", " ")
                    closes = f"; {gap.permission} would show it" if gap.permission else ""
                    name = self.snapshot.name_of(scope)
                    found.append(f"{what} of {name}: not read ({gap.cause.replace('_', ' ')}){closes}")
        return tuple(dict.fromkeys(found))

    # --- one branch ---------------------------------------------------------------------------------

    def on(self, capability: Capability, project: int, branch: str, target: int) -> list[Clause]:
        """Return who may push to, merge into, run jobs on or unprotect a branch, which need not exist.

        An unprotected branch is open to everybody from Developer on; they may force-push and delete it too.
        """
        unknown = self.unread(project, GitLabFacet.PROTECTED_BRANCHES)
        rules = matching(self.rules(project), branch)
        if capability is Capability.BYPASS_PROTECTION:
            return self._unprotect(project, rules, target, unknown)
        if self.archived(project):
            return []
        return self.living(project, self._changing(capability, project, branch, target, rules, unknown))

    def _changing(
        self,
        capability: Capability,
        project: int,
        branch: str,
        target: int,
        rules: list[Gate],
        unknown: tuple[str, ...],
    ) -> list[Clause]:
        """Return who may push to, merge into or run jobs on a branch by its rules."""
        if unknown:
            return [self._doubted(clause, unknown) for clause in self.held(project, capability)]
        if not rules:
            return self.held(project, capability)
        push = self._pushing(project, rules, branch, target)
        if capability is Capability.PUSH:
            return push
        merge = self._merging(project, rules, branch, target, needs_approval=capability is Capability.MERGE)
        return merge if capability is Capability.MERGE else push + merge

    def _pushing(self, project: int, rules: list[Gate], name: str, target: int) -> list[Clause]:
        """Return who may push. Where code owners are asked, files that have one are pushed by nobody past them.

        https://docs.gitlab.com/user/project/repository/branches/protected/#require-code-owner-approval-on-a-protected-branch
        """
        conditions = (Condition(says="no code owner is named for the files"),) if code_owners_asked(rules) else ()
        unknown = (UNTOLD_OWNERS,) if code_owners_untold(rules) else ()
        tail = self._tail(project, target, f"may push to {name}")
        lines = entries(rules, "push_access_levels")
        return self.allowed.by(lines, project, tail, conditions=conditions, unknown=unknown)

    def _merging(
        self, project: int, rules: list[Gate], branch: str, target: int, *, needs_approval: bool
    ) -> list[Clause]:
        tail = self._tail(project, target, f"may merge into {branch}")
        conditions, unknown = self._approvals(project, rules) if needs_approval else ((), ())
        lines = entries(rules, "merge_access_levels")
        return self.allowed.by(lines, project, tail, conditions=conditions, unknown=unknown, takes=API)

    def _approvals(self, project: int, rules: list[Gate]) -> tuple[tuple[Condition, ...], tuple[str, ...]]:
        """Return whose approval a merge request needs, and what of that was not read.

        https://docs.gitlab.com/user/project/merge_requests/approvals/settings/
        """
        attributes = self.snapshot.entity(project).attributes
        unknown = self.unread(project, GitLabFacet.APPROVAL_RULES)
        asked = [row for row in attributes.get("approval_rules") or () if isinstance(row, dict)]
        count = max((n for row in asked if isinstance(n := row.get("approvals_required"), int)), default=0)
        settings = attributes.get("approvals")
        told = settings.get("merge_requests_author_approval") if isinstance(settings, dict) else None
        alone = told is True
        if count and not isinstance(told, bool):
            unknown = (*unknown, UNTOLD_AUTHOR, *self.unread(project, GitLabFacet.APPROVALS))
        if code_owners_untold(rules):
            unknown = (*unknown, UNTOLD_OWNERS)
        found = []
        if count > (1 if alone else 0):
            others = count - 1 if alone else count
            found.append(
                Condition(
                    says="1 other approves" if others == 1 else f"{others} others approve",
                    kind="approval",
                    count=others,
                )
            )
        if code_owners_asked(rules):
            found.append(Condition(says="a code owner approves, where the files have one", kind="approval", count=1))
        return tuple(found), unknown

    def _unprotect(self, project: int, rules: list[Gate], target: int, unknown: tuple[str, ...]) -> list[Clause]:
        """Return who may take the protection away: whom the rule names for that, else every Maintainer; administrators too.

        https://docs.gitlab.com/api/protected_branches/ (unprotect_access_levels)
        """
        tail = self._tail(project, target, "may unprotect it")
        named = [line for line in entries(rules, "unprotect_access_levels") if not line.odd] if rules else []
        lines = named or [Entry(level=MAINTAINER)]
        found = self.allowed.by(lines, project, tail, unknown=unknown)
        return found + [
            Clause(who, self.allowed.lead(project, Capability.ADMINISTER), tuple(tail))
            for who in (self.allowed.administrators(project),)
            if who
        ]

    # --- any branch ---------------------------------------------------------------------------------

    def edit(self, project: int) -> list[Clause]:
        """Return who can change what jobs run: by a branch of their own, unless all names are covered by rules.

        Where the configuration lies in another project, whoever pushes there changes it.
        https://docs.gitlab.com/ci/pipelines/settings/#specify-a-custom-cicd-configuration-file
        """
        return [] if self.archived(project) else self.living(project, self._editing(project))

    def _editing(self, project: int) -> list[Clause]:
        path = str(self.snapshot.entity(project).attributes.get("ci_config_path") or "")
        if "://" in path:
            says = (f"the pipeline of {self.snapshot.name_of(project)} lies at an address elsewhere",)
            return [self._doubted(clause, says) for clause in self.held(project, Capability.PUSH)]
        if "@" in path:
            return self._elsewhere(project, path)
        return self.jobs(project, project, protected=False)

    def _elsewhere(self, project: int, path: str) -> list[Clause]:
        name, _, ref = path.partition("@")[2].partition(":")
        instance = self.snapshot.instance[project]
        for other in self.snapshot.named(name):
            if (
                self.snapshot.kind_of(other) is Kind.REPOSITORY
                and self.snapshot.instance[other] == instance
                and other != project
            ):
                tail = self._tail(other, project, "may edit the pipeline of")
                clauses = self.on(Capability.PUSH, other, ref or self.default_of(other), other)
                return [replace(c, tail=(*c.tail, *tail)) for c in clauses]
        says = (f"the pipeline lies in {name}, which was not read",)
        return [self._doubted(clause, says) for clause in self.held(project, Capability.PUSH)]

    def jobs(self, project: int, target: int, *, protected: bool) -> list[Clause]:
        """Return who can have a job of a project run their own commands, on any branch or on a protected ref alone.

        Running a job on a protected branch needs the right to push to it or to merge into it; protected variables and
        runners are given to such jobs alone.
        https://docs.gitlab.com/ci/pipelines/#pipeline-security-on-protected-branches
        """
        if self.archived(project):
            return []
        return self.living(project, self._running(project, target, protected=protected))

    def _running(self, project: int, target: int, *, protected: bool) -> list[Clause]:
        unknown = self.unread(project, GitLabFacet.PROTECTED_BRANCHES)
        rules = self.rules(project)
        if unknown or (not protected and not covers_all(rules)):
            tail = self._tail(project, target, "may run a job with") if target != project else ()
            found = [replace(c, tail=(*c.tail, *tail)) for c in self.held(project, Capability.PUSH)]
            return [self._doubted(clause, unknown) for clause in found] if protected else found
        return self._on_protected(project, rules, target)

    def _on_protected(self, project: int, rules: list[Gate], target: int) -> list[Clause]:
        found = []
        for rule in rules:
            name = ", ".join(rule.patterns)
            # another rule that covers the same names may let in more people: the most permissive wins
            same = [
                rule,
                *(each for each in rules if each is not rule and any(matching([each], p) for p in rule.patterns)),
            ]
            found += self._pushing(project, same, name, target)
            found += self._merging(project, same, name, target, needs_approval=True)
        for rule in self.rules(project, "tag"):
            tail = self._tail(project, target, f"may create the tag {', '.join(rule.patterns)}")
            found += self.allowed.by(entries([rule], "create_access_levels"), project, tail)
        return found

    def _tail(self, project: int, target: int, says: str) -> tuple[Link, ...]:
        return (Link(source=self.snapshot.ref(project), target=self.snapshot.ref(target), says=says),)

    def _doubted(self, clause: Clause, unknown: tuple[str, ...]) -> Clause:
        return replace(clause, unknown=tuple(dict.fromkeys((*clause.unknown, *unknown))))
