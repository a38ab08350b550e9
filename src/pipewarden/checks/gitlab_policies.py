"""Checks about what files of a GitLab project give to pipelines beside pipelines: clusters, approvals, jobs of policies."""

from collections.abc import Iterator

from msgspec.structs import replace

from pipewarden.access.gitlab.levels import MAINTAINER, level_named
from pipewarden.access.gitlab.protected import matching
from pipewarden.access.view import Missing, NotApplicable, View
from pipewarden.checks.base import Hit, check
from pipewarden.checks.clauses import Section, clauses
from pipewarden.checks.files import Row, weak
from pipewarden.checks.gitlab_reading import DOCS, lowest, odd, rules
from pipewarden.model.facets import Facet
from pipewarden.model.facets_gitlab import GitLabFacet
from pipewarden.model.facts import Cause, Resource
from pipewarden.model.findings import Severity
from pipewarden.model.ids import Kind
from pipewarden.pipelines.files import PipelineKind, kind_of

PROJECTS = Section(("CM-3", "CM-5", "AC-5"), ("CC8.1",))
POLICY = "gl.ci.pipeline_policy"
_SOURCE = "source:"


@check(
    id="gl.ci.k8s_agent",
    title="An agent gives its cluster to the pipelines that need it",
    severity=Severity.HIGH,
    subject=Kind.WORKFLOW,
    needs=(Facet.REPO_WORKFLOWS,),
    remedy=(
        "Name projects instead of groups in `ci_access`, each with `protected_branches_only: true`.",
        "Give jobs an identity of their own in the cluster: `access_as: {ci_job: {}}`, with roles bound to it.",
    ),
    source=f"{DOCS}/user/clusters/agent/ci_cd_workflow/",
    **clauses(PROJECTS, "O5"),
)
def cluster(workflow: Resource, view: View) -> Iterator[Hit]:
    """Whoever may push a branch writes its jobs: they then do in the cluster whatever the agent may do."""
    del view
    _only(workflow, PipelineKind.GITLAB_AGENT)
    yield from weak(workflow, "gitlab", "gl.ci.k8s_agent")


@check(
    id="gl.mr.policy",
    title="Approval policies stop what they are there to stop",
    severity=Severity.HIGH,
    subject=Kind.WORKFLOW,
    needs=(Facet.REPO_WORKFLOWS,),
    remedy=(
        "Set `fallback_behavior: {fail: closed}` and leave out `enforcement_type: warn`.",
        "Take out of `bypass_settings`, exclusions and exceptions what is not needed any more.",
    ),
    source=f"{DOCS}/user/application_security/policies/merge_request_approval_policies/",
    **clauses(PROJECTS, "C1.1.3"),
)
def approvals(workflow: Resource, view: View) -> Iterator[Hit]:
    """A policy that only warns, or opens where no scan ran, is passed by leaving the scan out."""
    del view
    _only(workflow, PipelineKind.GITLAB_POLICY)
    yield from weak(workflow, "gitlab", "gl.mr.policy")


@check(
    id=POLICY,
    title="Nobody else changes or skips the jobs that a policy runs everywhere",
    severity=Severity.CRITICAL,
    subject=Kind.WORKFLOW,
    needs=(Facet.REPO_WORKFLOWS,),
    remedy=(
        "Let only Maintainers push and merge into the branch that holds the policy's jobs, or name a commit SHA as `ref`.",
        "Leave out `skip_ci` and `variables_override`, or allow single people and variables.",
    ),
    source=f"{DOCS}/user/application_security/policies/pipeline_execution_policies/",
    **clauses(PROJECTS, "O4"),
)
def execution(workflow: Resource, view: View) -> Iterator[Hit]:
    """Jobs of a policy run in every project it covers, with that project's secrets: who writes them writes all pipelines."""
    _only(workflow, PipelineKind.GITLAB_POLICY)
    rows: list[Row] = []
    missing: Missing | None = None
    for row in workflow.attributes.get("weaknesses") or ():
        try:
            says = _open_to(row, workflow, view) if row["check"] == f"{POLICY}.source" else ""
        except Missing as each:
            missing = each
            continue
        if says:
            rows.append({**row, "check": POLICY, "says": says, "reaches": ["secret:*"]})
    known = list(workflow.attributes.get("weaknesses") or ())
    yield from weak(replace(workflow, attributes={**workflow.attributes, "weaknesses": known + rows}), "gitlab", POLICY)
    if missing is not None:
        raise missing


def _only(workflow: Resource, kind: PipelineKind) -> None:
    """Raise NotApplicable for files of another kind."""
    if kind_of(str(workflow.attributes.get("path") or "")) is not kind:
        raise NotApplicable(f"no file of {kind.value.replace('_', ' ')}")


def _open_to(row: Row, workflow: Resource, view: View) -> str:
    """Say who below Maintainer changes the jobs of a policy; nothing where nobody does. Raises Missing where that was not read."""
    source = next(code for code in row["reaches"] if code.startswith(_SOURCE)).removeprefix(_SOURCE)
    name, _, ref = source.rpartition("@")
    project = next(
        (each for each in view.repositories() if each.name == name and each.ref.instance == workflow.ref.instance), None
    )
    place = f"{workflow.attributes.get('path')}:{row['line']}"
    if project is None:
        detail = f"{place}: who may write in {name}, which holds jobs of a policy, was not read"
        raise Missing(workflow.ref, Facet.REPO_WORKFLOWS, Cause.NOT_FOLLOWED, detail)
    view.need(project.ref, GitLabFacet.PROTECTED_BRANCHES)
    branch = ref or str(view.given(project, "default_branch", facet=GitLabFacet.PROJECTS))
    matched = matching(rules(view, project), branch)
    ways = [("push_access_levels", "push to"), ("merge_access_levels", "merge into")]
    if not matched and ref:  # no branch that a rule covers: it may be a tag
        view.need(project.ref, GitLabFacet.PROTECTED_TAGS)
        matched, ways = matching(rules(view, project, "tag"), ref), [("create_access_levels", "create")]
    if not matched:
        return f"every Developer of {name} changes {branch}, and with it the jobs of a policy"
    for field, does in ways:
        least = lowest(matched, field)
        if least is not None and least < MAINTAINER:
            return f"{level_named(least)}s of {name} may {does} {branch}, and so change the jobs of a policy"
        if odd(matched, field):
            detail = f"a rule of {name} has a line of a form that is not known"
            raise Missing(project.ref, GitLabFacet.PROTECTED_BRANCHES, Cause.UNEXPECTED, detail)
    return ""
