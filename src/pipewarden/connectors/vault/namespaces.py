"""Namespaces: vaults within a vault, each with mounts, policies, entities and tokens of its own.

https://openbao.org/docs/concepts/namespaces/
"""

from pipewarden.connectors.vault.mounts import tenant
from pipewarden.connectors.vault.run import Run
from pipewarden.errors import NotFound
from pipewarden.model.facets_vault import VaultFacet
from pipewarden.model.facts import AnyFact, Cause
from pipewarden.model.ids import Kind

MOST_DEPTH = 20
MOST = 5_000
"""Namespaces that are listed directly below one; more of them are told."""


async def below(run: Run) -> list[AnyFact]:
    """List the namespaces directly below the one that is read. A server that knows none has none: it answers 404 with an error."""
    try:
        names = await run.vault.keys("sys/namespaces", template="LIST /sys/namespaces")
    except NotFound:
        return []
    found: list[AnyFact] = []
    for name in sorted({each.rstrip("/") for each in names} - {""})[:MOST]:
        if "/" in name or run.prefix.count("/") >= MOST_DEPTH:
            detail = f"{run.prefix}{name[:100]} lies too deep"
            found.append(run.gap(run.tenant, VaultFacet.NAMESPACES, cause=Cause.TOO_LARGE, detail=detail))
            continue
        found.append(tenant(run.within(f"{run.prefix}{name}/")))
    if len(names) > MOST:
        detail = f"{len(names) - MOST} more namespaces"
        found.append(run.gap(run.tenant, VaultFacet.NAMESPACES, cause=Cause.TOO_LARGE, detail=detail))
    return found


def paths(facts: list[AnyFact]) -> list[str]:
    """Return the paths of namespaces that were listed."""
    return [fact.ref.key for fact in facts if getattr(fact, "ref", None) is not None and fact.ref.kind is Kind.FOLDER]  # type: ignore[union-attr]
