"""Checks about what Okta asks at sign-in: factors, sessions, networks, passwords."""

from collections.abc import Iterator

from pipewarden.access.okta.directory import DASHBOARD, apps, feeds, is_on, policies, settings
from pipewarden.access.okta.policies import asks, inner, own_app, policy_of, rules, undecided
from pipewarden.access.view import Missing, NotApplicable, View
from pipewarden.checks.base import Hit, check
from pipewarden.checks.clauses import clauses
from pipewarden.checks.okta_words import HELP, OKTA, rule_words, whole
from pipewarden.checks.reading import Doubts, listed, many, quoted
from pipewarden.model.facets_okta import OktaFacet
from pipewarden.model.facts import Cause, Gate, Resource
from pipewarden.model.findings import Severity
from pipewarden.model.ids import Kind

POLICY = "https://help.okta.com/oie/en-us/content/topics/identity-engine/policies"

LONGEST_SESSION_MINUTES = 18 * 60
"""CIS Okta IDaaS STIG: a session ends after 18 hours; a lifetime of 0 never ends."""
LONGEST_IDLE_MINUTES = 120
SHORTEST_PASSWORD = 12
FEWEST_REMEMBERED = 5
MOST_ATTEMPTS = 10


def _one_factor(view: View, tenant: Resource, app: Resource) -> tuple[Gate, list[str], Missing | None]:
    """Return an app's policy, the rules of it that let somebody in with one factor, and what could not be told."""
    gate = policy_of(view, tenant, app)
    loose, doubt = [], None
    for ask in asks(gate):
        if ask.factors is None:
            doubt = undecided(app, ask)
        elif ask.factors < 2:
            loose.append(ask.name)
    return gate, loose, doubt


@check(
    id="ok.pol.dashboard_mfa",
    title="The dashboard asks for two factors",
    severity=Severity.HIGH,
    subject=Kind.TENANT,
    needs=(OktaFacet.APPS, OktaFacet.POLICIES),
    remedy=("Security > Authentication policies > Okta Dashboard: let every rule ask for any two factors.",),
    source=f"{POLICY}/about-app-sign-on-policies.htm",
    **clauses(OKTA, "IA-2(2)"),
)
@whole(OktaFacet.APPS, OktaFacet.POLICIES)
def dashboard_mfa(tenant: Resource, view: View) -> Iterator[Hit]:
    """From the dashboard people enter everything else; one factor there is one factor wherever an app asks for no more."""
    app = own_app(view, tenant, DASHBOARD)
    gate, loose, doubt = _one_factor(view, tenant, app)
    if loose:
        says = f"one factor opens the dashboard of {tenant.name}: {rule_words(loose)} of the policy {quoted(gate.name)}"
        yield Hit(says=says, because=(gate,))
    if doubt:
        raise doubt


@check(
    id="ok.pol.app_policy_cicd",
    title="Apps of the pipeline ask for two factors",
    severity=Severity.HIGH,
    subject=Kind.TENANT,
    needs=(OktaFacet.APPS, OktaFacet.POLICIES),
    remedy=(
        "Security > Authentication policies: give the app a policy whose every rule asks for two factors.",
        "Let it ask again within a working day.",
    ),
    source=f"{POLICY}/about-app-sign-on-policies.htm",
    **clauses(OKTA, "IA-2 AC-6"),
)
@whole(OktaFacet.APPS, OktaFacet.POLICIES)
def app_policy(tenant: Resource, view: View) -> Iterator[Hit]:
    """Code host, CI server, cloud and vault trust what Okta says: their own second factor is then not asked for.

    Apps are taken for a part of the pipeline by their name; service apps, which nobody signs in to, are left out.
    """
    doubts = Doubts()
    for app in apps(view, tenant):
        what = feeds(app)
        if not what or app.attributes.get("application_type") == "service":
            continue
        with doubts:
            gate, loose, doubt = _one_factor(view, tenant, app)
            if loose:
                says = f"one factor opens {quoted(app.name)} ({what}): {rule_words(loose)} of {quoted(gate.name)}"
                yield Hit(says=says, on=app, because=(gate, app))
            if doubt:
                raise doubt
    doubts.settle()


