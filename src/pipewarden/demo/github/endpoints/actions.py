"""What Actions may do, runners, secrets and variables: of the organization and of a repository."""

from pipewarden.demo.estate.kinds import Json, Organization, Repository
from pipewarden.demo.github import details, shapes
from pipewarden.demo.github.asking import Asked, Listed, Refused, found_by, route


def _settings(asked: Asked, name: str) -> Json:
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
    shape.pop("repositories", None)
    return shape


for _name in (
    "workflow",
    "selected-actions",
    "fork-pr-contributor-approval",
    "fork-pr-workflows-private-repos",
    "self-hosted-runners",
    "artifact-and-log-retention",
):
    route(f"/orgs/{{org}}/actions/permissions/{_name}")(lambda asked, name=_name: _settings(asked, name))  # type: ignore[misc]
route("/orgs/{org}/actions/permissions")(lambda asked: _settings(asked, "permissions"))


def _named(asked: Asked, names: list[str]) -> Listed:
    org = asked.org
    return Listed([shapes.repository(org, org.repositories[name], full=True) for name in names], "repositories")


@route("/orgs/{org}/actions/permissions/repositories")
def _enabled(asked: Asked) -> Listed:
    settings = asked.org.actions.get("permissions", {})
    if settings.get("enabled_repositories") != "selected":
        raise Refused(409, "Actions is not enabled for selected repositories")
    org = asked.org
    chosen = [org.repositories[name] for name in settings.get("repositories", ())]
    return Listed([details.repository_full(org, repo, trusted=True) for repo in chosen], "repositories")


@route("/orgs/{org}/actions/oidc/customization/sub")
def _oidc(asked: Asked) -> Json:
    return {"include_claim_keys": list(asked.org.oidc_claims)}


@route("/orgs/{org}/actions/runner-groups")
def _groups(asked: Asked) -> Listed:
    return Listed([shapes.runner_group(asked.org, row) for row in asked.org.runner_groups], "runner_groups")


def _group(asked: Asked) -> Json:
    return found_by(asked.org.runner_groups, "id", asked.names["runner_group_id"])


@route("/orgs/{org}/actions/runner-groups/{runner_group_id}/repositories")
def _group_repositories(asked: Asked) -> Listed:
    return _named(asked, _group(asked)["repositories"])


@route("/orgs/{org}/actions/runner-groups/{runner_group_id}/runners")
def _group_runners(asked: Asked) -> Listed:
    number = _group(asked)["id"]
    rows = [row for row in asked.org.runners if row["runner_group_id"] == number]
    return Listed([shapes.runner(row) for row in rows], "runners")


@route("/orgs/{org}/actions/runners")
def _runners(asked: Asked) -> Listed:
    return Listed([shapes.runner(row) for row in asked.org.runners], "runners")


def _kept(org: Organization, store: str) -> list[Json]:
    """Return the secrets that an organization keeps for Actions, Dependabot or Codespaces."""
    return {"dependabot": org.dependabot_secrets, "codespaces": org.codespaces_secrets}.get(store, org.secrets)


def _secrets(asked: Asked, store: str) -> Listed:
    return Listed([shapes.secret(row, asked.org, store) for row in _kept(asked.org, store)], "secrets")


def _secret_repositories(asked: Asked, store: str) -> Listed:
    return _chosen(asked, found_by(_kept(asked.org, store), "name", asked.names["secret_name"]))


def _chosen(asked: Asked, row: Json) -> Listed:
    """Return the repositories that something was shared with, one by one."""
    if row["visibility"] != "selected":
        raise Refused(409, "It is not for selected repositories")
    return _named(asked, list(row.get("repositories") or ()))


for _store in ("actions", "dependabot", "codespaces"):
    route(f"/orgs/{{org}}/{_store}/secrets")(lambda asked, store=_store: _secrets(asked, store))  # type: ignore[misc]
    route(f"/orgs/{{org}}/{_store}/secrets/{{secret_name}}/repositories")(
        lambda asked, store=_store: _secret_repositories(asked, store)  # type: ignore[misc]
    )


@route("/orgs/{org}/actions/variables")
def _variables(asked: Asked) -> Listed:
    return Listed([shapes.variable(row, asked.org) for row in asked.org.variables], "variables")


