"""The REST endpoints: a template of a path, and what it answers over the estate."""

import base64
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pipewarden.demo.estate.kinds import Estate, Json, Organization, Repository
from pipewarden.demo.github import shapes


@dataclass(frozen=True)
class Viewer:
    """Who asks: an owner's token, another token, an app's installation, or nobody."""

    kind: str
    """`owner`, `member`, `app` or `nobody`."""
    scopes: str = ""

    @property
    def owner(self) -> bool:
        """Whether it is an organization owner's token."""
        return self.kind == "owner"

    @property
    def trusted(self) -> bool:
        """Whether it may read what an administrator may read."""
        return self.kind in {"owner", "app"}


class Refused(Exception):
    """An answer other than 200."""

    def __init__(self, status: int, message: str, **headers: str) -> None:
        super().__init__(message)
        self.status = status
        self.headers = headers


@dataclass
class Asked:
    """One request: the estate, who asks, the names in the path, the query."""

    estate: Estate
    viewer: Viewer
    names: dict[str, str]
    query: dict[str, str]

    @property
    def org(self) -> Organization:
        """The organization in the path."""
        found = self.estate.organizations.get(self.names["org"])
        if found is None:
            raise Refused(404, "Not Found")
        return found

    @property
    def at(self) -> tuple[Organization, Repository]:
        """The repository in the path; private ones do not exist for strangers."""
        found = self.estate.repository(f"{self.names['owner']}/{self.names['repo']}")
        if found is None or (found[1].visibility != "public" and self.viewer.kind == "nobody"):
            raise Refused(404, "Not Found")
        return found

    def need(self, *, app_only: bool = False, not_app: bool = False) -> None:
        """Refuse who may not read this."""
        if app_only and self.viewer.kind != "app":
            raise Refused(403, "Resource not accessible by personal access token")
        if not_app and self.viewer.kind == "app":
            raise Refused(403, "Resource not accessible by integration")
        if not self.viewer.trusted:
            accepted = {
                "X-Accepted-OAuth-Scopes": "admin:org",
                "X-Accepted-GitHub-Permissions": "organization_administration=read",
            }
            raise Refused(403, "Must have admin rights to Organization.", **accepted)


@dataclass
class Listed:
    """A list to be paged, in an object under `key` or bare."""

    items: list[Any]
    key: str = ""


Handler = Callable[[Asked], Any]
ROUTES: list[tuple[re.Pattern[str], str, Handler]] = []


def route(template: str) -> Callable[[Handler], Handler]:
    """Register what a path template answers."""

    def keep(handler: Handler) -> Handler:
        pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", template.replace("{path}", "{path}"))
        pattern = pattern.replace("(?P<path>[^/]+)", "(?P<path>.+)")
        ROUTES.append((re.compile(pattern + "/?$"), template, handler))
        return handler

    return keep


@route("/rate_limit")
def _rate_limit(_: Asked) -> Json:
    each = {"limit": 15000, "remaining": 14000, "reset": 1795424400, "used": 1000}
    return {"resources": {"core": each, "search": each, "graphql": each}, "rate": each}


@route("/user")
def _user(asked: Asked) -> Json:
    asked.need(not_app=True)
    return shapes.user(asked.estate.person("alice")) if "alice" in asked.estate.people else {}


@route("/users/{username}")
def _somebody(asked: Asked) -> Json:
    person = asked.estate.people.get(asked.names["username"])
    if person is None:
        raise Refused(404, "Not Found")
    return {
        **shapes.user(person),
        "name": person.name or None,
        "company": None,
        "blog": None,
        "location": None,
        "email": None,
        "hireable": None,
        "bio": None,
        "twitter_username": None,
        "public_repos": 0,
        "public_gists": 0,
        "followers": 0,
        "following": 0,
        "created_at": person.created,
        "updated_at": person.created,
    }


@route("/orgs/{org}")
def _org(asked: Asked) -> Json:
    return shapes.organization(asked.org, full=asked.viewer.trusted)


@route("/orgs/{org}/members")
def _members(asked: Asked) -> Listed:
    people = [asked.estate.person(login) for login in asked.org.people]
    wanted, role = asked.query.get("filter", "all"), asked.query.get("role", "all")
    if wanted != "all":
        if not asked.viewer.owner:
            raise Refused(422, "Only owners can use this filter.")
        people = [p for p in people if p.mfa == {"2fa_disabled": "disabled", "2fa_insecure": "insecure"}[wanted]]
    if role != "all":
        people = [p for p in people if asked.org.people[p.login] == role]
    return Listed([shapes.user(p) for p in people])


