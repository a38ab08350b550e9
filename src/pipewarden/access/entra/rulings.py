"""Who may do what in a tenant: roles held and eligible, owners, credentials, and applications that people act as."""

from collections.abc import Hashable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

from pipewarden.access.chains import Chain
from pipewarden.access.entra import activation
from pipewarden.access.entra.activation import place
from pipewarden.access.entra.powers import Power, actions_of, is_known, power_of
from pipewarden.access.entra.resets import may_reset
from pipewarden.access.entra.units import Around, Units
from pipewarden.access.github.held import CONDITION_UNSEEN, Clause
from pipewarden.access.graph import Stance
from pipewarden.access.plain import PlainRulings
from pipewarden.errors import UsageError
from pipewarden.model.access import Capability, Condition, Link
from pipewarden.model.bodies import read
from pipewarden.model.facets_entra import EntraFacet
from pipewarden.model.facts import Account, Cause, Machine, Role
from pipewarden.model.ids import Kind, Ref

ASSUME = Capability.ASSUME_ROLE

ADDS = "may add a secret to it and act as it"
ESCALATES = {
    Power.ROLES: "may give itself the role Global Administrator",
    Power.RESET_ANY: "may reset the sign-in of a Global Administrator",
}

WANTED: dict[tuple[Kind, Capability], Power] = {
    (Kind.TENANT, Capability.ADMINISTER): Power.ALL | Power.ROLES | Power.RESET_ANY,
    (Kind.TENANT, Capability.MANAGE_ACCESS): Power.ALL | Power.ROLES,
    (Kind.TENANT, Capability.MANAGE_SECRET): Power.ALL | Power.APPLICATIONS,
    (Kind.TENANT, Capability.READ): Power.ALL | Power.READ,
    (Kind.APPLICATION, Capability.ADMINISTER): Power.ALL | Power.APPLICATIONS | Power.OWN,
    (Kind.APPLICATION, Capability.MANAGE_ACCESS): Power.ALL | Power.APPLICATIONS | Power.OWN,
    (Kind.APPLICATION, Capability.ASSUME_ROLE): Power.ALL | Power.APPLICATIONS | Power.OWN | Power.PROVE,
    (Kind.SERVICE_ACCOUNT, Capability.MANAGE_ACCESS): Power.ALL | Power.APPLICATIONS | Power.OWN,
    (Kind.SERVICE_ACCOUNT, Capability.ASSUME_ROLE): Power.ALL | Power.APPLICATIONS | Power.OWN | Power.PROVE,
    (Kind.ACCOUNT, Capability.ASSUME_ROLE): Power.ALL | Power.RESET | Power.RESET_ANY,
    (Kind.GROUP, Capability.MANAGE_ACCESS): Power.ALL | Power.ROLES | Power.GROUPS | Power.OWN,
}
"""Which powers give a capability on a kind of thing.

Owners of an application or service principal may add a secret to it, and so act as it:
https://learn.microsoft.com/en-us/entra/identity/enterprise-apps/overview-assign-app-owners
"""

_ENABLED = b'"accountEnabled":'
_NOT_KNOWN = 1 << 62
"""Stands among powers for a role of which it was not read what it gives."""
UNITS_UNSEEN = "what the administrative unit holds was not read"
ENABLED_UNSEEN = "whether the account is enabled was not read"
ROLE_UNSEEN = "what the role allows was not read"
PROTECTED_UNSEEN = "whether a role or a role-assignable group keeps them from being reset was not read"
PROTECTING = frozenset({EntraFacet.ASSIGNMENTS, EntraFacet.ELIGIBLE, EntraFacet.GROUPS, EntraFacet.USERS})
"""Facets of a tenant in which it is found whom a role or a group keeps from being reset."""
OF_GROUPS = frozenset({EntraFacet.MEMBERS, EntraFacet.GROUP_OWNERS})


@dataclass(frozen=True)
class Want:
    """What is asked: which powers give which capability on what, and whether by a role over a unit that contains it."""

    want: Power
    capability: Capability
    resource: int
    in_unit: bool = False


class Meaning(NamedTuple):
    """What a grant's role is and gives, whoever holds it."""

    key: str
    role: Role | None
    power: Power
    known: bool


