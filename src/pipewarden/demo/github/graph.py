"""The part of GitHub's GraphQL schema that an access inventory asks for, answered over the estate.

Names, types and nullability are those of the official schema; a test compares them.
"""

import re
from collections.abc import Iterable
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

from pipewarden.demo.estate.access import base_of, below, highest, lineage, role_on_team, sources
from pipewarden.demo.estate.elsewhere import foreign, is_owner
from pipewarden.demo.estate.kinds import Estate, Json, Organization, Person, Repository, Team
from pipewarden.demo.github import mischief
from pipewarden.demo.github.asking import Viewer
from pipewarden.demo.github.foreign import ForeignNode, advisories
from pipewarden.demo.github.rulesets import rulesets_of
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


def forbidden(what: str) -> GraphQLError:
    """Return GitHub's refusal of one field."""
    return GraphQLError(f"Resource not accessible: {what}", extensions={"type": "FORBIDDEN"})


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


class Root:
    """The query's beginning."""

    def __init__(self, estate: Estate, viewer: Viewer, points: int = 1) -> None:
        self.estate = estate
        self.viewer = viewer
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


def user(person: Person, root: Root) -> Json:
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


class OrganizationNode:
    """An Organization."""

    def __init__(self, root: Root, org: Organization) -> None:
        self.root = root
        self.org = org
        self.databaseId = org.id
        self.login = org.login
        self.membersCanForkPrivateRepositories = bool(org.settings.get("members_can_fork_private_repositories"))
        self.isVerified = bool(org.settings.get("is_verified"))
        self.requiresTwoFactorAuthentication = (
            org.settings.get("two_factor_requirement_enabled") if root.viewer.owner else None
        )

    def _owners_only(self, name: str) -> Any:
        if not self.root.viewer.owner:
            raise forbidden(name)
        return self.org.graphql[name]

    @property
    def ipAllowListEnabledSetting(self) -> str:  # noqa: N802
        """For owners only."""
        return str(self._owners_only("ipAllowListEnabledSetting"))

    @property
    def ipAllowListForInstalledAppsEnabledSetting(self) -> str:  # noqa: N802
        """For owners only."""
        return str(self._owners_only("ipAllowListForInstalledAppsEnabledSetting"))

    @property
    def notificationDeliveryRestrictionEnabledSetting(self) -> str:  # noqa: N802
        """For owners only."""
        return str(self._owners_only("notificationDeliveryRestrictionEnabledSetting"))

    def domains(self, _info: Any, first: int | None = None, after: str | None = None) -> Json:
        """For owners only."""
        return connection(self._owners_only("domains"), first, after)

    @property
    def samlIdentityProvider(self) -> Any:  # noqa: N802
        """For owners only; null where there is none."""
        if not self.root.viewer.owner:
            raise forbidden("samlIdentityProvider")
        issuer = self.org.saml_issuer
        return Provider(self.root, self.org.people, {"issuer": issuer, "ssoUrl": f"{issuer}/sso"}) if issuer else None

    def membersWithRole(self, _info: Any, first: int | None = None, after: str | None = None) -> Json:  # noqa: N802
        """Members; their second factor for owners only."""
        people = self.root.estate.people
        edges = [
            {
                "role": role.upper(),
                "hasTwoFactorEnabled": people[login].mfa != "disabled" if self.root.viewer.owner else None,
                "node": user(people[login], self.root),
            }
            for login, role in page(list(self.org.people.items()), first, after)
        ]
        return {**connection(list(self.org.people), first, after), "edges": edges, "nodes": []}

    def teams(self, _info: Any, first: int | None = None, after: str | None = None) -> Json:
        """Teams."""
        return connection([TeamNode(self.root, self.org, t) for t in self.org.teams.values()], first, after)

    def team(self, _info: Any, slug: str) -> Any:
        """One team."""
        found = self.org.teams.get(slug)
        return TeamNode(self.root, self.org, found) if found else None

    def repositories(self, _info: Any, first: int | None = None, after: str | None = None, **_: Any) -> Json:
        """Repositories by name; strangers see the public ones."""
        repos = sorted(self.org.repositories.values(), key=lambda r: r.name)
        if self.root.viewer.kind in {"nobody", "member"}:
            repos = [r for r in repos if r.visibility == "public"]
        start = page(repos, first, after)
        return {**connection(repos, first, after), "nodes": [RepositoryNode(self.root, self.org, r) for r in start]}