@route("/orgs/{org}/actions/variables/{name}/repositories")
def _variable_repositories(asked: Asked) -> Listed:
    return _chosen(asked, found_by(asked.org.variables, "name", asked.names["name"]))


# --- of a repository ------------------------------------------------------------------------------


@route("/repos/{owner}/{repo}/actions/permissions")
def _repository(asked: Asked) -> Json:
    org, repo = asked.at
    above = org.actions.get("permissions", {})
    return {
        "enabled": not repo.archived,
        "allowed_actions": above.get("allowed_actions", "all"),
        "sha_pinning_required": above.get("sha_pinning_required", False),
        **repo.actions.get("permissions", {}),
    }


def _overridden(asked: Asked, name: str) -> Json:
    """Return the organization's setting with what the repository says otherwise."""
    org, repo = asked.at
    return {**org.actions.get(name, {}), **repo.actions.get(name, {})}


@route("/repos/{owner}/{repo}/actions/permissions/workflow")
def _repository_workflow(asked: Asked) -> Json:
    return _overridden(asked, "workflow")


@route("/repos/{owner}/{repo}/actions/permissions/fork-pr-contributor-approval")
def _repository_forks(asked: Asked) -> Json:
    return _overridden(asked, "fork-pr-contributor-approval")


@route("/repos/{owner}/{repo}/actions/permissions/selected-actions")
def _repository_selected(asked: Asked) -> Json:
    found = _overridden(asked, "selected-actions")
    if not found:
        raise Refused(409, "All actions are allowed")
    return found


@route("/repos/{owner}/{repo}/actions/permissions/access")
def _access(asked: Asked) -> Json:
    _, repo = asked.at
    if repo.visibility == "public":
        raise Refused(422, "Access policy only applies to internal and private repositories.")
    return {"access_level": repo.access_level}


@route("/repos/{owner}/{repo}/actions/secrets")
def _repository_secrets(asked: Asked) -> Listed:
    _, repo = asked.at
    return Listed([shapes.secret(row) for row in repo.secrets], "secrets")


def _shared(row: Json, repo: Repository) -> bool:
    """Tell whether an organization's secret is for a repository."""
    if row["visibility"] == "selected":
        return repo.name in (row.get("repositories") or ())
    return row["visibility"] == "all" or repo.visibility != "public"


@route("/repos/{owner}/{repo}/actions/organization-secrets")
def _shared_secrets(asked: Asked) -> Listed:
    org, repo = asked.at
    return Listed([shapes.secret(row) for row in org.secrets if _shared(row, repo)], "secrets")


@route("/repos/{owner}/{repo}/actions/variables")
def _repository_variables(asked: Asked) -> Listed:
    _, repo = asked.at
    return Listed([shapes.variable(row) for row in repo.variables], "variables")


@route("/repos/{owner}/{repo}/actions/runners")
def _repository_runners(asked: Asked) -> Listed:
    _, repo = asked.at
    return Listed([shapes.runner(row) for row in repo.runners], "runners")


@route("/repos/{owner}/{repo}/actions/oidc/customization/sub")
def _repository_oidc(asked: Asked) -> Json:
    _, repo = asked.at
    return {"use_default": True, **repo.actions.get("oidc", {})}


@route("/repos/{owner}/{repo}/actions/workflows")
def _workflows(asked: Asked) -> Listed:
    org, repo = asked.at
    return Listed([details.workflow(org, repo, path) for path in sorted(repo.workflows)], "workflows")


@route("/repos/{owner}/{repo}/actions/workflows/{workflow_id}/runs")
def _runs(asked: Asked) -> Listed:
    org, repo = asked.at
    wanted = asked.names["workflow_id"]
    path = next(
        (p for p in repo.workflows if wanted in {p.rpartition("/")[2], str(details.workflow_id(repo, p))}), None
    )
    if path is None:
        raise Refused(404, "Not Found")
    rows = [(number, run) for number, run in enumerate(repo.runs, 1) if run["workflow"] == path]
    for name in ("actor", "branch", "event"):
        rows = [(n, run) for n, run in rows if asked.query.get(name) in {None, run[name]}]
    return Listed([_run(asked, org, repo, number, run) for number, run in reversed(rows)], "workflow_runs")


def _run(asked: Asked, org: Organization, repo: Repository, number: int, run: Json) -> Json:
    return details.run(org, repo, number, run, asked.estate.people.get(run["actor"]))
