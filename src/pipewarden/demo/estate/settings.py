"""The settings of an organization as GitHub gives them: a careless one, and a careful one."""

from typing import Any

Json = dict[str, Any]


def careless() -> Json:
    """Return settings as they grow when nobody looks."""
    return {
        "two_factor_requirement_enabled": False,
        "default_repository_permission": "read",
        "members_can_create_repositories": True,
        "members_can_create_public_repositories": True,
        "members_can_create_private_repositories": True,
        "members_can_create_internal_repositories": True,
        "members_can_create_pages": True,
        "members_can_create_public_pages": True,
        "members_can_create_private_pages": True,
        "members_can_fork_private_repositories": True,
        "members_can_delete_repositories": True,
        "members_can_change_repo_visibility": True,
        "members_can_invite_outside_collaborators": True,
        "members_can_delete_issues": False,
        "members_can_create_teams": True,
        "members_can_view_dependency_insights": True,
        "deploy_keys_enabled_for_repositories": True,
        "web_commit_signoff_required": False,
        "is_verified": False,
        "advanced_security_enabled_for_new_repositories": False,
        "dependabot_alerts_enabled_for_new_repositories": False,
        "dependabot_security_updates_enabled_for_new_repositories": False,
        "dependency_graph_enabled_for_new_repositories": True,
        "secret_scanning_enabled_for_new_repositories": False,
        "secret_scanning_push_protection_enabled_for_new_repositories": False,
    }


def careful() -> Json:
    """Return settings of an organization that is looked after."""
    return {
        **dict.fromkeys(careless(), False),
        "two_factor_requirement_enabled": True,
        "default_repository_permission": "none",
        "members_can_view_dependency_insights": True,
        "web_commit_signoff_required": True,
        "is_verified": True,
        "advanced_security_enabled_for_new_repositories": True,
        "dependabot_alerts_enabled_for_new_repositories": True,
        "dependabot_security_updates_enabled_for_new_repositories": True,
        "dependency_graph_enabled_for_new_repositories": True,
        "secret_scanning_enabled_for_new_repositories": True,
        "secret_scanning_push_protection_enabled_for_new_repositories": True,
    }


def careless_graphql() -> Json:
    """Return what only GraphQL tells, careless."""
    return {
        "ipAllowListEnabledSetting": "DISABLED",
        "ipAllowListForInstalledAppsEnabledSetting": "DISABLED",
        "notificationDeliveryRestrictionEnabledSetting": "DISABLED",
        "domains": [],
    }


def careful_graphql() -> Json:
    """Return what only GraphQL tells, careful."""
    return {
        "ipAllowListEnabledSetting": "ENABLED",
        "ipAllowListForInstalledAppsEnabledSetting": "ENABLED",
        "notificationDeliveryRestrictionEnabledSetting": "ENABLED",
        "domains": [{"domain": "acme.example", "isVerified": True}],
    }


def careless_actions() -> Json:
    """Return Actions settings that trust everything."""
    return {
        "permissions": {"enabled_repositories": "all", "allowed_actions": "all", "sha_pinning_required": False},
        "workflow": {"default_workflow_permissions": "write", "can_approve_pull_request_reviews": True},
        "fork-pr-contributor-approval": {"approval_policy": "first_time_contributors_new_to_github"},
        "fork-pr-workflows-private-repos": {
            "run_workflows_from_fork_pull_requests": True,
            "send_write_tokens_to_workflows": True,
            "send_secrets_and_variables": True,
            "require_approval_for_fork_pr_workflows": False,
        },
        "self-hosted-runners": {"enabled_repositories": "all"},
        "artifact-and-log-retention": {"days": 400, "maximum_allowed_days": 400},
    }


def careful_actions() -> Json:
    """Return Actions settings that trust little."""
    return {
        "permissions": {"enabled_repositories": "all", "allowed_actions": "selected", "sha_pinning_required": True},
        "selected-actions": {
            "github_owned_allowed": True,
            "verified_allowed": False,
            "patterns_allowed": ["acme-labs/*"],
        },
        "workflow": {"default_workflow_permissions": "read", "can_approve_pull_request_reviews": False},
        "fork-pr-contributor-approval": {"approval_policy": "all_external_contributors"},
        "fork-pr-workflows-private-repos": {
            "run_workflows_from_fork_pull_requests": False,
            "send_write_tokens_to_workflows": False,
            "send_secrets_and_variables": False,
            "require_approval_for_fork_pr_workflows": True,
        },
        "self-hosted-runners": {"enabled_repositories": "none"},
        "artifact-and-log-retention": {"days": 30, "maximum_allowed_days": 400},
    }


def protection(pattern: str = "main", **changes: Any) -> Json:
    """Return a classic branch protection rule, by GraphQL's names; lax but for what is said."""
    rule: Json = {
        "pattern": pattern,
        "allowsDeletions": False,
        "allowsForcePushes": False,
        "blocksCreations": False,
        "dismissesStaleReviews": False,
        "isAdminEnforced": False,
        "lockBranch": False,
        "requireLastPushApproval": False,
        "requiredApprovingReviewCount": None,
        "requiredDeploymentEnvironments": [],
        "requiresApprovingReviews": False,
        "requiresCodeOwnerReviews": False,
        "requiresCommitSignatures": False,
        "requiresConversationResolution": False,
        "requiresLinearHistory": False,
        "requiresStatusChecks": False,
        "requiresStrictStatusChecks": False,
        "restrictsPushes": False,
        "restrictsReviewDismissals": False,
        "requiredStatusChecks": [],
        "pushAllowances": [],
        "bypassPullRequestAllowances": [],
        "bypassForcePushAllowances": [],
        "reviewDismissalAllowances": [],
    }
    return {**rule, **changes}


def ruleset(number: int, name: str, *rules: Json, **changes: Any) -> Json:
    """Return a ruleset as the REST API gives it."""
    return {
        "id": number,
        "name": name,
        "target": "branch",
        "enforcement": "active",
        "conditions": {"ref_name": {"include": ["~DEFAULT_BRANCH"], "exclude": []}},
        "rules": list(rules),
        "bypass_actors": [],
        "created_at": "2025-02-03T10:00:00Z",
        "updated_at": "2026-05-04T10:00:00Z",
        **changes,
    }


def reviews(count: int, **changes: Any) -> Json:
    """Return a ruleset's pull request rule."""
    return {
        "type": "pull_request",
        "parameters": {
            "required_approving_review_count": count,
            "dismiss_stale_reviews_on_push": True,
            "require_code_owner_review": True,
            "require_last_push_approval": True,
            "required_review_thread_resolution": True,
            **changes,
        },
    }


def environment(number: int, name: str, **changes: Any) -> Json:
    """Return an environment; `reviewers` are ("User"|"Team", name), `secrets` are names."""
    return {
        "id": number,
        "name": name,
        "reviewers": [],
        "prevent_self_review": False,
        "wait_timer": 0,
        "can_admins_bypass": True,
        "deployment_branch_policy": None,
        "branch_policies": [],
        "secrets": [],
        "custom_rules": [],
        **changes,
    }
