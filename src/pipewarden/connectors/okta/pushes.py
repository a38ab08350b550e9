"""Group push: which group of Okta fills which group of another system, and which system that is.

https://developer.okta.com/docs/api/openapi/okta-management/management/tags/grouppushmapping/
https://help.okta.com/oie/en-us/content/topics/users-groups-profiles/usgp-group-push-operations.htm
"""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from msgspec import structs

from pipewarden.access.okta.directory import is_on
from pipewarden.connectors.okta.apps import Apps
from pipewarden.connectors.okta.run import Run, batch_key, given_name, inner, picked, word
from pipewarden.errors import NotFound
from pipewarden.model.facets_okta import OktaFacet
from pipewarden.model.facts import AnyFact, Cause, Gap, Group, Resource
from pipewarden.model.ids import Kind, Ref

MAPPINGS = "/api/v1/apps/{appId}/group-push/mappings"
CONNECTION = "/api/v1/apps/{appId}/connections/default"
GROUP = "/api/v1/groups/{groupId}"

FEATURE = "GROUP_PUSH"
"""What `features` of an app holds where its groups are pushed; without it there is nothing to ask."""

STATES = frozenset({"ACTIVE", "ERROR", "INACTIVE"})
"""What `status` of a mapping may say: whether changes of members are pushed."""

MOST_ROWS = 1000
"""The page size of a list of mappings: "maximum: 1000"."""

MOST_NAMES = 2000
"""Groups of other systems whose names are asked for in one run: each that no list holds costs a request."""

BATCH = 50


async def pushes(
    run: Run, found: Apps, groups: Mapping[Ref, Group], targets: Mapping[str, str], most_names: int = MOST_NAMES
) -> None:
    """Add to each app that pushes groups what it pushes, as `pushes`, and what tells where to.

    `targets` is what the configuration says of apps: the id of each, with the address of the system that it fills.
    """
    asked = [ref for ref, app in found.every.items() if _pushes(app)]
    told = dict(found.every)
    names = _Names(run, groups, most_names)
    for start in range(0, len(asked), BATCH):
        batch = asked[start : start + BATCH]
        run.progress("pushed groups", start, len(asked))
        key = batch_key("pushes", batch)
        work = [told[ref] for ref in batch]
        facts = await run.step(key, OktaFacet.GROUP_PUSH, lambda work=work: _batch(run, work, names))  # type: ignore[misc]
        told |= {fact.ref: fact for fact in facts if isinstance(fact, Resource)}
    for key, address in targets.items():
        ref = Ref(run.instance, Kind.APPLICATION, key)
        app = told.get(ref)
        if app is None:
            detail = f"the configuration names the app {key}, and the organization has none of that id"
            run.add(run.gap(run.tenant, OktaFacet.GROUP_PUSH, cause=Cause.NOT_COLLECTED, detail=detail))
            continue
        run.add(structs.replace(app, attributes=app.attributes | {"declared_target": address}))


def _pushes(app: Resource) -> bool:
    features = app.attributes.get("features")
    return is_on(app.attributes.get("status")) and isinstance(features, list) and FEATURE in features


class _Names:
    """The names of the groups that are filled: those that Okta lists are known, the others are asked for one by one."""

    def __init__(self, run: Run, groups: Mapping[Ref, Group], most: int) -> None:
        self.run = run
        self.groups = groups
        self.most = most
        self.asked = 0

    async def of(self, key: str, app: Ref) -> tuple[str | None, Iterable[AnyFact]]:
        """Return the name of a group that is filled, None with a gap where it was not told."""
        listed = self.groups.get(Ref(self.run.instance, Kind.GROUP, key))
        if listed is not None:
            return listed.name, ()
        if self.asked >= self.most:
            detail = f"only {self.most} groups are asked what they are called at the other system"
            return None, [self.run.gap(app, OktaFacet.GROUP_PUSH, cause=Cause.BUDGET, detail=detail)]
        self.asked += 1
        name: list[str] = []

        async def work() -> Iterable[AnyFact]:
            row = await self.run.okta.get(GROUP.format(groupId=key), template=GROUP)
            told = inner(row, "profile", "name")
            if not isinstance(told, str) or not told:
                raise ValueError("a group without a name")
            name.append(word(told, key))
            return ()

        gaps = await self.run.guarded(app, OktaFacet.GROUP_PUSH, work)
        return (name[0] if name else None), gaps


async def _batch(run: Run, apps: Iterable[Resource], names: _Names) -> Iterable[AnyFact]:
    async def one(app: Resource) -> Iterable[AnyFact]:
        return await run.guarded(app.ref, OktaFacet.GROUP_PUSH, lambda: _of(run, app, names))

    return [fact for facts in await asyncio.gather(*map(one, apps)) for fact in facts]


async def _of(run: Run, app: Resource, names: _Names) -> Iterable[AnyFact]:
    """Return an app with its mappings, and with the address of the system that it provisions where it has any."""
    facts: list[AnyFact] = []
    found: list[dict[str, Any]] = []

    def read(row: dict[str, Any]) -> Iterable[AnyFact]:
        given_name(row, "sourceGroupId", "status", "targetGroupId")
        if row["status"] not in STATES:
            raise ValueError("the state of a mapping is not known")
        run.ref(Kind.GROUP, row["sourceGroupId"])
        about = picked(row, "id", "status", "lastPush")
        found.append({**about, "source": row["sourceGroupId"], "target": row.get("targetGroupId")})
        return ()

    rows = run.okta.pages(MAPPINGS.format(appId=app.ref.key), template=MAPPINGS, limit=MOST_ROWS)
    facts += run.understood([row async for row in rows], OktaFacet.GROUP_PUSH, read, app.ref)
    for row in found:
        if isinstance(row["target"], str) and row["target"]:
            row["name"], gaps = await names.of(row["target"], app.ref)
            facts += gaps
    attributes: dict[str, Any] = {"pushes": sorted(found, key=lambda row: (row["source"], str(row["target"])))}
    if found:
        base, gaps = await _base(run, app.ref)
        attributes["provisions"] = base
        facts += gaps
    return [structs.replace(app, attributes=app.attributes | attributes), *_apart(facts)]


async def _base(run: Run, app: Ref) -> tuple[str | None, Iterable[AnyFact]]:
    """Return the address under which an app provisions accounts and groups; None where Okta does not tell it."""
    base: list[str] = []

    async def work() -> Iterable[AnyFact]:
        try:
            told = await run.okta.get(CONNECTION.format(appId=app.key), template=CONNECTION)
        except NotFound:
            return ()  # it has no connection of that kind
        if isinstance(told, dict) and isinstance(told.get("baseUrl"), str):
            base.append(_address(told["baseUrl"]))
        return ()

    gaps = await run.guarded(app, OktaFacet.GROUP_PUSH, work)
    return (base[0] if base else None), gaps


def _address(url: str) -> str:
    """Return scheme, host and path alone: a query or a user may hold a secret."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return ""
    return f"{parts.scheme}://{host}{parts.path}" if host else ""


def _apart(facts: Iterable[AnyFact]) -> list[AnyFact]:
    """Leave out gaps that say the same: hundreds of names may be refused alike."""
    kept: dict[Any, AnyFact] = {}
    for fact in facts:
        kept.setdefault((fact.scope, fact.facet, fact.cause, fact.detail) if isinstance(fact, Gap) else id(fact), fact)
    return list(kept.values())
