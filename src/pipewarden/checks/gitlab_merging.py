"""Checks about merge requests of GitLab: approvals, pipelines, threads."""

from collections.abc import Iterator

from pipewarden.access.view import View
from pipewarden.checks.base import Hit, check
from pipewarden.checks.clauses import clauses
from pipewarden.checks.gitlab_reading import DOCS, PROJECTS, living, setting
from pipewarden.model.facets_gitlab import GitLabFacet
from pipewarden.model.facts import Resource
from pipewarden.model.findings import Severity
from pipewarden.model.ids import Kind

APPROVALS_DOC = f"{DOCS}/user/project/merge_requests/approvals/settings/"

MERGING = "Settings > Merge requests > Merge checks"


@check(
    id="gl.mr.approvals",
    title="Merge requests need an approval",
    severity=Severity.HIGH,
    subject=Kind.REPOSITORY,
    needs=(GitLabFacet.PROJECTS, GitLabFacet.APPROVAL_RULES),
    remedy=("Ask for one approval at least: Settings > Merge requests > Approval rules.",),
    source=f"{DOCS}/user/project/merge_requests/approvals/rules/",
    **clauses(PROJECTS, "C1.1.3"),
)
def approvals(project: Resource, view: View) -> Iterator[Hit]:
    """A change that nobody else saw is as good as its author's session."""
    living(view, project)
    asked = setting(view, project, "approval_rules", facet=GitLabFacet.APPROVAL_RULES)
    if not any(row.get("approvals_required") for row in asked):
        yield Hit(says=f"merge requests of {project.name} need no approval")


@check(
    id="gl.mr.author",
    title="Authors do not approve their own merge requests",
    severity=Severity.MEDIUM,
    subject=Kind.REPOSITORY,
    needs=(GitLabFacet.PROJECTS, GitLabFacet.APPROVALS),
    remedy=("Turn on “Prevent approval by author”: Settings > Merge requests > Approval settings.",),
    source=APPROVALS_DOC,
    **clauses(PROJECTS, "C1.1.3 AC-5"),
)
def author(project: Resource, view: View) -> Iterator[Hit]:
    """An approval by the author is no second pair of eyes."""
    living(view, project)
    if setting(view, project, "approvals", "merge_requests_author_approval", facet=GitLabFacet.APPROVALS) is True:
        yield Hit(says=f"authors may approve their own merge requests in {project.name}")


@check(
    id="gl.mr.committer",
    title="Who added commits does not approve them",
    severity=Severity.LOW,
    subject=Kind.REPOSITORY,
    needs=(GitLabFacet.PROJECTS, GitLabFacet.APPROVALS),
    remedy=("Turn on “Prevent approvals by users who add commits”: Settings > Merge requests > Approval settings.",),
    source=APPROVALS_DOC,
    **clauses(PROJECTS, "C1.1.3 AC-5"),
)
def committer(project: Resource, view: View) -> Iterator[Hit]:
    """Who pushes to somebody's branch and then approves it has approved their own work."""
    living(view, project)
    if (
        setting(view, project, "approvals", "merge_requests_disable_committers_approval", facet=GitLabFacet.APPROVALS)
        is False
    ):
        yield Hit(says=f"who adds commits to a merge request of {project.name} may approve it")


@check(
    id="gl.mr.override",
    title="Approval rules cannot be changed in the merge request",
    severity=Severity.MEDIUM,
    subject=Kind.REPOSITORY,
    needs=(GitLabFacet.PROJECTS, GitLabFacet.APPROVALS),
    remedy=(
        "Turn on “Prevent editing approval rules in merge requests”: Settings > Merge requests > Approval settings.",
    ),
    source=APPROVALS_DOC,
    **clauses(PROJECTS, "C1.1.3"),
)
def override(project: Resource, view: View) -> Iterator[Hit]:
    """A rule that the author of a change may edit away guards against nobody."""
    living(view, project)
    if (
        setting(
            view, project, "approvals", "disable_overriding_approvers_per_merge_request", facet=GitLabFacet.APPROVALS
        )
        is False
    ):
        yield Hit(says=f"approval rules of {project.name} may be edited in each merge request")


@check(
    id="gl.mr.persist",
    title="An approval does not outlive new commits",
    severity=Severity.MEDIUM,
    subject=Kind.REPOSITORY,
    needs=(GitLabFacet.PROJECTS, GitLabFacet.APPROVALS),
    remedy=("Choose “Remove all approvals” when a commit is added: Settings > Merge requests > Approval settings.",),
    source=APPROVALS_DOC,
    **clauses(PROJECTS, "C1.1.4"),
)
def persist(project: Resource, view: View) -> Iterator[Hit]:
    """What was approved and what is merged are then two things: the last commit is seen by nobody."""
    living(view, project)
    reset = setting(view, project, "approvals", "reset_approvals_on_push", facet=GitLabFacet.APPROVALS)
    if reset is False:
        kept = view.attribute(project, "approvals", "selective_code_owner_removals", default=False) is True
        which = "approvals other than of code owners" if kept else "approvals"
        yield Hit(says=f"{which} of merge requests of {project.name} stay when commits are added")


