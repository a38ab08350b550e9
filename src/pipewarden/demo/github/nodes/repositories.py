"""Repositories of the GraphQL schema, with what protects them and what stands in them."""

from typing import Any

from pipewarden.demo.estate.access import base_of, highest, sources
from pipewarden.demo.estate.kinds import Json, Organization, Repository
from pipewarden.demo.github.nodes.parts import Asked, connection, forbidden, page, user
from pipewarden.demo.github.rulesets import rulesets_of


class RepositoryNode:
    """A Repository."""

    def __init__(self, root: Asked, org: Organization, repo: Repository) -> None:
        self.root = root
        self.org = org
        self.repo = repo
        self.databaseId = repo.id
        self.name = repo.name
        self.nameWithOwner = f"{org.login}/{repo.name}"
        self.visibility = repo.visibility.upper()
        self.isArchived = repo.archived
        self.isDisabled = False
        self.isFork = repo.fork
        self.isTemplate = False
        self.isEmpty = False
        self.createdAt = repo.created
        self.pushedAt = repo.pushed
        self.forkingAllowed = repo.forking
        self.autoMergeAllowed = repo.auto_merge
        self.webCommitSignoffRequired = False
        self.defaultBranchRef = {"name": repo.default_branch}

    def collaborators(
        self, _info: Any, first: int | None = None, after: str | None = None, affiliation: str = "ALL", **_: Any
    ) -> Any:
        """Who was given a role here, or whoever may read: each with every source of their access."""
        if not self.root.viewer.trusted:
            raise forbidden("collaborators")
        people = sorted(self.repo.collaborators)
        if affiliation == "OUTSIDE":
            people = [login for login in people if login not in self.org.people]
        elif affiliation == "ALL":
            held = (login for login in self.org.people if sources(self.org, self.repo, login))
            people = sorted({*people, *held})
        edges = [self._edge(login) for login in page(people, first, after)]
        return {**connection(people, first, after), "edges": edges, "nodes": [edge["node"] for edge in edges]}

    def _edge(self, login: str) -> Json:
        found = sources(self.org, self.repo, login)
        return {
            "permission": base_of(self.org, highest(self.org, found)).upper(),
            "permissionSources": [self._source(each.role, self._giver(each.kind, each.name)) for each in found],
            "node": user(self.root.estate.people[login], self.root),
        }

    def _giver(self, kind: str, name: str) -> Any:
        if kind == "repository":
            return {"__typename": "Repository", "databaseId": self.repo.id, "nameWithOwner": self.nameWithOwner}
        if kind == "team":
            team = self.org.teams[name]
            where = f"{self.org.login}/{name}"
            return {"__typename": "Team", "databaseId": team.id, "slug": name, "combinedSlug": where}
        return {"__typename": "Organization", "databaseId": self.org.id, "login": self.org.login}

    def _source(self, role: str, source: Json) -> Json:
        base = base_of(self.org, role)
        # the field has four words only: what lies between is told by roleName alone
        coarse = {"triage": "READ", "maintain": "WRITE"}.get(base, base.upper())
        return {"permission": coarse, "roleName": role, "source": source}

    def branchProtectionRules(self, _info: Any, first: int | None = None, after: str | None = None) -> Any:  # noqa: N802
        """Classic protection; for administrators only."""
        if not self.root.viewer.trusted:
            raise forbidden("branchProtectionRules")
        return connection([self._rule(n, rule) for n, rule in enumerate(self.repo.protections)], first, after)

    def _rule(self, number: int, rule: Json) -> Json:
        shape = dict(rule)
        shape["databaseId"] = self.repo.id * 10 + number
        shape["requiredStatusChecks"] = [
            {"context": c["context"], "app": {"databaseId": c["app"]} if c["app"] else None}
            for c in rule["requiredStatusChecks"]
        ]
        for name in (
            "pushAllowances",
            "bypassPullRequestAllowances",
            "bypassForcePushAllowances",
            "reviewDismissalAllowances",
        ):
            nodes = [{"actor": self._actor(actor)} for actor in rule[name]]
            shape[name] = lambda _info, first=None, after=None, nodes=nodes: connection(nodes, first, after)
        return shape

    def _actor(self, actor: Json) -> Json:
        if actor["type"] == "User":
            return user(self.root.estate.people[actor["name"]], self.root)
        if actor["type"] == "Team":
            return {"__typename": "Team", "databaseId": self.org.teams[actor["name"]].id, "slug": actor["name"]}
        app = next(a for a in self.org.apps if a["app_slug"] == actor["name"])
        return {"__typename": "App", "databaseId": app["app_id"], "slug": actor["name"]}

    @property
    def parent(self) -> Any:
        """The repository it is a fork of, where that is of the same organization."""
        upstream = self.org.repositories.get(self.repo.upstream)
        return RepositoryNode(self.root, self.org, upstream) if upstream else None

    def rulesets(
        self,
        _info: Any,
        first: int | None = None,
        after: str | None = None,
        includeParents: bool = True,  # noqa: N803 - GraphQL's own
        **_: Any,
    ) -> Json:
        """Own rulesets, and with its parents those of the organization and the enterprise that are for it."""
        rows = rulesets_of(self.root.estate, self.org, self.repo, parents=includeParents)
        nodes = [{"databaseId": row["id"], "source": {"__typename": kind}} for row, _, kind in rows]
        return connection(nodes, first, after)

    def deployKeys(self, _info: Any, first: int | None = None, after: str | None = None) -> Any:  # noqa: N802
        """Deploy keys; for administrators only."""
        if not self.root.viewer.trusted:
            raise forbidden("deployKeys")
        return connection([{} for _ in self.repo.keys], first, after)

    def environments(self, _info: Any, first: int | None = None, after: str | None = None, **_: Any) -> Json:
        """Environments."""
        nodes = [{"databaseId": row["id"], "name": row["name"]} for row in self.repo.environments]
        return connection(nodes, first, after)

    def object(self, _info: Any, expression: str | None = None, **_: Any) -> Any:
        """A folder or file of the default branch."""
        return found_at((expression or "").removeprefix("HEAD:"), self.repo.every_file())

    def codeowners(self, _info: Any, **_: Any) -> Any:
        """What GitHub finds wrong with CODEOWNERS: owners without write access or who left."""
        if self.repo.codeowners is None:
            return None
        errors = []
        for number, line in enumerate(self.repo.codeowners.split("\n"), 1):
            for word in line.split()[1:]:
                login = word.removeprefix("@")
                if not line.startswith("#") and "/" not in login and login not in self.org.people:
                    told = f"Unknown owner on line {number}: make sure {word} exists and has write access to the repository"
                    errors.append(
                        {
                            "line": number,
                            "column": 1,
                            "kind": "Unknown owner",
                            "message": told,
                            "path": ".github/CODEOWNERS",
                        }
                    )
        return {"errors": errors}


def found_at(path: str, every: dict[str, str]) -> Any:
    """Return the Blob or Tree at a path among the files of a branch; None where there is neither."""
    if path in every:
        return blob(every[path])
    begins = f"{path}/" if path else ""
    inside = sorted({name.removeprefix(begins).partition("/")[0] for name in every if name.startswith(begins)})
    if not inside:
        return None
    entries = [
        {
            "name": name,
            "path": f"{begins}{name}",
            "type": "blob" if f"{begins}{name}" in every else "tree",
            "object": found_at(f"{begins}{name}", every),
        }
        for name in inside
    ]
    return {"__typename": "Tree", "entries": entries}


def blob(text: str) -> Json:
    """Return a Blob."""
    return {"__typename": "Blob", "oid": "0" * 40, "byteSize": len(text), "isTruncated": False, "text": text}
