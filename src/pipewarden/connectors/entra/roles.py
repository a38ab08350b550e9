"""Reads directory roles: what each is, who holds it now, who may activate it, and what that asks for."""

from datetime import datetime
from typing import Any, NamedTuple

from pipewarden.connectors.answers import picked
from pipewarden.connectors.base import CredentialRefused
from pipewarden.connectors.entra.run import Run, moment, named, texts
from pipewarden.connectors.entra.shapes import NEEDED_RULES, RULES
from pipewarden.connectors.shapes import fits, leave_out
from pipewarden.errors import SourceError
from pipewarden.model.facets_entra import EntraFacet
from pipewarden.model.facts import AnyFact, Grant, GrantKind, Resource, Role
from pipewarden.model.ids import Kind, Ref

ROLE = "role:"
"""How the key of a directory role begins; the rest is its template's id, for a custom role its own."""


async def roles(run: Run) -> None:
    """Read the definitions with what an activation asks for, then the assignments, active and eligible."""

    async def definitions() -> list[AnyFact]:
        facts: list[AnyFact] = []
        policies = await _policies(run, facts)
        origin = run.origin("GET /v1.0/roleManagement/directory/roleDefinitions")
        async for row in run.rows("/roleManagement/directory/roleDefinitions"):
            key = str(row.get("templateId") or row["id"])
            attributes = picked(row, "isBuiltIn", "isEnabled")
            attributes["actions"] = _actions(row)
            if policies is not None and (policy := policies.get(str(row["id"])) or policies.get(key)):
                attributes["activation"] = policy
            name = named(row, "displayName")
            ref = run.ref(Kind.ROLE, f"{ROLE}{key}")
            facts.append(Role(ref=ref, name=name, parent=run.tenant, attributes=attributes, origin=origin))
        return facts

    run.progress("roles", 0, 0)
    await run.step("roles", EntraFacet.ROLES, definitions, leaned_on=True)
    await run.step("assignments", EntraFacet.ASSIGNMENTS, lambda: _assignments(run))
    await run.step("eligible", EntraFacet.ELIGIBLE, lambda: _eligible(run))


