"""Checks about who starts a workflow and what stands before it: triggers of strangers, gates that do not hold, dispatches."""

from pipewarden.checks.clauses import clauses
from pipewarden.checks.file_checks import file_check
from pipewarden.checks.workflow_rows import PIPELINES
from pipewarden.model.findings import Severity


@file_check(
    id="wf.trigger.prt_any",
    title="Strangers start no job that runs with the repository's rights",
    severity=Severity.HIGH,
    remedy=(
        "Start it by `pull_request` where it needs neither secrets nor a writing token.",
        "Where it needs them, give the job only those scopes, and check out nothing of the pull request.",
    ),
    source="https://docs.github.com/en/actions/reference/security/secure-use#mitigating-the-risks-of-untrusted-code-checkout",
    **clauses(PIPELINES, "O4"),
)
def any_dangerous() -> None:
    """A run for pull_request_target or workflow_run holds secrets and a full token, whoever caused it.

    How much it matters is what the job holds.
    """


@file_check(
    id="wf.trigger.workflow_run_checkout",
    title="No run behind another one checks out the code that caused it",
    severity=Severity.CRITICAL,
    remedy=(
        "Build in the first workflow, which a stranger's run gets no secrets in; check out only the default branch in the second.",
    ),
    source="https://securitylab.github.com/resources/github-actions-preventing-pwn-requests/",
    **clauses(PIPELINES, "O4"),
)
def run_checkout() -> None:
    """Where the run before was for a pull request, its commit is a stranger's, and here it runs with secrets."""


@file_check(
    id="wf.trigger.issue_comment_checkout",
    title="No comment makes a privileged run check out a pull request",
    severity=Severity.CRITICAL,
    remedy=(
        "Run the code of pull requests under `on: pull_request`; let the comment only label or dispatch.",
        "Where a comment must start it, ask in a step whether its author may write, and check out the commit that was reviewed.",
    ),
    source="https://securitylab.github.com/resources/github-actions-preventing-pwn-requests/",
    **clauses(PIPELINES, "O4"),
)
def comment_checkout() -> None:
    """Anyone can comment.

    What is checked out is the pull request as it is then, with the secrets and token of the default branch's run.
    """


@file_check(
    id="wf.trigger.toctou",
    title="What was approved cannot be changed before it is checked out",
    severity=Severity.HIGH,
    remedy=(
        "Name the approved commit in the checkout (`github.event.pull_request.head.sha`), and take the label away with each push.",
    ),
    source="https://securitylab.github.com/resources/github-actions-new-patterns-and-mitigations/",
    **clauses(PIPELINES, "O4"),
)
def approval_then_change() -> None:
    """A label or a member's comment approves what it saw.

    A branch or pull request number is resolved later, when its author has pushed again.
    """


@file_check(
    id="wf.trigger.weak_gate",
    title="A condition that is meant to keep strangers out cannot be met by them",
    severity=Severity.HIGH,
    remedy=(
        "Compare `github.event.pull_request.user.login` for a bot, and use `fromJSON` of a list inside `contains`.",
        "Of associations let only `OWNER`, `MEMBER` and `COLLABORATOR` pass; start on `labeled` alone where a label lets code in.",
    ),
    source="https://docs.github.com/en/actions/reference/workflows-and-actions/expressions#contains",
    **clauses(PIPELINES, "O4"),
)
def weak_gate() -> None:
    """The last actor is not the author, and `contains` over a text finds any part of it.

    A contributor is anyone with one merged change, and a label stays when its author pushes again.
    """


@file_check(
    id="wf.trigger.dispatch_any_branch",
    title="A run by hand gives no secrets to the code of any branch",
    severity=Severity.HIGH,
    remedy=("Put the job into an environment that only the default branch may deploy to, with its secrets in it.",),
    source="https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows#workflow_dispatch",
    **clauses(PIPELINES, "O5"),
)
def dispatch_any_branch() -> None:
    """Who dispatches names the branch whose file and code run: no review stands between a push and the secrets."""


@file_check(
    id="wf.oidc.id_token_pr",
    title="No job that a pull request reaches may ask for a cloud identity",
    severity=Severity.CRITICAL,
    remedy=(
        "Take `id-token: write` from the job, and ask for the identity in a job for the default branch, in an environment.",
    ),
    source="https://docs.github.com/en/actions/reference/security/oidc",
    **clauses(PIPELINES, "O4 O5"),
)
def identity_for_pull_requests() -> None:
    """Whoever runs commands in the job has its token, and is this workflow to every cloud that trusts the repository."""


@file_check(
    id="wf.ai.agent_untrusted",
    title="No language model acts on what strangers write, with rights",
    severity=Severity.CRITICAL,
    remedy=(
        "Let the agent run only for people who may write, with `contents: read` and no secret but its own key.",
        "Hand what it wrote to a second job that checks it before anything is changed.",
    ),
    source="https://github.com/anthropics/claude-code-action/blob/main/docs/security.md",
    **clauses(PIPELINES, "O4"),
)
def agent() -> None:
    """An issue or comment is text to the model, and text can be orders.

    Its tools act with the token and the secrets of the job.
    """
