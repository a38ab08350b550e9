"""Acme on GitLab: alice owns, bob maintains platform, carol left and kept a local account, dave mirrors until December."""

from datetime import datetime

from pipewarden.demo.entra.story import ON_CALL
from pipewarden.demo.estate.story import ACME_NOW
from pipewarden.demo.gitlab.kinds import GitLabEstate, branch_rule, key, variable

HOST = "gitlab.acme.example"


def acme_gitlab(now: datetime = ACME_NOW) -> GitLabEstate:
    """Return acme's GitLab on the day of the story."""
    estate = GitLabEstate(now=now, host=HOST)
    _people(estate)
    _groups(estate)
    _deploy(estate)
    _others(estate)
    _instance(estate)
    return estate


CODEOWNERS = """\
* @acme/platform

[Pipelines]
/.gitlab-ci.yml @ivan
/ci/
"""


def _people(estate: GitLabEstate) -> None:
    estate.person(1, "alice")
    estate.person(2, "bob")
    estate.person(3, "carol", two_factor_enabled=False, identities=[], last_activity_on="2026-10-02")
    estate.person(4, "dave", two_factor_enabled=False, external=True)
    estate.person(5, "erin")
    estate.person(7, "grace", is_admin=True)
    estate.person(8, "heidi", is_admin=True, two_factor_enabled=False, last_activity_on="2026-03-01")
    estate.person(9, "ivan")
    estate.person(10, "judy")
    estate.person(66, "mallory", identities=[], two_factor_enabled=False, email="mallory@mail.example")
    estate.person(
        900, "project_101_bot_5f3c", bot=True, identities=[], email="project_101_bot_5f3c@noreply.acme.example",
        created_by={"id": 2, "username": "bob"},
    )  # fmt: skip

    estate.put("/users/2/keys", key(31, "bob@workstation", "2024-06-03T08:00:00Z", None))
    estate.put("/users/1/keys", key(32, "alice@laptop", "2026-02-02T08:00:00Z", "2027-02-02T08:00:00Z"))


def _groups(estate: GitLabEstate) -> None:
    estate.group(10, "acme")
    estate.group(11, "acme/platform", require_two_factor_authentication=True)
    estate.group(12, "acme/mobile")
    estate.group(13, "acme/platform/sre")
    estate.group(20, "contractors")
    estate.member("groups/acme", "alice", 50)
    estate.member("groups/acme/platform", "bob", 40)
    estate.member("groups/acme/platform", "ivan", 30)
    estate.member("groups/acme/platform/sre", "judy", 40)
    estate.member("groups/acme/mobile", "carol", 40)
    estate.member("groups/acme/mobile", "erin", 30)
    estate.member("groups/contractors", "mallory", 50)
    estate.share("groups/acme/mobile", "contractors", 30)
    estate.put("/groups/10/variables", variable("NPM_TOKEN", protected=True, masked=False))
    # Okta fills both by SCIM; for the second its token is not accepted any more
    estate.put("/groups/11/saml_group_links", {"name": "platform", "access_level": 40, "member_role_id": None})
    estate.put("/groups/13/saml_group_links", {"name": "release", "access_level": 40, "member_role_id": None})
    # Entra sends a group by its id: nobody is in it before they activate a place there
    estate.put("/groups/10/saml_group_links", {"name": ON_CALL, "access_level": 40, "member_role_id": None})


