"""The loopback GitLab: tokens, limits and pages around the estate's answers, and misbehaviour by switch."""

import re
import secrets
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote, urlencode

import orjson
from starlette.requests import Request
from starlette.responses import Response

from pipewarden.demo.gitlab import graph, mischief
from pipewarden.demo.gitlab.kinds import GitLabEstate
from pipewarden.demo.gitlab.variant import Variant, names
from pipewarden.demo.serving import Loopback

API = "/api/v4"
GRAPHQL = "/api/graphql"
_RAW = re.compile(r"/projects/([^/]+)/repository/files/(.+)/raw")
OF_ADMINISTRATORS = (
    "/users",
    "/application/settings",
    "/personal_access_tokens",
    "/runners/all",
    "/admin/ci/variables",
    "/users/{id}/impersonation_tokens",
    "/deploy_keys",
    "/member_roles",
)


class GitLabServer(Loopback):
    """Serves an estate on loopback while the `with` block lasts: REST at `url`/api/v4.

    Tokens are made anew for each server: `admin_token` (an administrator's), `owner_token` (an owner's of the top
    group), `narrow_token` (without the scope read_api). `requests` counts by template.
    """

    methods = ("GET", "POST", "PUT", "DELETE")

    def __init__(
        self, estate: GitLabEstate, variant: Variant | None = None, *, clock: Callable[[], float] = time.time
    ) -> None:
        self.estate = estate
        self.variant = variant or Variant()
        self.requests: dict[str, int] = {}
        self.total = 0
        self.admin_token = secrets.token_hex(10)
        self.owner_token = secrets.token_hex(10)
        self.narrow_token = secrets.token_hex(10)
        self._clock = clock

    # --- one request ------------------------------------------------------------------------------

    async def _answer(self, request: Request) -> Response:
        self.total += 1
        asked = request.scope["raw_path"].decode("ascii")
        if not asked.startswith(f"{API}/") and asked != GRAPHQL:
            return Response(b"<html>Sign in</html>", 404, media_type="text/html")
        early = self._misbehave(self.total)
        if early is not None:
            return early
        # https://docs.gitlab.com/api/rest/authentication/#personalprojectgroup-access-tokens (either header)
        bearer = request.headers.get("authorization", "").removeprefix("Bearer ")
        token = request.headers.get("private-token", "") or bearer
        known = {self.admin_token, self.owner_token, self.narrow_token}
        late = self.variant.unauthorized_after
        if token not in known or (late and self.total > late):
            return _json({"message": "401 Unauthorized"}, 401)
        if asked == GRAPHQL:
            return self._query(token, await request.body())
        if request.method != "GET":
            return _json({"message": "405 Method Not Allowed"}, 405)
        path, template = self._resolved(asked.removeprefix(API))
        self.requests[template] = self.requests.get(template, 0) + 1
        refused = self._switched(template)
        if refused is not None:
            return refused
        if token == self.narrow_token:
            told = "The request requires higher privileges than provided by the access token."
            return _json({"error": "insufficient_scope", "error_description": told, "scope": "api read_api"}, 403)
        if template in OF_ADMINISTRATORS and token != self.admin_token:
            return _json({"message": "403 Forbidden"}, 403)
        if path in self.estate.moved:
            where = f"{self.url}{API}{self.estate.moved[path]}"
            return Response(b"", 301, {"location": where})
        body = self.estate.answers.get(path)
        if body is None:
            return _json({"message": "404 Not Found"}, 404)
        return self._reply(body, template, asked, dict(request.query_params))

    def _query(self, token: str, body: bytes) -> Response:
        """Answer a query over GraphQL.

        https://docs.gitlab.com/api/graphql/
        """
        told = orjson.loads(body)
        name = f"graphql {graph.name_of(told.get('query', ''))}"
        self.requests[name] = self.requests.get(name, 0) + 1
        refused = self._switched(name)
        if refused is not None:
            return refused
        if token == self.narrow_token:
            return _json({"errors": [{"message": "Invalid token"}]}, 401)
        answer = graph.answer(
            self.estate,
            told.get("query", ""),
            told.get("variables") or {},
            self.variant,
            admin=token == self.admin_token,
        )
        raw = orjson.dumps(answer)
        raw = raw[: len(raw) // 2] if names(self.variant.truncated, name) else raw
        return Response(raw, 200, media_type="application/json")

    def _misbehave(self, number: int) -> Response | None:
        variant = self.variant
        if variant.stop_after and number > variant.stop_after:
            return Response(b"stopped", 503)
        if number <= variant.failures:
            return Response(b"upstream failed", variant.failure_status)
        if variant.limited_every and number % variant.limited_every == 0:
            headers = {"ratelimit-remaining": "0"}
            if variant.retry_after is not None:
                headers["retry-after"] = str(variant.retry_after)
            elif variant.reset_after is not None:
                headers["ratelimit-reset"] = str(int(self._clock()) + variant.reset_after)
            return Response(b"Retry later", 429, headers, "text/plain")
        return None

    def _resolved(self, asked: str) -> tuple[str, str]:
        """Return the address with numeric ids, and its template."""
        raw = _RAW.fullmatch(asked)
        if raw:
            return (
                f"/projects/{raw.group(1)}/repository/files/{unquote(raw.group(2))}/raw",
                "/projects/{id}/repository/files/{path}/raw",
            )
        parts = asked.strip("/").split("/")
        if len(parts) > 1 and not parts[1].isdigit():
            parts[1] = self.estate.paths.get(f"{parts[0]}/{unquote(parts[1])}", parts[1])
        template = ["{id}" if part.isdigit() else part for part in parts]
        if len(parts) > 1 and parts[0] in {"groups", "projects"}:
            template[1] = "{id}"
        return "/" + "/".join(parts), "/" + "/".join(template)

    def _switched(self, template: str) -> Response | None:
        variant = self.variant
        for switched, status, told in (
            (variant.forbidden, 403, "403 Forbidden"),
            (variant.missing, 404, "404 Not Found"),
            (variant.gone, 410, "410 Gone"),
        ):
            if names(switched, template):
                return _json({"message": told}, status)
        if names(variant.html, template):
            return Response(b"<html><form>Sign in</form></html>", 200, media_type="text/html")
        if names(variant.huge, template):
            return Response(b'["' + b"x" * (33 * 1024 * 1024) + b'"]', 200, media_type="application/json")
        return None

    def _reply(self, body: Any, template: str, asked: str, query: dict[str, str]) -> Response:
        headers = {"ratelimit-limit": "2000", "ratelimit-remaining": "1999", "x-request-id": f"DEMO{self.total}"}
        if isinstance(body, str):
            return Response(body.encode(), 200, headers, "text/plain")
        if isinstance(body, list):
            body = self._paged(body, template, asked, query, headers)
        raw = orjson.dumps(mischief.bent(body, template, self.variant))
        if names(self.variant.truncated, template):
            raw = raw[: len(raw) // 2]
        return Response(raw, 200, headers, "application/json")

    def _paged(
        self, rows: list[Any], template: str, asked: str, query: dict[str, str], headers: dict[str, str]
    ) -> list[Any]:
        """Return one page, and say in the headers where the next one is.

        https://docs.gitlab.com/api/rest/#pagination
        """
        size = min(int(query.get("per_page") or 20), self.variant.page)
        page = int(query.get("page") or 1)
        start = (page - 1) * size
        if names(self.variant.repeated, template) and page > 1:
            start -= 1
        shown = rows[start : (page - 1) * size + size]
        more = (page - 1) * size + size < len(rows)
        base = f"{self.url}{API}{asked.removeprefix(API)}"
        if names(self.variant.endless, template):
            more, shown = True, [{**row, "id": page * 1_000_000 + n} for n, row in enumerate(rows[:2])]
        if names(self.variant.foreign, template):
            more, base = True, "https://elsewhere.example/next"
        following = page if names(self.variant.circle, template) else page + 1
        if more or following == page:
            nexts = urlencode({**query, "page": following})
            headers["link"] = f'<{base}?{nexts}>; rel="next", <{base}?{urlencode({**query, "page": 1})}>; rel="first"'
            headers["x-next-page"] = str(following)
        headers |= {"x-page": str(page), "x-per-page": str(size)}
        if self.variant.totals:
            headers["x-total"] = str(len(rows))
        return shown


def _json(body: Any, status: int) -> Response:
    return Response(orjson.dumps(body), status, media_type="application/json")
