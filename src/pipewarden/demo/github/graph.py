"""The part of GitHub's GraphQL schema that an access inventory asks for, answered over the estate.

Names, types and nullability are those of the official schema; a test compares them.
"""

import re
from importlib.resources import files
from typing import Any

from graphql import (
    DocumentNode,
    ExecutionResult,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLFieldResolver,
    GraphQLResolveInfo,
    InlineFragmentNode,
    OperationDefinitionNode,
    VariableNode,
    build_schema,
    default_field_resolver,
    execute_sync,
    parse,
    validate,
)

from pipewarden.demo.estate.kinds import Estate, Json
from pipewarden.demo.github import mischief
from pipewarden.demo.github.asking import Viewer
from pipewarden.demo.github.nodes.parts import forbidden
from pipewarden.demo.github.nodes.root import Root
from pipewarden.demo.github.variant import Variant


class Graph:
    """Answers queries. Parsed and validated documents are kept: a collection sends the same few thousand times."""

    def __init__(self) -> None:
        text = (files("pipewarden.demo.github") / "schema.graphql").read_text(encoding="utf-8")
        self.schema = build_schema(text)
        self._documents: dict[str, DocumentNode | list[GraphQLError]] = {}

    def answer(
        self, estate: Estate, viewer: Viewer, query: str, variables: Json, variant: Variant | None = None
    ) -> tuple[Json, int]:
        """Return `data` and `errors` as GitHub does, with the cost in rateLimit; and the cost, in points."""
        document = self._documents.get(query)
        if document is None:
            try:
                parsed = parse(query)
                document = validate(self.schema, parsed) or parsed
            except GraphQLError as mistake:
                document = [mistake]
            self._documents[query] = document
        if isinstance(document, list):
            return {"errors": [{"message": each.message} for each in document]}, 1
        for name in ("first", "last"):
            if isinstance(variables.get(name), int) and not 1 <= variables[name] <= 100:
                told = f"`{name}` must be between 1 and 100"
                return {"errors": [{"message": told, "type": "EXCESSIVE_PAGINATION"}]}, 1
        points = cost(document, variables)
        root = Root(estate, viewer, points)

        result: ExecutionResult = execute_sync(
            self.schema,
            document,
            root_value=root,
            variable_values=variables,
            field_resolver=_resolver(variant) if variant else None,
        )
        out: Json = {"data": result.data}
        if result.errors:
            out["errors"] = [
                {
                    "type": (each.extensions or {}).get("type", "INTERNAL"),
                    "path": each.path,
                    "message": each.message,
                }
                for each in result.errors
            ]
        return (mischief.broken(out, operation_of(query), variant) if variant else out), points


def operation_of(query: str) -> str:
    """Return the name of a query's operation."""
    found = re.search(r"\bquery\s+(\w+)", query)
    return found.group(1) if found else ""


def _resolver(variant: Variant) -> GraphQLFieldResolver | None:
    """Return what answers a field as a variant wants it, None where it wants nothing.

    Refused fields are not answered, as where one facet of a query needs more than the token has.
    """
    if not (variant.refused_fields or variant.refused_places or variant.largest_connection):
        return None

    def resolve(source: Any, info: GraphQLResolveInfo[Any], **arguments: Any) -> Any:
        name = info.operation.name
        operation = name.value if name else ""
        if info.field_name in variant.refused_fields or (
            variant.refused_places and mischief.is_named(tuple(info.path.as_list()), operation, variant.refused_places)
        ):
            raise forbidden(info.field_name)
        if variant.largest_connection and "first" in arguments:
            arguments["first"] = min(arguments["first"], variant.largest_connection)
        return default_field_resolver(source, info, **arguments)

    return resolve


def cost(document: DocumentNode, variables: Json) -> int:
    """Return the points of a query: the requests its connections stand for, by a hundred, at least one.

    https://docs.github.com/en/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api
    """
    fragments = {d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)}

    def requests(node: Any, outer: int) -> int:
        total = 0
        for each in node.selection_set.selections if node.selection_set else ():
            if isinstance(each, FragmentSpreadNode):
                total += requests(fragments[each.name.value], outer)
                continue
            if isinstance(each, InlineFragmentNode):
                total += requests(each, outer)
                continue
            size = next(
                (_number(a.value, variables) for a in each.arguments or () if a.name.value in {"first", "last"}), 0
            )
            total += outer if size else 0
            total += requests(each, outer * size if size else outer)
        return total

    operation = next(d for d in document.definitions if isinstance(d, OperationDefinitionNode))
    return max(1, round(requests(operation, 1) / 100))


def _number(value: Any, variables: Json) -> int:
    if isinstance(value, VariableNode):
        return int(variables.get(value.name.value) or 0)
    return int(getattr(value, "value", 0))
