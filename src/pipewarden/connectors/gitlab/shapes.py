"""What the rows of each list of GitLab must say: the fields that a verdict or a grant rests on.

Which fields there are depends on version and plan: one that GitLab leaves out somewhere may be absent, and is then unknown.
https://docs.gitlab.com/api/rest/
"""

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
    text,
    texts,
    time,
    word,
    words,
)

STATES = ("active", "blocked", "ldap_blocked", "deactivated", "banned", "blocked_pending_approval")
"""https://docs.gitlab.com/administration/moderate_users/"""

SCOPES = (
    "api", "read_api", "read_user", "create_runner", "manage_runner", "k8s_proxy", "self_rotate", "read_repository",
    "write_repository", "read_registry", "write_registry", "read_virtual_registry", "write_virtual_registry",
    "read_package_registry", "write_package_registry", "sudo", "admin_mode", "read_service_ping", "ai_features",
    "ai_workflows", "read_observability", "write_observability", "mcp", "duo_classic_chat",
)  # fmt: skip
"""https://docs.gitlab.com/user/profile/personal_access_tokens/#personal-access-token-scopes"""

_VISIBILITY = absent_or(word("private", "internal", "public"))
_SHARES: Shape = {
    "shared_with_groups": none_or(listed),
    "shared_with_groups/*/group_id": number,
    "shared_with_groups/*/group_access_level": number,
    "shared_with_groups/*/expires_at": none_or(time),
}

_USER: Shape = {
    "id": number,
    "username": text,
    "state": word(*STATES),
    "membership_state": absent_or(null_or(word("active", "awaiting"))),
    "locked": none_or(flag),
    "two_factor_enabled": none_or(flag),
    "is_admin": absent_or(flag),
    "external": none_or(flag),
    "bot": none_or(flag),
    "created_at": none_or(time),
    "last_activity_on": none_or(time),
    "email": none_or(lambda value: isinstance(value, str)),
    "identities": none_or(listed),
    "identities/*/provider": text,
    "identities/*/extern_uid": text,
    "group_saml_identity": none_or(inner),
    "group_scim_identity": none_or(inner),
    "group_saml_identity/extern_uid": none_or(text),
    "group_scim_identity/extern_uid": none_or(text),
}
_MEMBER: Shape = {
    **_USER,
    "access_level": number,
    "expires_at": null_or(time),
    "member_role": none_or(inner),
    "member_role/id": number,
}

_TOKEN: Shape = {
    "id": number,
    "user_id": absent_or(number),
    "scopes": words(*SCOPES),
    "access_level": absent_or(number),
    "active": absent_or(flag),
    "revoked": absent_or(flag),
    "expires_at": null_or(time),
    "created_at": none_or(time),
    "last_used_at": none_or(time),
}
_OWNED: Shape = {"id": number, "user_id": number}

_DEPLOY_TOKEN: Shape = {
    "id": number,
    "scopes": texts,
    "revoked": absent_or(flag),
    "expired": absent_or(flag),
    "expires_at": null_or(time),
}

_LINES: Shape = {
    f"{field}{part}": test
    for field in ("push_access_levels", "merge_access_levels", "unprotect_access_levels", "create_access_levels")
    for part, test in (
        ("", none_or(listed)),
        *((f"/*/{name}", none_or(number)) for name in ("access_level", "user_id", "group_id", "deploy_key_id")),
    )
}
_ENVIRONMENT: Shape = {
    "name": text,
    "required_approval_count": absent_or(number),
    "approval_rules/*/required_approvals": number,
    **{
        f"{field}{part}": test
        for field in ("deploy_access_levels", "approval_rules")
        for part, test in (
            ("", none_or(listed)),
            *((f"/*/{name}", none_or(number)) for name in ("access_level", "user_id", "group_id")),
        )
    },
}

_VARIABLE: Shape = {
    "key": text,
    "environment_scope": absent_or(text),
    "protected": flag,
    "masked": none_or(flag),
    "hidden": none_or(flag),
    "raw": none_or(flag),
}

_OWNER: Shape = {
    "id": number,
    "owner": none_or(inner),
    "owner/id": number,
    "owner/state": none_or(word(*STATES)),
}

