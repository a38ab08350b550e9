"""Who may do what in a tenant: roles held and eligible, owners, credentials, and applications that people act as."""

from collections.abc import Iterator
from functools import cached_property

import numpy as np
from pyroaring import BitMap

from pipewarden.access.chains import Chain
from pipewarden.access.entra.powers import Power, actions_of, is_known, power_of, resets
from pipewarden.access.github.held import CONDITION_UNSEEN, Clause
from pipewarden.access.graph import Stance
from pipewarden.access.plain import PlainRulings
from pipewarden.errors import UsageError
from pipewarden.model.access import Capability, Condition, Link
from pipewarden.model.facets_entra import EntraFacet
from pipewarden.model.facts import Role
from pipewarden.model.ids import Kind, Ref

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

UNITS_UNSEEN = "what the administrative unit holds was not read"
ENABLED_UNSEEN = "whether the account is enabled was not read"
ROLE_UNSEEN = "what the role allows was not read"
MAY_ACTIVATE = (
    "whether a role that they may activate, and do not hold, keeps their sign-in from a reset is not documented"
)
OWNS = "owner of the group"
IN_GROUP = "a group that roles are given through"


class EntraRulings(PlainRulings):
    """Roles over what contains a thing, held or eligible; and whoever acts as an application has what it has."""

    facets = (
        EntraFacet.MEMBERS,
        EntraFacet.GROUPS,
        EntraFacet.GROUP_OWNERS,
        EntraFacet.ASSIGNMENTS,
        EntraFacet.ELIGIBLE,
        EntraFacet.ROLES,
        EntraFacet.APPLICATIONS,
        EntraFacet.APPLICATION_OWNERS,
        EntraFacet.SERVICE_PRINCIPALS,
        EntraFacet.SERVICE_OWNERS,
        EntraFacet.PERMISSIONS,
    )

    def rule(self, capability: Capability, resource: int) -> list[Clause]:
        """Return the clauses by which somebody has a capability on a thing of a tenant.

        Raises UsageError for what nobody has a capability on.
        """
        kind = self.snapshot.kind_of(resource)
        if kind in {Kind.ROLE, Kind.GATE, Kind.TRUST, Kind.IDENTITY, Kind.SOURCE}:
            raise UsageError(f"a {kind} is not something that access is asked about")
        want = self._wanted(kind, capability, resource)
        if not want:
            return []
        clauses = list(self._held(resource, want, capability))
        return [*clauses, *self._acting(clauses, resource)]

    def _wanted(self, kind: Kind, capability: Capability, resource: int) -> Power:
        want = WANTED.get((kind, capability), Power.NONE)
        attributes = self.snapshot.entity(resource).attributes
        if kind is Kind.GROUP:
            # members of a group that is synchronised from elsewhere are managed there
            if attributes.get("onPremisesSyncEnabled") is True:
                return Power.NONE
            # "only Global Administrators and Privileged Role Administrators", and the owners, manage its members
            # https://learn.microsoft.com/en-us/entra/identity/role-based-access-control/groups-concept
            if attributes.get("isAssignableToRole") is True:
                want &= ~Power.GROUPS
        return want

    # --- whose sign-in may be reset -----------------------------------------------------------------

    @cached_property
    def _administrators(self) -> dict[int, dict[str, bool]]:
        """The directory roles of everybody who holds any, and whether they hold them now or may activate them.

        A place in a group that roles are given through counts as a role that nobody may reset.
        """
        grants = self.snapshot.grants
        codes = [number for number, key in enumerate(grants.roles) if key.startswith("role:")]
        found: dict[int, dict[str, bool]] = {}
        for row in np.flatnonzero(np.isin(grants.role, codes) & self.graph.live_grants).tolist():
            template = grants.roles[grants.role[row]].removeprefix("role:")
            now = self.graph.stance(row) is not Stance.POTENTIAL
            for each in self.graph.expand([int(grants.principal[row])]):
                mine = found.setdefault(each, {})
                mine[template] = mine.get(template, False) or now
        for group in self.snapshot.ordinals(Kind.GROUP).tolist():
            if self.snapshot.entity(group).attributes.get("isAssignableToRole") is True:
                rows = [row for row in self.graph.by_resource[group].tolist() if grants.roles[grants.role[row]] == OWNS]
                for each in self.graph.members(group) | BitMap([int(grants.principal[row]) for row in rows]):
                    found.setdefault(each, {})[IN_GROUP] = True
        return found

    def _spared(self, resource: int, key: str, power: Power) -> tuple[bool, tuple[str, ...]]:
        """Tell whether a role does not reach somebody's sign-in, for a role of theirs, and what of that is not known.

        "non-administrators", and those of some roles
        https://learn.microsoft.com/en-us/entra/identity/role-based-access-control/privileged-roles-permissions
        """
        roles = self._administrators.get(resource)
        if power != Power.RESET or not roles or resets(key, roles):
            return False, ()
        by_now = resets(key, (role for role, now in roles.items() if now))
        return (False, (MAY_ACTIVATE,)) if by_now else (True, ())

    # --- roles, owners, credentials ---------------------------------------------------------------

    def _held(self, resource: int, want: Power, capability: Capability) -> Iterator[Clause]:
        """Yield a clause for each grant that gives it: certain, conditional by activation, or not known."""
        below: Chain = ()
        for scope in self.graph.scopes(resource):
            for row in self.graph.by_resource[scope].tolist():
                yield from self._by_grant(row, want, capability, below, resource)
            outer = int(self.snapshot.parent[scope])
            if outer >= 0:
                inside = Link(source=self.snapshot.ref(outer), target=self.snapshot.ref(scope), says="contains")
                below = (inside, *below)
        if self.snapshot.kind_of(resource) in {Kind.GROUP, Kind.ACCOUNT}:
            for unit in self._units(resource):
                link = Link(source=self.snapshot.ref(unit), target=self.snapshot.ref(resource), says="may contain")
                for row in self.graph.by_resource[unit].tolist():
                    for clause in self._by_grant(row, want, capability, (link,), resource):
                        yield doubted_too(clause, UNITS_UNSEEN)

    def _units(self, resource: int) -> list[int]:
        parent = int(self.snapshot.parent[resource])
        return [] if parent < 0 else self.snapshot.children(parent, Kind.FOLDER)

    def _by_grant(self, row: int, want: Power, capability: Capability, below: Chain, resource: int) -> Iterator[Clause]:
        grants = self.snapshot.grants
        key = grants.roles[grants.role[row]]
        scope = int(grants.resource[row])
        role = self.graph.role(scope, key)
        power = power_of(key, actions_of(role)) & want
        unknown: tuple[str, ...] = () if is_known(key, role) else (ROLE_UNSEEN,)
        if not power and not unknown:
            return
        spared, doubts = self._spared(resource, key, power)
        if spared:
            return
        unknown = (*unknown, *doubts)
        how = self.graph.stance(row)
        if how is Stance.MAYBE:
            unknown = (*unknown, CONDITION_UNSEEN)
        conditions = self._activation(role, scope) if how is Stance.POTENTIAL else ()
        tail = self._tail(power, want, capability, resource)
        holder = int(grants.principal[row])
        everyone = self.graph.expand([holder])
        link = self.chains.grant_link(row)

        def lead(principal: int) -> list[Chain]:
            if principal != holder and principal not in everyone:
                return []
            return [(*climb, link, *below) for climb in self.chains.climbs(principal, holder)]

        able, perhaps = self._enabled(everyone)
        if able:
            yield Clause(able, lead, tail, conditions, unknown)
        if perhaps:
            yield Clause(perhaps, lead, tail, conditions, (*unknown, ENABLED_UNSEEN))

    def _tail(self, power: Power, want: Power, capability: Capability, resource: int) -> Chain:
        """Return the act that lies between a power and what was asked for, where there is one."""
        says = ""
        if capability is Capability.ADMINISTER and not power & Power.ALL:
            says = next((text for each, text in ESCALATES.items() if each & power), "")
        elif capability is Capability.ASSUME_ROLE and power and not power & Power.PROVE:
            is_account = bool(want & Power.RESET_ANY)
            says = "may reset how it signs in" if is_account else ADDS
        if not says:
            return ()
        here = self.snapshot.ref(resource)
        return (Link(source=here, target=here, says=says),)

    def _activation(self, role: Role | None, scope: int) -> tuple[Condition, ...]:
        """Return what an eligible assignment waits for: its holder activates it, and somebody approves where asked.

        https://learn.microsoft.com/en-us/entra/id-governance/privileged-identity-management/pim-configure
        """
        told = role.attributes.get("activation") if role else None
        name = role.name if role else "the role"
        if not isinstance(told, dict):
            return (Condition(says=f"they activate {name}; what that asks for was not read", kind="activation"),)
        factor = ", with a second factor" if told.get("mfa") or told.get("authentication_context") else ""
        conditions = [Condition(says=f"they activate {name}{factor}", kind="activation")]
        if told.get("approval") is not False:
            instance = self.snapshot.instances[int(self.snapshot.instance[scope])]
            listed = [each for each in told.get("approvers") or () if isinstance(each, list) and len(each) == 2]
            who = tuple(Ref(instance, Kind(kind), key) for kind, key in listed if kind in {"account", "group"})
            conditions.append(Condition(says="somebody else approves that", kind="approval", principals=who, count=1))
        return tuple(conditions)

    # --- who is able at all -----------------------------------------------------------------------

    def _enabled(self, holders: BitMap) -> tuple[BitMap, BitMap]:
        """Return who can sign in, and of whom that was not read. A disabled account can do nothing.

        https://learn.microsoft.com/en-us/graph/api/resources/user#properties (accountEnabled)
        """
        off, unread = self._states
        return holders - off - unread, holders & unread

    @cached_property
    def _states(self) -> tuple[BitMap, BitMap]:
        off, unread = BitMap(), BitMap()
        for ordinal in self.snapshot.ordinals(Kind.ACCOUNT, Kind.SERVICE_ACCOUNT).tolist():
            enabled = self.snapshot.entity(ordinal).attributes.get("accountEnabled")
            if enabled is False:
                off.add(ordinal)
            elif enabled is None and self.snapshot.kind_of(ordinal) is Kind.ACCOUNT:
                unread.add(ordinal)
        return off, unread

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
            for each in self._held(machine, want, Capability.ASSUME_ROLE):
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


def doubted_too(clause: Clause, why: str) -> Clause:
    """Return a clause that is unknown for one more reason."""
    return Clause(clause.holders, clause.lead, clause.tail, clause.conditions, (*clause.unknown, why), clause.stance)
