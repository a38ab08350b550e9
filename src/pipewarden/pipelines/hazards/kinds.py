"""What a hazard is, and the words it is told in."""

import re
from collections.abc import Iterable
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from pipewarden.pipelines.parts import Job, Step
from pipewarden.pipelines.untrusted import Author
from pipewarden.pipelines.yaml_tree import Position


class HazardKind(StrEnum):
    """What is possible that should not be."""

    PWN_REQUEST = "pwn_request"
    """A privileged run takes an outsider's code and runs it."""
    OUTSIDE_CHECKOUT = "outside_checkout"
    """A privileged run takes an outsider's code; nothing is seen that runs it."""
    SCRIPT_INJECTION = "script_injection"
    """Text that somebody else chooses becomes part of a program."""
    ENVIRONMENT_INJECTION = "environment_injection"
    """Text that somebody else chooses sets variables of later steps, and with them what those load."""
    SECRET_TO_OUTSIDER = "secret_to_outsider"
    """A job that an outsider can take over holds secrets."""
    FOREIGN_ARTIFACT = "foreign_artifact"
    """A run for `workflow_run` takes files that an outsider's run may have made."""
    SELF_HOSTED_FOR_OUTSIDER = "self_hosted_for_outsider"
    """Code of pull requests runs on a machine that is not thrown away."""
    ENVIRONMENT_BY_INPUT = "environment_by_input"
    """Who starts the run chooses the environment, and with it its secrets and gates."""
    UNPINNED_ACTION = "unpinned_action"
    """Somebody else can change code that runs with secrets or a writing token."""
    ALL_SECRETS = "all_secrets"
    """A job takes every secret instead of the ones it needs."""
    INHERITED_SECRETS = "inherited_secrets"
    """A called workflow is handed every secret instead of the ones it needs."""
    ALWAYS_TRUE = "always_true"
    """A condition that is meant to guard a job or step never holds anything back."""


class Hazard(Struct, frozen=True, gc=False, kw_only=True):
    """One such fact, with its place. `by` is who can use it, `reaches` what they get by it.

    `reaches` holds `secret:NAME`, `secret:*` (any), `token:SCOPE` (write), `token:?` (not known), `oidc`,
    `runner`. `gate` says what stands before it and can be got around or needs a person (a label, an
    environment); empty where nothing does.
    """

    kind: HazardKind
    position: Position
    job: str
    says: str
    step: int | None = None
    by: Author = Author.ANYONE
    events: tuple[str, ...] = ()
    reaches: tuple[str, ...] = ()
    gate: str = ""
    input: str = ""
    """The input of the workflow that carries the text, in lower case; empty where none does."""
    certain: bool = True
    """False where a value could not be followed: they may or may not. It is no finding, and keeps checks from a verdict."""
    side: str = ""
    """`inside`: only what lies in the repository itself passes the conditions before it, which is no weakness: whoever may write
    runs commands anyway; it tells what such a run of theirs is. `outside`: only what comes from a fork. Empty: both.
    """
    how: str = ""
    """More of how, by which checks tell one from the other.

    `own`: all that an action gets is the secrets that only its own steps are given. `tagged`: it can only be called by a
    tag. `local`: a local action is what runs the outsider's code, or the called workflow is the repository's own.
    `moving`: the code can change between an approval and the checkout. `runs`: a later step runs the workspace. `across`: the
    text is an output of another job.
    """


def check_of_checkout(events: Iterable[str]) -> str:
    """Return the check that tells of an outsider's code under some events."""
    if "pull_request_target" in events:
        return "wf.trigger.prt_checkout_exec"
    if "issue_comment" in events:
        return "wf.trigger.issue_comment_checkout"
    return "wf.trigger.workflow_run_checkout" if "workflow_run" in events else "wf.trigger.prt_checkout_exec"


def inside(hazard: Hazard) -> Hazard:
    """Return a hazard of outsiders as one that whoever may write can use alone, from a branch of the repository itself."""
    says = hazard.says.replace("which anyone can", "which whoever may write can", 1)
    by = Author.WRITER if hazard.by is Author.ANYONE else hazard.by
    return replace(
        hazard, by=by, side="inside", says=says.replace("which anyone may", "which whoever may write may", 1)
    )


WHO = {
    Author.ANYONE: "anyone",
    Author.CALLER: "whoever calls this workflow",
    Author.WRITER: "whoever may write to the repository",
    Author.SUPPLIER: "whoever supplies code",
}
"""Who can use it, in words."""


def job_id(job: Job) -> str:
    """Return a job's id, cut where it is long."""
    return job.id[:100]


_OWN = re.compile(r"\bown\d+__")


def plain_name(dotted: str) -> str:
    """Return the name of a context as its file has it: without what keeps the steps of an action apart from the job's."""
    return _OWN.sub("", dotted)


def named(step: Step) -> str:
    """Return a step's name in brackets, where it has one."""
    name = step.name or plain_name(step.id)
    return f" ({name[:60]})" if name else ""


def either(events: tuple[str, ...]) -> str:
    """Return events in words."""
    return " or ".join(events)


def in_words(holds: tuple[str, ...]) -> str:
    """Say in words what a job holds."""
    secrets = [item.removeprefix("secret:") for item in holds if item.startswith("secret:")]
    parts = []
    if "*" in secrets:
        parts.append("every secret")
    elif secrets:
        parts.append(f"{len(secrets)} secret{'s' if len(secrets) > 1 else ''}")
    if any(item.startswith("token:") and item != "token:?" for item in holds):
        parts.append("a token that can write")
    if "oidc" in holds:
        parts.append("an OIDC identity")
    if "runner" in holds:
        parts.append("a self-hosted runner")
    return " and ".join(part for part in (", ".join(parts[:-1]), *parts[-1:]) if part)
