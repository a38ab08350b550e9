"""What the rows of GitHub's REST lists must say: the fields that a verdict or a grant rests on.

A list of which one row is not understood is not read at all: its facet is a gap. What GraphQL must say is in `graphql_shapes`.
https://docs.github.com/en/rest
"""

import re
from collections.abc import Mapping
from typing import Any

from pipewarden.connectors.github.ruleset_shapes import RULESET, RULESET_ROW, half_said
from pipewarden.connectors.shapes import (
    Shape,
    absent_or,
    flag,
    inner,
    listed,
    none_or,
    null_or,
    number,
    odd_field,
    text,
    texts,
    time,
    word,
)
from pipewarden.errors import UnexpectedAnswer

_LEVELS = frozenset({"admin", "none", "read", "write"})


def _permissions(value: Any) -> bool:
    """Tell whether a value is permissions by name."""
    return isinstance(value, dict) and all(isinstance(each, str) and each in _LEVELS for each in value.values())


def _grouped(value: Any) -> bool:
    """Tell whether a value is a token's permissions, by what they are on."""
    return isinstance(value, dict) and all(_permissions(each) for each in value.values())


def _switches(value: Any) -> bool:
    """Tell whether a value is features of a repository, each on or off."""
    features = [each for each in value.values() if isinstance(each, dict)] if isinstance(value, dict) else []
    return isinstance(value, dict) and all(
        each.get("status", "enabled") in ("disabled", "enabled") for each in features
    )


def workflows(value: Any) -> bool:
    """Tell whether a value is addresses of workflows, each perhaps with its ref: `octo-org/octo-repo/.github/workflows/deploy.yml@main`."""
    return texts(value) and all(_WORKFLOW.match(each) for each in value)


_WORKFLOW = re.compile(r"[^/@]+/[^/@]+/[^@]+\.ya?ml(@.+)?$", re.IGNORECASE)
_ASKING = frozenset({"branch_policy", "required_reviewers", "wait_timer"})
CREDENTIALS = frozenset({"github app token", "oauth app token", "personal access token", "ssh key"})
_TIMES: Shape = {"created_at": none_or(time), "updated_at": none_or(time)}
_NAMED: Shape = {"name": text, **_TIMES}
_VARIABLE: Shape = {"name": text, "value": lambda value: isinstance(value, str), **_TIMES}
_LISTED: Shape = {"id": number}
_SHARED = word("all", "private", "selected")
_ORG_SECRET: Shape = {"name": text, "visibility": _SHARED, **_TIMES}
_PERSON: Shape = {"id": number, "login": text}
_INVITED: Shape = {
    "id": number,
    "login": none_or(text),
    "created_at": none_or(time),
    "failed_at": none_or(time),
    "invitee": none_or(inner),
    "invitee/login": text,
}
_HOOK: Shape = {
    "id": number,
    "active": flag,
    "events": none_or(texts),
    "config": inner,
    "config/url": absent_or(text),
    "config/insecure_ssl": absent_or(lambda value: value in ("0", "1", 0, 1)),
    "config/secret": absent_or(lambda value: isinstance(value, str)),
    "config/content_type": none_or(text),
    "last_response": none_or(inner),
    "last_response/code": none_or(number),
}
_RUNNER: Shape = {
    "id": number,
    "name": text,
    "labels": listed,
    "labels/*/name": text,
    "status": absent_or(word("offline", "online")),
    "ephemeral": absent_or(flag),
    "busy": absent_or(flag),
    "runner_group_id": absent_or(number),
}
_TOKEN: Shape = {
    "id": number,
    "token_id": absent_or(number),
    "token_name": none_or(text),
    "owner": inner,
    "owner/id": number,
    "owner/login": text,
    "permissions": _grouped,
    "repository_selection": word("all", "none", "subset"),
    "token_expired": flag,
    "token_expires_at": null_or(time),
    **dict.fromkeys(("access_granted_at", "token_last_used_at"), none_or(time)),
}
_WORKFLOW_TOKEN: Shape = {
    "default_workflow_permissions": word("read", "write"),
    "can_approve_pull_request_reviews": flag,
}
_FORK_APPROVAL: Shape = {
    "approval_policy": word(
        "all_external_contributors", "first_time_contributors", "first_time_contributors_new_to_github"
    ),
}
_FORK_FLAGS = (
    "run_workflows_from_fork_pull_requests", "send_write_tokens_to_workflows", "send_secrets_and_variables",
    "require_approval_for_fork_pr_workflows",
)  # fmt: skip
_ORGANIZATION_FLAGS = (
    "is_verified", "two_factor_requirement_enabled", "members_can_create_repositories",
    "members_can_create_public_repositories", "members_can_create_private_repositories",
    "members_can_create_internal_repositories", "members_can_create_pages", "members_can_create_public_pages",
    "members_can_create_private_pages", "members_can_fork_private_repositories", "members_can_delete_repositories",
    "members_can_change_repo_visibility", "members_can_invite_outside_collaborators", "members_can_delete_issues",
    "members_can_create_teams", "members_can_view_dependency_insights", "readers_can_create_discussions",
    "deploy_keys_enabled_for_repositories", "web_commit_signoff_required",
    "advanced_security_enabled_for_new_repositories", "dependabot_alerts_enabled_for_new_repositories",
    "dependabot_security_updates_enabled_for_new_repositories", "dependency_graph_enabled_for_new_repositories",
    "secret_scanning_enabled_for_new_repositories", "secret_scanning_push_protection_enabled_for_new_repositories",
)  # fmt: skip

