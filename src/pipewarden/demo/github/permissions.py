"""Who may ask what: the permission an app needs, the scope a classic token needs, whose right it takes.

Permissions: https://docs.github.com/en/rest/authentication/permissions-required-for-github-apps
Scopes: the descriptions of the endpoints. Where no source names a permission, that of its siblings is taken.
"""

from dataclasses import dataclass

from pipewarden.demo.github.asking import Refused, Viewer


@dataclass(frozen=True)
class Need:
    """What an endpoint asks for."""

    whose: str
    """`anybody`, `member`, `admin` (of the organization), `reader` or `keeper` (administrator) of the repository,
    `app` (apps alone), `owner` (of the organization, never an app) or `enterprise` (its owners' classic tokens alone)."""
    permission: str = ""
    level: str = "read"
    scope: str = ""
    enterprise_cloud: bool = False


def _org(permission: str, level: str = "read", *, scope: str = "admin:org", cloud: bool = False) -> Need:
    return Need("admin", permission, level, scope, cloud)


_MEMBERS = Need("member", "members", scope="read:org")
_ADMIN = _org("organization_administration")
_RUNNERS = _org("organization_self_hosted_runners")
_READS = Need("reader", "metadata", scope="repo")
_KEEPS = Need("keeper", "administration", scope="repo")


def _repo(permission: str, whose: str = "keeper") -> Need:
    return Need(whose, permission, scope="repo")


