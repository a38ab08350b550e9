"""What policies ask at sign-in. Rules are tried in order of priority, and the first that fits decides.

https://help.okta.com/oie/en-us/content/topics/identity-engine/policies/about-app-sign-on-policies.htm
https://developer.okta.com/docs/api/openapi/okta-management/management/tag/Policy/
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from pipewarden.access.okta.directory import ADMIN_CONSOLE, DASHBOARD, is_on, policies
from pipewarden.access.view import Missing, View
from pipewarden.model.facets_okta import OktaFacet
from pipewarden.model.facts import Cause, Gate, Resource
from pipewarden.model.ids import Kind

FACTORS = {"1FA": 1, "2FA": 2}


class Ask(NamedTuple):
    """What one rule asks of those whom it lets in. None: in words that are not known here."""

    name: str
    factors: int | None
    resistant: bool | None
    """Whether every way through it is resistant to phishing."""
    catch_all: bool
    """Whether it is the last rule, that fits everybody for whom no other did."""


def inner(value: Any, *path: str) -> Any:
    """Return a value inside nested objects, None where any of them is absent or null."""
    for step in path:
        value = value.get(step) if isinstance(value, dict) else None
    return value


def rules(gate: Gate) -> list[dict[str, Any]]:
    """Return the active rules of a policy in the order in which they are tried."""
    given = gate.rules.get("rules")
    found = [rule for rule in given or () if isinstance(rule, dict) and is_on(rule.get("status"))]
    return sorted(found, key=lambda rule: rule["priority"] if isinstance(rule.get("priority"), int) else 0)


def asks(gate: Gate) -> Iterator[Ask]:
    """Yield what each rule of an app sign-in policy asks; rules that deny let nobody in, and are left out."""
    for rule in rules(gate):
        signing = inner(rule, "actions", "appSignOn")
        if inner(signing, "access") == "DENY":
            continue
        method = inner(signing, "verificationMethod")
        known = inner(signing, "access") == "ALLOW" and inner(method, "type") == "ASSURANCE"
        yield Ask(
            name=str(rule.get("name") or rule.get("id")),
            factors=FACTORS.get(str(inner(method, "factorMode"))) if known else None,
            resistant=_resistant(method) if known else None,
            catch_all=rule.get("system") is True or rule.get("name") == "Catch-all Rule",
        )


def _resistant(method: Any) -> bool:
    """Constraints are alternatives: each has to ask for it, and without any nothing is asked."""
    constraints = inner(method, "constraints")
    alternatives = constraints if isinstance(constraints, list) else []
    return bool(alternatives) and all(
        inner(each, "possession", "phishingResistant") == "REQUIRED" for each in alternatives
    )


def policy_of(view: View, tenant: Resource, app: Resource) -> Gate:
    """Return the sign-in policy that binds an app. Raises Missing where it was not read."""
    key = view.given(app, "access_policy", facet=OktaFacet.APPS)
    for gate in policies(view, tenant, "ACCESS_POLICY"):
        if gate.ref.key == key:
            return gate
    raise Missing(app.ref, OktaFacet.POLICIES, Cause.MISSING_FIELD, f"the sign-in policy of {app.name} was not read")


def own_app(view: View, tenant: Resource, name: str) -> Resource:
    """Return Okta's own app: the console of administrators, or the dashboard. Raises Missing where it is not listed."""
    known = view.memo["own apps of Okta"]  # asked for each account
    if (tenant.ref, name) not in known:
        every = (app for app in view.entities(Kind.APPLICATION, within=tenant.ref) if isinstance(app, Resource))
        known[tenant.ref, name] = next((app for app in every if app.attributes.get("name") == name), None)
    found: Resource | None = known[tenant.ref, name]
    if found is not None:
        return found
    told = {ADMIN_CONSOLE: "the admin console", DASHBOARD: "the dashboard"}[name]
    raise Missing(tenant.ref, OktaFacet.APPS, Cause.MISSING_FIELD, f"{told} is not in the list of apps")


def undecided(app: Resource, ask: Ask) -> Missing:
    """Return what to raise where a rule speaks in words that are not known here."""
    detail = f"the rule {ask.name} for {app.name} asks in a way that is not known"
    return Missing(app.ref, OktaFacet.POLICIES, Cause.UNEXPECTED, detail)
