"""The organization itself: its settings, and what Actions may do in it."""

from collections.abc import Iterable
from typing import Any

from pipewarden.connectors.answers import picked
from pipewarden.connectors.github.connections import Connection, Page, identified, part_of, refusals, understood
from pipewarden.connectors.github.graphql_shapes import settings
from pipewarden.connectors.github.run import Run, moment
from pipewarden.connectors.github.shapes import ORGANIZATION_SETTINGS
from pipewarden.connectors.shapes import leaving_out, sound
from pipewarden.errors import NotFound, SourceError, UnexpectedAnswer
from pipewarden.model.facets import Facet
from pipewarden.model.facts import AnyFact, Cause, Gap, Grant, GrantKind, Group, Membership, Resource, Role
from pipewarden.model.ids import Kind, Ref, everyone, members_of, outsiders_of, owners_of

KEPT = (
    "login", "id", "name", "type", "created_at", "archived_at", "is_verified", "has_organization_projects",
    "two_factor_requirement_enabled", "default_repository_permission", "default_repository_branch",
    "members_can_create_repositories", "members_can_create_public_repositories", "members_can_create_private_repositories",
    "members_can_create_internal_repositories", "members_can_create_pages", "members_can_create_public_pages",
    "members_can_create_private_pages", "members_can_fork_private_repositories", "members_can_delete_repositories",
    "members_can_change_repo_visibility", "members_can_invite_outside_collaborators", "members_can_delete_issues",
    "members_can_create_teams", "members_can_view_dependency_insights", "readers_can_create_discussions",
    "deploy_keys_enabled_for_repositories", "web_commit_signoff_required", "advanced_security_enabled_for_new_repositories",
    "dependabot_alerts_enabled_for_new_repositories", "dependabot_security_updates_enabled_for_new_repositories",
    "dependency_graph_enabled_for_new_repositories", "secret_scanning_enabled_for_new_repositories",
    "secret_scanning_push_protection_enabled_for_new_repositories", "display_commenter_full_name_setting_enabled",
    "members_allowed_repository_creation_type", "public_repos", "total_private_repos", "owned_private_repos",
)  # fmt: skip

ACTIONS = (
    (Facet.ORG_ACTIONS, "actions_permissions", "/orgs/{org}/actions/permissions"),
    (Facet.ORG_ACTIONS_WORKFLOW, "actions_workflow", "/orgs/{org}/actions/permissions/workflow"),
    (Facet.ORG_ACTIONS_FORKS, "actions_fork_approval", "/orgs/{org}/actions/permissions/fork-pr-contributor-approval"),
    (
        Facet.ORG_ACTIONS_FORKS,
        "actions_fork_private",
        "/orgs/{org}/actions/permissions/fork-pr-workflows-private-repos",
    ),
    (Facet.ORG_ACTIONS_RUNNERS_POLICY, "actions_self_hosted", "/orgs/{org}/actions/permissions/self-hosted-runners"),
    (
        Facet.ORG_ACTIONS_RETENTION,
        "actions_retention",
        "/orgs/{org}/actions/permissions/artifact-and-log-retention",
    ),
    (Facet.ORG_IMMUTABLE_RELEASES, "immutable_releases", "/orgs/{org}/settings/immutable-releases"),
    (Facet.ORG_OIDC, "oidc_sub", "/orgs/{org}/actions/oidc/customization/sub"),
)


async def organization(run: Run, enterprise_slug: str = "") -> dict[str, Any]:
    """Read the organization and everything that hangs on its settings; returns its attributes."""
    path = f"/orgs/{run.login}"
    body = await run.github.get(path, template="/orgs/{org}")
    run.org = run.ref(Kind.ORGANIZATION, body["id"])
    with leaving_out() as left:
        attributes = sound(picked(body, *KEPT, "plan"), ORGANIZATION_SETTINGS, "/orgs/{org}")
    gaps: list[Gap] = run.left_out(run.org, Facet.ORG_SETTINGS, left)
    plan = attributes.pop("plan", None)
    if isinstance(plan, dict):
        attributes["plan"] = picked(plan, "name", "seats", "filled_seats")
    if "default_repository_permission" not in body:
        gaps.append(
            run.gap(run.org, Facet.ORG_SETTINGS, cause=Cause.MISSING_FIELD, detail="only public fields were given")
        )
    for facet, key, template in ACTIONS:
        await _body(run, attributes, gaps, facet, key, template)
    if (attributes.get("actions_permissions") or {}).get("allowed_actions") == "selected":
        template = "/orgs/{org}/actions/permissions/selected-actions"
        await _body(run, attributes, gaps, Facet.ORG_ACTIONS, "actions_selected", template)
    await _graphql(run, attributes, gaps)
    parent = await _enterprise(run, enterprise_slug) if enterprise_slug else None
    origin = run.origin("GET /orgs/{org}")
    fact = Resource(
        ref=run.org, name=str(body.get("login") or run.login), parent=parent, attributes=attributes, origin=origin
    )
    run.add(fact, *gaps, *_implicit(run, fact, str(attributes.get("default_repository_permission") or "")))
    return attributes


