"""All that is read of one project and one group beside their members, facet by facet."""

from collections.abc import Awaitable, Callable, Iterator
from typing import Any

from msgspec import structs

from pipewarden.connectors.answers import picked
from pipewarden.connectors.gitlab import files, guards, machines
from pipewarden.connectors.gitlab.code_owners import code_owners
from pipewarden.connectors.gitlab.members import custom_role, linked_sets
from pipewarden.connectors.gitlab.projects import Project, access
from pipewarden.connectors.gitlab.run import Run, named
from pipewarden.connectors.gitlab.shapes import LDAP_LINK, SAML_LINK
from pipewarden.connectors.gitlab.shares import Invited
from pipewarden.connectors.gitlab.variables import variables
from pipewarden.connectors.shapes import fits
from pipewarden.errors import NotFound
from pipewarden.model.facets_gitlab import GitLabFacet
from pipewarden.model.facts import AnyFact, Machine, Resource
from pipewarden.model.ids import Kind, Ref

HOOK = ("id", "enable_ssl_verification", "push_events", "alert_status", "disabled_until")
"""Whether a hook has a secret token is not told. https://docs.gitlab.com/api/project_webhooks/"""


async def project(run: Run, each: Project, invited: Invited) -> list[AnyFact]:
    """Read all of one project."""
    facts = await access(run, each, invited)
    facts += await guards.protections(run, each)
    facts += await guards.environments(run, each)
    told, refused = await guards.approvals(run, each)
    facts += refused
    facts += await run.guarded(each.ref, GitLabFacet.VARIABLES, lambda: variables(run, each.ref, each.path))
    facts += await run.guarded(each.ref, GitLabFacet.DEPLOY_KEYS, lambda: machines.deploy_keys(run, each.ref))
    facts += await run.guarded(
        each.ref, GitLabFacet.DEPLOY_TOKENS, lambda: machines.deploy_tokens(run, each.ref, each.path)
    )
    facts += await run.guarded(each.ref, GitLabFacet.TOKENS, lambda: machines.access_tokens(run, each.ref, each.path))
    facts += await run.guarded(each.ref, GitLabFacet.RUNNERS, lambda: machines.runners(run, each.ref, each.path))
    facts += await run.guarded(each.ref, GitLabFacet.HOOKS, lambda: hooks(run, each.ref, each.path))
    for facet, key, work in (
        (GitLabFacet.TRIGGERS, "triggers", lambda: machines.triggers(run, each.ref)),
        (GitLabFacet.SCHEDULES, "schedules", lambda: machines.schedules(run, each.ref)),
        (GitLabFacet.JOB_TOKEN, "job_token_scope", lambda: job_token(run, each.ref)),
        (GitLabFacet.INTEGRATIONS, "integrations", lambda: integrations(run, each.ref)),
    ):
        facts += await run.guarded(each.ref, facet, _into(told, key, work))
    pipelines = await files.pipelines(run, each)
    facts += pipelines
    path = each.row.get("ci_config_path")
    if pipelines or each.row.get("auto_devops_enabled") is True or not (path is None or isinstance(path, str)):
        # without a pipeline no job is there that could fetch one
        kept = _into(told, "secure_files", lambda: secure_files(run, each.ref))
        facts += await run.guarded(each.ref, GitLabFacet.SECURE_FILES, kept)
    if any(isinstance(fact, Machine) and fact.parent in {each.ref, None} for fact in facts):
        owners = _into(told, "code_owners", lambda: code_owners(run, each))
        facts += await run.premium(each.ref, GitLabFacet.CODE_OWNERS, owners)
    facts += await files.settings(run, each)
    return [_with(fact, each.ref, told) for fact in facts]


def _into(
    told: dict[str, Any], key: str, work: Callable[[], Awaitable[Any]]
) -> Callable[[], Awaitable[Iterator[AnyFact]]]:
    """Return work whose answer becomes an attribute of the project."""

    async def done() -> Iterator[AnyFact]:
        told[key] = await work()
        return iter(())

    return done


def _with(fact: AnyFact, ref: Ref, told: dict[str, Any]) -> AnyFact:
    """Return a project's own fact with what other answers tell of it; any other fact as it is."""
    if isinstance(fact, Resource) and fact.ref == ref:
        return structs.replace(fact, attributes={**fact.attributes, **told})
    return fact


async def job_token(run: Run, ref: Ref) -> dict[str, Any]:
    """Read which projects and groups may come in with their jobs' tokens.

    https://docs.gitlab.com/api/project_job_token_scopes/
    """
    base = f"/projects/{ref.key}/job_token_scope"
    template = "/projects/{id}/job_token_scope"
    found = picked(await run.gitlab.object(base, template=template), "inbound_enabled", "outbound_enabled")
    for part, key in (("allowlist", "projects"), ("groups_allowlist", "groups")):
        rows = await run.rows(f"{base}/{part}", template=f"{template}/{part}")
        found[key] = [
            {
                "id": str(row["id"]),
                "name": named(row, "path_with_namespace", "full_path", "name"),
                **picked(row, "default_permissions", "job_token_policies"),
            }
            for row in rows
        ]
    return found


