"""Checks of Bitbucket pipelines: what stands between a branch and production, and whose code runs there."""

from pipewarden.checks.clauses import clauses
from pipewarden.checks.file_checks import file_check
from pipewarden.checks.workflow_rows import PIPELINES
from pipewarden.model.findings import Severity


@file_check(
    id="bb.deploy.any_branch",
    title="Production is not deployed from any branch by itself",
    severity=Severity.HIGH,
    remedy=(
        "Move the step under the branch that is released, or give it `trigger: manual`.",
        "Limit the environment to that branch: Repository settings > Deployments.",
    ),
    source="https://support.atlassian.com/bitbucket-cloud/docs/set-up-and-monitor-deployments/",
    **clauses(PIPELINES, "C5.2.1 O1"),
)
def deploy_any_branch() -> None:
    """Whoever may push any branch deploys it, with what the environment holds."""


@file_check(
    id="bb.deploy.none",
    title="A step that ships to production names its environment",
    severity=Severity.MEDIUM,
    remedy=("Add `deployment: production` to the step, and keep its variables in that environment.",),
    source="https://support.atlassian.com/bitbucket-cloud/docs/set-up-and-monitor-deployments/",
    **clauses(PIPELINES, "C5.2.1 O1"),
)
def deploy_none() -> None:
    """Who may deploy, from which branch, and the variables of production belong to the environment: without one none of it applies."""


@file_check(
    id="bb.oidc.any_branch",
    title="Identities for a cloud do not go to every branch",
    severity=Severity.MEDIUM,
    remedy=(
        "Give the step a `deployment`, and let the cloud trust that environment only.",
        "Keep `oidc: true` to the branches that need it.",
    ),
    source="https://support.atlassian.com/bitbucket-cloud/docs/integrate-pipelines-with-resource-servers-using-oidc/",
    **clauses(PIPELINES, "O2 O5"),
)
def oidc_any_branch() -> None:
    """The token names repository and environment. Without an environment the cloud cannot tell the main branch from any other."""


@file_check(
    id="bb.inject",
    title="Names that somebody chooses are not read by a second shell",
    severity=Severity.MEDIUM,
    remedy=(
        "Hand the value over as an argument or variable of its own, not inside the command.",
        "Give variables of custom pipelines `allowed-values`.",
    ),
    source="https://support.atlassian.com/bitbucket-cloud/docs/variables-and-secrets/",
    **clauses(PIPELINES, "O4"),
)
def inject() -> None:
    """A branch name or a variable inside `eval`, `sh -c` or `ssh` becomes commands, where the step holds more than its starter."""


@file_check(
    id="bb.pipe.moves",
    title="Pipes of others are pinned to a whole version",
    severity=Severity.MEDIUM,
    remedy=("Name the whole version of the pipe (`1.2.3`), or a digest.",),
    source="https://support.atlassian.com/bitbucket-cloud/docs/use-pipes-in-bitbucket-pipelines/",
    **clauses(PIPELINES, "O3"),
)
def pipe_moves() -> None:
    """A pipe is an image that runs with the variables it is given: whoever writes to that registry moves the tag."""


@file_check(
    id="bb.image.moves",
    title="Images of steps with secrets are fixed",
    severity=Severity.MEDIUM,
    remedy=("Pin the image to a digest (`image@sha256:…`), or at least to a whole version.",),
    source="https://support.atlassian.com/bitbucket-cloud/docs/use-docker-images-as-build-environments/",
    **clauses(PIPELINES, "O3"),
)
def image_moves() -> None:
    """Whoever writes to the registry moves the tag and runs inside the step."""


@file_check(
    id="bb.remote_script",
    title="No script from the network runs beside secrets",
    severity=Severity.HIGH,
    remedy=(
        "Download it at a fixed version, compare its checksum, and only then run it.",
        "Move it to a step that takes no secret.",
    ),
    source="https://support.atlassian.com/bitbucket-cloud/docs/variables-and-secrets/",
    **clauses(PIPELINES, "O3 O6"),
)
def remote_script() -> None:
    """Whoever holds that address, or the way to it, chooses what runs and reads what the step holds."""


@file_check(
    id="bb.runner.any_branch",
    title="Own runners do not take steps of every branch",
    severity=Severity.LOW,
    remedy=("Run branches on machines of Bitbucket, and keep your own runners to named branches.",),
    source="https://support.atlassian.com/bitbucket-cloud/docs/runners/",
    **clauses(PIPELINES, "O7"),
)
def runner_any_branch() -> None:
    """What one branch leaves on the machine waits for the next step, which may be a deployment."""