@check(
    id="ok.pol.catchall",
    title="The last rule of each sign-in policy is not the loosest",
    severity=Severity.MEDIUM,
    subject=Kind.TENANT,
    needs=(OktaFacet.POLICIES,),
    remedy=("Let the catch-all rule deny, or ask for two factors; allow exceptions by rules above it.",),
    source=f"{POLICY}/about-app-sign-on-policies.htm",
    **clauses(OKTA, "AC-3"),
)
@whole(OktaFacet.POLICIES)
def catch_all(tenant: Resource, view: View) -> Iterator[Hit]:
    """Whoever meets no other rule meets this one: a strict rule above it only guards those whom it names."""
    doubt = None
    for gate in policies(view, tenant, "ACCESS_POLICY"):
        for ask in asks(gate):
            if not ask.catch_all:
                continue
            if ask.factors is None:
                doubt = Missing(tenant.ref, OktaFacet.POLICIES, Cause.UNEXPECTED, f"what {gate.name} asks is not known")
            elif ask.factors < 2:
                says = f"whoever meets no other rule of the policy {quoted(gate.name)} of {tenant.name} gets in with one factor"
                yield Hit(says=says, because=(gate,))
    if doubt:
        raise doubt


@check(
    id="ok.pol.session",
    title="Sessions end",
    severity=Severity.MEDIUM,
    subject=Kind.TENANT,
    needs=(OktaFacet.POLICIES,),
    remedy=(
        "Security > Global session policy: maximum lifetime 18 hours, idle time 2 hours at most.",
        "Turn persistent cookies off.",
    ),
    source=f"{POLICY}/about-okta-sign-on-policies.htm",
    **clauses(OKTA, "AC-12"),
)
@whole(OktaFacet.POLICIES)
def session(tenant: Resource, view: View) -> Iterator[Hit]:
    """A stolen cookie is worth as much as the session is long. A lifetime of 0 has no end."""
    doubts = Doubts()
    for gate in policies(view, tenant, "OKTA_SIGN_ON"):
        for rule in rules(gate):
            given = inner(rule, "actions", "signon", "session")
            if inner(rule, "actions", "signon", "access") == "DENY":
                continue
            with doubts:
                lifetime, idle = inner(given, "maxSessionLifetimeMinutes"), inner(given, "maxSessionIdleMinutes")
                if not isinstance(lifetime, int) or not isinstance(idle, int):
                    raise Missing(
                        tenant.ref, OktaFacet.POLICIES, Cause.MISSING_FIELD, "the session's times were not given"
                    )
                faults = []
                if lifetime == 0 or lifetime > LONGEST_SESSION_MINUTES:
                    faults.append("never end" if lifetime == 0 else f"last {many(lifetime // 60, 'hour')}")
                if idle > LONGEST_IDLE_MINUTES:
                    faults.append(f"stay open idle for {many(idle // 60, 'hour')}")
                if inner(given, "usePersistentCookie") is True:
                    faults.append("outlive the browser")
                if faults:
                    says = f"sessions of {tenant.name} {listed(faults)}: rule {quoted(str(rule.get('name'))[:40])}"
                    yield Hit(says=says, because=(gate,))
    doubts.settle()