async def integrations(run: Run, ref: Ref) -> list[dict[str, Any]]:
    """Read which integrations are on, by name: their settings are told one by one, and are never asked for.

    https://docs.gitlab.com/api/project_integrations/#list-all-active-integrations
    """
    rows = await run.rows(f"/projects/{ref.key}/integrations", template="/projects/{id}/integrations")
    return [picked(row, "id", "slug", "active") for row in rows]


async def secure_files(run: Run, ref: Ref) -> list[dict[str, Any]]:
    """Read which secure files a project keeps: names and dates, never what they hold.

    https://docs.gitlab.com/api/secure_files/
    """
    rows = await run.rows(f"/projects/{ref.key}/secure_files", template="/projects/{id}/secure_files")
    return [picked(row, "id", "name", "created_at", "expires_at") for row in rows]


async def hooks(run: Run, scope: Ref, path: str) -> list[AnyFact]:
    """Read webhooks: where to, and how it is secured; what may stand in the address as a password is left out."""
    kind = machines.folder(scope)
    template = f"/{kind}/{{id}}/hooks"
    return [
        Resource(
            ref=run.ref(Kind.WEBHOOK, f"{scope.kind}:{scope.key}:{row['id']}"),
            name=f"hook:{path}/{row['id']}",
            parent=scope,
            attributes={"url": _address(row.get("url")), **picked(row, *HOOK)},
            origin=run.origin(f"GET {template}"),
        )
        for row in await run.rows(f"/{kind}/{scope.key}/hooks", template=template)
    ]


def _address(url: Any) -> str | None:
    """Return scheme and host alone: paths and queries of webhooks often are secrets."""
    if not isinstance(url, str):
        return None
    scheme, mark, rest = url.partition("://")
    return f"{scheme}{mark}{rest.partition('/')[0].partition('?')[0].rpartition('@')[2]}"


async def group(run: Run, ref: Ref, path: str, invited: Invited, *, top: bool) -> list[AnyFact]:
    """Read all of one group beside its members; what only a top-level group has is asked of that alone."""
    facts = await run.guarded(ref, GitLabFacet.GROUP_VARIABLES, lambda: variables(run, ref, path))
    facts += await run.guarded(ref, GitLabFacet.GROUP_TOKENS, lambda: machines.access_tokens(run, ref, path))
    facts += await run.guarded(ref, GitLabFacet.GROUP_DEPLOY_TOKENS, lambda: machines.deploy_tokens(run, ref, path))
    facts += await run.guarded(ref, GitLabFacet.GROUP_RUNNERS, lambda: machines.runners(run, ref, path))
    facts += await run.premium(ref, GitLabFacet.GROUP_ENVIRONMENTS, lambda: guards.group_environments(run, ref))
    facts += await run.premium(ref, GitLabFacet.GROUP_HOOKS, lambda: hooks(run, ref, path))
    told: dict[str, Any] = {}
    for facet, key in ((GitLabFacet.SAML_LINKS, "saml_group_links"), (GitLabFacet.LDAP_LINKS, "ldap_group_links")):
        facts += await run.premium(ref, facet, _into(told, key, _links(run, ref, key)))
    if linked := told.get("saml_group_links"):
        origin = run.origin("GET /groups/{id}/saml_group_links")
        facts += linked_sets(run, ref, path, linked, invited.sets.get(ref.key, ()), origin)
    if top:
        facts += await run.premium(run.tenant or ref, GitLabFacet.MEMBER_ROLES, lambda: member_roles(run, ref))
    links = Resource(
        ref=run.ref(Kind.APPLICATION, f"links:{ref.key}"),
        name=f"links:{path}",
        parent=ref,
        attributes=told,
        origin=run.origin("GET /groups/{id}/saml_group_links"),
    )
    return [*facts, links] if any(told.values()) else facts


async def member_roles(run: Run, ref: Ref) -> list[AnyFact]:
    """Read the custom roles: of the top-level group on gitlab.com, of the instance elsewhere.

    https://docs.gitlab.com/api/member_roles/
    """
    path = f"/groups/{ref.key}/member_roles" if run.tenant is None else "/member_roles"
    template = "/groups/{id}/member_roles" if run.tenant is None else path
    origin = run.origin(f"GET {template}")
    parent = run.tenant or ref
    return [
        structs.replace(custom_role(run, row, origin), parent=parent) for row in await run.rows(path, template=template)
    ]


def _links(run: Run, ref: Ref, part: str) -> Callable[[], Awaitable[list[dict[str, Any]]]]:
    async def work() -> list[dict[str, Any]]:
        try:
            rows = await run.rows(f"/groups/{ref.key}/{part}", template=f"/groups/{{id}}/{part}")
        except NotFound:
            # an instance without such sign-on answers that there is nothing there
            if part == "ldap_group_links":
                return []
            raise
        return [
            picked(row, "name", "cn", "filter", "provider", "access_level", "group_access", "member_role_id")
            for row in rows
            if fits(row, SAML_LINK if part == "saml_group_links" else LDAP_LINK, f"/groups/{{id}}/{part}")
        ]

    return work
