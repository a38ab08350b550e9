"""Who has a role, before any gate: clauses from roles, and what is known of a repository and its gates."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property

from pyroaring import BitMap

from pipewarden.access.chains import Chain, Chains
from pipewarden.access.github.protection import (
    Protection,
    protection_of,
    repository_gates,
    selects_by_unread,
)
from pipewarden.access.graph import Graph, Stance, Want
from pipewarden.errors import UsageError
from pipewarden.model.access import Capability, Condition, Link
from pipewarden.model.facets import Facet
from pipewarden.model.facts import Cause, Gap, Gate
from pipewarden.model.ids import Kind, Ref

Lead = Callable[[int], list[Chain]]


@dataclass(frozen=True)
class Clause:
    """One way in which somebody may act.

    `holders` are ordinals; `lead` gives one holder's chains up to where the way forks off, `tail` the links from
    there to the resource. `unknown` says what could not be seen: the clause then gives UNKNOWN instead of YES.
    """

    holders: BitMap
    lead: Lead
    tail: tuple[Link, ...] = ()
    conditions: tuple[Condition, ...] = ()
    unknown: tuple[str, ...] = ()
    stance: Stance = Stance.SURE
    by_key: bool = False
    """Whether those who are presumed to hold a key that has it are among the holders already."""


@dataclass
class Known:
    """What is known of one repository's gates, worked out once."""

    ordinal: int
    ref: Ref
    name: str
    archived: bool
    """Whether it is known to be archived; where that was not read, `unsettled` says so."""
    default_branch: str
    branches: tuple[str, ...] | None
    """The names of its branches, None where they were not read."""
    gates: list[Gate]
    unread: tuple[str, ...]
    doubts: tuple[str, ...] = ()
    """Rulesets of which it is not known whether they cover this repository."""
    unsettled: tuple[str, ...] = ()
    """Why it is not known whether it is archived, and so whether anything is changed or run there."""
    protections: dict[str, Protection] = field(default_factory=dict)

    def protection(self, branch: str) -> Protection:
        """Return what guards a branch, which need not exist."""
        found = self.protections.get(branch)
        if found is None:
            found = self.protections[branch] = protection_of(self.gates, branch, self.default_branch)
        return found


GATED = (Facet.REPO_PROTECTION, Facet.REPO_RULESETS)

GRANTED = (
    Facet.REPO_COLLABORATORS,
    Facet.REPO_TEAMS,
    Facet.REPO_KEYS,
    Facet.ORG_MEMBERS,
    Facet.ORG_TEAMS,
    Facet.ORG_ROLES,
    Facet.ORG_REPO_ROLES,
    Facet.ORG_APPS,
    Facet.ENT_OWNERS,
)
"""The facets in which grants are found. Tokens are left out: their owners, who bound them, are found in these."""

GROUPED = (Facet.ORG_TEAMS, Facet.ORG_MEMBERS, Facet.ENT_TEAMS)
"""The facets of a group that tell who is in it."""

CONDITION_UNSEEN = "a condition of the grant was not read"


