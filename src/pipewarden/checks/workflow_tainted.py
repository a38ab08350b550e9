"""Checks about strangers' text and files that travel inside workflows: into environments, other jobs, caches, workspaces."""

from pipewarden.checks.clauses import clauses
from pipewarden.checks.file_checks import file_check
from pipewarden.checks.workflow_rows import PIPELINES
from pipewarden.model.findings import Severity


@file_check(
    id="wf.inject.github_env",
    title="No stranger's text sets the environment of later steps",
    severity=Severity.HIGH,
    remedy=("Write only checked values to `GITHUB_ENV` and `GITHUB_PATH`: one line, of known characters.",),
    source="https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#setting-an-environment-variable",
    **clauses(PIPELINES, "O4"),
)
def environment_file() -> None:
    """One more line in the text is one more variable, and variables such as `LD_PRELOAD` or `NODE_OPTIONS` run code."""


@file_check(
    id="wf.inject.cross_job",
    title="Text that a stranger writes does not run in another job or workflow",
    severity=Severity.HIGH,
    remedy=("Hand the output or input over in an `env:` variable where it is used, and use the variable, quoted.",),
    source="https://docs.github.com/en/actions/concepts/security/script-injections",
    **clauses(PIPELINES, "O4"),
)
def across_jobs() -> None:
    """The job that reads the text is harmless by itself.

    The one that puts it into a script is in another place, where nobody expects it.
    """


@file_check(
    id="wf.inject.action_ref",
    title="No expression chooses which code runs",
    severity=Severity.CRITICAL,
    remedy=("Name the action or image as fixed text, and choose among several with `if:`.",),
    source="https://docs.github.com/en/actions/reference/workflows-and-actions/contexts#context-availability",
    **clauses(PIPELINES, "O3"),
)
def computed_code() -> None:
    """Who chooses the name chooses the code. In `uses:` GitHub takes no expression; in an image's name it does."""


@file_check(
    id="wf.artifact.unsafe_unzip",
    title="A stranger's artifact is not unpacked over the checked-out code",
    severity=Severity.HIGH,
    remedy=("Give the download a `path` under `runner.temp`, and copy only what was checked.",),
    source="https://securitylab.github.com/resources/github-actions-preventing-pwn-requests/",
    **clauses(PIPELINES, "O9"),
)
def unpacked_over() -> None:
    """Files of the artifact replace files of the repository: a script, a configuration, a hook that a later step uses."""


@file_check(
    id="wf.cache.poison",
    title="Jobs with rights restore no cache that a stranger's run can fill",
    severity=Severity.HIGH,
    remedy=("Restore no cache in jobs that publish, or give their keys a prefix that no run for strangers writes.",),
    source="https://docs.github.com/en/actions/reference/workflows-and-actions/dependency-caching#restrictions-for-accessing-a-cache",
    **clauses(PIPELINES, "O9"),
)
def poisoned_cache() -> None:
    """A privileged run for a stranger writes to the cache of the default branch.

    What it leaves there runs in the release.
    """