@route("/orgs/{org}/outside_collaborators")
def _outsiders(asked: Asked) -> Listed:
    asked.need()
    people = [asked.estate.person(login) for login in sorted(asked.org.outsiders)]
    wanted = asked.query.get("filter", "all")
    if wanted != "all":
        if not asked.viewer.owner:
            raise Refused(422, "Only owners can use this filter.")
        people = [p for p in people if p.mfa == {"2fa_disabled": "disabled", "2fa_insecure": "insecure"}[wanted]]
    return Listed([shapes.user(p) for p in people])


@route("/orgs/{org}/invitations")
def _invitations(asked: Asked) -> Listed:
    asked.need()
    inviter = next(iter(asked.estate.people.values()))
    return Listed([shapes.invitation(row, inviter) for row in asked.org.invitations])


@route("/orgs/{org}/failed_invitations")
def _failed(asked: Asked) -> Listed:
    asked.need()
    inviter = next(iter(asked.estate.people.values()))
    return Listed([shapes.invitation(row, inviter) for row in asked.org.failed_invitations])


@route("/orgs/{org}/teams")
def _teams(asked: Asked) -> Listed:
    return Listed([shapes.team(asked.org, each) for each in asked.org.teams.values()])


@route("/orgs/{org}/repos")
def _repos(asked: Asked) -> Listed:
    repos = [r for r in asked.org.repositories.values() if asked.viewer.kind != "nobody" or r.visibility == "public"]
    return Listed([shapes.repository(asked.org, each, full=asked.viewer.trusted) for each in repos])


@route("/orgs/{org}/installations")
def _installations(asked: Asked) -> Listed:
    asked.need()
    return Listed([shapes.installation(asked.org, app) for app in asked.org.apps], "installations")


@route("/orgs/{org}/personal-access-tokens")
def _tokens(asked: Asked) -> Listed:
    asked.need(app_only=True)
    return Listed([shapes.token(asked.org, row, asked.estate.person(row["login"])) for row in asked.org.tokens])


@route("/orgs/{org}/personal-access-tokens/{pat_id}/repositories")
def _token_repositories(asked: Asked) -> Listed:
    asked.need(app_only=True)
    row = next((row for row in asked.org.tokens if str(row["id"]) == asked.names["pat_id"]), None)
    if row is None:
        raise Refused(404, "Not Found")
    return Listed(
        [shapes.repository(asked.org, asked.org.repositories[name], full=True) for name in row["repositories"]]
    )


@route("/orgs/{org}/personal-access-token-requests")
def _token_requests(asked: Asked) -> Listed:
    asked.need(app_only=True)
    rows = asked.org.token_requests
    return Listed([shapes.token(asked.org, row, asked.estate.person(row["login"]), request=True) for row in rows])


@route("/orgs/{org}/credential-authorizations")
def _credentials(asked: Asked) -> Listed:
    asked.need()
    if not asked.org.saml_issuer:
        raise Refused(404, "Not Found")
    return Listed([shapes.credential(row) for row in asked.org.credentials])


@route("/orgs/{org}/custom-repository-roles")
def _repository_roles(asked: Asked) -> Json:
    asked.need()
    more = {
        "organization": shapes.owner(asked.org),
        "created_at": "2024-01-01T00:00:00Z",
        "updated_at": "2024-01-01T00:00:00Z",
    }
    roles = [{**row, "description": None, **more} for row in asked.org.repository_roles]
    return {"total_count": len(roles), "custom_roles": roles}


@route("/orgs/{org}/organization-roles")
def _roles(asked: Asked) -> Json:
    asked.need()
    more = {
        "organization": shapes.owner(asked.org),
        "created_at": "2024-01-01T00:00:00Z",
        "updated_at": "2024-01-01T00:00:00Z",
    }
    roles = [
        {**{k: v for k, v in row.items() if k not in {"users", "teams"}}, "description": None, **more}
        for row in asked.org.roles
    ]
    return {"total_count": len(roles), "roles": roles}


def _role(asked: Asked) -> Json:
    asked.need()
    row = next((row for row in asked.org.roles if str(row["id"]) == asked.names["role_id"]), None)
    if row is None:
        raise Refused(404, "Not Found")
    return row


