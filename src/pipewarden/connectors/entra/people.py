"""Reads a tenant, its users with their last sign-in, and the second factors that they have registered."""

from typing import Any

from pipewarden.connectors.answers import picked
from pipewarden.connectors.entra.client import NotLicensed
from pipewarden.connectors.entra.run import Run, moment, named, texts
from pipewarden.connectors.entra.shapes import AUTHORIZATION, SECURITY_DEFAULTS
from pipewarden.connectors.shapes import odd_field
from pipewarden.errors import AccessDenied, SourceError, Unreachable
from pipewarden.model.facets_entra import EntraFacet
from pipewarden.model.facts import Account, AnyFact, Cause, Gap, Resource
from pipewarden.model.ids import Kind
from pipewarden.model.systems import System, source

USER = "id,userPrincipalName,displayName,mail,accountEnabled,userType,createdDateTime,onPremisesSyncEnabled,externalUserState"
USERS_PAGE = 500
"""https://learn.microsoft.com/en-us/graph/api/user-list: with the sign-in activity at most 500."""

LAST_USED = "signInActivity.lastSuccessfulSignInDateTime"

RESISTANT = frozenset(
    {
        "fido2",
        "fido2SecurityKey",
        "passKeyDeviceBound",
        "passKeyDeviceBoundAuthenticator",
        "passKeyDeviceBoundWindowsHello",
        "passKeySynced",
        "windowsHelloForBusiness",
        "x509Certificate",
        "x509CertificateMultiFactor",
        "macOsSecureEnclaveKey",
    }
)
"""Methods that no false page can have passed on to it.

https://learn.microsoft.com/en-us/entra/identity/authentication/concept-authentication-strengths#built-in-authentication-strengths
"""

WEAK = frozenset({"mobilePhone", "alternateMobilePhone", "officePhone", "email", "securityQuestion"})
"""Text message, voice and e-mail: https://learn.microsoft.com/en-us/entra/identity/authentication/concept-authentication-methods"""

OTHERS = frozenset(
    {
        "microsoftAuthenticatorPush",
        "microsoftAuthenticatorPasswordless",
        "softwareOneTimePasscode",
        "hardwareOneTimePasscode",
        "temporaryAccessPass",
        "appPassword",
        "externalAuthMethod",
    }
)
"""Methods that are neither. https://learn.microsoft.com/en-us/graph/api/resources/userregistrationdetails"""

NO_FACTOR = frozenset({"email", "securityQuestion", "password"})
"""Methods that serve the reset of a password and never a second factor."""

KNOWN = RESISTANT | WEAK | OTHERS | NO_FACTOR
"""Of a method that is none of these it is not known whether a false page can pass it on."""


async def tenant(run: Run) -> None:
    """Read what the tenant is, and the settings that hold for all of it."""

    async def work() -> list[AnyFact]:
        listed = [row async for row in run.rows("/organization")]
        row = listed[0]
        attributes = picked(row, "displayName", "onPremisesSyncEnabled", "createdDateTime", "tenantType")
        domains = row.get("verifiedDomains")
        if isinstance(domains, list):
            attributes["domains"] = [str(each.get("name")) for each in domains if isinstance(each, dict)]
        plans = row.get("assignedPlans")
        if isinstance(plans, list):
            attributes["plans"] = _plans(plans)
        facts: list[AnyFact] = []
        attributes |= await _settings(run, facts)
        origin = run.origin("GET /v1.0/organization")
        facts += [
            source(run.instance, System.ENTRA, origin),
            Resource(ref=run.tenant, name=run.address, attributes=attributes, origin=origin),
        ]
        return facts

    facts = await run.step("tenant", EntraFacet.TENANT, work)
    dead = next((fact for fact in facts if isinstance(fact, Gap) and fact.cause is Cause.UNREACHABLE), None)
    if dead is not None:
        raise Unreachable(dead.detail, hint="Check the network, and the cloud that the tenant is in.")
    if run.tenant not in run.known:
        origin = run.origin("GET /v1.0/organization")
        run.add((source(run.instance, System.ENTRA, origin), Resource(ref=run.tenant, name=run.address, origin=origin)))


def _plans(plans: list[Any]) -> list[str]:
    """Return which of the licences P1 and P2 are assigned, by the ids of their plans.

    https://learn.microsoft.com/en-us/entra/identity/users/licensing-service-plan-reference
    """
    known = {"41781fb2-bc02-4b7c-bd55-b576c07bb09d": "P1", "eec0eb4f-6444-4f95-aba0-50c24d67f998": "P2"}
    held = [p for p in plans if isinstance(p, dict) and str(p.get("capabilityStatus")).lower() == "enabled"]
    return sorted({known[p["servicePlanId"]] for p in held if p.get("servicePlanId") in known})


