"""Repositories in batches: who holds what on them, what guards their branches, their keys, environments, pipelines."""

import hashlib
from collections.abc import Iterable
from typing import Any, Literal

from pipewarden.connectors.github.people import LEVELS
from pipewarden.connectors.github.run import Run, moment, picked
from pipewarden.connectors.pipelines import workflow_facts
from pipewarden.errors import AccessDenied, UnexpectedAnswer
from pipewarden.model.facets import Facet
from pipewarden.model.facts import (
    Account,
    AnyFact,
    Cause,
    Certainty,
    Gap,
    Gate,
    GateKind,
    Grant,
    GrantKind,
    Machine,
    Resource,
)
from pipewarden.model.ids import Kind, Ref, everyone, members_of
from pipewarden.pipelines.codeowners import read_codeowners

PAGE = 25
"""Repositories in one query; halved where GitHub gives up."""

MOST_WORKFLOW_BYTES = 1024 * 1024

ALLOWANCES = (
    "pushAllowances",
    "bypassPullRequestAllowances",
    "bypassForcePushAllowances",
    "reviewDismissalAllowances",
)


class Seen:
    """What the batch said of one repository, for the parts that are read one by one."""

    def __init__(self, fact: Resource, weight: int, environments: list[str]) -> None:
        self.fact = fact
        self.ref = fact.ref
        self.name = fact.name
        self.pushed = str(fact.attributes.get("pushed_at") or "")
        self.weight = weight
        self.environments = environments

    def counted(self, what: str) -> int | None:
        """Return how many rulesets or deploy keys the batch counted, None where it could not."""
        count = self.fact.attributes.get(f"{what}_count")
        return int(count) if count is not None else None


async def repositories(run: Run, default: Literal["read", "write"] | None, *, wanted: Any) -> list[Seen]:
    """Read all repositories of the organization in batches; returns them for what must be read one by one."""
    done = 0

    def find(data: dict[str, Any]) -> dict[str, Any] | None:
        organization = data.get("organization")
        return organization.get("repositories") if organization else None

    async def read() -> Iterable[AnyFact]:
        facts: list[AnyFact] = []
        nonlocal done
        async for cursor, page, answer in run.connection("repositories", find, first=PAGE, login=run.login):
            del cursor
            if page is None:
                raise AccessDenied("the list of repositories was not given", endpoint="repositories")
            for place, node in enumerate(page.get("nodes") or ()):
                if node and wanted(str(node.get("nameWithOwner"))):
                    refused = {
                        str((e.get("path") or ["", "", "", "", ""])[4])
                        for e in answer.errors
                        if [*(e.get("path") or ())][:4] == ["organization", "repositories", "nodes", place]
                        and len(e.get("path") or ()) > 4
                    }
                    facts += await _repository(run, node, refused, default)
            done += len(page.get("nodes") or ())
            run.progress("repositories", done, int(page.get("totalCount") or 0))
        return facts

    facts = await run.facet(Facet.REPO_SETTINGS, read, key="repositories")
    by_repository: dict[Ref, dict[str, Any]] = {}
    for fact in facts:
        match fact:
            case Resource() if fact.ref.kind is Kind.REPOSITORY:
                by_repository[fact.ref] = {"fact": fact, "weight": 0, "environments": []}
            case Resource() if fact.parent in by_repository:
                entry = by_repository[fact.parent]
                entry["weight"] += 3 if fact.ref.kind is Kind.ENVIRONMENT else 1
                if fact.ref.kind is Kind.ENVIRONMENT:
                    entry["environments"].append(str(fact.attributes.get("name")))
    return [Seen(entry["fact"], entry["weight"], entry["environments"]) for entry in by_repository.values()]


async def _repository(
    run: Run, node: dict[str, Any], refused: set[str], default: Literal["read", "write"] | None
) -> list[AnyFact]:
    ref, name = run.ref(Kind.REPOSITORY, node["databaseId"]), str(node["nameWithOwner"])
    origin = run.origin("graphql Repositories")
    visibility = str(node.get("visibility", "")).lower()
    branch = (node.get("defaultBranchRef") or {}).get("name")
    attributes: dict[str, Any] = {
        "visibility": visibility,
        "private": visibility != "public",
        "archived": node.get("isArchived"),
        "disabled": node.get("isDisabled"),
        "fork": node.get("isFork"),
        "is_template": node.get("isTemplate"),
        "empty": node.get("isEmpty"),
        "created_at": node.get("createdAt"),
        "pushed_at": node.get("pushedAt"),
        "allow_forking": node.get("forkingAllowed"),
        "allow_auto_merge": node.get("autoMergeAllowed"),
        "web_commit_signoff_required": node.get("webCommitSignoffRequired"),
        "default_branch": branch or "main",
    }
    for what in ("rulesets", "deployKeys"):
        counted = node.get(what)
        attributes[f"{what}_count"] = None if counted is None else counted.get("totalCount")
    facts: list[AnyFact] = []
    facts += _codeowners(run, node, ref, attributes, refused)
    facts.append(Resource(ref=ref, name=name, parent=run.org, attributes=attributes, origin=origin))
    if visibility == "public":
        facts.append(
            Grant(principal=everyone(run.instance), resource=ref, role="read", kind=GrantKind.PUBLIC, origin=origin)
        )
    if visibility == "internal":
        crowd = members_of(run.enterprise or run.org)
        facts.append(Grant(principal=crowd, resource=ref, role="read", kind=GrantKind.INTERNAL, origin=origin))
    facts += await _collaborators(run, node, ref, name, refused)
    facts += await _protection(run, node, ref, name, refused)
    facts += _environments(run, node, ref, name, refused)
    facts += _workflows(run, node, ref, name, refused, default, public=visibility == "public")
    return facts


