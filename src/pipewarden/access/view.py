"""What judgement sees of a snapshot: every answer is a value, or says loudly that it is not known."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from pyroaring import BitMap

from pipewarden.access.github.partly import partly
from pipewarden.access.github.protection import Protection, protection_of
from pipewarden.model.access import Access, Capability, Level
from pipewarden.model.columns import REFERRED
from pipewarden.model.facets import Facet
from pipewarden.model.facts import (
    Account,
    Cause,
    Entity,
    Gap,
    Gate,
    GateKind,
    Grant,
    GrantKind,
    Group,
    Identity,
    Machine,
    Membership,
    Resource,
    Role,
    Trust,
    Use,
)
from pipewarden.model.ids import Kind, Ref, members_of, outsiders_of, owners_of
from pipewarden.model.named_uses import NamedUse, named_use
from pipewarden.model.people import People, Person
from pipewarden.model.snapshot import Snapshot
from pipewarden.model.systems import System

if TYPE_CHECKING:
    from pipewarden.access.engine import Engine
    from pipewarden.access.persons import Named
    from pipewarden.access.widened import Widened


class Missing(Exception):
    """Something a judgement needs was not read; carries the gap that says why."""

    def __init__(self, scope: Ref, facet: str, cause: Cause, detail: str = "", permission: str = "") -> None:
        super().__init__(scope, facet, cause)
        self.scope = scope
        self.facet = facet
        self.cause = cause
        self.detail = detail
        self.permission = permission

    def __str__(self) -> str:
        """Say what was not read, when somebody asks: thousands are raised of which nobody does."""
        return f"{self.facet} of {self.scope}: {self.cause}"


class NotApplicable(Exception):
    """The question does not arise for this subject; the message says why."""


_ABSENT = object()
_ACTION = b'"what":"action"'
"""Stands in the JSON of each use of an action, and of few others."""


class View:
    """Reading access to one snapshot for checks, questions and reports. Pure: the only time is `as_of`."""

    def __init__(self, snapshot: Snapshot, engine: "Engine | None" = None) -> None:
        """Judge a snapshot; without an `engine`, one is loaded when access is first asked for."""
        self.snapshot = snapshot
        if engine is not None:
            self.engine = engine
        self.as_of: datetime = snapshot.as_of
        self.memo: defaultdict[str, dict[Any, Any]] = defaultdict(dict)
        """What was worked out of the snapshot once for all checks, by what it is: it follows from the snapshot alone."""
        self._holding: dict[tuple[Capability, Ref], BitMap] = {}

    @cached_property
    def engine(self) -> "Engine":
        """What answers questions about access. Files alone give nobody any: of them it is never asked, nor loaded."""
        from pipewarden.access.engine import Engine

        return Engine(self.snapshot)

    # --- what is there ----------------------------------------------------------------------------

    def entities(self, *kinds: Kind, within: Ref | None = None) -> Iterator[Any]:
        """Yield the entities of some kinds that were read, in the order of their ids; `within` a scope only."""
        outer = None if within is None else self.snapshot.ordinal(within)
        ordinals = self.snapshot.ordinals(*kinds)
        if outer is not None:
            above = self.snapshot.parent[ordinals]
            holding = [each for each in np.unique(above).tolist() if each >= 0 and outer in self.snapshot.scopes(each)]
            ordinals = ordinals[(ordinals == outer) | np.isin(above, holding)]
        for entity in self.snapshot.facts_at(ordinals):
            if entity.origin.endpoint != REFERRED:
                yield entity

    @cached_property
    def organizations(self) -> tuple[Resource, ...]:
        """All organizations that were read."""
        return tuple(self.entities(Kind.ORGANIZATION))

    def repositories(self, organization: Ref | None = None) -> Iterator[Resource]:
        """Yield the repositories, of one organization or of all."""
        return self.inside(organization, Kind.REPOSITORY) if organization else self.entities(Kind.REPOSITORY)

    def inside(self, scope: Ref, *kinds: Kind) -> Iterator[Any]:
        """Yield the entities that a scope directly contains, of some kinds or all."""
        ordinal = self.snapshot.ordinal(scope)
        for child in () if ordinal is None else self.snapshot.children(ordinal, *kinds):
            yield self.snapshot.entity(child)

    @cached_property
    def account_set(self) -> BitMap:
        """The ordinals of all accounts, to take the people out of a set of holders."""
        return BitMap(self.snapshot.ordinals(Kind.ACCOUNT).astype("uint32"))

    def find(self, ref: Ref | None) -> Entity | None:
        """Return the entity with an id, None where this snapshot does not hold it."""
        return None if ref is None else self.snapshot.find(ref)

    def name(self, ref: Ref) -> str:
        """Return the display name of an id, the id itself where nothing is known of it."""
        ordinal = self.snapshot.ordinal(ref)
        return str(ref) if ordinal is None else self.snapshot.name_of(ordinal)

    def organization_of(self, entity: Entity) -> Resource | None:
        """Return the organization that contains an entity (or is it)."""
        ordinal = self.snapshot.ordinal(entity.ref)
        for outer in () if ordinal is None else self.snapshot.scopes(ordinal):
            if self.snapshot.kind_of(outer) is Kind.ORGANIZATION:
                return self.snapshot.entity(outer)  # type: ignore[return-value]
        return None

    def repository_of(self, entity: Entity) -> Resource | None:
        """Return the repository that contains an entity (or is it)."""
        ordinal = self.snapshot.ordinal(entity.ref)
        for outer in () if ordinal is None else self.snapshot.scopes(ordinal):
            if self.snapshot.kind_of(outer) is Kind.REPOSITORY:
                return self.snapshot.entity(outer)  # type: ignore[return-value]
        return None

    @cached_property
    def _systems(self) -> dict[str, System]:
        return dict(zip(self.snapshot.instances, self.snapshot.systems, strict=True))

    def system_of(self, ref: Ref) -> System:
        """Return the system that a thing is in."""
        return self._systems.get(ref.instance, System.GITHUB)

    @cached_property
    def joined(self) -> People:
        """The people of all systems together, and the joins that were not made."""
        return self.engine.graph.follows.people

    def person_of(self, account: Ref) -> Person | None:
        """Return whose an account is, as far as anything joins it to somebody."""
        ordinal = self.snapshot.ordinal(account)
        return None if ordinal is None else self.engine.graph.follows.persons.get(ordinal)

    def named(self, account: Ref) -> "Named | None":
        """Return what the person is called whose an account is, without making the person; None as for `person_of`."""
        ordinal = self.snapshot.ordinal(account)
        return None if ordinal is None else self.engine.graph.follows.persons.named(ordinal)

    @cached_property
    def widened(self) -> "Widened":
        """Access as it would be if everybody put themselves into the groups that they may put people into."""
        from pipewarden.access.widened import Widened

        return Widened(self.engine)

    def around(self, ref: Ref) -> list[Ref]:
        """Return what contains a thing, innermost first; nothing where it was not seen."""
        ordinal = self.snapshot.ordinal(ref)
        outer = () if ordinal is None else self.snapshot.scopes(ordinal)
        return [self.snapshot.ref(each) for each in outer if each != ordinal]

    # --- what is known, and what is not -----------------------------------------------------------

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """All gaps."""
        return self.snapshot.gaps

    @cached_property
    def _gaps_by_scope(self) -> dict[Ref, dict[str, Gap]]:
        found: dict[Ref, dict[str, Gap]] = {}
        for gap in self.gaps:
            found.setdefault(gap.scope, {}).setdefault(gap.facet, gap)
        return found

    @cached_property
    def _gap_facets(self) -> frozenset[str]:
        """The facets of which anything was not read: of every other facet all was."""
        return self.snapshot.facets_of_gaps

    def gap(self, scope: Ref, facet: str) -> Gap | None:
        """Return the gap that covers a facet of a scope: its own, or one of what contains it.

        Gaps nest: a gap at an organization covers its repositories; one at a repository no other repository.
        """
        if facet not in self._gap_facets and Facet.SOURCE not in self._gap_facets:
            return None
        found = self._gap_at(scope, facet)
        ordinal = None if found else self.snapshot.ordinal(scope)
        return found if ordinal is None else self._gap_around(int(self.snapshot.parent[ordinal]), facet)

    def _gap_at(self, scope: Ref, facet: str) -> Gap | None:
        """Return the gap over a facet of exactly this thing: where all gaps are objects already, by these."""
        if self.snapshot.gaps_are_made:
            here = self._gaps_by_scope.get(scope)
            return (here.get(facet) or here.get(Facet.SOURCE)) if here else None
        ordinal = self.snapshot.ordinal(scope)
        if ordinal is None:
            return None
        return self.snapshot.gap_at(ordinal, facet) or self.snapshot.gap_at(ordinal, Facet.SOURCE)

    def _gap_around(self, ordinal: int, facet: str) -> Gap | None:
        """Return the gap over a facet of what contains a thing: looked for once for all that it contains."""
        known = self.memo["gaps around"]
        if (ordinal, facet) not in known:
            outer = (self.snapshot.ref(each) for each in self.snapshot.scopes(ordinal))
            known[ordinal, facet] = next((gap for ref in outer if (gap := self._gap_at(ref, facet))), None)
        found: Gap | None = known[ordinal, facet]
        return found

    def first_gap(self, scope: Ref, facets: Iterable[str]) -> Gap | None:
        """Return the gap that covers the first of some facets that was not read; None where all were."""
        for facet in facets:
            gap = self.gap(scope, facet)
            if gap is not None:
                return gap
        return None

    def need(self, scope: Ref, *facets: str) -> None:
        """Go on only where every facet of a scope was read; raises Missing with the gap that says why not."""
        gap = self.first_gap(scope, facets)
        if gap is not None:
            raise Missing(gap.scope, gap.facet, gap.cause, gap.detail, gap.permission)

    def attribute(self, entity: Entity, *path: str, facet: str = "", default: Any = _ABSENT) -> Any:
        """Return a provider's field of an entity, following nested objects by name.

        A null is returned as None: GitHub gave it. A field that is absent was not given and raises Missing
        with the gap of `facet` if there is one; `default` is returned instead only where absence is documented to mean it.
        """
        value: Any = entity.attributes
        for step in path:
            if not isinstance(value, dict) or step not in value:
                if default is not _ABSENT:
                    return default
                gap = self.gap(entity.ref, facet) if facet else None
                if gap is not None:
                    raise Missing(gap.scope, gap.facet, gap.cause, gap.detail, gap.permission)
                raise Missing(
                    entity.ref, facet or ".".join(path), Cause.MISSING_FIELD, f"{'.'.join(path)} was not in the answer"
                )
            value = value[step]
        return value

    def given(self, entity: Entity, *path: str, facet: str = "") -> Any:
        """Return a field that decides a verdict: like `attribute`, but null counts as not known too."""
        value = self.attribute(entity, *path, facet=facet)
        if value is None:
            raise Missing(entity.ref, facet or ".".join(path), Cause.MISSING_FIELD, f"{'.'.join(path)} was null")
        return value

    # --- people and groups ------------------------------------------------------------------------

    def memberships(self, group: Ref) -> list[Membership]:
        """Return the direct memberships in a group."""
        return [self.snapshot.membership(row) for row in self.engine.membership_rows_of_group(group)]

    def groups_of(self, member: Ref) -> list[Membership]:
        """Return the direct memberships that a principal holds."""
        return [self.snapshot.membership(row) for row in self.engine.membership_rows_of_member(member)]

    def members(self, group: Ref) -> list[Account]:
        """Return the accounts directly in a group."""
        found = [self.find(m.member) for m in self.memberships(group) if m.member.kind is Kind.ACCOUNT]
        return [account for account in found if isinstance(account, Account)]

    def all_members(self, group: Ref) -> list[Account]:
        """Return the accounts in a group or in a group nested in it."""
        return [account for ref in self.engine.accounts_in(group) if isinstance(account := self.find(ref), Account)]

    def people(self, organization: Ref) -> list[Account]:
        """Return the members of an organization."""
        return self.members(members_of(organization))

    def owners(self, organization: Ref) -> list[Account]:
        """Return the owners of an organization."""
        return self.members(owners_of(organization))

    def outsiders(self, organization: Ref) -> list[Account]:
        """Return the outside collaborators of an organization."""
        return self.members(outsiders_of(organization))

    def is_in(self, account: Ref, group: Ref) -> bool:
        """Tell whether an account is in a group, directly or through nesting."""
        return self.engine.is_in(account, group)

    def teams(self, organization: Ref) -> list[Group]:
        """Return the teams of an organization, implicit groups left out."""
        return [group for group in self.inside(organization, Kind.GROUP) if not group.attributes.get("implicit")]

    def parent_team(self, team: Ref) -> Ref | None:
        """Return the team that a team is nested in."""
        return next((m.group for m in self.groups_of(team) if m.role == "child"), None)

    # --- access -----------------------------------------------------------------------------------

    def grants_on(self, resource: Ref) -> list[Grant]:
        """Return the grants held on exactly this resource."""
        return [self.snapshot.grant(row) for row in self.engine.grant_rows_on(resource)]

    def grants_of(self, principal: Ref) -> list[Grant]:
        """Return the grants held by exactly this principal (not through its groups)."""
        return [self.snapshot.grant(row) for row in self.engine.grant_rows_of(principal)]

    def role(self, instance: str, key: str) -> Role | None:
        """Return a role by the key that grants name."""
        found = self.find(Ref(instance, Kind.ROLE, key))
        return found if isinstance(found, Role) else None

    def holders(self, repository: Ref, level: Level) -> list[Ref]:
        """Return all accounts and machines whose effective role on a repository is at least `level`."""
        return self.engine.holders_at(repository, level)

    def level(self, principal: Ref, repository: Ref) -> Level:
        """Return the effective repository role of a principal: the highest over all its paths."""
        return self.engine.level(principal, repository)

    def why(self, principal: Ref, resource: Ref, capability: Capability | None = None) -> list[Access]:
        """Return how a principal reaches a resource, by each capability it has there, with all paths."""
        return self.engine.why(principal, resource, capability)

    def holding(self, capability: Capability, resource: Ref) -> BitMap:
        """Return the ordinals of all who have a capability on a resource, for sure or perhaps (kept once found)."""
        found = self._holding.get((capability, resource))
        if found is None:
            holders = self.engine.who_can(capability, resource)
            found = self._holding[capability, resource] = holders.sure | holders.unknown
        return found

    def secrets_of(self, instance: str) -> list[Resource]:
        """Return the secrets that one system keeps."""
        return self._secrets_by_instance.get(instance, [])

    @cached_property
    def _secrets_by_instance(self) -> dict[str, list[Resource]]:
        found: dict[str, list[Resource]] = {}
        for secret in self.entities(Kind.SECRET):
            found.setdefault(secret.ref.instance, []).append(secret)
        return found

    def who_can(self, capability: Capability, resource: Ref) -> list[Access]:
        """Return everyone who can do something to a resource, with all paths."""
        return list(self.engine.who_can(capability, resource))

    # --- gates, trusts, uses ----------------------------------------------------------------------

    def gates(self, resource: Ref, kind: GateKind | None = None) -> list[Gate]:
        """Return the gates defined on exactly this resource."""
        ordinal = self.snapshot.ordinal(resource)
        found = [] if ordinal is None else self.snapshot.records(Gate, ordinal)
        return [gate for gate in found if kind is None or gate.kind is kind]

    def repository_gates(self, repository: Resource) -> list[Gate]:
        """Return the gates that apply to a repository's branches, those of its organization and enterprise included."""
        return self.engine.repository_gates(repository.ref)

    def protection(self, repository: Resource, branch: str | None = None) -> Protection:
        """Return what guards a branch, the default one unless named; raises Missing where gates were not read.

        Where one rule was not understood, that nothing asks for something is missing as well.
        """
        self.need(repository.ref, Facet.REPO_PROTECTION, Facet.REPO_RULESETS)
        default = str(self.given(repository, "default_branch", facet=Facet.REPO_SETTINGS))
        doubts = self.engine.gate_doubts(repository.ref)
        if doubts:
            raise Missing(repository.ref, Facet.REPO_RULESETS, Cause.NOT_COLLECTED, doubts[0])
        found = protection_of(self.repository_gates(repository), branch or default, default)
        if not (unread := found.unread):
            return found
        return partly(found, Missing(repository.ref, Facet.REPO_RULESETS, Cause.UNEXPECTED, unread))

    def trusts(self) -> list[Trust]:
        """Return all trusts."""
        return self._trusts

    @cached_property
    def _trusts(self) -> list[Trust]:
        return list(self.snapshot.records(Trust))

    def identities(self) -> list[Identity]:
        """Return all identities."""
        return self._identities

    @cached_property
    def _identities(self) -> list[Identity]:
        return list(self.snapshot.records(Identity))

    @cached_property
    def ended(self) -> frozenset[Ref]:
        """The accounts of those whom an identity provider has switched off."""
        return frozenset(ref for each in self.identities() if each.active is False for ref in each.accounts)

    @cached_property
    def ended_addresses(self) -> dict[str, Identity]:
        """Those whom an identity provider has switched off, by each of their addresses in lower case."""
        return {mail.lower(): each for each in self.identities() if each.active is False for mail in each.emails}

    def uses(self, by: Ref | None = None) -> list[Use]:
        """Return what workflows use, of one workflow or of all."""
        if by is None:
            return self._uses
        ordinal = self.snapshot.ordinal(by)
        return [] if ordinal is None else list(self.snapshot.records(Use, ordinal))

    def actions(self, by: Ref) -> list[NamedUse]:
        """Return the actions that one workflow uses, with what checks ask of them alone."""
        ordinal = self.snapshot.ordinal(by)
        bodies = () if ordinal is None else self.snapshot.record_bodies(Use, ordinal)
        return [use for body in bodies if _ACTION in body and (use := named_use(body)).what == "action"]

    @cached_property
    def _uses(self) -> list[Use]:
        return list(self.snapshot.records(Use))

    # --- time -------------------------------------------------------------------------------------

    def age(self, moment: datetime | None) -> timedelta | None:
        """Return how long ago a moment was at the time of the snapshot, None where it is not known."""
        return None if moment is None else self.as_of - moment

    def older(self, moment: datetime | None, days: int) -> bool:
        """Tell whether a known moment lies more than `days` days before the snapshot."""
        return moment is not None and self.as_of - moment > timedelta(days=days)


__all__ = ["Access", "Capability", "GrantKind", "Iterable", "Machine", "Missing", "NotApplicable", "View"]
