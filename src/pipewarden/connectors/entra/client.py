"""Microsoft Graph's rules of conversation: next-links, throttling with and without Retry-After, refusals in words.

https://learn.microsoft.com/en-us/graph/paging
https://learn.microsoft.com/en-us/graph/throttling
"""

from collections.abc import AsyncIterator, Mapping
from typing import Any

import orjson

from pipewarden.connectors.answers import MOST_EMPTY_PAGES, hollow
from pipewarden.connectors.base import CredentialRefused
from pipewarden.connectors.entra.auth import ClientCredentials
from pipewarden.connectors.spending import Spending
from pipewarden.errors import (
    AccessDenied,
    Gone,
    NotFound,
    SourceError,
    UnexpectedAnswer,
)
from pipewarden.http.client import Http, Reply, shown
from pipewarden.http.limit import retry_after

MOST_PAGES = 5_000
"""Beyond this many pages of one list something is wrong on the other side."""

PATIENCE_SECONDS = 900.0
"""The longest wait that is obeyed: Graph's windows are seconds to minutes."""

FIRST_WAIT_SECONDS = 2.0
"""Without Retry-After wait this long, and twice as long each time (conditional access is throttled so)."""

LICENCE_WORDS = ("premium", "license", "licence", "requestfromnonpremiumtenant")
"""How Graph says that a tenant does not have what it is asked about."""


class NotLicensed(AccessDenied):
    """The tenant's licence does not have what was asked for."""


class Graph(Spending):
    """Speaks with Microsoft Graph as one application."""

    def __init__(
        self, http: Http, credential: ClientCredentials, *, login: Http | None = None, budget: int = 0
    ) -> None:
        super().__init__(http, budget)
        self._login = login
        self._credential = credential

    async def close(self) -> None:
        """Close all connections."""
        await self.http.close()
        if self._login is not None:
            await self._login.close()

    async def get(self, path: str, *, template: str = "", params: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Return one object. Raises a SourceError."""
        name = template or path
        data = (await self._request(path, name, params)).json()
        if not isinstance(data, dict):
            raise UnexpectedAnswer(f"{name} answered with no object", endpoint=name)
        return data

    async def pages(
        self, path: str, *, template: str = "", params: Mapping[str, Any] | None = None
    ) -> AsyncIterator[dict[str, Any]]:
        """Yield the objects of all pages; what a page repeats is yielded once.

        Follows next-links on our own host only, never the same one twice, and at most MOST_PAGES of them.
        """
        name, url, query = template or path, path, params
        links: set[str] = set()
        known: set[str] = set()
        empty = 0
        for _ in range(MOST_PAGES):
            data = (await self._request(url, name, query)).json()
            rows = data.get("value") if isinstance(data, dict) else None
            if not isinstance(rows, list):
                raise UnexpectedAnswer(f"{name} answered with no list", endpoint=name)
            empty = 0 if rows else empty + 1
            fresh = [row for row in rows if not isinstance(row, dict) or str(row.get("id")) not in known]
            if rows and not fresh:
                raise UnexpectedAnswer(f"{name} gave the same page twice", endpoint=name)
            for row in fresh:
                if not isinstance(row, dict):
                    raise UnexpectedAnswer(f"{name} answered with a list of no objects", endpoint=name)
                if hollow(row):
                    raise UnexpectedAnswer(
                        f"{name} answered with objects of which all but the id is null", endpoint=name
                    )
                if row.get("id") is not None:
                    known.add(str(row["id"]))
                yield row
            after = data.get("@odata.nextLink")
            if not after:
                return
            url, query = self.http.pinned(str(after)), None
            if empty > MOST_EMPTY_PAGES:
                raise UnexpectedAnswer(f"{name} gives empty pages without an end", endpoint=name)
            if url in links:
                raise UnexpectedAnswer(f"{name} leads in a circle", endpoint=name)
            links.add(url)
        raise UnexpectedAnswer(f"{name} has more than {MOST_PAGES} pages", endpoint=name)

    async def _request(self, url: str, template: str, params: Mapping[str, Any] | None) -> Reply:
        again, refusals = True, 0
        while True:
            self._spend()
            await self.http.limit.pause()
            headers = {"accept": "application/json", "authorization": await self._credential.header()}
            reply = await self.http.send("GET", url, template=template, params=params, headers=headers)
            if reply.status == 200:
                self.http.limit.passed()
                return reply
            if reply.status == 401 and again:
                again = False
                self._credential.refused()
                continue
            if reply.status == 429:
                refusals += 1
                self._limited(reply, refusals)
                continue
            raise refusal(reply, template)

    def _limited(self, reply: Reply, refusals: int) -> None:
        """Note how long to wait: Retry-After, else a moment and longer each time."""
        self.http.limit.refused(
            reply.window,
            retry_after(reply.headers, self.http.clock.now()),
            blind=FIRST_WAIT_SECONDS,
            patience=PATIENCE_SECONDS,
            refusals=refusals,
            who="Microsoft Graph",
            endpoint=shown(reply.url),
        )


def refusal(reply: Reply, template: str) -> SourceError:
    """Return the error that an answer is; what a licence lacks is told apart from what a permission lacks."""
    code, told = _message(reply)
    where: dict[str, Any] = {"endpoint": template, "status": reply.status}
    text = f"{code} {told}".lower()
    match reply.status:
        case 401:
            return CredentialRefused(f"Graph does not accept the credential: {told}", **where)
        case 400 | 403 if any(word in text for word in LICENCE_WORDS):
            return NotLicensed(f"{template}: {told}", **where)
        case 403:
            return AccessDenied(f"{template}: {told}", **where)
        case 404:
            return NotFound(f"{template}: {told}", **where)
        case 410:
            return Gone(f"{template}: {told}", **where)
    return UnexpectedAnswer(f"{template} answered {reply.status}: {told}", **where)


def _message(reply: Reply) -> tuple[str, str]:
    try:
        data = orjson.loads(reply.body)
    except orjson.JSONDecodeError:
        return "", f"status {reply.status}"
    error = data.get("error") if isinstance(data, dict) else None
    if not isinstance(error, dict):
        return "", f"status {reply.status}"
    code, told = str(error.get("code") or ""), str(error.get("message") or "")
    return code, (told or code or f"status {reply.status}").splitlines()[0][:300]
