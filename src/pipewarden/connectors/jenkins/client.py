"""Speaks with one Jenkins controller: Basic authentication, refusals, limits of a proxy before it, pages by range.

https://www.jenkins.io/doc/book/using/remote-access-api/
"""

from base64 import b64encode
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote

from pipewarden.connectors.base import CredentialRefused
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
from pipewarden.http.secrets import Secret

PAGE = 100
MOST_PAGES = 5_000
"""Beyond this many pages of one list something is wrong on the other side."""

PATIENCE_SECONDS = 3_900.0
LIMITED_SECONDS = 10.0
"""Jenkins itself has no limits; a proxy's 429 without Retry-After is waited for, longer each time."""


def item_path(full_name: str) -> str:
    """Return the path of a job or folder: `web/deploy-web` is at `job/web/job/deploy-web`."""
    return "/".join(f"job/{quote(part, safe='')}" for part in full_name.split("/") if part)


class Jenkins(Spending):
    """Reads one controller as one user; asks some things as nobody, on purpose."""

    def __init__(self, http: Http, user: str, token: Secret, *, budget: int = 0) -> None:
        super().__init__(http, budget)
        self._user = user
        self._token = token
        self.version = ""

    async def json(self, path: str, *, template: str, anonymous: bool = False, **params: Any) -> Any:
        """Return one JSON answer. Raises a SourceError for every refusal."""
        return (await self._request("GET", path, template, params, anonymous=anonymous)).json()

    async def body(self, path: str, *, template: str, method: str = "GET", anonymous: bool = False) -> bytes:
        """Return an answer that is not JSON. Raises a SourceError for every refusal."""
        reply = await self._request(method, path, template, {}, anonymous=anonymous)
        if "html" in reply.headers.get("content-type", "") and not anonymous:
            raise UnexpectedAnswer(
                f"{template} answered with HTML", hint="Is a sign-in page before Jenkins?", endpoint=template
            )
        return reply.body

    async def ranges(self, path: str, tree: str, items: str, *, template: str, **params: Any) -> AsyncIterator[Any]:
        """Yield the items of a list, range by range: `tree=jobs[name]{0,100}` is what Jenkins has for pages.

        A server that answers the same range again and again is told from a long list by its first item.
        """
        first: Any = None
        for number in range(MOST_PAGES):
            start = number * PAGE
            data = await self.json(path, template=template, tree=f"{tree}{{{start},{start + PAGE}}}", **params)
            rows = data.get(items) if isinstance(data, dict) else None
            if not isinstance(rows, list):
                raise UnexpectedAnswer(f"{template} answered with no list of {items}", endpoint=template)
            if number and rows and rows[0] == first:
                raise UnexpectedAnswer(f"{template} gave the same page twice", endpoint=template)
            first = rows[0] if rows and number == 0 else first
            for row in rows:
                yield row
            if len(rows) < PAGE:
                return
            if len(rows) > PAGE:
                raise UnexpectedAnswer(f"{template} does not keep to the range asked for", endpoint=template)
        raise UnexpectedAnswer(f"{template} has more than {MOST_PAGES} pages", endpoint=template)

    async def _request(
        self, method: str, path: str, template: str, params: dict[str, Any], *, anonymous: bool
    ) -> Reply:
        refusals = 0
        while True:
            self._spend()
            await self.http.limit.pause()
            headers = {"accept": "application/json, application/xml, text/yaml, */*"}
            if not anonymous:
                pair = f"{self._user}:{self._token.value()}".encode()
                headers["authorization"] = f"Basic {b64encode(pair).decode()}"
            reply = await self.http.send(method, path, template=template, params=params or None, headers=headers)
            self.version = reply.headers.get("x-jenkins", self.version)
            if reply.status == 200:
                self.http.limit.passed()
                return reply
            if reply.status == 429:
                refusals += 1
                self._limited(reply, refusals)
                continue
            raise self._refusal(reply, template, anonymous=anonymous)

    def _limited(self, reply: Reply, refusals: int) -> None:
        self.http.limit.refused(
            reply.window,
            retry_after(reply.headers, self.http.clock.now()),
            blind=LIMITED_SECONDS,
            patience=PATIENCE_SECONDS,
            refusals=refusals,
            who="Jenkins, or what stands before it: the",
            endpoint=shown(reply.url),
        )

    def _refusal(self, reply: Reply, template: str, *, anonymous: bool) -> SourceError:
        wants = reply.headers.get("x-required-permission", "")
        where: dict[str, Any] = {"endpoint": template, "status": reply.status}
        hint = f"It requires {wants}." if wants else ""
        match reply.status:
            case 401 if not anonymous:
                return CredentialRefused(f"{template}: Jenkins does not accept the credential", hint=hint, **where)
            case 401 | 403:
                return AccessDenied(f"{template}: refused", hint=hint, **where)
            case 404:
                return NotFound(f"{template}: not found", hint=hint, **where)
            case 410:
                return Gone(f"{template}: gone", hint=hint, **where)
        if 300 <= reply.status < 400:
            return UnexpectedAnswer(
                f"{template} was sent elsewhere ({reply.status})", hint="Is a sign-in page before Jenkins?", **where
            )
        return UnexpectedAnswer(f"{template} answered {reply.status}", hint=hint, **where)
