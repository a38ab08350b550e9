"""What the objects of the GraphQL schema have in common: who asks, people, pages and refusals."""

from typing import Any

from graphql import GraphQLError

from pipewarden.demo.estate.kinds import Estate, Json, Person
from pipewarden.demo.github.asking import Viewer


class Asked:
    """The estate that is asked, and who asks it."""

    def __init__(self, estate: Estate, viewer: Viewer) -> None:
        self.estate = estate
        self.viewer = viewer


def user(person: Person, root: Asked) -> Json:
    """Return a User."""

    def emails(_info: Any, login: str) -> list[str]:
        """Return verified addresses at the organization's verified domains, to its owners and apps."""
        org = root.estate.organizations.get(login)
        if org is None or not root.viewer.trusted:
            return []
        domains = {str(each["domain"]) for each in org.graphql.get("domains", ()) if each["isVerified"]}
        return [each for each in person.emails if each.rpartition("@")[2] in domains]

    return {
        "__typename": "User",
        "databaseId": person.id,
        "login": person.login,
        "name": person.name or None,
        "createdAt": person.created,
        "organizationVerifiedDomainEmails": emails,
    }


def connection(items: list[Any], first: int | None, after: str | None, **more: Any) -> Json:
    """Return one page of a connection; cursors are opaque to who asks."""
    start = int(after.removeprefix("cursor:")) if after else 0
    size = 100 if first is None else first
    end = min(start + size, len(items))
    return {
        "totalCount": len(items),
        "pageInfo": {"hasNextPage": end < len(items), "endCursor": f"cursor:{end}" if items else None},
        "nodes": items[start:end],
        "edges": items[start:end],
        **more,
    }


def page(items: list[Any], first: int | None, after: str | None) -> list[Any]:
    """Return the part of a list that a connection shows."""
    start = int(after.removeprefix("cursor:")) if after else 0
    return items[start : start + (100 if first is None else first)]


def forbidden(what: str) -> GraphQLError:
    """Return GitHub's refusal of one field."""
    return GraphQLError(f"Resource not accessible: {what}", extensions={"type": "FORBIDDEN"})
