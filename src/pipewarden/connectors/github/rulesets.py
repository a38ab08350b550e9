"""Rulesets of the enterprise, the organization and of repositories, with their bypass lists where these may be seen."""

from collections.abc import Iterable
from typing import Any

from pipewarden.connectors.github.ruleset_shapes import are_told, is_told
from pipewarden.connectors.github.run import Run
from pipewarden.errors import UnexpectedAnswer
from pipewarden.model.facets import Facet
from pipewarden.model.facts import AnyFact, Gate, GateKind
from pipewarden.model.ids import Kind, Ref


async def organization_rulesets(run: Run) -> None:
    """Read the organization's rulesets; where they are refused, every repository's gates are in doubt."""
    await run.facet(
        Facet.REPO_RULESETS, lambda: _read(run, "/orgs/{org}/rulesets", {"org": run.login}, run.org), key="org.rulesets"
    )


async def repository_rulesets(run: Run, ref: Ref, name: str) -> list[AnyFact]:
    """Read a repository's own rulesets, and those of the enterprise that are for it; its organization's are read there."""
    owner, _, short = name.partition("/")
    return await _read(run, "/repos/{owner}/{repo}/rulesets", {"owner": owner, "repo": short}, ref)


async def _read(run: Run, template: str, names: dict[str, str], where: Ref) -> list[AnyFact]:
    path = template.format(**names)
    facts: list[AnyFact] = []
    left: list[str] = []
    for row in await run.listed(path, template=template):
        if where.kind is Kind.REPOSITORY and row.get("source_type") == "Organization":
            continue
        one = template + "/{ruleset_id}"
        try:
            body = await run.github.get(f"{path}/{row['id']}", template=one, needs="owner")
        except UnexpectedAnswer as odd:  # the others are read all the same
            left.append(f"{odd} (ruleset {row.get('name') or row['id']})")
            continue
        if where.kind is Kind.REPOSITORY and body.get("source_type") == "Organization":
            continue  # the list of an older server does not tell
        facts += ruleset(run, body, where, one)
    return [*facts, *run.left_out(where, Facet.REPO_RULESETS, left)]


def ruleset(run: Run, body: dict[str, Any], where: Ref, template: str) -> Iterable[AnyFact]:
    """Yield a ruleset as a gate. `bypass_actors` absent means hidden, which is not the same as empty.

    A rule that nobody knows, or that does not say what it asks, only asks more: the others hold, and it is named beside
    them. A bypass list that does not say who is on it is not known as a whole.
    https://docs.github.com/en/rest/repos/rules#get-a-repository-ruleset
    """
    conditions = body.get("conditions") or {}
    names = conditions.get("ref_name") or {}
    actors = body.get("bypass_actors")
    named = are_told(actors)
    told: list[dict[str, Any]] = []
    unread: list[dict[str, Any]] = []
    for rule in body.get("rules") or ():
        (told if is_told(rule) else unread).append(rule)
    target = str(body.get("target") or "branch")
    key = f"ruleset:{body['id']}"
    if where.kind is Kind.REPOSITORY and body.get("source_type") == "Enterprise":
        # GitHub says of each repository which of the enterprise's are for it: so each has a gate of its own
        key += f":{where.key}"
    yield Gate(
        ref=run.ref(Kind.GATE, key),
        resource=where,
        kind=GateKind.RULESET,
        name=str(body.get("name")),
        active=body.get("enforcement") == "active",
        target=target,
        patterns=tuple(str(p) for p in names.get("include") or ()) or (("~ALL",) if target == "push" else ()),
        excluded=tuple(str(p) for p in names.get("exclude") or ()),
        rules={
            "enforcement": body.get("enforcement"),
            "conditions": conditions,
            "rules": [{"type": r["type"], "parameters": r.get("parameters") or {}} for r in told],
            **({"unread": [str(r.get("type"))[:60] for r in unread]} if unread else {}),
            **({} if named else {"bypass_unread": True}),
            "source": body.get("source"),
            "source_type": body.get("source_type"),
            "current_user_can_bypass": body.get("current_user_can_bypass"),
            "updated_at": body.get("updated_at"),
        },
        bypass=None
        if actors is None or not named
        else tuple({k: a.get(k) for k in ("actor_id", "actor_type", "bypass_mode")} for a in actors),
        origin=run.origin(f"GET {template}"),
    )
