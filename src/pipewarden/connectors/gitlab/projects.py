"""Projects: settings, direct members, and the groups invited into them.

https://docs.gitlab.com/api/projects/
"""

from collections.abc import Iterator, Mapping
from typing import Any

from pipewarden.access.gitlab.levels import PUBLIC
from pipewarden.connectors.answers import picked
from pipewarden.connectors.gitlab.members import project_members
from pipewarden.connectors.gitlab.run import Run, named
from pipewarden.connectors.gitlab.shapes import PROJECT_SETTINGS
from pipewarden.connectors.gitlab.shares import Invited, share_facts, shares_of
from pipewarden.connectors.shapes import sound
from pipewarden.model.facets_gitlab import GitLabFacet
from pipewarden.model.facts import AnyFact, Cause, Grant, GrantKind, Group, Resource, Role
from pipewarden.model.ids import Kind, everyone

SETTINGS = (
    "visibility",
    "default_branch",
    "archived",
    "ci_config_path",
    "only_allow_merge_if_pipeline_succeeds",
    "allow_merge_on_skipped_pipeline",
    "only_allow_merge_if_all_discussions_are_resolved",
    "only_allow_merge_if_all_status_checks_passed",
    "public_jobs",
    "shared_runners_enabled",
    "group_runners_enabled",
    "auto_devops_enabled",
    "ci_allow_fork_pipelines_to_run_in_parent_project",
    "ci_push_repository_for_job_token_allowed",
    "ci_pipeline_variables_minimum_override_role",
    "restrict_user_defined_variables",
    "ci_job_token_scope_enabled",
    "ci_forward_deployment_enabled",
    "ci_id_token_sub_claim_components",
    "builds_access_level",
    "merge_requests_access_level",
    "repository_access_level",
    "mirror",
    "mirror_trigger_builds",
    "allow_pipeline_trigger_approve_deployment",
    "last_activity_at",
    "created_at",
    "creator_id",
    "empty_repo",
    "approvals_before_merge",
    "merge_trains_enabled",
    "squash_option",
)
"""`runners_token` is a credential and never among them."""


UNTOLD = {
    "archived": "whether the project is archived was not told",
    "visibility": "to whom the project is visible was not told",
}
"""What is said where a field on which everything rests is absent."""

LOCK_UNTOLD = "share_with_group_lock of the group was not told"


class Project:
    """A project that was listed."""

    def __init__(self, run: Run, row: Mapping[str, Any]) -> None:
        self.id = str(row["id"])
        self.path = named(row, "path_with_namespace", "path", "name")
        self.ref = run.ref(Kind.REPOSITORY, self.id)
        namespace = row.get("namespace")
        self.group = str(namespace["id"]) if isinstance(namespace, dict) and namespace.get("kind") == "group" else ""
        branch_name = row.get("default_branch")
        self.default_branch: str = branch_name if isinstance(branch_name, str) else ""
        self.row = row


def project_facts(run: Run, project: Project, endpoint: str) -> Iterator[AnyFact]:
    """Yield a project, its default branch, and what anybody has on it where its repository is public."""
    row, origin = project.row, run.origin(endpoint)
    attributes = sound(picked(row, *SETTINGS), PROJECT_SETTINGS, endpoint)
    fork = row.get("forked_from_project")
    attributes["forked_from"] = fork.get("path_with_namespace") if isinstance(fork, dict) else None
    if isinstance(row.get("shared_with_groups"), list):
        attributes["shared_with_groups"] = [
            picked(each, "group_id", "group_full_path", "group_access_level", "expires_at")
            for each in row["shared_with_groups"]
        ]
    yield Resource(
        ref=project.ref,
        name=project.path,
        parent=run.ref(Kind.ORGANIZATION, project.group) if project.group else run.tenant,
        attributes=attributes,
        origin=origin,
    )
    if project.default_branch:
        yield branch(run, project, project.default_branch, endpoint, default=True)
    yield from _to_everybody(run, project, attributes, endpoint)