def _actions(row: dict[str, Any]) -> list[str]:
    """Return what a custom role allows; a built-in role is known by its id."""
    if row.get("isBuiltIn") is True:
        return []
    found = row.get("rolePermissions")
    parts = [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []
    return sorted({action for each in parts for action in texts(each.get("allowedResourceActions"))})


async def _policies(run: Run, facts: list[AnyFact]) -> dict[str, dict[str, Any]] | None:
    """Return what the activation of each role asks for, by the role's id; None where it was refused, with its gap.

    https://learn.microsoft.com/en-us/graph/api/policyroot-list-rolemanagementpolicyassignments
    """
    found: dict[str, dict[str, Any]] = {}
    try:
        async for row in run.rows(
            "/policies/roleManagementPolicyAssignments",
            filter="scopeId eq '/' and scopeType eq 'DirectoryRole'",
            expand="policy($expand=rules)",
        ):
            rules = row["policy"]["rules"]
            if understood(rules):
                found[row["roleDefinitionId"]] = asked_for(rules)
    except CredentialRefused:
        raise
    except SourceError as refusal:
        facts.append(run.gap(run.tenant, EntraFacet.ROLE_POLICIES, refusal))
        return None
    return found


def understood(rules: list[Any]) -> bool:
    """Tell whether all is said of an activation that is asked about; what is not understood is told and left out."""
    endpoint = "/v1.0/policies/roleManagementPolicyAssignments"
    if missing := sorted(NEEDED_RULES - {each.get("id") for each in rules}):
        leave_out(endpoint, f"policy.rules {missing[0]}")
        return False
    return all(fits(each, RULES.get(each.get("id"), {}), f"{endpoint} {each.get('id')}") for each in rules)


def asked_for(rules: list[Any]) -> dict[str, Any]:
    """Return what an activation asks of its holder: the rules that matter here.

    https://learn.microsoft.com/en-us/graph/identity-governance-pim-rules-overview
    """
    told: dict[str, Any] = {}
    for rule in (each for each in rules if isinstance(each, dict)):
        match rule.get("id"):
            case "Approval_EndUser_Assignment":
                setting = rule.get("setting")
                if isinstance(setting, dict):
                    told["approval"] = setting.get("isApprovalRequired")
                    told["approvers"] = _approvers(setting)
            case "Enablement_EndUser_Assignment":
                told["mfa"] = "MultiFactorAuthentication" in texts(rule.get("enabledRules"))
            case "AuthenticationContext_EndUser_Assignment":
                told["authentication_context"] = rule.get("isEnabled") is True
    return told


def _approvers(setting: dict[str, Any]) -> list[list[str]]:
    """Return who may approve, each as kind and id."""
    kinds = {
        "#microsoft.graph.singleUser": ("account", "userId"),
        "#microsoft.graph.groupMembers": ("group", "groupId"),
    }
    stages = [each for each in setting.get("approvalStages") or () if isinstance(each, dict)]
    named_ = [each for stage in stages for each in stage.get("primaryApprovers") or () if isinstance(each, dict)]
    known = [(kinds[str(each.get("@odata.type"))], each) for each in named_ if str(each.get("@odata.type")) in kinds]
    return [[kind, str(each.get(field))] for (kind, field), each in known]


class Scheduled(NamedTuple):
    """From when to when an assignment holds; one that was activated ends by itself."""

    starts: datetime | None
    ends: datetime | None


async def _assignments(run: Run) -> list[AnyFact]:
    """Read who holds a role now. Where the licence shows it, an assignment has its end."""
    facts: list[AnyFact] = []
    schedules: dict[str, Scheduled] = {}
    try:
        async for row in run.rows("/roleManagement/directory/roleAssignmentScheduleInstances"):
            told = Scheduled(moment(row.get("startDateTime")), moment(row.get("endDateTime")))
            schedules[str(row.get("roleAssignmentOriginId"))] = told
    except CredentialRefused:
        raise
    except SourceError as refusal:
        facts.append(run.gap(run.tenant, EntraFacet.SCHEDULES, refusal))
    origin = run.origin("GET /v1.0/roleManagement/directory/roleAssignments")
    async for row in run.rows("/roleManagement/directory/roleAssignments", expand="principal"):
        scheduled = schedules.get(str(row["id"]))
        facts += _grant(run, row, origin, GrantKind.DIRECT, scheduled)
    return facts


async def _eligible(run: Run) -> list[AnyFact]:
    """Read who may activate a role: they hold it only after that."""
    facts: list[AnyFact] = []
    origin = run.origin("GET /v1.0/roleManagement/directory/roleEligibilityScheduleInstances")
    async for row in run.rows("/roleManagement/directory/roleEligibilityScheduleInstances", expand="principal"):
        told = Scheduled(moment(row.get("startDateTime")), moment(row.get("endDateTime")))
        if row.get("memberType") != "Inherited":  # the group's own assignment tells it, and its members are read
            facts += _grant(run, row, origin, GrantKind.POTENTIAL, told)
    return facts


def _grant(run: Run, row: dict[str, Any], origin: Any, kind: GrantKind, scheduled: Scheduled | None) -> list[AnyFact]:
    if not row.get("directoryScopeId") and not row.get("appScopeId"):
        leave_out(origin.endpoint, "directoryScopeId")
        return []
    holder = _holder(run, row)
    key = _role_key(str(row["roleDefinitionId"]))
    facts: list[AnyFact] = []
    resource = _scope(run, row, facts, origin)
    conditional = ("the assignment has a condition",) if row.get("condition") else ()
    facts.append(
        Grant(
            principal=holder,
            resource=resource,
            role=key,
            kind=kind,
            conditions=conditional,
            since=scheduled.starts if scheduled else None,
            expires=scheduled.ends if scheduled else None,
            origin=origin,
        )
    )
    return facts


def _holder(run: Run, row: dict[str, Any]) -> Ref:
    """Return who holds an assignment: by the object that came along, else by what was read of that id."""
    from pipewarden.connectors.entra.groups import KINDS

    key = str(row["principalId"])
    told = row.get("principal")
    kind = KINDS.get(str(told.get("@odata.type"))) if isinstance(told, dict) else None
    known = run.found(key, Kind.ACCOUNT, Kind.GROUP, Kind.SERVICE_ACCOUNT)
    return run.ref(kind, key) if kind else known or run.ref(Kind.ACCOUNT, key)


def _role_key(definition: str) -> str:
    """Return a role's key. The id of a built-in definition is its template's."""
    return f"{ROLE}{definition}"


def _scope(run: Run, row: dict[str, Any], facts: list[AnyFact], origin: Any) -> Ref:
    """Return what an assignment is for: the tenant, an administrative unit, one application, one group.

    https://learn.microsoft.com/en-us/graph/api/resources/unifiedroleassignment
    """
    scope = row.get("directoryScopeId")
    if scope == "/":
        return run.tenant
    if isinstance(scope, str) and scope.startswith("/administrativeUnits/"):
        unit = run.ref(Kind.FOLDER, scope.rpartition("/")[2])
        if unit not in run.known:
            name = f"administrative unit {unit.key}"
            facts.append(Resource(ref=unit, name=name, parent=run.tenant, origin=origin))
        return unit
    key = str(scope or row.get("appScopeId") or "").strip("/")
    kinds = (Kind.APPLICATION, Kind.SERVICE_ACCOUNT, Kind.GROUP, Kind.ACCOUNT)
    found = run.found(key, *kinds)
    if found is not None:
        return found
    unknown = run.ref(Kind.FOLDER, f"scope {key}")
    facts.append(Resource(ref=unknown, name=f"scope {key or 'not given'}", parent=run.tenant, origin=origin))
    return unknown
