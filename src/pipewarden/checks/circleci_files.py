"""Checks of CircleCI configurations: whose text and code runs with contexts and own machines."""

from collections.abc import Iterator

from pipewarden.access.view import View
from pipewarden.checks.base import Hit, check
from pipewarden.checks.clauses import clauses
from pipewarden.checks.files import weak
from pipewarden.checks.workflow_rows import PIPELINES
from pipewarden.model.facets import Facet
from pipewarden.model.facts import Resource
from pipewarden.model.findings import Severity
from pipewarden.model.ids import Kind


@check(
    id="cc.inject",
    title="Text that others choose is not run as commands",
    severity=Severity.HIGH,
    subject=Kind.WORKFLOW,
    needs=(Facet.REPO_WORKFLOWS,),
    remedy=("Give the value to the step under `environment:`, and read it there as a variable in double quotes.",),
    source="https://circleci.com/docs/reference/variables/#pipeline-values",
    **clauses(PIPELINES, "O4"),
)
def inject(workflow: Resource, view: View) -> Iterator[Hit]:
    """A value of the pipeline is put into the command before the shell reads it: a title becomes commands."""
    del view
    yield from weak(workflow, "circleci", "cc.inject")


@check(
    id="cc.parameter",
    title="Whoever may start a pipeline on a branch does not thereby run commands of their own",
    severity=Severity.MEDIUM,
    subject=Kind.WORKFLOW,
    needs=(Facet.REPO_WORKFLOWS,),
    remedy=("Give the parameter the type `enum` or `boolean`, or hand its text to the step under `environment:`.",),
    source="https://circleci.com/docs/reference/variables/#pipeline-values",
    **clauses(PIPELINES, "O4 O5"),
)
def parameter(workflow: Resource, view: View) -> Iterator[Hit]:
    """A pipeline that is started over the API on a guarded branch runs what its parameters say, with its contexts.

    No review of that branch has seen it.
    """
    del view
    yield from weak(workflow, "circleci", "cc.parameter")


@check(
    id="cc.orb.moves",
    title="Orbs are pinned to a whole version",
    severity=Severity.MEDIUM,
    subject=Kind.WORKFLOW,
    needs=(Facet.REPO_WORKFLOWS,),
    remedy=("Name the whole version of the orb (`1.2.3`).",),
    source="https://circleci.com/docs/orbs/use/orb-intro/#semantic-versioning",
    **clauses(PIPELINES, "O3"),
)
def orb_moves(workflow: Resource, view: View) -> Iterator[Hit]:
    """An orb runs inside the job with all its variables. `volatile`, `dev:` and part of a version follow whatever is published next."""
    del view
    yield from weak(workflow, "circleci", "cc.orb.moves")


@check(
    id="cc.context.any_branch",
    title="Contexts for releases do not go to every branch",
    severity=Severity.MEDIUM,
    subject=Kind.WORKFLOW,
    needs=(Facet.REPO_WORKFLOWS,),
    remedy=(
        "Limit the job with `filters: branches: only`, or put an approval job before it.",
        "Restrict the context itself to groups and branches: Organization Settings > Contexts > Restrictions.",
    ),
    source="https://circleci.com/docs/guides/security/contexts/#restrict-a-context",
    **clauses(PIPELINES, "C5.2.1 O1 O5"),
)
def context_any_branch(workflow: Resource, view: View) -> Iterator[Hit]:
    """Every push runs the job, one by a bot or of a half-read change too, and each gets what the context holds."""
    del view
    yield from weak(workflow, "circleci", "cc.context.any_branch")


@check(
    id="cc.image.moves",
    title="Images of jobs with contexts are fixed",
    severity=Severity.MEDIUM,
    subject=Kind.WORKFLOW,
    needs=(Facet.REPO_WORKFLOWS,),
    remedy=("Pin the image to a digest (`image@sha256:…`), or at least to a whole version.",),
    source="https://circleci.com/docs/guides/execution-managed/using-docker/#docker-image-best-practices",
    **clauses(PIPELINES, "O3"),
)
def image_moves(workflow: Resource, view: View) -> Iterator[Hit]:
    """Whoever writes to the registry moves the tag and runs inside the job."""
    del view
    yield from weak(workflow, "circleci", "cc.image.moves")


@check(
    id="cc.remote_script",
    title="No script from the network runs beside secrets",
    severity=Severity.HIGH,
    subject=Kind.WORKFLOW,
    needs=(Facet.REPO_WORKFLOWS,),
    remedy=(
        "Download it at a fixed version, compare its checksum, and only then run it.",
        "Move it to a job without a context.",
    ),
    source="https://circleci.com/docs/guides/security/security-recommendations/",
    **clauses(PIPELINES, "O3 O6"),
)
def remote_script(workflow: Resource, view: View) -> Iterator[Hit]:
    """Whoever holds that address, or the way to it, chooses what runs and reads what the job holds."""
    del view
    yield from weak(workflow, "circleci", "cc.remote_script")


@check(
    id="cc.runner.any_branch",
    title="Own runners do not take jobs of every branch",
    severity=Severity.LOW,
    subject=Kind.WORKFLOW,
    needs=(Facet.REPO_WORKFLOWS,),
    remedy=(
        "Run branches on machines of CircleCI, and keep your own to named branches.",
        "Let the runner make a new machine or container for each job.",
    ),
    source="https://circleci.com/docs/guides/execution-runner/runner-overview/",
    **clauses(PIPELINES, "O7"),
)
def runner_any_branch(workflow: Resource, view: View) -> Iterator[Hit]:
    """What one branch leaves on the machine waits for the next job. Where pull requests of forks are built, strangers push too."""
    del view
    yield from weak(workflow, "circleci", "cc.runner.any_branch")
