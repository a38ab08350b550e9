"""Reads administrative units and what each contains: a role over one is a role over its members."""

from msgspec import structs

from pipewarden.connectors.answers import picked
from pipewarden.connectors.entra.groups import principal
from pipewarden.connectors.entra.permissions import HIDDEN
from pipewarden.connectors.entra.run import Run, named
from pipewarden.connectors.shapes import leaving_out
from pipewarden.errors import UnexpectedAnswer
from pipewarden.model.facets_entra import EntraFacet
from pipewarden.model.facts import AnyFact, Cause, Resource
from pipewarden.model.ids import Kind

UNITS = "/directory/administrativeUnits"
UNIT = "id,displayName,visibility,isMemberManagementRestricted,membershipType,membershipRule"


async def units(run: Run) -> None:
    """Read all units, then the members of each; users and groups must have been read before.

    https://learn.microsoft.com/en-us/graph/api/directory-list-administrativeunits
    """

    async def work() -> list[AnyFact]:
        origin = run.origin(f"GET /v1.0{UNITS}")
        return [
            Resource(
                ref=run.ref(Kind.FOLDER, row["id"]),
                name=named(row, "displayName"),
                parent=run.tenant,
                attributes={
                    **picked(row, "visibility", "membershipType", "membershipRule"),
                    "restricted": row.get("isMemberManagementRestricted"),
                },
                origin=origin,
            )
            async for row in run.rows(UNITS, select=UNIT)
        ]

    run.progress("administrative units", 0, 0)
    found = await run.step("units", EntraFacet.UNITS, work, leaned_on=True)
    things = [each for each in found if isinstance(each, Resource)]
    await run.each("members of units", EntraFacet.UNITS, things, lambda unit: _members(run, unit))


async def _members(run: Run, unit: Resource) -> list[AnyFact]:
    """Return a unit with its users and groups; a hidden list that came empty was not seen."""
    template = f"{UNITS}/{{id}}/members"
    with leaving_out() as left:
        members = [
            [str(member.kind), member.key]
            async for row in run.rows(f"{UNITS}/{unit.ref.key}/members", template=template)
            if (member := principal(run, row)) is not None and member.kind is not Kind.SERVICE_ACCOUNT
        ]
    if left:  # a list of which something is left out is no list of the unit
        raise UnexpectedAnswer(left[0], endpoint=template)
    if not members and unit.attributes.get("visibility") == "HiddenMembership":
        gap = run.gap(unit.ref, EntraFacet.UNITS, cause=Cause.FORBIDDEN, detail="its members are hidden")
        return [structs.replace(gap, permission=HIDDEN)]
    return [structs.replace(unit, attributes=unit.attributes | {"members": members})]
