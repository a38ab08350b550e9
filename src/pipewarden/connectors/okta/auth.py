"""The two ways to be let in: an API token, or a service app that signs for a short-lived access token.

https://developer.okta.com/docs/reference/core-okta-api/#authentication
https://developer.okta.com/docs/guides/implement-oauth-for-okta-serviceapp/main/
"""

import asyncio
import secrets
from collections.abc import Iterable
from typing import Protocol
from urllib.parse import urlencode

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from pipewarden.connectors.okta.permissions import SCOPES
from pipewarden.connectors.okta.proof import Proof
from pipewarden.errors import CredentialError
from pipewarden.http.client import Http, Reply
from pipewarden.http.secrets import Secret

EARLY_SECONDS = 60
"""An access token is renewed this long before it ends."""

TOKEN_PATH = "/oauth2/v1/token"

MOST_ASKED = 8
"""Times that a token is asked for, with proof, nonce and limits, before it is given up."""

WINDOW_SECONDS = 60.0
"""How long a limit holds where the answer does not say."""


class Credential(Protocol):
    """Something that proves who asks."""

    async def headers(self, method: str, url: str) -> dict[str, str]:
        """Return the headers that let one request in. Raises CredentialError."""

    def refused(self) -> None:
        """Read or make the credential anew next time: Okta refused the one we had."""


class Token:
    """An API token (SSWS). It can do what the person can who made it."""

    def __init__(self, secret: Secret) -> None:
        self._secret = secret

    async def headers(self, method: str, url: str) -> dict[str, str]:
        """Return the header with the token."""
        del method, url
        return {"authorization": f"SSWS {self._secret.value()}"}

    def refused(self) -> None:
        """Read the token anew next time: it may have been rotated."""
        self._secret.forget()


class ServiceApp:
    """A service app with a private key: asks for read scopes only, so that it can do nothing else.

    Where the app requires DPoP, its tokens are bound to a key that is made for this run, and each request proves that key.
    """

    def __init__(self, http: Http, client_id: str, key: Secret, scopes: Iterable[str] = ()) -> None:
        self._http = http
        self._client = client_id
        self._key = key
        self._scopes = " ".join(dict.fromkeys(scopes or SCOPES.values()))
        self._token: tuple[float, str] | None = None
        self._proof: Proof | None = None
        self._lock = asyncio.Lock()

    async def headers(self, method: str, url: str) -> dict[str, str]:
        """Return the headers of one request, with a token that is still good for a while."""
        async with self._lock:
            now = self._http.clock.now()
            if self._token is None or self._token[0] <= now:
                self._token = await self._fresh()
        token = self._token[1]
        if self._proof is None:
            return {"authorization": f"Bearer {token}"}
        return {"authorization": f"DPoP {token}", "dpop": self._proof.of(method, url, self._http.clock.now(), token)}

    def refused(self) -> None:
        """Ask for another access token next time."""
        self._token = None
        self._key.forget()

    async def _fresh(self) -> tuple[float, str]:
        """Return a new access token and until when it is taken."""
        for _ in range(MOST_ASKED):
            reply = await self._ask()
            body = reply.json()
            error = str(body.get("error") or "")[:100] if isinstance(body, dict) else ""
            if reply.status == 429:
                await self._http.clock.sleep(_wait(reply, self._http.clock.now()))
            elif error == "invalid_dpop_proof" and self._proof is None:
                self._proof = Proof()
            elif error == "use_dpop_nonce" and self._proof is not None and reply.headers.get("dpop-nonce"):
                self._proof.nonce = reply.headers["dpop-nonce"]
            else:
                break
        if reply.status != 200 or not isinstance(body, dict) or not isinstance(body.get("access_token"), str):
            raise CredentialError(
                f"Okta gives the service app {self._client} no access token: {error or f'status {reply.status}'}",
                hint="Grant it the read scopes, assign it an administrator role, and check id and private key.",
            )
        lifetime = body.get("expires_in")
        seconds = lifetime if isinstance(lifetime, int) else 3600
        return self._http.clock.now() + max(1, seconds - EARLY_SECONDS), body["access_token"]

    async def _ask(self) -> Reply:
        now = self._http.clock.now()
        form = {
            "grant_type": "client_credentials",
            "scope": self._scopes,
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "client_assertion": self._assertion(now),
        }
        headers = {"content-type": "application/x-www-form-urlencoded", "accept": "application/json"}
        if self._proof is not None:
            headers["dpop"] = self._proof.of("POST", f"{self._http.base_url}{TOKEN_PATH}", now)
        return await self._http.send(
            "POST", TOKEN_PATH, template=TOKEN_PATH, headers=headers, content=urlencode(form).encode()
        )

    def _assertion(self, now: float) -> str:
        """Sign who we are: good for five minutes, for this token endpoint alone."""
        text = self._key.value()
        key: RSAKey | ECKey
        try:
            try:
                key = RSAKey.import_key(text)
                algorithm = "RS256"
            except (JoseError, ValueError):
                key = ECKey.import_key(text)
                algorithm = "ES256"
        except (JoseError, ValueError):
            raise CredentialError(
                "the private key of the service app is no RSA or EC key in PEM",
                hint="Save the key that Okta made, or upload the public half of your own.",
            ) from None
        claims = {
            "iss": self._client,
            "sub": self._client,
            "aud": f"{self._http.base_url}{TOKEN_PATH}",
            "iat": int(now),
            "exp": int(now) + 300,
            "jti": secrets.token_hex(16),
        }
        return jwt.encode({"alg": algorithm}, claims, key)


def _wait(reply: Reply, now: float) -> float:
    """Return how long to wait where the limit of the token endpoint was met: until its window is over."""
    after, reset = reply.headers.get("retry-after", ""), reply.headers.get("x-rate-limit-reset", "")
    if after.isdigit():
        return max(1.0, float(after))
    left = float(reset) - now + 1 if reset.isdigit() else WINDOW_SECONDS
    return min(max(1.0, left), WINDOW_SECONDS * 2)
