"""Checks about strangers' text and files that travel inside workflows: into environments, other jobs, caches, workspaces."""

from collections.abc import Iterable

from pipewarden.access.view import View
from pipewarden.checks.base import Hit, check
from pipewarden.checks.clauses import clauses
from pipewarden.checks.workflow_rows import PIPELINES, spoken_of, told
from pipewarden.model.facets import Facet
from pipewarden.model.facts import Resource
from pipewarden.model.findings import Severity
from pipewarden.model.ids import Kind


@check(
    id="wf.inject.github_env",
    title="No stranger's text sets the environment of later steps",
    severity=Severity.HIGH,
    subject=Kind.WORKFLOW,
    among=spoken_of,
    needs=(Facet.REPO_WORKFLOWS,),
    remedy=("Write only checked values to `GITHUB_ENV` and `GITHUB_PATH`: one line, of known characters.",),
    source="https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#setting-an-environment-variable",
    **clauses(PIPELINES, "O4"),
)
def environment_file(workflow: Resource, view: View) -> Iterable[Hit]:
    """One more line in the text is one more variable, and variables such as `LD_PRELOAD` or `NODE_OPTIONS` run code."""
    return told(workflow, view, "wf.inject.github_env", Severity.HIGH)


@check(
    id="wf.inject.cross_job",
    title="Text that a stranger writes does not run in another job or workflow",
    severity=Severity.HIGH,
    subject=Kind.WORKFLOW,
    among=spoken_of,
    needs=(Facet.REPO_WORKFLOWS,),
    remedy=("Hand the output or input over in an `env:` variable where it is used, and use the variable, quoted.",),
    source="https://docs.github.com/en/actions/concepts/security/script-injections",
    **clauses(PIPELINES, "O4"),
)
def across_jobs(workflow: Resource, view: View) -> Iterable[Hit]:
    """The job that reads the text is harmless by itself.

    The one that puts it into a script is in another place, where nobody expects it.
    """
    return told(workflow, view, "wf.inject.cross_job", Severity.HIGH)


@check(
    id="wf.inject.action_ref",
    title="No expression chooses which code runs",
    severity=Severity.CRITICAL,
    subject=Kind.WORKFLOW,
    among=spoken_of,
    needs=(Facet.REPO_WORKFLOWS,),
    remedy=("Name the action or image as fixed text, and choose among several with `if:`.",),
    source="https://docs.github.com/en/actions/reference/workflows-and-actions/contexts#context-availability",
    **clauses(PIPELINES, "O3"),
)
def computed_code(workflow: Resource, view: View) -> Iterable[Hit]:
    """Who chooses the name chooses the code. In `uses:` GitHub takes no expression; in an image's name it does."""
    return told(workflow, view, "wf.inject.action_ref", Severity.CRITICAL)


@check(
    id="wf.artifact.unsafe_unzip",
    title="A stranger's artifact is not unpacked over the checked-out code",
    severity=Severity.HIGH,
    subject=Kind.WORKFLOW,
    among=spoken_of,
    needs=(Facet.REPO_WORKFLOWS,),
    remedy=("Give the download a `path` under `runner.temp`, and copy only what was checked.",),
    source="https://securitylab.github.com/resources/github-actions-preventing-pwn-requests/",
    **clauses(PIPELINES, "O9"),
)
def unpacked_over(workflow: Resource, view: View) -> Iterable[Hit]:
    """Files of the artifact replace files of the repository: a script, a configuration, a hook that a later step uses."""
    return told(workflow, view, "wf.artifact.unsafe_unzip", Severity.HIGH)


@check(
    id="wf.cache.poison",
    title="Jobs with rights restore no cache that a stranger's run can fill",
    severity=Severity.HIGH,
    subject=Kind.WORKFLOW,
    among=spoken_of,
    needs=(Facet.REPO_WORKFLOWS,),
    remedy=("Restore no cache in jobs that publish, or give their keys a prefix that no run for strangers writes.",),
    source="https://docs.github.com/en/actions/reference/workflows-and-actions/dependency-caching#restrictions-for-accessing-a-cache",
    **clauses(PIPELINES, "O9"),
)
def poisoned_cache(workflow: Resource, view: View) -> Iterable[Hit]:
    """A privileged run for a stranger writes to the cache of the default branch.

    What it leaves there runs in the release.
    """
    return told(workflow, view, "wf.cache.poison", Severity.HIGH)
