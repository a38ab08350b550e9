"""What GitHub tells of a repository only one by one, read in the order of what it guards, as far as the budget goes."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Any
from urllib.parse import quote

from msgspec import structs

from pipewarden.connectors.answers import ODD_SHAPES, odd, picked
from pipewarden.connectors.github.automation import runner, secret, variable
from pipewarden.connectors.github.organization import webhook
from pipewarden.connectors.github.repositories import Seen, deploy_key
from pipewarden.connectors.github.rulesets import repository_rulesets
from pipewarden.connectors.github.run import Run
from pipewarden.connectors.github.stated_trusts import MOST_REPOSITORIES, stated_trusts, unread
from pipewarden.connectors.github.trust_places import MAY_STATE
from pipewarden.errors import BudgetSpent, NotFound, SourceError
from pipewarden.model.facets import Facet
from pipewarden.model.facts import Account, AnyFact, Cause, Gap, Gate, GateKind, Resource
from pipewarden.model.ids import Kind, Ref

TOGETHER = 16
"""Repositories read at the same time; each asks its questions one after the other."""

PER_STEP = 50
"""Repositories kept as one step, so that a killed run repeats at most these."""

SETTINGS = (
    (Facet.REPO_ACTIONS, "actions_permissions", "/repos/{owner}/{repo}/actions/permissions"),
    (Facet.REPO_ACTIONS_WORKFLOW, "actions_workflow", "/repos/{owner}/{repo}/actions/permissions/workflow"),
    (
        Facet.REPO_ACTIONS,
        "actions_fork_approval",
        "/repos/{owner}/{repo}/actions/permissions/fork-pr-contributor-approval",
    ),
    (Facet.REPO_OIDC, "oidc_sub", "/repos/{owner}/{repo}/actions/oidc/customization/sub"),
)

ACCESS = "/repos/{owner}/{repo}/actions/permissions/access"
OPENED = "opened"
"""Under this name a workflow holds what composition needs of it."""

REST_FIELDS = (
    "security_and_analysis", "topics", "allow_forking", "delete_branch_on_merge", "has_pages", "updated_at", "language",
)  # fmt: skip


class Detail:
    """Reads one repository's details; every facet stands or falls alone."""

    def __init__(self, run: Run, accounts: dict[str, Ref], searched: frozenset[Ref] = frozenset()) -> None:
        """`searched` are the repositories whose files are searched for trusts in this run."""
        self.run = run
        self.accounts = accounts
        self.searched = searched
        self.shared = shareable(run)
        self.shut = {gate.resource for gate in run.gates() if _blocks_creation(gate)}
        """Where rules that were read before keep people from creating branches."""

    def path(self, seen: Seen, template: str, **more: str) -> str:
        """Return a path of a repository."""
        owner, _, short = seen.name.partition("/")
        return template.format(owner=owner, repo=short, **{k: quote(v, safe="") for k, v in more.items()})

    async def read(self, seen: Seen) -> list[AnyFact]:
        """Return all details of one repository."""
        facts: list[AnyFact] = []
        attributes: dict[str, Any] = {}
        parts: list[tuple[str, Callable[[], Awaitable[Iterable[AnyFact]]]]] = []
        if seen.counted("rulesets") != 0:
            parts.append((Facet.REPO_RULESETS, lambda: repository_rulesets(self.run, seen.ref, seen.name)))
        if seen.environments:
            parts.append((Facet.REPO_ENVIRONMENTS, lambda: self._environments(seen)))
        if seen.counted("deployKeys") != 0:
            parts.append((Facet.REPO_KEYS, lambda: self._keys(seen)))
        parts.append((Facet.REPO_SECRETS, lambda: self._secrets(seen)))
        parts.append((Facet.REPO_VARIABLES, lambda: self._variables(seen)))
        for named, key, template in SETTINGS:
            parts.append((named, lambda k=key, t=template: self._setting(seen, attributes, k, t)))  # type: ignore[misc]
        if seen.ref in self.shared and seen.fact.attributes.get("visibility") != "public":
            parts.append((Facet.REPO_ACTIONS_ACCESS, lambda: self._setting(seen, attributes, "actions_access", ACCESS)))
        parts.append((Facet.REPO_RUNNERS, lambda: self._runners(seen)))
        parts.append((Facet.REPO_WEBHOOKS, lambda: self._webhooks(seen)))
        parts.append((Facet.REPO_INVITATIONS, lambda: self._invitations(seen)))
        if seen.ref in self.searched:
            parts.append((Facet.REPO_TRUSTS, lambda: stated_trusts(self.run, seen, attributes)))
        elif MAY_STATE in seen.fact.attributes:
            facts.append(unread(self.run, seen))
        for facet, part in parts:
            facts += await self._part(seen, facet, part)
        if self.shut & {seen.ref, self.run.org} or any(_blocks_creation(f) for f in facts if isinstance(f, Gate)):
            facts += await self._part(seen, Facet.REPO_BRANCHES, lambda: self._branches(seen, attributes))
        if attributes:
            facts.append(structs.replace(seen.fact, attributes={**seen.fact.attributes, **attributes}))
        return facts

    async def _part(
        self, seen: Seen, facet: str, part: Callable[[], Awaitable[Iterable[AnyFact]]]
    ) -> Iterable[AnyFact]:
        try:
            return await part()
        except BudgetSpent as spent:
            return [self.run.gap(seen.ref, facet, spent)]
        except SourceError as refusal:
            return [self.run.gap(seen.ref, facet, refusal)]
        except ODD_SHAPES as fault:
            return [self.run.gap(seen.ref, facet, cause=Cause.UNEXPECTED, detail=odd(fault))]

    async def _branches(self, seen: Seen, attributes: dict[str, Any]) -> Iterable[AnyFact]:
        """Read the names of all branches: where none may be created, those that exist are all there are."""
        template = "/repos/{owner}/{repo}/branches"
        rows = await self.run.listed(self.path(seen, template), template=template)
        attributes["branches"] = sorted(str(row["name"]) for row in rows)
        return ()

    async def _setting(self, seen: Seen, attributes: dict[str, Any], key: str, template: str) -> Iterable[AnyFact]:
        attributes[key] = await self.run.github.get(self.path(seen, template), template=template)
        return ()

    async def _keys(self, seen: Seen) -> Iterable[AnyFact]:
        template = "/repos/{owner}/{repo}/keys"
        facts: list[AnyFact] = []
        for row in await self.run.listed(self.path(seen, template), template=template):
            facts += await self._stranger(str(row.get("added_by") or ""))
            if "added_by" not in row:  # an older server: whose it is may be anybody's, who left too
                detail = "who added a key was not told"
                facts.append(self.run.gap(seen.ref, Facet.REPO_KEYS, cause=Cause.MISSING_FIELD, detail=detail))
            facts += deploy_key(self.run, row, seen.ref, self.accounts, template)
        return facts

    async def _stranger(self, login: str) -> list[AnyFact]:
        """Look up who added a key and is in no list of the organization: they left, or never were in it.

        A login that no longer exists is left unresolved; the key stays, its holder unknown.
        """
        if not login or login in self.accounts:
            return []
        template = "/users/{username}"
        try:
            row = await self.run.github.get(template.format(username=quote(login, safe="")), template=template)
        except NotFound:
            return []
        ref = self.run.ref(Kind.ACCOUNT, row["id"])
        self.accounts[login] = ref
        attributes = picked(row, "type", "name", "suspended_at")
        return [
            Account(ref=ref, name=str(row["login"]), attributes=attributes, origin=self.run.origin(f"GET {template}"))
        ]

    async def _environments(self, seen: Seen) -> Iterable[AnyFact]:
        template = "/repos/{owner}/{repo}/environments"
        facts: list[AnyFact] = []
        for row in await self.run.listed(self.path(seen, template), template=template, items="environments"):
            facts += await self._environment(seen, row, template)
        return facts

    async def _environment(self, seen: Seen, row: dict[str, Any], template: str) -> list[AnyFact]:
        name = str(row["name"])
        ref = self.run.ref(Kind.ENVIRONMENT, f"{seen.ref.key}:{name}")
        policy = row.get("deployment_branch_policy")
        attributes: dict[str, Any] = picked(
            row,
            "id",
            "name",
            "can_admins_bypass",
            "protection_rules",
            "deployment_branch_policy",
            "created_at",
            "updated_at",
        )
        facts: list[AnyFact] = []
        if policy and policy.get("custom_branch_policies"):
            listed = template + "/{environment_name}/deployment-branch-policies"
            path = self.path(seen, listed, environment_name=name)
            try:
                rows = await self.run.listed(path, template=listed, items="branch_policies")
                attributes["branch_policies"] = [
                    {"name": r.get("name"), "type": r.get("type") or "branch"} for r in rows
                ]
            except SourceError as refusal:
                facts.append(self.run.gap(ref, Facet.REPO_ENVIRONMENTS, refusal))
        rules = template + "/{environment_name}/deployment_protection_rules"
        try:
            body = await self.run.github.get(self.path(seen, rules, environment_name=name), template=rules)
            attributes["custom_rules"] = [
                {"enabled": r.get("enabled"), "app": picked(r.get("app") or {}, "id", "slug")}
                for r in body.get("custom_deployment_protection_rules") or ()
            ]
        except SourceError as refusal:
            facts.append(self.run.gap(ref, Facet.REPO_ENVIRONMENTS, refusal))
        secrets = template + "/{environment_name}/secrets"
        try:
            path = self.path(seen, secrets, environment_name=name)
            for each in await self.run.listed(path, template=secrets, items="secrets"):
                facts.append(
                    secret(self.run, each, ref, f"{seen.ref.key}:env:{name}", f"{seen.name}/{name}", "actions", secrets)
                )
        except SourceError as refusal:
            facts.append(self.run.gap(ref, Facet.REPO_ENVIRONMENT_SECRETS, refusal))
        variables = template + "/{environment_name}/variables"
        try:
            path = self.path(seen, variables, environment_name=name)
            rows = await self.run.listed(path, template=variables, items="variables", per_page=30)
            prefix = f"{seen.ref.key}:env:{name}"
            facts += [variable(self.run, each, ref, prefix, f"{seen.name}/{name}", variables) for each in rows]
        except SourceError as refusal:
            facts.append(self.run.gap(ref, Facet.REPO_VARIABLES, refusal))
        origin = self.run.origin(f"GET {template}")
        facts.append(
            Resource(ref=ref, name=f"env:{seen.name}/{name}", parent=seen.ref, attributes=attributes, origin=origin)
        )
        facts.append(
            Gate(
                ref=self.run.ref(Kind.GATE, f"{seen.ref.key}:env:{name}"),
                resource=ref,
                kind=GateKind.ENVIRONMENT,
                name=name,
                rules=gate_rules(attributes),
                bypass=(),
                origin=origin,
            )
        )
        return facts

    async def _secrets(self, seen: Seen) -> Iterable[AnyFact]:
        facts: list[AnyFact] = []
        template = "/repos/{owner}/{repo}/actions/secrets"
        for row in await self.run.listed(self.path(seen, template), template=template, items="secrets"):
            facts.append(secret(self.run, row, seen.ref, seen.ref.key, seen.name, "actions", template))
        return facts

    async def _variables(self, seen: Seen) -> Iterable[AnyFact]:
        template = "/repos/{owner}/{repo}/actions/variables"
        rows = await self.run.listed(self.path(seen, template), template=template, items="variables", per_page=30)
        return [variable(self.run, row, seen.ref, seen.ref.key, seen.name, template) for row in rows]

    async def _runners(self, seen: Seen) -> Iterable[AnyFact]:
        template = "/repos/{owner}/{repo}/actions/runners"
        rows = await self.run.listed(self.path(seen, template), template=template, items="runners")
        return [runner(self.run, row, seen.ref, seen.name, template) for row in rows]

    async def _webhooks(self, seen: Seen) -> Iterable[AnyFact]:
        template = "/repos/{owner}/{repo}/hooks"
        rows = await self.run.listed(self.path(seen, template), template=template)
        return [webhook(self.run, row, seen.ref, seen.name, template) for row in rows]

    async def _invitations(self, seen: Seen) -> Iterable[AnyFact]:
        template = "/repos/{owner}/{repo}/invitations"
        rows = await self.run.listed(self.path(seen, template), template=template)
        return [
            Resource(
                ref=self.run.ref(Kind.INVITATION, row["id"]),
                name=f"invitation:{seen.name}/{(row.get('invitee') or {}).get('login') or row['id']}",
                parent=seen.ref,
                attributes={
                    **picked(row, "permissions", "created_at", "expired"),
                    "login": (row.get("invitee") or {}).get("login"),
                },
                origin=self.run.origin(f"GET {template}"),
            )
            for row in rows
        ]


