"""Checks about what a Jenkinsfile lets others do: text run as commands, open approvals, code from elsewhere."""

from pipewarden.checks.clauses import JENKINS, clauses
from pipewarden.checks.file_checks import file_check
from pipewarden.model.findings import Severity

BOOK = "https://www.jenkins.io/doc/book"


@file_check(
    id="jk.file.inject",
    title="Text that others choose does not become part of a command",
    severity=Severity.HIGH,
    remedy=(
        "Put the command in single quotes and let the shell read the variable: sh 'build \"$VERSION\"'.",
        "Make a parameter that has few values a choice.",
    ),
    source=f"{BOOK}/pipeline/jenkinsfile/#string-interpolation",
    **clauses(JENKINS, "O4"),
)
def injected() -> None:
    """Groovy fills a double-quoted command before the shell sees it: a parameter or a title becomes commands."""


@file_check(
    id="jk.file.cred_echo",
    title="No credential's text is written into a command or the log",
    severity=Severity.HIGH,
    remedy=(
        "Put the command in single quotes, so that the shell reads the credential from its variable.",
        "Replace the credential where its text may have been in a log or a list of processes.",
    ),
    source=f"{BOOK}/pipeline/jenkinsfile/#interpolation-of-sensitive-environment-variables",
    **clauses(JENKINS, "O6"),
)
def credential_told() -> None:
    """Groovy writes the secret's own text into the command, where lists of processes and stored steps show it.

    Masking hides only the exact text: cut, encoded or quoted, the secret stands in the log.
    """


@file_check(
    id="jk.file.agent_any",
    title="Production credentials go only to machines that were chosen",
    severity=Severity.MEDIUM,
    remedy=("Give the stage an agent with a label that only machines for deployments carry.",),
    source=f"{BOOK}/security/controller-isolation/",
    **clauses(JENKINS, "O7"),
)
def any_agent() -> None:
    """With `agent any` the machine may be one that builds pull requests, or the controller itself.

    What an earlier build left there reads the credential.
    """


@file_check(
    id="jk.file.input_any",
    title="An approval before a deployment names who gives it",
    severity=Severity.HIGH,
    remedy=("Name a group as submitter of the input step: submitter: 'release-managers'.",),
    source="https://www.jenkins.io/doc/pipeline/steps/pipeline-input-step/",
    **clauses(JENKINS, "O1 AC-5"),
)
def open_input() -> None:
    """Without a submitter whoever may build the job answers the question: who started the run approves it."""


@file_check(
    id="jk.file.when_missing",
    title="Stages that deploy are limited to branches or tags",
    severity=Severity.HIGH,
    remedy=("Add a condition to the stage: when { branch 'main' }, with beforeAgent true.",),
    source=f"{BOOK}/pipeline/syntax/#when",
    **clauses(JENKINS, "O1"),
)
def unlimited_deployment() -> None:
    """A multibranch project builds each branch: without a condition a push to any of them deploys.

    Files that are not named Jenkinsfile and never speak of branches are taken to belong to one branch.
    """


@file_check(
    id="jk.lib.implicit",
    title="Shared libraries are taken at a fixed version",
    severity=Severity.HIGH,
    remedy=("Name a commit of the library, or a tag that is protected: @Library('name@COMMIT').",),
    source=f"{BOOK}/pipeline/shared-libraries/#library-versions",
    follows=False,
    **clauses(JENKINS, "O3 O4"),
)
def moving_library() -> None:
    """A library runs inside the pipeline, with its credentials, and often outside the sandbox.

    A branch changes with each push to it. A library without a version takes the one of the controller's settings,
    which the file does not tell: jk.ctl.lib_implicit judges these.
    """


@file_check(
    id="jk.lib.override",
    title="The file itself says which version of a library runs",
    severity=Severity.MEDIUM,
    remedy=(
        "Write the version of the library into the file.",
        "Switch off overriding the default version in the library's settings where no pipeline needs it.",
    ),
    source=f"{BOOK}/pipeline/shared-libraries/#library-versions",
    **clauses(JENKINS, "O3"),
)
def chosen_library() -> None:
    """A parameter or a branch's name that selects the version lets others run any commit of the library.

    Whether the controller lets files choose at all is judged by jk.ctl.lib_override.
    """


@file_check(
    id="jk.sbx.approvals",
    title="Pipelines stay inside the sandbox",
    severity=Severity.HIGH,
    remedy=(
        "Move the call into a step of a shared library that does only this.",
        "Withdraw the approval of the signature in Manage Jenkins > In-process Script Approval.",
    ),
    source=f"{BOOK}/managing/script-approval/",
    follows=False,
    **clauses(JENKINS, "O4"),
)
def beyond_the_sandbox() -> None:
    """An approved signature is approved for every pipeline, and some give the whole controller away.

    Whoever edits any Jenkinsfile can then call it too.
    """


@file_check(
    id="jk.job.remote_trigger",
    title="The token that starts a pipeline is not in its file",
    severity=Severity.MEDIUM,
    remedy=("Replace the token by tokenCredentialId, and make a new one: the old is in the history.",),
    source="https://plugins.jenkins.io/generic-webhook-trigger/",
    follows=False,
    **clauses(JENKINS, "O4"),
)
def token_in_file() -> None:
    """Whoever has the token starts the pipeline without an account, with values of their own choice.

    A token that stands in a job's settings and not in its file is judged by jk.job.auth_token.
    """


@file_check(
    id="jk.cred.reach",
    title="It is known which credentials a pipeline takes, and who decides",
    severity=Severity.INFO,
    remedy=(
        "Keep production credentials in a folder of their own, whose jobs build protected branches alone.",
        "Let code owners review changes of the Jenkinsfile.",
    ),
    source=f"{BOOK}/using/using-credentials/",
    **clauses(JENKINS, "O5 AC-6"),
)
def credentials_reached() -> None:
    """A build may use each credential that its folder sees: who edits the file chooses what is done with them."""
