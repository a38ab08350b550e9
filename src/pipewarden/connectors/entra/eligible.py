"""Reads who may activate a place in a group, as member or owner, and what the activation asks for.

https://learn.microsoft.com/en-us/entra/id-governance/privileged-identity-management/concept-pim-for-groups
"""

from typing import Any

from msgspec import structs

from pipewarden.connectors.base import CredentialRefused
from pipewarden.connectors.entra.groups import OWNS_GROUP
from pipewarden.connectors.entra.roles import Scheduled, asked_for, understood
from pipewarden.connectors.entra.run import Run, moment
from pipewarden.errors import SourceError
from pipewarden.model.facets_entra import EntraFacet
from pipewarden.model.facts import AnyFact, Cause, Gap, Grant, GrantKind, Group
from pipewarden.model.ids import Kind, Ref

MOST_GROUPS = 1_000
"""Groups that are asked one by one, those first that give roles or are assigned to applications; more of them are told."""

JOINS_GROUP = "eligible member of the group"
INSTANCES = "/identityGovernance/privilegedAccess/group/eligibilityScheduleInstances"
OF_ALL = frozenset({Cause.PLAN, Cause.FORBIDDEN})
"""Why all groups are refused where one is."""
POLICIES = "/policies/roleManagementPolicyAssignments"


async def eligible(run: Run) -> None:
    """Read who may become a member or owner of groups. Graph takes one group or one principal a question.

    https://learn.microsoft.com/en-us/graph/api/privilegedaccessgroup-list-eligibilityscheduleinstances
    Which groups another system follows is that system's to say, and it is read at the same time. What is pushed or sent to
    another system is assigned to its application here: those groups and what they contain are asked before all others.
    """
    groups = in_order(run)
    if not groups:
        return
    first = await run.step("who may join groups", EntraFacet.GROUP_ELIGIBLE, lambda: _first(run, groups[0]))
    if any(isinstance(fact, Gap) and fact.scope == run.tenant for fact in first):
        return
    rest = groups[1:MOST_GROUPS]
    await run.each("who may join groups", EntraFacet.GROUP_ELIGIBLE, rest, lambda group: _eligible(run, group))
    if len(groups) > MOST_GROUPS:
        detail = f"who may join {len(groups) - MOST_GROUPS} more groups"
        run.add([run.gap(run.tenant, EntraFacet.GROUP_ELIGIBLE, cause=Cause.TOO_LARGE, detail=detail)])


def in_order(run: Run) -> list[Group]:
    """Return the groups in which a place can be activated, those first that lead somewhere.

    "any Microsoft Entra security group or any Microsoft 365 group (except dynamic groups and groups synchronized from
    on-premises environment)" (the page above)
    """
    leads = _within(run, run.assigned)
    groups: list[Group] = [each for each in run.of_kind(Kind.GROUP) if _may_be_governed(each)]

    def rank(group: Group) -> int:
        if group.attributes.get("isAssignableToRole") is True:
            return 0
        return 1 if group.ref in leads else 2

    return sorted(groups, key=rank)


def _may_be_governed(group: Group) -> bool:
    kinds = group.attributes.get("groupTypes")
    follows_rule = isinstance(kinds, list) and "DynamicMembership" in kinds
    return group.attributes.get("onPremisesSyncEnabled") is not True and not follows_rule


def _within(run: Run, groups: set[Ref]) -> set[Ref]:
    """Return some groups and all that they contain."""
    found, todo = set(groups), sorted(groups)
    while todo:
        for inner in run.nested.get(todo.pop(), ()):
            if inner not in found:
                found.add(inner)
                todo.append(inner)
    return found


async def _first(run: Run, group: Group) -> list[AnyFact]:
    """Ask one group; where the credential or the licence does not let us, neither does it for any other."""
    facts = await run.guarded(group.ref, EntraFacet.GROUP_ELIGIBLE, lambda: _eligible(run, group))
    return [
        structs.replace(fact, scope=run.tenant)
        if isinstance(fact, Gap) and fact.facet == EntraFacet.GROUP_ELIGIBLE and fact.cause in OF_ALL
        else fact
        for fact in facts
    ]


async def _eligible(run: Run, group: Group) -> list[AnyFact]:
    """Return who may activate a place in one group, and the group with the mark that this was asked of it."""
    origin = run.origin(f"GET /v1.0{INSTANCES}")
    facts: list[AnyFact] = []
    async for row in run.rows(INSTANCES, filter=f"groupId eq '{group.ref.key}'"):
        who = run.found(row["principalId"], Kind.ACCOUNT, Kind.GROUP, Kind.SERVICE_ACCOUNT)
        span = Scheduled(moment(row.get("startDateTime")), moment(row.get("endDateTime")))
        facts.append(
            Grant(
                principal=who or run.ref(Kind.ACCOUNT, row["principalId"]),
                resource=group.ref,
                role=OWNS_GROUP if row["accessId"] == "owner" else JOINS_GROUP,
                kind=GrantKind.POTENTIAL,
                since=span.starts,
                expires=span.ends,
                origin=origin,
            )
        )
    activation = await _activation(run, group, facts) if facts else {}
    return [structs.replace(group, attributes=group.attributes | {"joining": {"asked": True, **activation}}), *facts]


async def _activation(run: Run, group: Group, facts: list[AnyFact]) -> dict[str, Any]:
    """Return what an activation as member and as owner asks for; a refusal is told.

    https://learn.microsoft.com/en-us/graph/api/policyroot-list-rolemanagementpolicyassignments
    """
    found: dict[str, Any] = {}
    scope = f"scopeId eq '{group.ref.key}' and scopeType eq 'Group'"
    try:
        async for row in run.rows(POLICIES, filter=scope, expand="policy($expand=rules)"):
            if understood(row["policy"]["rules"]):
                found[row["roleDefinitionId"]] = asked_for(row["policy"]["rules"])
    except CredentialRefused:
        raise
    except SourceError as refusal:
        facts.append(run.gap(group.ref, EntraFacet.GROUP_POLICIES, refusal))
    return found
