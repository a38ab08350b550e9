"""What rulesets of GitHub must say: whom they are for, what their rules ask, who may pass them.

https://docs.github.com/en/rest/repos/rules and https://docs.github.com/en/rest/orgs/rules
"""

from collections.abc import Mapping
from typing import Any

from pipewarden.connectors.shapes import (
    Shape,
    Test,
    absent_or,
    flag,
    inner,
    listed,
    none_or,
    null_or,
    number,
    text,
    texts,
    word,
)

_PATTERNS = ("ref_name", "repository_name")
_SELECTING = ("repository_id", "repository_property")
_LISTS = ("exclude", "include")
_MEANT = {"ref_name": {"~ALL", "~DEFAULT_BRANCH"}, "repository_name": {"~ALL"}}
"""Words that stand among patterns; what else begins with a tilde is no pattern."""

_TYPES = word(
    "branch_name_pattern", "code_scanning", "commit_author_email_pattern", "commit_message_pattern",
    "committer_email_pattern", "copilot_code_review", "creation", "deletion", "file_extension_restriction",
    "file_path_restriction", "license_compliance_scanning", "max_file_path_length", "max_file_size", "merge_queue",
    "non_fast_forward", "pull_request", "required_deployments", "required_linear_history", "required_signatures",
    "required_status_checks", "tag_name_pattern", "update", "workflows",
    # of a ruleset for repositories
    "repository_create", "repository_delete", "repository_name", "repository_transfer", "repository_visibility",
)  # fmt: skip
"""What a rule that is not among them asks nobody knows. https://docs.github.com/en/rest/repos/rules"""


def _patterns(kind: str) -> Test:
    """Return what tells whether a value is patterns of names."""
    known = _MEANT[kind]
    return lambda value: texts(value) and all(each in known for each in value if each.startswith("~"))


RULESET: Shape = {
    "id": number,
    "enforcement": word("active", "disabled", "evaluate"),
    "target": absent_or(word("branch", "tag", "push", "repository")),
    "source_type": absent_or(word("Enterprise", "Organization", "Repository")),
    "rules": listed,
    "rules/*/type": _TYPES,
    "rules/*/parameters": none_or(inner),
    "rules/*/parameters/required_status_checks": none_or(listed),
    "rules/*/parameters/required_status_checks/*/context": text,
    "rules/*/parameters/required_status_checks/*/integration_id": absent_or(number),
    "rules/*/parameters/restricted_file_paths": none_or(texts),
    "rules/*/parameters/allowed_merge_methods": none_or(texts),
    "rules/*/parameters/required_deployment_environments": none_or(texts),
    "rules/*/parameters/required_approving_review_count": none_or(number),
    "rules/*/parameters/workflows": none_or(listed),
    "rules/*/parameters/workflows/*/path": text,
    "rules/*/parameters/workflows/*/repository_id": number,
    "rules/*/parameters/code_scanning_tools": none_or(listed),
    **{
        f"rules/*/parameters/{name}": none_or(flag)
        for name in (
            "dismiss_stale_reviews_on_push", "require_code_owner_review", "require_last_push_approval",
            "required_review_thread_resolution", "strict_required_status_checks_policy",
            "do_not_enforce_on_create", "update_allows_fetch_and_merge",
        )
    },
    "conditions": none_or(inner),
    **{f"conditions/{kind}": absent_or(inner) for kind in (*_PATTERNS, *_SELECTING)},
    **{f"conditions/{kind}/{name}": _patterns(kind) for kind in _PATTERNS for name in _LISTS},
    "conditions/repository_id/repository_ids": listed,
    "conditions/repository_id/repository_ids/*": number,
    **{f"conditions/repository_property/{name}": listed for name in _LISTS},
    **{f"conditions/repository_property/{name}/*/name": text for name in _LISTS},
    **{f"conditions/repository_property/{name}/*/property_values": texts for name in _LISTS},
    **{f"conditions/repository_property/{name}/*/source": absent_or(word("custom", "system")) for name in _LISTS},
    "bypass_actors": none_or(listed),
    "bypass_actors/*/actor_id": null_or(number),
    "bypass_actors/*/actor_type": text,
    "bypass_actors/*/bypass_mode": word("always", "exempt", "pull_request"),
}  # fmt: skip
PARAMETERS = {
    "pull_request": (
        "dismiss_stale_reviews_on_push", "require_code_owner_review", "require_last_push_approval",
        "required_approving_review_count", "required_review_thread_resolution",
    ),
    "required_status_checks": ("required_status_checks", "strict_required_status_checks_policy"),
    "required_deployments": ("required_deployment_environments",),
    "workflows": ("workflows",),
    "code_scanning": ("code_scanning_tools",),
    "file_path_restriction": ("restricted_file_paths",),
}  # fmt: skip
"""What rules of a type always say. https://docs.github.com/en/rest/repos/rules#get-a-repository-ruleset"""
BY_ID = frozenset({"Integration", "RepositoryRole", "Team", "User"})
"""Actors of which the id says who they are: “Required for Integration, RepositoryRole, Team, and User actor types”."""

RULESET_ROW: Shape = {"id": number, "source_type": absent_or(word("Enterprise", "Organization", "Repository"))}


def half_said(row: Mapping[str, Any], template: str) -> str:
    """Return what a ruleset does not say of what it asks, whom it lets through, or what it is for: branches or tags, repositories.

    https://docs.github.com/en/rest/orgs/rules#get-an-organization-repository-ruleset
    """
    conditions = row.get("conditions") or {}
    for rule in row.get("rules") or ():
        parameters = rule.get("parameters") or {}
        for name in PARAMETERS.get(rule["type"], ()):
            if parameters.get(name) is None:
                return f"rules/*/parameters/{name}"
    if any(each["actor_type"] in BY_ID and each.get("actor_id") is None for each in row.get("bypass_actors") or ()):
        return "bypass_actors/*/actor_id"
    if row.get("target", "branch") in {"branch", "tag"} and "ref_name" not in conditions:
        return "conditions/ref_name"
    if template.startswith("/orgs/") and not {"repository_name", *_SELECTING} & conditions.keys():
        return "conditions/repository_name"
    return ""
