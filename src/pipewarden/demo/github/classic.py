"""Classic branch protection as the REST API gives it, from the rules by GraphQL's names."""

from fnmatch import fnmatchcase

from pipewarden.demo.estate.kinds import Estate, Json, Organization, Repository
from pipewarden.demo.github import details, shapes


def rule_for(repo: Repository, branch: str) -> Json | None:
    """Return the one rule that holds for a branch: its exact name first, else the first pattern that fits."""
    fitting = [rule for rule in repo.protections if fnmatchcase(branch, rule["pattern"])]
    return next((rule for rule in fitting if rule["pattern"] == branch), fitting[0] if fitting else None)


def protection(estate: Estate, org: Organization, repo: Repository, branch: str, rule: Json) -> Json:
    """Return a `branch-protection`."""
    base = f"{shapes.API}/repos/{org.login}/{repo.name}/branches/{branch}/protection"
    shape: Json = {
        "url": base,
        "name": branch,
        "required_signatures": {"url": f"{base}/required_signatures", "enabled": rule["requiresCommitSignatures"]},
        "enforce_admins": {"url": f"{base}/enforce_admins", "enabled": rule["isAdminEnforced"]},
        "required_linear_history": {"enabled": rule["requiresLinearHistory"]},
        "allow_force_pushes": {"enabled": rule["allowsForcePushes"]},
        "allow_deletions": {"enabled": rule["allowsDeletions"]},
        "block_creations": {"enabled": rule["blocksCreations"]},
        "required_conversation_resolution": {"enabled": rule["requiresConversationResolution"]},
        "lock_branch": {"enabled": rule["lockBranch"]},
        "allow_fork_syncing": {"enabled": False},
    }
    if rule["requiresStatusChecks"]:
        checks = [{"context": c["context"], "app_id": c["app"]} for c in rule["requiredStatusChecks"]]
        shape["required_status_checks"] = {
            "url": f"{base}/required_status_checks",
            "strict": rule["requiresStrictStatusChecks"],
            "contexts": [c["context"] for c in checks],
            "contexts_url": f"{base}/required_status_checks/contexts",
            "checks": checks,
        }
    if rule["requiresApprovingReviews"]:
        reviews: Json = {
            "url": f"{base}/required_pull_request_reviews",
            "dismiss_stale_reviews": rule["dismissesStaleReviews"],
            "require_code_owner_reviews": rule["requiresCodeOwnerReviews"],
            "require_last_push_approval": rule["requireLastPushApproval"],
            "required_approving_review_count": rule["requiredApprovingReviewCount"] or 0,
        }
        if rule["bypassPullRequestAllowances"]:
            reviews["bypass_pull_request_allowances"] = _actors(estate, org, rule["bypassPullRequestAllowances"])
        if rule["restrictsReviewDismissals"]:
            where = f"{base}/dismissal_restrictions"
            links = {"url": where, "users_url": f"{where}/users", "teams_url": f"{where}/teams"}
            reviews["dismissal_restrictions"] = {**links, **_actors(estate, org, rule["reviewDismissalAllowances"])}
        shape["required_pull_request_reviews"] = reviews
    if rule["restrictsPushes"]:
        where = f"{base}/restrictions"
        links = {"url": where, **{f"{name}_url": f"{where}/{name}" for name in ("users", "teams", "apps")}}
        shape["restrictions"] = {**links, **_actors(estate, org, rule["pushAllowances"])}
    return shape


def _actors(estate: Estate, org: Organization, actors: list[Json]) -> Json:
    """Return who is allowed something as the three lists of the REST API."""
    named: dict[str, list[str]] = {"User": [], "Team": [], "App": []}
    for each in actors:
        named[each["type"]].append(each["name"])
    apps = {app["app_slug"]: app for app in org.apps}
    return {
        "users": [shapes.user(estate.person(login)) for login in named["User"]],
        "teams": [shapes.team(org, org.teams[slug]) for slug in named["Team"]],
        "apps": [details.app(org, apps[slug]) for slug in named["App"]],
    }
