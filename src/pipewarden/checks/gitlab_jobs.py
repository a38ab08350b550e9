"""Checks about what jobs of GitLab are given: job tokens, runners, whose pipeline runs."""

from collections.abc import Iterator

from pipewarden.access.gitlab.runners import Runners
from pipewarden.access.view import Missing, NotApplicable, View
from pipewarden.checks.base import Hit, check
from pipewarden.checks.clauses import clauses
from pipewarden.checks.gitlab_reading import DOCS, PROJECTS, built, setting, untold
from pipewarden.checks.once import once
from pipewarden.checks.reading import listed
from pipewarden.model.facets_gitlab import GitLabFacet
from pipewarden.model.facts import Cause, Resource
from pipewarden.model.findings import Severity
from pipewarden.model.ids import Kind

JOB_TOKEN_DOC = f"{DOCS}/ci/jobs/ci_job_token/"


@check(
    id="gl.job.inbound",
    title="Job tokens of other projects are let in by name alone",
    severity=Severity.CRITICAL,
    subject=Kind.REPOSITORY,
    needs=(GitLabFacet.PROJECTS, GitLabFacet.JOB_TOKEN),
    remedy=(
        "Limit it to “This project and any groups and projects in the allowlist”: Settings > CI/CD > Job token permissions.",
    ),
    source=f"{JOB_TOKEN_DOC}#control-job-token-access-to-your-project",
    **clauses(PROJECTS, "O5"),
)
def job_inbound(project: Resource, view: View) -> Iterator[Hit]:
    """A job acts as the person who started it: without the list, any project whose pipeline a member runs comes in as them."""
    built(view, project)
    if setting(view, project, "job_token_scope", "inbound_enabled", facet=GitLabFacet.JOB_TOKEN) is False:
        yield Hit(says=f"jobs of any project come into {project.name} as whoever started them")


@check(
    id="gl.job.allow_group",
    title="No whole group is let in with its jobs' tokens",
    severity=Severity.HIGH,
    subject=Kind.REPOSITORY,
    needs=(GitLabFacet.PROJECTS, GitLabFacet.JOB_TOKEN),
    remedy=(
        "List the projects that need it instead, each with fine-grained permissions: Settings > CI/CD > Job token permissions.",
    ),
    source=f"{JOB_TOKEN_DOC}#add-a-group-or-project-to-the-job-token-allowlist",
    **clauses(PROJECTS, "O5"),
)
def job_group(project: Resource, view: View) -> Iterator[Hit]:
    """A group lets in every project that it will ever hold, made by whoever may make one there."""
    built(view, project)
    groups = [
        row
        for row in setting(view, project, "job_token_scope", "groups", facet=GitLabFacet.JOB_TOKEN)
        if row.get("default_permissions") is not False
    ]
    if groups:
        names = listed(row["name"] for row in groups)
        yield Hit(says=f"{project.name} lets in the jobs of every project of {names}")


@check(
    id="gl.job.push",
    title="Jobs do not push with their token",
    severity=Severity.HIGH,
    subject=Kind.REPOSITORY,
    needs=(GitLabFacet.PROJECTS,),
    remedy=("Turn off “Allow Git push requests to the repository”: Settings > CI/CD > Job token permissions.",),
    source=f"{JOB_TOKEN_DOC}#allow-git-push-requests-to-your-project-repository",
    **clauses(PROJECTS, "O5"),
)
def job_push(project: Resource, view: View) -> Iterator[Hit]:
    """Whoever gets a command into a job then changes the code with the rights of whoever started it."""
    built(view, project)
    if setting(view, project, "ci_push_repository_for_job_token_allowed", facet=GitLabFacet.PROJECTS) is True:
        yield Hit(says=f"jobs of {project.name} may push to it as whoever started them")


@check(
    id="gl.ci.fork_mr",
    title="Merge requests of forks run no pipelines in the project itself",
    severity=Severity.CRITICAL,
    subject=Kind.REPOSITORY,
    needs=(GitLabFacet.PROJECTS,),
    remedy=("Set ci_allow_fork_pipelines_to_run_in_parent_project to false: PUT /projects/{id}.",),
    source=f"{DOCS}/ci/pipelines/merge_request_pipelines/#run-pipelines-in-the-parent-project",
    **clauses(PROJECTS, "O4"),
)
def fork_pipelines(project: Resource, view: View) -> Iterator[Hit]:
    """A member who starts the pipeline of a fork's merge request runs a stranger's code with the project's variables."""
    built(view, project)
    if setting(view, project, "ci_allow_fork_pipelines_to_run_in_parent_project", facet=GitLabFacet.PROJECTS) is True:
        yield Hit(says=f"merge requests from forks may run their pipeline inside {project.name}")