def _to_everybody(run: Run, project: Project, attributes: Mapping[str, Any], endpoint: str) -> Iterator[AnyFact]:
    """Yield what anybody has on a project that is public; where what decides it was not told, it is not known."""
    visibility, level = attributes.get("visibility"), attributes.get("repository_access_level")
    if visibility not in {"public", None} or level in {"private", "disabled"}:
        return
    origin, anybody = run.origin(endpoint), everyone(run.instance)
    told = {"visibility": visibility, "repository_access_level": level}
    unknown = tuple(f"{name} was not told" for name, value in told.items() if value is None)
    yield Group(ref=anybody, name="everyone", attributes={"implicit": True}, origin=origin)
    yield Role(ref=run.ref(Kind.ROLE, PUBLIC), name="anybody", level="read", origin=origin)
    yield Grant(
        principal=anybody,
        resource=project.ref,
        role=PUBLIC,
        kind=GrantKind.PUBLIC,
        conditions=unknown,
        origin=origin,
    )


def branch(run: Run, project: Project, name: str, endpoint: str, *, default: bool = False) -> Resource:
    """Return a branch."""
    return Resource(
        ref=run.ref(Kind.BRANCH, f"{project.id}:refs/heads/{name}"),
        name=f"branch:{project.path}/{name}",
        parent=project.ref,
        attributes={"branch": name, "default": default or name == project.default_branch},
        origin=run.origin(endpoint),
    )


async def listed(run: Run, top: str) -> list[Project]:
    """Return the projects of a group and of all below it, in the order of their ids."""
    rows = await run.rows(
        f"/groups/{top}/projects",
        template="/groups/{id}/projects",
        include_subgroups="true",
        with_shared="false",
        order_by="id",
        sort="asc",
    )
    return [Project(run, row) for row in rows]


async def access(run: Run, project: Project, invited: Invited) -> list[AnyFact]:
    """Read who is in a project, and who is invited into it."""
    endpoint = "GET /groups/{id}/projects"

    async def itself() -> list[AnyFact]:
        return list(project_facts(run, project, endpoint))

    async def members() -> list[AnyFact]:
        rows = await run.rows(f"/projects/{project.id}/members", template="/projects/{id}/members")
        return list(project_members(run, project.ref, rows, "GET /projects/{id}/members"))

    async def shares() -> list[AnyFact]:
        if project.group in invited.locked:
            return []
        unknown = (LOCK_UNTOLD,) if project.group in invited.untold else ()
        return list(share_facts(run, project.ref, shares_of(project.row), invited, endpoint, unknown))

    facts = await run.guarded(project.ref, GitLabFacet.PROJECTS, itself)
    facts += [
        run.gap(project.ref, GitLabFacet.PROJECTS, cause=Cause.MISSING_FIELD, detail=says)
        for name, says in UNTOLD.items()
        if name not in project.row
    ]
    if project.group and project.group not in invited.parents:
        detail = "the group that the project is in was not read, nor who inherits from it"
        facts.append(run.gap(project.ref, GitLabFacet.GROUP_MEMBERS, cause=Cause.NOT_COLLECTED, detail=detail))
    if "namespace" not in project.row:
        detail = "the group that the project is in was not told, nor who inherits from it"
        facts.append(run.gap(project.ref, GitLabFacet.GROUP_MEMBERS, cause=Cause.MISSING_FIELD, detail=detail))
    if not isinstance(project.row.get("shared_with_groups"), list):
        detail = "which groups are invited was not told"
        facts.append(run.gap(project.ref, GitLabFacet.MEMBERS, cause=Cause.MISSING_FIELD, detail=detail))
    facts += await run.guarded(project.ref, GitLabFacet.MEMBERS, members)
    return facts + await run.guarded(project.ref, GitLabFacet.MEMBERS, shares)
