"""Who holds what on the whole controller: the matrix of the export, or the roles of Role Strategy."""

import re
from typing import Any

from pipewarden.access.jenkins.patterns import matches
from pipewarden.connectors.jenkins.grants import given, held, role
from pipewarden.connectors.jenkins.names import Entry, assigned, permission
from pipewarden.connectors.jenkins.run import Run, text
from pipewarden.connectors.jenkins.shapes import ROLE, must, role_lists
from pipewarden.connectors.shapes import text as is_text
from pipewarden.errors import AccessDenied, NotFound, UnexpectedAnswer
from pipewarden.model.facets_jenkins import JenkinsFacet
from pipewarden.model.facts import AnyFact, Cause
from pipewarden.model.ids import Kind, Ref

ALL_ROLES = "GET /role-strategy/strategy/getAllRoles"
ONE_ROLE = "GET /role-strategy/strategy/getRole"
MATCHING = "GET /role-strategy/strategy/getMatchingJobs"
MOST_JOBS = 200_000
TYPES = ("globalRoles", "projectRoles", "slaveRoles")
NAMED = {"projectRoles": (Kind.FOLDER, Kind.PIPELINE), "slaveRoles": (Kind.RUNNER,)}
"""What the patterns of each type of role are compared with."""
PLAIN = {
    "unsecured": ("anonymous", ["Overall/Administer"]),
    "loggedInUsersCanDoAnything": ("authenticated", ["Overall/Administer"]),
    "legacy": ("admin", ["Overall/Administer"]),
}
"""Strategies without a table: who has everything under each.

https://www.jenkins.io/doc/book/security/access-control/ (authorization)
"""
READS = ["Overall/Read", "Job/Read", "View/Read"]
"""What anonymous has under strategies that let anybody read."""


async def authorization(run: Run) -> list[AnyFact]:
    """Return the grants on the whole controller, or the gap that says why they are not known."""
    tenant = next((each for each in run.known(Kind.TENANT)), None)
    attributes = tenant.attributes if tenant else {}
    configuration = attributes.get("configuration")
    strategy = configuration.get("strategy") if isinstance(configuration, dict) else None

    async def read() -> list[AnyFact]:
        if attributes.get("useSecurity") is False:
            return held(run, run.tenant, [Entry("EITHER", "Overall/Administer", "anonymous")], "GET /api/json")
        if strategy in PLAIN:
            return _plain(run, strategy, configuration or {})
        if strategy in {"globalMatrix", "projectMatrix"}:
            lines = [Entry(*line) for line in (configuration or {})["matrix"]]
            return held(run, run.tenant, lines, "POST /configuration-as-code/export")
        try:
            return await _roles(run)
        except NotFound:
            detail = "the strategy has no table of roles that an API shows, and the export was not read"
            return [run.gap(run.tenant, JenkinsFacet.AUTHORIZATION, cause=Cause.FORBIDDEN, detail=detail)]

    return await run.guarded(run.tenant, JenkinsFacet.AUTHORIZATION, read)


def _plain(run: Run, strategy: str, configuration: dict[str, Any]) -> list[AnyFact]:
    where = "POST /configuration-as-code/export"
    who, permissions = PLAIN[strategy]
    lines = [Entry("EITHER", each, who) for each in permissions]
    if strategy == "legacy" or configuration.get("anonymous_read", strategy == "loggedInUsersCanDoAnything"):
        lines += [Entry("EITHER", each, "anonymous") for each in READS]
    return held(run, run.tenant, lines, where)


async def _roles(run: Run) -> list[AnyFact]:
    """Read the roles of Role Strategy: global, of items by pattern, of agents by pattern.

    https://plugins.jenkins.io/role-strategy/
    """
    found: list[AnyFact] = []
    named = {kind: run.known(*kinds) for kind, kinds in NAMED.items()}
    for kind in TYPES:
        listed = await run.jenkins.json("role-strategy/strategy/getAllRoles", template=ALL_ROLES, type=kind)
        if not role_lists(listed):
            raise UnexpectedAnswer("roles are not given as they are documented", endpoint=ALL_ROLES)
        for name in listed:
            told = await run.jenkins.json(
                "role-strategy/strategy/getRole", template=ONE_ROLE, type=kind, roleName=text(name)
            )
            must(told, ROLE if kind == "globalRoles" else {**ROLE, "pattern": is_text}, ONE_ROLE)
            found += await _role(run, kind, text(name), told, listed[name], named.get(kind, []))
    return found


async def _matching(run: Run, kind: str, pattern: str, names: list[str]) -> list[bool] | None:
    """Tell which names a pattern matches; Jenkins itself is asked where only Java knows, None where it refuses."""
    try:
        return matches(pattern, names)
    except re.error:
        if kind != "projectRoles":
            return None
    try:
        told = await run.jenkins.json(
            "role-strategy/strategy/getMatchingJobs", template=MATCHING, pattern=pattern, maxJobs=MOST_JOBS
        )
    except (AccessDenied, NotFound):
        return None
    found = {text(each) for each in told["matchingJobs"]}
    return [name in found for name in names] if len(found) < MOST_JOBS else None


async def _role(
    run: Run, kind: str, name: str, told: dict[str, Any], listed: Any, candidates: list[Any]
) -> list[AnyFact]:
    permissions = sorted(permission(str(p)) for p, on in told["permissionIds"].items() if on)
    sids = [assigned(row) for row in told.get("sids") or listed or ()]
    pattern = told.get("pattern")
    resources: list[Ref] = [run.tenant]
    attributes: dict[str, Any] = {"type": kind}
    found: list[AnyFact] = []
    key = f"{kind}:{name}"
    if kind != "globalRoles":
        attributes["pattern"] = pattern
        names = [each.attributes.get("full_name", each.ref.key) for each in candidates]
        hits = await _matching(run, kind, str(pattern), names)
        if hits is None:
            detail = (
                f"the pattern of the role {name} cannot be compared here: it uses what only Java's expressions have"
            )
            return [run.gap(run.tenant, JenkinsFacet.AUTHORIZATION, cause=Cause.UNREADABLE, detail=detail)]
        resources = [each.ref for each, hit in zip(candidates, hits, strict=True) if hit]
        attributes["matches"] = len(resources)
        attributes["of"] = len(candidates)
    found.append(role(run, key, f"role {name}", permissions, ONE_ROLE, **attributes, sids=[list(s) for s in sids]))
    for resource in resources:
        for who, sid in sids:
            found += given(run, resource, who, sid, key, ONE_ROLE)
    return found
