"""The collections of Microsoft Graph that the tenant answers, each from what the directory holds."""

from collections.abc import Callable
from dataclasses import dataclass

from pipewarden.demo.entra.rows import Json, made
from pipewarden.demo.entra.story import Directory


@dataclass(frozen=True)
class Asked:
    """One question: the directory, the names in the path, and the query."""

    directory: Directory
    names: dict[str, str]
    query: dict[str, str]


Answer = Json | list[Json] | None
"""An object, a collection, or None for what does not exist."""


def _organization(asked: Asked) -> Answer:
    plans = {"P1": "41781fb2-bc02-4b7c-bd55-b576c07bb09d", "P2": "eec0eb4f-6444-4f95-aba0-50c24d67f998"}
    return [
        {
            "id": asked.directory.tenant,
            "displayName": "Acme",
            "createdDateTime": "2019-04-01T08:00:00Z",
            "onPremisesSyncEnabled": True,
            "tenantType": "AAD",
            "countryLetterCode": "DE",
            "assignedPlans": [
                {
                    "servicePlanId": plans[each],
                    "service": "AADPremiumService",
                    "capabilityStatus": "Enabled",
                    "assignedDateTime": "2024-01-01T00:00:00Z",
                }
                for each in asked.directory.plans
            ],
            "verifiedDomains": [
                {"name": "acme.example", "isDefault": True, "isInitial": False, "type": "Managed", "capabilities": "Email"},
                {"name": "acmecorp.onmicrosoft.com", "isDefault": False, "isInitial": True, "type": "Managed", "capabilities": ""},
            ],
        }
    ]  # fmt: skip


def _objects(directory: Directory) -> dict[str, Json]:
    """Return every object by its id, with the type that lists of several types carry (kept while none is added)."""
    size = (len(directory.users), len(directory.groups), len(directory.services))
    if directory.objects and directory.objects[0] == size:
        return directory.objects[1]
    kinds = (("user", directory.users), ("group", directory.groups), ("servicePrincipal", directory.services))
    found = {
        row["id"]: {"@odata.type": f"#microsoft.graph.{kind}", "id": row["id"], "displayName": row["displayName"]}
        for kind, rows in kinds
        for row in rows
    }
    directory.objects = (size, found)
    return found


def _listed(asked: Asked, ids: list[str]) -> list[Json]:
    objects = _objects(asked.directory)
    return [objects[each] for each in ids if each in objects]


def _members(asked: Asked) -> Answer:
    """Return who is in a group or unit; v1.0 leaves service principals out of it."""
    known = {row["id"] for row in (*asked.directory.groups, *asked.directory.units)}
    key = asked.names["id"]
    services = {row["id"] for row in asked.directory.services}
    members = [each for each in asked.directory.members.get(key, []) if each not in services]
    return _listed(asked, members) if key in known else None


def _member_of(asked: Asked) -> Answer:
    """Return the groups that a service principal is in."""
    key = asked.names["id"]
    return _listed(asked, [group for group, members in asked.directory.members.items() if key in members])


def _joining(asked: Asked) -> Answer:
    """Return who may become a member or owner of one group; without a group or principal Graph refuses the question."""
    group = asked.query.get("$filter", "").removeprefix("groupId eq '").removesuffix("'")
    return [row for row in asked.directory.joining if row["groupId"] == group]


def _role_policies(asked: Asked) -> Answer:
    """Return what activations ask for: of all directory roles, or of places in one group, as the filter says."""
    wanted = asked.query.get("$filter", "").removeprefix("scopeId eq '").partition("'")[0]
    return [row for row in asked.directory.role_policies if row["scopeId"] == wanted]


def _transitive(asked: Asked) -> Answer:
    """Return everybody in a group or nested in it."""
    found: dict[str, None] = {}
    todo = [asked.names["id"]]
    for each in todo:
        for member in asked.directory.members.get(each, []):
            if member not in found:
                found[member] = None
                todo.append(member)
    return _listed(asked, list(found))


