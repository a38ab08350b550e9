"""An organization: its settings, roles, apps, tokens, rulesets, webhooks and audit log."""

from datetime import datetime, timedelta
from typing import Any

from pipewarden.demo.estate.kinds import Json, Organization
from pipewarden.demo.github import shapes
from pipewarden.demo.github.asking import Asked, Cursored, Listed, Refused, found_by, route


@route("/orgs/{org}")
def _org(asked: Asked) -> Json:
    viewer = asked.viewer
    full = viewer.trusted and viewer.linked and viewer.has("organization_administration") and viewer.scoped("admin:org")
    return shapes.organization(asked.org, full=full)


@route("/orgs/{org}/repos")
def _repos(asked: Asked) -> Listed:
    wanted = asked.chosen("type", ("all", "public", "private", "forks", "sources", "member", "internal"))
    repos = list(asked.org.repositories.values())
    if not asked.viewer.trusted or not asked.viewer.scoped("repo") or not asked.viewer.linked:
        repos = [r for r in repos if r.visibility == "public"]
    if wanted in {"public", "private", "internal"}:
        repos = [r for r in repos if r.visibility == wanted]
    elif wanted in {"forks", "sources"}:
        repos = [r for r in repos if r.fork == (wanted == "forks")]
    return Listed([shapes.repository(asked.org, each, full=asked.viewer.trusted) for each in repos])


@route("/orgs/{org}/installations")
def _installations(asked: Asked) -> Listed:
    return Listed([shapes.installation(asked.org, app) for app in asked.org.apps], "installations")


def _of_person(asked: Asked, rows: list[Json]) -> list[Json]:
    wanted = asked.query.get("owner") or asked.query.get("owner[]")
    return [row for row in rows if wanted in {None, row["login"]}]


@route("/orgs/{org}/personal-access-tokens")
def _tokens(asked: Asked) -> Listed:
    rows = _of_person(asked, asked.org.tokens)
    return Listed([shapes.token(asked.org, row, asked.estate.person(row["login"])) for row in rows])


@route("/orgs/{org}/personal-access-tokens/{pat_id}/repositories")
def _token_repositories(asked: Asked) -> Listed:
    row = found_by(asked.org.tokens, "id", asked.names["pat_id"])
    org = asked.org
    return Listed([shapes.repository(org, org.repositories[name], full=True) for name in row["repositories"]])


@route("/orgs/{org}/personal-access-token-requests")
def _token_requests(asked: Asked) -> Listed:
    rows = _of_person(asked, asked.org.token_requests)
    return Listed([shapes.token(asked.org, row, asked.estate.person(row["login"]), request=True) for row in rows])


def _dated(asked: Asked) -> Json:
    made = "2024-01-01T00:00:00Z"
    return {"description": None, "organization": shapes.owner(asked.org), "created_at": made, "updated_at": made}


@route("/orgs/{org}/custom-repository-roles")
def _repository_roles(asked: Asked) -> Json:
    roles = [{**row, **_dated(asked)} for row in asked.org.repository_roles]
    return {"total_count": len(roles), "custom_roles": roles}


def _role_shape(asked: Asked, row: Json) -> Json:
    return {**{k: v for k, v in row.items() if k not in {"users", "teams"}}, **_dated(asked)}


@route("/orgs/{org}/organization-roles")
def _roles(asked: Asked) -> Json:
    roles = [_role_shape(asked, row) for row in asked.org.roles]
    return {"total_count": len(roles), "roles": roles}


def _role(asked: Asked) -> Json:
    return found_by(asked.org.roles, "id", asked.names["role_id"])


@route("/orgs/{org}/organization-roles/{role_id}")
def _one_role(asked: Asked) -> Json:
    return _role_shape(asked, _role(asked))


@route("/orgs/{org}/organization-roles/{role_id}/users")
def _role_users(asked: Asked) -> Listed:
    return Listed([{**shapes.user(asked.estate.person(u)), "assignment": "direct"} for u in _role(asked)["users"]])


@route("/orgs/{org}/organization-roles/{role_id}/teams")
def _role_teams(asked: Asked) -> Listed:
    teams = [asked.org.teams[slug] for slug in _role(asked)["teams"]]
    rows = [{**shapes.team(asked.org, each), "assignment": "direct"} for each in teams]
    # teams of the enterprise hold roles of its organizations too
    above = [
        t for t in asked.estate.enterprise.get("teams") or () if t["slug"] in _role(asked).get("enterprise_teams", ())
    ]
    return Listed(
        [*rows, *({**shapes.enterprise_team(t), "type": "enterprise", "assignment": "direct"} for t in above)]
    )


