"""Which keys the payload of each event has: `github.event.KEY` is null under an event whose payload has no such key.

The keys are those of GitHub's own description of its webhooks, the same in its editions for github.com, Enterprise Cloud and
Enterprise Server 3.14 to 3.19. "For schedules" and runs by hand the pages of the events tell them.
https://docs.github.com/en/webhooks/webhook-events-and-payloads
https://github.com/octokit/openapi-webhooks (12.1.0, the description as a package)
https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows#schedule
"""

from functools import lru_cache

COMMON = frozenset({"repository", "organization", "enterprise", "installation", "sender"})
"""Keys that the payload of any event may have."""

_PULL_REQUEST = (
    "action after assignee before changes label milestone number pull_request reason requested_reviewer requested_team"
)
KEYS: dict[str, frozenset[str]] = {
    event: frozenset(keys.split())
    for event, keys in {
        "branch_protection_rule": "action changes rule",
        "check_run": "action check_run requested_action",
        "check_suite": "action check_suite",
        "commit_comment": "action comment",
        "create": "description master_branch pusher_type ref ref_type",
        "delete": "pusher_type ref ref_type",
        "deployment": "action deployment workflow workflow_run",
        "deployment_status": "action check_run deployment deployment_status workflow workflow_run",
        "discussion": "action answer changes discussion label old_answer",
        "discussion_comment": "action changes comment discussion",
        "fork": "forkee",
        "gollum": "pages",
        "issue_comment": "action changes comment issue",
        "issues": "action assignee changes issue label milestone type",
        "label": "action changes label",
        "merge_group": "action merge_group reason",
        "milestone": "action changes milestone",
        "page_build": "build id",
        "project": "action changes project",
        "project_card": "action changes project_card",
        "project_column": "action changes project_column",
        "public": "",
        "pull_request": _PULL_REQUEST,
        # "This event runs in the context of the base": its payload is that of pull_request
        "pull_request_target": _PULL_REQUEST,
        "pull_request_review": "action changes pull_request review",
        "pull_request_review_comment": "action changes comment pull_request",
        "push": "after base_ref before commits compare created deleted forced head_commit pusher ref",
        "registry_package": "action registry_package",
        "release": "action changes release",
        "repository_dispatch": "action branch client_payload",
        "schedule": "schedule workflow",
        "status": "avatar_url branches commit context created_at description id name sha state target_url updated_at",
        "watch": "action",
        "workflow_dispatch": "inputs ref workflow",
        "workflow_run": "action workflow workflow_run",
    }.items()
}
"""By event, beside the common ones. Of an event that is not here nothing is known."""

_EVERY = frozenset[str]().union(*KEYS.values())
"""A key that is none of them is in no description: whether a payload has it is not known."""

OF_ISSUE = "github.event.issue.pull_request."
LINKS = frozenset({"url", "html_url", "diff_url", "patch_url", "merged_at"})
"""All that an issue says of the pull request that it is: it has neither its head nor its title."""


@lru_cache(maxsize=256)
def absent(event: str) -> frozenset[str]:
    """Return the keys that the payload of an event surely has not, though those of others have."""
    return _EVERY - KEYS[event] if event in KEYS else frozenset()


def is_no_link(context: str) -> bool:
    """Tell whether a context names what the pull request of an issue never has: its `head`, say."""
    return context.startswith(OF_ISSUE) and context.removeprefix(OF_ISSUE).partition(".")[0] not in {*LINKS, "*"}
