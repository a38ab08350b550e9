"""What a person's enrolled factors are worth: resistant to phishing, weak, or between.

https://help.okta.com/oie/en-us/content/topics/identity-engine/authenticators/about-authenticators.htm
https://developer.okta.com/docs/api/openapi/okta-management/management/tag/UserFactor/
"""

from collections.abc import Iterable, Mapping
from typing import Any

WEAK = frozenset({"sms", "call", "email", "question"})
"""What a swapped SIM card, an opened mailbox or a search engine defeats."""

KEYS = frozenset({"webauthn", "u2f"})
"""Passkeys and security keys: bound to the site's address, so that a copied page gets nothing."""

FASTPASS = "signed_nonce"
"""Okta FastPass: "a phishing-resistant authenticator"; with user verification it stands for two factors.

https://help.okta.com/oie/en-us/content/topics/identity-engine/devices/fp/fp-main.htm
"""

VERIFIES = frozenset({"userVerification", "userVerificationBioOrPin"})

METHODS = {
    "sms": "text message",
    "call": "voice call",
    "email": "e-mail",
    "question": "security question",
    "push": "push notification",
    "token:software:totp": "one-time code",
    "token:hotp": "one-time code",
    "token:hardware": "hardware code",
    "token": "code of another vendor",
    "web": "factor of another vendor",
    "u2f": "security key",
    "webauthn": "passkey",
    FASTPASS: "FastPass",
}
"""What people call each type."""


def enrolled(rows: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Return what a person's factors amount to. Only active ones count: others were begun and never finished."""
    methods, resistant, strong, unknown = [], False, False, []
    for row in rows:
        kind, status = row.get("factorType"), row.get("status")
        if status != "ACTIVE":
            continue
        if not isinstance(kind, str) or kind not in METHODS:
            unknown.append(str(kind)[:40])
            continue
        methods.append(kind)
        if kind in KEYS or (kind == FASTPASS and _verifies(row)):
            resistant = True
        if kind not in WEAK:
            strong = True
    found: dict[str, Any] = {
        "enrolled": bool(methods or unknown),
        "methods": sorted(set(methods)),
        "phishing_resistant": resistant,
        "weak_only": bool(methods) and not strong and not unknown,
    }
    if unknown:
        found["unknown_methods"] = sorted(set(unknown))
    return found


def _verifies(row: Mapping[str, Any]) -> bool:
    """Tell whether FastPass on this device can verify its user: it then holds a key for that."""
    profile = row.get("profile")
    keys = profile.get("keys") if isinstance(profile, dict) else None
    return any(isinstance(key, dict) and key.get("jwkType") in VERIFIES for key in keys or ())


def said(methods: Iterable[str]) -> str:
    """Return methods as people call them."""
    return ", ".join(dict.fromkeys(METHODS.get(each, each) for each in methods))