@route("/orgs/{org}/organization-roles/{role_id}/users")
def _role_users(asked: Asked) -> Listed:
    return Listed([{**shapes.user(asked.estate.person(u)), "assignment": "direct"} for u in _role(asked)["users"]])


@route("/orgs/{org}/organization-roles/{role_id}/teams")
def _role_teams(asked: Asked) -> Listed:
    return Listed(
        [{**shapes.team(asked.org, asked.org.teams[t]), "assignment": "direct"} for t in _role(asked)["teams"]]
    )


@route("/orgs/{org}/rulesets")
def _rulesets(asked: Asked) -> Listed:
    asked.need()
    return Listed(
        [shapes.ruleset(r, asked.org.login, "Organization", bypass=False, whole=False) for r in asked.org.rulesets]
    )


@route("/orgs/{org}/rulesets/{ruleset_id}")
def _ruleset(asked: Asked) -> Json:
    asked.need()
    row = next((r for r in asked.org.rulesets if str(r["id"]) == asked.names["ruleset_id"]), None)
    if row is None:
        raise Refused(404, "Not Found")
    return shapes.ruleset(row, asked.org.login, "Organization", bypass=asked.viewer.owner, whole=True)


@route("/orgs/{org}/hooks")
def _hooks(asked: Asked) -> Listed:
    asked.need()
    return Listed(
        [shapes.hook(row, f"{shapes.API}/orgs/{asked.org.login}", organization=True) for row in asked.org.hooks]
    )


def _actions(asked: Asked, name: str) -> Json:
    asked.need()
    body = asked.org.actions.get(name)
    if body is None:
        raise Refused(409 if name == "selected-actions" else 404, "Not Found")
    shape: Json = dict(body)
    base = f"{shapes.API}/orgs/{asked.org.login}/actions/permissions"
    if name == "permissions":
        if shape["enabled_repositories"] == "selected":
            shape["selected_repositories_url"] = f"{base}/repositories"
        if shape["allowed_actions"] == "selected":
            shape["selected_actions_url"] = f"{base}/selected-actions"
    return shape


for _name in (
    "workflow",
    "selected-actions",
    "fork-pr-contributor-approval",
    "fork-pr-workflows-private-repos",
    "self-hosted-runners",
):
    route(f"/orgs/{{org}}/actions/permissions/{_name}")(lambda asked, name=_name: _actions(asked, name))  # type: ignore[misc]
route("/orgs/{org}/actions/permissions")(lambda asked: _actions(asked, "permissions"))


@route("/orgs/{org}/actions/oidc/customization/sub")
def _oidc(asked: Asked) -> Json:
    asked.need()
    return {"include_claim_keys": ["repo", "context"]}


@route("/orgs/{org}/actions/runner-groups")
def _runner_groups(asked: Asked) -> Listed:
    asked.need()
    return Listed([shapes.runner_group(asked.org, row) for row in asked.org.runner_groups], "runner_groups")


@route("/orgs/{org}/actions/runner-groups/{runner_group_id}/repositories")
def _runner_group_repositories(asked: Asked) -> Listed:
    asked.need()
    row = next((g for g in asked.org.runner_groups if str(g["id"]) == asked.names["runner_group_id"]), None)
    if row is None:
        raise Refused(404, "Not Found")
    return Listed(
        [shapes.repository(asked.org, asked.org.repositories[n], full=True) for n in row["repositories"]],
        "repositories",
    )


@route("/orgs/{org}/actions/runners")
def _runners(asked: Asked) -> Listed:
    asked.need()
    return Listed([shapes.runner(row) for row in asked.org.runners], "runners")


@route("/orgs/{org}/actions/secrets")
def _secrets(asked: Asked) -> Listed:
    asked.need()
    return Listed([shapes.secret(row, asked.org) for row in asked.org.secrets], "secrets")


@route("/orgs/{org}/actions/secrets/{secret_name}/repositories")
def _secret_repositories(asked: Asked) -> Listed:
    asked.need()
    row = next((s for s in asked.org.secrets if s["name"] == asked.names["secret_name"]), None)
    if row is None:
        raise Refused(404, "Not Found")
    names = row.get("repositories") or ()
    return Listed([shapes.repository(asked.org, asked.org.repositories[n], full=True) for n in names], "repositories")


@route("/orgs/{org}/dependabot/secrets")
def _dependabot(asked: Asked) -> Listed:
    asked.need()
    return Listed([shapes.secret(row, asked.org, "dependabot") for row in asked.org.dependabot_secrets], "secrets")


