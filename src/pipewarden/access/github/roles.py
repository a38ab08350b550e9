"""What GitHub's roles, app permissions and token scopes amount to on a repository."""

from collections.abc import Mapping

from pipewarden.model.access import Capability, Level
from pipewarden.model.facts import Role

OWNER = "owner"
"""An organization owner has admin on every repository.

https://docs.github.com/en/organizations/managing-peoples-access-to-your-organization-with-roles/roles-in-an-organization
"""

ALL_REPO = {
    "all_repo_read": Level.READ,
    "all_repo_triage": Level.TRIAGE,
    "all_repo_write": Level.WRITE,
    "all_repo_maintain": Level.MAINTAIN,
    "all_repo_admin": Level.ADMIN,
    "security_manager": Level.READ,
}
"""Predefined organization roles that carry a repository role on all current and future repositories.

https://docs.github.com/en/organizations/managing-peoples-access-to-your-organization-with-roles/permissions-of-predefined-organization-roles
"""

CICD_ADMIN = "ci_cd_admin"
"""The predefined organization role over Actions policies, runners, runner groups, secrets and variables."""

RULESET_ROLE_IDS = {"1": Level.READ, "2": Level.MAINTAIN, "3": Level.TRIAGE, "4": Level.WRITE, "5": Level.ADMIN}
"""Ids by which a ruleset's bypass list names the built-in repository roles.

https://docs.github.com/en/rest/repos/rules (bypass_actors.actor_id: the id of the role; 5 is admin, 4 write, 2 maintain)
"""

ORG_PERMISSIONS = {
    "manage_secret": ("organization_secrets", "write_organization_actions_secrets"),
    "manage_runner": ("organization_self_hosted_runners", "write_organization_runners_and_runner_groups"),
    "manage_access": ("members", "organization_administration", "write_organization_custom_org_role"),
    "edit_pipeline": ("write_organization_actions_settings",),
}
"""Organization-level permissions, of apps and of custom organization roles, behind our capabilities.

https://docs.github.com/en/organizations/managing-peoples-access-to-your-organization-with-roles/permissions-of-custom-organization-roles
https://docs.github.com/en/rest/authentication/permissions-required-for-github-apps
"""


def app_level(permissions: Mapping[str, str]) -> Level:
    """Return the repository role that an app's or token's permissions come closest to from below.

    `administration: write` manages settings and access as an admin does; `contents: write` pushes as a
    writer does; any read permission on a repository sees it.
    https://docs.github.com/en/rest/authentication/permissions-required-for-github-apps
    """
    if permissions.get("administration") in {"write", "admin"}:
        return Level.ADMIN
    if permissions.get("contents") in {"write", "admin"}:
        return Level.WRITE
    return Level.READ if permissions else Level.NONE


CLASSIC_SCOPES = frozenset(
    {
        "admin:enterprise", "admin:gpg_key", "admin:org", "admin:org_hook", "admin:public_key", "admin:repo_hook",
        "admin:ssh_signing_key", "audit_log", "codespace", "codespace:secrets", "copilot", "delete:packages", "delete_repo",
        "gist", "manage_billing:copilot", "manage_billing:enterprise", "manage_runners:enterprise",
        "manage_runners:org", "notifications", "project", "public_repo", "read:audit_log", "read:discussion",
        "read:enterprise", "read:gpg_key", "read:network_configurations", "read:org", "read:packages", "read:project",
        "read:public_key", "read:repo_hook", "read:ssh_signing_key", "read:user", "repo", "repo:invite", "repo:status",
        "repo_deployment", "scim:enterprise", "security_events", "user", "user:email", "user:follow", "workflow",
        "write:discussion", "write:gpg_key", "write:network_configurations", "write:org", "write:packages",
        "write:public_key", "write:repo_hook", "write:ssh_signing_key",
    }
)  # fmt: skip
"""https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/scopes-for-oauth-apps"""
POWERFUL_SCOPES = ("repo", "workflow", "admin:org")
"""What together allows all that is asked about."""


