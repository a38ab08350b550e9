"""Apps: what people sign in to, who is assigned, and the service apps that hold scopes of Okta's own API."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from msgspec import structs

from pipewarden.access.okta.directory import is_on
from pipewarden.access.okta.places import Place, place_ref
from pipewarden.connectors.answers import moment
from pipewarden.connectors.okta.run import Run, batch_key, given_name, inner, picked, tail, word
from pipewarden.model.facets_okta import OktaFacet
from pipewarden.model.facts import AnyFact, Grant, GrantKind, Machine, Resource, Role
from pipewarden.model.ids import Kind, Ref

APPS = "/api/v1/apps"
GRANTS = "/api/v1/apps/{appId}/grants"
SECRETS = "/api/v1/apps/{appId}/credentials/secrets"
USERS = "/api/v1/apps/{appId}/users"
GROUPS = "/api/v1/apps/{appId}/groups"

ASSIGNED = "okta:assigned"
STATEMENTS = ("attributeStatements", "configuredAttributeStatements")
SETTINGS = ("githubOrg", "orgName", "enterpriseName")
"""Settings of apps of the catalog that tell whose they are; others may hold anything, and are left."""

BATCH = 50


class Service(NamedTuple):
    """A service app: the machine, and the scopes it was granted."""

    ref: Ref
    scopes: tuple[str, ...]


@dataclass
class Apps:
    """All apps, and the service apps among them by their client id."""

    every: dict[Ref, Resource] = field(default_factory=dict)
    services: dict[str, Service] = field(default_factory=dict)

    def targets(self, row: dict[str, Any]) -> list[Ref]:
        """Return the apps that a target names: one instance by its id, or all of a type."""
        if isinstance(row.get("id"), str):
            return [ref for ref in self.every if ref.key == row["id"]]
        return [ref for ref, app in self.every.items() if app.attributes.get("name") == row["name"]]


async def apps(run: Run) -> Apps:
    """Read all apps, and of service apps their scopes and secrets."""

    async def work() -> Iterable[AnyFact]:
        rows = [row async for row in run.okta.pages(APPS, template=APPS)]
        return run.understood(rows, OktaFacet.APPS, lambda row: _app(run, row), run.tenant)

    found = Apps()
    machines: list[Machine] = []
    for fact in await run.step("apps", OktaFacet.APPS, work):
        if isinstance(fact, Resource):
            found.every[fact.ref] = fact
        elif isinstance(fact, Machine):
            machines.append(fact)
    for machine in await _services(run, machines):
        client = machine.attributes.get("client_id")
        if isinstance(client, str) and is_on(machine.attributes.get("status")):
            found.services[client] = Service(machine.ref, tuple(machine.attributes.get("scopes") or ()))
    return found


def _app(run: Run, row: dict[str, Any]) -> Iterable[AnyFact]:
    attributes = picked(row, "name", "label", "status", "signOnMode", "features", "created", "lastUpdated")
    given_name(row, "name", "status", "signOnMode")
    client = inner(row, "credentials", "oauthClient")
    attributes["client"] = picked(client, "client_id", "token_endpoint_auth_method")
    attributes["application_type"] = inner(row, "settings", "oauthClient", "application_type")
    attributes["scheme"] = inner(row, "credentials", "scheme")
    attributes["saml"] = _saml(inner(row, "settings", "signOn"))
    told = picked(inner(row, "settings", "app"), *SETTINGS)
    attributes["app_settings"] = {key: value for key, value in told.items() if isinstance(value, str)}
    attributes["access_policy"] = tail(inner(row, "_links", "accessPolicy", "href"))
    name = word(row.get("label"), str(row["id"]))
    origin = run.origin(APPS)
    where = place_ref(run.tenant, Place.APPS)
    yield Resource(
        ref=run.ref(Kind.APPLICATION, row["id"]), name=name, parent=where, attributes=attributes, origin=origin
    )
    if attributes["application_type"] == "service":
        given = picked(row, "status") | picked(client, "client_id", "token_endpoint_auth_method")
        yield Machine(
            ref=run.ref(Kind.SERVICE_ACCOUNT, row["id"]),
            name=name,
            parent=run.tenant,
            attributes=given,
            created_at=moment(row.get("created")),
            origin=origin,
        )


def _saml(sign_on: Any) -> dict[str, Any] | None:
    """Return to whom an app sends its assertions, and which groups' names stand in them; None where it sends none.

    https://developer.okta.com/docs/api/openapi/okta-management/management/tag/Application/ (SamlApplicationSettingsSignOn)
    """
    if not isinstance(sign_on, dict) or not isinstance(sign_on.get("ssoAcsUrl"), str):
        return None
    acs = (
        sign_on.get("ssoAcsUrlOverride") if isinstance(sign_on.get("ssoAcsUrlOverride"), str) else sign_on["ssoAcsUrl"]
    )
    every = [each for name in STATEMENTS for each in sign_on.get(name) or () if isinstance(each, dict)]
    groups = [picked(each, "name", "filterType", "filterValue") for each in every if each.get("type") == "GROUP"]
    return {"acs": acs, "groups": groups}


async def _services(run: Run, machines: list[Machine]) -> list[Machine]:
    """Read scopes and secrets of the service apps; returns the machines with their scopes."""
    if not machines:
        return []

    async def one(machine: Machine) -> Iterable[AnyFact]:
        facts = list(await run.guarded(machine.ref, OktaFacet.APP_GRANTS, lambda: _scopes(run, machine)))
        if machine.attributes.get("token_endpoint_auth_method") != "private_key_jwt":
            facts += await run.guarded(machine.ref, OktaFacet.APP_SECRETS, lambda: _secrets(run, machine))
        return facts

    async def work() -> Iterable[AnyFact]:
        return [fact for facts in await asyncio.gather(*map(one, machines)) for fact in facts]

    facts = await run.step(batch_key("services", [each.ref for each in machines]), OktaFacet.APP_GRANTS, work)
    told = {fact.ref: fact for fact in facts if isinstance(fact, Machine) and fact.ref.kind is Kind.SERVICE_ACCOUNT}
    return [told.get(machine.ref, machine) for machine in machines]


async def _scopes(run: Run, machine: Machine) -> Iterable[AnyFact]:
    rows = run.okta.pages(GRANTS.format(appId=machine.ref.key), template=GRANTS, limit=0)
    scopes = sorted({str(row["scopeId"]) async for row in rows if is_on(row.get("status"))})
    return [structs.replace(machine, attributes=machine.attributes | {"scopes": scopes})]


async def _secrets(run: Run, machine: Machine) -> Iterable[AnyFact]:
    """Return the secrets of a service app: that they are there and since when. The values are dropped here."""
    rows = [row async for row in run.okta.pages(SECRETS.format(appId=machine.ref.key), template=SECRETS, limit=0)]

    def read(row: dict[str, Any]) -> Iterable[AnyFact]:
        yield Machine(
            ref=run.ref(Kind.CLIENT_SECRET, row["id"]),
            name=f"client secret of {machine.name}",
            parent=run.tenant,
            attributes={**picked(row, "status"), "of": machine.ref.key},
            created_at=moment(row.get("created")),
            origin=run.origin(SECRETS),
        )

    return run.understood(rows, OktaFacet.APP_SECRETS, read, machine.ref)


async def assignments(run: Run, found: Apps) -> None:
    """Read who is assigned to each active app: groups, and people by themselves."""
    run.add(
        Role(
            ref=run.ref(Kind.ROLE, ASSIGNED),
            name="assigned",
            parent=run.tenant,
            permissions={"read": "yes"},
            attributes={"type": "ASSIGNMENT"},
            origin=run.origin(GROUPS),
        )
    )
    active = [ref for ref, app in found.every.items() if is_on(app.attributes.get("status"))]
    for start in range(0, len(active), BATCH):
        batch = active[start : start + BATCH]
        run.progress("apps", start, len(active))
        key = batch_key("assignments", batch)
        await run.step(key, OktaFacet.APP_ASSIGNMENTS, lambda batch=batch: _assigned(run, batch))  # type: ignore[misc]


async def _assigned(run: Run, batch: list[Ref]) -> Iterable[AnyFact]:
    async def one(app: Ref) -> Iterable[AnyFact]:
        return await run.guarded(app, OktaFacet.APP_ASSIGNMENTS, lambda: _of(run, app))

    return [fact for facts in await asyncio.gather(*map(one, batch)) for fact in facts]


async def _of(run: Run, app: Ref) -> Iterable[AnyFact]:
    def read(row: dict[str, Any]) -> Iterable[AnyFact]:
        kind, template = (Kind.ACCOUNT, USERS) if "scope" in row else (Kind.GROUP, GROUPS)
        # `GROUP`: the person is there through a group, whose own assignment says so
        if row.get("scope") == "GROUP" or row.get("status") in {"DEPROVISIONED", "SUSPENDED", "REVOKED", "INACTIVE"}:
            return
        yield Grant(
            principal=run.ref(kind, row["id"]),
            resource=app,
            role=ASSIGNED,
            kind=GrantKind.DIRECT,
            since=moment(row.get("created")),
            origin=run.origin(template),
        )

    groups = run.okta.pages(GROUPS.format(appId=app.key), template=GROUPS)
    facts = run.understood([row async for row in groups], OktaFacet.APP_ASSIGNMENTS, read, app)
    users = run.okta.pages(USERS.format(appId=app.key), template=USERS, limit=500)
    async for row in users:
        facts += run.understood([{"scope": None, **row}], OktaFacet.APP_ASSIGNMENTS, read, app)
    return facts
