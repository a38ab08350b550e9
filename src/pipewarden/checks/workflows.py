"""Checks about what a workflow file lets others do: strangers' code, injected text, unpinned code with rights."""

from collections.abc import Iterable

from pipewarden.access.view import View
from pipewarden.checks.base import Hit, check
from pipewarden.checks.clauses import clauses
from pipewarden.checks.workflow_rows import PIPELINES, spoken_of, told
from pipewarden.model.facets import Facet
from pipewarden.model.facts import Resource
from pipewarden.model.findings import Severity
from pipewarden.model.ids import Kind

SYNTAX = "https://docs.github.com/en/actions/reference/security/secure-use"


@check(
    id="wf.trigger.prt_checkout_exec",
    title="No privileged workflow checks out a pull request's code and runs it",
    severity=Severity.CRITICAL,
    subject=Kind.WORKFLOW,
    among=spoken_of,
    needs=(Facet.REPO_WORKFLOWS,),
    remedy=(
        "Build pull requests under `on: pull_request`, which gets neither secrets nor a writing token.",
        "Where a privileged step is needed afterwards, move it to a `workflow_run` that takes only checked data over.",
    ),
    source="https://securitylab.github.com/resources/github-actions-preventing-pwn-requests/",
    **clauses(PIPELINES, "O4"),
)
def prt_checkout_exec(workflow: Resource, view: View) -> Iterable[Hit]:
    """Whoever opens a pull request chooses code that runs with the repository's secrets and token."""
    return told(workflow, view, "wf.trigger.prt_checkout_exec", Severity.CRITICAL)


@check(
    id="wf.inject.template",
    title="Text that a stranger writes does not become part of a script",
    severity=Severity.HIGH,
    subject=Kind.WORKFLOW,
    among=spoken_of,
    needs=(Facet.REPO_WORKFLOWS,),
    remedy=("Hand the text over in an `env:` variable and use the variable, quoted, in the script.",),
    source=SYNTAX,
    **clauses(PIPELINES, "O4"),
)
def injected_template(workflow: Resource, view: View) -> Iterable[Hit]:
    """An expression is put into the script before the shell sees it: a title or branch name becomes commands."""
    return told(workflow, view, "wf.inject.template", Severity.HIGH)


@check(
    id="wf.trigger.workflow_run_artifact",
    title="No privileged run uses files that a stranger's run may have made",
    severity=Severity.CRITICAL,
    subject=Kind.WORKFLOW,
    among=spoken_of,
    needs=(Facet.REPO_WORKFLOWS,),
    remedy=("Treat what the artifact holds as data: unpack it outside the workspace, check it, run nothing of it.",),
    source=SYNTAX,
    **clauses(PIPELINES, "O4 O9"),
)
def foreign_artifact(workflow: Resource, view: View) -> Iterable[Hit]:
    """Artifacts of a pull request's run carry whatever that pull request put there."""
    return told(workflow, view, "wf.trigger.workflow_run_artifact", Severity.CRITICAL)


@check(
    id="wf.runner.self_hosted_untrusted",
    title="Code of pull requests runs only on machines that are thrown away",
    severity=Severity.CRITICAL,
    subject=Kind.WORKFLOW,
    among=spoken_of,
    needs=(Facet.REPO_WORKFLOWS,),
    remedy=("Run pull requests on hosted or ephemeral runners; keep self-hosted ones to protected branches.",),
    source=SYNTAX,
    **clauses(PIPELINES, "O4 O7"),
)
def self_hosted_untrusted(workflow: Resource, view: View) -> Iterable[Hit]:
    """What a pull request leaves behind on the machine waits for the next job, and for its secrets."""
    return told(workflow, view, "wf.runner.self_hosted_untrusted", Severity.CRITICAL)


@check(
    id="wf.trigger.dispatch_env_input",
    title="Whoever starts a run chooses neither the environment nor other code",
    severity=Severity.MEDIUM,
    subject=Kind.WORKFLOW,
    among=spoken_of,
    needs=(Facet.REPO_WORKFLOWS,),
    remedy=(
        "Give the input the type `environment` or a fixed list of choices, and protect each of them.",
        "Take no branch or commit from an input or payload: check out the one the run stands for.",
    ),
    source=SYNTAX,
    **clauses(PIPELINES, "O5"),
)
def environment_by_input(workflow: Resource, view: View) -> Iterable[Hit]:
    """With the environment comes its secrets and its gates: an unprotected name passes by all of them.

    A branch that the starter names runs in an environment that would not take it.
    """
    return told(workflow, view, "wf.trigger.dispatch_env_input", Severity.MEDIUM)


@check(
    id="wf.uses.unpinned",
    title="Nobody else can change code that runs with secrets or a writing token",
    severity=Severity.HIGH,
    subject=Kind.WORKFLOW,
    among=spoken_of,
    needs=(Facet.REPO_WORKFLOWS,),
    remedy=("Pin the action to a full commit SHA, with the version in a comment, and let an updater move it.",),
    source=f"{SYNTAX}#using-third-party-actions",
    **clauses(PIPELINES, "C2.4.2 O3"),
)
def unpinned(workflow: Resource, view: View) -> Iterable[Hit]:
    """A tag or branch can be moved by whoever writes to that repository; a full SHA cannot."""
    return told(workflow, view, "wf.uses.unpinned", Severity.HIGH)


@check(
    id="wf.secret.all",
    title="Jobs take the secrets they need instead of every one",
    severity=Severity.HIGH,
    subject=Kind.WORKFLOW,
    among=spoken_of,
    needs=(Facet.REPO_WORKFLOWS,),
    remedy=("Name each secret the job needs.",),
    source=SYNTAX,
    **clauses(PIPELINES, "O6"),
)
def all_secrets(workflow: Resource, view: View) -> Iterable[Hit]:
    """One weak step then leaks all of them, those of other teams included."""
    return told(workflow, view, "wf.secret.all", Severity.HIGH)


@check(
    id="wf.trigger.always_true",
    title="A condition that is meant to guard can hold something back",
    severity=Severity.HIGH,
    subject=Kind.WORKFLOW,
    among=spoken_of,
    needs=(Facet.REPO_WORKFLOWS,),
    remedy=("Write the whole condition inside one `${{ }}`, or without any.",),
    source=SYNTAX,
    **clauses(PIPELINES, "O1"),
)
def always_true(workflow: Resource, view: View) -> Iterable[Hit]:
    """Text around an expression makes the condition a non-empty string, which counts as true."""
    return told(workflow, view, "wf.trigger.always_true", Severity.HIGH)
