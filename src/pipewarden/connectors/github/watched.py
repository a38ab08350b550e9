"""Reads what GitHub noticed of all repositories in one list: secrets that it found, and rules that were bypassed.

https://docs.github.com/en/enterprise-cloud@latest/rest/secret-scanning/secret-scanning
https://docs.github.com/en/enterprise-cloud@latest/rest/orgs/rule-suites
"""

from collections.abc import Mapping
from typing import Any

from msgspec import structs

from pipewarden.connectors.answers import picked
from pipewarden.connectors.github.run import Run, moment
from pipewarden.connectors.shapes import Shape, absent_or, fits, inner, none_or, null_or, number, text, time, word
from pipewarden.model.facets import Facet
from pipewarden.model.facts import AnyFact, Cause, Resource
from pipewarden.model.ids import Kind

ALERTS = "/orgs/{org}/secret-scanning/alerts"
SUITES = "/orgs/{org}/rulesets/rule-suites"

KEPT_AS = "rule_bypasses"
"""Under this name an organization holds the pushes for which rules were bypassed."""

MOST = 5_000
"""Rows of one list that are kept; more of them are told."""

ALERT = ("number", "secret_type", "created_at", "validity", "publicly_leaked", "push_protection_bypassed", "multi_repo")
"""What is kept of an alert. Its secret is asked to be left out, and its page and place are dropped."""

BYPASS = ("id", "actor_id", "actor_name", "repository_id", "repository_name", "ref", "pushed_at", "evaluation_result")

ALERT_SHAPE: Shape = {
    "number": number,
    "created_at": time,
    "secret_type": text,
    "validity": absent_or(word("active", "inactive", "unknown")),
    "repository": inner,
    "repository/id": number,
}
SUITE_SHAPE: Shape = {
    "id": number,
    "repository_id": number,
    "pushed_at": time,
    "ref": text,
    "actor_name": none_or(text),
    "result": null_or(word("pass", "fail", "bypass")),
}


async def watched(run: Run) -> None:
    """Read both; repositories must have been read before."""
    await run.facet(Facet.REPO_ALERTS, lambda: _alerts(run))
    before = _organization(run)
    found = await run.facet(Facet.ORG_RULE_SUITES, lambda: _bypasses(run))
    told = next((each.attributes[KEPT_AS] for each in found if isinstance(each, Resource)), None)
    if before is not None and told is not None:
        # a run before this one may have kept the organization as it was then
        run.add(structs.replace(before, attributes={**before.attributes, KEPT_AS: told}))


def _organization(run: Run) -> Resource | None:
    found = next((each for each in run.known(Kind.ORGANIZATION) if each.ref == run.org), None)
    return found if isinstance(found, Resource) else None


async def _alerts(run: Run) -> list[AnyFact]:
    """Return the open alerts about secrets in repositories that were read: of which kind and since when, never what."""
    names = {each.ref: each.name for each in run.known(Kind.REPOSITORY)}
    origin = run.origin(f"GET {ALERTS}")
    facts: list[AnyFact] = []
    async for row in run.github.pages(
        ALERTS.replace("{org}", run.login), template=ALERTS, params={"state": "open", "hide_secret": "true"}
    ):
        if not fits(row, ALERT_SHAPE, ALERTS):
            continue
        repository = run.ref(Kind.REPOSITORY, row["repository"]["id"])
        if repository not in names:
            continue
        if len(facts) >= MOST:
            facts.append(run.gap(run.org, Facet.REPO_ALERTS, cause=Cause.TOO_LARGE, detail=f"more than {MOST} alerts"))
            break
        facts.append(
            Resource(
                ref=run.ref(Kind.ALERT, f"{repository.key}:{row['number']}"),
                name=f"alert:{names[repository]}#{row['number']}",
                parent=repository,
                attributes=picked(row, *ALERT),
                origin=origin,
            )
        )
    return facts


async def _bypasses(run: Run) -> list[AnyFact]:
    """Return the organization with the pushes of the last month for which somebody bypassed a ruleset."""
    rows: list[Mapping[str, Any]] = []
    facts: list[AnyFact] = []
    async for row in run.github.pages(
        SUITES.replace("{org}", run.login),
        template=SUITES,
        params={"rule_suite_result": "bypass", "time_period": "month"},
        needs="owner",  # an app would have to be one that writes
    ):
        if not fits(row, SUITE_SHAPE, SUITES) or row.get("result") not in {"bypass", None}:
            continue
        if len(rows) >= MOST:
            detail = f"more than {MOST} pushes that bypassed rules"
            facts.append(run.gap(run.org, Facet.ORG_RULE_SUITES, cause=Cause.TOO_LARGE, detail=detail))
            break
        rows.append(row)
    kept = [picked(row, *BYPASS) for row in sorted(rows, key=lambda row: (str(moment(row["pushed_at"])), row["id"]))]
    whole = _organization(run)
    return [structs.replace(whole, attributes={**whole.attributes, KEPT_AS: kept}), *facts] if whole else facts
