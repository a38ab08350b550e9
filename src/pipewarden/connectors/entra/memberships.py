"""Reads what lists of members leave out: which groups service principals are in.

https://learn.microsoft.com/en-us/graph/api/group-list-members ("service principals aren't listed as group members")
"""

import asyncio

from pipewarden.connectors.entra.run import CHUNK, Run
from pipewarden.errors import NotFound
from pipewarden.model.facets_entra import EntraFacet
from pipewarden.model.facts import AnyFact, Cause, Machine, Membership
from pipewarden.model.ids import Kind

MOST_SERVICES = 5_000
"""Service principals that are asked one by one; more of them are told."""

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
