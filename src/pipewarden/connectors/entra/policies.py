"""Reads conditional access: what a sign-in must show, of whom, for which applications, and who is left out."""

from typing import Any

from pipewarden.connectors.answers import picked
from pipewarden.connectors.entra.run import Run, named
from pipewarden.model.facets_entra import EntraFacet
from pipewarden.model.facts import AnyFact, Gate, GateKind
from pipewarden.model.ids import Kind

CONDITIONS = {
    "users": (
        "includeUsers", "excludeUsers", "includeGroups", "excludeGroups", "includeRoles", "excludeRoles",
        "includeGuestsOrExternalUsers", "excludeGuestsOrExternalUsers",
    ),
    "applications": (
        "includeApplications", "excludeApplications", "includeUserActions", "applicationFilter",
        "includeAuthenticationContextClassReferences",
    ),
    "locations": ("includeLocations", "excludeLocations"),
    "platforms": ("includePlatforms", "excludePlatforms"),
    "authenticationFlows": ("transferMethods",),
    "clientApplications": ("includeServicePrincipals", "excludeServicePrincipals"),
    "devices": ("deviceFilter",),
}  # fmt: skip
"""The parts of a policy's conditions that are kept, each with its fields."""

LISTED = ("clientAppTypes", "signInRiskLevels", "userRiskLevels", "insiderRiskLevels", "servicePrincipalRiskLevels")


async def policies(run: Run) -> None:
    """Read all policies of conditional access. Graph takes one such request a second, of all applications together.

    https://learn.microsoft.com/en-us/graph/api/conditionalaccessroot-list-policies
    """

    async def work() -> list[AnyFact]:
        return [_policy(run, row) async for row in run.rows("/identity/conditionalAccess/policies")]

    run.progress("conditional access", 0, 0)
    await run.step("conditional access", EntraFacet.CONDITIONAL_ACCESS, work)


def _policy(run: Run, row: dict[str, Any]) -> Gate:
    given = row.get("conditions")
    conditions = given if isinstance(given, dict) else {}
    rules: dict[str, Any] = {"state": row.get("state"), "conditions": picked(conditions, *LISTED)}
    for part, fields in CONDITIONS.items():
        inner = conditions.get(part)
        if isinstance(inner, dict):
            rules["conditions"][part] = picked(inner, *fields)
    controls = row.get("grantControls")
    if isinstance(controls, dict):
        rules["controls"] = picked(controls, "operator", "builtInControls", "termsOfUse", "customAuthenticationFactors")
        strength = controls.get("authenticationStrength")
        if isinstance(strength, dict):
            rules["controls"]["strength"] = picked(strength, "id", "displayName", "allowedCombinations")
    return Gate(
        ref=run.ref(Kind.GATE, f"ca:{row['id']}"),
        resource=run.tenant,
        kind=GateKind.CONDITIONAL_ACCESS,
        name=named(row, "displayName"),
        active=row.get("state") == "enabled",
        target="sign-in",
        rules=rules,
        origin=run.origin("GET /v1.0/identity/conditionalAccess/policies"),
    )
