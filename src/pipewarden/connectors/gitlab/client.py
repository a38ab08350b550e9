"""GitLab's rules of conversation: limits, pages, and what each refusal means. It asks with GET, and over GraphQL with queries alone.

https://docs.gitlab.com/api/rest/
https://docs.gitlab.com/api/graphql/
https://docs.gitlab.com/security/rate_limits/
"""

import re
from collections.abc import AsyncIterator, Mapping
from typing import Any

import orjson

from pipewarden.connectors.answers import MOST_EMPTY_PAGES, hollow
from pipewarden.connectors.base import CredentialRefused
from pipewarden.connectors.gitlab.shapes import ALONE, SHAPES
from pipewarden.connectors.shapes import fits, odd_field
from pipewarden.connectors.spending import Spending
from pipewarden.errors import (
    AccessDenied,
    Gone,
    NotFound,
    SourceError,
    UnexpectedAnswer,
)
from pipewarden.http.client import Http, Reply, shown
from pipewarden.http.limit import retry_after, until
from pipewarden.http.secrets import Secret

MOST_PAGES = 5_000
"""Beyond this many pages of one list something is wrong on the other side."""

PATIENCE_SECONDS = 3_900.0
"""The longest wait for a limit: some of GitLab's windows are an hour."""

BLIND_SECONDS = 60.0
"""Without Retry-After and RateLimit-Reset, wait a minute, and longer each time: most windows are a minute."""

MOST_MOVES = 5

_NO_FIELD = re.compile(r"Field '\w+' doesn't exist on type|isn't defined|doesn't accept argument")
"""How GitLab says that its version knows no such field or argument."""

_NEXT = re.compile(r'<([^>]+)>;\s*rel="next"')


class UnknownField(UnexpectedAnswer):
    """This GitLab knows no such field of GraphQL: an older one, or a newer."""


