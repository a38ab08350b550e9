"""GitHub's rules of conversation: limits, pages, ETags, and answers of 200 that are refusals.

https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
https://docs.github.com/en/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api
"""

import re
from collections.abc import AsyncIterator, Mapping
from typing import Any

import orjson

from pipewarden.connectors.answers import MOST_EMPTY_PAGES
from pipewarden.connectors.base import CredentialRefused, Keeper
from pipewarden.connectors.github.auth import ACCEPT, API_VERSION, Credential
from pipewarden.connectors.github.hosts import Addresses
from pipewarden.connectors.github.limits import limited, wait
from pipewarden.connectors.github.shapes import must
from pipewarden.connectors.spending import Spending
from pipewarden.errors import (
    AccessDenied,
    CredentialError,
    Gone,
    NotFound,
    SourceError,
    UnexpectedAnswer,
    Unreachable,
)
from pipewarden.http.client import RETRIED, Http, Reply
from pipewarden.http.limit import until

MOST_PAGES = 5_000
"""Beyond this many pages of one list something is wrong on the other side."""

GIVES_UP = frozenset({502, 504})
"""How GitHub ends a GraphQL query that runs longer than ten seconds."""

MOST_MOVES = 5
"""Times that one request is sent on to where a repository or organization is now."""

VALUES = "/variables"
"""Lists that end so show values: their bodies are never kept, for no value may reach the store.

https://docs.github.com/en/rest/actions/variables
"""

_LINK = re.compile(r'<([^>]+)>;\s*rel="next"')


class GraphQLAnswer:
    """Data with the errors that came along, by path: partial answers are answers."""

    def __init__(self, data: dict[str, Any], errors: list[dict[str, Any]]) -> None:
        self.data = data
        self.errors = errors

    def refused(self, *path: str) -> dict[str, Any] | None:
        """Return the error whose path begins with `path`, None where that part was answered."""
        for error in self.errors:
            where = [str(part) for part in error.get("path") or ()]
            if where[: len(path)] == list(path):
                return error
        return None


