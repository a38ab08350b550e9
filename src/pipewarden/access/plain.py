"""Access that is roles on a thing or on what contains it, and nothing more; other systems build on it."""

from collections.abc import Hashable
from functools import cached_property

from pipewarden.access.chains import Chains
from pipewarden.access.github.held import CONDITION_UNSEEN, Clause, Lead
from pipewarden.access.graph import Graph, Stance, Want
from pipewarden.errors import UsageError
from pipewarden.model.access import Capability
from pipewarden.model.facets import Facet
from pipewarden.model.facts import Cause, Gap
from pipewarden.model.ids import Kind, Ref
from pipewarden.model.systems import System

MOST_ALIKE = 8
"""So many refusals of one sort are told one by one."""

NOT_ASKED = frozenset({Kind.ROLE, Kind.GATE, Kind.TRUST, Kind.IDENTITY, Kind.SOURCE})
"""Kinds that guard or explain: nobody has a capability on them."""


class PlainRulings:
    """Whoever holds a role on a thing, or on anything that contains it, has what the role gives."""

    facets: tuple[str, ...] = ()
    """The facets in which the system's grants are found; empty: any gap may hide one."""

    wide: frozenset[str] = frozenset()
    """Facets whose gaps may hide a grant on anything of the instance: what is read of each holder, not of each thing."""

    def __init__(self, graph: Graph, chains: Chains) -> None:
        self.graph = graph
        self.chains = chains
        self.snapshot = graph.snapshot

    def rule(self, capability: Capability, resource: int) -> list[Clause]:
        """Return the clauses by which somebody has a capability on a resource.

        Raises UsageError for what nobody has a capability on.
        """
        kind = self.snapshot.kind_of(resource)
        if kind in NOT_ASKED:
            raise UsageError(f"a {kind} is not something that access is asked about")
        return self.held(resource, capability)

    def held(self, resource: int, want: Want) -> list[Clause]:
        """Return who holds a role that gives it: the certain first, then those of whom a condition was not seen."""

        def lead(how: Stance) -> Lead:
            return lambda principal: self.chains.to(principal, resource, want, how)

        clauses = [Clause(self.graph.holders(resource, want), lead(Stance.SURE))]
        if maybe := self.graph.maybe(resource, want):
            clauses.append(Clause(maybe, lead(Stance.MAYBE), unknown=(CONDITION_UNSEEN,), stance=Stance.MAYBE))
        return clauses

    def alike(self, resource: int) -> Hashable:
        """Return what decides who may sign in as somebody: equal for accounts as whom the same people may. Here nothing is."""
        return resource

    # --- what was not read ------------------------------------------------------------------------

    def unseen(self, resource: int | None) -> tuple[str, ...]:
        """Say what was not read of the grants by which more people may have something than a ruling names."""
        gaps = self._gaps
        if resource is not None:
            around = {self.snapshot.ref(scope) for scope in self.snapshot.scopes(resource)}
            instance = self.snapshot.instances[self.snapshot.instance[resource]]
            gaps = [
                gap
                for gap in gaps
                if gap.scope in around
                or (gap.scope.instance == instance and (gap.scope.kind is Kind.GROUP or gap.facet in self.wide))
            ]
        alike: dict[tuple[str, str, str], dict[Ref, None]] = {}
        for gap in gaps:
            alike.setdefault((gap.facet, gap.cause, gap.permission), {})[gap.scope] = None
        return tuple(
            text
            for (facet, cause, closes), scopes in alike.items()
            for text in self._told(facet, cause, closes, [*scopes])
        )

    @cached_property
    def _gaps(self) -> list[Gap]:
        """The gaps that may hide a grant, of every system but GitHub. What a plan does not have grants nothing."""
        systems = dict(zip(self.snapshot.instances, self.snapshot.systems, strict=True))
        gaps = self.snapshot.gaps_in({*self.facets, Facet.SOURCE}) if self.facets else self.snapshot.gaps
        return [
            gap
            for gap in gaps
            if systems.get(gap.scope.instance, System.GITHUB) is not System.GITHUB and gap.cause is not Cause.PLAN
        ]

    def _told(self, facet: str, cause: str, permission: str, scopes: list[Ref]) -> list[str]:
        """Tell of each thing what was not read; of many alike the first, and how many more."""
        what = facet.rsplit(".", 1)[-1].replace("_", " ")
        closes = f"; {permission} would show it" if permission else ""
        names = [self._name(scope) for scope in scopes[: 1 if len(scopes) > MOST_ALIKE else None]]
        more = f" and {len(scopes) - 1:,} more" if len(scopes) > MOST_ALIKE else ""
        return [f"{what} of {name}{more}: not read ({cause.replace('_', ' ')}){closes}" for name in names]

    def _name(self, scope: Ref) -> str:
        ordinal = self.snapshot.ordinal(scope)
        return str(scope) if ordinal is None else self.snapshot.name_of(ordinal)
