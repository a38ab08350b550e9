"""The HTTP facade alone: what it sends again, what it refuses, and what it never tells."""

import asyncio
from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from pipewarden.errors import ConfigError, UnexpectedAnswer, Unreachable
from pipewarden.http.client import MOST_BYTES, Http, Reply, shown, too_deep

JSON = {"content-type": "application/json; charset=utf-8"}


class Waiting:
    """A clock on which sleeping takes no time of ours."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    def now(self) -> float:
        return sum(self.slept)

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


def ask(answer: Callable[[httpx2.Request], httpx2.Response], url: str = "/x", **more: Any) -> tuple[Reply, Http]:
    """Send one request to a server that answers so."""

    async def run() -> tuple[Reply, Http]:
        http = Http("https://api.example", transport=httpx2.MockTransport(answer), clock=Waiting())
        try:
            return await http.send("GET", url, template="/x", **more), http
        finally:
            await http.close()

    return asyncio.run(run())


def replies(*statuses: int) -> Callable[[httpx2.Request], httpx2.Response]:
    """Return a server that answers with one status after the other."""
    left = list(statuses)
    return lambda _: httpx2.Response(left.pop(0), headers=JSON, content=b"[]")


def test_an_answer_is_returned_whatever_its_status() -> None:
    for status in (200, 304, 401, 403, 404, 410, 422, 429):
        reply, http = ask(replies(status))
        assert (reply.status, http.counters.total, http.counters.retries) == (status, 1, 0)


def test_a_server_that_fails_is_asked_again_and_waited_for_longer_each_time() -> None:
    reply, http = ask(replies(502, 500, 503, 200))
    assert reply.status == 200
    assert http.counters.requests == {"/x": 4}
    assert isinstance(http.clock, Waiting)
    assert http.clock.slept == [1.0, 2.0, 4.0]
    assert http.limit.waited_seconds == 7.0


def test_a_server_that_keeps_failing_is_given_up_with_its_status() -> None:
    with pytest.raises(Unreachable, match=r"api\.example/x keeps failing with 502") as told:
        ask(replies(502, 502, 502, 502))
    assert (told.value.status, told.value.endpoint) == (502, "/x")


def test_what_the_caller_handles_itself_is_not_sent_again() -> None:
    reply, http = ask(replies(502), retried=frozenset())
    assert (reply.status, http.counters.total) == (502, 1)


def test_a_broken_connection_is_tried_again_then_told_with_what_to_look_at() -> None:
    tried = []

    def broken(request: httpx2.Request) -> httpx2.Response:
        tried.append(request)
        if len(tried) < 3:
            raise httpx2.ConnectError("no route to host")
        return httpx2.Response(200, headers=JSON, content=b"[]")

    assert ask(broken)[0].status == 200

    def dead(request: httpx2.Request) -> httpx2.Response:
        raise httpx2.ConnectTimeout("")

    with pytest.raises(Unreachable, match="does not answer: ConnectTimeout") as told:
        ask(dead)
    assert "HTTPS_PROXY" in told.value.hint


@pytest.mark.parametrize(
    "url",
    [
        "https://mallory.example/x", "http://api.example/x", "https://api.example:8443/x", "https://api.example.mallory.example/x",
        "https://api.example@mallory.example/x",
    ],
)  # fmt: skip
def test_nothing_is_sent_to_another_host(url: str) -> None:
    def never(request: httpx2.Request) -> httpx2.Response:
        raise AssertionError(request.url)

    with pytest.raises(UnexpectedAnswer, match="pointed to another host"):
        ask(never, url)


@pytest.mark.parametrize("url", ["https://api.example:port/x", "https://api.example:99999/x", "https://[api.example/x"])
def test_a_link_that_is_no_address_is_a_sentence(url: str) -> None:
    with pytest.raises(UnexpectedAnswer, match="pointed to what is no address"):
        ask(replies(200), url)


def test_the_same_host_in_other_letters_or_with_its_port_is_the_same() -> None:
    for url in ("https://API.example/y", "https://api.example:443/y", "y", "/y"):
        reply, _ = ask(replies(200), url)
        assert reply.url.lower().endswith("/y")


def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    def away(request: httpx2.Request) -> httpx2.Response:
        assert request.url.host == "api.example"
        return httpx2.Response(302, headers={"location": "https://mallory.example/"})

    reply, http = ask(away)
    assert (reply.status, http.counters.total) == (302, 1)


def test_a_body_without_end_is_not_read_to_it() -> None:
    given = 0

    async def endless() -> Any:
        nonlocal given
        while True:
            given += 2**20
            yield b"x" * 2**20

    with pytest.raises(UnexpectedAnswer, match="more than 32 MiB"):
        ask(lambda _: httpx2.Response(200, headers=JSON, content=endless()))
    assert given <= MOST_BYTES + 2 * 2**20


@pytest.mark.parametrize(
    ("kind", "body", "says"),
    [
        ("text/html", b"<html>sign in</html>", "answered with HTML instead of JSON"),
        ("", b"{}", "no content type"),
        ("application/json", b'{"a": ', "broken JSON"),
        ("application/json", b'{"a": NaN}', "broken JSON"),
        ("application/json", b"\xff\xfe", "broken JSON"),
        ("application/json", b"[" * 101 + b"]" * 101, "nested too deeply"),
        ("application/json", b"[" * 900_000 + b"]" * 900_000, "nested too deeply|broken JSON"),
    ],
)
def test_what_is_no_json_is_said_and_what_it_is(kind: str, body: bytes, says: str) -> None:
    reply = Reply(200, {"content-type": kind} if kind else {}, body, "https://api.example/x?token=hidden")
    with pytest.raises(UnexpectedAnswer, match=says) as told:
        reply.json()
    assert "hidden" not in str(told.value)


def test_json_of_a_hundred_levels_is_read() -> None:
    assert Reply(200, JSON, b"[" * 100 + b"]" * 100, "").json()
    assert not too_deep({"a": [{"b": 1}]}, 3)
    assert too_deep({"a": [{"b": 1}]}, 2)


def test_a_url_is_told_without_what_it_may_hide() -> None:
    assert shown("https://bob:hidden@api.example:8443/a/b?token=hidden#c") == "https://api.example:8443/a/b"
    assert shown("/a/b?token=hidden") == "/a/b"


@pytest.mark.parametrize("url", ["ftp://api.example", "api.example", "https://", "file:///etc/passwd"])
def test_only_an_address_of_an_api_is_one(url: str) -> None:
    with pytest.raises(ConfigError, match="is not an address"):
        Http(url)


def test_a_token_never_travels_in_the_clear_but_on_this_machine() -> None:
    with pytest.raises(ConfigError, match=r"http://api\.example is not encrypted"):
        Http("http://api.example")
    for host in ("127.0.0.1:80", "localhost", "[::1]:80"):
        asyncio.run(Http(f"http://{host}").close())


def test_no_more_requests_run_at_once_than_allowed() -> None:
    running, most = 0, 0

    async def slow(_: httpx2.Request) -> httpx2.Response:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0)
        running -= 1
        return httpx2.Response(200, headers=JSON, content=b"[]")

    async def run() -> None:
        http = Http("https://api.example", transport=httpx2.MockTransport(slow), concurrency=3)
        await asyncio.gather(*(http.send("GET", f"/{n}", template="/x") for n in range(30)))
        await http.close()

    asyncio.run(run())
    assert most == 3
