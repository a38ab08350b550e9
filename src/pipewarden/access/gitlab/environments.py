"""Who may deploy to, and approve deployments to, which environment of a GitLab project, and whose jobs get its variables.

https://docs.gitlab.com/ci/environments/protected_environments/
"""

from collections.abc import Iterator
from dataclasses import replace

from msgspec import structs
from pyroaring import BitMap

from pipewarden.access.github.held import Clause
from pipewarden.access.gitlab.branches import Branches
from pipewarden.access.gitlab.protected import Entry, entries, entry_of, matches
from pipewarden.model.access import Capability, Condition, Level, Link
from pipewarden.model.facets_gitlab import GitLabFacet
from pipewarden.model.facts import Gate, GateKind
from pipewarden.model.ids import Kind, Ref

RULES = (GitLabFacet.PROTECTED_ENVIRONMENTS, GitLabFacet.GROUP_ENVIRONMENTS)


class Environments:
    """Protected environments over one graph."""

    def __init__(self, branches: Branches) -> None:
        self.branches = branches
        self.snapshot = branches.snapshot

    def gates(self, environment: int, project: int) -> list[Gate]:
        """Return the rules that guard an environment: its project's by name, its groups' by deployment tier; all must allow.

        https://docs.gitlab.com/ci/environments/protected_environments/#group-level-protected-environments
        """
        tier = str(self.snapshot.entity(environment).attributes.get("tier") or "")
        return self._guarding(self._name(environment), tier, project)

    def _name(self, environment: int) -> str:
        return str(self.snapshot.entity(environment).attributes.get("environment") or "")

    def _guarding(self, name: str, tier: str, project: int) -> list[Gate]:
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
        return self.branches.living(project, self._on(capability, environment, project))

    def _on(self, capability: Capability, environment: int, project: int) -> list[Clause]:
        unknown = self.branches.unread(project, *RULES)
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
        clauses += self._administrators(project, tail)
        return [clause for clause in clauses if clause.holders]

    def _administrators(self, project: int, tail: Link) -> list[Clause]:
        """Return who administers the instance: they "can use all environments, including protected environments"."""
        administrators = self.branches.allowed.administrators(project)
        lead = self.branches.allowed.lead(project, Capability.ADMINISTER)
        return [Clause(administrators, lead, (tail,))] if administrators else []

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

    # --- variables ----------------------------------------------------------------------------------

    def own_jobs(self, environment: int, project: int, *, protected: bool) -> list[Clause]:
        """Return who can have commands of their own run with what is given to jobs of an environment."""
        clauses = self.branches.jobs(project, environment, protected=protected)
        gates = self.gates(environment, project)
        found = self._let_in(gates, self.snapshot.ref(environment), project, clauses)
        # a rule that was not read may leave it to few
        unknown = self.branches.unread(project, *RULES)
        return [replace(clause, unknown=(*clause.unknown, *unknown)) for clause in found] if unknown else found

    def admitted(self, environment: int, project: int) -> list[Clause]:
        """Return whom the rules of an environment let have jobs there, whoever wrote them; nobody where no rule is."""
        return self._admitted(self.gates(environment, project), self.snapshot.ref(environment), project)

    def admitted_for(self, scope: str, project: int) -> list[Clause]:
        """Return whom the rules of the environment let have jobs there that a variable is for; nobody where no rule is."""
        if "*" in scope:
            return []
        at, gates, unknown = self._for(scope, project)
        found = self._admitted(gates, at, project)
        return [replace(clause, unknown=(*clause.unknown, *unknown)) for clause in found]

    def _admitted(self, gates: list[Gate], at: Ref, project: int) -> list[Clause]:
        found: list[Clause] = []
        for number, gate in enumerate(gates):
            also = self._by_rule(gate, self._entering(gates, at, project), project)
            found = [part for clause in found for part in _let_in_by(clause, also)] if number else also
        return [clause for clause in found if clause.holders]

    def _entering(self, gates: list[Gate], at: Ref, project: int) -> Link:
        waits = ", and with `action: access` needs no approval in" if self._conditions(gates) else ""
        return Link(source=self.snapshot.ref(project), target=at, says=f"may deploy to{waits}")

    def _by_rule(self, gate: Gate, link: Link, project: int) -> list[Clause]:
        lines = self._lines(entries([gate], "deploy_access_levels"), project, link)
        return lines + self._administrators(project, link)

    def only_protected(self, environment: int, project: int) -> bool | None:
        """Tell whether all variables that are for some environments, this one among them, are for protected refs alone.

        None where that was not told of one, or variables were not read.
        """
        name = self._name(environment)
        scoped = [
            secret.attributes
            for scope in self.snapshot.scopes(project)
            for each in self.snapshot.children(scope, Kind.SECRET)
            if (where := str((secret := self.snapshot.entity(each)).attributes.get("environment_scope") or "*")) != "*"
            and matches(where, name)
        ]
        told = [each.get("protected") for each in scoped]
        if False in told:
            return False
        unread = self.branches.unread(project, GitLabFacet.VARIABLES, GitLabFacet.GROUP_VARIABLES)
        return None if unread or not all(isinstance(each, bool) for each in told) else bool(scoped)

    def only_for(self, scope: str, project: int, clauses: list[Clause]) -> list[Clause]:
        """Return clauses as they hold for a variable of some environments: a protected one lets only deployers have its jobs.

        A job names its environment itself: a scope alone guards nothing, and one with a star covers names that no rule does.
        https://docs.gitlab.com/ci/environments/#limit-the-environment-scope-of-a-cicd-variable
        """
        if "*" in scope:
            return clauses
        at, gates, unknown = self._for(scope, project)
        found = self._let_in(gates, at, project, clauses)
        return [replace(clause, unknown=(*clause.unknown, *unknown)) for clause in found] if unknown else found

    def _for(self, scope: str, project: int) -> tuple[Ref, list[Gate], tuple[str, ...]]:
        """Return the environment that a scope names, the project where it is not there, its rules, and what of them was not read."""
        there = [each for each in self.snapshot.children(project, Kind.ENVIRONMENT) if self._name(each) == scope]
        gates = self.gates(there[0], project) if there else self._guarding(scope, "", project)
        unknown = self.branches.unread(project, *RULES, *(() if there else (GitLabFacet.ENVIRONMENTS,)))
        return self.snapshot.ref(there[0] if there else project), gates, unknown

    def _let_in(self, gates: list[Gate], at: Ref, project: int, clauses: list[Clause]) -> list[Clause]:
        """Return of those who run jobs of their own whom the rules of an environment let in; no approval stands before them.

        A job with `action: access`, `prepare` or `verify` "gives you access to environment-scoped variables" and "does not
        trigger deployments"; approvals are for deployments alone. Its starter still has to be "allowed to deploy".
        https://docs.gitlab.com/ci/environments/#access-an-environment-for-preparation-or-verification-purposes
        https://gitlab.com/gitlab-org/gitlab/-/issues/437142
        """
        link = self._entering(gates, at, project)
        for gate in gates:
            also = self._by_rule(gate, link, project)
            clauses = [part for clause in clauses for part in _let_in_by(clause, also)]
        return [_by_way_of(link, clause) if gates else clause for clause in clauses if clause.holders]


def _let_in_by(clause: Clause, also: list[Clause]) -> Iterator[Clause]:
    """Yield of a clause whom another rule lets in too: for sure, and perhaps where that rule says no more than perhaps."""
    sure = BitMap.union(BitMap(), *(each.holders for each in also if not each.unknown))
    yield replace(clause, holders=clause.holders & sure)
    for each in also:
        if each.unknown:
            holders = clause.holders & (each.holders - sure)
            yield replace(clause, holders=holders, unknown=tuple(dict.fromkeys((*clause.unknown, *each.unknown))))


def _by_way_of(link: Link, clause: Clause) -> Clause:
    """Return a clause whose last step goes out from where a link leads."""
    before, last = clause.tail[:-1], clause.tail[-1]
    return replace(clause, tail=(*before, link, structs.replace(last, source=link.target)))


def replace_says(link: Link, says: str) -> Link:
    """Return a link in other words."""
    return Link(source=link.source, target=link.target, says=says)


def _count(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0