@check(
    id="ok.pol.zones",
    title="Anonymising networks are kept out",
    severity=Severity.MEDIUM,
    subject=Kind.TENANT,
    needs=(OktaFacet.ZONES,),
    remedy=("Security > Networks: activate DefaultEnhancedDynamicZone, which blocks anonymisers before sign-in.",),
    source="https://help.okta.com/oie/en-us/content/topics/security/network/about-enhanced-dynamic-zones.htm",
    **clauses(OKTA, "SC-7"),
)
@whole(OktaFacet.ZONES)
def networks(tenant: Resource, view: View) -> Iterator[Hit]:
    """Stolen passwords and cookies are tried through proxies that hide where somebody is; a block list stops them first."""
    zones = settings(view, tenant, "zone")
    blocking = [
        zone
        for zone in zones
        if zone.active
        and zone.rules.get("usage") == "BLOCKLIST"
        and (
            zone.rules.get("blocks_categories")
            or zone.rules.get("proxyType")
            or any(zone.rules.get(each) for each in ("gateways", "proxies", "locations", "asns"))
        )
    ]
    untold = next((zone for zone in zones if zone.active and zone.rules.get("usage") is None), None)
    if untold is not None and not blocking:
        says = f"whether the zone {quoted(untold.name)} blocks was not told"
        raise Missing(tenant.ref, OktaFacet.ZONES, Cause.MISSING_FIELD, says)
    if zones and not blocking:
        yield Hit(
            says=f"{tenant.name} blocks no network: no active zone of its block list holds anything",
            because=tuple(zones[:5]),
        )


@check(
    id="ok.pol.password",
    title="Passwords are long, not used again, and cannot be guessed for ever",
    severity=Severity.MEDIUM,
    subject=Kind.TENANT,
    needs=(OktaFacet.POLICIES,),
    remedy=(
        "Security > Authenticators > Password: at least 12 characters, 5 former ones barred, lock after 10 attempts.",
    ),
    source="https://help.okta.com/oie/en-us/content/topics/identity-engine/authenticators/configure-password.htm",
    **clauses(OKTA, "IA-5(1)"),
)
@whole(OktaFacet.POLICIES)
def password(tenant: Resource, view: View) -> Iterator[Hit]:
    """Length is what makes a password hard to guess; a lock is what stops the guessing. 0 attempts mean no lock."""
    doubts = Doubts()
    for gate in policies(view, tenant, "PASSWORD"):
        with doubts:
            given = inner(gate.rules, "settings", "password")
            length = inner(given, "complexity", "minLength")
            former = inner(given, "age", "historyCount")
            attempts = inner(given, "lockout", "maxAttempts")
            if not all(isinstance(each, int) for each in (length, former, attempts)):
                raise Missing(
                    tenant.ref, OktaFacet.POLICIES, Cause.MISSING_FIELD, f"what {gate.name} asks was not given"
                )
            faults = []
            if length < SHORTEST_PASSWORD:
                faults.append(f"accepts {length} characters")
            if former < FEWEST_REMEMBERED:
                faults.append("lets former ones be used again" if not former else f"remembers {former} former ones")
            if attempts == 0 or attempts > MOST_ATTEMPTS:
                faults.append("never locks" if attempts == 0 else f"locks after {attempts} attempts")
            if faults:
                says = f"the password policy {quoted(gate.name)} of {tenant.name} {listed(faults)}"
                yield Hit(says=says, because=(gate,))
    doubts.settle()