ORGANIZATION_SETTINGS: Shape = {
    **dict.fromkeys(_ORGANIZATION_FLAGS, none_or(flag)),
    "default_repository_permission": none_or(word("admin", "none", "read", "write")),
    "plan": none_or(inner),
    "plan/name": text,
}
"""What the settings of an organization must say; one that does not is not known, and the others stay.

https://docs.github.com/en/rest/orgs/orgs#get-an-organization
"""

SHAPES: dict[str, Shape] = {
    "/orgs/{org}": {"id": number, "login": text},
    "/orgs/{org}/actions/permissions/fork-pr-contributor-approval": _FORK_APPROVAL,
    "/repos/{owner}/{repo}/actions/permissions/fork-pr-contributor-approval": _FORK_APPROVAL,
    "/orgs/{org}/actions/permissions/fork-pr-workflows-private-repos": dict.fromkeys(_FORK_FLAGS, flag),
    "/orgs/{org}/actions/permissions/self-hosted-runners": {"enabled_repositories": word("all", "none", "selected")},
    "/orgs/{org}/actions/permissions/selected-actions": {
        "github_owned_allowed": flag,
        "verified_allowed": flag,
        "patterns_allowed": absent_or(texts),
    },
    "/orgs/{org}/actions/oidc/customization/sub": {"include_claim_keys": texts},
    "/repos/{owner}/{repo}/actions/oidc/customization/sub": {
        "use_default": flag,
        "include_claim_keys": absent_or(texts),
    },
    "/orgs/{org}/settings/immutable-releases": {"enforced_repositories": word("all", "none", "selected")},
    "/orgs/{org}/actions/permissions/artifact-and-log-retention": {"days": number},
    "/repos/{owner}/{repo}/keys": {
        "id": number,
        "read_only": flag,
        "added_by": none_or(text),
        "created_at": none_or(time),
        "last_used": none_or(time),
    },
    "/orgs/{org}/hooks": _HOOK,
    "/repos/{owner}/{repo}/hooks": _HOOK,
    "/orgs/{org}/installations": {
        "id": number,
        "app_slug": text,
        "permissions": _permissions,
        "repository_selection": word("all", "selected"),
        "suspended_at": null_or(time),
        "created_at": none_or(time),
        "events": none_or(texts),
    },
    "/orgs/{org}/personal-access-tokens": _TOKEN,
    "/orgs/{org}/personal-access-token-requests": {**_TOKEN, "token_id": none_or(number), "created_at": none_or(time)},
    "/orgs/{org}/personal-access-tokens/{pat_id}/repositories": {"id": number},
    "/orgs/{org}/credential-authorizations": {
        "login": text,
        "credential_id": number,
        "credential_type": text,
        "scopes": none_or(texts),
        **dict.fromkeys(
            ("authorized_credential_expires_at", "credential_accessed_at", "credential_authorized_at"), none_or(time)
        ),
    },
    "/orgs/{org}/members": _PERSON,
    "/orgs/{org}/invitations": _INVITED,
    "/orgs/{org}/failed_invitations": _INVITED,
    "/repos/{owner}/{repo}/invitations": _INVITED,
    "/orgs/{org}/custom-repository-roles": {
        "custom_roles": listed,
        "custom_roles/*/id": number,
        "custom_roles/*/name": text,
        "custom_roles/*/base_role": word("admin", "maintain", "read", "triage", "write"),
        "custom_roles/*/permissions": texts,
    },
    "/orgs/{org}/organization-roles": {
        "roles": listed,
        "roles/*/id": number,
        "roles/*/name": text,
        "roles/*/base_role": none_or(word("admin", "maintain", "none", "read", "triage", "write")),
        "roles/*/permissions": texts,
    },
    "/orgs/{org}/teams/{team_slug}/team-sync/group-mappings": {
        "groups": listed,
        "groups/*/group_id": text,
        "groups/*/group_name": none_or(text),
    },
    "/orgs/{org}/actions/runner-groups/{runner_group_id}/repositories": _LISTED,
    "/orgs/{org}/actions/secrets/{secret_name}/repositories": _LISTED,
    "/orgs/{org}/codespaces/secrets/{secret_name}/repositories": _LISTED,
    "/orgs/{org}/dependabot/secrets/{secret_name}/repositories": _LISTED,
    "/orgs/{org}/actions/variables/{name}/repositories": _LISTED,
    "/orgs/{org}/repos": {"id": number, "security_and_analysis": none_or(_switches)},
    "/repos/{owner}/{repo}/git/trees/{tree_sha}": {
        "tree": listed,
        "tree/*/path": text,
        "tree/*/type": text,
        "truncated": absent_or(flag),
    },
    "/repos/{owner}/{repo}/branches": {"name": text},
    "/orgs/{org}/rulesets": RULESET_ROW,
    "/repos/{owner}/{repo}/rulesets": RULESET_ROW,
    "/orgs/{org}/rulesets/{ruleset_id}": RULESET,
    "/repos/{owner}/{repo}/rulesets/{ruleset_id}": RULESET,
    "/orgs/{org}/actions/runner-groups": {
        "id": number,
        "name": text,
        "visibility": _SHARED,
        "allows_public_repositories": flag,
        "restricted_to_workflows": none_or(flag),
        "inherited": none_or(flag),
    },
    "/orgs/{org}/actions/runners": {**_RUNNER, "runner_group_id": number},
    "/repos/{owner}/{repo}/actions/runners": _RUNNER,
    "/orgs/{org}/actions/secrets": _ORG_SECRET,
    "/orgs/{org}/dependabot/secrets": _ORG_SECRET,
    "/orgs/{org}/codespaces/secrets": _ORG_SECRET,
    "/orgs/{org}/actions/variables": {**_ORG_SECRET, **_VARIABLE},
    "/repos/{owner}/{repo}/actions/variables": _VARIABLE,
    "/repos/{owner}/{repo}/environments/{environment_name}/variables": _VARIABLE,
    "/repos/{owner}/{repo}/actions/secrets": _NAMED,
    "/repos/{owner}/{repo}/dependabot/secrets": _NAMED,
    "/repos/{owner}/{repo}/codespaces/secrets": _NAMED,
    "/repos/{owner}/{repo}/environments/{environment_name}/secrets": _NAMED,
    "/repos/{owner}/{repo}/environments": {
        "name": text,
        "protection_rules": listed,
        "protection_rules/*/type": text,
        "protection_rules/*/prevent_self_review": absent_or(flag),
        "protection_rules/*/wait_timer": absent_or(number),
        "protection_rules/*/reviewers": none_or(listed),
        "protection_rules/*/reviewers/*/type": word("Team", "User"),
        "protection_rules/*/reviewers/*/reviewer": inner,
        "protection_rules/*/reviewers/*/reviewer/id": number,
        "can_admins_bypass": none_or(flag),
        "deployment_branch_policy": null_or(inner),
        "deployment_branch_policy/protected_branches": flag,
        "deployment_branch_policy/custom_branch_policies": flag,
    },
    "/repos/{owner}/{repo}/environments/{environment_name}/deployment-branch-policies": {
        "name": text,
        "type": absent_or(word("branch", "tag")),
    },
    "/repos/{owner}/{repo}/environments/{environment_name}/deployment_protection_rules": {
        "custom_deployment_protection_rules": none_or(listed),
        "custom_deployment_protection_rules/*/enabled": flag,
        "custom_deployment_protection_rules/*/app": none_or(inner),
    },
    "/orgs/{org}/actions/permissions": {
        "sha_pinning_required": none_or(flag),
        "enabled_repositories": word("all", "none", "selected"),
        "allowed_actions": absent_or(word("all", "local_only", "selected")),
    },
    "/orgs/{org}/actions/permissions/workflow": _WORKFLOW_TOKEN,
    "/repos/{owner}/{repo}/actions/permissions/workflow": _WORKFLOW_TOKEN,
    "/repos/{owner}/{repo}/actions/permissions": {
        "sha_pinning_required": none_or(flag),
        "enabled": flag,
        "allowed_actions": absent_or(word("all", "local_only", "selected")),
    },
    "/orgs/{org}/outside_collaborators": _PERSON,
    "/orgs/{org}/organization-roles/{role_id}/users": _PERSON,
    "/orgs/{org}/organization-roles/{role_id}/teams": {"id": number},
}
"""What each list's rows, or each object, must say."""


