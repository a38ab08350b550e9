"""Acme's policies, authenticators and zones in Okta, as nobody has looked at them for years."""

from pipewarden.demo.okta.directory import Json

WHEN = "2022-02-01T08:00:00.000Z"


def _rule(
    key: str,
    kind: str,
    name: str,
    actions: Json,
    priority: int = 1,
    *,
    conditions: Json | None = None,
    system: bool = False,
) -> Json:
    return {
        "id": key, "type": kind, "name": name, "status": "ACTIVE", "priority": priority, "system": system,
        "created": WHEN, "lastUpdated": WHEN, "conditions": conditions, "actions": actions,
    }  # fmt: skip


def _policy(key: str, kind: str, name: str, rules: list[Json], *, system: bool = False, **more: object) -> Json:
    return {
        "id": key, "type": kind, "name": name, "description": name, "status": "ACTIVE", "priority": 1, "system": system,
        "created": WHEN, "lastUpdated": WHEN, "conditions": None, "rules": rules, **more,
    }  # fmt: skip


def asks(factors: str, *, possession: Json | None = None, again: str = "PT2H") -> Json:
    """Return what an app sign-in rule asks: `1FA` or `2FA`, and how possession must be proved."""
    constraints = [{"possession": possession}] if possession else []
    method = {"type": "ASSURANCE", "factorMode": factors, "reauthenticateIn": again, "constraints": constraints}
    return {"appSignOn": {"access": "ALLOW", "verificationMethod": method}}


def session(*, factor: bool, lifetime: int, idle: int, persistent: bool) -> Json:
    """Return what a rule of the global session policy says."""
    return {
        "signon": {
            "access": "ALLOW",
            "requireFactor": factor,
            "primaryFactor": "PASSWORD_IDP_ANY_FACTOR",
            "rememberDeviceByDefault": False,
            "session": {
                "usePersistentCookie": persistent,
                "maxSessionIdleMinutes": idle,
                "maxSessionLifetimeMinutes": lifetime,
            },
        }
    }


def policies() -> list[Json]:
    """Return the policies of every type that is read, with their rules."""
    anybody = {"people": {"users": {"exclude": []}}, "network": {"connection": "ANYWHERE"}}
    return [
        _policy(
            "00p00000000000000001", "OKTA_SIGN_ON", "Default Policy",
            [_rule("0pr00000000000001001", "SIGN_ON", "Default Rule", session(factor=False, lifetime=0, idle=720, persistent=True), conditions=anybody, system=True)],
            system=True,
        ),
        _policy(
            "rst00000000000000001", "ACCESS_POLICY", "Okta Admin Console",
            [_rule("rul00000000000000001", "ACCESS_POLICY", "Admin App Policy", asks("2FA", possession={"userPresence": "REQUIRED"}))],
        ),
        _policy(
            "rst00000000000000002", "ACCESS_POLICY", "Any two factors",
            [_rule("rul00000000000000002", "ACCESS_POLICY", "Catch-all Rule", asks("2FA"), 99, system=True)],
            system=True,
        ),
        _policy(
            "rst00000000000000003", "ACCESS_POLICY", "Password only",
            [
                _rule("rul00000000000000003", "ACCESS_POLICY", "Passkeys for the release crew", asks("2FA", possession={"phishingResistant": "REQUIRED"}),
                      conditions={"people": {"groups": {"include": ["00g00000000000000013"]}}}),
                _rule("rul00000000000000004", "ACCESS_POLICY", "Catch-all Rule", asks("1FA", again="PT43800H"), 99, system=True),
            ],
        ),
        _policy(
            "00p00000000000000004", "MFA_ENROLL", "Default Policy",
            [_rule("0pr00000000000001004", "MFA_ENROLL", "Default Rule", {"enroll": {"self": "LOGIN"}}, conditions=anybody, system=True)],
            system=True,
            settings={
                "type": "AUTHENTICATORS",
                "authenticators": [
                    {"key": "phone_number", "enroll": {"self": "OPTIONAL"}},
                    {"key": "okta_verify", "enroll": {"self": "OPTIONAL"}},
                    {"key": "webauthn", "enroll": {"self": "OPTIONAL"}},
                ],
            },
        ),
        _policy(
            "00p00000000000000005", "PASSWORD", "Default Policy",
            [_rule("0pr00000000000001005", "PASSWORD", "Default Rule", {"passwordChange": {"access": "ALLOW"}}, conditions=anybody, system=True)],
            system=True,
            settings={
                "password": {
                    "complexity": {"minLength": 8, "minLowerCase": 1, "minUpperCase": 1, "minNumber": 1, "minSymbol": 0, "dictionary": {"common": {"exclude": False}}},
                    "age": {"maxAgeDays": 0, "historyCount": 0},
                    "lockout": {"maxAttempts": 0, "autoUnlockMinutes": 0},
                }
            },
        ),
    ]  # fmt: skip


def authenticators() -> list[Json]:
    """Return the authenticators, with the methods of each."""

    def one(
        number: int, key: str, kind: str, name: str, methods: list[tuple[str, str]], settings: Json | None = None
    ) -> Json:
        return {
            "id": f"aut{number:017d}", "key": key, "type": kind, "name": name, "status": "ACTIVE", "created": WHEN,
            "lastUpdated": WHEN, "settings": settings or {},
            "methods": [{"type": each, "status": status} for each, status in methods],
        }  # fmt: skip

    return [
        one(1, "okta_email", "email", "Email", [("email", "ACTIVE")], {"allowedFor": "any", "tokenLifetimeInMinutes": 5}),
        one(2, "okta_password", "password", "Password", [("password", "ACTIVE")]),
        one(3, "okta_verify", "app", "Okta Verify", [("push", "ACTIVE"), ("totp", "ACTIVE"), ("signed_nonce", "INACTIVE")],
            {"compliance": {"fips": "OPTIONAL"}, "userVerification": "PREFERRED"}),
        one(4, "phone_number", "phone", "Phone", [("sms", "ACTIVE"), ("voice", "INACTIVE")], {"allowedFor": "any"}),
        one(5, "webauthn", "security_key", "FIDO2 (WebAuthn)", [("webauthn", "ACTIVE")]),
    ]  # fmt: skip


def zones() -> list[Json]:
    """Return the zones that every organization begins with, and one of the company's own."""
    shared = {"status": "ACTIVE", "created": WHEN, "lastUpdated": WHEN, "type": "IP"}
    return [
        {**shared, "id": "nzo00000000000000001", "name": "BlockedIpZone", "usage": "BLOCKLIST", "system": True, "gateways": None, "proxies": None},
        {**shared, "id": "nzo00000000000000002", "name": "Office", "usage": "POLICY", "system": False,
         "gateways": [{"type": "CIDR", "value": "192.0.2.0/24"}], "proxies": None},
    ]  # fmt: skip
