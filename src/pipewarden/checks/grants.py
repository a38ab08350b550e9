"""Checks about how people hold their access: directly, beyond their team, or not at all."""

from collections.abc import Iterator

import numpy as np

from pipewarden.access.github.roles import level_of
from pipewarden.access.view import View
from pipewarden.checks.base import Hit, check
from pipewarden.checks.clauses import PEOPLE, clauses
from pipewarden.checks.reading import is_bot, living, need_inside, need_where_offered, quoted, routes
from pipewarden.model.access import Level
from pipewarden.model.columns import KINDS
from pipewarden.model.facets import Facet
from pipewarden.model.facts import Grant, GrantKind, Group, Resource
from pipewarden.model.findings import Severity
from pipewarden.model.ids import Kind, Ref, everyone, members_of
from pipewarden.model.limits import Limits

TEAMS_DOC = (
    "https://docs.github.com/en/organizations/managing-user-access-to-your-organizations-repositories/"
    "managing-repository-roles/repository-roles-for-an-organization"
)


def level_by(grant: Grant, view: View) -> Level:
    """Return the repository role that a grant gives; a custom role counts as its base."""
    return level_of(grant.role, view.role(grant.resource.instance, grant.role))


def role_word(grant: Grant, view: View) -> str:
    """Return a grant's role as people know it: `write`, or `the role “release manager”`."""
    role = view.role(grant.resource.instance, grant.role)
    return f"the role {quoted(role.name)}" if role else grant.role


@check(
    id="gh.member.no_repo_access",
    title="Every seat reaches a repository",
    severity=Severity.INFO,
    subject=Kind.ORGANIZATION,
    needs=(Facet.ORG_SETTINGS, Facet.ORG_MEMBERS, Facet.ORG_TEAMS),
    limits=("bot_words",),
    remedy=("Remove the membership, unless somebody needs it: People > the member > Remove from organization.",),
    source=TEAMS_DOC,
    **clauses(PEOPLE, "AC-6"),
)
def no_repo_access(organization: Resource, view: View, limits: Limits) -> Iterator[Hit]:
    """A member who reaches no repository but the public ones costs a seat and still sees names, teams and members."""
    view.given(organization, "default_repository_permission", facet=Facet.ORG_SETTINGS)
    need_where_offered(view, organization.ref, Facet.ORG_ROLES)
    need_inside(view, organization.ref, Facet.REPO_COLLABORATORS, Facet.REPO_TEAMS)
    snapshot, graph = view.snapshot, view.engine.graph
    crowd = snapshot.ordinal(everyone(organization.ref.instance))
    public = snapshot.grants.resource[graph.by_principal[crowd]] if crowd is not None else np.empty(0, np.int32)
    counts = np.isin(snapshot.kind, [KINDS.index(kind) for kind in (Kind.REPOSITORY, Kind.ORGANIZATION)])
    counts[public] = False  # by ordinal, once for all members
    for account in view.people(organization.ref):
        ordinal = snapshot.ordinal(account.ref)
        if ordinal is None or is_bot(account, limits):
            continue
        resources, levels = graph.reachable(ordinal)
        if not (counts[resources] & (levels >= Level.READ)).any():
            yield Hit(
                says=f"{account.name} is a member of {organization.name} and reaches no repository but public ones",
                about=account,
                on=organization,
                because=(account,),
            )


@check(
    id="gh.member.direct_grant",
    title="Members hold repositories through teams",
    severity=Severity.LOW,
    subject=Kind.REPOSITORY,
    needs=(Facet.ORG_MEMBERS, Facet.REPO_COLLABORATORS),
    remedy=(
        "Add the member to the team that works on the repository.",
        "Remove the direct role: DELETE /repos/{owner}/{repo}/collaborators/{username}.",
    ),
    source="https://docs.github.com/en/graphql/reference/objects#repositorycollaboratoredge (permissionSources)",
    **clauses(PEOPLE, "C1.3.8 AC-6 CC6.3"),
)
def direct_grant(repository: Resource, view: View) -> Iterator[Hit]:
    """A role given to one person by name stays behind when the person changes teams.

    Judged by the source of the permission, not by the highest role, which may come from anywhere.
    """
    living(view, repository)
    for grant, account in _direct(repository, view):
        level = level_by(grant, view)
        yield Hit(
            says=f"{view.name(account)} holds {role_word(grant, view)} on {repository.name} directly, not through a team",
            about=view.find(account),
            on=repository,
            because=(grant,),
            weight=int(level),
        )


def _direct(repository: Resource, view: View) -> Iterator[tuple[Grant, Ref]]:
    """Yield the direct grants on a repository that members of its organization hold."""
    organization = view.organization_of(repository)
    if organization is None:
        return
    members = members_of(organization.ref)
    for grant in view.grants_on(repository.ref):
        if grant.kind is GrantKind.DIRECT and view.is_in(grant.principal, members):
            yield grant, grant.principal


@check(
    id="gh.member.excess_vs_peers",
    title="Nobody holds more than the team they work in",
    severity=Severity.INFO,
    subject=Kind.REPOSITORY,
    needs=(Facet.ORG_MEMBERS, Facet.ORG_TEAMS, Facet.REPO_COLLABORATORS, Facet.REPO_TEAMS),
    remedy=(
        "Remove the direct role, the team's remains: DELETE /repos/{owner}/{repo}/collaborators/{username}.",
        "Waive it where the person needs more than the team, with that reason.",
    ),
    source=TEAMS_DOC,
    **clauses(PEOPLE, "AC-6(7)"),
)
def excess_vs_peers(repository: Resource, view: View) -> Iterator[Hit]:
    """Whoever has a higher role than all colleagues of the same team usually got it for one task, long done."""
    living(view, repository)
    teams = {
        grant.principal: grant
        for grant in view.grants_on(repository.ref)
        if grant.kind is GrantKind.TEAM and isinstance(view.find(grant.principal), Group)
    }
    for grant, account in _direct(repository, view):
        mine = [team for ref, team in teams.items() if view.is_in(account, ref)]
        if not mine:
            continue
        best = max(mine, key=lambda team: level_by(team, view))
        if level_by(grant, view) > level_by(best, view):
            yield Hit(
                says=f"{view.name(account)} holds {role_word(grant, view)} on {repository.name}, while the rest of "
                f"{view.name(best.principal)} holds {role_word(best, view)}",
                about=view.find(account),
                on=repository,
                because=routes(view, account, repository),
            )
