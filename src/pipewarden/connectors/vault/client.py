"""Speaks with one vault: reads and lists, keeps to its limits, and tells each refusal apart.

https://openbao.org/api-docs/
"""

from collections.abc import Mapping
from typing import Any

import orjson

from pipewarden.connectors.spending import Spending
from pipewarden.errors import (
    AccessDenied,
    CredentialError,
    NotFound,
    RateLimited,
    SourceError,
    UnexpectedAnswer,
    Unreachable,
)
from pipewarden.http.client import Http, Reply
from pipewarden.http.limit import retry_after
from pipewarden.http.secrets import Secret

WAIT_SECONDS = 1.0
"""How long we wait after a 429 that names no time, and twice as long each time: a quota's interval is a second unless set."""
PATIENCE_SECONDS = 300.0
MOST_REDIRECTS = 3


class Vault(Spending):
    """One vault and the token that reads it."""

    def __init__(self, http: Http, token: Secret, *, budget: int = 0, namespace: str = "", inside: str = "") -> None:
        super().__init__(http, budget)
        self._token = token
        self._namespace = namespace
        self._inside = inside

    def within(self, namespace: str) -> "Vault":
        """Return the same vault asked inside a namespace below, such as `team/`: its path goes before all paths.

        https://openbao.org/docs/concepts/namespaces/
        """
        return Vault(self.http, self._token, budget=self._budget, namespace=self._namespace, inside=namespace)

    async def read(self, path: str, *, template: str) -> dict[str, Any]:
        """Return the data of a path. Raises AccessDenied, NotFound, RateLimited, BudgetSpent, Unreachable or UnexpectedAnswer."""
        return self._data(await self._request("GET", path, template), template)

    async def keys(self, path: str, *, template: str) -> list[str]:
        """Return the names below a path; an empty list where there are none.

        A list with nothing in it answers 404 without a word of error.
        https://openbao.org/api-docs/#http-status-codes
        """
        try:
            reply = await self._request("GET", path, template, params={"list": "true"})
        except NotFound as refusal:
            if str(refusal).endswith(NOTHING):
                return []
            raise
        found = self._data(reply, template).get("keys")
        if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
            raise UnexpectedAnswer(f"{template} answered with no list of names", endpoint=template, status=reply.status)
        return list(dict.fromkeys(found))

    async def ask(self, path: str, body: dict[str, Any], *, template: str) -> dict[str, Any]:
        """Return the data of a path that is asked by a body and changes nothing, such as the lookup of an accessor."""
        return self._data(await self._request("POST", path, template, body=orjson.dumps(body)), template)

    def _data(self, reply: Reply, template: str) -> dict[str, Any]:
        found = reply.json()
        data = found.get("data") if isinstance(found, dict) else None
        if not isinstance(data, dict):
            raise UnexpectedAnswer(f"{template} answered with no data", endpoint=template, status=reply.status)
        return data

    async def _request(
        self,
        method: str,
        path: str,
        template: str,
        *,
        params: Mapping[str, Any] | None = None,
        body: bytes | None = None,
    ) -> Reply:
        url, moved, refusals = f"v1/{self._inside}{path}", 0, 0
        while True:
            self._spend(template)
            await self.http.limit.pause()
            headers = {"x-vault-token": self._token.value(), "x-vault-request": "true", "accept": "application/json"}
            if self._namespace:
                headers["x-vault-namespace"] = self._namespace
            reply = await self.http.send(
                method, url, template=template, params=params, headers=headers, content=body, retried=RETRIED
            )
            if reply.status == 200:
                self.http.limit.passed()
                return reply
            if reply.status == 307 and reply.headers.get("location") and moved < MOST_REDIRECTS:
                # a standby points to the active node; the facade follows on our own host alone
                url, params, moved = self.http.pinned(reply.headers["location"]), None, moved + 1
                continue
            if reply.status == 429:
                refusals += 1
                self._wait(reply, template, refusals)
                continue
            raise refusal_of(reply, template)

    def _wait(self, reply: Reply, template: str, refusals: int) -> None:
        """Note how long to wait, as a rate-limit quota says.

        https://openbao.org/api-docs/system/rate-limit-quotas/
        """
        self.http.limit.refused(
            reply.window,
            retry_after(reply.headers, self.http.clock.now()),
            blind=WAIT_SECONDS,
            patience=PATIENCE_SECONDS,
            refusals=refusals,
            who="the vault",
            endpoint=template,
        )

    async def whoami(self) -> dict[str, Any]:
        """Return what the vault knows of our own token. Raises CredentialError where it is not accepted."""
        if self._inside:  # a token is looked up where it was made
            return await self.within("").whoami()
        try:
            return await self.read("auth/token/lookup-self", template="GET /auth/token/lookup-self")
        except AccessDenied as refusal:
            raise CredentialError(
                "the vault does not accept the token",
                hint="Is it expired or revoked? It also needs read on auth/token/lookup-self, which the default policy gives.",
            ) from refusal


RETRIED = frozenset({500, 502, 504})
"""503 is left out: a sealed vault stays sealed until somebody opens it."""

NOTHING = ": nothing is there"


def refusal_of(reply: Reply, template: str) -> SourceError:
    """Return what a refused request means.

    https://openbao.org/api-docs/#http-status-codes
    """
    told = _errors(reply)
    said = f"{template}: {'; '.join(told)[:300]}" if told else f"{template}{NOTHING}"
    match reply.status:
        case 401 | 403:
            return AccessDenied(said if told else f"{template}: not allowed", endpoint=template, status=reply.status)
        case 404:
            return NotFound(said, endpoint=template, status=404)
        case 405:
            return NotFound(f"{template}: not there in this version", endpoint=template, status=405)
        case 429:
            return RateLimited("the vault's request quota stays spent", endpoint=template)
        case 472 | 473:
            return Unreachable(f"{template}: this node is a standby", endpoint=template, status=reply.status)
        case 503:
            return Unreachable("the vault is sealed or down for maintenance", endpoint=template, status=503)
    return UnexpectedAnswer(
        f"{template}: status {reply.status}{': ' + '; '.join(told)[:200] if told else ''}",
        endpoint=template,
        status=reply.status,
    )


def _errors(reply: Reply) -> list[str]:
    try:
        data = orjson.loads(reply.body)
    except orjson.JSONDecodeError:
        return [f"status {reply.status}"]
    found = data.get("errors") if isinstance(data, dict) else None
    return [" ".join(str(each).split()) for each in found] if isinstance(found, list) else [f"status {reply.status}"]
