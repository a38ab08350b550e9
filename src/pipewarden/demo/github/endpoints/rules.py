"""What guards branches: rulesets, the rules that hold for a branch, and classic protection."""

from fnmatch import fnmatchcase

from pipewarden.demo.estate.kinds import Estate, Json, Organization, Repository
from pipewarden.demo.github import classic, details, shapes
from pipewarden.demo.github.asking import Asked, Listed, Refused, route
from pipewarden.demo.github.rulesets import rulesets_of


def _on_branch(ruleset: Json, repo: Repository, branch: str) -> bool:
    """Tell whether an active ruleset holds for a branch, which need not exist."""
    if ruleset["target"] != "branch" or ruleset["enforcement"] != "active":
        return False
    refs = ruleset["conditions"].get("ref_name", {"include": ["~ALL"], "exclude": []})

    def fits(pattern: str) -> bool:
        if pattern in {"~ALL", "~DEFAULT_BRANCH"}:
            return pattern == "~ALL" or branch == repo.default_branch
        return fnmatchcase(f"refs/heads/{branch}", pattern)

    return any(map(fits, refs["include"])) and not any(map(fits, refs["exclude"]))


def rules_of(estate: Estate, org: Organization, repo: Repository, branch: str) -> list[Json]:
    """Return the rules of all levels that hold for a branch; those that only evaluate are not among them."""
    found = []
    for ruleset, source, source_type in rulesets_of(estate, org, repo):
        if _on_branch(ruleset, repo, branch):
            where = {"ruleset_source_type": source_type, "ruleset_source": source, "ruleset_id": ruleset["id"]}
            found += [{**rule, **where} for rule in ruleset["rules"]]
    return found


@route("/repos/{owner}/{repo}/rules/branches/{branch}")
def _branch_rules(asked: Asked) -> Listed:
    org, repo = asked.at
    return Listed(rules_of(asked.estate, org, repo, asked.names["branch"]))


@route("/repos/{owner}/{repo}/rulesets")
def _rulesets(asked: Asked) -> Listed:
    org, repo = asked.at
    parents = asked.query.get("includes_parents", "true") == "true"
    rows = rulesets_of(asked.estate, org, repo, parents=parents)
    return Listed([shapes.ruleset(row, name, kind, bypass=False, whole=False) for row, name, kind in rows])


@route("/repos/{owner}/{repo}/rulesets/{ruleset_id}")
def _ruleset(asked: Asked) -> Json:
    org, repo = asked.at
    for row, name, kind in rulesets_of(asked.estate, org, repo):
        if str(row["id"]) == asked.names["ruleset_id"]:
            # who owns an organization does not write its enterprise's rulesets
            shown = asked.viewer.changes_rules and kind != "Enterprise"
            return shapes.ruleset(row, name, kind, bypass=shown, whole=True)
    raise Refused(404, "Not Found")


@route("/repos/{owner}/{repo}/branches")
def _branches(asked: Asked) -> Listed:
    org, repo = asked.at
    base = f"{shapes.API}/repos/{org.login}/{repo.name}"
    rows = []
    for name in (repo.default_branch, *repo.branches):
        protected = bool(classic.rule_for(repo, name) or rules_of(asked.estate, org, repo, name))
        if asked.query.get("protected") in {None, str(protected).lower()}:
            sha = details.commit(f"{org.login}/{repo.name}@{name}")
            rows.append({"name": name, "commit": {"sha": sha, "url": f"{base}/commits/{sha}"}, "protected": protected})
    return Listed(rows)


@route("/repos/{owner}/{repo}/branches/{branch}/protection")
def _protection(asked: Asked) -> Json:
    org, repo = asked.at
    branch = asked.names["branch"]
    if branch not in {repo.default_branch, *repo.branches}:
        raise Refused(404, "Branch not found")
    rule = classic.rule_for(repo, branch)
    if rule is None:
        raise Refused(404, "Branch not protected")
    return classic.protection(asked.estate, org, repo, branch, rule)
