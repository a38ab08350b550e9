"""The organization itself, its parts, and the settings that can be read of it."""

from collections.abc import Iterable
from typing import Any

from pipewarden.access.okta.directory import is_on
from pipewarden.access.okta.places import Place, around, place_ref
from pipewarden.connectors.okta.run import Run, given_name, inner, picked, word
from pipewarden.connectors.okta.shapes import SHAPES
from pipewarden.connectors.shapes import fits
from pipewarden.errors import Unreachable
from pipewarden.model.facets_okta import OktaFacet
from pipewarden.model.facts import AnyFact, Cause, Gap, Gate, GateKind, Resource
from pipewarden.model.ids import Kind
from pipewarden.model.systems import System, source


async def organization(run: Run) -> None:
    """Read the organization's own facts: its name, and whether Okta's support may look in."""

    async def work() -> Iterable[AnyFact]:
        return [tenant(run, picked(await run.okta.get("/api/v1/org", template="/api/v1/org"), *ORG_FIELDS))]

    run.add(source(run.instance, System.OKTA, run.origin("/api/v1/org"), name=run.name), tenant(run, {}), *parts(run))
    facts = await run.step("organization", OktaFacet.ORG, work)
    dead = next((fact for fact in facts if isinstance(fact, Gap) and fact.cause is Cause.UNREACHABLE), None)
    if dead is not None:
        raise Unreachable(dead.detail, hint="Check the network, and the address of the organization.")


ORG_FIELDS = ("id", "subdomain", "companyName", "status", "created", "expiresAt")


def tenant(run: Run, attributes: dict[str, Any]) -> Resource:
    """Return the fact of the organization."""
    return Resource(ref=run.tenant, name=f"okta:{run.name}", attributes=attributes, origin=run.origin("/api/v1/org"))


def parts(run: Run) -> list[AnyFact]:
    """Return the parts of the organization that roles are held over."""
    return [
        Resource(
            ref=place_ref(run.tenant, place),
            name=f"okta:{run.name}/{place}",
            parent=around(run.tenant, place),
            attributes={"implicit": True},
            origin=run.origin("/api/v1/org"),
        )
        for place in Place
        if place is not Place.TENANT
    ]


async def settings(run: Run) -> None:
    """Read authenticators, network zones, inbound identity providers, log streams and ThreatInsight; each is its own facet."""
    await run.step("authenticators", OktaFacet.AUTHENTICATORS, lambda: _authenticators(run))
    await run.step("zones", OktaFacet.ZONES, lambda: _zones(run))
    await run.step("identity providers", OktaFacet.IDENTITY_PROVIDERS, lambda: _identity_providers(run))
    await run.step("log streams", OktaFacet.LOG_STREAMS, lambda: _log_streams(run))
    await run.step("ThreatInsight", OktaFacet.THREAT_INSIGHT, lambda: _threat_insight(run))


def setting(run: Run, what: str, key: str, name: str, endpoint: str, attributes: dict[str, Any]) -> Gate:
    """Return one setting that guards the organization. `what` says which: authenticator, zone, log stream."""
    return Gate(
        ref=run.ref(Kind.GATE, key),
        resource=run.tenant,
        kind=GateKind.SIGN_ON,
        name=name,
        active=is_on(attributes.get("status")),
        target=what,
        rules={**attributes, "kind": attributes.get("type"), "type": what},
        origin=run.origin(endpoint),
    )


async def _rows(run: Run, path: str, *, limit: int = 0) -> list[Any]:
    return [row async for row in run.okta.pages(path, template=path, limit=limit)]


async def _authenticators(run: Run) -> Iterable[AnyFact]:
    path, methods = "/api/v1/authenticators", "/api/v1/authenticators/{authenticatorId}/methods"
    facts: list[AnyFact] = []
    for row in await _rows(run, path):
        given = picked(row, "key", "type", "status")
        given["allowedFor"] = inner(row, "settings", "allowedFor")
        given["fips"] = inner(row, "settings", "compliance", "fips")
        given["userVerification"] = inner(row, "settings", "userVerification")
        listed = await run.okta.get(methods.format(authenticatorId=row["id"]), template=methods)
        if not all(fits(each, SHAPES[methods], methods) for each in listed):
            continue
        given["methods"] = [picked(each, "type", "status") for each in listed]
        name = word(row.get("name"), str(row["id"]))
        facts.append(setting(run, "authenticator", row["id"], name, path, given))
    return facts


async def _zones(run: Run) -> Iterable[AnyFact]:
    path = "/api/v1/zones"

    def read(row: dict[str, Any]) -> Iterable[AnyFact]:
        given = picked(row, "type", "status", "usage", "system", "proxyType")
        for field in ("gateways", "proxies", "locations", "asns"):
            given[field] = len(row[field]) if isinstance(row.get(field), list) else 0
        given["blocks_categories"] = sorted(map(str, inner(row, "ipServiceCategories", "include") or ()))
        yield setting(run, "zone", row["id"], word(row.get("name"), str(row["id"])), path, given)

    return run.understood(await _rows(run, path, limit=200), OktaFacet.ZONES, read, run.tenant)


async def _identity_providers(run: Run) -> Iterable[AnyFact]:
    path = "/api/v1/idps"

    def read(row: dict[str, Any]) -> Iterable[AnyFact]:
        given_name(row, "type", "status")
        given = picked(row, "type", "status", "created")
        for name, field in (("provisioning", "action"), ("provisioning.groups", "action")):
            given[name] = inner(row, "policy", *name.split("."), field)
        given["assignments"] = list(inner(row, "policy", "provisioning", "groups", "assignments") or ())
        given["filter"] = list(inner(row, "policy", "provisioning", "groups", "filter") or ())
        given["accountLink"] = inner(row, "policy", "accountLink", "action")
        name = word(row.get("name"), str(row["id"]))
        yield setting(run, "identity provider", row["id"], name, path, given)

    return run.understood(await _rows(run, path, limit=200), OktaFacet.IDENTITY_PROVIDERS, read, run.tenant)


async def _log_streams(run: Run) -> Iterable[AnyFact]:
    path = "/api/v1/logStreams"

    def read(row: dict[str, Any]) -> Iterable[AnyFact]:
        given = picked(row, "type", "status", "created")
        yield setting(run, "log stream", row["id"], word(row.get("name"), str(row["id"])), path, given)

    return run.understood(await _rows(run, path, limit=200), OktaFacet.LOG_STREAMS, read, run.tenant)


async def _threat_insight(run: Run) -> Iterable[AnyFact]:
    """Read what Okta does with a sign-in from an address that attacks others.

    https://developer.okta.com/docs/api/openapi/okta-management/management/tag/ThreatInsight/
    """
    path = "/api/v1/threats/configuration"
    row = await run.okta.get(path, template=path)
    if not fits(row, SHAPES[path], path):
        return []
    given = {"action": row["action"], "exempt_zones": len(row.get("excludeZones") or ())}
    return [setting(run, "threat insight", "threat-insight", "ThreatInsight", path, given)]
