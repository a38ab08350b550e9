"""Reads what GitLab tells over GraphQL: where audit events are streamed to, by which executor runners run jobs, and jobs of which branches.

What a token may not see is null there, and no refusal: it becomes a gap.
https://docs.gitlab.com/api/graphql/reference/
"""

import re
from collections.abc import Iterable
from typing import Any

from pipewarden.connectors.gitlab.client import UnknownField
from pipewarden.connectors.gitlab.run import Run
from pipewarden.errors import AccessDenied, SourceError, UnexpectedAnswer
from pipewarden.model.facets_gitlab import GitLabFacet
from pipewarden.model.facts import AnyFact, Resource
from pipewarden.model.ids import Kind, Ref

MOST_PAGES = 50
"""A hundred runners stand on a page."""

KEY = "graphql:"
"""How the key of the thing begins that holds what was told of a group."""

STREAMS = (
    "query streams($path: ID!) { group(fullPath: $path) {"
    " externalAuditEventStreamingDestinations { nodes { category active } } } }"
)
OLDER_STREAMS = (
    "query streams($path: ID!) { group(fullPath: $path) { externalAuditEventDestinations { nodes { id } }"
    " googleCloudLoggingConfigurations { nodes { id } } amazonS3Configurations { nodes { id } } } }"
)
INSTANCE_STREAMS = "query streams { auditEventsInstanceStreamingDestinations { nodes { category active } } }"
OLDER_INSTANCE_STREAMS = (
    "query streams { instanceExternalAuditEventDestinations { nodes { id } }"
    " instanceGoogleCloudLoggingConfigurations { nodes { id } }"
    " auditEventsInstanceAmazonS3Configurations { nodes { id } } }"
)
EXECUTORS = (
    "query executors($path: ID!, $membership: CiRunnerMembershipFilter, $after: String) { group(fullPath: $path) {"
    " runners(membership: $membership, first: 100, after: $after) { pageInfo { hasNextPage endCursor }"
    " nodes { id %s } } } }"
)
OF_RUNNERS = {
    GitLabFacet.EXECUTORS: "managers(first: 20) { nodes { executorName } }",
    GitLabFacet.RUNNER_LEVELS: "accessLevel",
}
"""What is asked of each runner, all in one query. https://docs.gitlab.com/api/graphql/reference/#cirunner"""


async def told(run: Run, top: Ref, path: str) -> list[AnyFact]:
    """Read of the outermost group what no list tells, as one thing beside it."""
    found: dict[str, Any] = {}
    facts: list[AnyFact] = []

    async def audit() -> list[AnyFact]:
        found["audit_streams"] = await _streams(run, path)
        return []

    runners = Runners(run, path)

    async def executors() -> list[AnyFact]:
        found["executors"] = _executors(await runners.told(GitLabFacet.EXECUTORS))
        return []

    async def levels() -> list[AnyFact]:
        found["runner_levels"] = _levels(await runners.told(GitLabFacet.RUNNER_LEVELS))
        return []

    facts += await run.premium(top, GitLabFacet.AUDIT_STREAMS, audit)
    facts += await run.guarded(top, GitLabFacet.EXECUTORS, executors)
    facts += await run.guarded(top, GitLabFacet.RUNNER_LEVELS, levels)
    origin = run.origin("graphql group")
    thing = Resource(
        ref=run.ref(Kind.APPLICATION, f"{KEY}{top.key}"),
        name=f"graphql:{path}",
        parent=top,
        attributes=found,
        origin=origin,
    )
    return [*facts, thing] if found else facts


async def _streams(run: Run, path: str) -> list[dict[str, Any]]:
    """Return where the audit events of a group, and of an instance of one's own, are streamed to: never the address itself.

    https://docs.gitlab.com/administration/compliance/audit_event_streaming/
    """
    try:
        rows = _rows((await _group(run, STREAMS, "streams", path)), "externalAuditEventStreamingDestinations")
    except UnknownField:
        group = await _group(run, OLDER_STREAMS, "streams", path)
        rows = [row for field in group for row in _rows(group, field)]
    if run.tenant is not None and not any(_is_on(row) for row in rows):
        rows = [*rows, *await _of_instance(run)]
    return [{"category": str(row.get("category") or "http"), "active": _is_on(row)} for row in rows]


async def _of_instance(run: Run) -> list[dict[str, Any]]:
    try:
        found = await run.gitlab.graphql(INSTANCE_STREAMS, name="streams of the instance")
    except UnknownField:
        found = await run.gitlab.graphql(OLDER_INSTANCE_STREAMS, name="streams of the instance")
    return [row for field in found for row in _rows(found, field)]