NEEDS: dict[str, Need] = {
    "/orgs/{org}/members/{username}": Need("member", "members"),
    "/orgs/{org}/memberships/{username}": _MEMBERS,
    "/orgs/{org}/outside_collaborators": _org("members"),
    "/orgs/{org}/invitations": _org("members"),
    "/orgs/{org}/failed_invitations": _org("members"),
    "/orgs/{org}/teams": _MEMBERS,
    "/orgs/{org}/teams/{team_slug}": _MEMBERS,
    "/orgs/{org}/teams/{team_slug}/members": _MEMBERS,
    "/orgs/{org}/teams/{team_slug}/memberships/{username}": _MEMBERS,
    "/orgs/{org}/teams/{team_slug}/repos": _MEMBERS,
    "/orgs/{org}/teams/{team_slug}/teams": _MEMBERS,
    "/orgs/{org}/teams/{team_slug}/external-groups": _org("members", "write", scope="read:org", cloud=True),
    "/teams/{team_id}/members": _MEMBERS,
    "/orgs/{org}/hooks": _org("organization_hooks", scope="admin:org_hook"),
    "/orgs/{org}/installations": _org("organization_administration", scope="admin:read|admin:org|read:org"),
    "/orgs/{org}/security-managers": _ADMIN,
    **dict.fromkeys(
        (
            "/orgs/{org}/actions/permissions",
            "/orgs/{org}/actions/permissions/repositories",
            "/orgs/{org}/actions/permissions/selected-actions",
            "/orgs/{org}/actions/permissions/workflow",
            "/orgs/{org}/actions/permissions/self-hosted-runners",
            "/orgs/{org}/actions/permissions/fork-pr-contributor-approval",
            "/orgs/{org}/actions/permissions/fork-pr-workflows-private-repos",
            "/orgs/{org}/actions/permissions/artifact-and-log-retention",
            "/orgs/{org}/settings/immutable-releases",
        ),
        _ADMIN,
    ),
    "/orgs/{org}/actions/oidc/customization/sub": _org("organization_administration", scope="read:org"),
    "/orgs/{org}/actions/runner-groups": _RUNNERS,
    "/orgs/{org}/actions/runner-groups/{runner_group_id}/repositories": _RUNNERS,
    "/orgs/{org}/actions/runner-groups/{runner_group_id}/runners": _RUNNERS,
    "/orgs/{org}/actions/runners": _RUNNERS,
    "/orgs/{org}/actions/secrets": _org("organization_secrets"),
    "/orgs/{org}/actions/secrets/{secret_name}/repositories": _org("organization_secrets"),
    "/orgs/{org}/actions/variables": _org("organization_actions_variables"),
    "/orgs/{org}/actions/variables/{name}/repositories": _org("organization_actions_variables"),
    "/orgs/{org}/dependabot/secrets": _org("organization_dependabot_secrets"),
    "/orgs/{org}/dependabot/secrets/{secret_name}/repositories": _org("organization_dependabot_secrets"),
    "/orgs/{org}/codespaces/secrets": Need("owner", scope="admin:org"),
    "/orgs/{org}/codespaces/secrets/{secret_name}/repositories": Need("owner", scope="admin:org"),
    "/orgs/{org}/personal-access-tokens": Need("app", "organization_personal_access_tokens"),
    "/orgs/{org}/personal-access-tokens/{pat_id}/repositories": Need("app", "organization_personal_access_tokens"),
    "/orgs/{org}/personal-access-token-requests": Need("app", "organization_personal_access_token_requests"),
    "/orgs/{org}/credential-authorizations": _org("organization_administration", scope="read:org", cloud=True),
    "/orgs/{org}/audit-log": _org("organization_administration", scope="read:audit_log", cloud=True),
    "/orgs/{org}/organization-roles": _org("organization_custom_org_roles"),
    "/orgs/{org}/organization-roles/{role_id}": _org("organization_custom_org_roles"),
    "/orgs/{org}/organization-roles/{role_id}/teams": _org("members"),
    "/orgs/{org}/organization-roles/{role_id}/users": _org("members"),
    "/orgs/{org}/custom-repository-roles": _org("organization_custom_roles", scope="admin:org|repo", cloud=True),
    "/orgs/{org}/external-groups": _org("members", "write", scope="read:org", cloud=True),
    "/orgs/{org}/external-group/{group_id}": _org("members", "write", scope="read:org", cloud=True),
    **dict.fromkeys(
        (
            "/enterprises/{enterprise}/teams",
            "/enterprises/{enterprise}/teams/{team}/memberships",
            "/enterprises/{enterprise}/enterprise-roles",
            "/enterprises/{enterprise}/enterprise-roles/{role_id}/users",
            "/enterprises/{enterprise}/enterprise-roles/{role_id}/teams",
        ),
        Need("enterprise", scope="read:enterprise"),
    ),
    "/orgs/{org}/team-sync/groups": _org("members", scope="read:org", cloud=True),
    "/orgs/{org}/teams/{team_slug}/team-sync/group-mappings": Need("owner", scope="read:org", enterprise_cloud=True),
    "/orgs/{org}/rulesets": _org("organization_administration", "write"),
    "/orgs/{org}/rulesets/{ruleset_id}": _org("organization_administration", "write"),
    "/orgs/{org}/rulesets/rule-suites": _org("organization_administration", "write"),
    "/orgs/{org}/secret-scanning/alerts": _org("secret_scanning_alerts", scope="repo|security_events"),
    "/scim/v2/organizations/{org}/Users": _org("members", cloud=True),
    **{
        f"/enterprises/{{enterprise}}/{path}": Need("enterprise", scope=scope)
        for path, scope in (
            ("audit-log", "read:audit_log"),
            ("audit-log/streams", "read:audit_log"),
            ("consumed-licenses", "read:enterprise"),
            ("actions/permissions", "admin:enterprise"),
            ("actions/runner-groups", "manage_runners:enterprise"),
            ("actions/runners", "manage_runners:enterprise"),
        )
    },
    "/scim/v2/enterprises/{enterprise}/Users": Need("enterprise", scope="scim:enterprise|admin:enterprise"),
    "/scim/v2/enterprises/{enterprise}/Groups": Need("enterprise", scope="scim:enterprise|admin:enterprise"),
    "/repos/{owner}/{repo}": _READS,
    "/repos/{owner}/{repo}/collaborators": Need("keeper", "metadata", scope="repo"),
    "/repos/{owner}/{repo}/collaborators/{username}/permission": _READS,
    "/repos/{owner}/{repo}/invitations": _KEEPS,
    "/repos/{owner}/{repo}/teams": _KEEPS,
    "/repos/{owner}/{repo}/keys": _KEEPS,
    "/repos/{owner}/{repo}/hooks": Need("keeper", "repository_hooks", scope="repo|admin:repo_hook"),
    "/repos/{owner}/{repo}/branches": _repo("contents", "reader"),
    "/repos/{owner}/{repo}/branches/{branch}/protection": _KEEPS,
    "/repos/{owner}/{repo}/rulesets": _READS,
    "/repos/{owner}/{repo}/rulesets/{ruleset_id}": _READS,
    "/repos/{owner}/{repo}/rules/branches/{branch}": _READS,
    "/repos/{owner}/{repo}/environments": _repo("actions", "reader"),
    "/repos/{owner}/{repo}/environments/{environment_name}": _repo("actions", "reader"),
    "/repos/{owner}/{repo}/environments/{environment_name}/deployment-branch-policies": _repo("actions", "reader"),
    "/repos/{owner}/{repo}/environments/{environment_name}/deployment_protection_rules": _repo("actions", "reader"),
    "/repos/{owner}/{repo}/environments/{environment_name}/secrets": _repo("environments"),
    "/repos/{owner}/{repo}/environments/{environment_name}/variables": _repo("environments"),
    "/repos/{owner}/{repo}/actions/permissions": _KEEPS,
    "/repos/{owner}/{repo}/actions/permissions/access": _KEEPS,
    "/repos/{owner}/{repo}/actions/permissions/workflow": _KEEPS,
    "/repos/{owner}/{repo}/actions/permissions/selected-actions": _KEEPS,
    "/repos/{owner}/{repo}/actions/permissions/fork-pr-contributor-approval": _KEEPS,
    "/repos/{owner}/{repo}/actions/secrets": _repo("secrets"),
    "/repos/{owner}/{repo}/actions/organization-secrets": _repo("secrets"),
    "/repos/{owner}/{repo}/actions/variables": _repo("actions_variables"),
    "/repos/{owner}/{repo}/actions/runners": _KEEPS,
    "/repos/{owner}/{repo}/actions/workflows": _repo("actions", "reader"),
    "/repos/{owner}/{repo}/actions/workflows/{workflow_id}/runs": _repo("actions", "reader"),
    "/repos/{owner}/{repo}/actions/oidc/customization/sub": Need("keeper", "actions", scope="repo"),
    "/repos/{owner}/{repo}/contents/{path}": _repo("contents", "reader"),
    "/repos/{owner}/{repo}/git/trees/{tree_sha}": _repo("contents", "reader"),
    "/repos/{owner}/{repo}/deployments": _repo("deployments", "reader"),
}
"""By template; what is not named here anybody may ask."""