@route("/orgs/{org}/actions/variables")
def _variables(asked: Asked) -> Listed:
    asked.need()
    return Listed([shapes.variable(row, asked.org) for row in asked.org.variables], "variables")


@route("/scim/v2/organizations/{org}/Users")
def _scim(asked: Asked) -> Json:
    asked.need()
    if not asked.org.saml_issuer:
        raise Refused(404, "Not Found")
    known = [p for p in asked.estate.people.values() if p.scim_active is not None]
    start, count = int(asked.query.get("startIndex", 1)), int(asked.query.get("count", 100))
    rows = [
        {
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
            "id": f"scim-{p.id}",
            "externalId": p.saml,
            "userName": p.saml,
            "name": {"givenName": p.name, "familyName": "Acme"},
            "emails": [{"value": e, "primary": True} for e in p.emails],
            "active": p.scim_active,
            "meta": {
                "resourceType": "User",
                "created": p.created,
                "lastModified": p.created,
                "location": f"{shapes.API}/scim/{p.id}",
            },
        }
        for p in known[start - 1 : start - 1 + count]
    ]
    return {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
        "totalResults": len(known),
        "itemsPerPage": len(rows),
        "startIndex": start,
        "Resources": rows,
    }


@route("/enterprises/{enterprise}/audit-log/streams")
def _streams(asked: Asked) -> Any:
    asked.need(not_app=True)
    if asked.names["enterprise"] != asked.estate.enterprise["slug"]:
        raise Refused(404, "Not Found")
    return asked.estate.enterprise["audit_log_streams"]


# --- repositories ---------------------------------------------------------------------------------


@route("/repos/{owner}/{repo}")
def _repo(asked: Asked) -> Json:
    org, repo = asked.at
    return shapes.repository(org, repo, full=asked.viewer.trusted)


def _strict(asked: Asked) -> tuple[Organization, Repository]:
    """Return the repository for who may administer it; others are told that there is nothing."""
    found = asked.at
    if not asked.viewer.trusted:
        raise Refused(404, "Not Found")
    return found


@route("/repos/{owner}/{repo}/keys")
def _keys(asked: Asked) -> Listed:
    org, repo = _strict(asked)
    base = f"{shapes.API}/repos/{org.login}/{repo.name}/keys"
    return Listed([{**row, "url": f"{base}/{row['id']}"} for row in repo.keys])


@route("/repos/{owner}/{repo}/hooks")
def _repo_hooks(asked: Asked) -> Listed:
    org, repo = _strict(asked)
    base = f"{shapes.API}/repos/{org.login}/{repo.name}"
    return Listed([shapes.hook(row, base, organization=False) for row in repo.hooks])


@route("/repos/{owner}/{repo}/invitations")
def _repo_invitations(asked: Asked) -> Listed:
    org, repo = _strict(asked)
    anybody = next(iter(asked.estate.people.values()))
    return Listed(
        [
            {
                "id": row["id"],
                "node_id": f"RI_{row['id']}",
                "repository": shapes.repository(org, repo, full=False),
                "invitee": {**shapes.user(anybody), "login": row["login"]},
                "inviter": shapes.user(anybody),
                "permissions": row["permissions"],
                "created_at": row["created_at"],
                "expired": row["expired"],
                "url": f"{shapes.API}/user/repository_invitations/{row['id']}",
                "html_url": f"{shapes.WEB}/{org.login}/{repo.name}/invitations",
            }
            for row in repo.invitations
        ]
    )


@route("/repos/{owner}/{repo}/rulesets")
def _repo_rulesets(asked: Asked) -> Listed:
    org, repo = asked.at
    name = f"{org.login}/{repo.name}"
    return Listed([shapes.ruleset(r, name, "Repository", bypass=False, whole=False) for r in repo.rulesets])


@route("/repos/{owner}/{repo}/rulesets/{ruleset_id}")
def _repo_ruleset(asked: Asked) -> Json:
    org, repo = asked.at
    row = next((r for r in repo.rulesets if str(r["id"]) == asked.names["ruleset_id"]), None)
    if row is None:
        raise Refused(404, "Not Found")
    return shapes.ruleset(row, f"{org.login}/{repo.name}", "Repository", bypass=asked.viewer.owner, whole=True)


@route("/repos/{owner}/{repo}/environments")
def _environments(asked: Asked) -> Listed:
    org, repo = asked.at
    rows = [shapes.environment(org, repo, row, asked.estate.people) for row in repo.environments]
    return Listed(rows, "environments")