async def _settings(run: Run, facts: list[AnyFact]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, facet, path in (
        ("authorization_policy", EntraFacet.AUTHORIZATION, "/v1.0/policies/authorizationPolicy"),
        ("security_defaults", EntraFacet.SECURITY_DEFAULTS, "/v1.0/policies/identitySecurityDefaultsEnforcementPolicy"),
    ):
        try:
            row = await run.graph.get(path)
        except SourceError as refusal:
            if refusal.status == 401:
                raise
            facts.append(run.gap(run.tenant, facet, refusal))
            continue
        odd = odd_field(row, SECURITY_DEFAULTS if name == "security_defaults" else AUTHORIZATION)
        if odd:
            detail = f"{path}: {odd} is not given as it is documented"
            facts.append(run.gap(run.tenant, facet, cause=Cause.UNEXPECTED, detail=detail))
        elif name == "security_defaults":
            found[name] = row["isEnabled"]
        else:
            found[name] = picked(
                row, "allowInvitesFrom", "guestUserRoleId", "allowUserConsentForRiskyApps", "defaultUserRolePermissions"
            )
    return found


async def users(run: Run) -> None:
    """Read all users. Without the licence or the permission for sign-in activity they are read without it."""

    async def work() -> list[AnyFact]:
        try:
            return await _users(run, f"{USER},signInActivity")
        except (NotLicensed, AccessDenied) as refusal:
            if refusal.status == 401:
                raise
            facts = await _users(run, USER)
            return [*facts, run.gap(run.tenant, EntraFacet.SIGN_INS, refusal)]

    run.progress("users", 0, 0)
    await run.step("users", EntraFacet.USERS, work, leaned_on=True)


async def _users(run: Run, select: str) -> list[AnyFact]:
    origin = run.origin("GET /v1.0/users")
    return [_account(run, row, origin) async for row in run.rows("/users", select=select, top=USERS_PAGE)]


def _account(run: Run, row: dict[str, Any], origin: Any) -> Account:
    attributes = picked(
        row, "displayName", "mail", "accountEnabled", "userType", "onPremisesSyncEnabled", "externalUserState"
    )
    activity = row.get("signInActivity")
    last = None
    if isinstance(activity, dict):
        last = max(
            (
                found
                for name in (
                    "lastSuccessfulSignInDateTime",
                    "lastSignInDateTime",
                    "lastNonInteractiveSignInDateTime",
                )
                if (found := moment(activity.get(name)))
            ),
            default=None,
        )
    if row.get("userType") is None:
        attributes["userType"] = _type(row)
    if "signInActivity" in row:
        attributes["last_used_source"] = LAST_USED
    return Account(
        ref=run.ref(Kind.ACCOUNT, row["id"]),
        name=named(row, "userPrincipalName", "displayName"),
        parent=run.tenant,
        created_at=moment(row.get("createdDateTime")),
        last_used_at=last,
        attributes=attributes,
        origin=origin,
    )


def _type(row: dict[str, Any]) -> str:
    """Return what a user is where Graph does not say, as of those who were made before it did: guests show it by their name.

    https://learn.microsoft.com/en-us/entra/external-id/user-properties
    """
    told = f"{row.get('userPrincipalName')}"
    return "Guest" if "#EXT#" in told or row.get("externalUserState") else "Member"


async def registrations(run: Run) -> None:
    """Read what every user has registered, one list for all; it goes into each account's `mfa`.

    https://learn.microsoft.com/en-us/graph/api/authenticationmethodsroot-list-userregistrationdetails
    """
    from msgspec import structs

    async def work() -> list[AnyFact]:
        facts: list[AnyFact] = []
        async for row in run.rows("/reports/authenticationMethods/userRegistrationDetails"):
            account = run.known.get(run.ref(Kind.ACCOUNT, row["id"]))
            if isinstance(account, Account):
                facts.append(structs.replace(account, attributes={**account.attributes, "mfa": mfa(row)}))
        return facts

    run.progress("second factors", 0, 0)
    await run.step("registrations", EntraFacet.REGISTRATION, work)


def mfa(row: dict[str, Any]) -> dict[str, Any]:
    """Return the second factors of a user: enrolled, methods, and whether one of them resists phishing."""
    methods = [each for each in texts(row.get("methodsRegistered")) if each]
    given = isinstance(row.get("methodsRegistered"), list)
    unheard = bool(set(methods) - KNOWN)
    resists = bool(RESISTANT & set(methods))
    enrolled = row.get("isMfaRegistered")
    factors = [each for each in methods if each not in NO_FACTOR]
    weak = bool(factors) and all(each in WEAK for each in factors)
    return {
        "enrolled": enrolled if isinstance(enrolled, bool) else None,
        "capable": row.get("isMfaCapable") if isinstance(row.get("isMfaCapable"), bool) else None,
        "methods": methods if given else None,
        "phishing_resistant": resists if given and (resists or not unheard) else None,
        "weak_only": weak if given and not unheard else None,
    }
