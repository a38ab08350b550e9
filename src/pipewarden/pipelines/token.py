"""What the GITHUB_TOKEN of a job may do: reading `permissions:` and GitHub's rules for the rest.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#permissions
"""

from collections.abc import Mapping as Table
from typing import Literal

from msgspec import Struct

from pipewarden.pipelines.parts import Job, Permissions, Workflow
from pipewarden.pipelines.reading import Source, position
from pipewarden.pipelines.yaml_tree import Mapping, Node, Position, Scalar

Level = Literal["none", "read", "write"]

_FULL = (
    "actions",
    "artifact-metadata",
    "attestations",
    "checks",
    "code-quality",
    "contents",
    "deployments",
    "discussions",
    "drives",
    "issues",
    "packages",
    "pages",
    "pull-requests",
    "repository-projects",
    "security-events",
    "statuses",
)
_WRITE_ONLY = ("copilot-requests", "id-token", "workflows")
_READ_ONLY = ("metadata", "models", "vulnerability-alerts")
SCOPES = frozenset(_FULL + _WRITE_ONLY + _READ_ONLY)
"""All scopes a block can name.
https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#defining-access-for-the-github_token-scopes"""

# https://docs.github.com/en/actions/reference/github_token-reference#permissions-for-the-github_token
_RESTRICTED: dict[str, str] = {"contents": "read", "packages": "read", "metadata": "read"}
_PERMISSIVE: dict[str, str] = {
    **{scope: "write" for scope in _FULL if scope not in {"code-quality", "drives"}},
    "metadata": "read",
    "models": "read",
}
_READ_ALL: dict[str, str] = {**dict.fromkeys(_FULL, "read"), **dict.fromkeys(_READ_ONLY, "read")}
_WRITE_ALL: dict[str, str] = {
    **dict.fromkeys(_FULL, "write"),
    **dict.fromkeys(_READ_ONLY, "read"),
    # an id token can be asked for under write-all, though never by default
    "id-token": "write",
}


_FORK_EVENTS = frozenset({"pull_request", "pull_request_review", "pull_request_review_comment"})
"""Events whose runs are lowered to reading where they come from a fork; `pull_request_target` is not."""
_DEPENDABOT_EVENTS = _FORK_EVENTS | {"push", "create", "deployment", "deployment_status"}


class Unknown(Struct, frozen=True):
    """What the token may do cannot be said from what is at hand; `reason` tells what is missing."""

    reason: str


def read_permissions(source: Source, node: Node | None) -> Permissions | None:
    """Read a `permissions:` block, or None where there is none."""
    if node is None:
        return None
    if isinstance(node, Mapping):
        return _levels(source, node)
    if isinstance(node, Scalar) and node.value in {"read-all", "write-all"}:
        at = position(node)
        return Permissions({}, at, shorthand=node.value, oidc_position=at)
    source.fault(node, "permissions must be a mapping of scopes, read-all or write-all")
    return Permissions({}, position(node), valid=False)


def _levels(source: Source, node: Mapping) -> Permissions:
    """Read scope by scope."""
    levels: dict[str, str] = {}
    valid = True
    asks: Position | None = None
    for key, value in node.pairs:
        level = value.value if isinstance(value, Scalar) else ""
        allowed = {"none", "write"} if key.value in _WRITE_ONLY else {"none", "read"}
        if key.value in _FULL or key.value not in SCOPES:
            allowed = {"none", "read", "write"}
        if level not in allowed:
            source.fault(value, f"{level[:40]!r} is not a level of the scope {key.value[:40]}")
            valid = False
            continue
        # a scope that is new to us is kept: leaving it out would say the token cannot do it
        levels[key.value] = level
        if key.value == "id-token":
            asks = position(key)
    return Permissions(levels, position(node), valid=valid, oidc_position=asks)


