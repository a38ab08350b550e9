"""Checks about how much people hold on GitLab's projects and groups, all ways counted together."""

from collections.abc import Iterator

from pipewarden.access.gitlab.levels import GUEST, OWNER, access_level, level_named
from pipewarden.access.view import View
from pipewarden.checks.base import Hit, check
from pipewarden.checks.clauses import clauses
from pipewarden.checks.gitlab_reading import DOCS, PEOPLE, living, ours, people_at
from pipewarden.checks.reading import listed, many
from pipewarden.model.access import Level
from pipewarden.model.facets_gitlab import GitLabFacet
from pipewarden.model.facts import Grant, GrantKind, Resource
from pipewarden.model.findings import Severity
from pipewarden.model.ids import Kind, Ref
from pipewarden.model.limits import Limits

MINIMAL = 5
"""https://docs.gitlab.com/user/permissions/#users-with-minimal-access"""


def need_guests(view: View, *things: Resource) -> None:
    """Go on only where the groups that are invited into some things, and those these are inside of, were read."""
    for thing in things:
        for row in thing.attributes.get("shared_with_groups") or ():
            line = [Ref(thing.ref.instance, Kind.ORGANIZATION, str(row.get("group_id")))]
            line += view.around(line[0])
            for each in line:
                if each.kind is Kind.ORGANIZATION:
                    guest = Ref(each.instance, Kind.GROUP, each.key)
                    view.need(guest, GitLabFacet.GROUPS, GitLabFacet.GROUP_MEMBERS)


def _around(view: View, project: Resource) -> list[Resource]:
    """Return the groups that a thing is inside of."""
    found = (view.find(ref) for ref in view.around(project.ref) if ref.kind is Kind.ORGANIZATION)
    return [each for each in found if isinstance(each, Resource)]


@check(
    id="gl.proj.owners",
    title="A project has few Maintainers",
    severity=Severity.LOW,
    subject=Kind.REPOSITORY,
    needs=(GitLabFacet.PROJECTS, GitLabFacet.MEMBERS, GitLabFacet.GROUPS, GitLabFacet.GROUP_MEMBERS),
    limits=("repository_admins_max",),
    remedy=(
        "Make those Developers who do not keep the project's settings: Manage > Members.",
        "Give the role in a group of two or three, and invite that group into the project.",
    ),
    source=f"{DOCS}/user/permissions/#project-members-permissions",
    **clauses(PEOPLE, "C1.3.7 AC-6"),
)
def maintainers_many(project: Resource, view: View, limits: Limits) -> Iterator[Hit]:
    """A Maintainer reads the variables, takes the protection of branches away and makes tokens; an Owner deletes it all.

    Counted are people with that role or a higher one, direct, inherited and by invited groups, those who own a group above
    left out: they have a check of their own.
    """
    living(view, project)
    groups = _around(view, project)
    owning = {owner.ref for group in groups for owner in people_at(view, group, OWNER)}
    holders = [ref for ref in view.holders(project.ref, Level.MAINTAIN) if ref.kind is Kind.ACCOUNT]
    found = sorted(view.name(ref) for ref in holders if ref not in owning)
    if len(found) > limits.repository_admins_max:
        yield Hit(
            says=f"{many(len(found), 'person', 'people')} are Maintainers of {project.name} or more: {listed(found)}",
            weight=len(found),
        )
    need_guests(view, project, *groups)


@check(
    id="gl.member.minimal_access",
    title="Minimal access stays minimal",
    severity=Severity.INFO,
    subject=Kind.ORGANIZATION,
    needs=(GitLabFacet.GROUPS, GitLabFacet.GROUP_MEMBERS),
    remedy=(
        "Take the person out of the invited group, or lower the role that the group is invited with.",
        "Give them their role in the group itself, where a list of its members shows it.",
    ),
    source=f"{DOCS}/user/permissions/#users-with-minimal-access",
    **clauses(PEOPLE, "AC-6"),
)
def raised(group: Resource, view: View) -> Iterator[Hit]:
    """The list of members says Minimal Access, while an invited group gives the same person a role there.

    Roles that somebody was given directly, in a subgroup or project, are what minimal access is meant for.
    """
    ours(view, group)
    people = people_at(view, group, MINIMAL)
    for account in people:
        for grant in _by_invitation(view, account.ref, group):
            role = view.role(grant.resource.instance, grant.role)
            level = access_level(grant.role)
            what = level_named(level) if level else role.name if role else grant.role
            yield Hit(
                says=f"{account.name} has Minimal Access to {group.name}, and an invited group makes them "
                f"{what} of {view.name(grant.resource)}",
                about=account,
                on=view.find(grant.resource),
                because=(grant,),
            )
    if people:
        inside = list(view.entities(Kind.ORGANIZATION, Kind.REPOSITORY, within=group.ref))
        for each in (group, *inside):
            view.need(each.ref, GitLabFacet.GROUPS if each.ref.kind is Kind.ORGANIZATION else GitLabFacet.PROJECTS)
        need_guests(view, group, *inside)


def _by_invitation(view: View, account: Ref, group: Resource) -> Iterator[Grant]:
    """Yield what an invited group gives somebody on a group or on what lies in it."""
    ordinal = view.snapshot.ordinal(account)
    for each in () if ordinal is None else view.engine.graph.outer(ordinal):
        for grant in view.grants_of(view.snapshot.ref(each)):
            inside = grant.resource == group.ref or group.ref in view.around(grant.resource)
            custom = grant.role.startswith("custom:")
            if grant.kind is GrantKind.SHARE and inside and (custom or access_level(grant.role) >= GUEST):
                yield grant
