"""Repositories in batches: who holds what on them, what guards their branches, their keys, environments, pipelines."""

import hashlib
from collections.abc import Callable, Iterable
from typing import Any, Literal

from pipewarden.connectors.answers import picked
from pipewarden.connectors.github.asking_zizmor import Asking
from pipewarden.connectors.github.connections import Connection, Page, Part, identified, refusals, understood, word
from pipewarden.connectors.github.contents import CONFIGS, codeowners, dependabot, trusts, workflows
from pipewarden.connectors.github.fetched import Fetched
from pipewarden.connectors.github.forks import inherited
from pipewarden.connectors.github.graphql_shapes import settings
from pipewarden.connectors.github.own_actions import own_actions
from pipewarden.connectors.github.protection import protection
from pipewarden.connectors.github.run import Run, moment
from pipewarden.connectors.github.teams import LEVELS
from pipewarden.connectors.github.trust_places import MAY_STATE, is_action, may_state_trusts, own_folders
from pipewarden.connectors.shapes import leaving_out
from pipewarden.errors import UnexpectedAnswer
from pipewarden.model.facets import Facet
from pipewarden.model.facts import Account, AnyFact, Cause, Gap, Grant, GrantKind, Machine, Resource, Role
from pipewarden.model.ids import Kind, Ref, everyone, members_of

PAGE = 25
"""Repositories in one query; halved where GitHub gives up."""

DEFAULT = Literal["read", "write"] | None
"""What a job's token may do where its workflow does not say."""

FIELDS = {
    "archived": "isArchived",
    "disabled": "isDisabled",
    "fork": "isFork",
    "is_template": "isTemplate",
    "empty": "isEmpty",
    "created_at": "createdAt",
    "pushed_at": "pushedAt",
    "allow_forking": "forkingAllowed",
    "allow_auto_merge": "autoMergeAllowed",
    "web_commit_signoff_required": "webCommitSignoffRequired",
}
"""Attributes by the names of REST, which the details of a repository add to, each with its name in GraphQL."""

VISIBILITIES = frozenset({"public", "internal", "private"})

FACETS = {
    "collaborators": Facet.REPO_COLLABORATORS,
    "branchProtectionRules": Facet.REPO_PROTECTION,
    "environments": Facet.REPO_ENVIRONMENTS,
    "workflows": Facet.REPO_WORKFLOWS,
    "codeownersGithub": Facet.REPO_CODEOWNERS,
    "codeownersRoot": Facet.REPO_CODEOWNERS,
    "codeownersDocs": Facet.REPO_CODEOWNERS,
    "codeowners": Facet.REPO_CODEOWNERS,
    "dependabotYml": Facet.REPO_DEPENDABOT,
    "dependabotYaml": Facet.REPO_DEPENDABOT,
    "trusts": Facet.REPO_FILES,
    "ownActions": Facet.REPO_FILES,
    "root": Facet.REPO_TRUSTS,
    **{name: Facet.REPO_ZIZMOR for name, _ in CONFIGS},
}
"""Fields of the batch that tell a facet of their own."""

ASKED_AGAIN = frozenset({"rulesets", "deployKeys"})
"""Fields that only count what is read one by one: where the count was refused, that reading tells whether there is a gap."""


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


async def repositories(
    run: Run, default: DEFAULT, *, wanted: Callable[[str], bool], asking: Asking | None = None
) -> list[Seen]:
    """Read all repositories of the organization in batches; returns them for what must be read one by one.

    Each batch is kept when it is read, and its facts let go: a killed run goes on at the batch where it stopped, and
    a refusal at a later one leaves what was read, with a gap that says how much of the list that is.
    """
    asking = asking or Asking(None)
    batch = Batch(run, default, wanted, asking)
    run.add(*asking.gaps(run))
    listed = Connection(
        run,
        run.org,
        Facet.REPO_SETTINGS,
        "repositories",
        at=("organization", "repositories"),
        ask=lambda first, after: run.graphql("repositories", login=run.login, first=first, after=after),
        first=PAGE,
    )
    seen: list[Seen] = []
    causes: list[Cause] = []
    after: str | None = None
    while True:
        # the cursor itself may be longer than a key
        key = f"repositories.{hashlib.sha256((after or '').encode()).hexdigest()[:32]}"
        facts, after = await _batch(run, key, after, listed, batch)
        seen += _seen(facts)
        causes += [fact.cause for fact in facts if isinstance(fact, Gap) and fact.scope == run.org]
        run.progress("repositories", listed.read, listed.total or 0)
        if after is None:
            run.add(*_unread(run, wanted, causes[-1] if causes else Cause.UNEXPECTED))
            run.add(*inherited(run, [each.fact for each in seen]))
            return seen