async def _collaborators(run: Run, node: dict[str, Any], ref: Ref, name: str, refused: set[str]) -> list[AnyFact]:
    connection = node.get("collaborators")
    if connection is None:
        detail = "collaborators were not shown" if "collaborators" in refused else "collaborators were null"
        return [run.gap(ref, Facet.REPO_COLLABORATORS, cause=Cause.FORBIDDEN, detail=detail)]
    facts: list[AnyFact] = []
    while True:
        for edge in connection.get("edges") or ():
            facts += _sources(run, edge, ref)
        info = connection.get("pageInfo") or {}
        if not info.get("hasNextPage"):
            return facts
        owner, _, short = name.partition("/")
        answer = await run.graphql("collaborators", owner=owner, name=short, first=100, after=info.get("endCursor"))
        connection = (answer.data.get("repository") or {}).get("collaborators") or {}


def _sources(run: Run, edge: dict[str, Any], ref: Ref) -> Iterable[AnyFact]:
    """Yield the grants given on the repository itself; what teams and the organization give is read from them.

    `role_name` of the REST list is the highest over all sources; only permissionSources tells which source gave what.
    https://docs.github.com/en/graphql/reference/objects#permissionsource
    """
    node = edge.get("node") or {}
    if node.get("databaseId") is None:
        return
    who = run.ref(Kind.ACCOUNT, node["databaseId"])
    origin = run.origin("graphql Repositories")
    if who not in run._into._entities:  # noqa: SLF001 - the same run: people were read before
        yield Account(ref=who, name=str(node.get("login")), attributes={"type": "User"}, origin=origin)
    for source in edge.get("permissionSources") or ():
        giver = source.get("source") or {}
        if giver.get("__typename") != "Repository":
            continue
        role = str(source.get("roleName") or "").lower()
        yield Grant(
            principal=who,
            resource=ref,
            role=_role(run, role, str(source.get("permission"))),
            kind=GrantKind.DIRECT,
            origin=origin,
        )


def _role(run: Run, name: str, permission: str) -> str:
    """Return the role key of a role's name: built in, or a custom one of the organization."""
    if name in LEVELS.values():
        return name
    for key, entity in run._into._entities.items():  # noqa: SLF001 - roles were read before
        if key.kind is Kind.ROLE and key.key.startswith("custom_repo:") and entity.name.lower() == name:
            return key.key
    level = LEVELS.get(permission)
    if level is None:
        raise UnexpectedAnswer(f"the permission {permission} of a collaborator is not known", endpoint="repositories")
    return level


async def _protection(run: Run, node: dict[str, Any], ref: Ref, name: str, refused: set[str]) -> list[AnyFact]:
    found = node.get("branchProtectionRules")
    if found is None or "branchProtectionRules" in refused:
        return [run.gap(ref, Facet.REPO_PROTECTION, cause=Cause.FORBIDDEN, detail="branch protection was not shown")]
    rules = list(found.get("nodes") or ())
    owner, _, short = name.partition("/")
    while (found.get("pageInfo") or {}).get("hasNextPage"):
        # more rules than a batch asks for: the batch's cost counts every rule it might have returned
        after = found["pageInfo"].get("endCursor")
        answer = await run.graphql("protection", owner=owner, name=short, first=50, after=after)
        found = (answer.data.get("repository") or {}).get("branchProtectionRules") or {}
        rules += found.get("nodes") or ()
    return [_rule(run, rule, ref, order) for order, rule in enumerate(rules)]


def _rule(run: Run, rule: dict[str, Any], ref: Ref, order: int) -> Gate:
    rules = {k: v for k, v in rule.items() if k not in {*ALLOWANCES, "pattern", "databaseId"}}
    rules["order"] = int(rule.get("databaseId") or order)
    rules["requiredStatusChecks"] = [
        {"context": c.get("context"), "app": (c.get("app") or {}).get("databaseId")}
        for c in rule.get("requiredStatusChecks") or ()
    ]
    for name in ALLOWANCES:
        nodes = (rule.get(name) or {}).get("nodes") or ()
        rules[name] = [actor for n in nodes if n and (actor := _actor(n.get("actor")))]
    return Gate(
        ref=run.ref(Kind.GATE, rule.get("databaseId") or f"{ref.key}:bp:{rule['pattern']}"),
        resource=ref,
        kind=GateKind.BRANCH_PROTECTION,
        name=str(rule["pattern"]),
        patterns=(str(rule["pattern"]),),
        rules=rules,
        bypass=(),
        origin=run.origin("graphql Repositories"),
    )