class Runners:
    """The runners below a group, asked for once for all that is told of them.

    A field that an older GitLab does not know is left out of the query, and the others are asked for without it.
    """

    def __init__(self, run: Run, path: str) -> None:
        self.run, self.path = run, path
        self._rows: list[dict[str, Any]] | None = None
        self._refusals: dict[GitLabFacet, SourceError] = {}

    async def told(self, facet: GitLabFacet) -> list[dict[str, Any]]:
        """Return the rows that tell a facet. Raises SourceError where they were refused, or this GitLab has no such field."""
        if self._rows is None and not self._refusals:
            try:
                self._rows = await self._known()
            except SourceError as refusal:
                self._refusals = dict.fromkeys(OF_RUNNERS, refusal)
        if facet in self._refusals:
            raise self._refusals[facet]
        return self._rows or []

    async def _known(self) -> list[dict[str, Any]]:
        try:
            return await self._pages(OF_RUNNERS.values())
        except UnknownField as refusal:
            words = set(re.findall(r"'(\w+)' doesn't exist", str(refusal)))
            lacking = {each for each, asked in OF_RUNNERS.items() if words & set(re.findall(r"\w+", asked))}
            if not lacking or lacking == OF_RUNNERS.keys():
                raise
            self._refusals = dict.fromkeys(lacking, refusal)
        return await self._pages(asked for each, asked in OF_RUNNERS.items() if each not in lacking)

    async def _pages(self, fields: Iterable[str]) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        after: str | None = None
        query = EXECUTORS % " ".join(fields)
        # on gitlab.com the instance's own runners are the vendor's
        membership = "DESCENDANTS" if self.run.tenant is None else "ALL_AVAILABLE"
        for _ in range(MOST_PAGES):
            group = await _group(self.run, query, "executors", self.path, membership=membership, after=after)
            page = group.get("runners")
            found += _rows(group, "runners")
            ahead = page.get("pageInfo") if isinstance(page, dict) else None
            more = ahead.get("hasNextPage") if isinstance(ahead, dict) else None
            if not isinstance(ahead, dict) or not isinstance(more, bool):
                raise UnexpectedAnswer("graphql executors does not say whether it ends", endpoint="graphql executors")
            if not more:
                return found
            cursor = ahead.get("endCursor")
            if not isinstance(cursor, str) or cursor == after:
                raise UnexpectedAnswer("graphql executors leads in a circle", endpoint="graphql executors")
            after = cursor
        raise UnexpectedAnswer(f"graphql executors has more than {MOST_PAGES} pages", endpoint="graphql executors")


def _executors(rows: list[dict[str, Any]]) -> dict[str, list[str]]:
    """Return by which executors the machines of each runner run jobs, by the runner's id; nothing where none is told yet.

    Of a machine that does not say it, the word is GitLab's own for that: unknown.
    https://docs.gitlab.com/runner/executors/
    """
    found: dict[str, list[str]] = {}
    for row in rows:
        # of a runner whose machines the token does not see nothing is known; the others are told
        managers = _rows(row, "managers") if row.get("managers") is not None else []
        names = (each.get("executorName") for each in managers)
        found[_number(row)] = sorted({name.lower() if isinstance(name, str) and name else "unknown" for name in names})
    return found


def _levels(rows: list[dict[str, Any]]) -> dict[str, str]:
    """Return the access level of each runner in the words of the REST API, whose lists of runners do not tell it.

    https://docs.gitlab.com/api/graphql/reference/#cirunneraccesslevel
    """
    told = {_number(row): row.get("accessLevel") for row in rows}
    return {number: level.lower() for number, level in told.items() if isinstance(level, str)}


def _number(row: dict[str, Any]) -> str:
    return str(row.get("id")).rpartition("/")[2]


async def _group(run: Run, query: str, name: str, path: str, **variables: Any) -> dict[str, Any]:
    group = (await run.gitlab.graphql(query, name=name, path=path, **variables)).get("group")
    if not isinstance(group, dict):
        raise AccessDenied(f"graphql {name}: the group is not shown", endpoint=f"graphql {name}")
    return group


def _rows(of: dict[str, Any], field: str) -> list[dict[str, Any]]:
    """Return the nodes of a connection. Raises AccessDenied where it is null: the token does not see it."""
    connection = of.get(field)
    if connection is None:
        raise AccessDenied(f"graphql: {field} is not shown to this token", endpoint="graphql")
    nodes = connection.get("nodes") if isinstance(connection, dict) else None
    if not isinstance(nodes, list) or not all(isinstance(each, dict) for each in nodes):
        raise UnexpectedAnswer(f"graphql: {field} is no list of objects", endpoint="graphql")
    return nodes


def _is_on(row: dict[str, Any]) -> bool:
    """Tell whether a destination is on; older ones cannot be switched off, and say nothing of it."""
    return row.get("active") is not False
