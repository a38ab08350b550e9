"""Checks about what a workflow file lets others do: strangers' code, injected text, unpinned code with rights."""

from pipewarden.checks.clauses import clauses
from pipewarden.checks.file_checks import file_check
from pipewarden.checks.workflow_rows import PIPELINES
from pipewarden.model.findings import Severity

SYNTAX = "https://docs.github.com/en/actions/reference/security/secure-use"


@file_check(
    id="wf.trigger.prt_checkout_exec",
    title="No privileged workflow checks out a pull request's code and runs it",
    severity=Severity.CRITICAL,
    remedy=(
        "Build pull requests under `on: pull_request`, which gets neither secrets nor a writing token.",
        "Where a privileged step is needed afterwards, move it to a `workflow_run` that takes only checked data over.",
    ),
    source="https://securitylab.github.com/resources/github-actions-preventing-pwn-requests/",
    **clauses(PIPELINES, "O4"),
)
def prt_checkout_exec() -> None:
    """Whoever opens a pull request chooses code that runs with the repository's secrets and token."""


@file_check(
    id="wf.inject.template",
    title="Text that a stranger writes does not become part of a script",
    severity=Severity.HIGH,
    remedy=("Hand the text over in an `env:` variable and use the variable, quoted, in the script.",),
    source=SYNTAX,
    **clauses(PIPELINES, "O4"),
)
def injected_template() -> None:
    """An expression is put into the script before the shell sees it: a title or branch name becomes commands."""


@file_check(
    id="wf.trigger.workflow_run_artifact",
    title="No privileged run uses files that a stranger's run may have made",
    severity=Severity.CRITICAL,
    remedy=("Treat what the artifact holds as data: unpack it outside the workspace, check it, run nothing of it.",),
    source=SYNTAX,
    **clauses(PIPELINES, "O4 O9"),
)
def foreign_artifact() -> None:
    """Artifacts of a pull request's run carry whatever that pull request put there."""


@file_check(
    id="wf.runner.self_hosted_untrusted",
    title="Code of pull requests runs only on machines that are thrown away",
    severity=Severity.CRITICAL,
    remedy=("Run pull requests on hosted or ephemeral runners; keep self-hosted ones to protected branches.",),
    source=SYNTAX,
    **clauses(PIPELINES, "O4 O7"),
)
def self_hosted_untrusted() -> None:
    """What a pull request leaves behind on the machine waits for the next job, and for its secrets."""


@file_check(
    id="wf.trigger.dispatch_env_input",
    title="Whoever starts a run chooses neither the environment nor other code",
    severity=Severity.MEDIUM,
    remedy=(
        "Give the input the type `environment` or a fixed list of choices, and protect each of them.",
        "Take no branch or commit from an input or payload: check out the one the run stands for.",
    ),
    source=SYNTAX,
    **clauses(PIPELINES, "O5"),
)
def environment_by_input() -> None:
    """With the environment comes its secrets and its gates: an unprotected name passes by all of them.

    A branch that the starter names runs in an environment that would not take it.
    """


@file_check(
    id="wf.uses.unpinned",
    title="Nobody else can change code that runs with secrets or a writing token",
    severity=Severity.HIGH,
    remedy=("Pin the action to a full commit SHA, with the version in a comment, and let an updater move it.",),
    source=f"{SYNTAX}#using-third-party-actions",
    **clauses(PIPELINES, "C2.4.2 O3"),
)
def unpinned() -> None:
    """A tag or branch can be moved by whoever writes to that repository; a full SHA cannot."""


@file_check(
    id="wf.secret.all",
    title="Jobs take the secrets they need instead of every one",
    severity=Severity.HIGH,
    remedy=("Name each secret the job needs.",),
    source=SYNTAX,
    **clauses(PIPELINES, "O6"),
)
def all_secrets() -> None:
    """One weak step then leaks all of them, those of other teams included."""


@file_check(
    id="wf.trigger.always_true",
    title="A condition that is meant to guard can hold something back",
    severity=Severity.HIGH,
    remedy=("Write the whole condition inside one `${{ }}`, or without any.",),
    source=SYNTAX,
    **clauses(PIPELINES, "O1"),
)
def always_true() -> None:
    """Text around an expression makes the condition a non-empty string, which counts as true."""