class GitLab(Spending):
    """Speaks with one GitLab through one token."""

    def __init__(self, http: Http, token: Secret, *, budget: int = 0, most_pages: int = MOST_PAGES) -> None:
        super().__init__(http, budget)
        self._token = token
        self._most_pages = most_pages

    async def get(self, path: str, *, template: str, params: Mapping[str, Any] | None = None) -> Any:
        """Return one JSON answer. Raises one of the SourceErrors."""
        return (await self._request(path, template, params)).json()

    async def object(self, path: str, *, template: str) -> dict[str, Any]:
        """Return one JSON object. Raises UnexpectedAnswer where it is something else."""
        data = await self.get(path, template=template)
        if not isinstance(data, dict):
            raise UnexpectedAnswer(f"{template} answered with no object", endpoint=template)
        _understood(data, template)
        return data

    async def text(self, path: str, *, template: str, params: Mapping[str, Any] | None = None) -> str:
        """Return a file's text; bytes that are not UTF-8 are replaced."""
        return (await self._request(path, template, params)).body.decode("utf-8", "replace")

    async def pages(
        self, path: str, *, template: str, params: Mapping[str, Any] | None = None
    ) -> AsyncIterator[dict[str, Any]]:
        """Yield the rows of all pages: next-links are followed, on our own host, never the same twice, never without end.

        https://docs.gitlab.com/api/rest/#pagination (`Link` in offset and keyset paging; `X-Total` may be missing)
        """
        url, query = path, {**(params or {}), "per_page": 100}
        seen: set[str] = set()
        last: list[Any] | None = None
        empty = 0
        for number in range(self._most_pages):
            reply = await self._request(url, template, query if number == 0 else None)
            rows = reply.json()
            if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
                raise UnexpectedAnswer(f"{template} answered with no list of objects", endpoint=template)
            if any(map(hollow, rows)):
                raise UnexpectedAnswer(
                    f"{template} answered with objects of which all but the id is null", endpoint=template
                )
            if rows and rows == last:
                raise UnexpectedAnswer(f"{template} gave the same page twice", endpoint=template)
            last, empty = rows, 0 if rows else empty + 1
            for row in rows:
                if template in ALONE and not fits(row, SHAPES[template], template):
                    continue
                _understood(row, template)
                yield row
            found = _NEXT.search(reply.headers.get("link", ""))
            if not found:
                return
            url = self.http.pinned(found.group(1))
            if empty > MOST_EMPTY_PAGES:
                raise UnexpectedAnswer(f"{template} gives empty pages without an end", endpoint=template)
            if url in seen:
                raise UnexpectedAnswer(f"{template} leads in a circle", endpoint=template)
            seen.add(url)
        raise UnexpectedAnswer(f"{template} has more than {self._most_pages} pages", endpoint=template)

    async def graphql(self, query: str, *, name: str, **variables: Any) -> dict[str, Any]:
        """Return the data of a query over GraphQL; what the token does not see is null in it.

        Raises UnknownField where this GitLab has no such field, another SourceError where the query is refused.
        https://docs.gitlab.com/api/graphql/#authentication (the scope read_api suffices)
        """
        template = f"graphql {name}"
        # the address lies beside the REST API's: /api/graphql
        url = f"{self.http.base_url.removesuffix('/v4')}/graphql"
        body = orjson.dumps({"query": query, "variables": variables})
        data = (await self._request(url, template, None, body)).json()
        errors = data.get("errors") if isinstance(data, dict) else None
        told = "; ".join(str(each.get("message"))[:200] for each in errors or () if isinstance(each, dict))
        if _NO_FIELD.search(told):
            raise UnknownField(f"{template}: {told}", endpoint=template)
        found = data.get("data") if isinstance(data, dict) else None
        if errors or not isinstance(found, dict):
            raise UnexpectedAnswer(f"{template}: {told or 'answered with no data'}", endpoint=template)
        return found

    async def _request(
        self, url: str, template: str, params: Mapping[str, Any] | None, content: bytes | None = None
    ) -> Reply:
        again, moves, refusals = True, 0, 0
        while True:
            self._spend()
            await self.http.limit.pause()
            headers = {"accept": "application/json", "authorization": f"Bearer {self._token.value()}"}
            method = "GET"
            if content is not None:
                method, headers = "POST", headers | {"content-type": "application/json"}
            reply = await self.http.send(
                method, url, template=template, params=params, headers=headers, content=content
            )
            if reply.status == 200:
                self.http.limit.passed()
                return reply
            if reply.status in {301, 302, 307, 308} and reply.headers.get("location") and moves < MOST_MOVES:
                # a project or group that was moved answers with where it is now
                url, params, moves = self.http.pinned(reply.headers["location"]), None, moves + 1
                continue
            if reply.status == 401 and again:
                again = False
                self._token.forget()
                continue
            if reply.status == 429:
                refusals += 1
                self._limited(reply, refusals)
                continue
            raise _refusal(reply, template)

    def _limited(self, reply: Reply, refusals: int) -> None:
        """Note how long to wait: Retry-After, else until RateLimit-Reset, else a minute and longer each time.

        https://docs.gitlab.com/administration/settings/user_and_ip_rate_limits/#response-headers
        """
        now = self.http.clock.now()
        after = retry_after(reply.headers, now)
        self.http.limit.refused(
            reply.window,
            until(reply.headers.get("ratelimit-reset", ""), now) if after is None else after,
            blind=BLIND_SECONDS,
            patience=PATIENCE_SECONDS,
            refusals=refusals,
            who="GitLab",
            endpoint=shown(reply.url),
        )


def _understood(row: Mapping[str, Any], template: str) -> None:
    """Go on only where a row says what it must. Raises UnexpectedAnswer."""
    if odd := odd_field(row, SHAPES.get(template, {})):
        raise UnexpectedAnswer(f"{template}: {odd} is not given as it is documented", endpoint=template)


def _refusal(reply: Reply, template: str) -> SourceError:
    told = _message(reply)
    where: dict[str, Any] = {"endpoint": template, "status": reply.status}
    match reply.status:
        case 401:
            return CredentialRefused(f"GitLab does not accept the token: {told}", **where)
        case 403:
            return AccessDenied(f"{template}: {told}", **where)
        case 404:
            return NotFound(f"{template}: {told}", **where)
        case 410:
            return Gone(f"{template}: {told}", **where)
    return UnexpectedAnswer(f"{template} answered {reply.status}: {told}", **where)


def _message(reply: Reply) -> str:
    """Return what a refusal says: `message` may be a text or an object, `error_description` comes with scopes."""
    try:
        data = orjson.loads(reply.body)
    except orjson.JSONDecodeError:
        return f"status {reply.status}"
    told = (
        (data.get("error_description") or data.get("message") or data.get("error")) if isinstance(data, dict) else None
    )
    return str(told)[:300] if told else f"status {reply.status}"