def _actor(actor: dict[str, Any] | None) -> dict[str, str] | None:
    if not actor or actor.get("databaseId") is None:
        return None
    return {
        "type": str(actor.get("__typename")),
        "id": str(actor["databaseId"]),
        "name": str(actor.get("login") or actor.get("slug") or ""),
    }


def _environments(run: Run, node: dict[str, Any], ref: Ref, name: str, refused: set[str]) -> list[AnyFact]:
    found = node.get("environments")
    if found is None or "environments" in refused:
        return [run.gap(ref, Facet.REPO_ENVIRONMENTS, cause=Cause.FORBIDDEN, detail="environments were not shown")]
    return [
        Resource(
            ref=run.ref(Kind.ENVIRONMENT, f"{ref.key}:{each['name']}"),
            name=f"env:{name}/{each['name']}",
            parent=ref,
            attributes={"id": each.get("databaseId"), "name": each["name"]},
            origin=run.origin("graphql Repositories"),
        )
        for each in found.get("nodes") or ()
        if each
    ]


def _codeowners(run: Run, node: dict[str, Any], ref: Ref, attributes: dict[str, Any], refused: set[str]) -> list[Gap]:
    """Add the CODEOWNERS file that counts: .github first, then the root, then docs.

    https://docs.github.com/en/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners
    """
    places = (
        ("codeownersGithub", ".github/CODEOWNERS"),
        ("codeownersRoot", "CODEOWNERS"),
        ("codeownersDocs", "docs/CODEOWNERS"),
    )
    if refused & {key for key, _ in places}:
        return [run.gap(ref, Facet.REPO_CODEOWNERS, cause=Cause.FORBIDDEN, detail="file contents were not shown")]
    attributes["codeowners"] = None
    for key, path in places:
        text = (node.get(key) or {}).get("text")
        if text is None:
            continue
        read = read_codeowners(path, text)
        errors = ((node.get("codeowners") or {}).get("errors")) or []
        attributes["codeowners"] = {
            "path": path,
            "errors": [picked(e, "line", "column", "kind", "message") for e in errors if isinstance(e, dict)],
        }
        attributes["codeowners_rules"] = [
            {"pattern": rule.pattern, "owners": list(rule.owners), "line": rule.line} for rule in read.rules[:2000]
        ]
        break
    return []


def _workflows(
    run: Run,
    node: dict[str, Any],
    ref: Ref,
    name: str,
    refused: set[str],
    default: Literal["read", "write"] | None,
    *,
    public: bool,
) -> list[AnyFact]:
    if "workflows" in refused:
        return [run.gap(ref, Facet.REPO_WORKFLOWS, cause=Cause.FORBIDDEN, detail="file contents were not shown")]
    facts: list[AnyFact] = []
    origin = run.origin("graphql Repositories")
    for entry in ((node.get("workflows") or {}).get("entries")) or ():
        path = str(entry.get("path") or f".github/workflows/{entry.get('name')}")
        if entry.get("type") != "blob" or not path.endswith((".yml", ".yaml")):
            continue
        blob = entry.get("object") or {}
        text = blob.get("text")
        if text is None or blob.get("isTruncated") or len(text) > MOST_WORKFLOW_BYTES:
            detail = f"{path} is binary, truncated or too large"
            facts.append(run.gap(ref, Facet.REPO_WORKFLOWS, cause=Cause.TOO_LARGE, detail=detail))
            continue
        facts += workflow_facts(
            path, text, repository=ref, repository_name=name, origin=origin, default=default, public=public
        )
    return facts


def deploy_key(run: Run, row: dict[str, Any], ref: Ref, accounts: dict[str, Ref], template: str) -> list[AnyFact]:
    """Return a deploy key, the account presumed to hold it, and its grant.

    https://docs.github.com/en/rest/deploy-keys/deploy-keys
    """
    key = run.ref(Kind.DEPLOY_KEY, row["id"])
    origin = run.origin(f"GET {template}")
    public = str(row.get("key") or "").split()
    attributes = picked(row, "title", "read_only", "verified", "enabled", "added_by", "created_at", "last_used")
    if len(public) > 1:
        attributes["fingerprint"] = hashlib.sha256(public[1].encode()).hexdigest()
    role = "deploy_key:read" if row.get("read_only") else "deploy_key:write"
    facts: list[AnyFact] = [
        Machine(
            ref=key,
            name=str(row.get("title") or row["id"]),
            parent=ref,
            owner=accounts.get(str(row.get("added_by") or "")),
            created_at=moment(row.get("created_at")),
            last_used_at=moment(row.get("last_used")),
            attributes=attributes,
            origin=origin,
        )
    ]
    if row.get("enabled") is not False:
        facts.append(
            Grant(
                principal=key,
                resource=ref,
                role=role,
                kind=GrantKind.KEY,
                since=moment(row.get("created_at")),
                last_used=moment(row.get("last_used")),
                origin=origin,
            )
        )
    return facts


__all__ = ["Certainty", "Seen", "deploy_key", "repositories"]
