"""GitHub's REST shapes, whole: every field that its description requires, with plausible values."""

from typing import Any

from pipewarden.demo.estate.kinds import Json, Organization, Person, Repository, Team

WEB = "https://github.com"
API = "https://api.github.com"


def user(person: Person) -> Json:
    """Return a `simple-user`."""
    base = f"{API}/users/{person.login}"
    return {
        "login": person.login,
        "id": person.id,
        "node_id": f"U_{person.id}",
        "avatar_url": f"{WEB}/avatars/{person.id}",
        "gravatar_id": "",
        "url": base,
        "html_url": f"{WEB}/{person.login}",
        "followers_url": f"{base}/followers",
        "following_url": f"{base}/following",
        "gists_url": f"{base}/gists",
        "starred_url": f"{base}/starred",
        "subscriptions_url": f"{base}/subscriptions",
        "organizations_url": f"{base}/orgs",
        "repos_url": f"{base}/repos",
        "events_url": f"{base}/events",
        "received_events_url": f"{base}/received_events",
        "type": person.type,
        "site_admin": False,
    }


def owner(org: Organization) -> Json:
    """Return an organization as a `simple-user`, as owners of repositories are given."""
    return {**user(Person(org.id, org.login, type="Organization")), "type": "Organization"}


def organization(org: Organization, *, full: bool) -> Json:
    """Return `organization-full`; what only an owner sees is absent for others, not null."""
    base = f"{API}/orgs/{org.login}"
    private = sum(repository.visibility != "public" for repository in org.repositories.values())
    public = {
        "login": org.login,
        "id": org.id,
        "node_id": f"O_{org.id}",
        "url": base,
        "repos_url": f"{base}/repos",
        "events_url": f"{base}/events",
        "hooks_url": f"{base}/hooks",
        "issues_url": f"{base}/issues",
        "members_url": f"{base}/members{{/member}}",
        "public_members_url": f"{base}/public_members{{/member}}",
        "avatar_url": f"{WEB}/avatars/{org.id}",
        "description": None,
        "name": org.login.capitalize(),
        "html_url": f"{WEB}/{org.login}",
        "type": "Organization",
        "public_repos": len(org.repositories) - private,
        "public_gists": 0,
        "followers": 0,
        "following": 0,
        "has_organization_projects": True,
        "has_repository_projects": True,
        "created_at": "2015-05-01T08:00:00Z",
        "updated_at": "2026-11-01T08:00:00Z",
        "archived_at": None,
        "is_verified": org.settings.get("is_verified", False),
    }
    if not full:
        return public
    return {
        **public,
        **org.settings,
        "total_private_repos": private,
        "owned_private_repos": private,
        "plan": {
            "name": org.plan,
            "space": 976562499,
            "private_repos": 999999,
            "filled_seats": len(org.people),
            "seats": 100,
        },
    }


_REPO_URLS = (
    "archive_url", "assignees_url", "blobs_url", "branches_url", "collaborators_url", "comments_url", "commits_url",
    "compare_url", "contents_url", "contributors_url", "deployments_url", "downloads_url", "events_url", "forks_url",
    "git_commits_url", "git_refs_url", "git_tags_url", "hooks_url", "issue_comment_url", "issue_events_url", "issues_url",
    "keys_url", "labels_url", "languages_url", "merges_url", "milestones_url", "notifications_url", "pulls_url",
    "releases_url", "stargazers_url", "statuses_url", "subscribers_url", "subscription_url", "tags_url", "teams_url",
    "trees_url",
)  # fmt: skip