async def _body(run: Run, attributes: dict[str, Any], gaps: list[Gap], facet: str, key: str, template: str) -> None:
    try:
        attributes[key] = await run.github.get(template.replace("{org}", run.login), template=template)
    except SourceError as refusal:
        gaps.append(run.gap(run.org, facet, refusal))


async def _graphql(run: Run, attributes: dict[str, Any], gaps: list[Gap]) -> None:
    try:
        answer = await run.graphql("organization", login=run.login)
    except SourceError as refusal:
        gaps.append(run.gap(run.org, Facet.ORG_SECURITY_SETTINGS, refusal))
        return
    whole = part_of(answer)
    told = whole.at("organization")
    found: dict[str, Any] = {}
    if isinstance(told.value, dict):
        with leaving_out() as left:
            found = settings(told.value, "organization", (each.place for each in told.refused))
        gaps += run.left_out(run.org, Facet.ORG_SECURITY_SETTINGS, left)
    elif not answer.errors:
        gaps.append(run.gap(run.org, Facet.ORG_SECURITY_SETTINGS, cause=Cause.MISSING_FIELD))
    for name, value in found.items():
        if name in {"databaseId", "domains"}:
            continue
        if value is None and answer.refused("organization", name):
            continue
        attributes[name] = value
    gaps += refusals(run, run.org, Facet.ORG_SECURITY_SETTINGS, whole.refused)
    if found.get("domains") is not None:
        listed = Connection(run, run.org, Facet.ORG_SECURITY_SETTINGS, "domains", query="organization")
        domains = listed.parsed(whole.at("organization", "domains"))
        attributes["domains"] = [picked(each.value, "domain", "isVerified") for each in domains.items]
        gaps += domains.gaps


def _implicit(run: Run, org: Resource, base: str) -> Iterable[AnyFact]:
    """Yield the groups that exist by themselves and the grants that follow from settings.

    https://docs.github.com/en/organizations/managing-peoples-access-to-your-organization-with-roles/roles-in-an-organization
    """
    origin = org.origin
    implicit = {"implicit": True}
    for group, name in (
        (members_of(org.ref), f"members of {org.name}"),
        (owners_of(org.ref), f"owners of {org.name}"),
        (outsiders_of(org.ref), f"outside collaborators of {org.name}"),
    ):
        yield Group(ref=group, name=name, parent=org.ref, attributes=implicit, origin=origin)
    yield Group(ref=everyone(run.instance), name="everyone", attributes=implicit, origin=origin)
    yield Grant(principal=owners_of(org.ref), resource=org.ref, role="owner", kind=GrantKind.OWNERSHIP, origin=origin)
    if base:
        yield Grant(
            principal=members_of(org.ref), resource=org.ref, role=f"base:{base}", kind=GrantKind.BASE, origin=origin
        )
    if org.parent:
        yield Membership(member=members_of(org.ref), group=members_of(org.parent), role="organization", origin=origin)


