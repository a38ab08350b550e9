"""The loopback server: credentials, limits and pages around the endpoints, and misbehaviour by switch."""

import time
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

import orjson
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey
from starlette.requests import Request
from starlette.responses import Response

from pipewarden.demo.okta.directory import Directory
from pipewarden.demo.okta.endpoints import ROUTES, Asked, Listed, Refused, found
from pipewarden.demo.okta.mischief import bent
from pipewarden.demo.okta.proofs import Proofs
from pipewarden.demo.okta.variant import Variant
from pipewarden.demo.serving import Loopback

CLIENT = "0oa00000000000000009"
"""The service app that Pipewarden may be."""

WINDOW = 600
"""Requests that one minute allows, as the headers tell it."""


class OktaServer(Loopback):
    """Serves an organization on loopback while the `with` block lasts.

    `token` is an administrator's, made anew for each server; `private_key` is the service app's, which may ask for
    `scopes` (all that read, unless some are named). `requests` counts by template.
    """

    def __init__(
        self,
        directory: Directory,
        variant: Variant | None = None,
        *,
        clock: Callable[[], float] = time.time,
        scopes: frozenset[str] | None = None,
    ) -> None:
        self.directory = directory
        self.variant = variant or Variant()
        self.requests: dict[str, int] = {}
        self.total = 0
        self.scopes = scopes if scopes is not None else frozenset(scope for *_, scope in ROUTES)
        self.token = f"00{id(self):x}-{time.monotonic_ns():x}"
        self._bearer = f"bearer-{self.token}"
        self._proofs = Proofs()
        self._clock = clock
        self._key: RSAKey | None = None

    @property
    def private_key(self) -> str:
        """The service app's private key as PEM, made when first asked for."""
        if self._key is None:
            self._key = RSAKey.generate_key(2048, private=True)
        return self._key.as_pem(private=True).decode()

    # --- one request ------------------------------------------------------------------------------

    async def _answer(self, request: Request) -> Response:
        path = request.url.path
        self.total += 1
        number, variant = self.total, self.variant
        if variant.stop_after and number > variant.stop_after:
            return Response(status_code=503)
        if number <= variant.failures or (variant.failure_every and number % variant.failure_every == 0):
            return Response(b"upstream failed", variant.failure_status)
        if variant.limited_every and number % variant.limited_every == 0:
            return self._limited()
        proof = request.headers.get("dpop", "")
        if request.method == "POST":
            if path != "/oauth2/v1/token":
                return _refusal(404, "E0000022", "")
            return self._token(await request.body(), proof)
        given = request.headers.get("authorization", "")
        if given.startswith("DPoP ") and self._proofs.holds(proof, "GET", f"{self.url}{path}", given[5:]):
            given = f"Bearer {given[5:]}"
        elif variant.proves and given.startswith("Bearer "):
            given = ""
        if variant.unauthorized_after and number > variant.unauthorized_after:
            return _refusal(401, "E0000011", "Invalid token provided")
        if given not in {f"SSWS {self.token}", f"Bearer {self._bearer}"}:
            return _refusal(401, "E0000011", "Invalid token provided")
        return self._get(request, path, "" if given.startswith("SSWS") else "Bearer")

    def _limited(self) -> Response:
        headers = {"x-rate-limit-limit": str(WINDOW), "x-rate-limit-remaining": "0"}
        if self.variant.limit_told == "reset":
            headers["x-rate-limit-reset"] = str(int(self._clock()) + 20)
        elif self.variant.limit_told == "retry-after":
            headers = {"retry-after": "7"}
        else:
            headers = {}
        return _refusal(429, "E0000047", "API call exceeded rate limit due to too many requests.", headers)

    def _token(self, body: bytes, proof: str) -> Response:
        """Give an access token for a signed assertion of the service app, with no more scopes than it was granted."""
        form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        wanted = set(form.get("scope", "").split())
        try:
            key = RSAKey.import_key(self.private_key)
            claims = jwt.decode(form.get("client_assertion", ""), key, algorithms=["RS256"]).claims
        except (JoseError, ValueError):
            return _json({"error": "invalid_client"}, 401)
        if claims.get("sub") != CLIENT or claims.get("aud") != f"{self.url}/oauth2/v1/token":
            return _json({"error": "invalid_client"}, 401)
        if not wanted <= self.scopes:
            told = "One or more scopes are not configured for the authorization server resource."
            return _json({"error": "invalid_scope", "error_description": told}, 400)
        if self.variant.proves:
            told = self._proofs.refusal(proof, f"{self.url}/oauth2/v1/token")
            if told:
                return _json({"error": told}, 400, {"dpop-nonce": self._proofs.nonce})
        kind = "DPoP" if self.variant.proves else "Bearer"
        return _json({"token_type": kind, "expires_in": 3600, "access_token": self._bearer, "scope": " ".join(wanted)})

    def _get(self, request: Request, path: str, how: str) -> Response:
        answerer = found(path)
        if answerer is None:
            return _refusal(404, "E0000022", "The endpoint does not support the provided HTTP method")
        template, names, answer, scope = answerer
        variant = self.variant
        self.requests[template] = self.requests.get(template, 0) + 1
        if template in variant.forbidden or (how and scope not in self.scopes):
            return _refusal(403, "E0000006", "You do not have permission to perform the requested action")
        if template in variant.missing:
            return _refusal(404, "E0000007", "Not found: Resource not found")
        if template in variant.broken:
            return _refusal(500, "E0000009", "Internal Server Error")
        if template in variant.html:
            return Response(b"<html>Sign in</html>", media_type="text/html")
        try:
            made = answer(Asked(self.directory, names, dict(request.query_params)))
        except Refused as refused:
            return _refusal(refused.status, refused.code, refused.told)
        return self._page(request, template, made)

    def _page(self, request: Request, template: str, made: Any) -> Response:
        """Answer with one page: Okta tells the next one in a Link header, or in `_links` of an object."""
        if isinstance(made, dict):
            return self._sent(template, bent([made], template, self.variant)[0], {})
        listed = made if isinstance(made, Listed) else Listed(made, len(made) + 1)
        rows = bent(listed.rows, template, self.variant)
        query, variant = dict(request.query_params), self.variant
        asked = query.get("limit", "")
        most = min(int(asked) if asked.isdigit() else listed.most, listed.most)
        most = min(most, variant.page) if variant.page else most
        start = int(query.get("after", "0") or 0)
        shown = rows[max(0, start - (1 if template in variant.duplicated and start else 0)) : start + most]
        following = start + most
        base = f"{self.url}{request.url.path}"
        links = [f'<{base}>; rel="self"']
        more = following < len(rows)
        href = f"{base}?" + "&".join(
            f"{name}={value}" for name, value in {**query, "after": following, "limit": most}.items()
        )
        if template in variant.endless:
            more, href = True, f"{base}?after=0&turn={self.total}"
        elif template in variant.circular:
            more, href = True, f"{base}?after=0&limit={most}"
        elif template in variant.foreign:
            more, href = True, "https://okta.evil.example/api/v1/users?after=1"
        href = href.replace(" ", "%20").replace('"', "%22")
        if listed.under:
            body: Any = {listed.under: shown, "_links": {"next": {"href": href}} if more else {}}
            return self._sent(template, body, {})
        if more:
            links.append(f'<{href}>; rel="next"')
        return self._sent(template, shown, {"link": ", ".join(links)})

    def _sent(self, template: str, body: Any, headers: dict[str, str]) -> Response:
        told = {
            "x-rate-limit-limit": str(WINDOW),
            "x-rate-limit-remaining": str(WINDOW - 1),
            "x-rate-limit-reset": str(int(self._clock()) + 60),
            **headers,
        }
        content = orjson.dumps(body)
        if template in self.variant.truncated:
            content = content[: len(content) // 2]
        return Response(content, headers=told, media_type="application/json")


def _json(body: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(orjson.dumps(body), status, headers=headers, media_type="application/json")


def _refusal(status: int, code: str, told: str, headers: dict[str, str] | None = None) -> Response:
    body = {"errorCode": code, "errorSummary": told, "errorLink": code, "errorId": "oae", "errorCauses": []}
    return Response(orjson.dumps(body), status, headers=headers, media_type="application/json")
