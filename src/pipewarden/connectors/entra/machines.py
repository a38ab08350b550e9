"""Reads applications and service principals: owners, secrets' ends, federated credentials, permissions, roles."""

import re
from typing import Any

from pipewarden.connectors.answers import picked
from pipewarden.connectors.entra.app_roles import DECLARED, app_roles, declared
from pipewarden.connectors.entra.groups import principal
from pipewarden.connectors.entra.run import PAGE, Run, moment, named, texts
from pipewarden.model.facets_entra import EntraFacet
from pipewarden.model.facts import AnyFact, Cause, Grant, GrantKind, Machine, Resource, Trust
from pipewarden.model.ids import Kind, Ref

MICROSOFT_GRAPH = "00000003-0000-0000-c000-000000000000"
"""The application id of Microsoft Graph, the same in every tenant."""

OWNS_APPLICATION = "owner of the application"
OWNS_SERVICE = "owner of the service principal"
PROVES = "credential of the application"

PERMISSION = "graph:"
"""How the key of a permission of Microsoft Graph begins; the rest is its name."""

APPLICATION = "id,appId,displayName,signInAudience,createdDateTime,passwordCredentials,keyCredentials"
SERVICE = (
    "id,appId,displayName,servicePrincipalType,accountEnabled,appOwnerOrganizationId,createdDateTime,tags,"
    "passwordCredentials,keyCredentials,appRoles,preferredSingleSignOnMode"
)

_COMPARED = re.compile(r"claims\['(\w+)'\]\s+(matches|eq)\s+'((?:[^'\\]|\\.)*)'", re.IGNORECASE)


async def machines(run: Run) -> None:
    """Read applications first, then service principals, for a service principal stands inside its application."""
    run.progress("applications", 0, 0)
    await run.step("applications", EntraFacet.APPLICATIONS, lambda: _applications(run), leaned_on=True)
    await run.step("service principals", EntraFacet.SERVICE_PRINCIPALS, lambda: _services(run), leaned_on=True)
    found = run.of_kind(Kind.APPLICATION)
    await run.each("owners of applications", EntraFacet.APPLICATION_OWNERS, found, lambda each: _owners(run, each))
    await run.each("federated credentials", EntraFacet.FEDERATED, found, lambda each: _federated(run, each))
    services = run.of_kind(Kind.SERVICE_ACCOUNT)
    await run.each("owners of service principals", EntraFacet.SERVICE_OWNERS, services, lambda each: _owners(run, each))
    await run.step("permissions", EntraFacet.PERMISSIONS, lambda: _permissions(run))
    await app_roles(run)


async def _applications(run: Run) -> list[AnyFact]:
    facts: list[AnyFact] = []
    origin = run.origin("GET /v1.0/applications")
    async for row in run.rows("/applications", select=APPLICATION, top=PAGE):
        ref = run.ref(Kind.APPLICATION, row["id"])
        attributes = picked(row, "appId", "signInAudience")
        facts.append(
            Resource(ref=ref, name=named(row, "displayName"), parent=run.tenant, attributes=attributes, origin=origin)
        )
        facts += _credentials(run, row, ref, origin)
    return facts


async def _services(run: Run) -> list[AnyFact]:
    applications = {str(each.attributes.get("appId")): each.ref for each in run.of_kind(Kind.APPLICATION)}
    facts: list[AnyFact] = []
    origin = run.origin("GET /v1.0/servicePrincipals")
    async for row in run.rows("/servicePrincipals", select=SERVICE, top=PAGE):
        ref = run.ref(Kind.SERVICE_ACCOUNT, row["id"])
        attributes = picked(
            row,
            "appId",
            "servicePrincipalType",
            "accountEnabled",
            "appOwnerOrganizationId",
            "preferredSingleSignOnMode",
        )
        if row.get("appId") == MICROSOFT_GRAPH and isinstance(row.get("appRoles"), list):
            attributes["permissions"] = {
                str(each["id"]): each["value"]
                for each in row["appRoles"]
                if isinstance(each, dict) and isinstance(each.get("value"), str) and each.get("id")
            }
        if row.get("appId") != MICROSOFT_GRAPH:
            found, whole = declared(row)
            attributes[DECLARED] = found if found or whole else None
            if not whole:
                detail = "the roles that it declares were not given as documented"
                facts.append(run.gap(ref, EntraFacet.APP_ROLES, cause=Cause.UNEXPECTED, detail=detail))
        facts.append(
            Machine(
                ref=ref,
                name=named(row, "displayName", "appId"),
                parent=applications.get(str(row.get("appId"))) or run.tenant,
                created_at=moment(row.get("createdDateTime")),
                attributes=attributes,
                origin=origin,
            )
        )
        facts += _credentials(run, row, ref, origin)
    return facts


def _credentials(run: Run, row: dict[str, Any], of: Ref, origin: Any) -> list[AnyFact]:
    """Return the secrets and certificates of an application: their names and ends, never what they hold."""
    facts: list[AnyFact] = []
    for what, field in (("secret", "passwordCredentials"), ("certificate", "keyCredentials")):
        listed = row.get(field)
        for each in listed if isinstance(listed, list) else ():
            if not isinstance(each, dict) or not each.get("keyId"):
                continue
            ref = run.ref(Kind.CLIENT_SECRET, f"{of.key}:{each['keyId']}")
            ends = moment(each.get("endDateTime"))
            told = each.get("displayName")
            name = f"{what} {told}" if isinstance(told, str) and told else f"{what} {each['keyId']}"
            facts.append(
                Machine(
                    ref=ref,
                    name=f"{name[:200]} of {named(row, 'displayName')}",
                    parent=of,
                    created_at=moment(each.get("startDateTime")),
                    expires_at=ends,
                    attributes={"type": what, "ends": each.get("endDateTime")},
                    origin=origin,
                )
            )
            facts.append(
                Grant(principal=ref, resource=of, role=PROVES, kind=GrantKind.KEY, expires=ends, origin=origin)
            )
    return facts


