"""The two ways to be let in: an API token, or a service app that signs for a short-lived access token.

https://developer.okta.com/docs/reference/core-okta-api/#authentication
https://developer.okta.com/docs/guides/implement-oauth-for-okta-serviceapp/main/
"""

import secrets
from collections.abc import Iterable
from typing import Protocol
from urllib.parse import urlencode

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from pipewarden.connectors.okta.permissions import SCOPES
from pipewarden.errors import CredentialError
from pipewarden.http.client import Http
from pipewarden.http.secrets import Secret

EARLY_SECONDS = 60
"""An access token is renewed this long before it ends."""

TOKEN_PATH = "/oauth2/v1/token"


class Credential(Protocol):
    """Something that makes an Authorization header."""

    async def header(self) -> str:
        """Return the header's value. Raises CredentialError."""

    def refused(self) -> None:
        """Read or make the credential anew next time: Okta refused the one we had."""


class Token:
    """An API token (SSWS). It can do what the person can who made it."""

    def __init__(self, secret: Secret) -> None:
        self._secret = secret

    async def header(self) -> str:
        """Return the header's value."""
        return f"SSWS {self._secret.value()}"

    def refused(self) -> None:
        """Read the token anew next time: it may have been rotated."""
        self._secret.forget()


class ServiceApp:
    """A service app with a private key: asks for read scopes only, so that it can do nothing else."""

    def __init__(self, http: Http, client_id: str, key: Secret, scopes: Iterable[str] = ()) -> None:
        self._http = http
        self._client = client_id
        self._key = key
        self._scopes = " ".join(dict.fromkeys(scopes or SCOPES.values()))
        self._token: tuple[float, str] | None = None

    async def header(self) -> str:
        """Return the header's value, with a token that is still good for a while."""
        now = self._http.clock.now()
        if self._token is None or self._token[0] <= now:
            self._token = await self._fresh(now)
        return f"Bearer {self._token[1]}"

    def refused(self) -> None:
        """Ask for another access token next time."""
        self._token = None
        self._key.forget()

    async def _fresh(self, now: float) -> tuple[float, str]:
        form = {
            "grant_type": "client_credentials",
            "scope": self._scopes,
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "client_assertion": self._assertion(now),
        }
        reply = await self._http.send(
            "POST",
            TOKEN_PATH,
            template=TOKEN_PATH,
            headers={"content-type": "application/x-www-form-urlencoded", "accept": "application/json"},
            content=urlencode(form).encode(),
        )
        body = reply.json()
        if reply.status != 200 or not isinstance(body, dict) or not isinstance(body.get("access_token"), str):
            told = str(body.get("error") if isinstance(body, dict) else "")[:100] or f"status {reply.status}"
            hint = "Grant it the read scopes, assign it an administrator role, and check id and private key."
            if told == "invalid_dpop_proof":
                hint = "Turn off `Require DPoP header` in the app's settings: this version does not send it."
            raise CredentialError(f"Okta gives the service app {self._client} no access token: {told}", hint=hint)
        lifetime = body.get("expires_in")
        seconds = lifetime if isinstance(lifetime, int) else 3600
        return now + max(1, seconds - EARLY_SECONDS), body["access_token"]

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