def _owners(asked: Asked) -> Answer:
    return _listed(asked, asked.directory.owners.get(asked.names["id"], []))


def _federated(asked: Asked) -> Answer:
    return list(asked.directory.federated.get(asked.names["id"], []))


def _permitted(asked: Asked) -> Answer:
    return [row for row in asked.directory.permissions if row["resourceId"] == asked.names["id"]]


def _assignments(asked: Asked) -> Answer:
    rows = [{key: value for key, value in row.items() if key != "ends"} for row in asked.directory.assignments]
    return _with_principal(asked, rows)


def _with_principal(asked: Asked, rows: list[Json]) -> list[Json]:
    if "principal" not in asked.query.get("$expand", ""):
        return rows
    objects = _objects(asked.directory)
    return [{**row, "principal": objects.get(row["principalId"])} for row in rows]


def _schedules(asked: Asked) -> Answer:
    return [
        {
            "id": made("instance", row["id"]),
            "principalId": row["principalId"],
            "roleDefinitionId": row["roleDefinitionId"],
            "directoryScopeId": row["directoryScopeId"],
            "appScopeId": None,
            "startDateTime": "2025-02-03T08:00:00Z",
            "endDateTime": row["ends"],
            "assignmentType": "Activated" if row["ends"] else "Assigned",
            "memberType": "Direct",
            "roleAssignmentOriginId": row["id"],
            "roleAssignmentScheduleId": made("schedule", row["id"]),
        }
        for row in asked.directory.assignments
    ]


def _eligible(asked: Asked) -> Answer:
    return _with_principal(asked, asked.directory.eligible)


def _defaults(asked: Asked) -> Answer:
    return {
        "id": "00000000-0000-0000-0000-000000000005",
        "displayName": "Security Defaults",
        "isEnabled": asked.directory.security_defaults,
    }


ONE = r"(?P<id>[^/]+)"
ROLES = "/roleManagement/directory"
COLLECTIONS: tuple[tuple[str, str, Callable[[Asked], Answer]], ...] = tuple(
    (template.replace("{id}", ONE), template, handler)
    for template, handler in {
        "/organization": _organization,
        "/users": lambda asked: asked.directory.users,
        "/groups": lambda asked: asked.directory.groups,
        "/groups/{id}/members": _members,
        "/groups/{id}/transitiveMembers": _transitive,
        "/groups/{id}/owners": _owners,
        "/directory/administrativeUnits": lambda asked: asked.directory.units,
        "/directory/administrativeUnits/{id}/members": _members,
        "/applications": lambda asked: asked.directory.applications,
        "/applications/{id}/owners": _owners,
        "/applications/{id}/federatedIdentityCredentials": _federated,
        "/servicePrincipals": lambda asked: asked.directory.services,
        "/servicePrincipals/{id}/owners": _owners,
        "/servicePrincipals/{id}/appRoleAssignedTo": _permitted,
        "/servicePrincipals/{id}/memberOf": _member_of,
        "/identityGovernance/privilegedAccess/group/eligibilityScheduleInstances": _joining,
        f"{ROLES}/roleDefinitions": lambda asked: asked.directory.definitions,
        f"{ROLES}/roleAssignments": _assignments,
        f"{ROLES}/roleAssignmentScheduleInstances": _schedules,
        f"{ROLES}/roleEligibilityScheduleInstances": _eligible,
        "/policies/roleManagementPolicyAssignments": _role_policies,
        "/policies/authorizationPolicy": lambda asked: asked.directory.authorization,
        "/policies/identitySecurityDefaultsEnforcementPolicy": _defaults,
        "/identityGovernance/accessReviews/definitions": lambda asked: asked.directory.reviews,
        "/identity/conditionalAccess/policies": lambda asked: asked.directory.access_policies,
        "/reports/authenticationMethods/userRegistrationDetails": lambda asked: asked.directory.registered,
    }.items()
)
"""Patterns of paths below /v1.0, their templates, and what answers."""
