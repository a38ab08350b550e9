"""A GitLab to be served: what each address answers, and the words to fill it with."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

Json = dict[str, Any]


@dataclass
class GitLabEstate:
    """Answers by address below /api/v4, with numeric ids: a list is paged, an object is given whole, a text is a file."""

    now: datetime
    host: str
    answers: dict[str, Any] = field(default_factory=dict)
    paths: dict[str, str] = field(default_factory=dict)
    """Full paths of groups (`groups/acme`) and projects (`projects/acme/web`), each with its id."""
    people: dict[str, Json] = field(default_factory=dict)
    moved: dict[str, str] = field(default_factory=dict)
    """Former addresses, each with where it is now."""
    streams: dict[str, list[Json]] = field(default_factory=dict)
    """Where audit events are streamed to, by the path of the group; "" is the instance."""
    executors: dict[int, list[str | None]] = field(default_factory=dict)
    """By which executor the machines of each runner run jobs, by its id; docker where nothing is said."""
    levels: dict[int, str] = field(default_factory=dict)
    """The access level of runners by id, which their lists do not tell; not_protected where nothing is said."""

    def put(self, address: str, *rows: Json) -> None:
        """Add rows to a list."""
        self.answers.setdefault(address, []).extend(rows)

    def person(self, number: int, name: str, **more: Any) -> None:
        """Add somebody with an account; what administrators alone are told stands in the row too."""
        row = {
            "id": number,
            "username": name,
            "name": name.capitalize(),
            "state": "active",
            "locked": False,
            "avatar_url": None,
            "web_url": f"https://{self.host}/{name}",
            "email": f"{name}@acme.example",
            "created_at": "2024-02-01T09:00:00Z",
            "confirmed_at": "2024-02-01T09:10:00Z",
            "last_activity_on": "2026-11-20",
            "last_sign_in_at": "2026-11-20T08:00:00Z",
            "two_factor_enabled": True,
            "is_admin": False,
            "is_auditor": False,
            "external": False,
            "bot": False,
            "identities": [{"provider": "group_saml", "extern_uid": f"{name}@acme.example", "saml_provider_id": 1}],
            **more,
        }
        self.people[name] = row
        self.answers[f"/users/{number}/impersonation_tokens"] = []
        self.answers[f"/users/{number}/keys"] = []
        self.put("/users", row)

    def group(self, number: int, path: str, **more: Any) -> None:
        """Add a group; its parent must be there already."""
        outer, _, short = path.rpartition("/")
        parent = self.paths.get(f"groups/{outer}")
        row = {
            "id": number,
            "name": short.capitalize(),
            "path": short,
            "full_path": path,
            "full_name": path,
            "description": "",
            "visibility": "private",
            "parent_id": int(parent) if parent else None,
            "created_at": "2024-02-01T09:00:00Z",
            "web_url": f"https://{self.host}/groups/{path}",
            "share_with_group_lock": False,
            "require_two_factor_authentication": False,
            "two_factor_grace_period": 48,
            "project_creation_level": "developer",
            "subgroup_creation_level": "maintainer",
            "auto_devops_enabled": None,
            "emails_enabled": True,
            "prevent_sharing_groups_outside_hierarchy": False,
            "prevent_forking_outside_group": False,
            "membership_lock": False,
            "ip_restriction_ranges": None,
            "allowed_email_domains_list": None,
            "request_access_enabled": True,
            "shared_runners_setting": "enabled",
            "default_branch_protection_defaults": {
                "allowed_to_push": [{"access_level": 40}],
                "allow_force_push": False,
                "allowed_to_merge": [{"access_level": 40}],
            },
            "shared_with_groups": [],
            **more,
        }
        self.answers[f"/groups/{number}"] = row
        self.answers[f"/namespaces/{number}"] = {"id": number, "kind": "group", "full_path": path, "plan": "ultimate"}
        self.answers.setdefault("/groups", []).append(row)
        self.answers.setdefault("/member_roles", [])
        self.answers.setdefault("/admin/ci/variables", [])
        self.answers.setdefault("/metadata", {"version": "18.5.0-ee", "revision": "5f3c0000000", "enterprise": True})
        self.paths[f"groups/{path}"] = str(number)
        for part in _OF_GROUPS:
            self.answers.setdefault(f"/groups/{number}/{part}", [])
        for above in _above(path):
            if f"groups/{above}" in self.paths:
                self.put(f"/groups/{self.paths[f'groups/{above}']}/descendant_groups", row)

    def project(self, number: int, path: str, **more: Any) -> Json:
        """Add a project of a group."""
        outer, _, short = path.rpartition("/")
        row = {
            "id": number,
            "name": short,
            "path": short,
            "path_with_namespace": path,
            "description": None,
            "default_branch": "main",
            "visibility": "private",
            "archived": False,
            "created_at": "2024-03-01T09:00:00Z",
            "last_activity_at": "2026-11-20T09:00:00Z",
            "creator_id": 1,
            "web_url": f"https://{self.host}/{path}",
            "namespace": {"id": int(self.paths[f"groups/{outer}"]), "kind": "group", "full_path": outer},
            "shared_with_groups": [],
            "ci_config_path": "",
            "public_jobs": True,
            "shared_runners_enabled": True,
            "group_runners_enabled": True,
            "auto_devops_enabled": False,
            "only_allow_merge_if_pipeline_succeeds": True,
            "allow_merge_on_skipped_pipeline": False,
            "only_allow_merge_if_all_discussions_are_resolved": True,
            "only_allow_merge_if_all_status_checks_passed": False,
            "ci_allow_fork_pipelines_to_run_in_parent_project": False,
            "ci_push_repository_for_job_token_allowed": False,
            "ci_pipeline_variables_minimum_override_role": "maintainer",
            "restrict_user_defined_variables": True,
            "mirror": False,
            "builds_access_level": "private",
            "repository_access_level": "enabled",
            "runners_token": "not-to-be-kept",
            **more,
        }
        self.answers[f"/projects/{number}"] = row
        self.answers.setdefault("/projects", []).append(row)
        self.paths[f"projects/{path}"] = str(number)
        for part in _OF_PROJECTS:
            self.answers.setdefault(f"/projects/{number}/{part}", [])
        self.answers[f"/projects/{number}/approvals"] = {
            "approvals_before_merge": 1,
            "reset_approvals_on_push": True,
            "selective_code_owner_removals": False,
            "disable_overriding_approvers_per_merge_request": True,
            "merge_requests_author_approval": False,
            "merge_requests_disable_committers_approval": True,
            "require_reauthentication_to_approve": False,
        }
        self.answers[f"/projects/{number}/job_token_scope"] = {"inbound_enabled": True, "outbound_enabled": False}
        self.answers[f"/projects/{number}/push_rule"] = {
            "id": number,
            "reject_unsigned_commits": True,
            "prevent_secrets": True,
            "deny_delete_tag": False,
            "member_check": False,
        }
        for above in _above(path):
            if f"groups/{above}" in self.paths:
                self.put(f"/groups/{self.paths[f'groups/{above}']}/projects", row)
        return row

    def member(self, where: str, name: str, level: int, **more: Any) -> None:
        """Put somebody into a group (`groups/acme`) or project (`projects/acme/web`)."""
        kind, _, _ = where.partition("/")
        person = self.people[name]
        shown = {key: person[key] for key in ("id", "username", "name", "state", "locked", "avatar_url", "web_url")}
        row = {
            **shown,
            "access_level": level,
            "created_at": "2024-04-01T09:00:00Z",
            "expires_at": None,
            "membership_state": "active",
            "email": person["email"],
            "group_saml_identity": next(iter(person["identities"]), None),
            **more,
        }
        self.put(f"/{kind}/{self.paths[where]}/members", row)

    def share(self, where: str, guest: str, level: int, expires_at: str | None = None, **more: Any) -> None:
        """Invite a group into a group or project."""
        kind, _, _ = where.partition("/")
        row = {
            "group_id": int(self.paths[f"groups/{guest}"]),
            "group_name": guest,
            "group_full_path": guest,
            "group_access_level": level,
            "expires_at": expires_at,
            **({"member_role_id": None} if kind == "groups" else {}),
            **more,
        }
        self.answers[f"/{kind}/{self.paths[where]}"]["shared_with_groups"].append(row)

    def member_role(self, number: int, name: str, base: int, *abilities: str) -> Json:
        """Add a custom role to the instance, and return it as members carry it."""
        row = {"id": number, "name": name, "description": None, "group_id": None, "base_access_level": base}
        row |= dict.fromkeys(ABILITIES, False) | dict.fromkeys(abilities, True)
        self.put("/member_roles", row)
        return row

    def service_account(self, group: str, number: int, name: str, *tokens: Json) -> None:
        """Add a service account of a top-level group with its tokens."""
        at = f"/groups/{self.paths[f'groups/{group}']}/service_accounts"
        mail = f"{name}@noreply.{self.host}"
        self.person(number, name, bot=True, identities=[], email=mail)
        self.put(at, {"id": number, "username": name, "name": "Service account user", "email": mail})
        self.answers[f"{at}/{number}/personal_access_tokens"] = list(tokens)

    def project_put(self, path: str, part: str, *rows: Json) -> None:
        """Add rows to a list of a project."""
        self.put(f"/projects/{self.paths[f'projects/{path}']}/{part}", *rows)

    def file(self, project: str, path: str, text: str) -> None:
        """Add a file to a project's default branch."""
        number = self.paths[f"projects/{project}"]
        self.put(
            f"/projects/{number}/repository/tree",
            {
                "id": f"{len(text):040x}",
                "name": path.rpartition("/")[2],
                "type": "blob",
                "path": path,
                "mode": "100644",
            },
        )
        self.answers[f"/projects/{number}/repository/files/{path}/raw"] = text


