"""Checks about what a pipeline file of GitLab lets others do."""

from collections.abc import Iterator

from pipewarden.access.view import View
from pipewarden.checks.base import Hit, check
from pipewarden.checks.clauses import Section, clauses
from pipewarden.checks.file_checks import file_check
from pipewarden.checks.files import weak
from pipewarden.checks.gitlab_placing import missed, need_rules, overridable
from pipewarden.model.facets import Facet
from pipewarden.model.facts import Resource
from pipewarden.model.findings import Severity
from pipewarden.model.ids import Kind

PROJECTS = Section(("CM-3", "CM-5", "AC-5"), ("CC8.1",))
DOCS = "https://docs.gitlab.com/ci"


@file_check(
    id="gl.ci.inject",
    title="Text that somebody else writes is not run as commands",
    severity=Severity.HIGH,
    remedy=(
        "Use the variable as an argument in double quotes, outside of `eval`, `sh -c` and `ssh`.",
        "Where another shell needs the value, hand it over as an argument or through its environment.",
        "Give an input `options` or a `regex`, or copy it into a variable and use that.",
    ),
    source=f"{DOCS}/variables/#cicd-variable-security",
    **clauses(PROJECTS, "O4"),
)
def injected() -> None:
    """A shell takes a variable as data. What reads it a second time does not: a title or branch name becomes commands."""


@file_check(
    id="gl.ci.include_mutable",
    title="Nobody else can change a file or component that is part of the pipeline",
    severity=Severity.HIGH,
    remedy=(
        "Pin projects and components to a full commit SHA, and remote files with `integrity`.",
        "Copy what rarely changes into the repository and include it as a local file.",
    ),
    source=f"{DOCS}/components/#cicd-component-security-best-practices",
    **clauses(PROJECTS, "O3"),
)
def include_mutable() -> None:
    """Included text runs with all secrets of the pipeline. A branch or tag can be moved by its owner; a full SHA cannot."""


@file_check(
    id="gl.ci.image_unpinned",
    title="Images of jobs are fixed",
    severity=Severity.LOW,
    remedy=("Pin the image to its digest (`image:tag@sha256:…`) and let an updater move it.",),
    source=f"{DOCS}/docker/using_docker_images/",
    **clauses(PROJECTS, "O3"),
)
def image_unpinned() -> None:
    """Whoever can push to the registry decides what runs with the job's secrets; a digest names one content for ever."""


@file_check(
    id="gl.ci.debug",
    title="No job writes everything it does to its log",
    severity=Severity.HIGH,
    remedy=(
        "Take `CI_DEBUG_TRACE` and `CI_DEBUG_SERVICES` out of the file.",
        "Erase the logs of jobs that ran with it, and replace the secrets that these jobs held.",
    ),
    source=f"{DOCS}/variables/variables_troubleshooting/#enable-debug-logging",
    **clauses(PROJECTS, "O6"),
)
def debugging() -> None:
    """Debug logging prints all variables of the job. Masking misses what is encoded, split or not marked as masked."""


@file_check(
    id="gl.ci.curl_secret",
    title="No command sends a secret where others can read it",
    severity=Severity.MEDIUM,
    remedy=(
        "Send the secret in a header, over HTTPS, with the certificate checked.",
        "Replace a secret that went out in an address or without encryption.",
    ),
    source="https://docs.gitlab.com/api/rest/authentication/",
    **clauses(PROJECTS, "O6"),
)
def curl_secret() -> None:
    """Addresses are kept by logs and proxies; plain HTTP and unchecked certificates show the secret to whoever listens."""


@file_check(
    id="gl.ci.rules_trigger",
    title="A job runs once for each push to a merge request",
    severity=Severity.INFO,
    remedy=("Add `workflow: rules` that leave out branch pipelines while `$CI_OPEN_MERGE_REQUESTS` is set.",),
    source=f"{DOCS}/jobs/job_rules/#avoid-duplicate-pipelines",
    **clauses(PROJECTS),
)
def rules_trigger() -> None:
    """Two pipelines for one commit, with different variables: what is seen to pass may not be what deploys."""


@file_check(
    id="gl.ci.artifact_poison",
    title="Jobs take no files or variables that somebody else can make",
    severity=Severity.HIGH,
    remedy=(
        "Take `unprotect: true` out of the cache; name a protected branch in `needs:project`.",
        "Write only values of one line into a dotenv file: a commit's SHA, not its message.",
    ),
    source=f"{DOCS}/caching/#security",
    **clauses(PROJECTS, "O9"),
)
def artifact_poison() -> None:
    """Caches and files of unprotected branches hold what anybody with a branch put there; a protected job then runs it."""


@file_check(
    id="gl.env.dynamic",
    title="No name of a branch or tag chooses the environment",
    severity=Severity.HIGH,
    remedy=(
        "Put a fixed part before the variable, such as `review/$CI_COMMIT_REF_SLUG`.",
        "Protect the environments that hold secrets, so that only those who may deploy reach them.",
    ),
    source=f"{DOCS}/environments/#limit-the-environment-scope-of-a-cicd-variable",
    **clauses(PROJECTS, "O5"),
)
def environment_by_name() -> None:
    """A variable's scope is the environment's name: a branch called `production` is given what production holds."""


@check(
    id="gl.env.name_mismatch",
    title="Rules of production reach every job that deploys to it",
    severity=Severity.HIGH,
    subject=Kind.WORKFLOW,
    needs=(Facet.REPO_WORKFLOWS,),
    remedy=("Give the environment the tier `production`, and write its name the same in every job.",),
    source=f"{DOCS}/environments/protected_environments/#group-level-protected-environments",
    **clauses(PROJECTS, "C5.1.4"),
)
def name_mismatch(workflow: Resource, view: View) -> Iterator[Hit]:
    """Rules of a group guard a tier, rules of a project guard a name, letter by letter: another spelling has no guard."""
    found = list(weak(missed(workflow, view), "gitlab", "gl.env.name_mismatch"))
    yield from found
    if not found:
        need_rules(workflow, view)


@check(
    id="gl.var.override",
    title="Whoever starts a pipeline cannot set its variables",
    severity=Severity.LOW,
    subject=Kind.WORKFLOW,
    needs=(Facet.REPO_WORKFLOWS,),
    remedy=(
        "Write the environment's name into the job, one job for each environment.",
        "Set the project's minimum role for pipeline variables to maintainer, or to nobody.",
    ),
    source=f"{DOCS}/variables/#cicd-variable-precedence",
    **clauses(PROJECTS, "O5"),
)
def variable_override(workflow: Resource, view: View) -> Iterator[Hit]:
    """A variable given at the start of a pipeline wins over the file, and with the environment come its secrets."""
    yield from weak(overridable(workflow, view), "gitlab", "gl.var.override")


@file_check(
    id="gl.oidc.trust",
    title="Identities for other systems are not given to jobs of every branch",
    severity=Severity.HIGH,
    remedy=(
        "Limit the job to protected branches and give it a protected environment.",
        "Let the other system accept only that branch and environment in the token's claims.",
    ),
    source=f"{DOCS}/secrets/id_token_authentication/",
    **clauses(PROJECTS, "O5"),
)
def identity_anywhere() -> None:
    """Such a job works only where the other side accepts every branch, and then serves everybody who can push one."""