@route("/orgs/{org}/rulesets")
def _rulesets(asked: Asked) -> Listed:
    org = asked.org
    return Listed([shapes.ruleset(r, org.login, "Organization", bypass=False, whole=False) for r in org.rulesets])


@route("/orgs/{org}/rulesets/rule-suites")
def _rule_suites(asked: Asked) -> Listed:
    wanted = asked.chosen("rule_suite_result", ("all", "pass", "fail", "bypass"))
    days = {"hour": 0, "day": 1, "week": 7, "month": 31}[asked.chosen("time_period", ("day", "hour", "week", "month"))]
    since = asked.estate.now - timedelta(days=days)
    rows = [row for row in asked.org.suites if row["at"] >= since and wanted in {"all", row["result"]}]
    return Listed([shapes.rule_suite(asked.org, row, asked.estate.person(row["actor"])) for row in rows])


@route("/orgs/{org}/secret-scanning/alerts")
def _alerts(asked: Asked) -> Listed:
    state = asked.query.get("state")
    hidden = asked.query.get("hide_secret") == "true"
    return Listed(
        [
            shapes.secret_alert(asked.org, repository, row, hidden=hidden)
            for repository in asked.org.repositories.values()
            for row in repository.alerts
            if state in {None, row.get("state", "open")}
        ]
    )


@route("/orgs/{org}/settings/immutable-releases")
def _immutable_releases(asked: Asked) -> Json:
    return {"enforced_repositories": asked.org.immutable_releases}


@route("/orgs/{org}/rulesets/{ruleset_id}")
def _ruleset(asked: Asked) -> Json:
    row = found_by(asked.org.rulesets, "id", asked.names["ruleset_id"])
    # an app is shown the list only where the answer says that it may change the ruleset: reading is not enough
    return shapes.ruleset(row, asked.org.login, "Organization", bypass=asked.viewer.changes_rules, whole=True)


@route("/orgs/{org}/hooks")
def _hooks(asked: Asked) -> Listed:
    base = f"{shapes.API}/orgs/{asked.org.login}"
    return Listed([shapes.hook(row, base, organization=True) for row in asked.org.hooks])


def _milliseconds(at: str) -> int:
    return int(datetime.fromisoformat(at).timestamp() * 1000)


def events_of(asked: Asked, orgs: list[Organization]) -> Cursored:
    """Return the audit log: newest first unless asked otherwise, of the kinds asked for, that fit the phrase."""
    kind = asked.chosen("include", ("web", "git", "all"))
    order = asked.chosen("order", ("desc", "asc"))
    rows: list[tuple[int, Json]] = []
    for org in orgs:
        for number, row in enumerate(org.events):
            git = str(row["action"]).startswith("git.")
            if kind == "all" or git == (kind == "git"):
                rows.append((_milliseconds(row["at"]), _event(asked, org, number, row)))
    rows.sort(key=lambda each: each[0], reverse=order == "desc")
    return Cursored([row for at, row in rows if _fits(asked.query.get("phrase", ""), row, at)])


def _event(asked: Asked, org: Organization, number: int, row: Json) -> Json:
    at = _milliseconds(row["at"])
    person = asked.estate.people.get(str(row.get("actor")))
    return {
        "@timestamp": at,
        "_document_id": f"{org.login}-{number:06d}",
        "created_at": at,
        "org": org.login,
        "org_id": org.id,
        **({"actor_id": person.id} if person else {}),
        **{key: value for key, value in row.items() if key != "at"},
    }


def _fits(phrase: str, row: Json, at: int) -> bool:
    """Tell whether an event fits a phrase of `key:value` words; a word without a colon is looked for anywhere.

    https://docs.github.com/en/enterprise-cloud@latest/organizations/keeping-your-organization-secure/managing-security-settings-for-your-organization/reviewing-the-audit-log-for-your-organization#searching-the-audit-log
    """
    for word in phrase.split():
        key, colon, value = word.partition(":")
        if not colon:
            if word not in str(row):
                return False
        elif key == "created":
            bound = _milliseconds(value.lstrip("<>=") + ("" if "T" in value else "T00:00:00+00:00"))
            if (value.startswith(">") and at < bound) or (value.startswith("<") and at > bound):
                return False
        elif key == "action":
            if row["action"] != value and not str(row["action"]).startswith(f"{value}."):
                return False
        elif str(row.get(key)) != value:
            return False
    return True


@route("/orgs/{org}/audit-log")
def _audit_log(asked: Asked) -> Any:
    if asked.viewer.kind not in {"owner", "app"}:
        raise Refused(403, "Must have admin rights to Organization.")
    return events_of(asked, [asked.org])
