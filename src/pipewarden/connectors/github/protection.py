"""Classic branch protection of one repository: its rules, and who is allowed past them."""

from collections.abc import Iterable
from typing import Any

from pipewarden.connectors.github.connections import Connection, Part, refusals, understood, word
from pipewarden.connectors.github.run import Run
from pipewarden.model.facets import Facet
from pipewarden.model.facts import AnyFact, Cause, Gate, GateKind
from pipewarden.model.ids import Kind, Ref

FACET = Facet.REPO_PROTECTION

ALLOWANCES = (
    "pushAllowances",
    "bypassPullRequestAllowances",
    "bypassForcePushAllowances",
    "reviewDismissalAllowances",
)


async def protection(run: Run, repository: Part, ref: Ref, name: str) -> list[AnyFact]:
    """Return a repository's rules; the first ones came along with the repository.

    More rules than a batch asks for are asked for here: the batch's cost counts every rule it might have returned.
    """
    owner, _, short = name.partition("/")
    rules = Connection(
        run,
        ref,
        FACET,
        "rules of branch protection",
        query="protection",
        at=("repository", "branchProtectionRules"),
        ask=lambda first, after: run.graphql("protection", owner=owner, name=short, first=first, after=after),
        first=50,
    )
    facts: list[AnyFact] = []
    order = 0
    async for page in rules.pages(repository.at("branchProtectionRules")):
        facts += page.gaps
        for rule in page.items:
            facts += understood(run, ref, FACET, _rule, run, rule, ref, order)
            order += 1
    return facts


def _rule(run: Run, part: Part, ref: Ref, order: int) -> Iterable[AnyFact]:
    rule = part.value
    yield from refusals(run, ref, FACET, part.but(*ALLOWANCES))
    pattern = word(rule, "pattern", "a rule of branch protection")
    rules = {k: v for k, v in rule.items() if k not in {*ALLOWANCES, "pattern", "databaseId"}}
    rules["order"] = int(rule.get("databaseId") or order)
    rules["requiredStatusChecks"] = [
        {"context": c.get("context"), "app": (c.get("app") or {}).get("databaseId")}
        for c in rule.get("requiredStatusChecks") or ()
    ]
    for name in ALLOWANCES:
        # a rule names at most a hundred people, teams and apps, which is one page
        # https://docs.github.com/en/rest/branches/branch-protection#set-user-access-restrictions
        allowed = f"{name} of {pattern}"
        page = Connection(run, ref, FACET, allowed, query="protection allowances").parsed(part.at(name))
        yield from page.gaps
        found = [_actor(each.value.get("actor")) for each in page.items]
        rules[name] = [actor for actor in found if actor]
        yield from (gap for each in page.items for gap in refusals(run, ref, FACET, each.refused))
        if None in found and not any(each.refused for each in page.items):
            hidden = f"{found.count(None)} of {len(found)} {allowed} not shown: nothing is said of why"
            yield run.gap(ref, FACET, cause=Cause.MISSING_FIELD, detail=hidden)
    yield Gate(
        ref=run.ref(Kind.GATE, rule.get("databaseId") or f"{ref.key}:bp:{pattern}"),
        resource=ref,
        kind=GateKind.BRANCH_PROTECTION,
        name=pattern,
        patterns=(pattern,),
        rules=rules,
        bypass=(),
        origin=run.origin("graphql Repositories"),
    )


def _actor(actor: dict[str, Any] | None) -> dict[str, str] | None:
    if not actor or actor.get("databaseId") is None:
        return None
    return {
        "type": str(actor.get("__typename")),
        "id": str(actor["databaseId"]),
        "name": str(actor.get("login") or actor.get("slug") or ""),
    }
