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
    odd_field,
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
    "rules/*": inner,
    "conditions": none_or(inner),
    **{f"conditions/{kind}": absent_or(inner) for kind in (*_PATTERNS, *_SELECTING)},
    **{f"conditions/{kind}/{name}": _patterns(kind) for kind in _PATTERNS for name in _LISTS},
    "conditions/repository_id/repository_ids": listed,
    "conditions/repository_id/repository_ids/*": number,
    **{f"conditions/repository_property/{name}": listed for name in _LISTS},
    **{f"conditions/repository_property/{name}/*/name": text for name in _LISTS},
    **{f"conditions/repository_property/{name}/*/property_values": texts for name in _LISTS},
    **{f"conditions/repository_property/{name}/*/source": absent_or(word("custom", "system")) for name in _LISTS},
}  # fmt: skip
"""What must be known of a ruleset before anything follows from it: whether it is active, and for what it is."""
RULE: Shape = {
    "type": _TYPES,
    "parameters": none_or(inner),
    "parameters/required_status_checks": none_or(listed),
    "parameters/required_status_checks/*/context": text,
    "parameters/required_status_checks/*/integration_id": absent_or(number),
    "parameters/restricted_file_paths": none_or(texts),
    "parameters/allowed_merge_methods": none_or(texts),
    "parameters/required_deployment_environments": none_or(texts),
    "parameters/required_approving_review_count": none_or(number),
    "parameters/workflows": none_or(listed),
    "parameters/workflows/*/path": text,
    "parameters/workflows/*/repository_id": number,
    "parameters/code_scanning_tools": none_or(listed),
    **{
        f"parameters/{name}": none_or(flag)
        for name in (
            "dismiss_stale_reviews_on_push", "require_code_owner_review", "require_last_push_approval",
            "required_review_thread_resolution", "strict_required_status_checks_policy",
            "do_not_enforce_on_create", "update_allows_fetch_and_merge",
        )
    },
}  # fmt: skip
"""What must be known of a rule before anything follows from it; that it is there is known without."""
ACTOR: Shape = {
    "actor_id": null_or(number),
    "actor_type": text,
    "bypass_mode": word("always", "exempt", "pull_request"),
}
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
    """Return what a ruleset does not say of what it is for: branches or tags, repositories.

    https://docs.github.com/en/rest/orgs/rules#get-an-organization-repository-ruleset
    """
    conditions = row.get("conditions") or {}
    if row.get("target", "branch") in {"branch", "tag"} and "ref_name" not in conditions:
        return "conditions/ref_name"
    if template.startswith("/orgs/") and not {"repository_name", *_SELECTING} & conditions.keys():
        return "conditions/repository_name"
    return ""


def is_told(rule: Mapping[str, Any]) -> bool:
    """Tell whether a rule says what it asks; one of a type that no page names does not."""
    parameters = rule.get("parameters") or {}
    return not odd_field(rule, RULE) and all(
        parameters.get(name) is not None for name in PARAMETERS.get(rule["type"], ())
    )


def are_told(actors: Any) -> bool:
    """Tell whether a bypass list says who is on it; null and absent mean that it is not shown."""
    return actors is None or (listed(actors) and all(map(_is_named, actors)))


def _is_named(actor: Any) -> bool:
    if not inner(actor) or odd_field(actor, ACTOR):
        return False
    return actor["actor_type"] not in BY_ID or actor.get("actor_id") is not None