def accepted(need: Need) -> dict[str, str]:
    """Return the headers by which GitHub says what would have been enough."""
    headers = {}
    if need.permission:
        headers["x-accepted-github-permissions"] = f"{need.permission}={need.level}"
    if need.scope:
        headers["x-accepted-oauth-scopes"] = need.scope.replace("|", ", ")
    return headers


def allow(viewer: Viewer, template: str, *, public: bool) -> None:
    """Refuse who may not ask this, in GitHub's words.

    A repository's administration does not exist for who may not see it (404); an organization's is refused (403).
    `public` says that the request is about a public repository.
    """
    need = NEEDS.get(template)
    if need is None:
        return
    headers = accepted(need)
    if viewer.kind == "nobody":
        _allow_nobody(need, public=public)
    elif not viewer.linked:
        url = "https://github.com/orgs/acme/sso?authorization_request=demo"
        told = (
            "Resource protected by organization SAML enforcement. "
            "You must grant your Personal Access token access to this organization."
        )
        raise Refused(403, told, **{"x-github-sso": f"required; url={url}"})
    elif viewer.kind == "app":
        if need.whose in {"owner", "enterprise"} or not viewer.has(need.permission, need.level):
            raise Refused(403, "Resource not accessible by integration", **headers)
    elif need.whose == "app" or (viewer.fine_grained and not viewer.has(need.permission, need.level)):
        raise Refused(403, "Resource not accessible by personal access token", **headers)
    else:
        _allow_person(viewer, need, headers, public=public)


def _allow_nobody(need: Need, *, public: bool) -> None:
    """Refuse who shows no credential all but public repositories."""
    if need.whose in {"reader", "keeper"}:
        if need.whose == "keeper" or not public:
            raise Refused(404, "Not Found")
    else:
        raise Refused(401, "Requires authentication")


def _allow_person(viewer: Viewer, need: Need, headers: dict[str, str], *, public: bool) -> None:
    """Refuse a person's token what takes an administrator, or a scope that it lacks."""
    hidden = need.whose in {"reader", "keeper"}
    if viewer.kind == "member" and need.whose in {"admin", "owner", "enterprise"}:
        raise Refused(403, "Must have admin rights to Organization.", **headers)
    if viewer.kind == "member" and need.whose == "keeper":
        raise Refused(404, "Not Found", **headers)
    if not viewer.scoped(need.scope) and not (need.whose == "reader" and public):
        if hidden:
            raise Refused(404, "Not Found", **headers)
        raise Refused(403, f"You need the {need.scope.split('|')[0]} scope to ask this.", **headers)
