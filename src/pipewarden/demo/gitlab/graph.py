"""The part of GitLab's GraphQL schema that the connector asks for, answered over the estate.

Fields, types and arguments are those of the vendor's reference; no description of that schema is at hand to hold it against.
https://docs.gitlab.com/api/graphql/reference/
"""

import re
from functools import cache
from typing import Any

from graphql import GraphQLError, GraphQLSchema, build_schema, execute_sync, parse, validate

from pipewarden.demo.gitlab.kinds import GitLabEstate, Json
from pipewarden.demo.gitlab.variant import Variant, names

NEWER = """
type Query {
  group(fullPath: ID!): Group
  auditEventsInstanceStreamingDestinations(first: Int, after: String): Streams
}
type Group {
  id: ID!
  fullPath: ID!
  externalAuditEventStreamingDestinations(first: Int, after: String): Streams
  runners(membership: CiRunnerMembershipFilter = DESCENDANTS, first: Int, after: String): Runners
}
type Streams { nodes: [Stream], pageInfo: PageInfo! }
type Stream { id: ID!, name: String!, category: String!, active: Boolean! }
"""
OLDER = """
type Query {
  group(fullPath: ID!): Group
  instanceExternalAuditEventDestinations(first: Int, after: String): Streams
  instanceGoogleCloudLoggingConfigurations(first: Int, after: String): Streams
  auditEventsInstanceAmazonS3Configurations(first: Int, after: String): Streams
}
type Group {
  id: ID!
  fullPath: ID!
  externalAuditEventDestinations(first: Int, after: String): Streams
  googleCloudLoggingConfigurations(first: Int, after: String): Streams
  amazonS3Configurations(first: Int, after: String): Streams
  runners(membership: CiRunnerMembershipFilter = DESCENDANTS, first: Int, after: String): Runners
}
type Streams { nodes: [Stream], pageInfo: PageInfo! }
type Stream { id: ID!, name: String! }
"""
SHARED = """
enum CiRunnerMembershipFilter { DIRECT DESCENDANTS ALL_AVAILABLE }
type PageInfo { hasNextPage: Boolean!, hasPreviousPage: Boolean!, startCursor: String, endCursor: String }
type Runners { nodes: [CiRunner], pageInfo: PageInfo! }
enum CiRunnerAccessLevel { NOT_PROTECTED REF_PROTECTED }
type CiRunner {
  id: ID!
  accessLevel: CiRunnerAccessLevel!
  managers(first: Int, after: String): CiRunnerManagers
}
type CiRunnerManagers { nodes: [CiRunnerManager] }
type CiRunnerManager {
  id: ID!
  systemId: String!
  executorName: String
}
"""

_NAME = re.compile(r"query\s+(\w+)")


@cache
def _schema(older: bool, lacks: frozenset[str]) -> GraphQLSchema:
    lines = ((OLDER if older else NEWER) + SHARED).splitlines()
    return build_schema("\n".join(line for line in lines if not line.startswith(tuple(f"  {each}" for each in lacks))))


def name_of(query: str) -> str:
    """Return the name of a query."""
    found = _NAME.match(query)
    return found.group(1) if found else ""


def answer(estate: GitLabEstate, query: str, variables: Json, variant: Variant, *, admin: bool) -> Json:
    """Return `data` and `errors`; what the token does not see is null."""
    schema = _schema(variant.older, variant.lacks)
    try:
        document = parse(query)
        faults = validate(schema, document)
    except GraphQLError as fault:
        return {"errors": [{"message": fault.message}]}
    if faults:
        return {"errors": [{"message": _as_gitlab(each.message)} for each in faults]}
    root = {"group": _group, "auditEventsInstanceStreamingDestinations": _of_instance}
    root |= dict.fromkeys(
        (
            "instanceExternalAuditEventDestinations",
            "instanceGoogleCloudLoggingConfigurations",
            "auditEventsInstanceAmazonS3Configurations",
        ),
        _of_instance,
    )
    context = {"estate": estate, "variant": variant, "admin": admin}
    result = execute_sync(schema, document, root, context_value=context, variable_values=variables)
    body: Json = {"data": result.data}
    if result.errors:
        body["errors"] = [{"message": each.message} for each in result.errors]
    return body


def _as_gitlab(told: str) -> str:
    """Say a fault in GitLab's words."""
    found = re.match(r"Cannot query field '(\w+)' on type '(\w+)'", told)
    return f"Field '{found.group(1)}' doesn't exist on type '{found.group(2)}'" if found else told


def _of_instance(info: Any, **_: Any) -> Any:
    seen = info.context["admin"] and not names(info.context["variant"].unseen, f"Query.{info.field_name}")
    newest = info.field_name in {"auditEventsInstanceStreamingDestinations", "instanceExternalAuditEventDestinations"}
    return _connection(info.context["estate"].streams.get("", []) if newest else [], {}) if seen else None


def _group(info: Any, fullPath: str) -> Any:  # noqa: N803 - as the schema has it
    estate = info.context["estate"]
    number = estate.paths.get(f"groups/{fullPath}")
    if number is None:
        return None

    def of(rows: list[Json]) -> Any:
        def found(info: Any, **asked: Any) -> Any:
            hidden = names(info.context["variant"].unseen, f"Group.{info.field_name}")
            return None if hidden else _connection(rows, asked)

        return found

    streams = estate.streams.get(fullPath, [])
    none = of([])
    return {
        "id": f"gid://gitlab/Group/{number}",
        "fullPath": fullPath,
        "runners": of([_runner(estate, each) for each in _runners(estate)]),
        "externalAuditEventStreamingDestinations": of(streams),
        "externalAuditEventDestinations": of(streams),
        "googleCloudLoggingConfigurations": none,
        "amazonS3Configurations": none,
    }


def _runners(estate: GitLabEstate) -> list[Json]:
    """Return the runners of all lists, each once."""
    rows = [row for address, body in estate.answers.items() if "runners" in address.rsplit("/", 2)[-2:] for row in body]
    return list({row["id"]: row for row in rows}.values())


def _runner(estate: GitLabEstate, row: Json) -> Json:
    executors = estate.executors.get(row["id"], ["docker"])
    managers = [
        {"id": f"gid://gitlab/Ci::RunnerManager/{row['id']}{n}", "systemId": f"s_{n}", "executorName": each}
        for n, each in enumerate(executors)
    ]

    def shown(info: Any, **_: Any) -> Any:
        return None if names(info.context["variant"].unseen, "CiRunner.managers") else {"nodes": managers}

    level = estate.levels.get(row["id"], "not_protected")
    return {"id": f"gid://gitlab/Ci::Runner/{row['id']}", "accessLevel": level.upper(), "managers": shown}


def _connection(rows: list[Json], asked: Json) -> Json:
    """Return a page of rows behind a cursor, which is the place in the list."""
    start = int(asked.get("after") or 0)
    end = start + min(int(asked.get("first") or 100), 100)
    more = end < len(rows)
    page = {"hasNextPage": more, "hasPreviousPage": start > 0, "startCursor": str(start), "endCursor": str(end)}
    return {"nodes": rows[start:end], "pageInfo": page}
