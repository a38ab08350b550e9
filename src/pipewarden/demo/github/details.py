"""REST shapes of a repository's details: the whole repository, workflows, runs, deployments, apps."""

import hashlib

from pipewarden.demo.estate.kinds import Json, Organization, Person, Repository
from pipewarden.demo.github.shapes import API, WEB, owner, repository, user


def commit(what: str) -> str:
    """Return a commit's id that is the same every time."""
    return hashlib.sha1(what.encode(), usedforsecurity=False).hexdigest()


def repository_full(org: Organization, repo: Repository, *, trusted: bool) -> Json:
    """Return a `full-repository`; merge settings and security are for who may administer it."""
    where = f"github.com/{org.login}/{repo.name}"
    zero = dict.fromkeys(
        (
            "forks", "forks_count", "open_issues", "open_issues_count", "size", "stargazers_count", "watchers",
            "watchers_count", "network_count", "subscribers_count",
        ),
        0,
    )  # fmt: skip
    shape: Json = {
        **repository(org, repo, full=trusted),
        **zero,
        "clone_url": f"https://{where}.git",
        "git_url": f"git://{where}.git",
        "ssh_url": f"git@github.com:{org.login}/{repo.name}.git",
        "svn_url": f"https://{where}",
        "homepage": None,
        "language": None,
        "license": None,
        "mirror_url": None,
        "has_issues": True,
        "has_projects": True,
        "has_wiki": False,
        "has_pages": False,
        "has_discussions": False,
        "has_downloads": False,
        "organization": owner(org),
    }
    if trusted:
        shape |= {
            "allow_auto_merge": repo.auto_merge,
            "allow_merge_commit": True,
            "allow_squash_merge": True,
            "allow_rebase_merge": True,
            "allow_update_branch": False,
            "delete_branch_on_merge": True,
        }
    return shape


def workflow_id(repo: Repository, path: str) -> int:
    """Return a workflow's number."""
    return repo.id * 100 + sorted(repo.workflows).index(path)


def workflow(org: Organization, repo: Repository, path: str) -> Json:
    """Return a `workflow`."""
    number = workflow_id(repo, path)
    first = repo.workflows[path].partition("\n")[0]
    name = first.removeprefix("name:").strip() if first.startswith("name:") else path
    return {
        "id": number,
        "node_id": f"W_{number}",
        "name": name,
        "path": path,
        "state": "active",
        "created_at": repo.created,
        "updated_at": repo.pushed,
        "url": f"{API}/repos/{org.login}/{repo.name}/actions/workflows/{number}",
        "html_url": f"{WEB}/{org.login}/{repo.name}/blob/{repo.default_branch}/{path}",
        "badge_url": f"{WEB}/{org.login}/{repo.name}/workflows/{name}/badge.svg",
    }


def run(org: Organization, repo: Repository, number: int, row: Json, person: Person | None) -> Json:
    """Return a `workflow-run`."""
    identity = repo.id * 10_000 + number
    base = f"{API}/repos/{org.login}/{repo.name}/actions/runs/{identity}"
    sha = commit(f"{repo.id}:{row['branch']}:{number}")
    author = {"name": row["actor"], "email": f"{row['actor']}@acme.example"}
    plain = repository(org, repo, full=False)
    who = user(person) if person else None
    return {
        "id": identity,
        "name": row["workflow"].rpartition("/")[2],
        "node_id": f"WFR_{identity}",
        "head_branch": row["branch"],
        "head_sha": sha,
        "path": row["workflow"],
        "display_title": f"run {number}",
        "run_number": number,
        "run_attempt": 1,
        "event": row["event"],
        "status": "completed",
        "conclusion": row["conclusion"],
        "workflow_id": workflow_id(repo, row["workflow"]),
        "url": base,
        "html_url": f"{WEB}/{org.login}/{repo.name}/actions/runs/{identity}",
        "pull_requests": [],
        "created_at": row["at"],
        "updated_at": row["at"],
        "run_started_at": row["at"],
        **({"actor": who, "triggering_actor": who} if who else {}),
        **{f"{name}_url": f"{base}/{name}" for name in ("jobs", "logs", "artifacts", "cancel", "rerun")},
        "check_suite_url": f"{API}/repos/{org.login}/{repo.name}/check-suites/{identity}",
        "previous_attempt_url": None,
        "workflow_url": f"{API}/repos/{org.login}/{repo.name}/actions/workflows/{workflow_id(repo, row['workflow'])}",
        "head_commit": {
            "id": sha,
            "tree_id": sha,
            "message": "a change",
            "timestamp": row["at"],
            "author": author,
            "committer": author,
        },
        "repository": plain,
        "head_repository": plain,
    }


def deployment(org: Organization, repo: Repository, number: int, row: Json, person: Person | None) -> Json:
    """Return a `deployment`."""
    identity = repo.id * 1000 + number
    base = f"{API}/repos/{org.login}/{repo.name}"
    return {
        "url": f"{base}/deployments/{identity}",
        "id": identity,
        "node_id": f"DE_{identity}",
        "sha": commit(f"{repo.id}:{row['ref']}:{number}"),
        "ref": row["ref"],
        "task": "deploy",
        "payload": {},
        "original_environment": row["environment"],
        "environment": row["environment"],
        "description": None,
        "creator": user(person) if person else None,
        "created_at": row["at"],
        "updated_at": row["at"],
        "statuses_url": f"{base}/deployments/{identity}/statuses",
        "repository_url": base,
        "transient_environment": False,
        "production_environment": row["environment"] == "production",
    }


def app(org: Organization, row: Json) -> Json:
    """Return an `integration`."""
    return {
        "id": row["app_id"],
        "slug": row["app_slug"],
        "node_id": f"A_{row['app_id']}",
        "client_id": f"Iv1.demo{row['app_id']}",
        "owner": owner(org),
        "name": row["app_slug"],
        "description": None,
        "external_url": f"https://{row['app_slug']}.example",
        "html_url": f"{WEB}/apps/{row['app_slug']}",
        "created_at": row["created_at"],
        "updated_at": row["updated_at"],
        "permissions": row["permissions"],
        "events": [],
    }
