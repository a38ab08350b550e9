"""Checks about teams: who lets people in, what a team inherits, whether it can do its work."""

from collections.abc import Iterator
from typing import Any

from pipewarden.access.view import NotApplicable, View
from pipewarden.checks.base import Hit, check
from pipewarden.checks.clauses import ADMINISTRATORS, clauses
from pipewarden.checks.grants import level_by
from pipewarden.checks.reading import Doubts, listed, need_inside, single_sign_on
from pipewarden.model.access import Level
from pipewarden.model.facets import Facet
from pipewarden.model.facts import Gate, GateKind, Grant, GrantKind, Group, Resource
from pipewarden.model.findings import Severity
from pipewarden.model.ids import Kind, Ref
from pipewarden.model.limits import Limits

TEAMS_DOC = "https://docs.github.com/en/organizations/organizing-members-into-teams/about-teams"
SYNC_DOC = (
    "https://docs.github.com/en/enterprise-cloud@latest/organizations/organizing-members-into-teams/"
    "synchronizing-a-team-with-an-identity-provider-group"
)


def _powers(view: View, team: Ref) -> list[Grant]:
    """Return the grants by which a team is privileged: maintain or admin on a repository, or an organization role."""
    return [
        grant
        for grant in view.grants_of(team)
        if level_by(grant, view) >= Level.MAINTAIN or grant.kind is GrantKind.ORG_ROLE
    ]


def _power_words(powers: list[Grant], view: View) -> str:
    """Return what a privileged team can do, in words."""
    roles = [grant for grant in powers if grant.kind is GrantKind.ORG_ROLE]
    if roles:
        return f"holds an organization role of {view.name(roles[0].resource)}"
    best = max(level_by(grant, view) for grant in powers)
    names = sorted(view.name(grant.resource) for grant in powers if level_by(grant, view) is best)
    return f"holds {best.word} on {listed(names, 2)}"


@check(
    id="gh.team.maintainer_outsider",
    title="Nobody can let people into a privileged team past the identity provider",
    severity=Severity.MEDIUM,
    subject=Kind.ORGANIZATION,
    needs=(Facet.ORG_MEMBERS, Facet.ORG_TEAMS, Facet.ORG_EXTERNAL_GROUPS, Facet.ORG_SAML),
    remedy=(
        "Connect the team to a group of the identity provider: team Settings > Identity Provider Groups.",
        "Or make the maintainers members: team Members > Change role.",
    ),
    source=SYNC_DOC,
    **clauses(ADMINISTRATORS, "AC-5"),
)
def maintainer_outsider(organization: Resource, view: View) -> Iterator[Hit]:
    """A maintainer adds people to the team at will; where the team is powerful, that is the power to hand out power."""
    if single_sign_on(view, organization) is None:
        raise NotApplicable(f"{organization.name} has no single sign-on to manage teams by")
    owners = {account.ref for account in view.owners(organization.ref)}
    doubts = Doubts()
    for team in view.teams(organization.ref):
        maintainers = [
            m.member for m in view.memberships(team.ref) if m.role == "maintainer" and m.member not in owners
        ]
        powers = _powers(view, team.ref) if maintainers else []
        if not powers:
            continue
        with doubts:
            if not view.given(team, "external_groups", facet=Facet.ORG_EXTERNAL_GROUPS):
                yield Hit(
                    says=f"{listed(map(view.name, maintainers))} can add anybody to team {team.name}, "
                    f"which {_power_words(powers, view)}",
                    about=team,
                    on=organization,
                    because=(team, powers[0]),
                    weight=len(powers),
                )
    doubts.settle()


@check(
    id="gh.team.not_idp_synced",
    title="Privileged teams follow a group of the identity provider",
    severity=Severity.LOW,
    subject=Kind.ORGANIZATION,
    needs=(Facet.ORG_TEAMS, Facet.ORG_EXTERNAL_GROUPS, Facet.ORG_SAML),
    remedy=("Connect the team to a group: team Settings > Identity Provider Groups > Add a group.",),
    source=SYNC_DOC,
    **clauses(ADMINISTRATORS, "AC-2(1)"),
)
def not_idp_synced(organization: Resource, view: View) -> Iterator[Hit]:
    """A team kept by hand keeps people who changed their job; a synchronised one loses them the same day."""
    if single_sign_on(view, organization) is None:
        raise NotApplicable(f"{organization.name} has no single sign-on to manage teams by")
    doubts = Doubts()
    for team in view.teams(organization.ref):
        powers = _powers(view, team.ref)
        if not powers:
            continue
        with doubts:
            if not view.given(team, "external_groups", facet=Facet.ORG_EXTERNAL_GROUPS):
                yield Hit(
                    says=f"team {team.name} {_power_words(powers, view)} and follows no group of the identity provider",
                    about=team,
                    on=organization,
                    because=(team, powers[0]),
                    weight=len(powers),
                )
    doubts.settle()


