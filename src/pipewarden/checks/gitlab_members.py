"""Checks about who is in a GitLab project or group, and which groups are invited."""

from collections.abc import Iterator

from pipewarden.access.gitlab.levels import MAINTAINER, level_named
from pipewarden.access.view import Missing, NotApplicable, View
from pipewarden.checks.base import Hit, check
from pipewarden.checks.clauses import clauses
from pipewarden.checks.gitlab_reading import DOCS, PEOPLE, living, ours, setting, topmost
from pipewarden.model.facets_gitlab import GitLabFacet
from pipewarden.model.facts import Account, GrantKind, Resource
from pipewarden.model.findings import Severity
from pipewarden.model.ids import Kind, Ref

GROUP = (GitLabFacet.GROUPS,)

SHARES_DOC = f"{DOCS}/user/project/members/sharing_projects_groups/"


def _shares(thing: Resource, view: View, facet: str) -> list[dict[str, object]]:
    found: list[dict[str, object]] = setting(view, thing, "shared_with_groups", facet=facet)
    return found


def _guest(row: dict[str, object]) -> str:
    return str(row.get("group_full_path") or row.get("group_id"))


@check(
    id="gl.share.group_to_project",
    title="No project is given to a whole group as Maintainer",
    severity=Severity.MEDIUM,
    subject=Kind.REPOSITORY,
    needs=(GitLabFacet.PROJECTS,),
    remedy=("Invite the group as Developer: Manage > Members > Groups.",),
    source=SHARES_DOC,
    **clauses(PEOPLE, "AC-6"),
)
def shared_project(project: Resource, view: View) -> Iterator[Hit]:
    """Whoever is added to that group, or to one that it lies in, by somebody else gets it."""
    for row in _shares(project, view, GitLabFacet.PROJECTS):
        level = row.get("group_access_level")
        if isinstance(level, int) and level >= MAINTAINER:
            yield Hit(says=f"the group {_guest(row)} is invited into {project.name} as {level_named(level)}")


@check(
    id="gl.share.group_to_group",
    title="No group is given to another group",
    severity=Severity.MEDIUM,
    subject=Kind.ORGANIZATION,
    needs=GROUP,
    remedy=("Invite the group into the projects that it needs instead: Manage > Members > Groups.",),
    source=SHARES_DOC,
    **clauses(PEOPLE, "AC-6"),
)
def shared_group(group: Resource, view: View) -> Iterator[Hit]:
    """All that the group holds and ever will is given to whoever the other group's owners add."""
    ours(view, group)
    for row in _shares(group, view, GitLabFacet.GROUPS):
        level = row.get("group_access_level")
        as_what = f" as {level_named(level)}" if isinstance(level, int) else ""
        yield Hit(says=f"the group {_guest(row)} is invited into the group {group.name}{as_what}")


@check(
    id="gl.share.no_expiry",
    title="Invitations of groups end, and stay inside",
    severity=Severity.LOW,
    subject=Kind.ORGANIZATION,
    needs=GROUP,
    remedy=(
        "Set the day on which the invitation ends: Manage > Members > Groups.",
        "Turn on “Members cannot invite groups outside of …” of the top group: Settings > General > Permissions.",
    ),
    source=SHARES_DOC,
    **clauses(PEOPLE, "AC-3"),
)
def share_forever(group: Resource, view: View) -> Iterator[Hit]:
    """An invitation without an end is looked at by nobody again.

    Judged are those into the group and into the projects that lie in it, and of the outermost group whether others from
    outside may be invited at all.
    """
    ours(view, group)
    yield from _endless(group, group, f"the group {group.name}", view)
    missing = None
    for project in () if _locked(group, view) else view.inside(group.ref, Kind.REPOSITORY):
        try:
            hits = list(_endless(project, group, project.name, view))
            if hits and _shares_still(project, group, view):
                yield from hits
        except Missing as gap:
            missing = gap
    yield from _open_to_outside(group, view)
    view.need(group.ref, GitLabFacet.PROJECTS)
    if missing is not None:
        raise missing