SCIM_USER: Shape = {
    "id": text,
    "userName": text,
    "active": flag,
    "externalId": none_or(text),
    "emails": none_or(listed),
    "emails/*/value": none_or(text),
}
"""What each user of a SCIM list must say. https://docs.github.com/en/enterprise-cloud@latest/rest/scim/scim"""


def must(row: Any, template: str, shape: Shape | None = None) -> None:
    """Go on only where a row or object says what it must. Raises UnexpectedAnswer."""
    shape = shape or SHAPES.get(template)
    if shape and not isinstance(row, Mapping):
        raise UnexpectedAnswer(f"{template}: a row is no object", endpoint=template)
    odd = odd_field(row, shape) if shape else ""
    if shape is RULESET:
        odd = odd or half_said(row, template)
    if template == "/repos/{owner}/{repo}/environments":
        odd = odd or _half_ruled(row)
    if odd:
        raise UnexpectedAnswer(f"{template}: {odd} is not given as it is documented", endpoint=template)


def _half_ruled(row: Mapping[str, Any]) -> str:
    """Return what an environment does not say of its rules: who reviews where somebody must, or by which type others are asked.

    A rule of another type is passed over where it names neither reviewers nor a time: that of an app is listed elsewhere.
    https://docs.github.com/en/rest/deployments/environments#list-environments
    """
    for rule in row.get("protection_rules") or ():
        if rule["type"] not in _ASKING and not rule.keys().isdisjoint(("reviewers", "wait_timer")):
            return "protection_rules/*/type"
        if rule["type"] == "required_reviewers" and not listed(rule.get("reviewers")):
            return "protection_rules/*/reviewers"
    return ""
