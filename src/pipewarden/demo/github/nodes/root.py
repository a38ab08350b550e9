"""Where every query of the GraphQL schema begins."""

from typing import Any

from graphql import GraphQLError

from pipewarden.demo.estate.elsewhere import foreign, is_owner
from pipewarden.demo.estate.kinds import Estate, Json
from pipewarden.demo.github.asking import Viewer
from pipewarden.demo.github.nodes.foreign import ForeignNode, advisories
from pipewarden.demo.github.nodes.organizations import OrganizationNode, enterprise_provider
from pipewarden.demo.github.nodes.parts import Asked, connection, user
from pipewarden.demo.github.nodes.repositories import RepositoryNode


class Root(Asked):
    """The query's beginning."""

    def __init__(self, estate: Estate, viewer: Viewer, points: int = 1) -> None:
        super().__init__(estate, viewer)
        self.points = points

    @property
    def rateLimit(self) -> Json:  # noqa: N802 - GraphQL's name
        """What the query cost, by GitHub's formula."""
        left = 10_000 - self.points
        reset = "2026-11-23T10:00:00Z"
        return {
            "cost": self.points,
            "limit": 10_000,
            "remaining": left,
            "used": self.points,
            "nodeCount": 100,
            "resetAt": reset,
        }

    def organization(self, _info: Any, login: str) -> Any:
        """Find an organization."""
        found = self.estate.organizations.get(login)
        if found is None:
            told = f"Could not resolve to an Organization with the login of '{login}'."
            raise GraphQLError(told, extensions={"type": "NOT_FOUND"})
        return OrganizationNode(self, found)

    def repository(self, _info: Any, owner: str, name: str, **_: Any) -> Any:
        """Find a repository."""
        found = self.estate.repository(f"{owner}/{name}")
        other = foreign(f"{owner}/{name}") if found is None else None
        if other is not None:
            return ForeignNode(other)
        if found is None:
            raise GraphQLError("Could not resolve to a Repository", extensions={"type": "NOT_FOUND"})
        return RepositoryNode(self, *found)

    def repositoryOwner(self, _info: Any, login: str) -> Any:  # noqa: N802 - GraphQL's own
        """Find whoever has a login; null where nobody has it."""
        if login in self.estate.organizations or is_owner(login):
            return {"__typename": "Organization", "login": login}
        return {"__typename": "User", "login": login} if login in self.estate.people else None

    def securityVulnerabilities(self, _info: Any, first: int | None = None, after: str | None = None, **_: Any) -> Json:  # noqa: N802
        """What the advisory database tells of actions."""
        return advisories(first, after)

    def enterprise(self, _info: Any, slug: str, **_: Any) -> Any:
        """Find the enterprise; apps and members do not see its owner information."""
        if slug != self.estate.enterprise["slug"]:
            raise GraphQLError("Could not resolve to an Enterprise", extensions={"type": "NOT_FOUND"})
        info = self.estate.enterprise["owner_info"]
        owners = [
            {"role": "OWNER", "node": user(self.estate.person(login), self)}
            for login in self.estate.enterprise["owners"]
        ]
        if info:
            info = {**info, **enterprise_provider(self), "admins": connection(owners, 100, None)}
        return {
            "databaseId": self.estate.enterprise["id"],
            "slug": slug,
            "name": self.estate.enterprise["name"],
            "ownerInfo": info if self.viewer.owner else None,
            "organizations": connection(
                [OrganizationNode(self, o) for o in self.estate.organizations.values()], 100, None
            ),
        }