def shareable(run: Run) -> frozenset[Ref]:
    """Return the repositories with something that others may use: a workflow that can be called, an action that is used.

    Of all others it matters to nobody with whom they share it.
    """
    found = set()
    for workflow in run.known(Kind.WORKFLOW):
        triggers = (workflow.attributes.get(OPENED) or {}).get("triggers") or ()
        if workflow.parent is not None and any(each.get("event") == "workflow_call" for each in triggers):
            found.add(workflow.parent)
    used = {"/".join(use.name.partition("@")[0].split("/")[:2]).lower() for use in run.used("action")}
    return frozenset(found | {each.ref for each in run.known(Kind.REPOSITORY) if each.name.lower() in used})


def _blocks_creation(gate: Gate) -> bool:
    """Tell whether a gate keeps people from creating branches."""
    rules = gate.rules
    if gate.kind is GateKind.BRANCH_PROTECTION:
        return bool(rules.get("restrictsPushes") and rules.get("blocksCreations"))
    listed = rules.get("rules") or ()
    return gate.active and gate.target == "branch" and any(rule.get("type") == "creation" for rule in listed)


def gate_rules(attributes: dict[str, Any]) -> dict[str, Any]:
    """Return what of an environment stands between a job and it.

    https://docs.github.com/en/rest/deployments/environments#list-environments (protection_rules)
    """
    rules: dict[str, Any] = {
        "branch_policy": attributes.get("deployment_branch_policy"),
        "branch_policies": attributes.get("branch_policies"),
        "custom_rules": [r for r in attributes.get("custom_rules") or () if r.get("enabled")],
    }
    if "can_admins_bypass" in attributes:
        rules["can_admins_bypass"] = attributes["can_admins_bypass"]
    for rule in attributes.get("protection_rules") or ():
        match rule.get("type"):
            case "required_reviewers":
                rules["prevent_self_review"] = rule.get("prevent_self_review")
                rules["required_reviewers"] = [
                    {
                        "type": str(each.get("type")),
                        "id": str((each.get("reviewer") or {}).get("id")),
                        "name": str(
                            (each.get("reviewer") or {}).get("login") or (each.get("reviewer") or {}).get("slug")
                        ),
                    }
                    for each in rule.get("reviewers") or ()
                ]
            case "wait_timer":
                rules["wait_timer"] = rule.get("wait_timer")
    return rules


