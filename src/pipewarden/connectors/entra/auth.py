"""Signs in as an application: a client secret or a certificate becomes a token, renewed before it ends.

https://learn.microsoft.com/en-us/entra/identity-platform/v2-oauth2-client-creds-grant-flow
"""

import asyncio
import base64
import re
import uuid
from typing import Any
from urllib.parse import urlencode

from pipewarden.connectors.entra.hosts import Addresses
from pipewarden.errors import CredentialError
from pipewarden.http.client import Http, Reply
from pipewarden.http.secrets import Secret

EARLY_SECONDS = 300.0
"""A token lives about an hour; a new one is fetched five minutes before that ends."""

_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_PEM_CERTIFICATE = re.compile(r"-----BEGIN CERTIFICATE-----(.*?)-----END CERTIFICATE-----", re.DOTALL)


class ClientCredentials:
    """An application with a client secret, or with a certificate and its key in one PEM."""

    def __init__(
        self, http: Http, where: Addresses, tenant: str, client_id: str, secret: Secret, *, certificate: bool = False
    ) -> None:
        self._http = http
        self._where = where
        self._tenant = tenant
        self._client_id = client_id
        self._secret = secret
        self._certificate = certificate
        self._token = ""
        self._ends = 0.0
        self._lock = asyncio.Lock()

    async def header(self) -> str:
        """Return the Authorization header, fetching a new token where the old one ends. Raises CredentialError."""
        async with self._lock:
            if self._http.clock.now() > self._ends - EARLY_SECONDS:
                await self._refresh()
        return f"Bearer {self._token}"

    def refused(self) -> None:
        """Fetch a new token next time."""
        self._ends = 0.0
        self._secret.forget()

    @property
    def _address(self) -> str:
        return f"{self._where.login}/{self._tenant}/oauth2/v2.0/token"

    async def _refresh(self) -> None:
        form = {
            "client_id": self._client_id,
            "scope": f"{self._where.graph}/.default",
            "grant_type": "client_credentials",
        }
        if self._certificate:
            form |= {"client_assertion_type": _ASSERTION, "client_assertion": self._assertion()}
        else:
            form["client_secret"] = self._secret.value()
        reply = await self._http.send(
            "POST",
            self._address,
            template="sign-in",
            headers={"content-type": "application/x-www-form-urlencoded", "accept": "application/json"},
            content=urlencode(form).encode(),
        )
        data = reply.json() if "json" in reply.headers.get("content-type", "") else {}
        token = data.get("access_token") if isinstance(data, dict) else None
        if reply.status != 200 or not isinstance(token, str) or not token:
            raise CredentialError(
                f"Entra does not accept the application {self._client_id}: {_told(data, reply)}", hint=_hint(data)
            )
        self._token = token
        lives = data.get("expires_in")
        self._ends = self._http.clock.now() + (float(lives) if isinstance(lives, (int, float)) else 3600.0)

    def _assertion(self) -> str:
        """Return the statement that the certificate's key signs.

        https://learn.microsoft.com/en-us/entra/identity-platform/certificate-credentials
        """
        from hashlib import sha256

        from joserfc import jwt
        from joserfc.errors import JoseError
        from joserfc.jwk import RSAKey

        pem = self._secret.value()
        found = _PEM_CERTIFICATE.search(pem)
        now = int(self._http.clock.now())
        claims: dict[str, Any] = {
            "aud": self._address,
            "iss": self._client_id,
            "sub": self._client_id,
            "jti": str(uuid.uuid4()),
            "nbf": now - 60,
            "exp": now + 540,
        }
        try:
            body = found.group(1) if found else "-"
            thumb = sha256(base64.b64decode("".join(body.split()), validate=True)).digest()
            key = RSAKey.import_key(_PEM_CERTIFICATE.sub("", pem))
            header = {"alg": "PS256", "typ": "JWT", "x5t#S256": base64.urlsafe_b64encode(thumb).decode().rstrip("=")}
            return jwt.encode(header, claims, key, algorithms=["PS256"])
        except (JoseError, ValueError):
            raise CredentialError(
                "the certificate is not a PEM with a certificate and its RSA key",
                hint="Put both into one file: cat certificate.pem key.pem > both.pem.",
            ) from None


_HINTS = {
    "AADSTS7000215": "Give the value of the client secret, not its id.",
    "AADSTS7000222": "The client secret has ended; make a new one, or use a certificate.",
    "AADSTS700016": "Is the client id right, and the application in this tenant?",
    "AADSTS90002": "Is the tenant's id right, and the cloud?",
    "AADSTS700027": "Upload the certificate to the application.",
}
"""https://learn.microsoft.com/en-us/entra/identity-platform/reference-error-codes"""


def _told(data: Any, reply: Reply) -> str:
    told = str(data.get("error_description") or data.get("error") or "") if isinstance(data, dict) else ""
    return told.splitlines()[0][:200] if told else f"status {reply.status}"


def _hint(data: Any) -> str:
    told = str(data.get("error_description") or "") if isinstance(data, dict) else ""
    return next(
        (hint for code, hint in _HINTS.items() if code in told), "Check the tenant, the client id and the secret."
    )
