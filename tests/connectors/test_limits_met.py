"""A limit that many requests in flight meet at once is waited for by all of them, and every request is answered in the end."""

import asyncio
from collections.abc import Awaitable, Callable

import httpx2
import pytest

from pipewarden.connectors.entra.auth import ClientCredentials
from pipewarden.connectors.entra.client import Graph
from pipewarden.connectors.entra.hosts import addresses as entra_addresses
from pipewarden.connectors.github.auth import Token as GitHubToken
from pipewarden.connectors.github.client import GitHub
from pipewarden.connectors.github.hosts import addresses
from pipewarden.connectors.gitlab.client import GitLab
from pipewarden.connectors.jenkins.client import Jenkins
from pipewarden.connectors.okta.auth import Token as OktaToken
from pipewarden.connectors.okta.client import Okta
from pipewarden.connectors.vault.client import Vault
from pipewarden.errors import RateLimited
from pipewarden.http.client import Http
from pipewarden.http.secrets import FixedSecret

WINDOW_SECONDS = 60.0
PER_WINDOW = 50
REQUESTS = 300
IN_FLIGHT = 20
BASE = "https://api.example"
SECRET = FixedSecret("not a secret")


class Story:
    """A clock that goes on only when somebody waits, to where the last of them waits."""

    def __init__(self) -> None:
        self.time = 1_000_000.0

    def now(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        end = self.time + seconds
        await asyncio.sleep(0)
        self.time = max(self.time, end)


class Windowed(httpx2.AsyncBaseTransport):
    """Answers so many requests in each window, and refuses the rest as vendors do."""

    def __init__(self, clock: Story, told: str, per_window: int) -> None:
        self.clock, self.told, self.per_window = clock, told, per_window
        self.begun, self.sent, self.refused = clock.now(), 0, 0

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        if request.url.path.endswith("/token"):
            return httpx2.Response(200, json={"access_token": "x", "expires_in": 3_600_000, "token_type": "Bearer"})
        await asyncio.sleep(0)
        now = self.clock.now()
        if now - self.begun >= WINDOW_SECONDS:
            self.begun, self.sent = now, 0
        self.sent += 1
        if self.sent <= self.per_window:
            return httpx2.Response(200, json={"data": {}, "value": []})
        self.refused += 1
        over = int(self.begun + WINDOW_SECONDS)
        headers = {
            "retry-after": {"retry-after": str(int(over - now) + 1)},
            "reset": {"x-rate-limit-reset": str(over), "ratelimit-reset": str(over), "x-ratelimit-reset": str(over), "x-ratelimit-remaining": "0"},
            "nothing": {},
        }[self.told]  # fmt: skip
        return httpx2.Response(429, json={"message": "too many"}, headers=headers)


Ask = Callable[[int], Awaitable[object]]


def github(http: Http) -> Ask:
    client = GitHub(http, addresses("github.com", BASE), token=GitHubToken(SECRET))
    return lambda n: client.get(f"/x/{n}", template="/x")


def gitlab(http: Http) -> Ask:
    client = GitLab(http, SECRET)
    return lambda n: client.get(f"/x/{n}", template="/x")


def okta(http: Http) -> Ask:
    client = Okta(http, OktaToken(SECRET))
    return lambda n: client.get(f"/x/{n}", template="/x")


def entra(http: Http) -> Ask:
    client = Graph(http, ClientCredentials(http, entra_addresses(api=BASE), "acme", "reader", SECRET))
    return lambda n: client.get(f"/x/{n}", template="/x")


def jenkins(http: Http) -> Ask:
    client = Jenkins(http, "reader", SECRET)
    return lambda n: client.json(f"x/{n}", template="/x")


def vault(http: Http) -> Ask:
    client = Vault(http, SECRET)
    return lambda n: client.read(f"x/{n}", template="/x")


CLIENTS = (github, gitlab, okta, entra, jenkins, vault)


async def asked(make: Callable[[Http], Ask], told: str, per_window: int) -> tuple[Windowed, Http]:
    clock = Story()
    server = Windowed(clock, told, per_window)
    http = Http(BASE, transport=server, clock=clock, concurrency=IN_FLIGHT)
    try:
        ask = make(http)
        await asyncio.gather(*(ask(n) for n in range(REQUESTS)))
    finally:
        await http.close()
    return server, http


@pytest.mark.parametrize("told", ["retry-after", "reset", "nothing"])
@pytest.mark.parametrize("make", CLIENTS, ids=lambda make: make.__name__)
def test_all_requests_are_answered_in_the_end(make: Callable[[Http], Ask], told: str) -> None:
    server, http = asyncio.run(asked(make, told, PER_WINDOW))
    assert server.refused
    if told == "retry-after":
        windows = REQUESTS // PER_WINDOW
        assert server.refused <= IN_FLIGHT * (windows + 1), "what waits for its turn is not sent while all wait"
        assert http.limit.waited_seconds <= windows * (WINDOW_SECONDS + 1), "what all wait for counts once"


@pytest.mark.parametrize("make", CLIENTS, ids=lambda make: make.__name__)
def test_a_limit_that_lets_nothing_through_ends(make: Callable[[Http], Ask]) -> None:
    with pytest.raises(RateLimited):
        asyncio.run(asked(make, "retry-after", 0))
