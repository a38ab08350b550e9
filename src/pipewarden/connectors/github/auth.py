"""GitHub's two kinds of credential: a token, and an app's installation, refreshed before it ends."""

import asyncio
from datetime import datetime
from typing import Any

import orjson

from pipewarden.connectors.github.limits import limited
from pipewarden.errors import CredentialError
from pipewarden.http.client import Http, Reply
from pipewarden.http.secrets import Secret

EARLY_SECONDS = 300.0
"""An installation token lives an hour; a new one is fetched five minutes before that ends."""

ACCEPT = "application/vnd.github+json"
API_VERSION = "2022-11-28"


class Token:
    """A personal access token, classic or fine-grained."""

    kind = "token"

    def __init__(self, secret: Secret) -> None:
        self._secret = secret

    async def header(self) -> str:
        """Return the Authorization header. Raises CredentialError."""
        return f"Bearer {self._secret.value()}"

    def refused(self) -> None:
        """Read the token anew: it may have been rotated."""
        self._secret.forget()


class Installation:
    """A GitHub App's installation: a signed request for a token that lives an hour.

    https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/authenticating-as-a-github-app-installation
    """

    kind = "app"

    def __init__(self, http: Http, app_id: str, key: Secret, *, organization: str, installation: str = "") -> None:
        self._http = http
        self._app_id = app_id
        self._key = key
        self._organization = organization
        self._installation = installation
        self._token = ""
        self._ends = 0.0
        self._lock = asyncio.Lock()
        self.permissions: dict[str, str] = {}

    async def header(self) -> str:
        """Return the Authorization header, fetching a new token where the old one ends. Raises CredentialError."""
        async with self._lock:
            if self._http.clock.now() > self._ends - EARLY_SECONDS:
                await self._refresh()
        return f"Bearer {self._token}"

    def refused(self) -> None:
        """Fetch a new token next time."""
        self._ends = 0.0
        self._key.forget()

    def _jwt(self) -> str:
        from joserfc import jwt
        from joserfc.errors import JoseError
        from joserfc.jwk import RSAKey

        now = int(self._http.clock.now())
        try:
            key = RSAKey.import_key(self._key.value())
            return jwt.encode({"alg": "RS256"}, {"iat": now - 60, "exp": now + 540, "iss": self._app_id}, key)
        except (JoseError, ValueError):
            raise CredentialError(
                "the app's private key is not a PEM key", hint="Download a new one from the app's settings page."
            ) from None

    async def _refresh(self) -> None:
        headers = {"authorization": f"Bearer {self._jwt()}", "accept": ACCEPT, "x-github-api-version": API_VERSION}
        if not self._installation:
            path = f"/orgs/{self._organization}/installation"
            reply = await self._sent("GET", path, template="/orgs/{org}/installation", headers=headers)
            if reply.status != 200:
                raise CredentialError(
                    f"the app {self._app_id} is not installed on {self._organization} ({reply.status})",
                    hint="Install it on the organization, or check the app's id and key.",
                )
            self._installation = str(reply.json()["id"])
        reply = await self._sent(
            "POST",
            f"/app/installations/{self._installation}/access_tokens",
            template="/app/installations/{installation_id}/access_tokens",
            headers=headers,
            content=orjson.dumps({}),
        )
        if reply.status != 201:
            raise CredentialError(
                f"GitHub does not accept the app {self._app_id}: no token was given ({reply.status})",
                hint="Is the installation suspended, or the key revoked?",
            )
        data = reply.json()
        self._token = str(data["token"])
        self._ends = datetime.fromisoformat(str(data["expires_at"])).timestamp()
        self.permissions = dict(data.get("permissions") or {})

    async def _sent(self, method: str, path: str, **more: Any) -> Reply:
        """Send one request, again after a limit: that is no answer about the app. Raises RateLimited."""
        refusals = 0
        while True:
            reply = await self._http.send(method, path, **more)
            if not limited(self._http, reply, refusals):
                return reply
            refusals += 1


Credential = Token | Installation