async def listing(run: Run, seen: list[Seen]) -> None:
    """Add what only the REST list of repositories tells of each, 100 at a time."""
    by_key = {each.ref.key: each for each in seen}
    template = "/orgs/{org}/repos"

    async def read() -> Iterable[AnyFact]:
        facts: list[AnyFact] = []
        unseen = 0
        for row in await run.listed(template.replace("{org}", run.login), template=template, params={"type": "all"}):
            each = by_key.get(str(row.get("id")))
            if each is None:
                continue
            given = picked(row, *REST_FIELDS)
            if isinstance(row.get("custom_properties"), dict):
                given["properties"] = row["custom_properties"]
            unseen += "security_and_analysis" not in row
            fact = structs.replace(each.fact, attributes={**each.fact.attributes, **given})
            each.fact = fact
            facts.append(fact)
        return facts

    for fact in await run.facet(Facet.REPO_SECURITY, read, key="repositories.listing"):
        if isinstance(fact, Resource) and fact.ref.key in by_key:
            by_key[fact.ref.key].fact = fact


async def details(
    run: Run, seen: list[Seen], accounts: dict[str, Ref], first: set[str], searched: int = MOST_REPOSITORIES
) -> None:
    """Read the details of all repositories: what was left out last time first, then what guards most, then the newest.

    Of those that may state trusts so many are searched, in the same order.
    """
    order = sorted(seen, key=lambda s: (s.ref.key not in first, -s.weight, s.name), reverse=False)
    may = [each.ref for each in order if MAY_STATE in each.fact.attributes]
    detail = Detail(run, accounts, frozenset(may[:searched]))
    slots = asyncio.Semaphore(TOGETHER)
    done = 0

    async def one(each: Seen) -> list[AnyFact]:
        nonlocal done
        async with slots:
            facts = await detail.read(each)
        done += 1
        run.progress("details of repositories", done, len(order))
        return facts

    for start in range(0, len(order), PER_STEP):
        batch = order[start : start + PER_STEP]

        async def read(batch: list[Seen] = batch) -> Iterable[AnyFact]:
            return [fact for facts in await asyncio.gather(*(one(each) for each in batch)) for fact in facts]

        key = "details." + ",".join(each.ref.key for each in (batch[0], batch[-1]))
        facts = await run.step(key, read)
        run.deferred += sorted({f.scope.key for f in facts if isinstance(f, Gap) and f.cause is Cause.BUDGET})
