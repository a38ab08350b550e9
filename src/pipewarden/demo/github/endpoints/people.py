"""Accounts, members, outsiders and invitations."""

from typing import Any

from pipewarden.demo.estate.kinds import Json, Person
from pipewarden.demo.github import shapes
from pipewarden.demo.github.asking import Asked, Listed, Nothing, Refused, found_by, route

FILTERS = {"2fa_disabled": "disabled", "2fa_insecure": "insecure"}


@route("/rate_limit")
def _rate_limit(asked: Asked) -> Json:
    limits = asked.limits
    return {"resources": {**limits, "search": {**limits["core"], "limit": 30}}, "rate": limits["core"]}


@route("/user")
def _user(asked: Asked) -> Json:
    if asked.viewer.kind == "nobody":
        raise Refused(401, "Requires authentication")
    if asked.viewer.kind == "app":
        raise Refused(403, "Resource not accessible by integration")
    return _whole(asked.estate.person(asked.viewer.login))


@route("/users/{username}")
def _somebody(asked: Asked) -> Json:
    return _whole(_person(asked, asked.names["username"]))


@route("/users/{username}/keys")
def _keys(asked: Asked) -> Listed:
    person = _person(asked, asked.names["username"])
    return Listed([{"id": person.id * 10, "key": f"ssh-ed25519 AAAADEMO{person.id}", "created_at": person.created}])


def _person(asked: Asked, login: str) -> Person:
    person = asked.estate.people.get(login)
    if person is None:
        raise Refused(404, "Not Found")
    return person


def _whole(person: Person) -> Json:
    """Return a `public-user`."""
    empty = dict.fromkeys(
        ("company", "blog", "location", "email", "hireable", "bio", "twitter_username"),
    )
    return {
        **shapes.user(person),
        **empty,
        "name": person.name or None,
        "public_repos": 0,
        "public_gists": 0,
        "followers": 0,
        "following": 0,
        "created_at": person.created,
        "updated_at": person.created,
    }


def _filtered(asked: Asked, people: list[Person]) -> list[Person]:
    """Keep who has no second factor, or text messages only: for owners alone, others get 422 and not 403."""
    wanted = asked.chosen("filter", ("all", *FILTERS))
    if wanted == "all":
        return people
    if not asked.viewer.owner:
        raise Refused(422, "Only owners can use this filter.")
    return [p for p in people if p.mfa == FILTERS[wanted]]


@route("/orgs/{org}/members")
def _members(asked: Asked) -> Listed:
    people = _filtered(asked, [asked.estate.person(login) for login in asked.org.people])
    role = asked.chosen("role", ("all", "admin", "member"))
    if role != "all":
        people = [p for p in people if asked.org.people[p.login] == role]
    if asked.viewer.kind == "nobody":
        people = []  # nobody of the estate shows their membership to the public
    return Listed([shapes.user(p) for p in people])


@route("/orgs/{org}/members/{username}")
def _member(asked: Asked) -> Nothing:
    if asked.names["username"] not in asked.org.people:
        raise Refused(404, "Not Found")
    return Nothing()


@route("/orgs/{org}/memberships/{username}")
def _membership(asked: Asked) -> Json:
    org, person = asked.org, _person(asked, asked.names["username"])
    if person.login not in org.people:
        raise Refused(404, "Not Found")
    base = f"{shapes.API}/orgs/{org.login}"
    return {
        "url": f"{base}/memberships/{person.login}",
        "state": "active",
        "role": org.people[person.login],
        "direct_membership": True,
        "enterprise_teams_providing_indirect_membership": [],
        "organization_url": base,
        "organization": shapes.organization_simple(org),
        "user": shapes.user(person),
    }


@route("/orgs/{org}/outside_collaborators")
def _outsiders(asked: Asked) -> Listed:
    people = _filtered(asked, [asked.estate.person(login) for login in sorted(asked.org.outsiders)])
    return Listed([shapes.user(p) for p in people])


def _inviter(asked: Asked) -> Person:
    owners = (login for login, role in asked.org.people.items() if role == "admin")
    return asked.estate.person(next(owners, next(iter(asked.estate.people))))


@route("/orgs/{org}/invitations")
def _invitations(asked: Asked) -> Listed:
    return Listed([shapes.invitation(row, _inviter(asked)) for row in asked.org.invitations])


@route("/orgs/{org}/failed_invitations")
def _failed(asked: Asked) -> Listed:
    return Listed([shapes.invitation(row, _inviter(asked)) for row in asked.org.failed_invitations])


@route("/orgs/{org}/credential-authorizations")
def _credentials(asked: Asked) -> Listed:
    if not asked.org.saml_issuer:
        raise Refused(404, "Not Found")
    login = asked.query.get("login")
    return Listed([shapes.credential(row) for row in asked.org.credentials if login in {None, row["login"]}])