_FLAGS = {
    "project": (
        "archived", "public_jobs", "shared_runners_enabled", "group_runners_enabled", "auto_devops_enabled", "mirror",
        "ci_allow_fork_pipelines_to_run_in_parent_project", "ci_push_repository_for_job_token_allowed",
        "restrict_user_defined_variables", "ci_job_token_scope_enabled", "only_allow_merge_if_pipeline_succeeds",
        "allow_merge_on_skipped_pipeline", "only_allow_merge_if_all_discussions_are_resolved",
        "only_allow_merge_if_all_status_checks_passed", "mirror_trigger_builds", "merge_trains_enabled",
        "allow_pipeline_trigger_approve_deployment", "empty_repo",
    ),
    "group": (
        "require_two_factor_authentication", "share_with_group_lock", "prevent_sharing_groups_outside_hierarchy",
        "prevent_forking_outside_group", "membership_lock", "auto_devops_enabled",
    ),
    "instance": (
        "require_two_factor_authentication", "signup_enabled", "require_admin_approval_after_user_signup",
        "password_authentication_enabled_for_web", "password_authentication_enabled_for_git",
        "require_personal_access_token_expiry", "allow_runner_registration_token",
        "allow_local_requests_from_web_hooks_and_services", "enforce_ci_inbound_job_token_scope_enabled",
    ),
    "approvals": (
        "reset_approvals_on_push", "selective_code_owner_removals", "disable_overriding_approvers_per_merge_request",
        "merge_requests_author_approval", "merge_requests_disable_committers_approval",
        "require_reauthentication_to_approve",
    ),
    "push": (
        "reject_unsigned_commits", "prevent_secrets", "deny_delete_tag", "member_check", "commit_committer_check",
    ),
}  # fmt: skip
"""Settings that are on, off, or not told."""


def _settings(of: str) -> dict[str, Any]:
    return dict.fromkeys(_FLAGS[of], none_or(flag))


SAML_LINK: Shape = {"name": text, "access_level": number, "member_role_id": none_or(number)}
LDAP_LINK: Shape = {
    "cn": none_or(text),
    "filter": none_or(text),
    "provider": text,
    "group_access": number,
    "member_role_id": none_or(number),
}
"""https://docs.gitlab.com/api/saml/#saml-group-links , https://docs.gitlab.com/api/group_ldap_links/"""

_DEFAULTS: Shape = {
    "default_branch_protection_defaults": none_or(inner),
    "default_branch_protection_defaults/allowed_to_push": none_or(listed),
    "default_branch_protection_defaults/allowed_to_push/*/access_level": number,
    "default_branch_protection_defaults/allowed_to_merge": none_or(listed),
    "default_branch_protection_defaults/allowed_to_merge/*/access_level": number,
    "default_branch_protection_defaults/allow_force_push": none_or(flag),
}

INSTANCE_SETTINGS: Shape = {**_settings("instance"), **_DEFAULTS}
GROUP_SETTINGS: Shape = {
    "visibility": _VISIBILITY,
    **_settings("group"),
    **_DEFAULTS,
    "project_creation_level": none_or(
        word("noone", "owner", "maintainer", "developer", "administrator")  # codespell:ignore noone
    ),
    "subgroup_creation_level": none_or(word("owner", "maintainer")),
}

_PROJECT: Shape = {
    "id": number,
    "path_with_namespace": absent_or(text),
    "default_branch": none_or(text),
    "namespace": absent_or(inner),
    "namespace/id": number,
    "namespace/kind": word("group", "user"),
    "forked_from_project": none_or(inner),
    **_SHARES,
}

PROJECT_SETTINGS: Shape = {
    "visibility": _VISIBILITY,
    "ci_config_path": none_or(lambda value: isinstance(value, str)),
    "ci_pipeline_variables_minimum_override_role": none_or(
        word("no_one_allowed", "developer", "maintainer", "owner", "")
    ),
    **_settings("project"),
    "archived": absent_or(flag),
    **{
        f"{part}_access_level": none_or(word("disabled", "private", "enabled", "public"))
        for part in ("builds", "merge_requests", "repository")
    },
}

