"""Reads who holds which role that an application declares: people, groups and other applications.

https://learn.microsoft.com/en-us/graph/api/serviceprincipal-list-approleassignedto
Only applications that declare roles are asked: one list of each, however many hold them.
"""

from collections.abc import Mapping
from typing import Any

from pipewarden.connectors.entra.run import Run, moment
from pipewarden.model.facets_entra import EntraFacet
from pipewarden.model.facts import AnyFact, Cause, Grant, GrantKind, Machine
from pipewarden.model.ids import Kind

ASSIGNED = "/servicePrincipals/{id}/appRoleAssignedTo"

ROLE = "app:"
"""How the key of a role that an application declares begins; the rest is its value, or its name where it has none."""

DECLARED = "app_roles"
"""Under this name a service principal holds the roles that it declares: their values by their ids."""

NO_ROLE = "00000000-0000-0000-0000-000000000000"
"""Stands for being assigned without one of the roles.

https://learn.microsoft.com/en-us/graph/api/resources/approleassignment
"""
WITHOUT = "default access"

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
    """Read who holds roles of each application that declares some; Microsoft Graph's are its permissions."""
    declaring = [each for each in run.of_kind(Kind.SERVICE_ACCOUNT) if each.attributes.get(DECLARED)]
    await run.each("roles of applications", EntraFacet.APP_ROLES, declaring, lambda each: _assigned(run, each))


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
            Grant(principal=holder, resource=service.ref, role=f"{ROLE}{name}", kind=how, since=since, origin=origin)
        )
    return facts