def _environment(asked: Asked) -> Json:
    _, repo = asked.at
    row = next((e for e in repo.environments if e["name"] == asked.names["environment_name"]), None)
    if row is None:
        raise Refused(404, "Not Found")
    return row


@route("/repos/{owner}/{repo}/environments/{environment_name}/deployment-branch-policies")
def _branch_policies(asked: Asked) -> Listed:
    rows = _environment(asked)["branch_policies"]
    return Listed([{"id": n, "node_id": f"BP_{n}", **row} for n, row in enumerate(rows)], "branch_policies")


@route("/repos/{owner}/{repo}/environments/{environment_name}/deployment_protection_rules")
def _protection_rules(asked: Asked) -> Json:
    rows = _environment(asked)["custom_rules"]
    return {"total_count": len(rows), "custom_deployment_protection_rules": rows}


@route("/repos/{owner}/{repo}/environments/{environment_name}/secrets")
def _environment_secrets(asked: Asked) -> Listed:
    _strict(asked)
    rows = _environment(asked)["secrets"]
    return Listed([{"name": name, "created_at": at, "updated_at": at} for name, at in rows], "secrets")


@route("/repos/{owner}/{repo}/environments/{environment_name}/variables")
def _environment_variables(asked: Asked) -> Listed:
    _strict(asked)
    _environment(asked)
    return Listed([], "variables")


@route("/repos/{owner}/{repo}/actions/secrets")
def _repo_secrets(asked: Asked) -> Listed:
    _, repo = _strict(asked)
    return Listed([shapes.secret(row) for row in repo.secrets], "secrets")


@route("/repos/{owner}/{repo}/actions/variables")
def _repo_variables(asked: Asked) -> Listed:
    _, repo = _strict(asked)
    return Listed([shapes.variable(row) for row in repo.variables], "variables")


@route("/repos/{owner}/{repo}/actions/runners")
def _repo_runners(asked: Asked) -> Listed:
    _, repo = _strict(asked)
    return Listed([shapes.runner(row) for row in repo.runners], "runners")


@route("/repos/{owner}/{repo}/actions/permissions")
def _repo_actions(asked: Asked) -> Json:
    org, repo = _strict(asked)
    allowed = org.actions.get("permissions", {}).get("allowed_actions", "all")
    pinned = org.actions.get("permissions", {}).get("sha_pinning_required", False)
    return {
        "enabled": not repo.archived,
        "allowed_actions": allowed,
        "sha_pinning_required": pinned,
        **repo.actions.get("permissions", {}),
    }


@route("/repos/{owner}/{repo}/actions/permissions/workflow")
def _repo_workflow(asked: Asked) -> Json:
    org, repo = _strict(asked)
    return {**org.actions.get("workflow", {}), **repo.actions.get("workflow", {})}


@route("/repos/{owner}/{repo}/actions/permissions/fork-pr-contributor-approval")
def _repo_forks(asked: Asked) -> Json:
    org, repo = _strict(asked)
    return {
        **org.actions.get("fork-pr-contributor-approval", {}),
        **repo.actions.get("fork-pr-contributor-approval", {}),
    }


@route("/repos/{owner}/{repo}/actions/oidc/customization/sub")
def _repo_oidc(asked: Asked) -> Json:
    _, repo = _strict(asked)
    return {"use_default": True, **repo.actions.get("oidc", {})}


@route("/repos/{owner}/{repo}/branches/{branch}/protection")
def _branch_protection(asked: Asked) -> Json:
    _, repo = _strict(asked)
    if not any(p["pattern"] == asked.names["branch"] for p in repo.protections):
        raise Refused(404, "Branch not protected")
    raise Refused(404, "Not Found")


@route("/repos/{owner}/{repo}/contents/{path}")
def _contents(asked: Asked) -> Json:
    org, repo = asked.at
    path = asked.names["path"]
    text = repo.workflows.get(path) or (repo.codeowners if path == ".github/CODEOWNERS" else None)
    if text is None:
        raise Refused(404, "Not Found")
    url = f"{shapes.API}/repos/{org.login}/{repo.name}/contents/{path}"
    return {
        "type": "file", "encoding": "base64", "size": len(text), "name": path.rpartition("/")[2], "path": path,
        "content": base64.b64encode(text.encode()).decode(), "sha": "0" * 40, "url": url, "git_url": url, "html_url": url,
        "download_url": url, "_links": {"git": url, "self": url, "html": url},
    }  # fmt: skip