ABILITIES = (
    "admin_cicd_variables", "admin_group_member", "admin_merge_request", "admin_protected_branch", "admin_push_rules",
    "admin_runners", "admin_web_hook", "archive_project", "manage_deploy_tokens", "manage_group_access_tokens",
    "manage_project_access_tokens", "read_code", "read_runners", "remove_project",
)  # fmt: skip
"""https://docs.gitlab.com/api/member_roles/"""

_OF_GROUPS = (
    "descendant_groups", "projects", "members", "access_tokens", "deploy_tokens", "variables", "runners",
    "protected_environments", "hooks", "service_accounts", "saml_group_links", "ldap_group_links", "member_roles",
)  # fmt: skip
_OF_PROJECTS = (
    "members", "protected_branches", "protected_tags", "environments", "protected_environments", "approval_rules",
    "variables", "deploy_keys", "deploy_tokens", "access_tokens", "triggers", "pipeline_schedules", "runners",
    "job_token_scope/allowlist", "job_token_scope/groups_allowlist", "hooks", "external_status_checks", "repository/tree", "integrations",
    "secure_files",
)  # fmt: skip


def _above(path: str) -> list[str]:
    parts = path.split("/")
    return ["/".join(parts[:n]) for n in range(1, len(parts))]


def branch_rule(number: int, name: str, push: list[Json], merge: list[Json], **more: Any) -> Json:
    """Return a protected branch as the API tells it; a line is `{"access_level": 40}` or names somebody."""

    def line(at: int, given: Json) -> Json:
        base = {"access_level": None, "user_id": None, "group_id": None, "deploy_key_id": None}
        return {"id": at, **base, "access_level_description": "", **given}

    return {
        "id": number,
        "name": name,
        "push_access_levels": [line(number * 10 + n, each) for n, each in enumerate(push)],
        "merge_access_levels": [line(number * 10 + 5 + n, each) for n, each in enumerate(merge)],
        "unprotect_access_levels": [],
        "allow_force_push": False,
        "code_owner_approval_required": False,
        "inherited": False,
        **more,
    }


def variable(key: str, **more: Any) -> Json:
    """Return a CI/CD variable; the API gives its value, which nobody may keep."""
    return {
        "variable_type": "env_var",
        "key": key,
        "value": f"value-of-{key.lower()}",
        "hidden": False,
        "protected": True,
        "masked": True,
        "raw": False,
        "environment_scope": "*",
        "description": None,
        **more,
    }


def key(number: int, title: str, made: str, ends: str | None) -> Json:
    """Return an SSH key of a person; the API gives the public key, which nobody needs."""
    return {
        "id": number,
        "title": title,
        "created_at": made,
        "expires_at": ends,
        "last_used_at": None,
        "key": "ssh-ed25519 made-for-acme",
        "usage_type": "auth_and_signing",
    }
