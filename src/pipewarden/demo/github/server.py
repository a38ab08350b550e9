"""The loopback server: credentials, limits, pages and ETags around the endpoints, and misbehaviour by switch."""

import asyncio
import hashlib
import threading
import time
from collections.abc import Callable
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import unquote

import orjson
from starlette.requests import Request
from starlette.responses import Response

from pipewarden.demo.estate.kinds import Estate, Json
from pipewarden.demo.github import mischief
from pipewarden.demo.github.asking import Asked, Cursored, Listed, Nothing, Refused, Viewer
from pipewarden.demo.github.credentials import APP_ID, INSTALLATION, OWNER_SCOPES, Credentials
from pipewarden.demo.github.endpoints import ROUTES
from pipewarden.demo.github.graph import Graph, operation_of
from pipewarden.demo.github.paging import Moved, cursored, link, paged, plain
from pipewarden.demo.github.permissions import NEEDS, accepted, allow
from pipewarden.demo.github.variant import CLOUD_ALONE, Variant, names
from pipewarden.demo.serving import Loopback

__all__ = ["APP_ID", "INSTALLATION", "GitHubServer"]


class GitHubServer(Loopback):
    """Serves an estate on loopback while the `with` block lasts: REST at `url`, GraphQL at `url`/graphql.

    GitHub Enterprise Server's shape is there too: /api/v3 and /api/graphql. Tokens are made anew for each server:
    `owner_token` (classic, with `scopes`), `member_token` (classic, read:org), `fine_grained_token` (an owner's, that
    reads settings), `unlinked_token` (an owner's that is not authorized for single sign-on); `private_key` is the
    app's, whose `app_permissions` default to all that read. `requests` counts by template.
    """

    def __init__(
        self,
        estate: Estate,
        variant: Variant | None = None,
        *,
        clock: Callable[[], float] = time.time,
        scopes: str = OWNER_SCOPES,
        app_permissions: Json | None = None,
    ) -> None:
        self.estate = estate
        self._clock = clock
        self.variant = variant or Variant()
        self.requests: dict[str, int] = {}
        self.total = 0
        self._known = Credentials(estate, clock, scopes, app_permissions)
        self.owner_token = self._known.owner
        self.member_token = self._known.member
        self.fine_grained_token = self._known.fine_grained
        self.unlinked_token = self._known.unlinked
        self._spent: dict[str, int] = {}
        self._graph: Graph | None = None
        self._lock = threading.RLock()

    @property
    def private_key(self) -> str:
        """The app's private key as PEM, made when first asked for."""
        return self._known.private_key

    def change(self, how: Callable[[Estate], object]) -> None:
        """Change the estate between two answers; what is unchanged keeps its ETag, for that follows the content."""
        with self._lock:
            how(self.estate)

    # --- one request ------------------------------------------------------------------------------

    async def _answer(self, request: Request) -> Response:
        # the raw path keeps an encoded slash within a name apart from a real one
        asked = "/" + request.scope["raw_path"].decode("ascii").lstrip("/")
        path = "/graphql" if asked == "/api/graphql" else "/" + asked.removeprefix("/api/v3").lstrip("/")
        self.total += 1
        if self.variant.enterprise_server and not asked.startswith(("/api/v3/", "/api/graphql")):
            return Response(b"<html>Sign in</html>", 404, media_type="text/html")
        number = self.total
        if self.variant.slow:
            await asyncio.sleep(self.variant.slow)
        if self.variant.stop_after and number > self.variant.stop_after:
            return Response(status_code=503)
        early = self._misbehave(number, path)
        if early is not None:
            return early
        viewer = self._known.viewer(request.headers.get("authorization", ""))
        if viewer is None or (self.variant.unauthorized_after and number > self.variant.unauthorized_after):
            return self._refusal(401, "Bad credentials")
        if request.method == "POST":
            return await self._post(path, request, viewer)
        return self._get(path, request, viewer)

    def _misbehave(self, number: int, path: str) -> Response | None:
        variant = self.variant
        if number <= variant.failures or (variant.failure_every and number % variant.failure_every == 0):
            return Response(b"upstream failed", variant.failure_status)
        if variant.secondary_every and number % variant.secondary_every == 0:
            after = variant.secondary_retry_after
            headers = {} if after is None else {"retry-after": str(after)}
            return self._refusal(variant.secondary_status, "You have exceeded a secondary rate limit.", headers)
        if variant.primary_left:
            left = variant.seen.setdefault("left", variant.primary_left)
            if left <= 0:
                variant.seen["left"] = variant.primary_left
                return self._exhausted(200 if path == "/graphql" else 403)
            variant.seen["left"] = left - 1
        return None

    def _exhausted(self, status: int) -> Response:
        """Refuse for the primary limit: GraphQL says so within an answer of 200."""
        reset = str(int(self._clock()) + self.variant.primary_reset)
        headers = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": reset}
        told = "API rate limit exceeded"
        if status != 200:
            return self._refusal(status, told, headers)
        return self._json({"errors": [{"type": "RATE_LIMITED", "message": told}]}, 200, headers)

    async def _post(self, path: str, request: Request, viewer: Viewer) -> Response:
        if path == "/graphql":
            return await self._graphql(request, viewer)
        if path == f"/app/installations/{INSTALLATION}/access_tokens" and viewer.kind == "signed":
            self._count("/app/installations/{installation_id}/access_tokens")
            text = await request.body()
            try:
                wanted = orjson.loads(text).get("permissions") if text else None
            except (orjson.JSONDecodeError, AttributeError):
                return self._refusal(400, "Problems parsing JSON")
            made = self._known.install(wanted)
            if made is None:
                return self._refusal(422, "The permissions requested are not granted to this installation.")
            return self._json(made, 201)
        return self._refusal(404, "Not Found")

    async def _graphql(self, request: Request, viewer: Viewer) -> Response:
        self._count("graphql")
        variant = self.variant
        try:
            asked = orjson.loads(await request.body())
            query, variables = str(asked["query"]), dict(asked.get("variables") or {})
        except (orjson.JSONDecodeError, KeyError, TypeError, ValueError):
            return self._refusal(400, "Problems parsing JSON")
        if viewer.kind in {"nobody", "signed"}:
            return self._refusal(401, "This endpoint requires you to be authenticated.")
        asked_for = f"{operation_of(query)} {variables.get('after') or ''}".rstrip()
        for pattern, status in variant.failing_queries.items():
            if fnmatchcase(asked_for, pattern):
                return self._refusal(status, "Something went wrong while executing your query.")
        if variant.largest_page and int(variables.get("first") or 0) > variant.largest_page:
            return Response(b"<html>Bad gateway</html>", 502, media_type="text/html")
        if variant.graphql_limited_every and self.requests["graphql"] % variant.graphql_limited_every == 0:
            return self._exhausted(200)
        refused = self._switched("graphql")
        if refused is not None:
            return refused
        with self._lock:
            if self._graph is None:
                self._graph = Graph()
            body, points = self._graph.answer(self.estate, viewer, query, variables, variant)
        if names(variant.unknown_words, "graphql"):
            body = mischief.unheard(body)
        raw = orjson.dumps(body)
        if names(variant.truncated, "graphql"):
            raw = raw[: len(raw) // 2]
        headers = self._limits("graphql", viewer, points)
        return Response(raw, 200, headers, "application/json; charset=utf-8")

    def _get(self, path: str, request: Request, viewer: Viewer) -> Response:
        if viewer.kind == "signed":
            about = self._known.about_app(path)
            if about is None:
                return self._refusal(404, "Not Found")
            self._count(about[0])
            return self._json(about[1], 200)
        for old, new in self.estate.renamed.items():
            if path == f"/repos/{old}" or path.startswith(f"/repos/{old}/"):
                return self._moved(path, old, new, _prefix(request))
        path, moved = plain(path, self.estate)
        for pattern, template, handler in ROUTES:
            match = pattern.match(path)
            if match is None:
                continue
            self._count(template)
            refused = self._switched(template)
            if refused is not None:
                return refused
            query = dict(request.query_params)
            given = {name: unquote(value) for name, value in match.groupdict().items()}
            asked = Asked(self.estate, viewer, given, query, self._left(viewer))
            try:
                with self._lock:
                    allow(viewer, template, public=_is_public(asked))
                    self._offered(asked, template)
                    body = handler(asked)
            except Refused as refusal:
                return self._refusal(refusal.status, str(refusal), refusal.headers)
            return self._reply(body, template, path, request, viewer, moved)
        return self._refusal(404, "Not Found")

    def _moved(self, path: str, old: str, new: str, prefix: str) -> Response:
        """Answer 301 for a repository that was renamed, with its numeric address, as GitHub does."""
        found = self.estate.repository(new)
        if found is None:
            return self._refusal(404, "Not Found")
        where = f"{self.url}{prefix}/repositories/{found[1].id}{path.removeprefix(f'/repos/{old}')}"
        return self._json({"message": "Moved Permanently", "url": where}, 301, {"location": where})

    def _offered(self, asked: Asked, template: str) -> None:
        """Refuse what an organization's plan does not have."""
        need = NEEDS.get(template)
        org = self.estate.organizations.get(asked.names.get("org", ""))
        if need is not None and need.enterprise_cloud and org is not None and org.plan != "enterprise":
            raise Refused(404, "Not Found")

    def _switched(self, template: str) -> Response | None:
        variant = self.variant
        if variant.enterprise_server and template in CLOUD_ALONE:
            return self._refusal(404, "Not Found")
        for switched, status, told in (
            (variant.forbidden, 403, "Resource not accessible by integration"),
            (variant.missing, 404, "Not Found"),
            (variant.gone, 410, "Gone"),
        ):
            if names(switched, template):
                need = NEEDS.get(template)
                headers = accepted(need) if need and status == 403 else {}
                if status == 403:
                    headers.setdefault("x-accepted-github-permissions", "something=read")
                return self._refusal(status, told, headers)
        if names(variant.html, template):
            return Response(b"<html><form>Sign in</form></html>", 200, media_type="text/html")
        if names(variant.huge, template):
            return Response(b'["' + b"x" * (33 * 1024 * 1024) + b'"]', 200, media_type="application/json")
        return None

    def _reply(self, body: Any, template: str, path: str, request: Request, viewer: Viewer, moved: Moved) -> Response:
        if isinstance(body, Nothing):
            return Response(status_code=204, headers=self._limits("core", viewer))
        query = dict(request.query_params)
        links: list[tuple[str, dict[str, str]]] = []
        try:
            if isinstance(body, Listed):
                body, links = paged(body, query, template, self.variant)
            elif isinstance(body, Cursored):
                body, links = cursored(body, query, template, self.variant)
        except Refused as refusal:
            return self._refusal(refusal.status, str(refusal), refusal.headers)
        raw = orjson.dumps(mischief.bent(body, template, self.variant))
        if names(self.variant.truncated, template):
            raw = raw[: len(raw) // 2]
        marked = f"{path}?{request.url.query}".encode() if names(self.variant.stale_etags, template) else raw
        etag = f'W/"{hashlib.sha256(marked).hexdigest()[:32]}"'
        unchanged = request.headers.get("if-none-match") == etag
        headers = {**self._limits("core", viewer, 0 if unchanged and viewer.kind != "nobody" else 1), "etag": etag}
        if viewer.scopes and template in NEEDS:
            headers["x-accepted-oauth-scopes"] = NEEDS[template].scope.replace("|", ", ")
        if links:
            base = "https://elsewhere.example" if names(self.variant.foreign, template) else self.url
            headers["link"] = link(links, f"{base}{_prefix(request)}{moved(path)}")
        if unchanged:
            return Response(status_code=304, headers=headers)
        media = "application/scim+json" if path.startswith("/scim") else "application/json; charset=utf-8"
        return Response(raw, 200, headers, media)

    # --- limits -----------------------------------------------------------------------------------

    def _size(self, bucket: str, viewer: Viewer) -> int:
        """Return how much of a limit there is in an hour.

        https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
        """
        if bucket == "graphql":
            return 10_000
        return {"app": 15_000, "nobody": 60}.get(viewer.kind, 5_000)

    def _bucket(self, bucket: str, viewer: Viewer, spent: int = 0) -> Json:
        key = f"{bucket} {viewer.kind}"
        self._spent[key] = used = self._spent.get(key, 0) + spent
        limit = self._size(bucket, viewer)
        left = max(1, limit - used)  # a limit is exhausted by the variant alone, never by a long test
        return {"limit": limit, "remaining": left, "used": used, "reset": int(self._clock()) + 3600}

    def _left(self, viewer: Viewer) -> Json:
        return {name: self._bucket(name, viewer) for name in ("core", "graphql")}

    def _limits(self, bucket: str, viewer: Viewer, spent: int = 1) -> dict[str, str]:
        headers = {f"x-ratelimit-{k}": str(v) for k, v in self._bucket(bucket, viewer, spent).items()}
        headers["x-ratelimit-resource"] = bucket
        headers["x-github-request-id"] = f"DEMO:{self.total}"
        if viewer.scopes:
            headers["x-oauth-scopes"] = viewer.scopes
        return headers

    def _refusal(self, status: int, told: str, headers: dict[str, str] | None = None) -> Response:
        body = {"message": told, "documentation_url": "https://docs.github.com/rest", "status": str(status)}
        return self._json(body, status, headers)

    def _json(self, body: Any, status: int, headers: dict[str, str] | None = None) -> Response:
        given = {"x-github-request-id": f"DEMO:{self.total}", **(headers or {})}
        return Response(orjson.dumps(body), status, given, "application/json; charset=utf-8")

    def _count(self, template: str) -> None:
        self.requests[template] = self.requests.get(template, 0) + 1


def _prefix(request: Request) -> str:
    """Return where a server's REST API begins, as its links repeat it."""
    return "/api/v3" if request.url.path.startswith("/api/v3/") else ""


def _is_public(asked: Asked) -> bool:
    """Tell whether a request is about a public repository."""
    if "repo" not in asked.names:
        return False
    found = asked.estate.repository(f"{asked.names['owner']}/{asked.names['repo']}")
    return found is not None and found[1].visibility == "public"
