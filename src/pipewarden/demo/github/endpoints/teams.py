"""Teams: their people, those of nested teams among them, and their repositories."""

from pipewarden.demo.estate.access import base_of, below, flags, lineage, role_on_team
from pipewarden.demo.estate.kinds import Json, Organization, Team
from pipewarden.demo.github import shapes
from pipewarden.demo.github.asking import Asked, Listed, Refused, route
from pipewarden.demo.github.endpoints.people import groups_of, synchronised


@route("/orgs/{org}/teams")
def _teams(asked: Asked) -> Listed:
    return Listed([shapes.team(asked.org, each) for each in asked.org.teams.values()])


def _team(asked: Asked) -> Team:
    found = asked.org.teams.get(asked.names["team_slug"])
    if found is None:
        raise Refused(404, "Not Found")
    return found


@route("/orgs/{org}/teams/{team_slug}")
def _one(asked: Asked) -> Json:
    team = _team(asked)
    return {
        **shapes.team(asked.org, team),
        "members_count": len(_people(asked.org, team)),
        "repos_count": len(_repositories(asked.org, team)),
        "created_at": "2022-01-01T00:00:00Z",
        "updated_at": "2026-01-01T00:00:00Z",
        "organization": shapes.organization(asked.org, full=asked.viewer.trusted),
    }


def _people(org: Organization, team: Team) -> dict[str, tuple[str, bool]]:
    """Return logins with role and whether they come from a nested team: their own role comes first."""
    found: dict[str, tuple[str, bool]] = {}
    for each in below(org, team.slug):
        for login, role in each.members.items():
            found.setdefault(login, (role, each is not team))
    return found


def _listed(asked: Asked, org: Organization, team: Team) -> Listed:
    wanted = asked.chosen("role", ("all", "member", "maintainer"))
    return Listed(
        [
            {**shapes.user(asked.estate.person(login)), "role": role, "inherited": inherited}
            for login, (role, inherited) in _people(org, team).items()
            if wanted in {"all", role}
        ]
    )


@route("/orgs/{org}/teams/{team_slug}/members")
def _members(asked: Asked) -> Listed:
    return _listed(asked, asked.org, _team(asked))


@route("/teams/{team_id}/members")
def _members_by_id(asked: Asked) -> Listed:
    for org in asked.estate.organizations.values():
        for team in org.teams.values():
            if str(team.id) == asked.names["team_id"]:
                return _listed(asked, org, team)
    raise Refused(404, "Not Found")


@route("/orgs/{org}/teams/{team_slug}/memberships/{username}")
def _membership(asked: Asked) -> Json:
    team = _team(asked)
    role, _ = _people(asked.org, team).get(asked.names["username"], ("", False))
    if not role:
        raise Refused(404, "Not Found")
    base = f"{shapes.API}/organizations/{asked.org.id}/team/{team.id}"
    return {"url": f"{base}/memberships/{asked.names['username']}", "role": role, "state": "active"}


def _repositories(org: Organization, team: Team) -> list[str]:
    return sorted({name for each in lineage(org, team) for name in each.repositories})


@route("/orgs/{org}/teams/{team_slug}/repos")
def _repos(asked: Asked) -> Listed:
    org, team = asked.org, _team(asked)
    rows = []
    for name in _repositories(org, team):
        role = role_on_team(org, team, name)
        shape = shapes.repository(org, org.repositories[name], full=asked.viewer.trusted)
        rows.append({**shape, "permissions": flags(base_of(org, role)), "role_name": role})
    return Listed(rows)


@route("/orgs/{org}/teams/{team_slug}/teams")
def _children(asked: Asked) -> Listed:
    team = _team(asked)
    return Listed([shapes.team(asked.org, each) for each in asked.org.teams.values() if each.parent == team.slug])


@route("/orgs/{org}/teams/{team_slug}/external-groups")
def _groups(asked: Asked) -> Json:
    team = _team(asked)
    rows = [row for row in groups_of(asked) if team.slug in row["teams"]]
    return {
        "groups": [
            {"group_id": row["id"], "group_name": row["name"], "updated_at": "2026-01-01T00:00:00Z"} for row in rows
        ]
    }


@route("/orgs/{org}/teams/{team_slug}/team-sync/group-mappings")
def _followed(asked: Asked) -> Json:
    team = _team(asked)
    return {"groups": [synchronised(row) for row in asked.org.external_groups if team.slug in row["teams"]]}


@route("/orgs/{org}/security-managers")
def _security_managers(asked: Asked) -> Listed:
    slugs = [s for role in asked.org.roles if role["name"] == "security_manager" for s in role["teams"]]
    return Listed([shapes.team_simple(asked.org, asked.org.teams[slug]) for slug in slugs])
