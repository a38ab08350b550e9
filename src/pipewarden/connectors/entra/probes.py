"""What a credential may read of an Entra tenant: one question for each part. What the licence lacks is no refusal."""

from functools import partial

from pipewarden.connectors.entra.client import Graph, NotLicensed
from pipewarden.connectors.entra.permissions import PERMISSIONS
from pipewarden.connectors.probing import Question, Refused, first, refused
from pipewarden.model.facets_entra import EntraFacet

ROLES = "/v1.0/roleManagement/directory"
ASKED: tuple[tuple[EntraFacet, str, dict[str, str]], ...] = (
    (EntraFacet.TENANT, "/v1.0/organization", {}),
    (EntraFacet.USERS, "/v1.0/users", {"$select": "id", "$top": "1"}),
    (EntraFacet.SIGN_INS, "/v1.0/users", {"$select": "id,signInActivity", "$top": "1"}),
    (EntraFacet.REGISTRATION, "/v1.0/reports/authenticationMethods/userRegistrationDetails", {}),
    (EntraFacet.GROUPS, "/v1.0/groups", {"$select": "id", "$top": "1"}),
    (EntraFacet.UNITS, "/v1.0/directory/administrativeUnits", {}),
    (EntraFacet.ROLES, f"{ROLES}/roleDefinitions", {}),
    (EntraFacet.ASSIGNMENTS, f"{ROLES}/roleAssignments", {}),
    (EntraFacet.SCHEDULES, f"{ROLES}/roleAssignmentScheduleInstances", {}),
    (EntraFacet.ELIGIBLE, f"{ROLES}/roleEligibilityScheduleInstances", {}),
    (
        EntraFacet.ROLE_POLICIES,
        "/v1.0/policies/roleManagementPolicyAssignments",
        {"$filter": "scopeId eq '/' and scopeType eq 'DirectoryRole'"},
    ),
    (EntraFacet.REVIEWS, "/v1.0/identityGovernance/accessReviews/definitions", {"$top": "1"}),
    (EntraFacet.APPLICATIONS, "/v1.0/applications", {"$select": "id", "$top": "1"}),
    (EntraFacet.SERVICE_PRINCIPALS, "/v1.0/servicePrincipals", {"$select": "id", "$top": "1"}),
    (EntraFacet.CONDITIONAL_ACCESS, "/v1.0/identity/conditionalAccess/policies", {}),
    (EntraFacet.AUTHORIZATION, "/v1.0/policies/authorizationPolicy", {}),
    (EntraFacet.SECURITY_DEFAULTS, "/v1.0/policies/identitySecurityDefaultsEnforcementPolicy", {}),
)
"""Facet, path, parameters."""

OBJECTS = frozenset({EntraFacet.AUTHORIZATION, EntraFacet.SECURITY_DEFAULTS})


async def probe(graph: Graph, name: str) -> list[Refused]:
    """Return what the credential may not read. Raises CredentialError or Unreachable."""
    del name

    async def ask(facet: EntraFacet, path: str, params: dict[str, str]) -> None:
        try:
            if facet in OBJECTS:
                await graph.get(path, params=params)
            else:
                await first(graph.pages(path, params=params))
        except NotLicensed:
            return

    try:
        questions = [Question(facet, partial(ask, facet, path, params)) for facet, path, params in ASKED]
        return await refused(questions, PERMISSIONS, "Microsoft Graph")
    finally:
        await graph.close()
