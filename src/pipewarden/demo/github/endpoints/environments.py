"""Environments: their rules, branch policies, secrets and variables."""

from pipewarden.demo.estate.kinds import Json
from pipewarden.demo.github import shapes
from pipewarden.demo.github.asking import Asked, Listed, Refused, route


@route("/repos/{owner}/{repo}/environments")
def _environments(asked: Asked) -> Listed:
    org, repo = asked.at
    rows = [shapes.environment(org, repo, row, asked.estate.people) for row in repo.environments]
    return Listed(rows, "environments")


def _row(asked: Asked) -> Json:
    _, repo = asked.at
    name = asked.names["environment_name"]
    row = next((e for e in repo.environments if e["name"] == name), None)
    if row is None:
        raise Refused(404, "Not Found")
    return row


@route("/repos/{owner}/{repo}/environments/{environment_name}")
def _environment(asked: Asked) -> Json:
    org, repo = asked.at
    return shapes.environment(org, repo, _row(asked), asked.estate.people)


@route("/repos/{owner}/{repo}/environments/{environment_name}/deployment-branch-policies")
def _policies(asked: Asked) -> Listed:
    rows = _row(asked)["branch_policies"]
    return Listed([{"id": n, "node_id": f"BP_{n}", **row} for n, row in enumerate(rows)], "branch_policies")


@route("/repos/{owner}/{repo}/environments/{environment_name}/deployment_protection_rules")
def _rules(asked: Asked) -> Json:
    rows = _row(asked)["custom_rules"]
    return {"total_count": len(rows), "custom_deployment_protection_rules": rows}


@route("/repos/{owner}/{repo}/environments/{environment_name}/secrets")
def _secrets(asked: Asked) -> Listed:
    rows = _row(asked)["secrets"]
    return Listed([{"name": name, "created_at": at, "updated_at": at} for name, at in rows], "secrets")


@route("/repos/{owner}/{repo}/environments/{environment_name}/variables")
def _variables(asked: Asked) -> Listed:
    return Listed([shapes.variable(row) for row in _row(asked).get("variables", ())], "variables")
