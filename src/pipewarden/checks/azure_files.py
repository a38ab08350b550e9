"""Checks of Azure Pipelines files: whose text and code runs with connections, secrets and own machines."""

from pipewarden.checks.clauses import clauses
from pipewarden.checks.file_checks import file_check
from pipewarden.checks.sections import AZURE
from pipewarden.checks.workflow_rows import PIPELINES
from pipewarden.model.findings import Severity


@file_check(
    id="ado.pipe",
    title="An Azure pipeline keeps its containers fixed and its secret variables secret",
    severity=Severity.MEDIUM,
    remedy=(
        "Pin the container to a digest (`image@sha256:…`), and let an updater move it.",
        "Add `issecret=true` where a script sets a variable that holds a secret.",
    ),
    source="https://learn.microsoft.com/en-us/azure/devops/pipelines/process/container-phases",
    **clauses(AZURE, "O3 O6"),
)
def pipeline() -> None:
    """Whoever writes to the registry moves a tag and runs inside the job.

    A variable set without `issecret=true` stands in logs and in the environment of every later step.
    """


@file_check(
    id="ado.pipe.inject",
    title="Text that came in with a merge is not run as commands",
    severity=Severity.HIGH,
    remedy=(
        "Give the variable to the script through `env:` and read it there as the shell does, in double quotes.",
        "Leave it out of inline scripts where it is only printed.",
    ),
    source="https://learn.microsoft.com/en-us/azure/devops/pipelines/security/inputs",
    **clauses(PIPELINES, "O4"),
)
def inject() -> None:
    """The agent puts `$(name)` into a script before the shell reads it.

    A commit message or an author's name then becomes commands in the build of the main branch, with what that build holds.
    """


@file_check(
    id="ado.pipe.parameter",
    title="Whoever may start a pipeline does not thereby run commands of their own",
    severity=Severity.MEDIUM,
    remedy=(
        "Give the parameter fixed `values`, or the type `boolean` or `number`.",
        "Hand other text to the script through `env:`.",
    ),
    source="https://learn.microsoft.com/en-us/azure/devops/pipelines/security/inputs#parameters",
    **clauses(PIPELINES, "O4 O5"),
)
def parameter() -> None:
    """The text of a parameter is put into the script as it is: the right to queue a build becomes the right to use its secrets."""


@file_check(
    id="ado.pipe.fork_secrets",
    title="Builds of pull requests take no connections and secret files",
    severity=Severity.MEDIUM,
    remedy=(
        "Move the step to a pipeline that pull requests do not start, or put `ne(variables['Build.Reason'], 'PullRequest')` before it.",
        "Leave Make secrets available to builds of forks off: Pipeline > Triggers > Pull request validation.",
    ),
    source="https://learn.microsoft.com/en-us/azure/devops/pipelines/repos/github#contributions-from-forks",
    **clauses(PIPELINES, "O4 O6"),
)
def fork_secrets() -> None:
    """A pull request changes what its own build runs. Only one setting of the pipeline keeps these from forks."""


@file_check(
    id="ado.pipe.pr_pool",
    title="Code of pull requests does not run on your own pool",
    severity=Severity.MEDIUM,
    remedy=(
        "Build pull requests on Microsoft-hosted agents (`vmImage`), or on a pool that makes a new machine for each job.",
        "Require a comment of a team member before builds of forks start.",
    ),
    source="https://learn.microsoft.com/en-us/azure/devops/pipelines/security/misc#dont-use-self-hosted-agents-for-fork-builds",
    **clauses(PIPELINES, "O4 O7"),
)
def pull_request_pool() -> None:
    """A machine that is not thrown away keeps what a stranger's code left there for the next job."""


@file_check(
    id="ado.pipe.token_kept",
    title="The token of a checkout does not stay on disk",
    severity=Severity.LOW,
    remedy=(
        "Remove `persistCredentials`, and give the token to the one command that needs it.",
        "Take the right to contribute from the build service where nothing pushes.",
    ),
    source="https://learn.microsoft.com/en-us/azure/devops/pipelines/yaml-schema/steps-checkout",
    **clauses(PIPELINES, "O6"),
)
def token_kept() -> None:
    """Every later step, and every tool it starts, can read the token from the git configuration and push with it."""


@file_check(
    id="ado.pipe.template_moves",
    title="Templates from elsewhere are pinned to a commit",
    severity=Severity.MEDIUM,
    remedy=("Pin `ref` of the repository resource to a full commit.",),
    source="https://learn.microsoft.com/en-us/azure/devops/pipelines/process/templates#use-other-repositories",
    **clauses(PIPELINES, "O3"),
)
def template_moves() -> None:
    """A template decides every step. A branch or tag can be moved by whoever writes to that repository."""


@file_check(
    id="ado.pipe.remote_script",
    title="No script from the network runs beside secrets",
    severity=Severity.HIGH,
    remedy=(
        "Download it at a fixed version, compare its checksum, and only then run it.",
        "Move it to a job that takes no connection and no secret.",
    ),
    source="https://learn.microsoft.com/en-us/azure/devops/pipelines/security/overview",
    **clauses(PIPELINES, "O3 O6"),
)
def remote_script() -> None:
    """Whoever holds that address, or the way to it, chooses what runs and reads what the job holds."""


@file_check(
    id="ado.pipe.deploy_open",
    title="A job for production names its environment",
    severity=Severity.MEDIUM,
    remedy=(
        "Make it a deployment job with `environment:`, and put approvals and checks on that environment.",
        "Put checks on the service connection too.",
    ),
    source="https://learn.microsoft.com/en-us/azure/devops/pipelines/process/approvals",
    **clauses(PIPELINES, "C5.2.1 O1"),
)
def deploy_open() -> None:
    """Approvals, branch control and the record of who deployed belong to the environment: without one none of them applies."""