@check(
    id="gl.mr.pipeline",
    title="Merging waits for the pipeline",
    severity=Severity.MEDIUM,
    subject=Kind.REPOSITORY,
    needs=(GitLabFacet.PROJECTS,),
    remedy=(f"Turn on “Pipelines must succeed”, and off “Skipped pipelines are considered successful”: {MERGING}.",),
    source=f"{DOCS}/user/project/merge_requests/auto_merge/#require-a-successful-pipeline-for-merge",
    **clauses(PROJECTS, "C1.1.9"),
)
def pipeline(project: Resource, view: View) -> Iterator[Hit]:
    """Tests and scanners that a merge does not wait for guard nothing."""
    living(view, project)
    if setting(view, project, "only_allow_merge_if_pipeline_succeeds", facet=GitLabFacet.PROJECTS) is False:
        yield Hit(says=f"merge requests of {project.name} may be merged while the pipeline fails")
    elif setting(view, project, "allow_merge_on_skipped_pipeline", facet=GitLabFacet.PROJECTS) is True:
        yield Hit(says=f"a skipped pipeline counts as a success in {project.name}")


@check(
    id="gl.mr.discussions",
    title="Threads are resolved before merging",
    severity=Severity.LOW,
    subject=Kind.REPOSITORY,
    needs=(GitLabFacet.PROJECTS,),
    remedy=(f"Turn on “All threads must be resolved”: {MERGING}.",),
    source=f"{DOCS}/user/project/merge_requests/#prevent-merge-unless-all-threads-are-resolved",
    **clauses(PROJECTS, "C1.1.11"),
)
def discussions(project: Resource, view: View) -> Iterator[Hit]:
    """An objection that nobody answered is merged over."""
    living(view, project)
    if setting(view, project, "only_allow_merge_if_all_discussions_are_resolved", facet=GitLabFacet.PROJECTS) is False:
        yield Hit(says=f"merge requests of {project.name} may be merged over open threads")


@check(
    id="gl.mr.signed",
    title="Push rules refuse unsigned commits and secrets",
    severity=Severity.LOW,
    subject=Kind.REPOSITORY,
    needs=(GitLabFacet.PROJECTS, GitLabFacet.PUSH_RULE),
    remedy=(
        "Turn on “Reject unsigned commits” and “Prevent pushing secret files”: Settings > Repository > Push rules.",
    ),
    source=f"{DOCS}/user/project/repository/push_rules/",
    **clauses(PROJECTS, "C1.1.12"),
)
def signed(project: Resource, view: View) -> Iterator[Hit]:
    """An author's name in a commit is a claim; a signature proves it. A key that was pushed is in the history for good."""
    living(view, project)
    rule = view.attribute(project, "push_rule", facet=GitLabFacet.PUSH_RULE) or {}
    missing = [
        says
        for name, says in (
            ("reject_unsigned_commits", "commits that nobody signed"),
            ("prevent_secrets", "files that hold keys"),
        )
        if rule.get(name) is not True and not (name == "prevent_secrets" and rule and name not in rule)
    ]
    if rule and not missing:
        view.given(project, "push_rule", "prevent_secrets", facet=GitLabFacet.PUSH_RULE)
    if missing:
        yield Hit(says=f"{project.name} takes {' and '.join(missing)}")


@check(
    id="gl.mr.status_check",
    title="External status checks are waited for",
    severity=Severity.MEDIUM,
    subject=Kind.REPOSITORY,
    needs=(GitLabFacet.PROJECTS, GitLabFacet.STATUS_CHECKS),
    remedy=(f"Turn on “Status checks must succeed”: {MERGING}.",),
    source=f"{DOCS}/user/project/merge_requests/status_checks/",
    **clauses(PROJECTS, "C1.1.9"),
)
def status_checks(project: Resource, view: View) -> Iterator[Hit]:
    """A check that a merge does not wait for is a notice."""
    living(view, project)
    if not setting(view, project, "status_checks", facet=GitLabFacet.STATUS_CHECKS):
        return
    if setting(view, project, "only_allow_merge_if_all_status_checks_passed", facet=GitLabFacet.PROJECTS) is False:
        yield Hit(says=f"merge requests of {project.name} may be merged while external checks fail")
