"""What the server asks of a proof of possession: signed by the key it names, for this request, never shown before.

https://developer.okta.com/docs/guides/dpop/oktaresourceserver/main/
"""

import base64
import hashlib
import secrets
from typing import Any

import orjson
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey
from joserfc.jws import JWSRegistry

_REGISTRY = JWSRegistry(algorithms=["RS256"])
_REGISTRY.max_header_length = 4096  # the header holds a whole public key


class Proofs:
    """Remembers which key a token was bound to, and which proofs were shown."""

    def __init__(self) -> None:
        self.nonce = secrets.token_urlsafe(16)
        self._seen: set[str] = set()
        self._bound: dict[str, Any] = {}

    def refusal(self, proof: str, url: str) -> str:
        """Say why a token is not given yet; empty where it is, and is bound to the proof's key from then on."""
        claims = self._claims(proof, "POST", url)
        if claims is None:
            return "invalid_dpop_proof"
        if claims.get("nonce") != self.nonce:
            return "use_dpop_nonce"
        self._bound = self._header(proof)["jwk"]
        return ""

    def holds(self, proof: str, method: str, url: str, token: str) -> bool:
        """Tell whether a proof is for this request and this token, by the key that the token was bound to."""
        claims = self._claims(proof, method, url)
        told = base64.urlsafe_b64encode(hashlib.sha256(token.encode()).digest()).decode().rstrip("=")
        return claims is not None and claims.get("ath") == told and self._header(proof)["jwk"] == self._bound

    def _claims(self, proof: str, method: str, url: str) -> dict[str, Any] | None:
        try:
            header = self._header(proof)
            claims = jwt.decode(proof, RSAKey.import_key(header["jwk"]), registry=_REGISTRY).claims
        except (JoseError, ValueError, KeyError):
            return None
        once = str(claims.get("jti") or "")
        if header.get("typ") != "dpop+jwt" or "d" in header["jwk"] or not once or once in self._seen:
            return None
        self._seen.add(once)
        return claims if (claims.get("htm"), claims.get("htu")) == (method, url) else None

    def _header(self, proof: str) -> dict[str, Any]:
        part = proof.partition(".")[0]
        found = orjson.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
        return found if isinstance(found, dict) else {}