async def _owners(run: Run, thing: Any) -> list[AnyFact]:
    is_application = thing.ref.kind is Kind.APPLICATION
    part = "applications" if is_application else "servicePrincipals"
    template = f"/{part}/{{id}}/owners"
    origin = run.origin(f"GET /v1.0{template}")
    role = OWNS_APPLICATION if is_application else OWNS_SERVICE
    return [
        Grant(principal=owner, resource=thing.ref, role=role, kind=GrantKind.OWNERSHIP, origin=origin)
        async for row in run.rows(f"/{part}/{thing.ref.key}/owners", template=template, top=PAGE)
        if (owner := principal(run, row)) is not None
    ]


async def _federated(run: Run, application: Resource) -> list[AnyFact]:
    """Read whose tokens an application takes for its own: the trust is in its service principal.

    https://learn.microsoft.com/en-us/graph/api/application-list-federatedidentitycredentials
    """
    template = "/applications/{id}/federatedIdentityCredentials"
    origin = run.origin(f"GET /v1.0{template}")
    actor = next(
        (each.ref for each in run.of_kind(Kind.SERVICE_ACCOUNT) if each.parent == application.ref), application.ref
    )
    facts: list[AnyFact] = []
    async for row in run.rows(f"/applications/{application.ref.key}/federatedIdentityCredentials", template=template):
        key = f"{application.ref.key}:{row['id']}"
        subjects, conditions, unread = _subjects(row)
        if unread:
            detail = f"the credential {named(row, 'name')} of {application.name}: {unread}"
            facts.append(run.gap(actor, EntraFacet.FEDERATED, cause=Cause.UNEXPECTED, detail=detail))
        facts.append(
            Trust(
                ref=run.ref(Kind.TRUST, key),
                principal=actor,
                issuer=str(row.get("issuer") or ""),
                subjects=subjects,
                audiences=texts(row.get("audiences")),
                conditions=conditions,
                attributes={"platform": "entra", "name": named(row, "name")},
                origin=origin,
            )
        )
    return facts


def _subjects(row: dict[str, Any]) -> tuple[tuple[str, ...], tuple[str, ...], str]:
    """Return the subject patterns of a credential, its other claims, and what of it could not be read.

    A subject is compared letter by letter; an expression may hold stars.
    https://learn.microsoft.com/en-us/entra/workload-id/workload-identities-flexible-federated-identity-credentials
    """
    subject = row.get("subject")
    if isinstance(subject, str) and subject:
        return (subject.replace("*", "%2A").replace("?", "%3F"),), (), ""
    expression = row.get("claimsMatchingExpression")
    text = expression.get("value") if isinstance(expression, dict) else None
    if not isinstance(text, str) or not text:
        return ("${subject}",), (), "neither a subject nor an expression is given"
    found = [
        (name, value if how.lower() == "matches" else value.replace("*", "%2A").replace("?", "%3F"))
        for name, how, value in _COMPARED.findall(text)
    ]
    left = re.sub(r"\band\b|[\s()]", "", _COMPARED.sub("", text), flags=re.IGNORECASE)
    subjects = tuple(value for name, value in found if name == "sub")
    conditions = tuple(f"{name} = {value}" for name, value in found if name != "sub")
    unread = f"the expression {text[:80]} is not followed" if left or not found else ""
    return subjects or ("*" if found and not left else "${subject}",), conditions, unread


async def _permissions(run: Run) -> list[AnyFact]:
    """Read who holds a permission of Microsoft Graph without a user, in one list.

    https://learn.microsoft.com/en-us/graph/api/serviceprincipal-list-approleassignedto
    """
    services = run.of_kind(Kind.SERVICE_ACCOUNT)
    graph = next((each for each in services if each.attributes.get("appId") == MICROSOFT_GRAPH), None)
    if graph is None:
        if not services:
            return [
                run.gap(
                    run.tenant,
                    EntraFacet.PERMISSIONS,
                    cause=Cause.NOT_COLLECTED,
                    detail="service principals were not read",
                )
            ]
        return []
    template = "/servicePrincipals/{id}/appRoleAssignedTo"
    origin = run.origin(f"GET /v1.0{template}")
    names = graph.attributes.get("permissions") or {}
    facts: list[AnyFact] = []
    async for row in run.rows(f"/servicePrincipals/{graph.ref.key}/appRoleAssignedTo", template=template):
        if row.get("principalType") != "ServicePrincipal":
            continue
        name = names.get(str(row.get("appRoleId")))
        holder = run.ref(Kind.SERVICE_ACCOUNT, row["principalId"])
        if name is None:
            detail = f"the permission {row.get('appRoleId')} of {holder.key} is none that Microsoft Graph lists"
            facts.append(run.gap(run.tenant, EntraFacet.PERMISSIONS, cause=Cause.UNEXPECTED, detail=detail))
            continue
        facts.append(
            Grant(
                principal=holder,
                resource=run.tenant,
                role=f"{PERMISSION}{name}",
                kind=GrantKind.APP,
                since=moment(row.get("createdDateTime")),
                origin=origin,
            )
        )
    return facts