def page(items: list[Any], first: int | None, after: str | None) -> list[Any]:
    """Return the part of a list that a connection shows."""
    start = int(after.removeprefix("cursor:")) if after else 0
    return items[start : start + (100 if first is None else first)]


class Provider:
    """An identity provider with the identities it links: of an organization, or of the enterprise."""

    def __init__(self, root: Root, logins: Iterable[str], told: Json, key: str = "guid") -> None:
        self.root = root
        self.logins = list(logins)
        self.key = key
        self.issuer, self.ssoUrl = told.get("issuer"), told.get("ssoUrl")
        self.providerType, self.tenantId = "AAD", told.get("tenantId")

    def externalIdentities(self, _info: Any, first: int | None = None, after: str | None = None, **_: Any) -> Json:  # noqa: N802
        """The linked identities."""
        known = [self.root.estate.people[login] for login in self.logins if self.root.estate.people[login].saml]
        nodes = [
            {
                "guid": f"{self.key}-{p.id}",
                "samlIdentity": None if self.tenantId else {"nameId": p.saml, "username": p.saml},
                "scimIdentity": {"username": p.saml} if p.scim_active is not None else None,
                "user": user(p, self.root),
            }
            for p in page(known, first, after)
        ]
        return {**connection(known, first, after), "nodes": nodes, "edges": nodes}


def enterprise_provider(root: Root) -> Json:
    """Return the identity provider of the enterprise; a linked identity has the id that SCIM gives to the same user."""
    told = root.estate.enterprise.get("sign_on") or {}
    made = Provider(root, root.estate.people, told, "scim")
    return {
        "samlIdentityProvider": made if told.get("issuer") else None,
        "oidcProvider": made if told.get("tenantId") else None,
    }


class TeamNode:
    """A Team."""

    def __init__(self, root: Root, org: Organization, team: Team) -> None:
        self.root = root
        self.org = org
        self.team = team
        self.databaseId = team.id
        self.slug = team.slug
        self.name = team.name
        self.combinedSlug = f"{org.login}/{team.slug}"
        self.privacy = "SECRET" if team.privacy == "secret" else "VISIBLE"
        self.description = team.description

    @property
    def parentTeam(self) -> Any:  # noqa: N802
        """The team it is nested in."""
        return TeamNode(self.root, self.org, self.org.teams[self.team.parent]) if self.team.parent else None

    def members(self, _info: Any, first: int | None = None, after: str | None = None, membership: str = "ALL") -> Json:
        """Members: immediate ones, or those of child teams too, as the real one does by default."""
        found = dict(self.team.members)
        if membership != "IMMEDIATE":
            nested = {k: v for each in below(self.org, self.team.slug) for k, v in each.members.items()}
            own = {} if membership == "CHILD_TEAM" else found
            found = {**{k: v for k, v in nested.items() if membership == "ALL" or k not in found}, **own}
        edges = [
            {"role": role.upper(), "node": user(self.root.estate.people[login], self.root)}
            for login, role in found.items()
        ]
        return connection(edges, first, after)

    def repositories(self, _info: Any, first: int | None = None, after: str | None = None, **_: Any) -> Json:
        """Repositories, those inherited from parents among them, with the highest permission."""
        names = {name for team in lineage(self.org, self.team) for name in team.repositories}
        held = {name: base_of(self.org, role_on_team(self.org, self.team, name)) for name in names}
        edges = [
            {"permission": role.upper(), "node": RepositoryNode(self.root, self.org, self.org.repositories[name])}
            for name, role in sorted(held.items())
        ]
        return connection(edges, first, after)


class RepositoryNode:
    """A Repository."""

    def __init__(self, root: Root, org: Organization, repo: Repository) -> None:
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
        for number, line in enumerate(self.repo.codeowners.splitlines(), 1):
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