class EntraRulings(PlainRulings):
    """Roles over what contains a thing, held or eligible; and whoever acts as an application has what it has."""

    facets = (
        EntraFacet.MEMBERS,
        EntraFacet.GROUPS,
        EntraFacet.GROUP_OWNERS,
        EntraFacet.ASSIGNMENTS,
        EntraFacet.ELIGIBLE,
        EntraFacet.GROUP_ELIGIBLE,
        EntraFacet.ROLES,
        EntraFacet.UNITS,
        EntraFacet.APPLICATIONS,
        EntraFacet.APPLICATION_OWNERS,
        EntraFacet.SERVICE_PRINCIPALS,
        EntraFacet.SERVICE_OWNERS,
        EntraFacet.PERMISSIONS,
    )

    wide = frozenset({EntraFacet.SERVICE_OWNERS, EntraFacet.APPLICATION_OWNERS, EntraFacet.PERMISSIONS})

    def rule(self, capability: Capability, resource: int) -> list[Clause]:
        """Return the clauses by which somebody has a capability on a thing of a tenant.

        Raises UsageError for what nobody has a capability on.
        """
        kind = self.snapshot.kind_of(resource)
        if kind in {Kind.ROLE, Kind.GATE, Kind.TRUST, Kind.IDENTITY, Kind.SOURCE}:
            raise UsageError(f"a {kind} is not something that access is asked about")
        if kind is Kind.SERVICE_ACCOUNT and capability is Capability.READ:
            return super().rule(capability, resource)  # who is assigned to it, to sign in
        want = self._wanted(kind, capability, resource)
        if not want:
            return []
        clauses = self._ways(resource, want, capability)
        clauses = [*clauses, *self._acting(clauses, resource)]
        if kind is not Kind.ACCOUNT:
            return clauses
        # whoever it is needs no reset to sign in as themselves
        return [replace(clause, holders=clause.holders - BitMap([resource])) for clause in clauses]

    def alike(self, resource: int) -> Hashable:
        """Return what decides who may reset somebody: the units around them, their own roles, and groups that protect them."""
        held, eligible = self._roles_of
        return (
            int(self.snapshot.parent[resource]),
            self._around(resource),
            resource in self._guarded,
            frozenset(held.get(resource, ())),
            frozenset(eligible.get(resource, ())),
        )

    def _wanted(self, kind: Kind, capability: Capability, resource: int) -> Power:
        want = WANTED.get((kind, capability), Power.NONE)
        attributes = self.snapshot.entity(resource).attributes
        if kind is Kind.GROUP:
            # members of a group that is synchronised from elsewhere are managed there
            if attributes.get("onPremisesSyncEnabled") is True:
                return Power.NONE
            # "By default, Privileged Role Administrators can manage the membership of a role-assignable group, but you
            # can delegate the management of role-assignable groups by adding group owners."
            # https://learn.microsoft.com/en-us/entra/identity/role-based-access-control/groups-concept
            if attributes.get("isAssignableToRole") is True:
                want &= ~Power.GROUPS
            kinds = attributes.get("groupTypes")
            if isinstance(kinds, list):
                want &= ~(Power.SECURITY_GROUPS if "Unified" in kinds else Power.UNIFIED_GROUPS)
        return want

    @cached_property
    def _roles_of(self) -> tuple[dict[int, set[str]], dict[int, set[str]]]:
        """The directory roles that everybody holds, and those that they may activate, by their templates."""
        grants = self.snapshot.grants
        held: dict[int, set[str]] = {}
        eligible: dict[int, set[str]] = {}
        codes = [number for number, key in enumerate(grants.roles) if key.startswith("role:")]
        for row in np.flatnonzero(np.isin(grants.role, codes) & self.graph.live_grants).tolist():
            into = eligible if self.graph.stance(row) is Stance.POTENTIAL else held
            for principal in self.graph.expand([int(grants.principal[row])]):
                into.setdefault(principal, set()).add(grants.roles[grants.role[row]].removeprefix("role:"))
        return held, eligible

    @cached_property
    def _guarded(self) -> BitMap:
        """Members and owners of groups that roles can be given through.

        "you must be assigned at least the Privileged Authentication Administrator role to change the credentials, reset
        MFA, or modify sensitive attributes for members and owners of a role-assignable group" (the page above)
        """
        found = BitMap()
        for group in self.snapshot.ordinals(Kind.GROUP).tolist():
            if self.snapshot.entity(group).attributes.get("isAssignableToRole") is True:
                found |= self.graph.members(group)
                rows = self.graph.by_resource[group]
                # of those who may become members nothing is documented: they are not protected before they are
                rows = rows[[self.graph.stance(row) is not Stance.POTENTIAL for row in rows.tolist()]]
                found |= self.graph.expand(self.snapshot.grants.principal[rows].tolist())
        return found

    @cached_property
    def _units(self) -> Units:
        return Units(self.snapshot)

    # --- roles, owners, credentials ---------------------------------------------------------------

    def _ways(self, resource: int, want: Power, capability: Capability) -> list[Clause]:
        """Return who holds it, and who may fill the groups that do; of machines kept once found, for many act as them."""
        kept = (resource, capability) if self.snapshot.kind_of(resource) is Kind.SERVICE_ACCOUNT else None
        if kept is None or kept not in self._known_ways:
            by = list(self._by_holder(resource, want, capability))
            found = [*(clause for _, clause in by), *self._filling(resource, by, capability)]
            if kept is None:
                return found
            self._known_ways[kept] = found
        return self._known_ways[kept]

    @cached_property
    def _known_ways(self) -> dict[tuple[int, Capability], list[Clause]]:
        return {}

    def _by_holder(self, resource: int, want: Power, capability: Capability) -> Iterator[tuple[int, Clause]]:
        """Yield each clause with who holds the grant behind it."""
        asked = Want(want, capability, resource)
        units = self._around(resource)
        below: Chain = ()
        for scope in self.graph.scopes(resource):
            past = replace(asked, want=self._past(units, want))
            for row in self._rows(scope, past.want):
                yield from self._by_grant(row, past, below)
            outer = int(self.snapshot.parent[scope])
            if outer >= 0:
                inside = Link(source=self.snapshot.ref(outer), target=self.snapshot.ref(scope), says="contains")
                below = (inside, *below)
        for unit in sorted(units.restricted) or units.sure:
            yield from self._by_unit(unit, asked, "contains")
        for unit in units.unread:
            for holder, clause in self._by_unit(unit, asked, "may contain"):
                yield holder, doubted_too(clause, UNITS_UNSEEN)

    def _by_unit(self, unit: int, asked: Want, says: str) -> Iterator[tuple[int, Clause]]:
        link = Link(source=self.snapshot.ref(unit), target=self.snapshot.ref(asked.resource), says=says)
        inside = replace(asked, in_unit=True)
        for row in self._rows(unit, asked.want):
            yield from self._by_grant(row, inside, (link,))

    def _rows(self, scope: int, want: Power) -> list[int]:
        """Return the grants on exactly one thing that give any of some powers, or of which it is not known what they give."""
        rows = self.graph.by_resource[scope]
        if scope not in self._given:
            given = [(each.power, each.known) for each in map(self._meaning, rows.tolist())]
            bits = [int(power.value) | (0 if known else _NOT_KNOWN) for power, known in given]
            self._given[scope] = np.array(bits, np.int64)
        found: list[int] = rows[(self._given[scope] & (int(want.value) | _NOT_KNOWN)) != 0].tolist()
        return found

    @cached_property
    def _given(self) -> dict[int, NDArray[np.int64]]:
        """The powers of the grants on a thing, in the order of their rows, as far as they were asked for."""
        return {}

    def _meaning(self, row: int) -> Meaning:
        """Return what a grant's role is and gives (kept once found: a tenant has few roles and many grants)."""
        grants = self.snapshot.grants
        scope, code = int(grants.resource[row]), int(grants.role[row])
        at = (int(self.snapshot.instance[scope]), code)
        if at not in self._meanings:
            key = grants.roles[code]
            role = self.graph.role(scope, key)
            self._meanings[at] = Meaning(key, role, power_of(key, actions_of(role)), is_known(key, role))
        return self._meanings[at]

    @cached_property
    def _meanings(self) -> dict[tuple[int, int], Meaning]:
        return {}

    def _around(self, resource: int) -> Around:
        if self.snapshot.kind_of(resource) in {Kind.GROUP, Kind.ACCOUNT}:
            return self._units.around(resource)
        return Around((), (), frozenset())

    def _past(self, units: Around, want: Power) -> Power:
        """Return which powers over the tenant, or of owners, reach into a unit that is left to its own administrators.

        "Even Global Administrators won't be allowed to modify the objects unless they assign themselves explicitly to a
        role scoped to the restricted management administrative unit".
        https://learn.microsoft.com/en-us/entra/identity/role-based-access-control/admin-units-restricted-management
        """
        return want & (Power.ALL | Power.ROLES | Power.READ) if units.restricted else want

    def _by_grant(self, row: int, asked: Want, below: Chain) -> Iterator[tuple[int, Clause]]:
        grants = self.snapshot.grants
        scope = int(grants.resource[row])
        key, role, power, known = self._meaning(row)
        power &= asked.want
        unknown: tuple[str, ...] = () if known else (ROLE_UNSEEN,)
        if power & Power.RESET and asked.capability is Capability.ASSUME_ROLE:
            reset = self._resets(key, asked)
            if reset is False:
                power &= ~Power.RESET
            elif reset is not True:
                unknown = (*unknown, reset)
        if not power and not unknown:
            return
        how = self.graph.stance(row)
        if how is Stance.MAYBE:
            unknown = (*unknown, CONDITION_UNSEEN)
        conditions, told = self._activation(role, key, scope) if how is Stance.POTENTIAL else ((), True)
        if not told:
            unknown = (*unknown, activation.ACTIVATION_UNSEEN)
        tail = self._tail(power, asked)
        holder = int(grants.principal[row])
        everyone = self.graph.expand([holder])
        link = self.chains.grant_link(row)

        def lead(principal: int) -> list[Chain]:
            if principal != holder and principal not in everyone:
                return []
            return [(*climb, link, *below) for climb in self.chains.climbs(principal, holder)]

        able, perhaps = self._enabled(everyone)
        yield holder, Clause(able, lead, tail, conditions, unknown)
        if perhaps:
            yield holder, Clause(perhaps, lead, tail, conditions, (*unknown, ENABLED_UNSEEN))

    def _resets(self, key: str, asked: Want) -> bool | str:
        held, eligible = self._roles_of
        if asked.resource in self._guarded:
            return False
        mine, later = held.get(asked.resource, set()), eligible.get(asked.resource, set())
        found = may_reset(key.removeprefix("role:"), frozenset(mine), frozenset(later), in_unit=asked.in_unit)
        unread = int(self.snapshot.instance[asked.resource]) in self._unprotected
        return PROTECTED_UNSEEN if found is True and unread else found

    @cached_property
    def _unprotected(self) -> frozenset[int]:
        """The tenants of which it was not read in full whom a role, or a group that roles are given through, protects."""
        found = set()
        for gap in self.snapshot.gaps_in(PROTECTING | OF_GROUPS):
            at = self.snapshot.ordinal(gap.scope)
            protects = gap.facet in PROTECTING or (gap.facet in OF_GROUPS and self._gives_roles(gap.scope))
            if at is not None and protects and gap.cause is not Cause.PLAN:
                found.add(int(self.snapshot.instance[at]))
        return frozenset(found)

    def _gives_roles(self, scope: Ref) -> bool:
        """Tell whether roles are given through a group, as far as it was read; of a whole tenant perhaps through any."""
        group = self.snapshot.find(scope)
        return group is None or scope.kind is not Kind.GROUP or group.attributes.get("isAssignableToRole") is not False

    def _tail(self, power: Power, asked: Want) -> Chain:
        """Return the act that lies between a power and what was asked for, where there is one."""
        says, want, capability, resource = "", asked.want, asked.capability, asked.resource
        if capability is Capability.ADMINISTER and not power & Power.ALL:
            says = next((text for each, text in ESCALATES.items() if each & power), "")
        elif capability is Capability.ASSUME_ROLE and power and not power & Power.PROVE:
            is_account = bool(want & Power.RESET_ANY)
            says = "may reset how it signs in" if is_account else ADDS
        if not asked.in_unit and capability is not Capability.READ and self._around(resource).restricted:
            says = "may give itself a role over its administrative unit"
        if not says:
            return ()
        here = self.snapshot.ref(resource)
        return (Link(source=here, target=here, says=says),)

    def _activation(self, role: Role | None, key: str, scope: int) -> tuple[tuple[Condition, ...], bool]:
        """Return what an eligible assignment waits for, and whether that was read."""
        instance = self.snapshot.instances[int(self.snapshot.instance[scope])]
        name, told = role.name if role else "the role", _told_of_activation(role)
        if key in activation.PLACES and self.snapshot.kind_of(scope) is Kind.GROUP:
            name, told = place(self.snapshot.name_of(scope), key), activation.of_group(self.snapshot.entity(scope), key)
        return activation.conditions(told, name, instance), told is not None

    # --- who may fill the groups that hold it -----------------------------------------------------

    def _filling(self, resource: int, by: list[tuple[int, Clause]], capability: Capability) -> Iterator[Clause]:
        """Yield the clauses of those who may put themselves into a group that holds it: owners have what it has."""
        if capability is Capability.READ:
            return
        for holder, clause in by:
            if self.snapshot.kind_of(holder) is not Kind.GROUP or holder == resource:
                continue
            filling = self._wanted(Kind.GROUP, Capability.MANAGE_ACCESS, holder) & ~(Power.ALL | Power.ROLES)
            group = self.snapshot.ref(holder)
            joins = Link(source=group, target=group, says="may put themselves into it")
            rest = (joins, *clause.lead(holder)[0], *clause.tail)
            for each, others in self._fillers(holder, filling):
                yield Clause(
                    others,
                    each.lead,
                    (*each.tail, *rest),
                    tuple(dict.fromkeys((*each.conditions, *clause.conditions))),
                    tuple(dict.fromkeys((*each.unknown, *clause.unknown))),
                )

    def _fillers(self, group: int, want: Power) -> list[tuple[Clause, BitMap]]:
        """Return who may change the members of a group, and those of them who are none (kept once found)."""
        known = self._known_fillers.get(group)
        if known is None:
            members = self.graph.members(group)
            clauses = (clause for _, clause in self._by_holder(group, want, Capability.MANAGE_ACCESS))
            known = self._known_fillers[group] = [(each, each.holders - members) for each in clauses]
        return known

    @cached_property
    def _known_fillers(self) -> dict[int, list[tuple[Clause, BitMap]]]:
        return {}

    # --- who is able at all -----------------------------------------------------------------------

    def _enabled(self, holders: BitMap) -> tuple[BitMap, BitMap]:
        """Return who can sign in, and of whom that was not read. A disabled account can do nothing.

        https://learn.microsoft.com/en-us/graph/api/resources/user#properties (accountEnabled)
        """
        off, unread = self._states
        return holders - off - unread, holders & unread

    @cached_property
    def _states(self) -> tuple[BitMap, BitMap]:
        off, told = BitMap(), BitMap()
        for kind, fact in ((Kind.ACCOUNT, Account), (Kind.SERVICE_ACCOUNT, Machine)):
            every = self.snapshot.ordinals(kind)
            bodies = self.snapshot.body.take(every)
            for ordinal, body in zip(every.tolist(), bodies, strict=True):
                enabled = read(fact, body).attributes.get("accountEnabled") if _ENABLED in body else None
                (off if enabled is False else told if enabled is not None else BitMap()).add(ordinal)
        return off, BitMap(self.snapshot.ordinals(Kind.ACCOUNT).astype("uint32")) - off - told

    # --- who acts as an application ---------------------------------------------------------------

    def _acting(self, clauses: list[Clause], resource: int) -> list[Clause]:
        """Return the clauses of those who act as a service principal that has it, over as many as it takes.

        Each service principal is looked into once, by its shortest way.
        """
        seen = {resource}
        todo: list[tuple[int, Clause, Chain]] = []
        found: list[Clause] = []

        def meet(clause: Clause) -> None:
            for machine in clause.holders & self._services:
                if machine not in seen and (chains := clause.lead(machine)):
                    seen.add(machine)
                    todo.append((machine, clause, (*chains[0], *clause.tail)))

        for clause in sorted(clauses, key=lambda each: (bool(each.unknown), len(each.conditions))):
            meet(clause)
        want = WANTED[Kind.SERVICE_ACCOUNT, Capability.ASSUME_ROLE]
        for machine, by, tail in todo:
            for each in self._ways(machine, want, ASSUME):
                joined = Clause(
                    each.holders - BitMap([machine, resource]),
                    each.lead,
                    (*each.tail, *tail),
                    tuple(dict.fromkeys((*each.conditions, *by.conditions))),
                    tuple(dict.fromkeys((*each.unknown, *by.unknown))),
                )
                if joined.holders:
                    found.append(joined)
                    meet(joined)
        return found

    @cached_property
    def _services(self) -> BitMap:
        return BitMap(self.snapshot.ordinals(Kind.SERVICE_ACCOUNT).astype("uint32"))


def _told_of_activation(role: Role | None) -> dict[str, Any] | None:
    told = role.attributes.get("activation") if role else None
    return told if isinstance(told, dict) else None


def doubted_too(clause: Clause, why: str) -> Clause:
    """Return a clause that is unknown for one more reason."""
    return Clause(clause.holders, clause.lead, clause.tail, clause.conditions, (*clause.unknown, why), clause.stance)
