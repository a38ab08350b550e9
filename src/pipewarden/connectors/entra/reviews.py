"""Reads which access reviews there are: of which roles, of guests, and whether they go on.

https://learn.microsoft.com/en-us/graph/api/accessreviewset-list-definitions
"""

import re
from collections.abc import Iterator
from typing import Any

from msgspec import structs

from pipewarden.connectors.entra.run import Run, named
from pipewarden.model.facets_entra import EntraFacet
from pipewarden.model.facts import AnyFact, Resource

DEFINITIONS = "/identityGovernance/accessReviews/definitions"
KEPT_AS = "access_reviews"
"""Under this name a tenant holds its reviews."""

_ROLE = re.compile(
    r"roleManagement/directory/(?:roleDefinitions/|[^?]*roleDefinitionId eq ')([0-9a-f-]{36})", re.IGNORECASE
)
_GUESTS = re.compile(r"userType eq 'guest'", re.IGNORECASE)


async def reviews(run: Run) -> None:
    """Read the definitions of all reviews; the tenant must have been read before."""
    before = _tenant(run)

    async def work() -> list[AnyFact]:
        rows = [_review(row) async for row in run.rows(DEFINITIONS)]
        whole = _tenant(run)
        return [structs.replace(whole, attributes={**whole.attributes, KEPT_AS: rows})] if whole else []

    run.progress("access reviews", 0, 0)
    found = await run.step("access reviews", EntraFacet.REVIEWS, work)
    told = next((each.attributes[KEPT_AS] for each in found if isinstance(each, Resource)), None)
    if before is not None and told is not None:
        # a run before this one may have kept the tenant as it was then
        run.add([structs.replace(before, attributes={**before.attributes, KEPT_AS: told})])


def _tenant(run: Run) -> Resource | None:
    found = run.known.get(run.tenant)
    return found if isinstance(found, Resource) else None


def _review(row: dict[str, Any]) -> dict[str, Any]:
    """Return what one review covers, and whether it comes again.

    https://learn.microsoft.com/en-us/graph/accessreviews-scope-concept
    """
    queries = list(_queries([row.get("scope"), row.get("instanceEnumerationScope")]))
    settings = row.get("settings")
    recurrence = settings.get("recurrence") if isinstance(settings, dict) else None
    return {
        "name": named(row, "displayName"),
        "status": str(row.get("status") or ""),
        "recurs": isinstance(recurrence, dict) and isinstance(recurrence.get("pattern"), dict),
        "roles": sorted({found.lower() for query in queries for found in _ROLE.findall(query)}),
        "guests": any(_GUESTS.search(query) for query in queries),
    }


def _queries(value: Any) -> Iterator[str]:
    """Yield the queries of a scope, at whatever depth: some kinds of scope hold several."""
    todo = [value]
    while todo:
        each = todo.pop()
        if isinstance(each, dict):
            query = each.get("query")
            if isinstance(query, str):
                yield query
            todo += [inner for inner in each.values() if isinstance(inner, (dict, list))]
        elif isinstance(each, list):
            todo += each