def repository(org: Organization, repo: Repository, *, full: bool) -> Json:
    """Return a `minimal-repository`."""
    base = f"{API}/repos/{org.login}/{repo.name}"
    shape: Json = {
        "id": repo.id,
        "node_id": f"R_{repo.id}",
        "name": repo.name,
        "full_name": f"{org.login}/{repo.name}",
        "owner": owner(org),
        "private": repo.visibility != "public",
        "visibility": repo.visibility,
        "html_url": f"{WEB}/{org.login}/{repo.name}",
        "description": None,
        "fork": repo.fork,
        "url": base,
        **{name: f"{base}/{name.removesuffix('_url')}" for name in _REPO_URLS},
        "default_branch": repo.default_branch,
        "archived": repo.archived,
        "disabled": False,
        "created_at": repo.created,
        "updated_at": repo.pushed,
        "pushed_at": repo.pushed,
        "topics": [],
        "allow_forking": repo.forking,
        "is_template": False,
        "web_commit_signoff_required": False,
        "language": repo.language,
        "custom_properties": dict(repo.properties),
    }
    if full:
        given = {"secret_scanning": "disabled", "secret_scanning_push_protection": "disabled", **repo.security}
        shape["security_and_analysis"] = {name: {"status": status} for name, status in given.items()}
    return shape


def team(org: Organization, each: Team) -> Json:
    """Return a `team`."""
    base = f"{API}/organizations/{org.id}/team/{each.id}"
    parent = org.teams.get(each.parent)
    return {
        "id": each.id,
        "node_id": f"T_{each.id}",
        "name": each.name,
        "slug": each.slug,
        "description": each.description,
        "privacy": each.privacy,
        "notification_setting": "notifications_enabled",
        "permission": "pull",
        "type": "organization",
        "organization_id": org.id,
        "url": base,
        "html_url": f"{WEB}/orgs/{org.login}/teams/{each.slug}",
        "members_url": f"{base}/members{{/member}}",
        "repositories_url": f"{base}/repos",
        "parent": {k: v for k, v in team(org, parent).items() if k != "parent"} if parent else None,
    }


def team_simple(org: Organization, each: Team) -> Json:
    """Return a `team-simple`."""
    return {key: value for key, value in team(org, each).items() if key != "parent"}


def enterprise_team(row: Json) -> Json:
    """Return an `enterprise-team`."""
    return {
        "id": row["id"],
        "name": row["name"],
        "slug": row["slug"],
        "url": f"{API}/enterprises/acme-corp/teams/{row['slug']}",
        "organization_selection_type": "all",
        "group_id": None,
        "html_url": f"{WEB}/enterprises/acme-corp/teams/{row['slug']}",
        "members_url": f"{API}/enterprises/acme-corp/teams/{row['slug']}/memberships{{/member}}",
        "created_at": "2025-01-01T00:00:00Z",
        "updated_at": "2025-01-01T00:00:00Z",
    }


def organization_simple(org: Organization) -> Json:
    """Return an `organization-simple`."""
    keys = (
        "login", "id", "node_id", "url", "repos_url", "events_url", "hooks_url", "issues_url", "members_url",
        "public_members_url", "avatar_url", "description",
    )  # fmt: skip
    whole = organization(org, full=False)
    return {key: whole[key] for key in keys}


def installation(org: Organization, app: Json) -> Json:
    """Return an `installation`."""
    suspended = app.get("suspended_at")
    return {
        "id": app["id"],
        "account": owner(org),
        "repository_selection": app["repository_selection"],
        "access_tokens_url": f"{API}/app/installations/{app['id']}/access_tokens",
        "repositories_url": f"{API}/installation/repositories",
        "html_url": f"{WEB}/organizations/{org.login}/settings/installations/{app['id']}",
        "app_id": app["app_id"],
        "client_id": f"Iv1.demo{app['app_id']}",
        "target_id": org.id,
        "target_type": "Organization",
        "permissions": app["permissions"],
        "events": [],
        "created_at": app["created_at"],
        "updated_at": app["updated_at"],
        "single_file_name": None,
        "has_multiple_single_files": False,
        "single_file_paths": [],
        "app_slug": app["app_slug"],
        "suspended_by": None,
        "suspended_at": suspended,
    }


def token(org: Organization, row: Json, person: Person, *, request: bool = False) -> Json:
    """Return an `organization-programmatic-access-grant`, or the request for one."""
    shape = {
        "id": row["id"],
        "owner": user(person),
        "repository_selection": row["repository_selection"],
        "repositories_url": f"{API}/orgs/{org.login}/personal-access-tokens/{row['id']}/repositories",
        "permissions": row["permissions"],
        "token_id": row["token_id"],
        "token_name": row["token_name"],
        "token_expired": row["token_expired"],
        "token_expires_at": row["token_expires_at"],
        "token_last_used_at": row["token_last_used_at"],
    }
    if request:
        return {**shape, "reason": "to try it", "created_at": "2026-10-01T10:00:00Z"}
    return {**shape, "access_granted_at": row["access_granted_at"]}