_RUNNER: Shape = {
    "id": number,
    "runner_type": absent_or(word("instance_type", "group_type", "project_type")),
    "is_shared": none_or(flag),
    "active": none_or(flag),
    "paused": none_or(flag),
    "locked": none_or(flag),
    "run_untagged": none_or(flag),
    "access_level": none_or(word("not_protected", "ref_protected")),
    "tag_list": none_or(texts),
}

PUSH_RULE: Shape = {**_settings("push"), "prevent_secrets": absent_or(flag), "reject_unsigned_commits": absent_or(flag)}
"""A project without a push rule answers null."""

SHAPES: dict[str, Shape] = {
    "/users": _USER,
    "/personal_access_tokens": {**_TOKEN, **_OWNED},
    "/groups/{id}": {"id": number, **_SHARES, "parent_id": null_or(number), "full_path": text},
    "/groups/{id}/descendant_groups": {"id": number},
    "/groups/{id}/members": _MEMBER,
    "/projects/{id}/members": _MEMBER,
    "/groups/{id}/projects": _PROJECT,
    "/groups/{id}/access_tokens": {**_TOKEN, **_OWNED},
    "/projects/{id}/access_tokens": {**_TOKEN, **_OWNED},
    "/groups/{id}/service_accounts": {"id": number, "username": text},
    "/groups/{id}/service_accounts/{user_id}/personal_access_tokens": _TOKEN,
    "/groups/{id}/deploy_tokens": _DEPLOY_TOKEN,
    "/projects/{id}/deploy_tokens": _DEPLOY_TOKEN,
    "/projects/{id}/deploy_keys": {"id": number, "can_push": none_or(flag), "expires_at": none_or(time)},
    "/groups/{id}/hooks": {"id": number, "enable_ssl_verification": none_or(flag)},
    "/projects/{id}/secure_files": {"id": number, "name": text},
    "/users/{id}/keys": {"id": number, "created_at": time, "expires_at": none_or(time)},
    "/projects/{id}/hooks": {"id": number, "enable_ssl_verification": none_or(flag)},
    "/groups/{id}/variables": _VARIABLE,
    "/projects/{id}/variables": {**_VARIABLE, "environment_scope": text},
    "/groups/{id}/runners": _RUNNER,
    "/projects/{id}/runners": _RUNNER,
    "/runners/all": _RUNNER,
    "/projects/{id}/triggers": _OWNER,
    "/projects/{id}/pipeline_schedules": {**_OWNER, "active": none_or(flag), "ref": none_or(text)},
    "/projects/{id}/job_token_scope": {"inbound_enabled": none_or(flag), "outbound_enabled": none_or(flag)},
    "/projects/{id}/job_token_scope/allowlist": {"id": number},
    "/projects/{id}/job_token_scope/groups_allowlist": {"id": number},
    "/projects/{id}/protected_branches": {
        "name": text,
        **_LINES,
        "allow_force_push": none_or(flag),
        "code_owner_approval_required": none_or(flag),
    },
    "/projects/{id}/protected_tags": {"name": text, **_LINES},
    "/projects/{id}/environments": {"id": number, "name": text, "tier": none_or(text)},
    "/projects/{id}/protected_environments": _ENVIRONMENT,
    "/groups/{id}/protected_environments": _ENVIRONMENT,
    "/projects/{id}/approvals": {**_settings("approvals"), "approvals_before_merge": none_or(number)},
    "/projects/{id}/approval_rules": {
        "approvals_required": number,
        "users": none_or(listed),
        "groups": none_or(listed),
        "eligible_approvers": none_or(listed),
        "protected_branches": none_or(listed),
        "protected_branches/*/name": text,
    },
    "/member_roles": {"id": number, "base_access_level": number},
    "/groups/{id}/member_roles": {"id": number, "base_access_level": number},
}
"""What each list's rows, or each object, must say."""

ALONE = frozenset({"/users", "/groups/{id}/members", "/projects/{id}/members", "/personal_access_tokens"})
"""Lists of which one row that is not understood is left out; any other list is then not understood as a whole."""
