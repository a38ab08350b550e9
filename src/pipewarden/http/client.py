"""One request, safely: the host is pinned, the body capped, the answer checked, every refusal one of our errors."""

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import httpx2
import orjson

from pipewarden import __version__
from pipewarden.errors import ConfigError, UnexpectedAnswer, Unreachable
from pipewarden.http.clock import Clock, SystemClock
from pipewarden.http.limit import Limit, retry_after
from pipewarden.http.trust import authorities

MOST_BYTES = 32 * 1024 * 1024
"""Larger bodies are refused: no page of any documented endpoint comes near."""

MOST_DEPTH = 100
"""Deeper JSON is refused."""

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})

RETRIED = frozenset({500, 502, 503, 504})
TRIES = 4
FIRST_WAIT_SECONDS = 1.0
MOST_WAIT_SECONDS = 300.0
"""The longest Retry-After of a failing server that is obeyed."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: its status, headers in lower case, and body."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str
    window: int = 0
    """After how many waits for a limit it was asked for."""

    def json(self) -> Any:
        """Return the body as JSON. Raises UnexpectedAnswer where it is something else, or nested too deeply."""
        kind = self.headers.get("content-type", "")
        if "json" not in kind:
            what = "HTML" if "html" in kind else kind or "no content type"
            raise UnexpectedAnswer(
                f"{shown(self.url)} answered with {what} instead of JSON",
                hint="Is this the API's address, and not a proxy or a sign-in page?",
                endpoint=shown(self.url),
                status=self.status,
            )
        try:
            data = orjson.loads(self.body)
        except orjson.JSONDecodeError:
            raise UnexpectedAnswer(
                f"{shown(self.url)} answered with broken JSON", endpoint=shown(self.url), status=self.status
            ) from None
        if too_deep(data):
            raise UnexpectedAnswer(f"{shown(self.url)} answered with JSON nested too deeply", endpoint=shown(self.url))
        return data


def too_deep(data: Any, most: int = MOST_DEPTH) -> bool:
    """Tell whether a JSON value is nested deeper than `most`."""
    level = [data]
    for _ in range(most):
        below: list[Any] = []
        for value in level:
            if isinstance(value, dict):
                below.extend(v for v in value.values() if isinstance(v, (dict, list)))
            elif isinstance(value, list):
                below.extend(v for v in value if isinstance(v, (dict, list)))
        if not below:
            return False
        level = below
    return True


def shown(url: str) -> str:
    """Return a URL as it may be told: without query, user or password."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{host}{port}{parts.path}" if host else parts.path


@dataclass
class Counters:
    """What a run has spent."""

    requests: dict[str, int] = field(default_factory=dict)
    unchanged: int = 0
    bytes: int = 0
    retries: int = 0

    @property
    def total(self) -> int:
        """All requests sent."""
        return sum(self.requests.values())


