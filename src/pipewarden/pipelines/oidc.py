"""The subjects a job's OIDC token can carry, in both forms GitHub issues.

https://docs.github.com/en/actions/reference/security/oidc
"""

from collections.abc import Mapping as Table
from datetime import UTC, datetime

from msgspec import Struct

from pipewarden.pipelines.parts import Trigger

ANY = "*"
"""Stands for a part of a subject that the file does not settle."""

IMMUTABLE_SINCE = datetime(2026, 7, 15, tzinfo=UTC)
"""Repositories created after this day, or renamed or transferred after it, have ids in their subject.
https://docs.github.com/en/actions/reference/security/oidc#immutable-subject-claims"""
_DAY_AFTER = datetime(2026, 7, 16, tzinfo=UTC)
"""The day itself is told differently by the documentation and the announcement: both forms are possible."""

_PULL_REQUEST = frozenset({"pull_request", "pull_request_review", "pull_request_review_comment"})
_DEFAULT_BRANCH_EVENTS = frozenset(
    {
        "schedule",
        "issues",
        "issue_comment",
        "discussion",
        "discussion_comment",
        "workflow_run",
        "repository_dispatch",
        "fork",
        "watch",
        "gollum",
        "label",
        "milestone",
        "public",
        "page_build",
        "check_run",
        "check_suite",
        "branch_protection_rule",
        "delete",
    }
)
"""Events that run on the last commit of the default branch.
https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows"""

MAX_PATTERNS = 256
"""A filter with more patterns counts as open."""


class Repository(Struct, frozen=True, kw_only=True):
    """What the subject says about a repository. Ids are 0 and dates None where they are not known.

    `immutable`: what the repository's OIDC settings say, None where they were not read. `server` tells that
    it lives on GitHub Enterprise Server, which has only the form with names.
    """

    owner: str
    name: str
    owner_id: int = 0
    id: int = 0
    created_at: datetime | None = None
    renamed_at: datetime | None = None
    """The last rename or transfer, if one is known."""
    default_branch: str = ""
    immutable: bool | None = None
    server: bool = False
    claim_keys: tuple[str, ...] = ()
    """`include_claim_keys` of the customised subject; empty: the default."""


def subjects(
    repository: Repository,
    *,
    event: str = "",
    ref: str = "",
    environment: str = "",
    claims: Table[str, str] | None = None,
) -> tuple[str, ...]:
    """Return the subjects a token can carry in one run: more than one where the form is not settled.

    `ref` is full (`refs/heads/main`), `ANY` or empty where unknown. `claims` gives further claims for a
    customised subject; one that is missing becomes `ANY`. Colons inside values are written `%3A`.
    """
    contexts = _contexts(event, ref, environment)
    if not repository.claim_keys:
        made = [f"{repo}:{context}" for repo in _repos(repository) for context in contexts]
    else:
        known = {"event_name": event, "environment": environment, "ref": ref, **(claims or {})}
        made = [
            ":".join(_claim(key, repo, context, repository, known) for key in repository.claim_keys)
            for repo in _repos(repository)
            for context in contexts
        ]
    return tuple(dict.fromkeys(made))


def refs_of(trigger: Trigger, default_branch: str = "") -> tuple[str, ...]:
    """Return the refs a trigger can run on, `*` in a name where the file leaves it open."""
    event = trigger.event
    if event in _PULL_REQUEST:
        return ("refs/pull/*/merge",)
    if event in _DEFAULT_BRANCH_EVENTS:
        return (f"refs/heads/{default_branch or ANY}",)
    if event == "merge_group":
        return ("refs/heads/gh-readonly-queue/*",)
    if event in {"release", "registry_package"}:
        return ("refs/tags/*",)
    if event in {"push", "pull_request_target"}:
        return _filtered(trigger)
    # a dispatch, a call, a creation: any branch or tag
    return ("refs/heads/*", "refs/tags/*")


def _filtered(trigger: Trigger) -> tuple[str, ...]:
    """Return the refs that the filters of a push leave: naming only branches excludes tags, and the reverse.

    https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#onpushbranchestagsbranches-ignoretags-ignore
    """
    branches = tuple(f"refs/heads/{name}" for name in _positive(trigger.branches))
    tags = tuple(f"refs/tags/{name}" for name in _positive(trigger.tags))
    if trigger.branches_ignore:
        branches = ("refs/heads/*",)
    if trigger.tags_ignore:
        tags = ("refs/tags/*",)
    if trigger.event == "pull_request_target":
        return branches or ("refs/heads/*",)
    if not branches and not tags:
        return ("refs/heads/*", "refs/tags/*")
    return branches + tags


def _positive(patterns: tuple[str, ...]) -> tuple[str, ...]:
    """Return the patterns that let names in, stars of any depth as one; very many become any name."""
    if len(patterns) > MAX_PATTERNS:
        return (ANY,)
    return tuple(_starred(pattern) for pattern in patterns if not pattern.startswith("!"))


def _starred(pattern: str) -> str:
    """Return a filter as a subject pattern that covers at least the same names."""
    at = min((pattern.index(special) for special in "?+[" if special in pattern), default=-1)
    if at >= 0:
        # what `?` and `+` follow may be missing or come again
        return pattern[: max(at - (pattern[at] != "["), 0)].rstrip("*") + "*"
    return pattern.replace("**", "*")


def _contexts(event: str, ref: str, environment: str) -> tuple[str, ...]:
    """Return the part after the repository: environment before pull request before ref.

    https://docs.github.com/en/actions/reference/security/oidc#example-subject-claims
    """
    if environment:
        return (f"environment:{_quoted(environment)}",)
    if event in _PULL_REQUEST:
        return ("pull_request",)
    by_ref = f"ref:{_quoted(ref) or ANY}"
    # the documentation says "a pull request event" and does not say whether this one counts
    return ("pull_request", by_ref) if event == "pull_request_target" else (by_ref,)


def _repos(repository: Repository) -> tuple[str, ...]:
    """Return the repository part, in the form with names, with ids, or both where that is not known."""
    plain = f"repo:{repository.owner}/{repository.name}"
    owner_id, repo_id = repository.owner_id or ANY, repository.id or ANY
    fixed = f"repo:{repository.owner}@{owner_id}/{repository.name}@{repo_id}"
    immutable = is_immutable(repository)
    if immutable is None:
        return (plain, fixed)
    return (fixed,) if immutable else (plain,)


def is_immutable(repository: Repository) -> bool | None:
    """Tell whether subjects carry ids; None where it is not known (an older repository may have opted in)."""
    if repository.server:
        return False
    if repository.immutable is not None:
        return repository.immutable
    for moment in (repository.created_at, repository.renamed_at):
        if moment is not None and moment >= _DAY_AFTER:
            return True
    return None


def _claim(key: str, repo: str, context: str, repository: Repository, known: Table[str, str]) -> str:
    """Return one part of a customised subject.

    https://docs.github.com/en/actions/reference/security/oidc#customizing-the-subject-claims-for-an-organization-or-repository
    """
    if key == "repo":
        return repo
    if key == "context":
        return context
    own = {
        "repository": f"{repository.owner}/{repository.name}",
        "repository_owner": repository.owner,
        "repository_id": str(repository.id or ANY),
        "repository_owner_id": str(repository.owner_id or ANY),
    }
    return f"{key}:{_quoted(known.get(key) or own.get(key) or ANY)}"


def _quoted(value: str) -> str:
    """Return a value with its colons encoded, as GitHub does.

    https://docs.github.com/en/actions/reference/security/oidc#filtering-for-metadata-containing-
    """
    return value.replace(":", "%3A")
