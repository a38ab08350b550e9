"""Questions that several judgements ask of an Okta organization: who administers it, which apps feed pipelines."""

import numpy as np

from pipewarden.access.okta.roles import POWERFUL, is_live
from pipewarden.access.pipeline_apps import part_named
from pipewarden.access.view import View
from pipewarden.model.facts import Account, Gate, Grant, Group, Resource
from pipewarden.model.ids import Kind, Ref


def role_grants(view: View, tenant: Resource, *kinds: str) -> list[tuple[Grant, str]]:
    """Return all grants of administrator roles with the role's type; of some types only where any is named.

    The assignment of an app is no administrator role.
    """
    wanted = {key: kind for key, kind in _admin_roles(view, tenant).items() if not kinds or kind in kinds}
    columns = view.snapshot.grants
    codes = [code for code, key in enumerate(columns.roles) if key in wanted]
    grants = [view.snapshot.grant(int(row)) for row in np.flatnonzero(np.isin(columns.role, codes))]
    return [(grant, wanted[grant.role]) for grant in grants if grant.resource.instance == tenant.ref.instance]


def _admin_roles(view: View, tenant: Resource) -> dict[str, str]:
    """Return the type of each administrator role, by the key that grants name."""
    every = view.entities(Kind.ROLE, within=tenant.ref)
    kinds = {role.ref.key: str(role.attributes.get("type")) for role in every}
    return {key: kind for key, kind in kinds.items() if kind != "ASSIGNMENT"}


def administrators(view: View, tenant: Resource, *kinds: str, suspended: bool = False) -> list[Account]:
    """Return the people who hold an administrator role, themselves or through a group, in the order of their names.

    Those who are `suspended` hold nothing now, and have the role again when they are let in.
    """
    found: dict[Ref, Account] = {}
    for grant, _ in role_grants(view, tenant, *kinds):
        holder = view.find(grant.principal)
        people = view.all_members(grant.principal) if isinstance(holder, Group) else [holder]
        for each in people:
            if not isinstance(each, Account):
                continue
            status = each.attributes.get("status")
            if is_live(status) or (suspended and status == "SUSPENDED"):
                found[each.ref] = each
    return sorted(found.values(), key=lambda each: (each.name, each.ref))


def privileged(view: View, tenant: Resource) -> list[Account]:
    """Return the people whose role changes who may do what."""
    return administrators(view, tenant, *sorted(POWERFUL), "CUSTOM")


def people(view: View, tenant: Resource) -> list[Account]:
    """Return all accounts of an organization."""
    return [each for each in view.entities(Kind.ACCOUNT, within=tenant.ref) if each.ref.instance == tenant.ref.instance]


def policies(view: View, tenant: Resource, kind: str) -> list[Gate]:
    """Return the active policies of a type, in the order in which they are tried."""
    known = view.memo["policies of Okta"]  # asked for each account
    if (tenant.ref, kind) not in known:
        found = [gate for gate in view.gates(tenant.ref) if gate.active and gate.rules.get("type") == kind]
        known[tenant.ref, kind] = sorted(found, key=lambda gate: (_number(gate.rules.get("priority")), gate.ref))
    return list(known[tenant.ref, kind])


def is_on(status: object) -> bool:
    """Tell whether something is in force; in a state that is not known it may be, and is judged."""
    return status not in ("INACTIVE", "DELETED")


def settings(view: View, tenant: Resource, kind: str) -> list[Gate]:
    """Return the settings of a sort, those that are switched off too."""
    return sorted((g for g in view.gates(tenant.ref) if g.rules.get("type") == kind), key=lambda gate: gate.ref)


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0


def apps(view: View, tenant: Resource) -> list[Resource]:
    """Return the apps of an organization that are not switched off."""
    every = view.entities(Kind.APPLICATION, within=tenant.ref)
    return [app for app in every if is_on(app.attributes.get("status"))]


def feeds(app: Resource) -> str:
    """Return which part of the delivery pipeline an app opens, "" where it does not look like one.

    By name alone: an app that is called otherwise is not found, and one that is called so is not proved.
    """
    return part_named(f"{app.attributes.get('name') or ''} {app.name}")


ADMIN_CONSOLE = "saasure"
"""The name that Okta gives to its own console."""

DASHBOARD = "okta_enduser"


def assigned_groups(view: View, app: Resource) -> list[Group]:
    """Return the groups that are assigned to an app."""
    found = [view.find(grant.principal) for grant in view.grants_on(app.ref)]
    return [each for each in found if isinstance(each, Group)]
