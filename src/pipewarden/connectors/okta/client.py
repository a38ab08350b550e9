"""Okta's rules of conversation: pages by Link headers, limits by reset times.

https://developer.okta.com/docs/api/#pagination
https://developer.okta.com/docs/reference/rl-best-practices/
"""

import re
from collections.abc import AsyncIterator, Mapping
from typing import Any

import orjson

from pipewarden.connectors.answers import MOST_EMPTY_PAGES
from pipewarden.connectors.base import CredentialRefused
from pipewarden.connectors.okta.auth import Credential
from pipewarden.connectors.okta.shapes import WHOLE, odd_in
from pipewarden.connectors.shapes import leave_out
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

MOST_PAGES = 20_000
"""Beyond this many pages of one list something is wrong on the other side."""

PATIENCE_SECONDS = 900.0
"""The longest wait for a limit: Okta's windows are a minute."""

BLIND_SECONDS = 60.0
"""Without a reset time, wait a whole window, and longer each time."""

_NEXT = re.compile(r'<([^<>]+)>\s*;\s*rel="next"')


class Okta(Spending):
    """Speaks with one Okta organization."""

    def __init__(self, http: Http, credential: Credential, *, budget: int = 0) -> None:
        super().__init__(http, budget)
        self._credential = credential

    async def get(self, path: str, *, template: str, params: Mapping[str, Any] | None = None) -> Any:
        """Return one JSON answer.

        Raises AccessDenied, NotFound, Gone, RateLimited, BudgetSpent, Unreachable or UnexpectedAnswer.
        """
        reply = await self._request(path, template, params)
        return reply.json()

    async def pages(
        self,
        path: str,
        *,
        template: str,
        items: str = "",
        limit: int = 200,
        params: Mapping[str, Any] | None = None,
    ) -> AsyncIterator[Any]:
        """Yield the items of all pages. `items` names the list inside an object answer, whose next-link is in `_links`.

        Follows next-links on our own host only, never the same one twice, and at most MOST_PAGES of them.
        """
        url, query = path, {**(params or {}), **({"limit": limit} if limit else {})}
        seen: set[str] = set()
        before: Any = None
        empty = 0
        for number in range(MOST_PAGES):
            reply = await self._request(url, template, query if number == 0 else None)
            data = reply.json()
            rows = data.get(items) if items and isinstance(data, dict) else data
            if not isinstance(rows, list):
                raise UnexpectedAnswer(f"{template} answered with no list", endpoint=template, status=reply.status)
            if rows and rows == before:
                raise UnexpectedAnswer(f"{template} gave the same page twice", endpoint=template)
            before, empty = rows, 0 if rows else empty + 1
            for row in rows:
                if isinstance(row, dict) and (odd := odd_in(row, template)):
                    if template in WHOLE:
                        raise UnexpectedAnswer(f"{template}: {odd} is not given as it is documented", endpoint=template)
                    leave_out(template, odd)
                    continue
                yield row
            following = _next_link(reply, data)
            if following is None:
                return
            url = self.http.pinned(following)
            if empty > MOST_EMPTY_PAGES:
                raise UnexpectedAnswer(f"{template} gives empty pages without an end", endpoint=template)
            if url in seen:
                raise UnexpectedAnswer(f"{template} leads in a circle", endpoint=template)
            seen.add(url)
        raise UnexpectedAnswer(f"{template} has more than {MOST_PAGES} pages", endpoint=template)

    async def _request(self, url: str, template: str, params: Mapping[str, Any] | None) -> Reply:
        again, refusals = True, 0
        while True:
            self._spend(template)
            await self.http.limit.pause()
            proof = await self._credential.headers("GET", self.http.pinned(url))
            headers = {"accept": "application/json", **proof}
            reply = await self.http.send("GET", url, template=template, params=params, headers=headers)
            if reply.status == 200:
                self.http.limit.passed()
                self._slow_down(reply)
                return reply
            if reply.status == 401 and again:
                again = False
                self._credential.refused()
                continue
            if reply.status == 429:
                refusals += 1
                self._wait_for(reply, refusals)
                continue
            raise _refusal(reply, template)

    def _slow_down(self, reply: Reply) -> None:
        """Wait for the next window where the last request of this one is spent: others share the limit."""
        if reply.headers.get("x-rate-limit-remaining") == "0":
            wait = self._until_reset(reply)
            if wait is not None and wait <= PATIENCE_SECONDS:
                self.http.limit.hold(wait)

    def _until_reset(self, reply: Reply) -> float | None:
        return until(reply.headers.get("x-rate-limit-reset", ""), self.http.clock.now())

    def _wait_for(self, reply: Reply, refusals: int) -> None:
        """Wait until the window is over: by Retry-After, else by the reset time, else a minute and longer each time.

        https://developer.okta.com/docs/reference/rl-best-practices/#check-your-rate-limits-with-okta-s-rate-limit-headers
        """
        after = retry_after(reply.headers, self.http.clock.now())
        self.http.limit.refused(
            reply.window,
            self._until_reset(reply) if after is None else max(1.0, after),
            blind=BLIND_SECONDS,
            patience=PATIENCE_SECONDS,
            refusals=refusals,
            who="Okta",
            hint="Give the token a larger share of the limits, or run again when others ask less.",
            endpoint=shown(reply.url),
        )


def _next_link(reply: Reply, data: Any) -> str | None:
    """Return where the list goes on: a Link header, or `_links.next` within the answer."""
    found = _NEXT.search(reply.headers.get("link", ""))
    if found:
        return found.group(1)
    links = data.get("_links") if isinstance(data, dict) else None
    following = links.get("next") if isinstance(links, dict) else None
    href = following.get("href") if isinstance(following, dict) else None
    return href if isinstance(href, str) and href else None


def _refusal(reply: Reply, template: str) -> SourceError:
    code, told = _error(reply)
    text = f"{template}: {told}" + (f" ({code})" if code else "")
    match reply.status:
        case 401:
            return CredentialRefused(f"Okta does not accept the credential: {told}", endpoint=template, status=401)
        case 403:
            return AccessDenied(text, endpoint=template, status=403)
        case 404:
            return NotFound(text, endpoint=template, status=404)
        case 410:
            return Gone(text, endpoint=template, status=410)
    return UnexpectedAnswer(f"{template} answered {reply.status}: {told}", endpoint=template, status=reply.status)


def _error(reply: Reply) -> tuple[str, str]:
    """Return Okta's error code and summary, without the id of the error, which tells nobody anything."""
    try:
        data = orjson.loads(reply.body)
    except orjson.JSONDecodeError:
        return "", f"status {reply.status}"
    if not isinstance(data, dict):
        return "", f"status {reply.status}"
    return str(data.get("errorCode") or "")[:20], str(data.get("errorSummary") or f"status {reply.status}")[:300]
