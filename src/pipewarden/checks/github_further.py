"""Checks of GitHub about what it noticed itself, and about what stays of a run: alerts, bypasses, artifacts, releases."""

from collections.abc import Iterator

from pipewarden.access.view import NotApplicable, View
from pipewarden.access.words import day
from pipewarden.checks.base import Hit, check
from pipewarden.checks.clauses import clauses
from pipewarden.checks.reading import listed, many, moment
from pipewarden.checks.sections import ACTIONS, BRANCHES, REPOSITORIES
from pipewarden.model.access import Level
from pipewarden.model.facets import Facet
from pipewarden.model.facts import Resource
from pipewarden.model.findings import Severity
from pipewarden.model.ids import Kind
from pipewarden.model.limits import Limits

DOCS = "https://docs.github.com/en"


@check(
    id="gh.repo.secret_alert_open",
    title="No secret that GitHub found is still open",
    severity=Severity.CRITICAL,
    subject=Kind.REPOSITORY,
    needs=(Facet.REPO_ALERTS,),
    remedy=(
        "Revoke the secret where it was made, then close the alert as revoked: Security > Secret scanning.",
        "Switch push protection on, so that the next one does not get in: Settings > Advanced Security.",
    ),
    source=f"{DOCS}/code-security/secret-scanning/managing-alerts-from-secret-scanning",
    **clauses(REPOSITORIES, "C1.5.1 O6 IA-5"),
)
def secret_alert_open(repository: Resource, view: View) -> Iterator[Hit]:
    """Whoever reads the repository, or ever cloned it, holds what it opens. Alerts about secrets that are known to be dead do not count.

    An organization without secret scanning has no list of alerts: then it is unknown, and not a pass.
    """
    alerts = [each for each in view.inside(repository.ref, Kind.ALERT) if each.attributes.get("validity") != "inactive"]
    if not alerts:
        return
    live = sum(1 for each in alerts if each.attributes.get("validity") == "active")
    kinds = listed(sorted({str(each.attributes.get("secret_type")) for each in alerts}), 1)
    readers = sum(1 for each in view.holders(repository.ref, Level.READ) if each.kind is Kind.ACCOUNT)
    works = f", {live} of them known to work" if live else ""
    who = "anybody" if view.attribute(repository, "visibility", default=None) == "public" else many(readers, "account")
    yield Hit(
        says=f"{many(len(alerts), 'secret')} found in {repository.name} ({kinds}) still open{works}; {who} may read it",
        because=tuple(alerts[:10]),
    )


@check(
    id="gh.rs.bypass_used",
    title="Pushes past the rules have been looked at",
    severity=Severity.MEDIUM,
    subject=Kind.ORGANIZATION,
    needs=(Facet.ORG_RULE_SUITES,),
    limits=("changed_days",),
    remedy=(
        "Ask whoever did it, and waive it with the reason: `pipewarden waivers add`.",
        "Take them off the ruleset's bypass list, or let them bypass for pull requests only: Settings > Rules > Rulesets.",
    ),
    source=f"{DOCS}/repositories/configuring-branches-and-merges-in-your-repository/managing-rulesets/"
    "managing-rulesets-for-a-repository#viewing-insights-for-rulesets",
    **clauses(BRANCHES, "C1.1.19 O1 AU-6"),
)
def bypass_used(organization: Resource, view: View, limits: Limits) -> Iterator[Hit]:
    """A bypass is for an emergency: used every week it is the way around the review, and nobody else has seen what went in.

    Rule insights tell it without the audit log; overrides of classic protection are told by gh.log.risky_event.
    """
    together: dict[tuple[str, str, str], list[str]] = {}
    mine = [each for each in view.entities(Kind.ACCOUNT) if each.ref.instance == organization.ref.instance]
    accounts, by_id = {each.name: each for each in mine}, {each.ref.key: each for each in mine}
    for row in view.given(organization, "rule_bypasses", facet=Facet.ORG_RULE_SUITES):
        if not view.older(moment(row["pushed_at"]), limits.changed_days):
            known = by_id.get(str(row.get("actor_id")))  # a login may be somebody else's by now
            actor = known.name if known else str(row.get("actor_name") or "somebody")
            key = (str(row["repository_id"]), actor, str(row["ref"]))
            together.setdefault(key, []).append(str(row["pushed_at"]))
    repositories = {each.ref.key: each for each in view.entities(Kind.REPOSITORY)}
    for (number, actor, ref), times in sorted(together.items()):
        repository = repositories.get(number)
        if repository is None:
            view.need(organization.ref, Facet.REPO_SETTINGS)
            continue
        account = accounts.get(actor)
        if account is None:  # whose login it is stands in a list that may not have been read
            view.need(organization.ref, Facet.ORG_MEMBERS, Facet.ORG_OUTSIDERS)
        branch = ref.removeprefix("refs/heads/").removeprefix("refs/tags/")
        often = f"{len(times)} times" if len(times) > 1 else "once"
        yield Hit(
            says=f"{actor} pushed past the rules to {branch} of {repository.name} {often}, last on {day(moment(max(times)))}",
            about=account or organization,
            on=repository,
            because=(organization,),
        )


