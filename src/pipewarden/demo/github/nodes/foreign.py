"""Repositories of others and advisories, in the part of GitHub's GraphQL schema that is asked about actions."""

from typing import Any

from graphql import GraphQLError

from pipewarden.demo.estate.elsewhere import ADVISORIES, Foreign
from pipewarden.demo.estate.kinds import Json
from pipewarden.demo.github.nodes.parts import connection


def advisories(first: int | None, after: str | None) -> Json:
    """Return what is known of vulnerable actions."""
    nodes = [
        {
            "severity": row["severity"],
            "vulnerableVersionRange": row["affected"],
            "firstPatchedVersion": {"identifier": row["patched"]} if row["patched"] else None,
            "package": {"name": row["package"], "ecosystem": "ACTIONS"},
            "advisory": {"ghsaId": row["id"], "withdrawnAt": row["withdrawn"]},
        }
        for row in ADVISORIES
    ]
    return connection(nodes, first, after)


class ForeignRef:
    """A branch or tag."""

    def __init__(self, repository: Foreign, qualified: str) -> None:
        self._repository = repository
        self._qualified = qualified
        self.name = qualified.split("/", 2)[2]

    @property
    def target(self) -> Json | None:
        """What it points at; an annotated tag has an object of its own."""
        found = self._repository.target(self._qualified)
        if found is None:
            return None
        commit = {"__typename": "Commit", "oid": found[1]}
        return {"__typename": "Tag", "oid": found[0], "target": commit} if found[0] else commit

    def compare(self, _info: Any, headRef: str) -> Json | None:  # noqa: N803 - GraphQL's own
        """Compare with a commit: behind where it is in the history, beside it where only a fork has it."""
        history = self._repository.history(self._qualified)
        if not self._repository.knows(headRef):
            raise GraphQLError("Could not resolve to a Comparison", extensions={"type": "NOT_FOUND"})
        if headRef in history:
            return {"status": "IDENTICAL" if history[0] == headRef else "BEHIND"}
        return {"status": "DIVERGED"}


class ForeignNode:
    """A repository of somebody else, of which only what is public is told."""

    def __init__(self, repository: Foreign) -> None:
        self._repository = repository
        self.nameWithOwner = repository.name
        self.name = repository.name.partition("/")[2]
        self.isArchived = repository.archived
        owner: Json = {"__typename": "User", "login": repository.owner}
        if repository.verified is not None:
            owner = {"__typename": "Organization", "login": repository.owner, "isVerified": repository.verified}
        self.owner = owner

    @property
    def defaultBranchRef(self) -> ForeignRef | None:  # noqa: N802 - GraphQL's own
        """The first branch."""
        first = next(iter(self._repository.branches), None)
        return ForeignRef(self._repository, f"refs/heads/{first}") if first else None

    def ref(self, _info: Any, qualifiedName: str) -> ForeignRef | None:  # noqa: N803 - GraphQL's own
        """One branch or tag; null where there is none."""
        found = self._repository.target(qualifiedName)
        return ForeignRef(self._repository, qualifiedName) if found else None

    def refs(self, _info: Any, refPrefix: str, first: int | None = None, after: str | None = None, **_: Any) -> Json:  # noqa: N803
        """All branches or tags."""
        names = self._repository.tags if refPrefix == "refs/tags/" else self._repository.branches
        return connection([ForeignRef(self._repository, f"{refPrefix}{name}") for name in names], first, after)

    def object(self, _info: Any, oid: str | None = None, **_: Any) -> Json | None:
        """An object by its hash: whatever a fork has is found as well, which is the trap."""
        return {"__typename": "Commit", "oid": oid} if oid and self._repository.knows(oid) else None