def secret(row: Json, org: Organization | None = None, store: str = "actions") -> Json:
    """Return a secret: its name and dates, never a value."""
    shape = {key: row[key] for key in ("name", "created_at", "updated_at")}
    if org is not None:
        shape["visibility"] = row["visibility"]
        shape["selected_repositories_url"] = f"{API}/orgs/{org.login}/{store}/secrets/{row['name']}/repositories"
    return shape


def variable(row: Json, org: Organization | None = None) -> Json:
    """Return a variable with its value, as the API does."""
    shape = {
        "name": row["name"],
        "value": row["value"],
        "created_at": "2025-01-01T00:00:00Z",
        "updated_at": "2025-01-01T00:00:00Z",
    }
    if org is not None:
        shape["visibility"] = row["visibility"]
        shape["selected_repositories_url"] = f"{API}/orgs/{org.login}/actions/variables/{row['name']}/repositories"
    return shape


def runner(row: Json) -> Json:
    """Return a `runner`."""
    labels = [{"id": n, "name": name, "type": "custom"} for n, name in enumerate(row["labels"])]
    return {
        **{k: row[k] for k in ("id", "name", "os", "status", "busy", "ephemeral")},
        **({"runner_group_id": row["runner_group_id"]} if row["runner_group_id"] else {}),
        "labels": labels,
    }


def runner_group(org: Organization, row: Json) -> Json:
    """Return a `runner-groups-org`."""
    shape = {key: value for key, value in row.items() if key != "repositories"}
    shape["runners_url"] = f"{API}/orgs/{org.login}/actions/runner-groups/{row['id']}/runners"
    if row["visibility"] == "selected":
        shape["selected_repositories_url"] = f"{API}/orgs/{org.login}/actions/runner-groups/{row['id']}/repositories"
    return shape


def hook(row: Json, base: str, *, organization: bool) -> Json:
    """Return a webhook; its secret is masked as GitHub masks it."""
    config: Json = {"url": row["url"], "content_type": "json", "insecure_ssl": row["insecure_ssl"]}
    if row["secret"]:
        config["secret"] = "*" * 8
    shape: Json = {
        "id": row["id"],
        "url": f"{base}/hooks/{row['id']}",
        "ping_url": f"{base}/hooks/{row['id']}/pings",
        "deliveries_url": f"{base}/hooks/{row['id']}/deliveries",
        "name": "web",
        "events": ["push"],
        "active": True,
        "config": config,
        "updated_at": "2025-01-01T00:00:00Z",
        "created_at": "2024-01-01T00:00:00Z",
        "type": "Organization" if organization else "Repository",
    }
    if not organization:
        shape["test_url"] = f"{base}/hooks/{row['id']}/test"
        shape["last_response"] = {
            "code": row["code"],
            "status": "active" if row["code"] < 400 else "failed",
            "message": None,
        }
    return shape


def ruleset(row: Json, source: str, source_type: str, *, bypass: bool, whole: bool) -> Json:
    """Return a ruleset. The bypass list is only there for who may write the ruleset."""
    shape = {key: row[key] for key in ("id", "name", "target", "enforcement", "created_at", "updated_at")}
    shape |= {"source": source, "source_type": source_type, "node_id": f"RRS_{row['id']}"}
    if whole:
        shape |= {"conditions": row["conditions"], "rules": row["rules"], "current_user_can_bypass": "never"}
        if bypass:
            shape["bypass_actors"] = row["bypass_actors"]
    return shape