class Http:
    """Sends requests to one host. Knows nothing of any provider; limits are the caller's."""

    def __init__(
        self,
        base_url: str,
        *,
        concurrency: int = 20,
        timeout_seconds: float = 30.0,
        transport: httpx2.AsyncBaseTransport | None = None,
        clock: Clock | None = None,
    ) -> None:
        parts = urlsplit(base_url)
        if parts.scheme not in {"https", "http"} or not parts.hostname:
            raise ConfigError(
                f"{base_url} is not an address of an API", hint="Give https://HOST, or a loopback address."
            )
        if parts.scheme == "http" and parts.hostname not in LOOPBACK:
            raise ConfigError(
                f"{shown(base_url)} is not encrypted", hint="Use https://; tokens never travel in the clear."
            )
        self.base_url = base_url.rstrip("/")
        self.clock = clock or SystemClock()
        self.counters = Counters()
        self.limit = Limit(self.clock)
        self._origin = _origin(base_url)
        self._slots = asyncio.Semaphore(concurrency)
        try:
            self._client = httpx2.AsyncClient(
                verify=authorities(),
                timeout=httpx2.Timeout(timeout_seconds),
                transport=transport,
                follow_redirects=False,
                limits=httpx2.Limits(max_connections=concurrency, max_keepalive_connections=concurrency),
                headers={"user-agent": f"pipewarden/{__version__}"},
            )
        except (httpx2.InvalidURL, ValueError):
            raise ConfigError(
                "the proxy of the environment cannot be used",
                hint="HTTPS_PROXY is written http://HOST:PORT; NO_PROXY lists hosts that need none.",
            ) from None

    async def close(self) -> None:
        """Close all connections."""
        await self._client.aclose()

    def pinned(self, url: str) -> str:
        """Return an absolute URL on our host. Raises UnexpectedAnswer where it leads anywhere else.

        A next-link or redirect to another host would hand our token to that host.
        """
        absolute = url if "://" in url else f"{self.base_url}/{url.lstrip('/')}"
        try:
            ours = _origin(absolute) == self._origin
        except ValueError:  # a port that is none, brackets that do not close
            raise UnexpectedAnswer(
                f"{shown(self.base_url)} pointed to what is no address; it was not followed",
                hint="A server that does this is broken or hostile.",
                endpoint=shown(self.base_url),
            ) from None
        if not ours:
            raise UnexpectedAnswer(
                f"{shown(self.base_url)} pointed to another host, {urlsplit(absolute).hostname}; it was not followed",
                hint="A server that does this is broken or hostile.",
                endpoint=shown(absolute),
            )
        return absolute

    async def send(
        self,
        method: str,
        url: str,
        *,
        template: str,
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
        retried: frozenset[int] = RETRIED,
    ) -> Reply:
        """Send one request, again after 5xx answers (as late as they ask) and broken connections; return the answer.

        Raises Unreachable where nothing answered or it kept failing, UnexpectedAnswer where the body was too large.
        """
        absolute = self.pinned(url)
        wait = FIRST_WAIT_SECONDS
        for attempt in range(1, TRIES + 1):
            try:
                async with self._slots:
                    await self.limit.pause()
                    reply = await self._once(method, absolute, template, params, headers, content)
            except httpx2.RequestError as fault:
                if _untrusted(fault):
                    raise Unreachable(
                        f"{shown(absolute)} shows a certificate that is not trusted: {_told(fault)}",
                        hint="Name the file of your company's certificate authority in SSL_CERT_FILE.",
                        endpoint=template,
                    ) from None
                if attempt == TRIES:
                    raise Unreachable(
                        f"{shown(absolute)} does not answer: {_told(fault)}",
                        hint="Check the network, the proxy (HTTPS_PROXY) and the certificates (SSL_CERT_FILE).",
                        endpoint=template,
                    ) from None
            else:
                if reply.status not in retried:
                    return reply
                if attempt == TRIES:
                    raise Unreachable(
                        f"{shown(absolute)} keeps failing with {reply.status}", endpoint=template, status=reply.status
                    )
                asked = retry_after(reply.headers, self.clock.now())
                wait = max(wait, min(asked or 0.0, MOST_WAIT_SECONDS))
            self.counters.retries += 1
            await self.limit.wait(wait)
            wait *= 2
        raise AssertionError("unreachable")

    async def _once(
        self,
        method: str,
        url: str,
        template: str,
        params: Mapping[str, Any] | None,
        headers: Mapping[str, str] | None,
        content: bytes | None,
    ) -> Reply:
        window = self.limit.window
        self.counters.requests[template] = self.counters.requests.get(template, 0) + 1
        async with self._client.stream(method, url, params=params, headers=headers, content=content) as answer:
            parts, size = [], 0
            async for part in answer.aiter_bytes():
                size += len(part)
                if size > MOST_BYTES:
                    raise UnexpectedAnswer(
                        f"{shown(url)} answered with more than {MOST_BYTES // 2**20} MiB; it was not read",
                        endpoint=template,
                        status=answer.status_code,
                    )
                parts.append(part)
            self.counters.bytes += size
            lowered = {key.lower(): value for key, value in answer.headers.items()}
            return Reply(answer.status_code, lowered, b"".join(parts), str(answer.url), window)


def _origin(url: str) -> tuple[str, str, int]:
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    return parts.scheme, (parts.hostname or "").lower(), port


def _untrusted(fault: BaseException) -> bool:
    """Tell whether a certificate was the reason: asking again does not change it."""
    seen: BaseException | None = fault
    while seen is not None:
        if isinstance(seen, ssl.SSLCertVerificationError):
            return True
        seen = seen.__cause__ or seen.__context__
    return False


def _told(fault: Exception) -> str:
    text = str(fault).splitlines()[0] if str(fault) else ""
    return text[:200] or type(fault).__name__