def _unread(run: Run, wanted: Callable[[str], bool], cause: Cause) -> Iterable[Gap]:
    """Yield a gap for each repository that teams hold and the list did not have: nothing else is known of it."""
    for repository in run.known(Kind.REPOSITORY):
        if not repository.attributes and "/" in repository.name:
            why = cause if wanted(repository.name) else Cause.NOT_COLLECTED
            left = "the configuration leaves it out" if why is Cause.NOT_COLLECTED else "it was not in what was listed"
            yield run.gap(repository.ref, Facet.SOURCE, cause=why, detail=f"a team holds a role on it, and {left}")


async def _batch(
    run: Run, key: str, after: str | None, listed: Connection, batch: "Batch"
) -> tuple[list[AnyFact], str | None]:
    """Return the facts of one batch and where the next begins: as kept by a run before this one, or read now."""
    kept = run.kept(key)
    if kept is not None and kept.note is not None:
        listed.passed(kept.note["read"], kept.note["total"], kept.note["following"])
        run.add(*kept.facts)
        return kept.facts, kept.note["following"]
    before = listed.read
    page = await listed.page(after)
    facts: list[AnyFact] = [*page.gaps, *await batch.facts(page)]
    run.add(*facts)
    if page.failed:
        run.keep_no_more()
    else:
        note = {"read": listed.read - before, "total": listed.total, "following": page.following}
        run.keep(key, facts, note)
    return facts, page.following


def _seen(facts: Iterable[AnyFact]) -> Iterable[Seen]:
    by_repository: dict[Ref, dict[str, Any]] = {}
    for fact in facts:
        match fact:
            case Resource() if fact.ref.kind is Kind.REPOSITORY and "/" in fact.name:
                weight = 1 if MAY_STATE in fact.attributes else 0
                by_repository[fact.ref] = {"fact": fact, "weight": weight, "environments": []}
            case Resource() if fact.parent in by_repository:
                entry = by_repository[fact.parent]
                entry["weight"] += 3 if fact.ref.kind is Kind.ENVIRONMENT else 1
                if fact.ref.kind is Kind.ENVIRONMENT:
                    entry["environments"].append(str(fact.attributes.get("name")))
    return [Seen(entry["fact"], entry["weight"], entry["environments"]) for entry in by_repository.values()]


