"""What an organization's plan does not have: a refusal there is no missing permission."""

from collections.abc import Awaitable, Callable, Iterable

from msgspec import structs

from pipewarden.connectors.answers import picked
from pipewarden.connectors.collecting import PASSING
from pipewarden.connectors.github.run import Run
from pipewarden.errors import NotFound
from pipewarden.model.facets import Facet
from pipewarden.model.facts import AnyFact, Cause, Gap, Resource
from pipewarden.model.ids import Ref

ENTERPRISE_PLANS = frozenset({"enterprise", "business", "business_plus"})
"""`plan.name` of organizations on GitHub Enterprise, today's word and former ones."""


def plan_of(run: Run) -> str | None:
    """Return the name of the organization's plan, None where it was not shown."""
    found = run._into._entities.get(run.org)  # noqa: SLF001 - the organization is read first
    plan = found.attributes.get("plan") if found else None
    return str(plan["name"]) if isinstance(plan, dict) and plan.get("name") else None


def refused(run: Run, facet: Facet, refusal: NotFound, scope: Ref | None = None) -> Gap:
    """Return the gap of an endpoint of Enterprise Cloud that answered 404: the plan, where it is known to be a smaller one."""
    where = scope or run.org
    if run.github.where.server:
        detail = "the server does not have it: it is part of GitHub Enterprise Cloud"
        return run.gap(where, facet, refusal, cause=Cause.PLAN, detail=detail)
    plan = plan_of(run)
    if plan is None or plan in ENTERPRISE_PLANS:
        return run.gap(where, facet, refusal)
    detail = f"it is part of GitHub Enterprise Cloud; {run.login} is on the plan {plan}"
    return run.gap(where, facet, refusal, cause=Cause.PLAN, detail=detail)


async def on_cloud(
    run: Run,
    facet: Facet,
    work: Callable[[], Awaitable[Iterable[AnyFact]]],
    *,
    key: str = "",
    scope: Ref | None = None,
) -> list[AnyFact]:
    """Read one facet that only Enterprise Cloud has, which adds nothing to what was read before."""

    async def guarded() -> Iterable[AnyFact]:
        try:
            return await work()
        except NotFound as refusal:
            return [refused(run, facet, refusal, scope)]

    return await run.facet(facet, guarded, key=key, scope=scope)


async def on_enterprise(
    run: Run,
    facet: Facet,
    work: Callable[[], Awaitable[Iterable[AnyFact]]],
    *,
    key: str = "",
    adds: tuple[str, ...] = (),
) -> list[AnyFact]:
    """Read one facet that only Enterprise Cloud has; any other plan is a gap that no permission would close.

    `adds` names the attributes that the step adds to the organization.
    """
    return await adding(run, lambda: on_cloud(run, facet, work, key=key), *adds)


async def adding(run: Run, step: Callable[[], Awaitable[list[AnyFact]]], *names: str) -> list[AnyFact]:
    """Do a step that adds attributes to what was read before it, the organization among it.

    Where anything before it may still be read by the next run, the step is not kept, for that must add to it then.
    What a killed run kept holds the organization as it was then; only the named attributes are taken from it.
    """
    fresh = run._into._entities[run.org]  # noqa: SLF001 - the organization is read first
    assert isinstance(fresh, Resource)  # noqa: S101 - organizations are resources
    keeps = run._keeps  # noqa: SLF001 - part of the same connector
    passing = any(
        isinstance(fact, Gap) and fact.cause in PASSING and fact.scope.instance == run.instance
        for fact in run._into._records.values()  # noqa: SLF001
    )
    run._keeps = keeps and not passing  # noqa: SLF001
    try:
        facts = await step()
    finally:
        run._keeps = keeps  # noqa: SLF001
    for fact in facts:
        if isinstance(fact, Resource) and fact.ref == run.org:
            run.add(structs.replace(fresh, attributes={**fresh.attributes, **picked(fact.attributes, *names)}))
    return facts