async def _enterprise(run: Run, slug: str) -> Ref:
    """Read the enterprise; what of it is refused becomes gaps at the enterprise."""
    ref = run.ref(Kind.ENTERPRISE, slug)
    run.enterprise = ref
    facts: list[AnyFact] = []
    attributes: dict[str, Any] = {"slug": slug}
    try:
        answer = part_of(await run.graphql("enterprise", slug=slug))
        whole = answer.at("enterprise")
        if not isinstance(whole.value, dict):
            raise NotFound(f"there is no enterprise {slug} that this credential sees", endpoint="enterprise")
        owners = ("enterprise", "ownerInfo", "admins")
        refused = (each for each in answer.refused if each.place[:3] != owners)
        facts += refusals(run, ref, Facet.ENT_SETTINGS, refused)
        attributes["name"] = whole.value.get("name")
        info = whole.value.get("ownerInfo")
        if info is not None and not isinstance(info, dict):
            raise UnexpectedAnswer(
                "graphql enterprise: ownerInfo is not given as it is documented", endpoint="enterprise"
            )
        if info is None:
            facts.append(run.gap(ref, Facet.ENT_SETTINGS, cause=Cause.FORBIDDEN))
            facts.append(run.gap(ref, Facet.ENT_OWNERS, cause=Cause.FORBIDDEN))
        else:
            listed = Connection(run, ref, Facet.ENT_OWNERS, "administrators", query="enterprise")
            admins = listed.parsed(whole.at("ownerInfo", "admins"))
            with leaving_out() as left:
                owner = settings(info, "enterprise", (each.place for each in whole.at("ownerInfo").refused))
            facts += run.left_out(ref, Facet.ENT_SETTINGS, left)
            attributes["owner_info"] = {name: value for name, value in owner.items() if name != "admins"}
            facts += [*admins.gaps, *understood(run, ref, Facet.ENT_OWNERS, _owners, run, ref, admins)]
    except SourceError as refusal:
        facts += [run.gap(ref, facet, refusal) for facet in (Facet.ENT_SETTINGS, Facet.ENT_OWNERS, Facet.ENT_MEMBERS)]
    try:
        template = "/enterprises/{enterprise}/audit-log/streams"
        streams = await run.github.get(template.replace("{enterprise}", slug), template=template, needs="token")
        attributes["audit_log_streams"] = [picked(s, "stream_type", "enabled") for s in streams]
    except SourceError as refusal:
        facts.append(run.gap(ref, Facet.ENT_AUDIT_STREAMS, refusal))
    origin = run.origin("graphql Enterprise")
    facts.append(Resource(ref=ref, name=slug, attributes=attributes, origin=origin))
    facts.append(
        Group(
            ref=members_of(ref),
            name=f"members of enterprise {slug}",
            parent=ref,
            attributes={"implicit": True},
            origin=origin,
        )
    )
    run.add(*facts)
    return ref


def _owners(run: Run, enterprise: Ref, admins: Page) -> Iterable[AnyFact]:
    origin = run.origin("graphql Enterprise")
    group = owners_of(enterprise)
    yield Group(
        ref=group,
        name=f"owners of enterprise {enterprise.key}",
        parent=enterprise,
        attributes={"implicit": True},
        origin=origin,
    )
    # an enterprise owner may join any of its organizations as owner
    # https://docs.github.com/en/enterprise-cloud@latest/admin/managing-accounts-and-repositories/managing-organizations-in-your-enterprise/managing-your-role-in-an-organization-owned-by-your-enterprise
    yield Grant(principal=group, resource=run.org, role="owner", kind=GrantKind.POTENTIAL, origin=origin)
    for edge in admins.items:
        yield from refusals(run, enterprise, Facet.ENT_OWNERS, edge.refused)
        if edge.value.get("role") == "OWNER":
            account = identified(run, Kind.ACCOUNT, edge.value["node"])
            yield Membership(member=account, group=group, role="owner", origin=origin)


async def roles(run: Run) -> None:
    """Read organization roles with who holds them, and custom repository roles."""
    await run.facet(Facet.ORG_REPO_ROLES, lambda: _repository_roles(run))
    await run.facet(Facet.ORG_ROLES, lambda: _organization_roles(run))


async def _repository_roles(run: Run) -> Iterable[AnyFact]:
    template = "/orgs/{org}/custom-repository-roles"
    body = await run.github.get(template.replace("{org}", run.login), template=template)
    return [
        Role(
            ref=run.ref(Kind.ROLE, f"custom_repo:{row['id']}"),
            name=str(row.get("name")),
            parent=run.org,
            level=row.get("base_role"),
            permissions=dict.fromkeys(row.get("permissions") or (), "write"),
            attributes=picked(row, "base_role", "permissions", "description", "created_at", "updated_at"),
            origin=run.origin(f"GET {template}"),
        )
        for row in body.get("custom_roles") or ()
    ]