class Batch:
    """Turns repositories of a batch into facts; what is odd or refused in one of them leaves a gap at that one."""

    def __init__(self, run: Run, default: DEFAULT, wanted: Callable[[str], bool], asking: Asking) -> None:
        self.run = run
        self.asking = asking
        self.default = default
        self.wanted = wanted
        # custom roles were read before
        custom = [role for role in run.known(Kind.ROLE) if role.ref.key.startswith("custom_repo:")]
        self.roles = {role.name.lower(): role.ref.key for role in custom}
        self.bases = {role.level for role in custom if isinstance(role, Role)}

    async def facts(self, page: Page) -> list[AnyFact]:
        """Return the facts of all wanted repositories of a page."""
        facts: list[AnyFact] = []
        fetched: list[Fetched] = []
        for item in page.items:
            name = item.value.get("nameWithOwner")
            if not isinstance(name, str) or self.wanted(name):
                facts += await self._repository(item, fetched)
        facts += await own_actions(self.run, fetched)
        facts += await self.asking.about(self.run, fetched)
        for each in fetched:
            facts += each.facts()
        return facts

    async def _repository(self, item: Part, fetched: list[Fetched]) -> list[AnyFact]:
        run, name = self.run, item.value.get("nameWithOwner")
        try:
            ref = identified(run, Kind.REPOSITORY, item.value)
        except UnexpectedAnswer as odd:
            told = refusals(run, run.org, Facet.REPO_SETTINGS, item.refused)
            return [*told, run.gap(run.org, Facet.REPO_SETTINGS, odd, detail=f"{name or 'a repository'}: {odd}")]
        if not isinstance(name, str) or "/" not in name:
            origin = run.origin("graphql Repositories")
            told = refusals(run, ref, Facet.SOURCE, item.refused)
            missing = run.gap(ref, Facet.SOURCE, cause=Cause.MISSING_FIELD, detail="its name was not given")
            # nothing of it is read, so the list of repositories is not whole
            detail = f"the repository {ref.key} has no name, and nothing of it was read"
            listed = run.gap(run.org, Facet.REPO_SETTINGS, cause=Cause.MISSING_FIELD, detail=detail)
            return [Resource(ref=ref, name=ref.key, parent=run.org, origin=origin), *(told or [missing]), listed]
        facts: list[AnyFact] = []
        attributes: dict[str, Any] = {}
        facts += understood(run, ref, Facet.REPO_SETTINGS, self._settings, item, ref, attributes)
        attributes["rulesets_count"] = await self._rulesets(item, ref, name)
        facts += understood(run, ref, Facet.REPO_CODEOWNERS, codeowners, run, item, ref, attributes)
        visibility = attributes.get("visibility")
        public = None if visibility is None else visibility == "public"
        files = Fetched(run, ref, name, self.default, public=public)
        facts += understood(run, ref, Facet.REPO_DEPENDABOT, dependabot, run, item, files, attributes)
        speaks, gaps = may_state_trusts(run, item, ref)
        facts += gaps
        files.is_action = is_action(item)
        files.shown = own_folders(item)
        facts += refusals(run, ref, Facet.REPO_FILES, item.at("ownActions").refused)
        if speaks:
            attributes[MAY_STATE] = speaks
        origin = run.origin("graphql Repositories")
        facts.append(Resource(ref=ref, name=name, parent=run.org, attributes=attributes, origin=origin))
        facts += self._crowds(ref, visibility)
        facts += await self._collaborators(item, ref, name)
        facts += await protection(run, item, ref, name)
        facts += await self._environments(item, ref, name)
        facts += understood(run, ref, Facet.REPO_WORKFLOWS, workflows, run, item, files)
        facts += understood(run, ref, Facet.REPO_FILES, trusts, run, item, files)
        fetched.append(files)
        return facts

    def _settings(self, item: Part, ref: Ref, attributes: dict[str, Any]) -> Iterable[AnyFact]:
        """Add what the batch tells of the repository itself; what was refused stays absent, which is not null."""
        refused = item.fields
        with leaving_out() as left:
            node = settings(item.value, "repositories", (each.place for each in item.refused))
        yield from self.run.left_out(ref, Facet.REPO_SETTINGS, left)
        yield from refusals(self.run, ref, Facet.REPO_SETTINGS, item.but(*FACETS, *ASKED_AGAIN))
        attributes |= {
            ours: node[theirs] for ours, theirs in FIELDS.items() if theirs in node and theirs not in refused
        }
        keys = node.get("deployKeys")
        attributes["deployKeys_count"] = keys.get("totalCount") if isinstance(keys, dict) else None
        upstream = node.get("parent")
        if isinstance(upstream, dict):
            key, name = upstream.get("databaseId"), upstream.get("nameWithOwner")
            attributes["upstream"] = {"key": None if key is None else str(key), "name": name}
        if "defaultBranchRef" in node and "defaultBranchRef" not in refused:
            attributes["default_branch"] = (node["defaultBranchRef"] or {}).get("name") or "main"
        visibility = str(node.get("visibility")).lower()
        if visibility in VISIBILITIES:
            attributes["visibility"], attributes["private"] = visibility, visibility != "public"
        elif "visibility" not in refused:
            raise UnexpectedAnswer(f"the visibility {visibility} is not known", endpoint="repositories")

    async def _rulesets(self, item: Part, ref: Ref, name: str) -> int | None:
        """Count the rulesets that are read one by one: all but the organization's. None where it is not known."""
        run = self.run
        owner, _, short = name.partition("/")
        listed = Connection(
            run,
            ref,
            Facet.REPO_RULESETS,
            "rulesets",
            query="rulesets",
            at=("repository", "rulesets"),
            ask=lambda first, after: run.graphql("rulesets", owner=owner, name=short, first=first, after=after),
        )
        if not isinstance(item.value.get("rulesets"), dict):
            return None
        count = 0
        async for page in listed.pages(item.at("rulesets")):
            if page.gaps:
                return None
            count += len([each for each in page.items if not _is_the_organizations(each.value.get("source"))])
        return count

    def _crowds(self, ref: Ref, visibility: str | None) -> Iterable[Grant]:
        """Yield what visibility gives to all."""
        run, origin = self.run, self.run.origin("graphql Repositories")
        if visibility == "public":
            yield Grant(
                principal=everyone(run.instance), resource=ref, role="read", kind=GrantKind.PUBLIC, origin=origin
            )
        if visibility == "internal":
            crowd = members_of(run.enterprise or run.org)
            yield Grant(principal=crowd, resource=ref, role="read", kind=GrantKind.INTERNAL, origin=origin)

    async def _collaborators(self, item: Part, ref: Ref, name: str) -> list[AnyFact]:
        run = self.run
        owner, _, short = name.partition("/")
        people = Connection(
            run,
            ref,
            Facet.REPO_COLLABORATORS,
            "collaborators",
            query="collaborators",
            at=("repository", "collaborators"),
            ask=lambda first, after: run.graphql("collaborators", owner=owner, name=short, first=first, after=after),
        )
        facts: list[AnyFact] = []
        async for page in people.pages(item.at("collaborators")):
            facts += page.gaps
            for edge in page.items:
                facts += refusals(run, ref, Facet.REPO_COLLABORATORS, edge.refused)
                facts += understood(run, ref, Facet.REPO_COLLABORATORS, self._sources, edge, ref)
        return facts

    def _sources(self, edge: Part, ref: Ref) -> Iterable[AnyFact]:
        """Yield the grants given on the repository itself; what teams and the organization give is read from them.

        `role_name` of the REST list is the highest over all sources; only permissionSources tells which source gave what.
        https://docs.github.com/en/graphql/reference/objects#permissionsource
        """
        run, node = self.run, edge.value["node"]
        who = identified(run, Kind.ACCOUNT, node)
        origin = run.origin("graphql Repositories")
        if not run.knows(who):
            yield Account(ref=who, name=str(node.get("login")), attributes={"type": "User"}, origin=origin)
        sources = edge.value.get("permissionSources")
        if sources is None and not edge.refused:
            detail = "where a collaborator's role comes from was not shown"
            yield run.gap(ref, Facet.REPO_COLLABORATORS, cause=Cause.MISSING_FIELD, detail=detail)
        for source in sources or ():
            giver = (source["source"] or {}).get("__typename")
            if giver == "Repository":
                called = str(source.get("roleName") or "").lower()
                role = self._role(called, str(source.get("permission")))
                yield Grant(principal=who, resource=ref, role=role, kind=GrantKind.DIRECT, origin=origin)
                # a custom role that its list does not know may have been made meanwhile
                if (
                    called not in LEVELS.values()
                    and called not in self.roles
                    and role in self.bases
                    and not edge.refused
                ):
                    why = f"is not listed ({called[:40]})" if called else "was not given"
                    detail = f"the name of a collaborator's role {why}: {role}, or a custom role that adds to it"
                    yield run.gap(ref, Facet.REPO_COLLABORATORS, cause=Cause.MISSING_FIELD, detail=detail)
            elif giver not in {"Team", "Organization"} and not edge.refused:
                raise UnexpectedAnswer(f"the source {giver} of a role is not known", endpoint="repositories")

    def _role(self, name: str, permission: str) -> str:
        """Return the role key of a role's name: built in, or a custom one of the organization."""
        if name in LEVELS.values():
            return name
        found = self.roles.get(name) or LEVELS.get(permission)
        if found is None:
            raise UnexpectedAnswer(
                f"the permission {permission} of a collaborator is not known", endpoint="repositories"
            )
        return found

    async def _environments(self, item: Part, ref: Ref, name: str) -> list[AnyFact]:
        run = self.run
        owner, _, short = name.partition("/")
        environments = Connection(
            run,
            ref,
            Facet.REPO_ENVIRONMENTS,
            "environments",
            query="environments",
            at=("repository", "environments"),
            ask=lambda first, after: run.graphql("environments", owner=owner, name=short, first=first, after=after),
        )
        facts: list[AnyFact] = []
        async for page in environments.pages(item.at("environments")):
            facts += page.gaps
            for each in page.items:
                facts += refusals(run, ref, Facet.REPO_ENVIRONMENTS, each.refused)
                facts += understood(run, ref, Facet.REPO_ENVIRONMENTS, self._environment, each, ref, name)
        return facts

    def _environment(self, each: Part, ref: Ref, repository: str) -> Iterable[AnyFact]:
        name = word(each.value, "name", "an environment")
        yield Resource(
            ref=self.run.ref(Kind.ENVIRONMENT, f"{ref.key}:{name}"),
            name=f"env:{repository}/{name}",
            parent=ref,
            attributes={"id": each.value.get("databaseId"), "name": name},
            origin=self.run.origin("graphql Repositories"),
        )


def _is_the_organizations(source: Any) -> bool:
    return isinstance(source, dict) and source.get("__typename") == "Organization"


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
