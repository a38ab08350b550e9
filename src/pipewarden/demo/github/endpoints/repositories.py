"""A repository: who holds what, keys, webhooks, invitations, files and deployments."""

import base64
import hashlib

from pipewarden.demo.estate.access import base_of, flags, highest, sources
from pipewarden.demo.estate.kinds import Json, Organization, Repository
from pipewarden.demo.github import details, shapes
from pipewarden.demo.github.asking import Asked, Listed, Refused, route


@route("/repos/{owner}/{repo}")
def _repo(asked: Asked) -> Json:
    org, repo = asked.at
    return details.repository_full(org, repo, trusted=asked.viewer.trusted)


def _role(asked: Asked, org: Organization, repo: Repository, login: str) -> str:
    """Return the highest role of somebody, as `role_name` has it: all sources are merged, none is told."""
    colleague = any(login in other.people for other in asked.estate.organizations.values())
    found = highest(org, sources(org, repo, login, colleagues=colleague))
    return found or ("read" if repo.visibility == "public" else "")


@route("/repos/{owner}/{repo}/collaborators")
def _collaborators(asked: Asked) -> Listed:
    org, repo = asked.at
    affiliation = asked.chosen("affiliation", ("all", "direct", "outside"))
    wanted = asked.query.get("permission")
    # `direct` is whoever was given a role here, with the highest role from anywhere: the trap of this list
    people = list(repo.collaborators) if affiliation != "all" else [*repo.collaborators, *org.people]
    rows = []
    for login in dict.fromkeys(people):
        if affiliation == "outside" and login in org.people:
            continue
        role = _role(asked, org, repo, login) if affiliation != "all" or sources(org, repo, login) else ""
        held = flags(base_of(org, role))
        if role and (wanted is None or held.get(wanted)):
            rows.append({**shapes.user(asked.estate.person(login)), "permissions": held, "role_name": role})
    return Listed(rows)


@route("/repos/{owner}/{repo}/collaborators/{username}/permission")
def _permission(asked: Asked) -> Json:
    org, repo = asked.at
    person = asked.estate.people.get(asked.names["username"])
    if person is None:
        raise Refused(404, "Not Found")
    role = _role(asked, org, repo, person.login)
    base = base_of(org, role)
    coarse = {"triage": "read", "maintain": "write", "": "none"}.get(base, base)
    held = {**shapes.user(person), "permissions": flags(base), "role_name": role or "none"}
    return {"permission": coarse, "role_name": role or "none", "user": held}


@route("/repos/{owner}/{repo}/teams")
def _teams(asked: Asked) -> Listed:
    org, repo = asked.at
    rows = []
    for team in org.teams.values():
        if repo.name in team.repositories:
            role = team.repositories[repo.name]
            coarse = {"read": "pull", "write": "push"}.get(role, role)
            shape = {**shapes.team(org, team), "permission": coarse, "permissions": flags(base_of(org, role))}
            rows.append(shape)
    return Listed(rows)


@route("/repos/{owner}/{repo}/keys")
def _keys(asked: Asked) -> Listed:
    org, repo = asked.at
    base = f"{shapes.API}/repos/{org.login}/{repo.name}/keys"
    return Listed([{**row, "url": f"{base}/{row['id']}"} for row in repo.keys])


@route("/repos/{owner}/{repo}/hooks")
def _hooks(asked: Asked) -> Listed:
    org, repo = asked.at
    base = f"{shapes.API}/repos/{org.login}/{repo.name}"
    return Listed([shapes.hook(row, base, organization=False) for row in repo.hooks])


@route("/repos/{owner}/{repo}/invitations")
def _invitations(asked: Asked) -> Listed:
    org, repo = asked.at
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


@route("/repos/{owner}/{repo}/contents/{path}")
def _contents(asked: Asked) -> Json | list[Json]:
    org, repo = asked.at
    path = asked.names["path"].strip("/")
    files = dict(repo.workflows)
    if repo.codeowners is not None:
        files[".github/CODEOWNERS"] = repo.codeowners
    if path in files:
        text = files[path].encode()
        content = {"encoding": "base64", "content": base64.b64encode(text).decode()}
        return {**_entry(org, repo, path, text), **content}
    inside = sorted(each for each in files if each.startswith(f"{path}/"))
    if not inside:
        raise Refused(404, "Not Found")
    return [_entry(org, repo, each, files[each].encode()) for each in inside if "/" not in each[len(path) + 1 :]]


@route("/repos/{owner}/{repo}/git/trees/{tree_sha}")
def _tree(asked: Asked) -> Json:
    """List all files of the default branch, as `recursive` asks for; a name of the branch stands for its tree."""
    org, repo = asked.at
    if asked.names["tree_sha"] not in {repo.default_branch, "HEAD"}:
        raise Refused(404, "Not Found")
    url = f"{shapes.API}/repos/{org.login}/{repo.name}/git"
    files = sorted(repo.every_file().items())
    rows = [
        {
            "path": path,
            "mode": "100644",
            "type": "blob",
            "sha": sha,
            "size": len(text.encode()),
            "url": f"{url}/blobs/{sha}",
        }
        for path, text in files
        if (sha := _sha(text.encode()))
    ]
    return {
        "sha": _sha(repo.name.encode()),
        "url": f"{url}/trees/{repo.default_branch}",
        "tree": rows,
        "truncated": False,
    }


def _sha(text: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(text) + text, usedforsecurity=False).hexdigest()


def _entry(org: Organization, repo: Repository, path: str, text: bytes) -> Json:
    url = f"{shapes.API}/repos/{org.login}/{repo.name}/contents/{path}"
    return {
        "type": "file",
        "size": len(text),
        "name": path.rpartition("/")[2],
        "path": path,
        "sha": _sha(text),
        "url": url,
        "git_url": url,
        "html_url": f"{shapes.WEB}/{org.login}/{repo.name}/blob/{repo.default_branch}/{path}",
        "download_url": url,
        "_links": {"git": url, "self": url, "html": url},
    }


@route("/repos/{owner}/{repo}/deployments")
def _deployments(asked: Asked) -> Listed:
    org, repo = asked.at
    rows = list(enumerate(repo.deployments, 1))
    for name in ("environment", "ref"):
        rows = [(n, row) for n, row in rows if asked.query.get(name) in {None, row[name]}]
    people = asked.estate.people
    return Listed([details.deployment(org, repo, n, row, people.get(row["actor"])) for n, row in reversed(rows)])