class GitHub(Spending):
    """Speaks with one GitHub host through an app, a token, or both."""

    def __init__(
        self,
        http: Http,
        where: Addresses,
        *,
        app: Credential | None = None,
        token: Credential | None = None,
        keeper: Keeper | None = None,
        budget: int = 0,
    ) -> None:
        if app is None and token is None:
            raise CredentialError(
                "there is no credential for GitHub",
                hint="Set GITHUB_TOKEN, or run `pipewarden init` to configure a token or an app.",
            )
        super().__init__(http, budget)
        self.where = where
        self.app = app
        self.token = token
        self._keeper = keeper
        self.points = 0
        self.scopes: str | None = None
        self.remaining: dict[str, int] = {}

    # --- credentials ------------------------------------------------------------------------------

    def _credential(self, needs: str) -> Credential:
        """Return the credential for an endpoint: `app` and `token` where only one of them may call it.

        `owner` prefers the token: GitHub shows second factors and bypass lists to an organization's owner alone.
        """
        if needs == "app":
            if self.app is None:
                raise AccessDenied("only a GitHub App may read this", hint="Configure an app beside the token.")
            return self.app
        if needs == "token":
            if self.token is None:
                raise AccessDenied("a GitHub App may not read this", hint="Configure a token beside the app.")
            return self.token
        chosen = (self.token or self.app) if needs == "owner" else (self.app or self.token)
        assert chosen is not None  # noqa: S101 - checked when made
        return chosen

    # --- REST -------------------------------------------------------------------------------------

    async def get(
        self,
        path: str,
        *,
        template: str,
        params: Mapping[str, Any] | None = None,
        needs: str = "any",
        accept: str = ACCEPT,
    ) -> Any:
        """Return one JSON answer. Raises AccessDenied, NotFound, Gone, RateLimited, BudgetSpent, Unreachable or UnexpectedAnswer."""
        data = (await self._request(path, template, params, needs, accept)).json()
        must(data, template)
        return data

    async def pages(
        self,
        path: str,
        *,
        template: str,
        items: str = "",
        params: Mapping[str, Any] | None = None,
        needs: str = "any",
        per_page: int = 100,
    ) -> AsyncIterator[Any]:
        """Yield the items of all pages. `items` names the list inside an object answer.

        Follows next-links on our own host only, never the same one twice, and at most MOST_PAGES of them.
        """
        url, query = path, {**(params or {}), "per_page": per_page}
        seen: set[str] = set()
        first: Any = None
        empty = 0
        for number in range(MOST_PAGES):
            reply = await self._request(url, template, query if number == 0 else None, needs, ACCEPT)
            data = reply.json()
            rows = data.get(items) if items and isinstance(data, dict) else data
            if not isinstance(rows, list):
                raise UnexpectedAnswer(f"{template} answered with no list", endpoint=template, status=reply.status)
            if rows and rows == first:
                raise UnexpectedAnswer(f"{template} gave the same page twice", endpoint=template)
            first, empty = rows if first is None else first, 0 if rows else empty + 1
            for row in rows:
                must(row, template)
                yield row
            found = _LINK.search(reply.headers.get("link", ""))
            if not found:
                return
            url = self.http.pinned(found.group(1))
            if empty > MOST_EMPTY_PAGES:
                raise UnexpectedAnswer(f"{template} gives empty pages without an end", endpoint=template)
            if url in seen:
                raise UnexpectedAnswer(f"{template} leads in a circle", endpoint=template)
            seen.add(url)
        raise UnexpectedAnswer(f"{template} has more than {MOST_PAGES} pages", endpoint=template)

    async def _request(
        self, url: str, template: str, params: Mapping[str, Any] | None, needs: str, accept: str
    ) -> Reply:
        credential = self._credential(needs)
        keeper = None if template.endswith(VALUES) else self._keeper
        again, moves, refusals = True, 0, 0
        while True:
            self._spend()
            await self.http.limit.pause()
            headers = {
                "accept": accept,
                "authorization": await credential.header(),
                "x-github-api-version": API_VERSION,
            }
            key = f"{credential.kind} {url} {sorted((params or {}).items())}"
            known = keeper.etag(key) if keeper else None
            if known:
                headers["if-none-match"] = known[0]
            reply = await self.http.send("GET", url, template=template, params=params, headers=headers)
            self._note(reply)
            if reply.status == 304 and known:
                self.http.limit.passed()
                self.http.counters.unchanged += 1
                return Reply(200, {**reply.headers, **_kept_headers(known[1])}, _kept_body(known[1]), reply.url)
            if reply.status == 200:
                self.http.limit.passed()
                if keeper and reply.headers.get("etag"):
                    keeper.put_etag(key, reply.headers["etag"], _keep(reply))
                return reply
            if reply.status in {301, 302, 307, 308} and reply.headers.get("location") and moves < MOST_MOVES:
                url, params, moves = self.http.pinned(reply.headers["location"]), None, moves + 1
                continue
            if reply.status == 401 and again:
                again = False
                credential.refused()
                continue
            if limited(self.http, reply, refusals):
                refusals += 1
                continue
            raise self._refusal(reply, template)

    def spent(self) -> int:
        """Return how many requests count so far. An unchanged answer does not, for GitHub does not count it either.

        https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api#use-conditional-requests-if-appropriate
        """
        return self.http.counters.total - self.http.counters.unchanged

    def _note(self, reply: Reply) -> None:
        self.scopes = reply.headers.get("x-oauth-scopes", self.scopes)
        left, bucket = reply.headers.get("x-ratelimit-remaining"), reply.headers.get("x-ratelimit-resource", "core")
        if left and left.isdigit():
            self.remaining[bucket] = int(left)

    def _refusal(self, reply: Reply, template: str) -> SourceError:
        told = _message(reply)
        wants = reply.headers.get("x-accepted-github-permissions") or reply.headers.get("x-accepted-oauth-scopes") or ""
        hint = f"It accepts: {wants}." if wants else ""
        where: dict[str, Any] = {"endpoint": template, "status": reply.status, "hint": hint}
        match reply.status:
            case 401:
                return CredentialRefused(f"GitHub does not accept the credential: {told}", **where)
            case 403 | 422:
                if "sso" in reply.headers.get("x-github-sso", ""):
                    where["hint"] = "Authorize the token for the organization's single sign-on."
                return AccessDenied(f"{template}: {told}", **where)
            case 404:
                return NotFound(f"{template}: {told}", **where)
            case 410:
                return Gone(f"{template}: {told}", **where)
            case 451:
                return AccessDenied(f"{template}: {told}", **where)
        return UnexpectedAnswer(f"{template} answered {reply.status}: {told}", **where)

    # --- GraphQL ----------------------------------------------------------------------------------

    async def graphql(
        self, document: str, variables: dict[str, Any], *, name: str, needs: str = "any", parted: bool = False
    ) -> GraphQLAnswer:
        """Send one query. An answer of 200 with errors is a partial answer; RATE_LIMITED is waited for.

        A query that can be `parted` raises Unreachable with status 502 or 504 at once, so that the caller asks for
        less; any other is sent again, as after other failures that pass.
        """
        credential = self._credential(needs)
        body = orjson.dumps({"query": document, "variables": variables})
        again, refusals = True, 0
        while True:
            self._spend()
            await self.http.limit.pause()
            headers = {
                "authorization": await credential.header(),
                "content-type": "application/json",
                "accept": "application/json",
            }
            reply = await self.http.send(
                "POST",
                self.where.graphql,
                template=f"graphql {name}",
                headers=headers,
                content=body,
                retried=RETRIED - GIVES_UP if parted else RETRIED,
            )
            self._note(reply)
            if reply.status in GIVES_UP:
                raise Unreachable(f"GitHub gave up on {name} ({reply.status})", endpoint=name, status=reply.status)
            if reply.status == 401 and again:
                again = False
                credential.refused()
                continue
            if reply.status != 200:
                if limited(self.http, reply, refusals):
                    refusals += 1
                    continue
                raise self._refusal(reply, f"graphql {name}")
            data = reply.json()
            if not isinstance(data, dict):
                raise UnexpectedAnswer(f"{name} answered with no object", endpoint=name)
            errors = [e for e in data.get("errors") or () if isinstance(e, dict)]
            if any(error.get("type") == "RATE_LIMITED" for error in errors):
                refusals += 1
                self._wait_for_points(reply, refusals)
                continue
            self.http.limit.passed()
            found = data.get("data")
            if found is None:
                raise _graphql_refusal(errors, name)
            if not isinstance(found, dict):
                raise UnexpectedAnswer(f"{name} answered with no data", endpoint=name)
            limit = found.get("rateLimit")
            cost = limit.get("cost") if isinstance(limit, dict) else None
            self.points += cost if isinstance(cost, int) else 0
            return GraphQLAnswer(found, errors)

    def _wait_for_points(self, reply: Reply, refusals: int) -> None:
        """Wait for the GraphQL window: the primary limit answers 200 with an error."""
        wait(self.http, reply, until(reply.headers.get("x-ratelimit-reset", ""), self.http.clock.now()), refusals)


def _graphql_refusal(errors: list[dict[str, Any]], name: str) -> SourceError:
    first = errors[0] if errors else {}
    told = str(first.get("message") or "no data")[:300]
    match first.get("type"):
        case "NOT_FOUND":
            return NotFound(f"{name}: {told}", endpoint=name)
        case "FORBIDDEN" | "INSUFFICIENT_SCOPES":
            return AccessDenied(f"{name}: {told}", endpoint=name)
    return UnexpectedAnswer(f"{name}: {told}", endpoint=name)


def _message(reply: Reply) -> str:
    try:
        data = orjson.loads(reply.body)
    except orjson.JSONDecodeError:
        return f"status {reply.status}"
    told = data.get("message") if isinstance(data, dict) else None
    return str(told)[:300] if told else f"status {reply.status}"


def _keep(reply: Reply) -> bytes:
    kept = {key: reply.headers[key] for key in ("link", "content-type") if key in reply.headers}
    return orjson.dumps(kept) + b"\n" + reply.body


def _kept_headers(kept: bytes) -> dict[str, str]:
    headers: dict[str, str] = orjson.loads(kept.partition(b"\n")[0])
    return headers


def _kept_body(kept: bytes) -> bytes:
    return kept.partition(b"\n")[2]
