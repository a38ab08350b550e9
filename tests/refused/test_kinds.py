"""Each way in which answers go wrong, for each system: the reading goes on, or ends in a gap or a clear stop, and says nothing wrong.

What is refused of single facets stands in test_refusals.py, words that nobody heard of and single nulls in test_fields.py.
"""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from unittest.mock import patch
from zlib import crc32

import httpx2
import orjson
import pytest
from msgspec import structs

from pipewarden.errors import PipewardenError
from pipewarden.model.builder import SnapshotBuilder
from pipewarden.model.facts import Origin
from tests.refused.altering import reading
from tests.refused.estate import NOTHING, SYSTEMS
from tests.refused.promise import broken, said
from tests.refused.test_fields import before, seen

Fault = Callable[[int, httpx2.Request, httpx2.Response], httpx2.Response]
"""Given the number of a request, the request and its true answer, returns what arrives."""

ELSEWHERE = "evil.example"
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
LONG = "x" * 10_000_000
TURNS = range(2)
_SLEEP, _SEND = asyncio.sleep, httpx2.AsyncHTTPTransport.handle_async_request


async def _at_once(seconds: float) -> None:
    del seconds
    await _SLEEP(0)


@contextmanager
def faulty(fault: Fault) -> Iterator[list[str]]:
    """Let a fault happen to answers on their way, and collect the hosts that are asked; nobody waits for real."""
    hosts: list[str] = []

    async def handle(self: Any, request: httpx2.Request) -> httpx2.Response:
        hosts.append(request.url.host)
        if request.url.host == ELSEWHERE:
            return httpx2.Response(200, json=[])
        answer = await _SEND(self, request)
        await answer.aread()
        return fault(len(hosts), request, answer)

    with (
        patch.object(httpx2.AsyncHTTPTransport, "handle_async_request", handle),
        patch("asyncio.sleep", _at_once),
    ):
        yield hosts


def collected(system: str, fault: Fault) -> tuple[SnapshotBuilder, list[str]]:
    """Read a system while a fault happens."""
    facts = SnapshotBuilder()
    with SYSTEMS[system](NOTHING) as (_, connectors), faulty(fault) as hosts:
        for each in connectors:
            asyncio.run(each.collect(facts, lambda *_: None))
    return facts, hosts


def wrongs(system: str, fault: Fault) -> list[str]:
    """Return what is said that is not known while a fault happens; a reading that stops says nothing."""
    try:
        facts, hosts = collected(system, fault)
    except PipewardenError:
        return []
    assert ELSEWHERE not in hosts
    return list(broken(said(seen(system, facts)), before(system)))


# --- what passes ------------------------------------------------------------------------------------------


def _now_and_then(status: int, **headers: str) -> Fault:
    """Return what answers every seventh request with a failure; what is asked again is answered."""
    failed: set[tuple[str, bytes]] = set()

    def fault(number: int, request: httpx2.Request, answer: httpx2.Response) -> httpx2.Response:
        key = (str(request.url), request.content)
        if number % 7 or key in failed or _is_login(request):
            return answer
        failed.add(key)
        return httpx2.Response(status, headers=headers, text="not now")

    return fault


def _is_login(request: httpx2.Request) -> bool:
    return request.method == "POST" and ("token" in request.url.path and "graphql" not in request.url.path)


PASSING = {
    "429 with Retry-After": lambda: _now_and_then(429, **{"retry-after": "1"}),
    "429 without Retry-After": lambda: _now_and_then(429),
    "500": lambda: _now_and_then(500),
    "502": lambda: _now_and_then(502),
}


def _undated(facts: SnapshotBuilder) -> dict[Any, Any]:
    """Return the facts without when each was read: whoever waits reads later."""
    parts = (facts._entities, facts._memberships, facts._grants, facts._records)
    return {
        key: structs.replace(fact, origin=Origin(endpoint=fact.origin.endpoint, fetched_at=NOON))
        for part in parts
        for key, fact in part.items()  # type: ignore[attr-defined]
    }


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("kind", PASSING)
def test_what_passes_is_waited_for_and_changes_nothing(system: str, kind: str) -> None:
    facts, _ = collected(system, PASSING[kind]())
    assert _undated(facts) == _undated(reading(system).plain)


def test_a_limit_that_is_met_while_an_app_signs_in_is_waited_for_and_is_no_refusal_of_the_app() -> None:
    met: set[str] = set()

    def fault(_: int, request: httpx2.Request, answer: httpx2.Response) -> httpx2.Response:
        path = request.url.path
        if path in met or not path.endswith(("/installation", "/access_tokens")):
            return answer
        met.add(path)
        return httpx2.Response(429, text="not now")

    facts, _ = collected("github", fault)
    assert len({path.rpartition("/")[2] for path in met}) == 2
    assert _undated(facts) == _undated(reading("github").plain)


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_credential_that_ends_in_the_middle_is_a_clear_stop(system: str) -> None:
    _, hosts = collected(system, lambda _, __, answer: answer)

    def fault(number: int, _: httpx2.Request, answer: httpx2.Response) -> httpx2.Response:
        return httpx2.Response(401, json={"message": "Bad credentials"}) if number > len(hosts) // 2 else answer

    with pytest.raises(PipewardenError):
        collected(system, fault)


# --- answers that are none ----------------------------------------------------------------------------------


def _with_body(answer: httpx2.Response, body: Any, **headers: str) -> httpx2.Response:
    kept = {k: v for k, v in answer.headers.items() if k.lower() not in {"content-length", "transfer-encoding", "etag"}}
    content = body if isinstance(body, bytes) else orjson.dumps(body)
    return httpx2.Response(answer.status_code, headers={**kept, **headers}, content=content)