def environment(org: Organization, repo: Repository, row: Json, people: dict[str, Person]) -> Json:
    """Return an `environment` with its protection rules."""
    base = f"{API}/repos/{org.login}/{repo.name}/environments/{row['name']}"
    rules: list[Json] = []
    if row["reviewers"]:
        reviewers = [
            {"type": kind, "reviewer": team(org, org.teams[name]) if kind == "Team" else user(people[name])}
            for kind, name in row["reviewers"]
        ]
        rules.append(
            {
                "id": row["id"] * 10,
                "node_id": f"GA_{row['id']}0",
                "type": "required_reviewers",
                "prevent_self_review": row["prevent_self_review"],
                "reviewers": reviewers,
            }
        )
    if row["wait_timer"]:
        rules.append(
            {
                "id": row["id"] * 10 + 1,
                "node_id": f"GA_{row['id']}1",
                "type": "wait_timer",
                "wait_timer": row["wait_timer"],
            }
        )
    if row["deployment_branch_policy"]:
        rules.append({"id": row["id"] * 10 + 2, "node_id": f"GA_{row['id']}2", "type": "branch_policy"})
    return {
        "id": row["id"],
        "node_id": f"EN_{row['id']}",
        "name": row["name"],
        "url": base,
        "html_url": f"{WEB}/{org.login}/{repo.name}/deployments/activity_log?environments_filter={row['name']}",
        "created_at": "2024-01-01T00:00:00Z",
        "updated_at": "2025-01-01T00:00:00Z",
        "can_admins_bypass": row["can_admins_bypass"],
        "protection_rules": rules,
        "deployment_branch_policy": row["deployment_branch_policy"],
    }


def invitation(row: Json, inviter: Person) -> Json:
    """Return an `organization-invitation`."""
    return {
        "id": row["id"],
        "login": row["login"],
        "email": None if row["login"] else "somebody@elsewhere.example",
        "role": row["role"],
        "created_at": row["created_at"],
        "failed_at": row.get("failed_at"),
        "failed_reason": row.get("failed_reason"),
        "inviter": user(inviter),
        "team_count": 0,
        "node_id": f"OI_{row['id']}",
        "invitation_teams_url": f"{API}/organizations/1/invitations/{row['id']}/teams",
        "invitation_source": "member",
    }


def credential(row: Json) -> Json:
    """Return a `credential-authorization`."""
    return {key: value for key, value in row.items() if value is not None or key.startswith("authorized_credential")}


def page(items: list[Any], number: int, size: int) -> list[Any]:
    """Return one page of a list, pages counted from 1."""
    return items[(number - 1) * size : number * size]


def rule_suite(org: Organization, row: Json, actor: Person) -> Json:
    """Return a `rule-suite`."""
    repository = org.repositories[row["repository"]]
    return {
        "id": row["id"],
        "actor_id": actor.id,
        "actor_name": actor.login,
        "before_sha": "0" * 40,
        "after_sha": f"{row['id']:040x}",
        "ref": row["ref"],
        "repository_id": repository.id,
        "repository_name": repository.name,
        "pushed_at": row["at"].strftime("%Y-%m-%dT%H:%M:%SZ"),
        "result": row["result"],
        "evaluation_result": row.get("evaluation_result"),
    }


def secret_alert(org: Organization, repo: Repository, row: Json, *, hidden: bool) -> Json:
    """Return an `organization-secret-scanning-alert`; the secret stands in it unless it is asked to be left out."""
    base = f"{API}/repos/{org.login}/{repo.name}/secret-scanning/alerts/{row['number']}"
    shape: Json = {
        "number": row["number"],
        "created_at": row["created_at"],
        "updated_at": row["created_at"],
        "url": base,
        "html_url": f"https://github.com/{org.login}/{repo.name}/security/secret-scanning/{row['number']}",
        "locations_url": f"{base}/locations",
        "state": row.get("state", "open"),
        "resolution": row.get("resolution"),
        "resolved_at": None,
        "resolved_by": None,
        "secret_type": row["secret_type"],
        "secret_type_display_name": row["secret_type"].replace("_", " "),
        "secret": None if hidden else f"value-of-alert-{row['number']}",
        "repository": repository(org, repo, full=False),
        "push_protection_bypassed": row.get("push_protection_bypassed", False),
        "push_protection_bypassed_by": None,
        "push_protection_bypassed_at": None,
        "validity": row.get("validity", "unknown"),
        "publicly_leaked": row.get("publicly_leaked", False),
        "multi_repo": False,
    }
    if hidden:
        del shape["secret"]
    return shape