def effective_permissions(
    workflow: Workflow,
    job: Job,
    default: Literal["read", "write"] | None,
    *,
    from_fork: bool = False,
    dependabot: bool = False,
    event: str = "pull_request",
    send_write_tokens: bool = False,
    caller: Table[str, str] | Unknown | None = None,
) -> Table[str, str] | Unknown:
    """Return the scopes of a job's token, each `read` or `write`; what is missing is `none`.

    `default` is what the repository gives where the file is silent (None: not known); `from_fork` and
    `event` describe the run asked about; `send_write_tokens` is the repository's setting of that name;
    `caller` is the token of the calling job, for a called workflow.
    """
    stated = job.permissions if job.permissions is not None else workflow.permissions
    if stated is not None and not stated.valid:
        return Unknown("the permissions block is not one that GitHub takes")
    if not workflow.complete:
        return Unknown("the workflow file cannot be read")
    base = levels_of(stated, default, only_called=workflow.events == {"workflow_call"}, caller=caller)
    if isinstance(base, Unknown):
        return base
    # https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows#workflows-in-forked-repositories
    if from_fork and event in _FORK_EVENTS and not send_write_tokens:
        return _read_only(base)
    # by default only: a block of the workflow can raise the token of a run that Dependabot starts
    # https://docs.github.com/en/code-security/dependabot/working-with-dependabot/automating-dependabot-with-github-actions
    if dependabot and event in _DEPENDABOT_EVENTS and stated is None:
        return _read_only(base)
    return base


def levels_of(
    stated: Permissions | None,
    default: Literal["read", "write"] | None,
    *,
    only_called: bool = False,
    caller: Table[str, str] | Unknown | None = None,
) -> Table[str, str] | Unknown:
    """Return what a job's token may do in a run that nothing lowers.

    `stated` is the block of the job, else of its workflow; `only_called`: the workflow runs only when it is called.
    """
    # https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#how-permissions-are-calculated-for-a-workflow-job
    if stated is None:
        return _by_default(default, caller, only_called=only_called)
    if not stated.valid:
        return Unknown("the permissions block is not one that GitHub takes")
    # a called workflow can lower what its caller has, never raise it
    # https://docs.github.com/en/actions/reference/workflows-and-actions/reusing-workflow-configurations#access-and-permissions-for-nested-workflows
    if isinstance(caller, Unknown):
        return caller
    return _stated(stated) if caller is None else _lower(_stated(stated), caller)


def _by_default(
    default: Literal["read", "write"] | None, caller: Table[str, str] | Unknown | None, *, only_called: bool
) -> Table[str, str] | Unknown:
    """Return what a job has that states nothing."""
    if caller is not None:
        return caller
    if only_called:
        return Unknown("a called workflow that states no permissions has those of its caller")
    if default is None:
        return Unknown("the repository's default workflow permissions are not known")
    return _PERMISSIVE if default == "write" else _RESTRICTED


def _stated(block: Permissions) -> Table[str, str]:
    """Return what a block gives: all that it does not name is none, metadata can always be read."""
    if block.shorthand == "write-all":
        return _WRITE_ALL
    if block.shorthand == "read-all":
        return _READ_ALL
    given = {scope: level for scope, level in block.levels.items() if level != "none"}
    return {"metadata": "read", **given}


def _lower(wanted: Table[str, str], most: Table[str, str]) -> Table[str, str]:
    """Return the smaller of two levels, scope by scope."""
    out = {}
    for scope, level in wanted.items():
        allowed = most.get(scope)
        if allowed is not None:
            out[scope] = "read" if "read" in {level, allowed} else "write"
    return out


def _read_only(levels: Table[str, str]) -> Table[str, str]:
    """Return levels with every write lowered to read; scopes that know no reading are lost."""
    return {scope: "read" for scope in levels if scope not in _WRITE_ONLY}


def may_ask_oidc(workflow: Workflow, job: Job) -> bool | None:
    """Tell whether a job may ask for an OIDC token: only where a block says so; None where the caller decides.

    https://docs.github.com/en/actions/reference/security/oidc : `id-token` is never given by default.
    """
    stated = job.permissions if job.permissions is not None else workflow.permissions
    if stated is None:
        return None if "workflow_call" in workflow.events else False
    return stated.shorthand == "write-all" or stated.levels.get("id-token") == "write"