def scope_level(scopes: Mapping[str, str]) -> Level:
    """Return the repository role that a classic token's scopes allow at most; its owner's right bounds it.

    https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/scopes-for-oauth-apps (`repo`: full control)
    """
    if "repo" in scopes:
        return Level.ADMIN
    return Level.WRITE if "public_repo" in scopes else Level.NONE


def public_only(key: str, role: Role | None) -> bool:
    """Tell whether a grant is worth something on public repositories alone: `public_repo` without `repo`.

    https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/scopes-for-oauth-apps
    """
    return (
        key.startswith("scopes:")
        and role is not None
        and "public_repo" in role.permissions
        and "repo" not in role.permissions
    )


def level_of(key: str, role: Role | None) -> Level:
    """Return the repository role that a grant's role implies, on the repository or on all that its resource contains.

    `key` is what the grant names; `role` the fact about it, where one was read. A custom role counts as its base.
    """
    if key == OWNER:
        return Level.ADMIN
    plain = Level.of(key)
    if plain is not Level.NONE:
        return plain
    kind, _, name = key.partition(":")
    match kind:
        case "base":
            return Level.of(name)
        case "deploy_key":
            return Level.of(name)
        case "org_role" if name in ALL_REPO:
            return ALL_REPO[name]
        case "app" | "token" | "job":
            return app_level(role.permissions) if role else Level.NONE
        case "scopes":
            return scope_level(role.permissions) if role else Level.NONE
        case _:
            return Level.of(role.level) if role else Level.NONE


CAPABILITIES = tuple(Capability)


def bit(capability: Capability) -> int:
    """Return the bit of a capability in a mask."""
    return 1 << CAPABILITIES.index(capability)


def _mask(*capabilities: Capability) -> int:
    return sum(bit(capability) for capability in capabilities)


_WRITER = (
    Capability.READ,
    Capability.PUSH,
    Capability.MERGE,
    Capability.EDIT_PIPELINE,
    Capability.RUN_PIPELINE,
    Capability.USE_SECRET,
    Capability.READ_SECRET,
    Capability.MANAGE_SECRET,
    Capability.DEPLOY,
    Capability.ASSUME_ROLE,
)
"""A writer can push a branch whose workflow prints what it is given, start workflows and set repository secrets.

https://docs.github.com/en/actions/how-tos/write-workflows/choose-what-workflows-do/use-secrets ("you must have write access")
"""

_ADMIN = (*_WRITER, Capability.MANAGE_RUNNER, Capability.MANAGE_ACCESS, Capability.ADMINISTER)

LEVEL_MASKS = {
    Level.NONE: 0,
    Level.READ: _mask(Capability.READ),
    Level.TRIAGE: _mask(Capability.READ),
    Level.WRITE: _mask(*_WRITER),
    Level.MAINTAIN: _mask(*_WRITER),
    Level.ADMIN: _mask(*_ADMIN),
}

_KEY_ACTS = (
    Capability.READ,
    Capability.PUSH,
    Capability.EDIT_PIPELINE,
    Capability.RUN_PIPELINE,
    Capability.USE_SECRET,
    Capability.READ_SECRET,
    Capability.DEPLOY,
    Capability.ASSUME_ROLE,
)
"""A deploy key with write access speaks git, not the API: it pushes, and pushing edits and starts pipelines.

It opens and merges no pull request.

https://docs.github.com/en/authentication/connecting-to-github-with-ssh/managing-deploy-keys
"""

_BYPASS_PERMISSIONS = frozenset({"bypass_branch_protection", "push_protected_branch"})