class Held:
    """Roles over one graph, and the repositories' gates."""

    def __init__(self, graph: Graph, chains: Chains) -> None:
        self.graph = graph
        self.chains = chains
        self.snapshot = graph.snapshot
        self._repositories: dict[int, Known] = {}
        self._scope_gates: dict[int, list[Gate]] = {}
        scopes = dict.fromkeys(gap.scope for gap in self.snapshot.gaps_in(GROUPED) if gap.scope.kind is Kind.GROUP)
        self._gapped_groups = [at for scope in scopes if (at := self.snapshot.ordinal(scope)) is not None]

    # --- what was not read ------------------------------------------------------------------------

    def gap(self, ordinal: int, *facets: str) -> tuple[str, ...]:
        """Say what of some facets was not read, here or in what contains it."""
        if not self.snapshot.has_gaps:
            return ()
        found = []
        for scope in self.snapshot.scopes(ordinal):
            for facet in (*facets, Facet.SOURCE):
                gap = self.snapshot.gap_at(scope, facet)
                if gap is not None:
                    found.append(self._told(gap))
        return tuple(dict.fromkeys(found))

    def _told(self, gap: Gap) -> str:
        ordinal = self.snapshot.ordinal(gap.scope)
        name = str(gap.scope) if ordinal is None else self.snapshot.name_of(ordinal)
        what = gap.facet.rsplit(".", 1)[-1].replace("_", " ")
        closes = f"; {gap.permission} would show it" if gap.permission else ""
        return f"{what} of {name}: not read ({gap.cause.replace('_', ' ')}){closes}"

    def unseen_grants(self, resource: int) -> tuple[str, ...]:
        """Say by which grants more people than those seen may hold something on a resource.

        What the plan does not have grants nothing.
        """
        if not self.snapshot.has_gaps:
            return ()
        found = []
        scopes = list(self.snapshot.scopes(resource))
        for scope in scopes:
            for facet in (*GRANTED, Facet.SOURCE):
                gap = self.snapshot.gap_at(scope, facet)
                if gap is not None and gap.cause is not Cause.PLAN:
                    found.append(self._told(gap))
        for group in self._gapped_groups:
            outer = self.graph.outer(group)
            if any(self.graph.rows_between(outer, scope) for scope in scopes):
                found += [self._told(gap) for facet in GROUPED if (gap := self.snapshot.gap_at(group, facet))]
        inside = next((each for each in scopes if self.snapshot.kind_of(each) is Kind.REPOSITORY), None)
        for scope in scopes if inside is None else [inside]:
            found += self._untold_tokens.get(scope, ())
        return tuple(dict.fromkeys(found))

    @cached_property
    def _untold_tokens(self) -> dict[int, tuple[str, ...]]:
        """Say of each repository, and of what it lies in, that the token of a job there may hold more than was seen."""
        found: dict[int, tuple[str, ...]] = {}
        for gap in self.snapshot.gaps_in({Facet.REPO_ACTIONS_WORKFLOW}):
            job = self.snapshot.ordinal(gap.scope) if gap.scope.kind is Kind.JOB else None
            for scope in () if job is None else self.snapshot.scopes(job):
                found.setdefault(scope, (self._told(gap),))
        return found

    def unseen_anywhere(self) -> tuple[str, ...]:
        """Say what was not read of any grant at all: somebody may hold more than was seen."""
        first: dict[tuple[str, str], Gap] = {}
        for gap in self.snapshot.gaps_in({*GRANTED, Facet.REPO_SETTINGS, Facet.SOURCE}):
            first.setdefault((gap.facet, str(gap.scope)), gap)
        return tuple(self._told(gap) for _, gap in sorted(first.items()) if gap.cause is not Cause.PLAN)

    # --- a repository -----------------------------------------------------------------------------

    def repository(self, ordinal: int) -> Known:
        """Return what is known of a repository's gates."""
        found = self._repositories.get(ordinal)
        if found is None:
            entity = self.snapshot.entity(ordinal)
            attributes = entity.attributes
            inherited: list[Gate] = []
            for scope in list(self.snapshot.scopes(ordinal))[1:]:
                inherited += self._inherited(scope)
            own = [*self.snapshot.records(Gate, ordinal), *self._of_root(ordinal)]
            branches = attributes.get("branches")
            doubts = _doubts(inherited, attributes)
            unsettled: tuple[str, ...] = ()
            if attributes.get("archived") is None:
                unsettled = self.gap(ordinal, Facet.REPO_SETTINGS)
                if "archived" in attributes and not unsettled:
                    unsettled = (f"whether {entity.name} is archived was not told",)
            found = self._repositories[ordinal] = Known(
                ordinal=ordinal,
                ref=entity.ref,
                name=entity.name,
                archived=bool(attributes.get("archived")),
                default_branch=str(attributes.get("default_branch") or "main"),
                branches=tuple(map(str, branches)) if isinstance(branches, (list, tuple)) else None,
                gates=list(
                    {
                        gate.ref: gate for gate in repository_gates(own, inherited, entity.ref, entity.name, attributes)
                    }.values()
                ),
                unread=(*self.gap(ordinal, *GATED), *doubts, *unsettled),
                doubts=doubts,
                unsettled=unsettled,
            )
        return found

    def root_of(self, ordinal: int) -> int:
        """Return the repository that one was forked from at last, as far as these were read; itself where it was not."""
        seen = {ordinal}
        while True:
            upstream = self.snapshot.entity(ordinal).attributes.get("upstream")
            if not isinstance(upstream, dict):
                return ordinal
            outer = self.snapshot.ordinal(
                Ref(self.snapshot.ref(ordinal).instance, Kind.REPOSITORY, str(upstream.get("key")))
            )
            if outer is None or outer in seen:
                return ordinal
            seen.add(outer)
            ordinal = outer

    def _of_root(self, ordinal: int) -> list[Gate]:
        """Return the push rulesets of the repository that a fork comes from: they hold for its whole network.

        https://docs.github.com/en/organizations/managing-organization-settings/creating-rulesets-for-repositories-in-your-organization
        """
        root = self.root_of(ordinal)
        return [] if root == ordinal else [gate for gate in self.repository(root).gates if gate.target == "push"]

    def _inherited(self, scope: int) -> list[Gate]:
        if scope not in self._scope_gates:
            self._scope_gates[scope] = list(self.snapshot.records(Gate, scope))
        return self._scope_gates[scope]

    def repository_of(self, ordinal: int) -> int:
        """Return the repository that something belongs to; raises UsageError where it belongs to none."""
        for scope in self.snapshot.scopes(ordinal):
            if self.snapshot.kind_of(scope) is Kind.REPOSITORY:
                return scope
        raise UsageError(f"{self.snapshot.name_of(ordinal)} belongs to no repository")

    # --- clauses ----------------------------------------------------------------------------------

    def on(self, repository: int, want: Want) -> list[Clause]:
        """Return who has a role or capability on a repository, as clauses: seen ones, then presumed ones."""

        def lead(how: Stance) -> Lead:
            return lambda principal: self.chains.by_login(principal, repository, want, how)

        graph, parent = self.graph, int(self.snapshot.parent[repository])
        sets = (graph.able(repository, want), graph.perhaps_able(repository, want), graph.potential(repository, want))
        return self._clauses(sets, lead, parent)

    def with_keys(self, clauses: Iterable[Clause]) -> list[Clause]:
        """Return clauses for those too who are presumed to hold a key that has it.

        They do by the key what the key does, past the gates that the key passes. Their own roles and bypasses are
        their account's: a push by key is not theirs.
        https://docs.github.com/en/authentication/connecting-to-github-with-ssh/managing-deploy-keys
        """
        return [clause if clause.by_key else self._with_keys(clause) for clause in clauses]

    def _with_keys(self, clause: Clause) -> Clause:
        behind = self.graph.behind(clause.holders)
        if not behind:
            return clause

        open_to_all = any(crowd in clause.holders for crowd in self.graph.crowd)

        def lead(principal: int) -> list[Chain]:
            found = clause.lead(principal) if open_to_all or principal in clause.holders else []
            for key in self.graph.keys.get(principal, ()):
                if key in clause.holders:
                    (holding,) = self.chains.climbs(principal, key)
                    found = [*found, *((*holding, *way) for way in clause.lead(key) if not self._as_anybody(way))]
            return found

        return replace(clause, holders=clause.holders | behind, lead=lead, by_key=True)

    def on_organization(self, organization: int, capability: Capability) -> list[Clause]:
        """Return who has a capability on an organization or enterprise itself."""

        def lead(how: Stance) -> Lead:
            return lambda principal: self.chains.on_organization(principal, organization, capability, how)

        sure, maybe = self.graph.on_organization(organization, capability)
        potential = self.graph.potential_on_organization(organization, capability)
        return self._clauses((sure, maybe, potential), lead, organization)

    def _clauses(
        self, sets: tuple[BitMap, BitMap, BitMap], lead: Callable[[Stance], Lead], organization: int
    ) -> list[Clause]:
        sure, maybe, potential = sets
        clauses = [Clause(sure, lead(Stance.SURE))]
        if maybe:
            clauses.append(Clause(maybe, lead(Stance.MAYBE), unknown=(CONDITION_UNSEEN,), stance=Stance.MAYBE))
        if potential:
            taking = (self._taking(organization),)
            clauses.append(Clause(potential, lead(Stance.POTENTIAL), conditions=taking, stance=Stance.POTENTIAL))
        return clauses

    def _as_anybody(self, way: Chain) -> bool:
        return bool(way) and self.snapshot.ordinal(way[0].target) in self.graph.crowd

    def _taking(self, organization: int) -> Condition:
        name = self.snapshot.name_of(organization)
        return Condition(says=f"they make themselves an owner of {name}, as an enterprise owner may")

    def act(self, source: int, target: int, says: str) -> Link:
        """Return the link of an act that a role allows."""
        return Link(source=self.snapshot.ref(source), target=self.snapshot.ref(target), says=says)


def doubted(clauses: Iterable[Clause], *why: str) -> list[Clause]:
    """Return clauses that are unknown for one more reason; unchanged where there is none."""
    listed = list(clauses)
    return [replace(c, unknown=(*c.unknown, *why)) for c in listed] if why else listed


def among(clauses: Iterable[Clause], able: Iterable[Clause]) -> list[Clause]:
    """Return clauses for those alone who are able otherwise too; who is so only perhaps is so only perhaps."""
    sure, maybe = BitMap(), BitMap()
    for clause in able:
        if clause.unknown:
            maybe |= clause.holders
        else:
            sure |= clause.holders
    maybe -= sure
    out = []
    for clause in clauses:
        if here := clause.holders & sure:
            out.append(replace(clause, holders=here))
        if here := clause.holders & maybe:
            out.append(replace(clause, holders=here, unknown=clause.unknown or (CONDITION_UNSEEN,)))
    return out


def _doubts(inherited: Iterable[Gate], attributes: dict[str, object]) -> tuple[str, ...]:
    found = ((gate, selects_by_unread(gate, attributes)) for gate in inherited if gate.active)
    return tuple(
        f"whether ruleset {gate.name} covers it is decided by its {by}, which was not read" for gate, by in found if by
    )
