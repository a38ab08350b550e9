"""Reads what lists of members leave out: which groups service principals are in, and who may become a member or owner.

https://learn.microsoft.com/en-us/graph/api/group-list-members ("service principals aren't listed as group members")
"""

import asyncio

from pipewarden.connectors.entra.groups import OWNS_GROUP
from pipewarden.connectors.entra.roles import Scheduled
from pipewarden.connectors.entra.run import CHUNK, Run, moment
from pipewarden.errors import NotFound
from pipewarden.model.facets_entra import EntraFacet
from pipewarden.model.facts import AnyFact, Cause, Grant, GrantKind, Group, Machine, Membership
from pipewarden.model.ids import Kind

MOST_SERVICES = 5_000
MOST_GROUPS = 1_000
"""Objects that are asked one by one; more of them are told."""

JOINS_GROUP = "eligible member of the group"
GROUP = "#microsoft.graph.group"


async def of_services(run: Run) -> None:
    """Read which groups each service principal is in; groups and service principals must have been read before.

    https://learn.microsoft.com/en-us/graph/api/serviceprincipal-list-memberof
    """
    services = run.of_kind(Kind.SERVICE_ACCOUNT)
    for start in range(0, len(services[:MOST_SERVICES]), CHUNK):
        part = services[start : min(start + CHUNK, MOST_SERVICES)]
        run.progress("groups of service principals", start, len(services))

        async def chunk(part: list[Machine] = part) -> list[AnyFact]:
            return [fact for facts in await asyncio.gather(*(_groups_of(run, each) for each in part)) for fact in facts]

        await run.step(f"service memberships {part[0].ref.key} {len(part)}", EntraFacet.MEMBERS, chunk)
    if len(services) > MOST_SERVICES:
        detail = f"the groups of {len(services) - MOST_SERVICES} more service principals"
        run.add([run.gap(run.tenant, EntraFacet.MEMBERS, cause=Cause.TOO_LARGE, detail=detail)])


async def _groups_of(run: Run, service: Machine) -> list[AnyFact]:
    template = "/servicePrincipals/{id}/memberOf"
    origin = run.origin(f"GET /v1.0{template}")
    try:
        return [
            Membership(member=service.ref, group=run.ref(Kind.GROUP, row["id"]), origin=origin)
            async for row in run.rows(f"/servicePrincipals/{service.ref.key}/memberOf", template=template)
            if row["@odata.type"] == GROUP
        ]
    except NotFound:
        return []  # deleted since it was listed


async def eligible(run: Run) -> None:
    """Read who may become a member or owner of the groups that roles can be given through.

    Graph takes one group or one principal a question.
    https://learn.microsoft.com/en-us/graph/api/privilegedaccessgroup-list-eligibilityscheduleinstances
    """
    through = [each for each in run.of_kind(Kind.GROUP) if each.attributes.get("isAssignableToRole") is True]
    await run.each(
        "who may join groups", EntraFacet.GROUP_ELIGIBLE, through[:MOST_GROUPS], lambda group: _eligible(run, group)
    )
    if len(through) > MOST_GROUPS:
        detail = f"who may join {len(through) - MOST_GROUPS} more groups"
        run.add([run.gap(run.tenant, EntraFacet.GROUP_ELIGIBLE, cause=Cause.TOO_LARGE, detail=detail)])


async def _eligible(run: Run, group: Group) -> list[AnyFact]:
    path = "/identityGovernance/privilegedAccess/group/eligibilityScheduleInstances"
    origin = run.origin(f"GET /v1.0{path}")
    facts: list[AnyFact] = []
    async for row in run.rows(path, filter=f"groupId eq '{group.ref.key}'"):
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
    return facts
