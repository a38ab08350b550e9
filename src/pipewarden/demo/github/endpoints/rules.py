"""What guards branches: rulesets, the rules that hold for a branch, and classic protection."""

from fnmatch import fnmatchcase

from pipewarden.demo.estate.kinds import Json, Organization, Repository
from pipewarden.demo.github import classic, details, shapes
from pipewarden.demo.github.asking import Asked, Listed, Refused, found_by, route


def _applies(org_ruleset: Json, repo: Repository) -> bool:
    """Tell whether an organization's ruleset is for a repository."""
    names = org_ruleset["conditions"].get("repository_name")
    if names is None:
        return True
    included = any(each == "~ALL" or fnmatchcase(repo.name, each) for each in names["include"])
    return included and not any(fnmatchcase(repo.name, each) for each in names["exclude"])


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


def rules_of(org: Organization, repo: Repository, branch: str) -> list[Json]:
    """Return the rules of all levels that hold for a branch; those that only evaluate are not among them."""
    found = []
    for source_type, source, rulesets in (
        ("Repository", f"{org.login}/{repo.name}", repo.rulesets),
        ("Organization", org.login, [r for r in org.rulesets if _applies(r, repo)]),
    ):
        for ruleset in rulesets:
            if _on_branch(ruleset, repo, branch):
                where = {"ruleset_source_type": source_type, "ruleset_source": source, "ruleset_id": ruleset["id"]}
                found += [{**rule, **where} for rule in ruleset["rules"]]
    return found


@route("/repos/{owner}/{repo}/rules/branches/{branch}")
def _branch_rules(asked: Asked) -> Listed:
    org, repo = asked.at
    return Listed(rules_of(org, repo, asked.names["branch"]))


@route("/repos/{owner}/{repo}/rulesets")
def _rulesets(asked: Asked) -> Listed:
    org, repo = asked.at
    rows = [(r, f"{org.login}/{repo.name}", "Repository") for r in repo.rulesets]
    if asked.query.get("includes_parents", "true") == "true":
        rows += [(r, org.login, "Organization") for r in org.rulesets if _applies(r, repo)]
    return Listed([shapes.ruleset(r, name, kind, bypass=False, whole=False) for r, name, kind in rows])


@route("/repos/{owner}/{repo}/rulesets/{ruleset_id}")
def _ruleset(asked: Asked) -> Json:
    org, repo = asked.at
    number = asked.names["ruleset_id"]
    for row in org.rulesets:
        if str(row["id"]) == number and _applies(row, repo):
            return shapes.ruleset(row, org.login, "Organization", bypass=asked.viewer.changes_rules, whole=True)
    row = found_by(repo.rulesets, "id", number)
    return shapes.ruleset(row, f"{org.login}/{repo.name}", "Repository", bypass=asked.viewer.changes_rules, whole=True)


@route("/repos/{owner}/{repo}/branches")
def _branches(asked: Asked) -> Listed:
    org, repo = asked.at
    base = f"{shapes.API}/repos/{org.login}/{repo.name}"
    rows = []
    for name in (repo.default_branch, *repo.branches):
        protected = bool(classic.rule_for(repo, name) or rules_of(org, repo, name))
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
