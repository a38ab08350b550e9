"""The credentials a server knows: an owner's token, others, and the app with its key and installation tokens.

All are made anew for each server, and say in their text that they are a demo's.
"""

import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from pipewarden.demo.estate.kinds import Estate, Json
from pipewarden.demo.github.asking import Viewer

APP_ID = "900"
INSTALLATION = 99
OWNER_SCOPES = (
    "admin:org, admin:org_hook, repo, workflow, read:enterprise, manage_runners:enterprise, read:audit_log, user"
)
READ_ONLY: Json = {
    "metadata": "read",
    "members": "read",
    "administration": "read",
    "organization_administration": "read",
    "contents": "read",
    "actions": "read",
}
"""Permissions of the fine-grained token: what reads settings and people, and no secrets' names."""


def _made(prefix: str) -> str:
    return f"{prefix}demo{secrets.token_hex(12)}"


class Credentials:
    """Tells who asks by what they show."""

    def __init__(self, estate: Estate, clock: Callable[[], float], scopes: str, permissions: Json | None) -> None:
        self.owner = _made("ghp_")
        self.member = _made("ghp_")
        self.unlinked = _made("ghp_")
        self.fine_grained = _made("github_pat_")
        self._estate = estate
        self._clock = clock
        self._scopes = scopes
        self._permissions = permissions
        self._installations: dict[str, tuple[float, Json | None]] = {}
        self._key: Any = None

    @property
    def private_key(self) -> str:
        """The app's private key as PEM, made when first asked for."""
        if self._key is None:
            from joserfc.jwk import RSAKey

            self._key = RSAKey.generate_key(2048)
        return str(self._key.as_pem(private=True).decode())

    def _login(self, role: str) -> str:
        """Return the first person with a role in the first organization, whose tokens these are."""
        for org in self._estate.organizations.values():
            for login, held in org.people.items():
                if held == role:
                    return login
        return next(iter(self._estate.people), "")

    def viewer(self, authorization: str) -> Viewer | None:
        """Return who shows an Authorization header; None for what nobody accepts."""
        kind, _, token = authorization.partition(" ")
        if not authorization:
            return Viewer("nobody")
        if kind.lower() not in {"bearer", "token"}:
            return None
        if token == self.owner:
            return Viewer("owner", self._scopes, login=self._login("admin"))
        if token == self.unlinked:
            return Viewer("owner", self._scopes, linked=False, login=self._login("admin"))
        if token == self.fine_grained:
            return Viewer("owner", permissions=READ_ONLY, fine_grained=True, login=self._login("admin"))
        if token == self.member:
            return Viewer("member", "read:org", login=self._login("member"))
        if token in self._installations:
            ends, permissions = self._installations[token]
            return Viewer("app", permissions=permissions) if self._clock() < ends else None
        return self._signed(token)

    def _signed(self, token: str) -> Viewer | None:
        """Return the app that signed a JWT with its key, None where it is anything else."""
        if self._key is None or token.count(".") != 2:
            return None
        from joserfc import jwt
        from joserfc.errors import JoseError

        try:
            claims = jwt.decode(token, self._key, algorithms=["RS256"]).claims
            fresh = int(claims.get("exp", 0)) > self._clock()
        except (JoseError, ValueError, TypeError):
            return None
        return Viewer("signed") if str(claims.get("iss")) == APP_ID and fresh else None

    def install(self, wanted: Json | None) -> Json | None:
        """Return a new installation token, with fewer permissions where asked; None where more are asked than held.

        https://docs.github.com/en/rest/apps/apps#create-an-installation-access-token-for-an-app
        """
        held = Viewer("app", permissions=self._permissions)
        if wanted and any(not held.has(name, level) for name, level in wanted.items()):
            return None
        permissions = {"metadata": "read", **wanted} if wanted else self._permissions
        token = _made("ghs_")
        until = self._clock() + 3600
        self._installations[token] = (until, permissions)
        return {
            "token": token,
            "expires_at": datetime.fromtimestamp(until, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "permissions": permissions if permissions is not None else {"metadata": "read"},
            "repository_selection": "all",
        }

    def about_app(self, path: str) -> tuple[str, Json | list[Json]] | None:
        """Return template and answer of what an app may ask about itself by its signature; None for all else."""
        permissions = self._permissions or {"metadata": "read"}
        if path == "/app":
            stamp = "2025-01-01T00:00:00Z"
            body: Json = {"id": int(APP_ID), "slug": "pipewarden-demo", "name": "Pipewarden", "events": []}
            dates = {"created_at": stamp, "updated_at": stamp}
            return "/app", {**body, **dates, "permissions": permissions, "installations_count": 1}
        installed = {"id": INSTALLATION, "app_id": int(APP_ID), "permissions": permissions, "suspended_at": None}
        if path == "/app/installations":
            return "/app/installations", [installed]
        parts = path.split("/")
        known = len(parts) == 4 and parts[1] == "orgs" and parts[3] == "installation"
        if known and parts[2] in self._estate.organizations:
            login = parts[2]
            target = {"account": {"login": login, "id": self._estate.organizations[login].id}}
            return "/orgs/{org}/installation", {**installed, **target, "target_type": "Organization"}
        return None