def app_mask(permissions: Mapping[str, str]) -> int:
    """Return what an app's or fine-grained token's permissions allow on a repository.

    https://docs.github.com/en/rest/authentication/permissions-required-for-github-apps
    Writing below `.github/workflows` needs `workflows` beside `contents`.
    """
    writes = {name for name, access in permissions.items() if access in {"write", "admin"}}
    can: list[Capability] = []
    if permissions.get("contents") in {"read", "write", "admin"}:
        can.append(Capability.READ)
    if "contents" in writes:
        can += [Capability.PUSH, Capability.MERGE, Capability.RUN_PIPELINE, Capability.USE_SECRET, Capability.DEPLOY]
        if "workflows" in writes:
            can += [Capability.EDIT_PIPELINE, Capability.READ_SECRET, Capability.ASSUME_ROLE]
    if "actions" in writes:
        can += [Capability.RUN_PIPELINE, Capability.USE_SECRET, Capability.DEPLOY]
    if "secrets" in writes:
        can.append(Capability.MANAGE_SECRET)
    if "administration" in writes:
        can += [Capability.MANAGE_RUNNER, Capability.MANAGE_ACCESS, Capability.ADMINISTER]
    return _mask(*set(can))


def scope_mask(scopes: Mapping[str, str]) -> int:
    """Return what a classic token's scopes allow at most on a repository.

    https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/scopes-for-oauth-apps
    `workflow` is needed to write workflow files.
    """
    mask = LEVEL_MASKS[scope_level(scopes)]
    if "workflow" not in scopes:
        mask &= ~_mask(Capability.EDIT_PIPELINE, Capability.READ_SECRET, Capability.ASSUME_ROLE)
    return mask


def mask_of(key: str, role: Role | None) -> int:
    """Return the capabilities that a grant's role gives on a repository, gates not yet applied, as a mask."""
    kind, _, name = key.partition(":")
    match kind:
        case "app" | "token" | "job":
            return app_mask(role.permissions) if role else 0
        case "scopes":
            return scope_mask(role.permissions) if role else 0
        case "deploy_key":
            return _mask(*_KEY_ACTS) if name == "write" else _mask(Capability.READ)
    mask = LEVEL_MASKS[level_of(key, role)]
    if role and kind == "custom_repo" and _BYPASS_PERMISSIONS & role.permissions.keys():
        mask |= bit(Capability.BYPASS_PROTECTION)
    return mask


_OWNER = _mask(
    Capability.READ,
    Capability.EDIT_PIPELINE,
    Capability.MANAGE_SECRET,
    Capability.MANAGE_RUNNER,
    Capability.MANAGE_ACCESS,
    Capability.BYPASS_PROTECTION,
    Capability.ADMINISTER,
)

_ORGANIZATION_SCOPES = {
    "admin:org": _OWNER,
    "write:org": _mask(Capability.READ, Capability.MANAGE_ACCESS),
    "read:org": _mask(Capability.READ),
    "repo": _mask(Capability.READ),
}
"""What a classic token's scopes allow at most on an organization; its owner's right bounds it.

https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/scopes-for-oauth-apps (`admin:org`: fully manage the
organization and its teams, projects, and memberships)
"""


def organization_mask(key: str, role: Role | None) -> int:
    """Return the capabilities that a grant on an organization gives on the organization itself."""
    if key == OWNER:
        return _OWNER
    kind, _, name = key.partition(":")
    if kind == "scopes":
        mask = 0
        for scope in role.permissions if role else ():
            mask |= _ORGANIZATION_SCOPES.get(scope, 0)
        return mask
    mask = _mask(Capability.READ)
    if (kind == "org_role" and name == CICD_ADMIN) or (role and role.name.lower() in {"ci/cd admin", CICD_ADMIN}):
        mask |= _mask(Capability.MANAGE_SECRET, Capability.MANAGE_RUNNER, Capability.EDIT_PIPELINE)
    permissions = role.permissions if role else {}
    for word, names in ORG_PERMISSIONS.items():
        if any(permissions.get(each) in {"write", "admin"} for each in names):
            mask |= bit(Capability(word))
    if permissions.get("organization_administration") in {"write", "admin"}:
        mask |= bit(Capability.ADMINISTER)
    return mask
