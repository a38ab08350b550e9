"""Checks of CircleCI configurations: whose text and code runs with contexts and own machines."""

from pipewarden.checks.clauses import clauses
from pipewarden.checks.file_checks import file_check
from pipewarden.checks.workflow_rows import PIPELINES
from pipewarden.model.findings import Severity


@file_check(
    id="cc.inject",
    title="Text that others choose is not run as commands",
    severity=Severity.HIGH,
    remedy=("Give the value to the step under `environment:`, and read it there as a variable in double quotes.",),
    source="https://circleci.com/docs/reference/variables/#pipeline-values",
    **clauses(PIPELINES, "O4"),
)
def inject() -> None:
    """A value of the pipeline is put into the command before the shell reads it: a title becomes commands."""


@file_check(
    id="cc.parameter",
    title="Whoever may start a pipeline on a branch does not thereby run commands of their own",
    severity=Severity.MEDIUM,
    remedy=("Give the parameter the type `enum` or `boolean`, or hand its text to the step under `environment:`.",),
    source="https://circleci.com/docs/reference/variables/#pipeline-values",
    **clauses(PIPELINES, "O4 O5"),
)
def parameter() -> None:
    """A pipeline that is started over the API on a guarded branch runs what its parameters say, with its contexts.

    No review of that branch has seen it.
    """


@file_check(
    id="cc.orb.moves",
    title="Orbs are pinned to a whole version",
    severity=Severity.MEDIUM,
    remedy=("Name the whole version of the orb (`1.2.3`).",),
    source="https://circleci.com/docs/orbs/use/orb-intro/#semantic-versioning",
    **clauses(PIPELINES, "O3"),
)
def orb_moves() -> None:
    """An orb runs inside the job with all its variables. `volatile`, `dev:` and part of a version follow whatever is published next."""


@file_check(
    id="cc.context.any_branch",
    title="Contexts for releases do not go to every branch",
    severity=Severity.MEDIUM,
    remedy=(
        "Limit the job with `filters: branches: only`, or put an approval job before it.",
        "Restrict the context itself to groups and branches: Organization Settings > Contexts > Restrictions.",
    ),
    source="https://circleci.com/docs/guides/security/contexts/#restrict-a-context",
    **clauses(PIPELINES, "C5.2.1 O1 O5"),
)
def context_any_branch() -> None:
    """Every push runs the job, one by a bot or of a half-read change too, and each gets what the context holds."""


@file_check(
    id="cc.image.moves",
    title="Images of jobs with contexts are fixed",
    severity=Severity.MEDIUM,
    remedy=("Pin the image to a digest (`image@sha256:…`), or at least to a whole version.",),
    source="https://circleci.com/docs/guides/execution-managed/using-docker/#docker-image-best-practices",
    **clauses(PIPELINES, "O3"),
)
def image_moves() -> None:
    """Whoever writes to the registry moves the tag and runs inside the job."""


@file_check(
    id="cc.remote_script",
    title="No script from the network runs beside secrets",
    severity=Severity.HIGH,
    remedy=(
        "Download it at a fixed version, compare its checksum, and only then run it.",
        "Move it to a job without a context.",
    ),
    source="https://circleci.com/docs/guides/security/security-recommendations/",
    **clauses(PIPELINES, "O3 O6"),
)
def remote_script() -> None:
    """Whoever holds that address, or the way to it, chooses what runs and reads what the job holds."""


@file_check(
    id="cc.runner.any_branch",
    title="Own runners do not take jobs of every branch",
    severity=Severity.LOW,
    remedy=(
        "Run branches on machines of CircleCI, and keep your own to named branches.",
        "Let the runner make a new machine or container for each job.",
    ),
    source="https://circleci.com/docs/guides/execution-runner/runner-overview/",
    **clauses(PIPELINES, "O7"),
)
def runner_any_branch() -> None:
    """What one branch leaves on the machine waits for the next job. Where pull requests of forks are built, strangers push too."""