@check(
    id="gh.team.nested_inheritance",
    title="Nested teams inherit what they should",
    severity=Severity.INFO,
    subject=Kind.ORGANIZATION,
    needs=(Facet.ORG_TEAMS,),
    remedy=(
        "Take the child team out: its Settings > Parent team > Clear selected value.",
        "Keep it there only where it is meant to have all that the parent has; then waive this with that reason.",
    ),
    source=TEAMS_DOC,
    **clauses(ADMINISTRATORS, "AC-6"),
)
def nested_inheritance(organization: Resource, view: View) -> Iterator[Hit]:
    """A child team has all access of its parent, though the child's own page of repositories may look harmless."""
    for team in view.teams(organization.ref):
        parent = view.parent_team(team.ref)
        if parent is None:
            continue
        own = {grant.resource: level_by(grant, view) for grant in view.grants_of(team.ref)}
        gained: dict[Ref, Grant] = {}
        seen = {team.ref}
        while parent is not None and parent not in seen:  # the provider's data may hold a cycle
            seen.add(parent)
            for grant in view.grants_of(parent):
                level = level_by(grant, view)
                if level >= Level.WRITE and level > own.get(grant.resource, Level.NONE):
                    gained.setdefault(grant.resource, grant)
            parent = view.parent_team(parent)
        if gained:
            first = next(iter(gained.values()))
            yield Hit(
                says=f"team {team.name} inherits write access or more on {listed(map(view.name, sorted(gained)), 3)} "
                f"from {view.name(first.principal)}",
                about=team,
                on=organization,
                because=tuple(gained.values())[:10],
                weight=len(gained),
            )
    need_inside(view, organization.ref, Facet.REPO_TEAMS)


@check(
    id="gh.team.empty_or_single",
    title="Teams that must review have somebody to do it",
    severity=Severity.LOW,
    subject=Kind.ORGANIZATION,
    needs=(Facet.ORG_TEAMS,),
    limits=("reviewing_team_min",),
    remedy=(
        "Add members to the team, two at least.",
        "Or name another team as reviewer or code owner.",
    ),
    source=TEAMS_DOC,
    **clauses(ADMINISTRATORS, "C1.1.3"),
)
def empty_or_single(organization: Resource, view: View, limits: Limits) -> Iterator[Hit]:
    """A team of one cannot review what its member did, and one of none blocks work until somebody bypasses the rule."""
    teams = {team.ref.key: team for team in view.teams(organization.ref)}
    by_name = {team.name.lower(): team for team in teams.values()}
    duties: dict[Ref, str] = {}
    for team, what in _reviewing(view, organization, teams, by_name):
        duties.setdefault(team.ref, what)
    for team in teams.values():
        if team.ref not in duties:
            continue
        members = view.engine.accounts_in(team.ref)
        if len(members) < limits.reviewing_team_min:
            who = f"only {listed(map(view.name, members))}" if members else "nobody"
            verb = "are" if len(members) > 1 else "is"
            yield Hit(
                says=f"{who} {verb} in team {team.name}, which must review {duties[team.ref]}",
                about=team,
                on=organization,
                because=(team,),
            )
    need_inside(view, organization.ref, Facet.REPO_ENVIRONMENTS, Facet.REPO_CODEOWNERS)


def _reviewing(
    view: View, organization: Resource, teams: dict[str, Group], by_name: dict[str, Group]
) -> Iterator[tuple[Group, str]]:
    """Yield each team of an organization that must review something, and what."""
    for gate in view.snapshot.records(Gate):
        if gate.kind is GateKind.ENVIRONMENT:
            for reviewer in gate.rules.get("required_reviewers") or ():
                team = teams.get(str(reviewer.get("id")))
                if team is not None and reviewer.get("type") == "Team":
                    yield team, f"deployments to {view.name(gate.resource)}"
    for repository in view.repositories(organization.ref):
        rules: list[dict[str, Any]] = repository.attributes.get("codeowners_rules") or []
        for owner in {owner for rule in rules for owner in rule.get("owners") or ()}:
            team = by_name.get(str(owner).removeprefix("@").lower())
            if team is not None:
                yield team, f"changes to {repository.name} as its code owner"


@check(
    id="gh.team.creation",
    title="Members cannot create teams",
    severity=Severity.LOW,
    subject=Kind.ORGANIZATION,
    needs=(Facet.ORG_SETTINGS,),
    remedy=("Settings > Member privileges > Team creation rules > clear Allow members to create teams.",),
    source="GET /orgs/{org} (members_can_create_teams)",
    **clauses(ADMINISTRATORS, "C1.3.2"),
)
def team_creation(organization: Resource, view: View) -> Iterator[Hit]:
    """Teams carry access; where everybody makes them, nobody keeps track of what they carry."""
    if view.given(organization, "members_can_create_teams", facet=Facet.ORG_SETTINGS):
        yield Hit(says=f"every member of {organization.name} can create teams")