def _endless(thing: Resource, group: Resource, name: str, view: View) -> Iterator[Hit]:
    """Yield the invitations into a group or project that have no end."""
    facet = GitLabFacet.GROUPS if thing is group else GitLabFacet.PROJECTS
    for row in _shares(thing, view, facet):
        if row.get("expires_at") is None:
            ref = Ref(group.ref.instance, Kind.ORGANIZATION, str(row.get("group_id")))
            guest = view.find(ref) or Resource(
                ref=ref, name=_guest(row), origin=thing.origin
            )  # its id is known, read or not
            yield Hit(says=f"the invitation of the group {_guest(row)} into {name} never ends", about=thing, on=guest)


def _locked(group: Resource, view: View) -> bool:
    """Tell whether the projects of a group are known to share nothing: a lock takes what was shared away.

    https://docs.gitlab.com/user/project/members/sharing_projects_groups/#prevent-a-project-from-being-shared-with-groups
    """
    return view.attribute(group, "share_with_group_lock", default=None) is True


def _shares_still(project: Resource, group: Resource, view: View) -> bool:
    """Tell whether what a project is shared with has it for anything. Raises Missing where what decides was not told."""
    setting(view, group, "share_with_group_lock", facet=GitLabFacet.GROUP_SETTINGS)
    return setting(view, project, "archived", facet=GitLabFacet.PROJECTS) is not True


def _open_to_outside(group: Resource, view: View) -> Iterator[Hit]:
    """https://docs.gitlab.com/user/project/members/sharing_projects_groups/#prevent-inviting-groups-outside-the-group-hierarchy."""
    try:
        topmost(view, group)
    except NotApplicable:
        return
    keys = ("share_with_group_lock", "prevent_sharing_groups_outside_hierarchy")
    if not any(setting(view, group, key, facet=GitLabFacet.GROUP_SETTINGS) for key in keys):
        yield Hit(says=f"groups from outside may be invited into {group.name} and all its projects")


@check(
    id="gl.member.direct",
    title="People get access to projects through groups",
    severity=Severity.LOW,
    subject=Kind.REPOSITORY,
    needs=(GitLabFacet.PROJECTS, GitLabFacet.MEMBERS),
    remedy=("Put the person into a group that has the project, and remove the direct membership.",),
    source=f"{DOCS}/user/project/members/",
    **clauses(PEOPLE, "AC-6"),
)
def direct(project: Resource, view: View) -> Iterator[Hit]:
    """What is granted one by one is forgotten one by one: nobody finds it when a person changes teams."""
    living(view, project)
    for grant in view.grants_on(project.ref):
        account = view.find(grant.principal)
        if grant.kind is GrantKind.DIRECT and isinstance(account, Account):
            yield Hit(
                says=f"{account.name} is a member of {project.name} directly and not through a group",
                about=account,
                on=project,
                because=(grant,),
            )


@check(
    id="gl.member.no_expiry",
    title="Access of external people ends by itself",
    severity=Severity.LOW,
    subject=Kind.REPOSITORY,
    needs=(GitLabFacet.PROJECTS, GitLabFacet.MEMBERS, GitLabFacet.USERS),
    remedy=("Set the day on which the membership ends: Manage > Members > Expiration.",),
    source=f"{DOCS}/user/project/members/#add-users-to-a-project",
    **clauses(PEOPLE, "AC-2"),
)
def no_expiry(project: Resource, view: View) -> Iterator[Hit]:
    """Contractors leave without anybody telling; a day of ending asks whether they still need it."""
    living(view, project)
    for grant in view.grants_on(project.ref):
        account = view.find(grant.principal)
        if grant.kind is not GrantKind.DIRECT or not isinstance(account, Account) or grant.expires is not None:
            continue
        if view.attribute(account, "external", facet=GitLabFacet.USERS) is True:
            yield Hit(
                says=f"{account.name} is external and a member of {project.name} without an end",
                about=account,
                on=project,
                because=(grant,),
            )
