"""The loopback server: credentials, limits, pages and ETags around the endpoints, and misbehaviour by switch."""

import hashlib
import secrets
import socket
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Self
from urllib.parse import urlencode

import orjson
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pipewarden.demo.estate.kinds import Estate
from pipewarden.demo.github import shapes
from pipewarden.demo.github.graph import Graph
from pipewarden.demo.github.rest import ROUTES, Asked, Listed, Refused, Viewer
from pipewarden.demo.github.variant import Variant

APP_ID = "900"
INSTALLATION = 99


class GitHubServer:
    """Serves an estate on loopback while the `with` block lasts.

    `owner_token`, `member_token` are made anew for each server; `private_key` is the app's.
    """

    def __init__(
        self, estate: Estate, variant: Variant | None = None, *, clock: Callable[[], float] = time.time
    ) -> None:
        self.estate = estate
        self._clock = clock
        self.variant = variant or Variant()
        self.owner_token = f"ghp_demo{secrets.token_hex(12)}"
        self.member_token = f"ghp_demo{secrets.token_hex(12)}"
        self.requests: dict[str, int] = {}
        self.total = 0
        self.url = ""
        self._installation_tokens: set[str] = set()
        self._graph: Graph | None = None
        self._key: Any = None
        self._lock = threading.Lock()
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        """Start on a free port of loopback."""
        # asyncio turns off Nagle only for sockets that say they are TCP; with it, each answer waits 40 ms
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        app = Starlette(routes=[Route("/{path:path}", self._answer, methods=["GET", "POST"])])
        config = uvicorn.Config(app, log_level="critical", lifespan="off", access_log=False, ws="none")
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [listener]}, daemon=True)
        self._thread.start()
        deadline = time.monotonic() + 20
        while not self._server.started:
            if time.monotonic() > deadline or not self._thread.is_alive():
                raise RuntimeError("the loopback server did not start")
            time.sleep(0.01)
        return self

    def __exit__(self, *_: object) -> None:
        """Stop."""
        if self._server is not None and self._thread is not None:
            self._server.should_exit = True
            self._thread.join(timeout=10)

    @property
    def private_key(self) -> str:
        """The app's private key as PEM, made when first asked for."""
        if self._key is None:
            from joserfc.jwk import RSAKey

            self._key = RSAKey.generate_key(2048)
        return str(self._key.as_pem(private=True).decode())

    # --- one request ------------------------------------------------------------------------------

    async def _answer(self, request: Request) -> Response:
        path = "/" + request.path_params["path"].removeprefix("api/v3/")
        if path == "/api/graphql":
            path = "/graphql"
        self.total += 1
        number = self.total
        if self.variant.stop_after and number > self.variant.stop_after:
            return Response(status_code=503)
        early = self._misbehave(number)
        if early is not None:
            return early
        viewer = self._viewer(request)
        if viewer is None or (self.variant.unauthorized_after and number > self.variant.unauthorized_after):
            return self._json({"message": "Bad credentials", "documentation_url": "https://docs.github.com/rest"}, 401)
        if request.method == "POST":
            return await self._post(path, request, viewer)
        return self._get(path, request, viewer)

    def _misbehave(self, number: int) -> Response | None:
        variant = self.variant
        if number <= variant.failures:
            return Response(b"upstream failed", variant.failure_status)
        if variant.secondary_every and number % variant.secondary_every == 0:
            headers = (
                {} if variant.secondary_retry_after is None else {"retry-after": str(variant.secondary_retry_after)}
            )
            return self._json(
                {"message": "You have exceeded a secondary rate limit."}, variant.secondary_status, headers
            )
        if variant.primary_left:
            left = variant.seen.setdefault("left", variant.primary_left)
            if left <= 0:
                variant.seen["left"] = variant.primary_left
                reset = str(int(time.time()) + 1)
                headers = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": reset}
                return self._json({"message": "API rate limit exceeded"}, 403, headers)
            variant.seen["left"] = left - 1
        return None

    def _viewer(self, request: Request) -> Viewer | None:
        given = request.headers.get("authorization", "")
        kind, _, token = given.partition(" ")
        if not given:
            return Viewer("nobody")
        if kind.lower() not in {"bearer", "token"}:
            return None
        if token == self.owner_token:
            return Viewer("owner", "admin:org, repo, read:enterprise, read:audit_log")
        if token == self.member_token:
            return Viewer("member", "read:org")
        if token in self._installation_tokens:
            return Viewer("app")
        return self._signed(token)

    def _signed(self, token: str) -> Viewer | None:
        """Return the app that signed a JWT with its key, None where it is anything else."""
        if self._key is None or token.count(".") != 2:
            return None
        from joserfc import jwt
        from joserfc.errors import JoseError

        try:
            claims = jwt.decode(token, self._key, algorithms=["RS256"]).claims
        except (JoseError, ValueError):
            return None
        fresh = int(claims.get("exp", 0)) > self._clock()
        return Viewer("signed") if str(claims.get("iss")) == APP_ID and fresh else None

    async def _post(self, path: str, request: Request, viewer: Viewer) -> Response:
        if path == "/graphql":
            return await self._graphql(request, viewer)
        if path == f"/app/installations/{INSTALLATION}/access_tokens" and viewer.kind == "signed":
            token = f"ghs_demo{secrets.token_hex(12)}"
            self._installation_tokens.add(token)
            self._count("/app/installations/{installation_id}/access_tokens")
            ends = (datetime.fromtimestamp(self._clock(), UTC) + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
            body = {
                "token": token,
                "expires_at": ends,
                "permissions": {"metadata": "read"},
                "repository_selection": "all",
            }
            return self._json(body, 201)
        return self._json({"message": "Not Found"}, 404)

    async def _graphql(self, request: Request, viewer: Viewer) -> Response:
        self._count("graphql")
        try:
            asked = orjson.loads(await request.body())
            query, variables = str(asked["query"]), dict(asked.get("variables") or {})
        except (orjson.JSONDecodeError, KeyError, TypeError, ValueError):
            return self._json({"message": "Problems parsing JSON"}, 400)
        if viewer.kind == "nobody":
            return self._json({"message": "This endpoint requires you to be authenticated."}, 401)
        largest = self.variant.largest_page
        if largest and int(variables.get("first") or 0) > largest:
            return Response(b"<html>Bad gateway</html>", 502, media_type="text/html")
        if "graphql" in self.variant.html:
            return Response(b"<html>Sign in</html>", 200, media_type="text/html")
        if self._graph is None:
            self._graph = Graph()
        with self._lock:
            body = self._graph.answer(self.estate, viewer, query, variables)
        return self._json(body, 200, self._limits("graphql", viewer))

    def _get(self, path: str, request: Request, viewer: Viewer) -> Response:
        if viewer.kind == "signed":
            return self._app_only(path)
        path, moved = _plain(path, self.estate)
        for pattern, template, handler in ROUTES:
            match = pattern.match(path)
            if match is None:
                continue
            self._count(template)
            refused = self._switched(template)
            if refused is not None:
                return refused
            asked = Asked(self.estate, viewer, match.groupdict(), dict(request.query_params))
            try:
                body = handler(asked)
            except Refused as refusal:
                return self._json({"message": str(refusal), "documentation_url": ""}, refusal.status, refusal.headers)
            return self._reply(body, template, path, request, viewer, moved=moved)
        return self._json({"message": "Not Found"}, 404)

    def _app_only(self, path: str) -> Response:
        parts = path.split("/")
        if (
            len(parts) == 4
            and parts[1] == "orgs"
            and parts[3] == "installation"
            and parts[2] in self.estate.organizations
        ):
            self._count("/orgs/{org}/installation")
            return self._json({"id": INSTALLATION, "app_id": int(APP_ID), "permissions": {}}, 200)
        return self._json({"message": "Not Found"}, 404)

    def _switched(self, template: str) -> Response | None:
        variant = self.variant
        for names, status, told in (
            (variant.forbidden, 403, "Resource not accessible by integration"),
            (variant.missing, 404, "Not Found"),
            (variant.gone, 410, "Gone"),
        ):
            if template in names:
                return self._json(
                    {"message": told},
                    status,
                    {"x-accepted-github-permissions": "something=read"} if status == 403 else {},
                )
        if template in variant.html:
            return Response(b"<html><form>Sign in</form></html>", 200, media_type="text/html")
        if template in variant.huge:
            return Response(b'["' + b"x" * (33 * 1024 * 1024) + b'"]', 200, media_type="application/json")
        return None

    def _reply(
        self, body: Any, template: str, path: str, request: Request, viewer: Viewer, *, moved: Callable[[str], str]
    ) -> Response:
        headers = self._limits("core", viewer)
        if isinstance(body, Listed):
            size = min(100, max(1, int(request.query_params.get("per_page", 30))))
            number = max(1, int(request.query_params.get("page", 1)))
            items = shapes.page(body.items, number, size)
            if template in self.variant.nulls:
                items = [{k: v if k == "id" else None for k, v in item.items()} for item in items]
            link = self._link(template, path, request, number, size, len(body.items), moved)
            if link:
                headers["link"] = link
            body = {"total_count": len(body.items), body.key: items} if body.key else items
        raw = orjson.dumps(body)
        if template in self.variant.truncated:
            raw = raw[: len(raw) // 2]
        etag = f'W/"{hashlib.sha256(raw).hexdigest()[:32]}"'
        headers["etag"] = etag
        if request.headers.get("if-none-match") == etag:
            return Response(status_code=304, headers=headers)
        media = "application/scim+json" if path.startswith("/scim") else "application/json; charset=utf-8"
        return Response(raw, 200, headers, media)

    def _link(
        self,
        template: str,
        path: str,
        request: Request,
        number: int,
        size: int,
        count: int,
        moved: Callable[[str], str],
    ) -> str:
        more = number * size < count or template in self.variant.endless or template in self.variant.foreign
        if not more:
            return ""
        query = {**dict(request.query_params), "page": str(number + 1), "per_page": str(size)}
        base = "https://elsewhere.example" if template in self.variant.foreign else self.url
        return f'<{base}{moved(path)}?{urlencode(query)}>; rel="next"'

    def _limits(self, bucket: str, viewer: Viewer) -> dict[str, str]:
        limit = 10_000 if bucket == "graphql" else 15_000 if viewer.kind == "app" else 5_000
        headers = {
            "x-ratelimit-limit": str(limit),
            "x-ratelimit-remaining": str(max(1, limit - self.total)),
            "x-ratelimit-used": str(self.total),
            "x-ratelimit-reset": str(int(time.time()) + 3600),
            "x-ratelimit-resource": bucket,
            "x-github-request-id": f"DEMO:{self.total}",
        }
        if viewer.scopes:
            headers["x-oauth-scopes"] = viewer.scopes
        return headers

    def _json(self, body: Any, status: int, headers: dict[str, str] | None = None) -> Response:
        return Response(orjson.dumps(body), status, headers, "application/json; charset=utf-8")

    def _count(self, template: str) -> None:
        self.requests[template] = self.requests.get(template, 0) + 1


def _plain(path: str, estate: Estate) -> tuple[str, Callable[[str], str]]:
    """Turn a path with numeric ids, as next-links carry it, into one with names; and back for links."""
    parts = path.split("/")
    if parts[1] == "organizations" and len(parts) > 2:
        for org in estate.organizations.values():
            if str(org.id) == parts[2]:
                path = "/".join(["", "orgs", org.login, *parts[3:]])
    if parts[1] == "repositories" and len(parts) > 2:
        for org in estate.organizations.values():
            for repo in org.repositories.values():
                if str(repo.id) == parts[2]:
                    path = "/".join(["", "repos", org.login, repo.name, *parts[3:]])

    def moved(named: str) -> str:
        pieces = named.split("/")
        if pieces[1] == "orgs" and pieces[2] in estate.organizations:
            return "/".join(["", "organizations", str(estate.organizations[pieces[2]].id), *pieces[3:]])
        found = estate.repository("/".join(pieces[2:4])) if pieces[1] == "repos" else None
        return "/".join(["", "repositories", str(found[1].id), *pieces[4:]]) if found else named

    return path, moved