def _deploy(estate: GitLabEstate) -> None:
    """Fill the project that deploys to production."""
    path = "acme/platform/deploy"
    estate.project(101, path, ci_push_repository_for_job_token_allowed=True)
    estate.member(f"projects/{path}", "project_101_bot_5f3c", 40)
    estate.share(f"projects/{path}", "acme/platform/sre", 30)
    estate.project_put(
        path,
        "protected_branches",
        branch_rule(1, "main", [{"access_level": 0}], [{"access_level": 40}]),
        branch_rule(2, "release/*", [{"access_level": 40}], [{"access_level": 40}]),
        branch_rule(3, "re*", [{"access_level": 30}], [{"access_level": 30}], allow_force_push=True),
    )
    levels = [{"access_level": 30, "user_id": None, "group_id": None, "access_level_description": "Developers"}]
    estate.project_put(path, "protected_tags", {"name": "v*", "create_access_levels": levels})
    estate.project_put(
        path,
        "variables",
        variable("DEPLOY_TOKEN", protected=False, masked=False),
        variable("DB_PASSWORD"),
        variable("KUBE_CONFIG", environment_scope="production", protected=False),
    )
    estate.project_put(
        path,
        "environments",
        {
            "id": 1,
            "name": "production",
            "slug": "production",
            "tier": "production",
            "state": "available",
            "external_url": None,
        },
        {"id": 2, "name": "staging", "slug": "staging", "tier": "staging", "state": "available", "external_url": None},
    )
    deployers = [
        {"id": 1, "access_level": 40, "user_id": None, "group_id": None, "access_level_description": "Maintainers"}
    ]
    estate.project_put(
        path,
        "protected_environments",
        {"name": "production", "deploy_access_levels": deployers, "required_approval_count": 0, "approval_rules": []},
    )
    estate.project_put(
        path,
        "approval_rules",
        {"id": 7, "name": "All Members", "rule_type": "any_approver", "report_type": None, "eligible_approvers": [],
         "approvals_required": 1, "users": [], "groups": [], "contains_hidden_groups": False, "protected_branches": []},
    )  # fmt: skip
    estate.project_put(
        path,
        "deploy_keys",
        {"id": 61, "title": "carol-laptop", "key": "", "fingerprint": "", "fingerprint_sha256": "SHA256:carol",
         "created_at": "2024-05-01T09:00:00Z", "expires_at": None, "can_push": True},
    )  # fmt: skip
    estate.project_put(
        path,
        "deploy_tokens",
        {"id": 71, "name": "gitlab-deploy-token", "username": "gitlab+deploy-token-71", "expires_at": None,
         "revoked": False, "expired": False, "scopes": ["read_repository", "read_registry"]},
    )  # fmt: skip
    estate.project_put(
        path,
        "access_tokens",
        {"id": 42, "name": "deploybot", "user_id": 900, "scopes": ["api", "write_repository"], "revoked": False,
         "active": True, "access_level": 40, "created_at": "2025-11-30T08:00:00Z", "expires_at": "2027-11-23",
         "last_used_at": "2026-11-22T23:00:00Z"},
    )  # fmt: skip
    estate.project_put(path, "triggers", {"id": 5, "description": "old hook", "created_at": "2024-06-01T00:00:00Z",
        "last_used": None, "token": "shor", "owner": {"id": 3, "username": "carol", "state": "active"}})  # fmt: skip
    estate.project_put(path, "pipeline_schedules", {"id": 6, "description": "nightly", "ref": "refs/heads/main",
        "cron": "0 2 * * *", "active": True, "owner": {"id": 2, "username": "bob", "state": "active"}})  # fmt: skip
    estate.project_put(
        path, "job_token_scope/allowlist", {"id": 102, "path_with_namespace": "acme/platform/api", "name": "api"}
    )
    estate.project_put(
        path, "job_token_scope/groups_allowlist", {"id": 10, "name": "acme", "web_url": f"https://{HOST}/acme"}
    )
    estate.project_put(path, "hooks", {"id": 81, "url": "http://hooks.acme.example/deploy?key=1", "enable_ssl_verification": False,
        "push_events": True, "custom_headers": []})  # fmt: skip
    estate.project_put(
        path,
        "secure_files",
        {"id": 91, "name": "release.keystore", "checksum": "", "checksum_algorithm": "sha256",
         "created_at": "2025-08-04T10:00:00Z", "expires_at": None, "metadata": None},
    )  # fmt: skip
    estate.file(path, ".gitlab-ci.yml", PIPELINE)
    estate.file(path, "ci/build.yml", BUILD)
    estate.file(path, "CODEOWNERS", CODEOWNERS)


PIPELINE = """\
include:
  - local: ci/build.yml
ship:
  stage: deploy
  image: alpine:3.22
  environment: production
  script:
    - ./deploy.sh --token "$DEPLOY_TOKEN"
"""

BUILD = """\
build:
  stage: build
  image: alpine:3.22
  script:
    - make build
"""


def _others(estate: GitLabEstate) -> None:
    estate.project(102, "acme/platform/api")
    estate.project_put(
        "acme/platform/api",
        "protected_branches",
        branch_rule(4, "main", [{"access_level": 40}], [{"access_level": 30}]),
    )
    estate.project(103, "acme/mobile/app")
    estate.answers["/projects/103/job_token_scope"] = {"inbound_enabled": False, "outbound_enabled": False}
    estate.project(104, "acme/web-mirror", mirror=True, mirror_trigger_builds=True)
    estate.member("projects/acme/web-mirror", "dave", 30, expires_at="2026-12-31")
    estate.project_put(
        "acme/web-mirror", "protected_branches", branch_rule(5, "main", [{"access_level": 40}], [{"access_level": 40}])
    )
    estate.project(105, "acme/handbook", visibility="public")
    estate.project_put(
        "acme/handbook", "protected_branches", branch_rule(6, "main", [{"access_level": 40}], [{"access_level": 40}])
    )


def _instance(estate: GitLabEstate) -> None:
    """Fill what an administrator sees of the instance."""
    estate.answers["/application/settings"] = {
        "require_two_factor_authentication": False,
        "two_factor_grace_period": 48,
        "signup_enabled": True,
        "require_admin_approval_after_user_signup": False,
        "email_confirmation_setting": "hard",
        "password_authentication_enabled_for_web": True,
        "password_authentication_enabled_for_git": True,
        "default_project_visibility": "private",
        "default_group_visibility": "private",
        "default_snippet_visibility": "private",
        "default_branch_protection_defaults": {"allowed_to_push": [{"access_level": 40}], "allow_force_push": False},
        "require_personal_access_token_expiry": True,
        "max_personal_access_token_lifetime": 365,
        "allow_runner_registration_token": True,
        "allow_local_requests_from_web_hooks_and_services": False,
        "enforce_ci_inbound_job_token_scope_enabled": False,
        "auto_devops_enabled": False,
        "deactivate_dormant_users": False,
    }
    estate.put(
        "/personal_access_tokens",
        {
            "id": 701,
            "name": "nightly",
            "revoked": False,
            "active": True,
            "created_at": "2025-01-10T08:00:00Z",
            "scopes": ["api"],
            "user_id": 3,
            "last_used_at": "2026-11-20T02:00:00Z",
            "expires_at": None,
        },
    )
    estate.executors[801] = ["shell"]
    estate.levels[801] = "not_protected"
    estate.put(
        "/runners/all",
        {
            "id": 801,
            "description": "shared-linux",
            "active": True,
            "paused": False,
            "is_shared": True,
            "runner_type": "instance_type",
            "online": True,
            "status": "online",
            "ip_address": "192.0.2.10",
            "name": None,
        },
    )
