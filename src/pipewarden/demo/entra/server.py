"""The loopback server: sign-in, pages, limits and refusals around the collections, and misbehaviour by switch."""

import base64
import binascii
import re
import secrets
import threading
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlencode

import orjson
from starlette.requests import Request
from starlette.responses import Response

from pipewarden.demo.entra.collections import COLLECTIONS, Asked
from pipewarden.demo.entra.rows import made
from pipewarden.demo.entra.story import Directory, directory
from pipewarden.demo.entra.variant import Variant, named
from pipewarden.demo.estate.kinds import Estate
from pipewarden.demo.serving import Loopback

CLIENT = made("client", "pipewarden")
WORDS = frozenset({"state", "userType", "allowInvitesFrom", "servicePrincipalType", "principalType", "memberType"})
LONG = 10_000_000


class EntraServer(Loopback):
    """Serves a tenant while the `with` block lasts: the sign-in and Graph at one address, `url`.

    `client_secret` is made anew for each server; `requests` counts by path.
    """

    def __init__(
        self, estate: Estate | Directory, variant: Variant | None = None, *, clock: Callable[[], float] = time.time
    ) -> None:
        self.directory = estate if isinstance(estate, Directory) else directory(estate)
        self.tenant = self.directory.tenant
        self.variant = variant or Variant()
        self.client_secret = secrets.token_urlsafe(24)
        self.certificate_thumbs: set[str] = set()
        self.total = 0
        self.requests: dict[str, int] = {}
        self._clock = clock
        self._tokens: set[str] = set()
        self._lock = threading.RLock()

    # --- one request ------------------------------------------------------------------------------

    async def _answer(self, request: Request) -> Response:
        path = request.url.path
        if request.method == "POST" and path == f"/{self.tenant}/oauth2/v2.0/token":
            return self._sign_in(await request.body())
        self.total += 1
        early = self._misbehave(self.total)
        if early is not None:
            return early
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        late = self.variant.unauthorized_after and self.total > self.variant.unauthorized_after
        if token not in self._tokens or late:
            return _refusal(401, "InvalidAuthenticationToken", "Access token is empty or has expired.")
        return self._get(path.removeprefix("/v1.0"), request)

    def _sign_in(self, body: bytes) -> Response:
        form = {key: values[0] for key, values in parse_qs(body.decode("utf-8", "replace")).items()}
        by_certificate = _thumb(form.get("client_assertion", "")) in self.certificate_thumbs
        by_secret = secrets.compare_digest(form.get("client_secret", "").encode(), self.client_secret.encode())
        if form.get("client_id") != CLIENT or form.get("scope") != f"{self.url}/.default":
            told = (
                f"AADSTS700016: Application with identifier '{form.get('client_id')}' was not found in the directory."
            )
            return _json({"error": "unauthorized_client", "error_description": told}, 400)
        if not (by_secret or by_certificate):
            told = "AADSTS7000215: Invalid client secret provided."
            return _json({"error": "invalid_client", "error_description": told}, 401)
        token = secrets.token_urlsafe(32)
        self._tokens.add(token)
        return _json({"token_type": "Bearer", "expires_in": 3599, "ext_expires_in": 3599, "access_token": token})

    def _misbehave(self, number: int) -> Response | None:
        variant = self.variant
        if variant.stop_after and number > variant.stop_after:
            return Response(status_code=503)
        if number <= variant.failures or (variant.failure_every and number % variant.failure_every == 0):
            return Response(b"bad gateway", 502)
        if variant.throttle_every and number % variant.throttle_every == 0:
            after = variant.throttle_retry_after
            headers = {} if after is None else {"retry-after": str(after)}
            return _refusal(429, "TooManyRequests", "Too many requests.", headers)
        return None

    def _get(self, path: str, request: Request) -> Response:
        for pattern, template, handler in COLLECTIONS:
            match = re.fullmatch(pattern, path)
            if match is None:
                continue
            self.requests[template] = self.requests.get(template, 0) + 1
            query = dict(request.query_params)
            refused = self._switched(path, query)
            if refused is not None:
                return refused
            with self._lock:
                body = handler(Asked(self.directory, match.groupdict(), query))
            if body is None:
                told = f"Resource '{match.groupdict().get('id')}' does not exist."
                return _refusal(404, "Request_ResourceNotFound", told)
            return self._reply(body, path, query)
        return _refusal(400, "BadRequest", f"Resource not found for the segment '{path}'.")

    def _switched(self, path: str, query: dict[str, str]) -> Response | None:
        variant = self.variant
        fields = set(query.get("$select", "").split(","))
        if named(variant.forbidden, path):
            return _refusal(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")
        if named(variant.missing, path):
            return _refusal(404, "Request_ResourceNotFound", "Resource does not exist.")
        if named(variant.unlicensed, path) or fields & variant.unlicensed_fields:
            told = "Neither tenant is B2C or tenant doesn't have premium license"
            return _refusal(403, "Authentication_RequestFromNonPremiumTenantOrB2CTenant", told)
        if named(variant.html, path):
            return Response(b"<html>Sign in</html>", 200, media_type="text/html")
        return None

    def _reply(self, body: Any, path: str, query: dict[str, str]) -> Response:
        variant = self.variant
        if isinstance(body, list):
            body = self._page(body, path, query)
        rows = body["value"] if isinstance(body.get("value"), list) else [body]
        if named(variant.nulls, path):
            rows[:] = [{key: value if key == "id" else None for key, value in row.items()} for row in rows]
        if named(variant.unknown_words, path):
            rows[:] = [{key: "unheardOf" if key in WORDS else value for key, value in row.items()} for row in rows]
        if named(variant.long_names, path) and rows:
            rows[0] = {**rows[0], "displayName": "x" * LONG}
        raw = orjson.dumps({"value": {}} if named(variant.no_list, path) else body)
        return Response(raw[: len(raw) // 2] if named(variant.truncated, path) else raw, 200, _HEADERS)

    def _page(self, rows: list[Any], path: str, query: dict[str, str]) -> dict[str, Any]:
        """Return one page with its next-link, which carries a token that says nothing to who reads it."""
        variant = self.variant
        size = int(query.get("$top") or 100)
        size = min(size, variant.largest_page) if variant.largest_page else size
        start = _place(query.get("$skiptoken", ""))
        first = start - 1 if start and named(variant.duplicated, path) else start
        fields = set(filter(None, query.get("$select", "").split(",")))
        chosen = [
            {key: value for key, value in row.items() if not fields or key in fields or key.startswith("@")}
            for row in rows[first : start + size]
        ]
        body: dict[str, Any] = {"@odata.context": f"{self.url}/v1.0/$metadata#{path.strip('/')}", "value": chosen}
        endless, foreign = named(variant.endless, path), named(variant.foreign, path)
        if start + size < len(rows) or endless or foreign:
            base = "https://elsewhere.example" if foreign else self.url
            token = base64.urlsafe_b64encode(f"at {0 if endless else start + size} {start}".encode()).decode()
            body["@odata.nextLink"] = f"{base}/v1.0{path}?{urlencode({**query, '$skiptoken': token})}"
        return body


_HEADERS = {"content-type": "application/json; odata.metadata=minimal; charset=utf-8"}


def _json(body: Any, status: int = 200) -> Response:
    return Response(orjson.dumps(body), status, _HEADERS)


def _refusal(status: int, code: str, told: str, headers: dict[str, str] | None = None) -> Response:
    body = {"error": {"code": code, "message": told, "innerError": {"request-id": made("request")}}}
    return Response(orjson.dumps(body), status, {**_HEADERS, **(headers or {})})


def _place(token: str) -> int:
    try:
        return int(base64.urlsafe_b64decode(token).split()[1])
    except (ValueError, IndexError, binascii.Error):
        return 0


def _thumb(assertion: str) -> str:
    """Return the thumbprint that a signed statement names in its header."""
    try:
        part = assertion.partition(".")[0]
        return str(orjson.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))).get("x5t#S256"))
    except (ValueError, binascii.Error):
        return ""
