"""Which contexts of a workflow carry text that somebody else chose, and who can choose it.

https://docs.github.com/en/actions/concepts/security/script-injections
https://docs.github.com/en/webhooks/webhook-events-and-payloads
"""

import re
from enum import StrEnum

from pipewarden.pipelines.expressions import ANY, Reference


class Author(StrEnum):
    """Who may choose a text or start a run, from the widest circle to the narrowest."""

    ANYONE = "anyone"
    """Whoever can open a pull request or an issue, or comment: on a public repository any account."""
    CALLER = "caller"
    """The workflow that calls this one."""
    WRITER = "writer"
    """Whoever may write to the repository: push a branch, dispatch a run."""
    SUPPLIER = "supplier"
    """Whoever may change code of another repository or image that the run uses."""


ANYONE_EVENTS = frozenset(
    {
        "pull_request",
        "pull_request_target",
        "pull_request_review",
        "pull_request_review_comment",
        "issues",
        "issue_comment",
        "discussion",
        "discussion_comment",
        "fork",
        "watch",
        "workflow_run",
        "gollum",
    }
)
"""Events that somebody without write access can cause.
https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows"""

PRIVILEGED_EVENTS = ANYONE_EVENTS - {"pull_request", "pull_request_review", "pull_request_review_comment"}
"""Of those, the events whose runs hold the secrets and the full token even when an outsider causes them.

Runs for `pull_request` and for its reviews from a fork get a read-only token and no secrets.
https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows#workflows-in-forked-repositories
"""

_ANYONE = re.compile(
    r"github\.(?:"
    r"head_ref"
    r"|event\.(?:issue|discussion|comment|review|milestone|answer)\.(?:title|body)"
    r"|event\.pull_request\.(?:title|body|head\.(?:ref|label|repo\.(?:default_branch|description|homepage)))"
    r"|event\.issue\.pull_request\.head\.ref"
    r"|event\.pages\.[^.]+\.(?:page_name|title|summary)"
    r"|event\.workflow_run\.(?:head_branch|display_title|head_commit\.(?:message|author\.(?:name|email)|committer\.(?:name|email))"
    r"|head_repository\.description|pull_requests\.[^.]+\.head\.ref)"
    r"|event\.workflow_run\.head_commit"
    r"|event\.check_suite\.(?:head_branch|head_commit\.message)"
    r"|event\.check_run\.check_suite\.head_branch"
    r"|event\.changes\.(?:title|body)\.from"
    r"|event\.forkee\.(?:description|default_branch|homepage)"
    r")"
)
_WRITER = re.compile(
    r"(?:inputs|github\.event\.inputs)\.[^.]+"
    r"|github\.event\.client_payload(?:\..+)?"
    r"|github\.event\.(?:commits\.[^.]+|head_commit)(?:\.message|\.(?:author|committer)\.(?:name|email))?"
    r"|github\.(?:ref_name|ref)"
    r"|github\.event\.(?:ref|release\.(?:name|body|tag_name)|deployment\.(?:ref|description|payload(?:\..+)?)|label\.name)"
    r"|github\.event\.merge_group\.head_ref"
)
_WHOLE = frozenset(
    {
        "github",
        "github.event",
        "github.event.issue",
        "github.event.pull_request",
        "github.event.comment",
        "github.event.review",
        "github.event.discussion",
        "github.event.workflow_run",
        "github.event.pull_request.head",
    }
)
"""Objects that contain free text: `toJSON(github.event)`."""

_UNTRUSTED_CODE = re.compile(
    r"github\.head_ref"
    r"|github\.event\.pull_request\.(?:head\.(?:ref|sha|label|user\.login|repo\.(?:full_name|\w+_url|url|owner\.login))|merge_commit_sha)"
    r"|github\.event\.workflow_run\.(?:head_(?:branch|sha|commit\.id|repository\.(?:full_name|clone_url))|pull_requests\.[^.]+\.head\.(?:ref|sha))"
    r"|github\.event\.check_suite\.head_(?:sha|branch)"
)
_PULL_NUMBER = re.compile(
    r"github\.event\.(?:number|issue\.number|pull_request\.number|workflow_run\.pull_requests\.[^.]+\.number)"
)


def author_of(reference: Reference) -> Author | None:
    """Tell who can choose the text of a context, or None where it cannot carry text of others."""
    dotted = reference.dotted
    if dotted in _WHOLE or _ANYONE.fullmatch(dotted):
        return Author.ANYONE
    if reference.parts[-1] == ANY and reference.context == "github" and _reaches_text(dotted):
        return Author.ANYONE
    if _WRITER.fullmatch(dotted):
        return Author.WRITER
    return None


def _reaches_text(dotted: str) -> bool:
    """Tell whether `object.*` spreads an object that contains free text."""
    return dotted.removesuffix("." + ANY) in _WHOLE


def names_untrusted_code(reference: Reference) -> bool:
    """Tell whether a context names a commit, branch or repository that an outsider's pull request brings."""
    return _UNTRUSTED_CODE.fullmatch(reference.dotted) is not None


def is_pull_number(reference: Reference) -> bool:
    """Tell whether a context is the number of a pull request, as in `refs/pull/NUMBER/merge`."""
    return _PULL_NUMBER.fullmatch(reference.dotted) is not None
