"""What an organization's plan does not have: a refusal there is no missing permission."""

from collections.abc import Awaitable, Callable, Iterable

from pipewarden.connectors.github.run import Run
from pipewarden.errors import NotFound
from pipewarden.model.facets import Facet
from pipewarden.model.facts import AnyFact, Cause, Gap

ENTERPRISE_PLANS = frozenset({"enterprise", "business", "business_plus"})
"""`plan.name` of organizations on GitHub Enterprise, today's word and former ones."""


def plan_of(run: Run) -> str | None:
    """Return the name of the organization's plan, None where it was not shown."""
    found = run._into._entities.get(run.org)  # noqa: SLF001 - the organization is read first
    plan = found.attributes.get("plan") if found else None
    return str(plan["name"]) if isinstance(plan, dict) and plan.get("name") else None


def refused(run: Run, facet: Facet, refusal: NotFound) -> Gap:
    """Return the gap of an endpoint of Enterprise Cloud that answered 404: the plan, where it is known to be a smaller one."""
    plan = plan_of(run)
    if plan is None or plan in ENTERPRISE_PLANS:
        return run.gap(run.org, facet, refusal)
    detail = f"it is part of GitHub Enterprise Cloud; {run.login} is on the plan {plan}"
    return run.gap(run.org, facet, refusal, cause=Cause.PLAN, detail=detail)


async def on_enterprise(
    run: Run, facet: Facet, work: Callable[[], Awaitable[Iterable[AnyFact]]], *, key: str = ""
) -> list[AnyFact]:
    """Read one facet that only Enterprise Cloud has; any other plan is a gap that no permission would close."""

    async def guarded() -> Iterable[AnyFact]:
        try:
            return await work()
        except NotFound as refusal:
            return [refused(run, facet, refusal)]

    return await run.facet(facet, guarded, key=key)
