"""Proof that whoever shows an access token is whom it was given to: a statement signed anew for each request (DPoP).

https://developer.okta.com/docs/guides/dpop/oktaresourceserver/main/
https://datatracker.ietf.org/doc/html/rfc9449
"""

import base64
import hashlib
import secrets
from typing import Any

from joserfc import jwt
from joserfc.jwk import RSAKey


class Proof:
    """A key of this run alone; it is kept nowhere."""

    def __init__(self) -> None:
        self._key = RSAKey.generate_key(2048, private=True)
        self.nonce = ""
        """What the authorization server wants to see again: it "renews the value every 24 hours"."""

    def of(self, method: str, url: str, now: float, token: str = "") -> str:
        """Return the proof for one request; with a token it names its hash, and without one the nonce."""
        claims: dict[str, Any] = {
            "htm": method,
            "htu": url.partition("?")[0].partition("#")[0],
            "iat": int(now),
            "jti": secrets.token_hex(16),
        }
        if token:
            claims["ath"] = base64.urlsafe_b64encode(hashlib.sha256(token.encode()).digest()).decode().rstrip("=")
        elif self.nonce:
            claims["nonce"] = self.nonce
        header = {"typ": "dpop+jwt", "alg": "RS256", "jwk": self._key.as_dict(private=False)}
        return jwt.encode(header, claims, self._key)