@check(
    id="gl.ci.public",
    title="Jobs and their logs are for members alone",
    severity=Severity.MEDIUM,
    subject=Kind.REPOSITORY,
    needs=(GitLabFacet.PROJECTS,),
    remedy=("Turn off “Project-based pipeline visibility”: Settings > CI/CD > General pipelines.",),
    source=f"{DOCS}/ci/pipelines/settings/#change-which-users-can-view-your-pipelines",
    **clauses(PROJECTS, "O6"),
)
def public_jobs(project: Resource, view: View) -> Iterator[Hit]:
    """Logs and artifacts show more than was meant; of a public project anybody reads them."""
    built(view, project)
    public = view.given(project, "visibility", facet=GitLabFacet.PROJECTS) in {"public", "internal"}
    if public and setting(view, project, "public_jobs", facet=GitLabFacet.PROJECTS) is True:
        yield Hit(says=f"logs and artifacts of jobs of {project.name} are read by whoever sees the project")


@check(
    id="gl.ci.autodevops",
    title="No project runs a pipeline that nobody wrote",
    severity=Severity.MEDIUM,
    subject=Kind.REPOSITORY,
    needs=(GitLabFacet.PROJECTS,),
    remedy=("Turn off “Default to Auto DevOps pipeline”: Settings > CI/CD > Auto DevOps.",),
    source=f"{DOCS}/topics/autodevops/",
    **clauses(PROJECTS, "O7"),
)
def auto_devops(project: Resource, view: View) -> Iterator[Hit]:
    """What it runs comes with GitLab's version, and is given the project's variables; a project's own file turns it off."""
    built(view, project)
    if setting(view, project, "auto_devops_enabled", facet=GitLabFacet.PROJECTS) is not True:
        return
    if any(view.inside(project.ref, Kind.WORKFLOW)):
        raise NotApplicable(f"{project.name} has a pipeline of its own")
    view.need(project.ref, GitLabFacet.FILES)
    outer = [view.find(ref) for ref in view.around(project.ref)]
    by = next((each for each in outer if each and each.attributes.get("auto_devops_enabled") is True), None)
    where = f", switched on for {by.name}" if by is not None else ""
    yield Hit(says=f"{project.name} has no pipeline file and runs Auto DevOps{where}")


@check(
    id="gl.ci.config_path",
    title="A project's pipeline lies in the project",
    severity=Severity.HIGH,
    subject=Kind.REPOSITORY,
    needs=(GitLabFacet.PROJECTS,),
    remedy=("Move the file into the project, or name a project that fewer people may push to: Settings > CI/CD.",),
    source=f"{DOCS}/ci/pipelines/settings/#specify-a-custom-cicd-configuration-file",
    **clauses(PROJECTS, "O4"),
)
def config_path(project: Resource, view: View) -> Iterator[Hit]:
    """Whoever can write the file elsewhere decides what runs here, with this project's variables."""
    built(view, project)
    path = str(view.attribute(project, "ci_config_path", default="") or "")
    if "@" in path or "://" in path:
        where = path.partition("@")[2] or path.partition("://")[2].partition("/")[0]
        yield Hit(says=f"the pipeline of {project.name} is taken from {where}")


@once
def _runners(view: View) -> Runners:
    return Runners(view.snapshot)


@check(
    id="gl.run.shared",
    title="Runners take only the jobs that are meant for them",
    severity=Severity.HIGH,
    subject=Kind.RUNNER,
    remedy=("Set the runner to “Protected”, lock it to its projects, and give it tags.",),
    source=f"{DOCS}/ci/runners/configure_runners/",
    **clauses(PROJECTS, "O7"),
)
def runner_open(runner: Resource, view: View) -> Iterator[Hit]:
    """A runner of the instance or of a group runs commands of everybody who can push anywhere in it, side by side."""
    kind = view.given(runner, "runner_type")
    if kind == "project_type":
        return
    protected = _runners(view).protected(runner)
    if protected is None:
        facet = GitLabFacet.RUNNER_LEVELS
        untold(view, runner, facet)
        raise Missing(runner.ref, facet, Cause.MISSING_FIELD, f"whose jobs {runner.name} takes was not told")
    if not protected:
        whose = "the instance" if kind == "instance_type" else "its group"
        yield Hit(
            says=f"the runner {runner.name.rpartition('/')[2]} runs jobs of every branch of every project of {whose}"
        )
