"""The enterprise: what only its owners' classic tokens may ask, and apps never."""

from typing import Any

from pipewarden.demo.estate.kinds import Json, Person
from pipewarden.demo.github import shapes
from pipewarden.demo.github.asking import Asked, Listed, Refused, found_by, route
from pipewarden.demo.github.endpoints.organization import events_of


@route("/enterprises/{enterprise}/audit-log/streams")
def _streams(asked: Asked) -> Any:
    return asked.enterprise["audit_log_streams"]


@route("/enterprises/{enterprise}/audit-log")
def _audit_log(asked: Asked) -> Any:
    asked.enterprise  # noqa: B018 - 404 for another
    return events_of(asked, list(asked.estate.organizations.values()))


@route("/enterprises/{enterprise}/actions/permissions")
def _permissions(asked: Asked) -> Json:
    given = asked.enterprise.get("actions") or {"enabled_organizations": "all", "allowed_actions": "all"}
    return {"sha_pinning_required": False, **given}


@route("/enterprises/{enterprise}/actions/runner-groups")
def _runner_groups(asked: Asked) -> Listed:
    base = f"{shapes.API}/enterprises/{asked.enterprise['slug']}/actions/runner-groups"
    rows = [
        {
            "visibility": "all",
            "default": False,
            "allows_public_repositories": False,
            "restricted_to_workflows": False,
            "selected_workflows": [],
            "workflow_restrictions_read_only": False,
            "runners_url": f"{base}/{row['id']}/runners",
            **{key: value for key, value in row.items() if key != "runners"},
        }
        for row in asked.enterprise.get("runner_groups") or ()
    ]
    return Listed(rows, "runner_groups")


@route("/enterprises/{enterprise}/actions/runners")
def _runners(asked: Asked) -> Listed:
    return Listed([shapes.runner(row) for row in asked.enterprise.get("runners") or ()], "runners")


@route("/enterprises/{enterprise}/consumed-licenses")
def _licenses(asked: Asked) -> Json:
    everybody: dict[str, set[str]] = {}
    for org in asked.estate.organizations.values():
        for login, role in org.people.items():
            everybody.setdefault(login, set()).add(f"{org.login}:{'Owner' if role == 'admin' else 'Member'}")
        for login in org.outsiders:
            everybody.setdefault(login, set())
    size, number = min(100, int(asked.query.get("per_page", 100))), int(asked.query.get("page", 1))
    part = shapes.page(sorted(everybody.items()), number, size)
    owners = asked.enterprise["owners"]
    return {
        "total_seats_consumed": len(everybody),
        "total_seats_purchased": 100,
        "users": [_license(asked.estate.person(login), sorted(roles), login in owners) for login, roles in part],
    }


def _license(person: Person, roles: list[str], owner: bool) -> Json:
    return {
        "github_com_login": person.login,
        "github_com_name": person.name or None,
        "enterprise_server_user_ids": [],
        "github_com_user": True,
        "enterprise_server_user": False,
        "visual_studio_subscription_user": False,
        "license_type": "enterprise",
        "github_com_profile": f"{shapes.WEB}/{person.login}",
        "github_com_member_roles": roles,
        "github_com_enterprise_roles": ["Owner"] if owner else ["Member"] if roles else ["Outside collaborator"],
        "github_com_verified_domain_emails": list(person.emails),
        "github_com_saml_name_id": person.saml or None,
        "github_com_orgs_with_pending_invites": [],
        "github_com_two_factor_auth": person.mfa != "disabled",
        "enterprise_server_emails": [],
        "visual_studio_license_status": None,
        "visual_studio_subscription_email": None,
        "total_user_accounts": 1,
    }


@route("/enterprises/{enterprise}/teams")
def _teams(asked: Asked) -> Listed:
    return Listed([shapes.enterprise_team(row) for row in asked.enterprise.get("teams") or ()])


@route("/enterprises/{enterprise}/teams/{team}/memberships")
def _memberships(asked: Asked) -> Listed:
    wanted = asked.names["team"]
    rows = asked.enterprise.get("teams") or ()
    row = next((row for row in rows if wanted in {str(row["id"]), row["slug"]}), None)
    if row is None:
        raise Refused(404, "Not Found")
    return Listed([shapes.user(asked.estate.people[login]) for login in row["members"]])


@route("/enterprises/{enterprise}/enterprise-roles")
def _roles(asked: Asked) -> Json:
    rows = asked.enterprise.get("roles") or ()
    shown = [{key: row[key] for key in ("id", "name", "description", "permissions")} for row in rows]
    dates = {"created_at": "2025-01-01T00:00:00Z", "updated_at": "2025-01-01T00:00:00Z"}
    return {"total_count": len(shown), "roles": [{**row, **dates} for row in shown]}


@route("/enterprises/{enterprise}/enterprise-roles/{role_id}/users")
def _role_users(asked: Asked) -> Listed:
    row = found_by(asked.enterprise.get("roles") or [], "id", asked.names["role_id"])
    return Listed([{**shapes.user(asked.estate.people[login]), "assignment": "direct"} for login in row["users"]])


@route("/enterprises/{enterprise}/enterprise-roles/{role_id}/teams")
def _role_teams(asked: Asked) -> Listed:
    row = found_by(asked.enterprise.get("roles") or [], "id", asked.names["role_id"])
    teams = [each for each in asked.enterprise.get("teams") or () if each["slug"] in row["teams"]]
    return Listed([{**shapes.enterprise_team(each), "assignment": "direct"} for each in teams])