@check(
    id="gh.act.access_outside",
    title="Workflows of private repositories are shared on purpose",
    severity=Severity.LOW,
    subject=Kind.REPOSITORY,
    needs=(Facet.REPO_ACTIONS_ACCESS,),
    remedy=(
        "Share it with the organization alone, or with nobody: Settings > Actions > General > Access.",
        "Keep what is shared in a repository of its own, with nothing in it that others must not read.",
    ),
    source=f"{DOCS}/repositories/managing-your-repositorys-settings-and-features/enabling-features-for-your-repository/"
    "managing-github-actions-settings-for-a-repository#allowing-access-to-components-in-a-private-repository",
    **clauses(ACTIONS, "O5"),
)
def access_outside(repository: Resource, view: View) -> Iterator[Hit]:
    """Whoever runs it reads its code in their own logs, and runs with whatever it is changed to next.

    Asked are private and internal repositories with a workflow that can be called, or an action that others were read to use.
    """
    if view.attribute(repository, "visibility", default=None) == "public":
        raise NotApplicable(f"{repository.name} is public")
    told = view.attribute(repository, "actions_access", default=None)
    if told is None:
        raise NotApplicable(f"{repository.name} holds nothing that others were read to use")
    level = view.given(repository, "actions_access", "access_level", facet=Facet.REPO_ACTIONS_ACCESS)
    if level in {"organization", "enterprise"}:
        visibility = view.attribute(repository, "visibility", default="private")
        yield Hit(says=f"every repository of the {level} may use what {visibility} {repository.name} holds for Actions")


@check(
    id="gh.act.retention",
    title="Artifacts and logs do not stay longer than they are needed",
    severity=Severity.INFO,
    subject=Kind.ORGANIZATION,
    needs=(Facet.ORG_ACTIONS_RETENTION,),
    limits=("artifact_days",),
    remedy=("Keep them for fewer days: Organization > Settings > Actions > General > Artifact and log retention.",),
    source=f"{DOCS}/organizations/managing-organization-settings/"
    "configuring-the-retention-period-for-github-actions-artifacts-and-logs-in-your-organization",
    **clauses(ACTIONS, "O10"),
)
def retention(organization: Resource, view: View, limits: Limits) -> Iterator[Hit]:
    """What a job printed or left by mistake can be fetched by every reader of the repository until it is deleted."""
    days = view.given(organization, "actions_retention", "days", facet=Facet.ORG_ACTIONS_RETENTION)
    if days > limits.artifact_days:
        yield Hit(says=f"{organization.name} keeps artifacts and logs of workflows for {many(days, 'day')}")


@check(
    id="gh.repo.immutable_release",
    title="Releases cannot be changed once they are out",
    severity=Severity.LOW,
    subject=Kind.ORGANIZATION,
    needs=(Facet.ORG_IMMUTABLE_RELEASES,),
    remedy=(
        "Enforce immutable releases for all repositories: Organization > Settings > Repository > General > Releases.",
    ),
    source=f"{DOCS}/code-security/supply-chain-security/understanding-your-software-supply-chain/immutable-releases",
    **clauses(BRANCHES, "O9"),
)
def immutable_release(organization: Resource, view: View) -> Iterator[Hit]:
    """Whoever may write can exchange the files of a release, or move its tag, and everybody who trusts it fetches the other one.

    Asked of the organization: where it leaves the choice to repositories, each may still have made it.
    """
    policy = view.given(organization, "immutable_releases", "enforced_repositories", facet=Facet.ORG_IMMUTABLE_RELEASES)
    if policy == "none":
        yield Hit(says=f"{organization.name} leaves it to each repository whether its releases can be changed")
    elif policy == "selected":
        yield Hit(says=f"{organization.name} makes releases immutable in some repositories alone")