def groups_of(asked: Asked) -> list[Json]:
    """Return the groups that managed users bring along; GitHub refuses the question where there are none of these."""
    if not asked.org.managed_users:
        raise Refused(400, "This organization is not part of externally managed enterprise.")
    return list(asked.org.external_groups)


@route("/orgs/{org}/external-groups")
def _groups(asked: Asked) -> Json:
    return {"groups": [_group(row) for row in groups_of(asked)]}


def _group(row: Json) -> Json:
    return {"group_id": row["id"], "group_name": row["name"], "updated_at": "2026-01-01T00:00:00Z"}


@route("/orgs/{org}/external-group/{group_id}")
def _external_group(asked: Asked) -> Json:
    row = found_by(groups_of(asked), "id", asked.names["group_id"])
    people = [asked.estate.person(login) for login in row["members"]]
    teams = [asked.org.teams[slug] for slug in row["teams"]]
    return {
        **_group(row),
        "teams": [{"team_id": each.id, "team_name": each.name} for each in teams],
        "members": [
            {
                "member_id": p.id,
                "member_login": p.login,
                "member_name": p.name,
                "member_email": p.emails[0] if p.emails else "",
            }
            for p in people
        ],
    }


@route("/orgs/{org}/team-sync/groups")
def _available(asked: Asked) -> Listed:
    return Listed([synchronised(row) for row in asked.org.external_groups], "groups")


def synchronised(row: Json) -> Json:
    """Return a group as team synchronisation tells of it: its id and name, and not who is in it."""
    known = {"group_id": str(row.get("idp") or row["id"]), "group_name": row["name"], "group_description": ""}
    return {**known, "status": "synced", "synced_at": "2026-11-01T00:00:00Z"}


def _scim(asked: Asked, rows: list[Json]) -> Json:
    """Return one page of a SCIM list: counted from 1, at most 100."""
    try:
        start, count = int(asked.query.get("startIndex", 1)), min(100, int(asked.query.get("count", 100)))
    except ValueError:
        raise Refused(400, "startIndex and count are numbers") from None
    part = rows[max(0, start - 1) : max(0, start - 1) + count]
    return {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
        "totalResults": len(rows),
        "itemsPerPage": len(part),
        "startIndex": start,
        "Resources": part,
    }


def _provisioned(person: Person) -> Json:
    return {
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "id": f"scim-{person.id}",
        "externalId": f"00u{person.id:017d}",  # Okta sends its own id of the user
        "userName": person.saml,
        "displayName": person.name,
        "name": {"givenName": person.name, "familyName": "Acme"},
        "emails": [{"value": each, "primary": True, "type": "work"} for each in person.emails],
        "active": person.scim_active,
        "roles": [],
        "groups": [],
        "meta": {
            "resourceType": "User",
            "created": person.created,
            "lastModified": person.created,
            "location": f"{shapes.API}/scim/{person.id}",
        },
    }


def _known(asked: Asked) -> list[Person]:
    return [p for p in asked.estate.people.values() if p.scim_active is not None]


@route("/scim/v2/organizations/{org}/Users")
def _scim_users(asked: Asked) -> Json:
    if not asked.org.saml_issuer:
        raise Refused(404, "Not Found")
    return _scim(asked, [_provisioned(p) for p in _known(asked)])


@route("/scim/v2/enterprises/{enterprise}/Users")
def _scim_enterprise(asked: Asked) -> Json:
    asked.enterprise  # noqa: B018 - 404 for another
    return _scim(asked, [_provisioned(p) for p in _known(asked)])


@route("/scim/v2/enterprises/{enterprise}/Groups")
def _scim_groups(asked: Asked) -> Any:
    asked.enterprise  # noqa: B018 - 404 for another
    groups = [row for org in asked.estate.organizations.values() for row in org.external_groups]
    return _scim(asked, [_scim_group(asked, row) for row in groups])


def _scim_group(asked: Asked, row: Json) -> Json:
    members = [asked.estate.person(login) for login in row["members"]]
    where = f"{shapes.API}/scim/v2/enterprises/{asked.enterprise['slug']}"
    return {
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
        "id": f"scim-group-{row['id']}",
        "externalId": str(row.get("idp") or row["id"]),
        "displayName": row["name"],
        "members": [
            {"value": f"scim-{p.id}", "$ref": f"{where}/Users/scim-{p.id}", "display": p.name} for p in members
        ],
        "meta": {
            "resourceType": "Group",
            "created": "2025-01-01T00:00:00Z",
            "lastModified": "2026-01-01T00:00:00Z",
            "location": f"{where}/Groups/scim-group-{row['id']}",
        },
    }
