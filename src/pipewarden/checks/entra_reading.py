"""What checks of Entra ask of a tenant: who holds which role, who is privileged, which accounts are for emergencies."""

from collections.abc import Iterator
from typing import NamedTuple

from pipewarden.access.entra import mfa
from pipewarden.access.entra.powers import GLOBAL_ADMINISTRATOR, actions_of, is_privileged
from pipewarden.access.view import Missing, NotApplicable, View
from pipewarden.checks.sections import AZURE
from pipewarden.model.facets_entra import EntraFacet
from pipewarden.model.facts import Account, Cause, Entity, Grant, GrantKind, Resource
from pipewarden.model.ids import Kind, Ref

ROLES = "https://learn.microsoft.com/en-us/entra/identity/role-based-access-control/best-practices"
HOLDERS = (EntraFacet.USERS, EntraFacet.ASSIGNMENTS, EntraFacet.GROUPS, EntraFacet.MEMBERS, EntraFacet.ROLES)
"""What tells who holds a role."""

__all__ = ["AZURE", "HOLDERS", "ROLES", "Held", "admins", "break_glass", "held_roles", "privileged", "role_name"]


class Held(NamedTuple):
    """Somebody has a role, by a grant to them or to a group they are in."""

    account: Account
    grant: Grant


def need_all(view: View, tenant: Resource, *facets: str) -> None:
    """Go on only where a facet was read of everything in the tenant; raises Missing."""
    view.need(tenant.ref, *facets)
    for gap in view.gaps:
        if gap.facet in facets and gap.scope.instance == tenant.ref.instance:
            raise Missing(gap.scope, gap.facet, gap.cause, gap.detail, gap.permission)


def held_roles(view: View, tenant: Resource) -> Iterator[Held]:
    """Yield who has a directory role over the tenant, held or eligible, groups opened; disabled accounts left out."""
    for grant in view.grants_on(tenant.ref):
        if not grant.role.startswith("role:"):
            continue
        group = grant.principal.kind is Kind.GROUP
        people = view.all_members(grant.principal) if group else [view.find(grant.principal)]
        for account in people:
            if isinstance(account, Account) and account.attributes.get("accountEnabled") is not False:
                yield Held(account, grant)


def need_holders(view: View, tenant: Resource) -> None:
    """Go on only where it was read in full who has a role or may activate one; raises Missing. A licence may know no eligibility."""
    facets = {*HOLDERS, EntraFacet.ELIGIBLE}
    for gap in view.gaps:
        if gap.facet in facets and gap.scope.instance == tenant.ref.instance and gap.cause is not Cause.PLAN:
            raise Missing(gap.scope, gap.facet, gap.cause, gap.detail, gap.permission)


def maybe_break_glass(view: View, tenant: Resource) -> frozenset[Ref]:
    """Return the accounts of which it is not known whether they are for emergencies, for roles or policies were not read."""
    policies = view.gap(tenant.ref, EntraFacet.CONDITIONAL_ACCESS)
    no_policies = policies is not None and policies.cause is not Cause.PLAN
    try:
        need_holders(view, tenant)
    except Missing:
        no_roles = True
    else:
        no_roles = False
    if not no_roles:
        return frozenset(each.account.ref for each in _lasting(view, tenant)) if no_policies else frozenset()
    every = [each.ref for each in view.inside(tenant.ref, Kind.ACCOUNT)]
    bound = [each for each in mfa.policies(view, tenant.ref) if each.active and mfa.asks_factor(each)]
    excluded = [mfa.listed(each, "users", "excludeUsers") for each in bound]
    return frozenset(ref for ref in every if no_policies or (bound and all(ref.key in each for each in excluded)))


def _lasting(view: View, tenant: Resource) -> Iterator[Held]:
    """Yield who is Global Administrator for good, by a grant of their own."""
    for each in held_roles(view, tenant):
        is_global = each.grant.role == f"role:{GLOBAL_ADMINISTRATOR}"
        if is_global and each.grant.kind is GrantKind.DIRECT and not each.grant.expires:
            yield each


def role_name(view: View, grant: Grant) -> str:
    """Return the name of the role of a grant."""
    role = view.role(grant.resource.instance, grant.role)
    return role.name if role else grant.role.partition(":")[2]


def privileged(view: View, grant: Grant) -> bool:
    """Tell whether the role of a grant is one that the vendor calls privileged."""
    return is_privileged(grant.role, actions_of(view.role(grant.resource.instance, grant.role)))


def admins(view: View, tenant: Resource) -> dict[Ref, list[Held]]:
    """Return who has a privileged role, held or eligible, with all of them."""
    found: dict[Ref, list[Held]] = {}
    for each in held_roles(view, tenant):
        if privileged(view, each.grant):
            found.setdefault(each.account.ref, []).append(each)
    return found


def break_glass(view: View, tenant: Resource) -> list[Account]:
    """Return the accounts for emergencies: Global Administrators for good, whom every binding policy leaves out.

    https://learn.microsoft.com/en-us/entra/identity/role-based-access-control/security-emergency-access
    """
    bound = [each for each in mfa.policies(view, tenant.ref) if each.active and mfa.asks_factor(each)]
    found = []
    for each in _lasting(view, tenant):
        excluded = [each.account.ref.key in mfa.listed(policy, "users", "excludeUsers") for policy in bound]
        if bound and all(excluded):
            found.append(each.account)
    return list({account.ref: account for account in found}.values())


def licensed(view: View, scope: Entity, facet: str) -> None:
    """Raise NotApplicable where the tenant's licence has no such thing, Missing where it was not read otherwise."""
    gap = view.gap(scope.ref, facet)
    if gap is not None and gap.cause is Cause.PLAN:
        raise NotApplicable(f"{scope.name} has no licence for it")
    view.need(scope.ref, facet)
