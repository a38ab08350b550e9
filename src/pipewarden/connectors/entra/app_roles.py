"""Reads who is assigned to an application, and by which role that it declares: people, groups and other applications.

https://learn.microsoft.com/en-us/graph/api/serviceprincipal-list-approleassignedto
One list of each application, however many hold it. Microsoft's own that declare no roles are not asked, nor are managed
identities, which nobody signs in to: a tenant has hundreds of them.
"""

from collections.abc import Mapping
from typing import Any

from pipewarden.connectors.entra.run import APP_ROLE, Run, moment
from pipewarden.model.facets_entra import EntraFacet
from pipewarden.model.facts import AnyFact, Cause, Grant, GrantKind, Machine
from pipewarden.model.ids import Kind

ASSIGNED = "/servicePrincipals/{id}/appRoleAssignedTo"

DECLARED = "app_roles"
"""Under this name a service principal holds the roles that it declares: their values by their ids; null where they were not read."""

NO_ROLE = "00000000-0000-0000-0000-000000000000"
"""Stands for being assigned without one of the roles.

https://learn.microsoft.com/en-us/graph/api/resources/approleassignment
"""
WITHOUT = "default access"

MICROSOFT = frozenset({"f8cdef31-a31e-4b4a-93e4-5f571e91255a", "72f988bf-86f1-41af-91ab-2d7cd011db47"})
"""The tenants in which Microsoft registers its own applications.

https://learn.microsoft.com/en-us/troubleshoot/entra/entra-id/governance/verify-first-party-apps-sign-in
"""

HOLDERS = {
    "User": (Kind.ACCOUNT, GrantKind.DIRECT),
    "Group": (Kind.GROUP, GrantKind.DIRECT),
    "ServicePrincipal": (Kind.SERVICE_ACCOUNT, GrantKind.APP),
}
"""What a holder is, and how its grant came to be, by the type of the principal."""


def declared(row: Mapping[str, Any]) -> tuple[dict[str, str], bool]:
    """Return the roles that an application declares, and whether all of them could be read.

    A role without a value goes by its name. https://learn.microsoft.com/en-us/graph/api/resources/approle
    """
    listed = row.get("appRoles")
    if not isinstance(listed, list):
        return {}, False
    found: dict[str, str] = {}
    for each in listed:
        key, name = (
            (each.get("id"), each.get("value") or each.get("displayName")) if isinstance(each, dict) else ("", "")
        )
        if isinstance(key, str) and key and isinstance(name, str):
            found[key] = name
    return found, len(found) == len(listed)


async def app_roles(run: Run) -> None:
    """Read who is assigned to each application; the roles of Microsoft Graph are its permissions, read by themselves."""
    asked = [each for each in run.of_kind(Kind.SERVICE_ACCOUNT) if _is_asked(each)]
    await run.each("roles of applications", EntraFacet.APP_ROLES, asked, lambda each: _assigned(run, each))


def _is_asked(service: Machine) -> bool:
    """Tell whether it is worth asking who is assigned to an application.

    Whoever is assigned to one that declares no roles has the default one.
    https://learn.microsoft.com/en-us/entra/identity/enterprise-apps/assign-user-or-group-access-portal
    """
    told = service.attributes
    if told.get(DECLARED):
        return True
    foreign = told.get("appOwnerOrganizationId") in MICROSOFT or told.get("servicePrincipalType") == "ManagedIdentity"
    return told.get(DECLARED) is not None and not foreign


async def _assigned(run: Run, service: Machine) -> list[AnyFact]:
    facts: list[AnyFact] = []
    names = {NO_ROLE: WITHOUT, **service.attributes[DECLARED]}
    origin = run.origin(f"GET /v1.0{ASSIGNED}")
    async for row in run.rows(f"/servicePrincipals/{service.ref.key}/appRoleAssignedTo", template=ASSIGNED):
        kind, how = HOLDERS[row["principalType"]]
        holder, name = run.ref(kind, row["principalId"]), names.get(row["appRoleId"])
        if name is None:
            detail = f"the role {row['appRoleId']} of {holder.key} is none that {service.name} declares"
            facts.append(run.gap(service.ref, EntraFacet.APP_ROLES, cause=Cause.UNEXPECTED, detail=detail))
            continue
        since = moment(row.get("createdDateTime"))
        facts.append(
            Grant(
                principal=holder, resource=service.ref, role=f"{APP_ROLE}{name}", kind=how, since=since, origin=origin
            )
        )
    return facts