@check(
    id="ok.fac.weak",
    title="Weak factors are not accepted",
    severity=Severity.MEDIUM,
    subject=Kind.TENANT,
    needs=(OktaFacet.AUTHENTICATORS, OktaFacet.POLICIES),
    remedy=(
        "Security > Authenticators: allow phone and e-mail for recovery only, and the security question not at all.",
        "Security > Authenticators > Enrollment: disable them in every policy.",
        "Security > Authenticators > Okta Verify: require FIPS-compliant devices where the company has to.",
    ),
    source=f"{HELP}/mfa/mfa-factors.htm",
    **clauses(OKTA, "IA-2"),
)
@whole(OktaFacet.AUTHENTICATORS, OktaFacet.POLICIES)
def weak(tenant: Resource, view: View) -> Iterator[Hit]:
    """A swapped SIM card or an opened mailbox passes a code on. What may only recover an account is not told here.

    An authenticator that no enrollment policy lets anybody have is not accepted, whatever its own settings say. That Okta
    Verify runs on devices without FIPS 140 weighs little by itself.
    """
    found = settings(view, tenant, "authenticator")
    if not found:
        raise NotApplicable("the organization has no authenticators of its own: it is on the Classic Engine")
    accepted: list[str] = []
    fips: list[Gate] = []
    for each in found:
        methods = each.rules.get("methods") or ()
        active = [str(inner(method, "type")) for method in methods if is_on(inner(method, "status"))]
        if not set(active) <= METHODS:
            raise Missing(
                tenant.ref, OktaFacet.AUTHENTICATORS, Cause.UNEXPECTED, f"a method of {each.name} is not known"
            )
        if each.active and each.rules.get("key") == "okta_verify":
            fips.append(each)
        if each.active and each.rules.get("allowedFor") != "recovery" and _may_enroll(view, tenant, each):
            accepted += [WEAK[method] for method in active if method in WEAK]
    loose = [each for each in fips if each.rules.get("fips") == "OPTIONAL"]
    if accepted:
        says = f"{tenant.name} accepts weak factors at sign-in: {listed(dict.fromkeys(accepted))}"
        yield Hit(says=says, because=tuple(found[:5]))
    elif loose:
        says = f"{tenant.name} lets Okta Verify run on devices without validated cryptography (FIPS 140)"
        yield Hit(says=says, because=tuple(loose), severity=Severity.LOW)
    if any(each.rules.get("fips") not in {"OPTIONAL", "REQUIRED"} for each in fips):
        raise Missing(
            tenant.ref, OktaFacet.AUTHENTICATORS, Cause.MISSING_FIELD, "whether Okta Verify asks for FIPS 140"
        )


def _may_enroll(view: View, tenant: Resource, authenticator: Gate) -> bool:
    """Tell whether some enrollment policy lets people have an authenticator; where a policy has another form it may.

    https://developer.okta.com/docs/api/openapi/okta-management/management/tag/Policy/ (authenticator enrollment)
    """
    every = policies(view, tenant, "MFA_ENROLL")
    closed = 0
    for policy in every:
        rows = inner(policy.rules.get("settings"), "authenticators")
        mine = [row for row in rows or () if inner(row, "key") == authenticator.rules.get("key")]
        if isinstance(rows, list) and mine and all(inner(row, "enroll", "self") == "NOT_ALLOWED" for row in mine):
            closed += 1
    return not every or closed < len(every)


WEAK = {"sms": "text message", "voice": "voice call", "email": "e-mail", "security_question": "security question"}
"""Methods of authenticators that fall to others than the person."""
METHODS = frozenset({*WEAK, "push", "signed_nonce", "totp", "otp", "password", "webauthn", "idp", "duo", "cert", "tac"})
"""All methods that are documented."""


@check(
    id="ok.threat",
    title="Sign-ins from addresses that attack others are turned away",
    severity=Severity.LOW,
    subject=Kind.TENANT,
    needs=(OktaFacet.THREAT_INSIGHT,),
    remedy=("Security > General > Okta ThreatInsight settings: log and enforce security based on threat level.",),
    source="https://help.okta.com/oie/en-us/content/topics/security/threat-insight/about-threatinsight.htm",
    **clauses(OKTA, "SI-4"),
)
def threat_insight(tenant: Resource, view: View) -> Iterator[Hit]:
    """Okta sees who tries passwords at all its customers: that knowledge stops the first try here, before any account is locked."""
    gate = next(iter(settings(view, tenant, "threat insight")), None)
    action = gate.rules.get("action") if gate is not None else None
    if gate is None or action is None:
        raise Missing(tenant.ref, OktaFacet.THREAT_INSIGHT, Cause.MISSING_FIELD, "what ThreatInsight does was not told")
    if action == "none":
        yield Hit(says=f"{tenant.name} does nothing about sign-ins from addresses that attack others", because=(gate,))
    elif action != "block":
        yield Hit(says=f"{tenant.name} only logs sign-ins from addresses that attack others", because=(gate,))
