"""Who may deploy to, and approve deployments to, which environment of a GitLab project.

https://docs.gitlab.com/ci/environments/protected_environments/
"""

from collections.abc import Iterator
from dataclasses import replace

from pyroaring import BitMap

from pipewarden.access.github.held import Clause
from pipewarden.access.gitlab.branches import Branches
from pipewarden.access.gitlab.protected import Entry, entries, entry_of, matches
from pipewarden.model.access import Capability, Condition, Level, Link
from pipewarden.model.facets_gitlab import GitLabFacet
from pipewarden.model.facts import Gate, GateKind
from pipewarden.model.ids import Kind


class Environments:
    """Protected environments over one graph."""

    def __init__(self, branches: Branches) -> None:
        self.branches = branches
        self.snapshot = branches.snapshot

    def gates(self, environment: int, project: int) -> list[Gate]:
        """Return the rules that guard an environment: its project's by name, its groups' by deployment tier; all must allow.

        https://docs.gitlab.com/ci/environments/protected_environments/#group-level-protected-environments
        """
        entity = self.snapshot.entity(environment)
        name, tier = str(entity.attributes.get("environment") or ""), str(entity.attributes.get("tier") or "")
        found = [
            gate
            for gate in self.snapshot.records(Gate, project)
            if gate.kind is GateKind.ENVIRONMENT and any(matches(pattern, name) for pattern in gate.patterns)
        ]
        for scope in self.snapshot.scopes(project):
            if self.snapshot.kind_of(scope) is Kind.ORGANIZATION:
                found += [
                    gate
                    for gate in self.snapshot.records(Gate, scope)
                    if gate.kind is GateKind.ENVIRONMENT and tier in gate.patterns
                ]
        return found

    def on(self, capability: Capability, environment: int, project: int) -> list[Clause]:
        """Return who may deploy, or who may approve; without a rule whoever can run a job deploys, and nobody need approve."""
        if self.branches.archived(project):
            return []
        facets = (GitLabFacet.PROTECTED_ENVIRONMENTS, GitLabFacet.GROUP_ENVIRONMENTS)
        unknown = self.branches.unread(project, *facets)
        gates = self.gates(environment, project)
        tail = Link(source=self.snapshot.ref(project), target=self.snapshot.ref(environment), says="may deploy to")
        if capability is Capability.APPROVE_DEPLOYMENT:
            return self._approvers(gates, project, replace_says(tail, "may approve deployments to"))
        if not gates:
            jobs = self.branches.jobs(project, environment, protected=False)
            return [replace(clause, unknown=(*clause.unknown, *unknown)) for clause in jobs]
        conditions = self._conditions(gates)
        clauses = self._lines(entries(gates[:1], "deploy_access_levels"), project, tail, conditions, unknown)
        for gate in gates[1:]:
            also = self._lines(entries([gate], "deploy_access_levels"), project, tail)
            clauses = [part for clause in clauses for part in _let_in_by(clause, also)]
        administrators = self.branches.allowed.administrators(project)
        if administrators:
            lead = self.branches.allowed.lead(project, Capability.ADMINISTER)
            clauses.append(Clause(administrators, lead, (tail,)))
        return [clause for clause in clauses if clause.holders]

    def _lines(
        self,
        lines: list[Entry],
        project: int,
        tail: Link,
        conditions: tuple[Condition, ...] = (),
        unknown: tuple[str, ...] = (),
    ) -> list[Clause]:
        """Return whom lines let in: who is named needs to see the project, and no more.

        https://docs.gitlab.com/ci/environments/protected_environments/#deployment-only-access-to-protected-environments
        """
        return self.branches.allowed.by(
            lines, project, (tail,), least=Level.READ, conditions=conditions, unknown=unknown
        )

    def _approvers(self, gates: list[Gate], project: int, tail: Link) -> list[Clause]:
        """Return who may approve: the rules' approvers; where only a number is set, whoever may deploy.

        https://docs.gitlab.com/ci/environments/deployment_approvals/
        """
        found = []
        for gate in gates:
            rows = gate.rules.get("approval_rules")
            if isinstance(rows, list) and rows:
                found += self._lines([entry_of(row) for row in rows], project, tail)
            elif _count(gate.rules.get("required_approval_count")):
                found += self._lines(entries([gate], "deploy_access_levels"), project, tail)
        return found

    def _conditions(self, gates: list[Gate]) -> tuple[Condition, ...]:
        count = 0
        for gate in gates:
            rows = gate.rules.get("approval_rules")
            asked = [_count(row.get("required_approvals")) for row in rows or () if isinstance(row, dict)]
            count += sum(asked) or _count(gate.rules.get("required_approval_count"))
        if not count:
            return ()
        says = "another person approves" if count == 1 else f"{count} people approve"
        return (Condition(says=says, kind="approval", count=count),)

    def _unguarded(self, project: int) -> tuple[str, ...]:
        """Say what was not read of a project's environments and of the rules that guard them."""
        facets = (GitLabFacet.PROTECTED_ENVIRONMENTS, GitLabFacet.GROUP_ENVIRONMENTS, GitLabFacet.ENVIRONMENTS)
        return self.branches.unread(project, *facets)

    def only_for(self, scope: str, project: int, clauses: list[Clause]) -> list[Clause]:
        """Return clauses as they hold for a variable of some environments: a protected one lets only deployers have its jobs.

        A job names its environment itself: a scope alone guards nothing.
        https://docs.gitlab.com/ci/environments/#limit-the-environment-scope-of-a-cicd-variable
        """
        if scope == "*":
            return clauses
        covered = [
            each
            for each in self.snapshot.children(project, Kind.ENVIRONMENT)
            if matches(scope, str(self.snapshot.entity(each).attributes.get("environment") or ""))
        ]
        if "*" in scope or not covered or not all(self.gates(each, project) for each in covered):
            unread = self._unguarded(project)
            # a rule that was not read may leave it to few
            return [replace(c, unknown=(*c.unknown, *unread)) for c in clauses] if unread else clauses
        deployers = BitMap.union(
            BitMap(), *(c.holders for each in covered for c in self.on(Capability.DEPLOY, each, project))
        )
        kept = [replace(clause, holders=clause.holders & deployers) for clause in clauses]
        return [clause for clause in kept if clause.holders]


def _let_in_by(clause: Clause, also: list[Clause]) -> Iterator[Clause]:
    """Yield of a clause whom another rule lets in too: for sure, and perhaps where that rule says no more than perhaps."""
    sure = BitMap.union(BitMap(), *(each.holders for each in also if not each.unknown))
    yield replace(clause, holders=clause.holders & sure)
    for each in also:
        if each.unknown:
            holders = clause.holders & (each.holders - sure)
            yield replace(clause, holders=holders, unknown=tuple(dict.fromkeys((*clause.unknown, *each.unknown))))


def replace_says(link: Link, says: str) -> Link:
    """Return a link in other words."""
    return Link(source=link.source, target=link.target, says=says)


def _count(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0
