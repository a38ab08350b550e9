"""What the rows of GitHub's REST lists must say: the fields that a verdict or a grant rests on.

A list of which one row is not understood is not read at all: its facet is a gap. What GraphQL must say is in `graphql_shapes`.
https://docs.github.com/en/rest
"""

from collections.abc import Mapping
from typing import Any

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

_NAMED: Shape = {"name": text}
_ORG_SECRET: Shape = {"name": text, "visibility": word("all", "private", "selected")}
_RULESET: Shape = {
    "id": number,
    "enforcement": word("active", "disabled", "evaluate"),
    "target": absent_or(word("branch", "tag", "push", "repository")),
    "rules": absent_or(listed),
    "rules/*/type": text,
    "conditions": none_or(inner),
    "bypass_actors": none_or(listed),
    "bypass_actors/*/actor_type": text,
}
_HOOK: Shape = {"id": number, "active": flag, "config": inner}
_RUNNER: Shape = {"id": number, "name": text, "labels": listed, "labels/*/name": text}
_WORKFLOW_TOKEN: Shape = {
    "default_workflow_permissions": word("read", "write"),
    "can_approve_pull_request_reviews": flag,
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
    "/orgs/{org}/actions/permissions/fork-pr-contributor-approval": {
        "approval_policy": word(
            "all_external_contributors", "first_time_contributors", "first_time_contributors_new_to_github"
        ),
    },
    "/orgs/{org}/actions/permissions/fork-pr-workflows-private-repos": dict.fromkeys(_FORK_FLAGS, flag),
    "/orgs/{org}/actions/permissions/self-hosted-runners": {"enabled_repositories": word("all", "none", "selected")},
    "/orgs/{org}/actions/permissions/selected-actions": {
        "github_owned_allowed": flag,
        "verified_allowed": flag,
        "patterns_allowed": absent_or(texts),
    },
    "/orgs/{org}/actions/oidc/customization/sub": {"include_claim_keys": texts},
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
        "permissions": inner,
        "repository_selection": word("all", "selected"),
        "suspended_at": none_or(time),
    },
    "/orgs/{org}/rulesets": {"id": number},
    "/repos/{owner}/{repo}/rulesets": {"id": number},
    "/orgs/{org}/rulesets/{ruleset_id}": _RULESET,
    "/repos/{owner}/{repo}/rulesets/{ruleset_id}": _RULESET,
    "/orgs/{org}/actions/runner-groups": {
        "id": number,
        "visibility": word("all", "private", "selected"),
        "allows_public_repositories": flag,
        "restricted_to_workflows": none_or(flag),
    },
    "/orgs/{org}/actions/runners": _RUNNER,
    "/repos/{owner}/{repo}/actions/runners": _RUNNER,
    "/orgs/{org}/actions/secrets": _ORG_SECRET,
    "/orgs/{org}/dependabot/secrets": _ORG_SECRET,
    "/orgs/{org}/codespaces/secrets": _ORG_SECRET,
    "/orgs/{org}/actions/variables": _ORG_SECRET,
    "/repos/{owner}/{repo}/actions/secrets": _NAMED,
    "/repos/{owner}/{repo}/dependabot/secrets": _NAMED,
    "/repos/{owner}/{repo}/codespaces/secrets": _NAMED,
    "/repos/{owner}/{repo}/environments/{environment_name}/secrets": _NAMED,
    "/repos/{owner}/{repo}/environments": {
        "name": text,
        "protection_rules": none_or(listed),
        "protection_rules/*/type": text,
        "deployment_branch_policy": null_or(inner),
        "deployment_branch_policy/protected_branches": flag,
        "deployment_branch_policy/custom_branch_policies": flag,
    },
    "/repos/{owner}/{repo}/environments/{environment_name}/deployment-branch-policies": _NAMED,
    "/orgs/{org}/actions/permissions": {
        "enabled_repositories": word("all", "none", "selected"),
        "allowed_actions": absent_or(word("all", "local_only", "selected")),
    },
    "/orgs/{org}/actions/permissions/workflow": _WORKFLOW_TOKEN,
    "/repos/{owner}/{repo}/actions/permissions/workflow": _WORKFLOW_TOKEN,
    "/repos/{owner}/{repo}/actions/permissions": {
        "enabled": flag,
        "allowed_actions": absent_or(word("all", "local_only", "selected")),
    },
    "/orgs/{org}/outside_collaborators": {"id": number, "login": text},
    "/orgs/{org}/organization-roles/{role_id}/users": {"id": number, "login": text},
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
    if shape and isinstance(row, Mapping) and (odd := odd_field(row, shape)):
        raise UnexpectedAnswer(f"{template}: {odd} is not given as it is documented", endpoint=template)