async def _organization_roles(run: Run) -> Iterable[AnyFact]:
    template = "/orgs/{org}/organization-roles"
    body = await run.github.get(template.replace("{org}", run.login), template=template)
    facts: list[AnyFact] = []
    for row in body.get("roles") or ():
        key = f"org_role:{row['id']}"
        name = str(row.get("name"))
        facts.append(
            Role(
                ref=run.ref(Kind.ROLE, key),
                name=name,
                parent=run.org,
                level=row.get("base_role") or _predefined(name),
                permissions=dict.fromkeys(row.get("permissions") or (), "write"),
                attributes=picked(row, "base_role", "permissions", "description", "source"),
                origin=run.origin(f"GET {template}"),
            )
        )
        for kind, plural in ((Kind.ACCOUNT, "users"), (Kind.GROUP, "teams")):
            holders = "/orgs/{org}/organization-roles/{role_id}/" + plural
            path = holders.replace("{org}", run.login).replace("{role_id}", str(row["id"]))
            for holder in await run.listed(path, template=holders):
                if holder.get("assignment") == "indirect":
                    continue  # held through a team, which is listed itself
                who = run.ref(kind, holder["id"])
                if kind is Kind.GROUP and holder.get("type") == "enterprise" and not run.knows(who):
                    # a team of the enterprise, of which its own list tells more, where that may be read
                    told = {"type": "enterprise", **picked(holder, "slug", "name")}
                    facts.append(
                        Group(
                            ref=who,
                            name=str(holder.get("slug")),
                            parent=run.enterprise,
                            attributes=told,
                            origin=run.origin(f"GET {holders}"),
                        )
                    )
                facts.append(
                    Grant(
                        principal=who,
                        resource=run.org,
                        role=key,
                        kind=GrantKind.ORG_ROLE,
                        origin=run.origin(f"GET {holders}"),
                    )
                )
    return facts


def _predefined(name: str) -> str | None:
    """Return the repository role that a predefined organization role carries."""
    if name == "security_manager":
        return "read"
    return name.removeprefix("all_repo_") if name.startswith("all_repo_") else None


async def webhooks(run: Run) -> None:
    """Read the organization's webhooks; secrets are masked by GitHub and never kept."""
    template = "/orgs/{org}/hooks"

    async def read() -> Iterable[AnyFact]:
        rows = await run.listed(template.replace("{org}", run.login), template=template)
        return [webhook(run, row, run.org, run.login, template) for row in rows]

    await run.facet(Facet.ORG_WEBHOOKS, read)


def webhook(run: Run, row: dict[str, Any], parent: Ref, scope: str, template: str) -> Resource:
    """Return a webhook as a resource: where it sends to without user, password and query, and whether it signs."""
    from pipewarden.http.client import shown

    config = row.get("config") or {}
    kept = picked(config, "content_type", "insecure_ssl")
    if "url" in config:
        kept["url"] = shown(str(config["url"]))
    kept["has_secret"] = bool(config.get("secret"))
    attributes = picked(row, "active", "events", "name", "type", "created_at", "updated_at")
    last = row.get("last_response")
    if isinstance(last, dict):
        attributes["last_response"] = picked(last, "code", "status")
    return Resource(
        ref=run.ref(Kind.WEBHOOK, row["id"]),
        name=f"hook:{scope}/{row['id']}",
        parent=parent,
        attributes={**attributes, "config": kept},
        origin=run.origin(f"GET {template}"),
    )


async def invitations(run: Run) -> None:
    """Read pending and failed invitations; e-mail addresses are dropped."""
    pending, failed = "/orgs/{org}/invitations", "/orgs/{org}/failed_invitations"

    async def read() -> Iterable[AnyFact]:
        facts: list[AnyFact] = []
        for template in (pending, failed):
            for row in await run.listed(template.replace("{org}", run.login), template=template):
                facts.append(
                    Resource(
                        ref=run.ref(Kind.INVITATION, row["id"]),
                        name=f"invitation:{run.login}/{row.get('login') or row['id']}",
                        parent=run.org,
                        attributes=picked(
                            row,
                            "login",
                            "role",
                            "created_at",
                            "failed_at",
                            "failed_reason",
                            "invitation_source",
                            "team_count",
                        ),
                        origin=run.origin(f"GET {template}"),
                    )
                )
        return facts

    await run.facet(Facet.ORG_INVITATIONS, read)


__all__ = ["invitations", "moment", "organization", "roles", "webhook", "webhooks"]
