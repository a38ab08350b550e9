"""Reads groups, who is in them and who owns them."""

from typing import Any

from msgspec import structs

from pipewarden.connectors.answers import picked
from pipewarden.connectors.entra.permissions import HIDDEN
from pipewarden.connectors.entra.run import PAGE, Run, named
from pipewarden.connectors.shapes import leave_out
from pipewarden.model.facets_entra import EntraFacet
from pipewarden.model.facts import AnyFact, Cause, Grant, GrantKind, Group, Membership
from pipewarden.model.ids import Kind, Ref

GROUP = (
    "id,displayName,description,isAssignableToRole,groupTypes,membershipRule,membershipRuleProcessingState,"
    "onPremisesSyncEnabled,securityEnabled,visibility"
)
OWNS_GROUP = "owner of the group"

KINDS = {
    "#microsoft.graph.user": Kind.ACCOUNT,
    "#microsoft.graph.group": Kind.GROUP,
    "#microsoft.graph.servicePrincipal": Kind.SERVICE_ACCOUNT,
}
"""What an object of the directory is, where it can hold anything; devices and contacts cannot."""


def principal(run: Run, row: dict[str, Any]) -> Ref | None:
    """Return the id of somebody in a list of directory objects; None for devices, contacts and what is not known."""
    kind = KINDS.get(str(row.get("@odata.type")))
    return None if kind is None else run.ref(kind, row["id"])


async def groups(run: Run) -> None:
    """Read all groups, then the members and owners of each."""

    async def work() -> list[AnyFact]:
        origin = run.origin("GET /v1.0/groups")
        return [
            Group(
                ref=run.ref(Kind.GROUP, row["id"]),
                name=named(row, "displayName"),
                parent=run.tenant,
                attributes=picked(row, *GROUP.split(",")[2:]),
                origin=origin,
            )
            async for row in run.rows("/groups", select=GROUP, top=PAGE)
            if _rule_given(row, origin.endpoint)
        ]

    run.progress("groups", 0, 0)
    await run.step("groups", EntraFacet.GROUPS, work, leaned_on=True)
    found = run.of_kind(Kind.GROUP)
    await run.each("members of groups", EntraFacet.MEMBERS, found, lambda group: _members(run, group))
    await run.each("owners of groups", EntraFacet.GROUP_OWNERS, found, lambda group: _owners(run, group))


def _rule_given(row: dict[str, Any], endpoint: str) -> bool:
    """Tell whether a group whose members follow a rule says the rule."""
    given = "DynamicMembership" not in row["groupTypes"] or bool(row.get("membershipRule"))
    if not given:
        leave_out(endpoint, "membershipRule")
    return given


async def _members(run: Run, group: Group) -> list[AnyFact]:
    """Read the direct members. A group inside a role-assignable group gives nothing: Entra allows no such nesting.

    https://learn.microsoft.com/en-us/entra/identity/role-based-access-control/groups-concept
    """
    origin = run.origin("GET /v1.0/groups/{id}/members")
    facts: list[AnyFact] = []
    async for row in run.rows(f"/groups/{group.ref.key}/members", template="/groups/{id}/members", top=PAGE):
        member = principal(run, row)
        if member is not None and not (member.kind is Kind.GROUP and group.attributes.get("isAssignableToRole")):
            facts.append(Membership(member=member, group=group.ref, origin=origin))
    if not facts and group.attributes.get("visibility") == "HiddenMembership":
        gap = run.gap(group.ref, EntraFacet.MEMBERS, cause=Cause.FORBIDDEN, detail="its members are hidden")
        facts.append(structs.replace(gap, permission=HIDDEN))
    return facts


async def _owners(run: Run, group: Group) -> list[AnyFact]:
    origin = run.origin("GET /v1.0/groups/{id}/owners")
    return [
        Grant(principal=owner, resource=group.ref, role=OWNS_GROUP, kind=GrantKind.OWNERSHIP, origin=origin)
        async for row in run.rows(f"/groups/{group.ref.key}/owners", template="/groups/{id}/owners", top=PAGE)
        if (owner := principal(run, row)) is not None
    ]