def _json(answer: httpx2.Response) -> Any:
    is_json = answer.status_code == 200 and "json" in answer.headers.get("content-type", "")
    return orjson.loads(answer.content) if is_json and answer.content else None


def _every(step: int, change: Callable[[httpx2.Request, httpx2.Response], httpx2.Response], turn: int = 0) -> Fault:
    """Return what changes one of so many answers: by what is asked, for answers overtake one another; each turn others."""

    def fault(_: int, request: httpx2.Request, answer: httpx2.Response) -> httpx2.Response:
        asked = crc32(b"%d %s " % (turn, request.method.encode()) + request.url.raw_path + request.content)
        return answer if asked % step or _is_login(request) or _json(answer) is None else change(request, answer)

    return fault


def _truncated(_: httpx2.Request, answer: httpx2.Response) -> httpx2.Response:
    return _with_body(answer, answer.content[: len(answer.content) * 2 // 3])


def _html(_: httpx2.Request, answer: httpx2.Response) -> httpx2.Response:
    return _with_body(answer, b"<html><body>Sign in</body></html>", **{"content-type": "text/html"})


def _walked(value: Any, change: Callable[[str, Any], Any], key: str = "") -> Any:
    if isinstance(value, dict):
        return {k: _walked(v, change, k) for k, v in value.items()}
    if isinstance(value, list):
        return [_walked(each, change, key) for each in value]
    return change(key, value)


def _nulls(_: httpx2.Request, answer: httpx2.Response) -> httpx2.Response:
    return _with_body(answer, _walked(_json(answer), lambda *_: None))


def _long(_: httpx2.Request, answer: httpx2.Response) -> httpx2.Response:
    done: list[str] = []

    def change(key: str, value: Any) -> Any:
        if done or not isinstance(value, str) or key not in {"description", "displayName", "label", "title"}:
            return value
        done.append(key)
        return LONG

    return _with_body(answer, _walked(_json(answer), change))


def _doubled(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _doubled(v) for k, v in value.items()}
    if isinstance(value, list):
        rows = [_doubled(each) for each in value]
        return [*rows, *rows] if rows and all(isinstance(each, dict) and "id" in each for each in rows) else rows
    return value


def _twice(_: httpx2.Request, answer: httpx2.Response) -> httpx2.Response:
    return _with_body(answer, _doubled(_json(answer)))


def _leading(to: Callable[[httpx2.Request], str]) -> Callable[[httpx2.Request, httpx2.Response], httpx2.Response]:
    """Return what leads every list on to another page: by a header, or in the answer."""

    def change(request: httpx2.Request, answer: httpx2.Response) -> httpx2.Response:
        body, link = _json(answer), to(request)
        if isinstance(body, dict) and isinstance(body.get("value"), list):
            body["@odata.nextLink"] = link
        if isinstance(body, dict) and "data" in body and ELSEWHERE not in link:
            body = _with_more(body)
        return _with_body(answer, body, link=f'<{link}>; rel="next"', **{"x-next-page": "2"})

    return change


def _with_more(value: Any) -> Any:
    if isinstance(value, dict):
        more = {k: _with_more(v) for k, v in value.items()}
        return {**more, "hasNextPage": True, "endCursor": "again"} if "hasNextPage" in more else more
    return [_with_more(each) for each in value] if isinstance(value, list) else value


ODD: dict[str, tuple[int, Callable[[httpx2.Request, httpx2.Response], httpx2.Response]]] = {
    "truncated JSON": (3, _truncated),
    "HTML instead of JSON": (3, _html),
    "nulls everywhere": (4, _nulls),
    "10 MB names": (5, _long),
    "duplicate rows": (1, _twice),
    "an endless next-link": (1, _leading(lambda request: str(request.url))),
    "a next-link to another host": (1, _leading(lambda request: f"https://{ELSEWHERE}{request.url.path}")),
}


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("kind", ODD)
def test_an_answer_that_is_none_ends_in_gaps_or_a_clear_stop(system: str, kind: str) -> None:
    step, change = ODD[kind]
    for turn in TURNS if step > 1 else TURNS[:1]:
        assert wrongs(system, _every(step, change, turn)) == []


TOGETHER = (
    ("gitlab", ("/api/v4/groups/10",)),
    ("gitlab", ("/api/v4/groups/20",)),
    ("gitlab", ("/api/v4/groups/10/descendant_groups", "/api/v4/groups/11")),
    ("gitlab", ("/api/v4/users", "/api/v4/projects/101/access_tokens")),
    ("gitlab", ("/api/v4/users", "/api/v4/groups/11/members")),
    ("okta", ("/api/v1/iam/assignees/users", "/api/v1/groups/00g00000000000000015/roles")),
    ("github", ("/orgs/acme/audit-log",)),
    ("github", ("/orgs/acme/actions/permissions/workflow", "/repos/acme/api/actions/permissions/workflow")),
)
"""Answers that said something wrong once where each of them was nothing but nulls."""


@pytest.mark.parametrize(("system", "paths"), TOGETHER)
def test_answers_that_are_nulls_together_say_nothing_known(system: str, paths: tuple[str, ...]) -> None:
    met: set[str] = set()

    def fault(_: int, request: httpx2.Request, answer: httpx2.Response) -> httpx2.Response:
        if request.url.path not in paths or _json(answer) is None:
            return answer
        met.add(request.url.path)
        return _nulls(request, answer)

    assert wrongs(system, fault) == []
    assert met == set(paths)
