"""Who may do what in an Okta organization: roles over its parts, and over the people of a group by a role over the group."""

from collections.abc import Hashable, Iterator
from dataclasses import replace
from functools import cached_property

import numpy as np
from pyroaring import BitMap

from pipewarden.access.chains import Chain
from pipewarden.access.github.held import Clause, Lead
from pipewarden.access.graph import Want
from pipewarden.access.okta.places import Place, place_ref, tenant_ref
from pipewarden.access.plain import PlainRulings
from pipewarden.model.access import Capability, Link
from pipewarden.model.facets_okta import OktaFacet
from pipewarden.model.facts import Cause
from pipewarden.model.ids import Kind

SUPER_UNSEEN = "whether they are a super administrator, whom only super administrators reset, was not read"
GROUP_UNSEEN = "whether the group has a role of an administrator, so that only super administrators change who is in it, was not read"
PROTECTING = frozenset({OktaFacet.USERS, OktaFacet.GROUPS, OktaFacet.MEMBERS, OktaFacet.ROLES})
"""Facets in which it is found who is a super administrator."""


class OktaRulings(PlainRulings):
    """Roles on what contains a thing; and whoever may reset the people of a group may reset each who is in it."""

    facets = (
        OktaFacet.USERS,
        OktaFacet.GROUPS,
        OktaFacet.MEMBERS,
        OktaFacet.GROUP_RULES,
        OktaFacet.ROLES,
        OktaFacet.CUSTOM_ROLES,
        OktaFacet.APPS,
        OktaFacet.APP_ASSIGNMENTS,
        OktaFacet.APP_GRANTS,
        OktaFacet.API_TOKENS,
    )

    wide = frozenset({OktaFacet.ROLES, OktaFacet.APP_GRANTS})

    def rule(self, capability: Capability, resource: int) -> list[Clause]:
        """Return the clauses by which somebody has a capability on a thing of an organization.

        Raises UsageError for what nobody has a capability on.
        """
        if capability is not Capability.ASSUME_ROLE or self.snapshot.kind_of(resource) is not Kind.ACCOUNT:
            clauses = super().rule(capability, resource)
            if resource in self._perhaps_administering:
                return list(self._perhaps(clauses, resource, capability, Place.ADMIN_GROUPS, GROUP_UNSEEN))
            return clauses
        if self._is_super(resource):
            every = self._over_supers(resource, capability)
        else:
            every = [*super().rule(capability, resource), *self._through_groups(resource, capability)]
            if int(self.snapshot.instance[resource]) in self._unprotected:
                every = list(self._perhaps(every, resource, capability, Place.SUPERS, SUPER_UNSEEN))
        # "You cannot reset your own MFA from the Admin Console": and one is oneself already
        # https://support.okta.com/help/s/question/0D54z0000AJGCr3CQH/how-to-reset-my-mfa-as-the-one-super-administrator-in-my-organization
        return [replace(clause, holders=clause.holders - BitMap([resource])) for clause in every]

    def alike(self, resource: int) -> Hashable:
        """Return what decides who may reset somebody: the part of the organization that they are in, and groups with roles over them."""
        return (
            int(self.snapshot.parent[resource]),
            tuple(group for group, members in self._targets if resource in members),
        )

    @cached_property
    def _targets(self) -> tuple[tuple[int, BitMap], ...]:
        """The groups over which roles are held, each with its members."""
        groups = np.unique(self.snapshot.grants.resource).tolist()
        return tuple((each, self.graph.members(each)) for each in groups if self.graph.is_group(each))

    def _is_super(self, person: int) -> bool:
        ref = self.snapshot.ref(person)
        place = self.snapshot.ordinal(place_ref(tenant_ref(ref.instance), Place.SUPERS))
        return place is not None and int(self.snapshot.parent[person]) == place

    def _perhaps(self, every: list[Clause], thing: int, want: Want, guarded: Place, unseen: str) -> Iterator[Clause]:
        """Yield clauses over what may lie in a guarded place: only who may do it to all that lies there may do it for sure."""
        place = self.snapshot.ordinal(place_ref(tenant_ref(self.snapshot.ref(thing).instance), guarded))
        over = BitMap() if place is None else self.graph.holders(place, want)
        for clause in every:
            if clause.holders & over:
                yield replace(clause, holders=clause.holders & over)
            if rest := clause.holders - over:
                yield replace(clause, holders=rest, unknown=(*clause.unknown, unseen))

    @cached_property
    def _perhaps_administering(self) -> BitMap:
        """The groups of which the roles were not read: those with a role are managed by super administrators alone.

        https://help.okta.com/en-us/content/topics/security/administrators-group-admin.htm
        """
        found = BitMap()
        for gap in self.snapshot.gaps_in({OktaFacet.ROLES}):
            at = self.snapshot.ordinal(gap.scope)
            if at is not None and gap.scope.kind is Kind.GROUP and gap.cause is not Cause.PLAN:
                found.add(at)
        return found

    @cached_property
    def _unprotected(self) -> frozenset[int]:
        """The organizations of which it was not read in full who is a super administrator."""
        found = set()
        for gap in self.snapshot.gaps_in({*PROTECTING, OktaFacet.MEMBERS}):
            at = self.snapshot.ordinal(gap.scope)
            if at is None or gap.cause is Cause.PLAN:
                continue
            of_group = gap.facet == OktaFacet.MEMBERS and gap.scope.kind is Kind.GROUP
            administers = of_group and self.snapshot.parent[at] == self.snapshot.ordinal(
                place_ref(tenant_ref(gap.scope.instance), Place.ADMIN_GROUPS)
            )
            if administers or (gap.facet in PROTECTING and not of_group):
                found.add(int(self.snapshot.instance[at]))
        return frozenset(found)

    def _over_supers(self, person: int, want: Want) -> list[Clause]:
        """Return who may reset a super administrator: what names them, or a group of theirs, gives nobody that.

        "Any lower-level Admin won't be able to reset the MFA (or credentials) of a Super Admin" (the page above).
        """
        place = int(self.snapshot.parent[person])
        link = Link(source=self.snapshot.ref(place), target=self.snapshot.ref(person), says="contains")
        return [replace(clause, tail=(link,)) for clause in self.held(place, want)]

    def _through_groups(self, person: int, want: Want) -> list[Clause]:
        """Return who may reset somebody by a role over a group that they are in.

        "Permissions apply only to groups that the admin is allowed to manage."
        https://help.okta.com/en-us/Content/Topics/Security/administrators-admin-comparison.htm
        """
        found = []
        for group in self.graph.outer(person)[1:]:
            holders = self.graph.held_on(group, want)
            if holders:
                link = Link(source=self.snapshot.ref(group), target=self.snapshot.ref(person), says="has as a member")
                found.append(Clause(holders, self._lead(group, want), (link,)))
        return found

    def _lead(self, group: int, want: Want) -> Lead:
        def chains(principal: int) -> list[Chain]:
            return self.chains.to(principal, group, want)

        return chains
