"""Lists that lead on for ever: by a link or a cursor that is new each time, to the same page or to pages that hold nothing."""

from collections.abc import Callable
from typing import Any
from zlib import crc32

import httpx2
import orjson
import pytest

from pipewarden.model.facts import Gap
from tests.refused.promise import broken, said
from tests.refused.test_fields import before, seen
from tests.refused.test_kinds import Fault, _is_login, _json, _with_body, collected

MOST_REQUESTS = 6_000
"""More than any reading below needs: one that does not end is met here."""
ONE_IN = 6
"""Of the lists that REST gives so many lead on for ever, always the same ones; of GraphQL's all do."""

Leading = Callable[[Any, str], Any]


def _same(value: Any, cursor: str) -> Any:
    """Return an answer in which every connection leads on to a cursor."""
    return _on(value, cursor, empty=False)


def _empty(value: Any, cursor: str) -> Any:
    """Return one in which a connection that was asked for with a cursor holds nothing and leads on."""
    return _on(value, cursor, empty=cursor != "c1")


def _on(value: Any, cursor: str, *, empty: bool) -> Any:
    if isinstance(value, list):
        return [_on(each, cursor, empty=empty) for each in value]
    if not isinstance(value, dict):
        return value
    info = value.get("pageInfo")
    # what lies within a connection has pages of its own, which begin
    inner = ("c1", False) if isinstance(info, dict) else (cursor, empty)
    found = {key: _on(each, inner[0], empty=inner[1]) for key, each in value.items()}
    if isinstance(info, dict):
        found["pageInfo"] = {**info, "hasNextPage": True, "endCursor": cursor}
        found |= {key: [] for key in ("nodes", "edges") if empty and key in found}
    return found


class Endless:
    """Answers every list with a further page; a cursor is `c1`, `c2` and so on, or `again` each time."""

    def __init__(self, change: Leading, *, again: bool = False) -> None:
        self.change, self.again, self.count = change, again, 0
        self.first: dict[bytes, Any] = {}

    def __call__(self, _: int, request: httpx2.Request, answer: httpx2.Response) -> httpx2.Response:
        """Return what arrives in place of an answer."""
        self.count += 1
        assert self.count < MOST_REQUESTS, f"{request.url} has no end"
        if _is_login(request):
            return answer
        return self._graphql(request, answer) if request.url.path.endswith("graphql") else self._rest(request, answer)

    def _graphql(self, request: httpx2.Request, answer: httpx2.Response) -> httpx2.Response:
        asked = orjson.loads(request.content)
        variables = asked.get("variables") or {}
        after = next((str(variables[name]) for name in ("after", "cursor") if variables.get(name)), "")
        kept = {name: value for name, value in variables.items() if name not in {"after", "cursor", "first"}}
        key, body = orjson.dumps([asked["query"], kept]), _json(answer)
        if not after and isinstance(body, dict) and body.get("data"):
            self.first[key] = body
        if key not in self.first:
            return answer
        number = int(after.removeprefix("c") or 0) if after.removeprefix("c").isdigit() or not after else 0
        found = self.change(self.first[key], "again" if self.again else f"c{number + 1}")
        return _with_body(httpx2.Response(200, headers=answer.headers), found)

    def _rest(self, request: httpx2.Request, answer: httpx2.Response) -> httpx2.Response:
        body, path = _json(answer), request.url.path
        if body is None or crc32(path.encode()) % ONE_IN:
            return answer
        number = int(request.url.params.get("again", 0)) + 1
        link = str(request.url if self.again else request.url.copy_set_param("again", str(number)))
        if self.change is _empty and number > 1:
            body = {**body, "value": []} if isinstance(body, dict) and "value" in body else body
            body = [] if isinstance(body, list) else body
        if isinstance(body, dict) and isinstance(body.get("value"), list):
            body["@odata.nextLink"] = link
        return _with_body(answer, body, link=f'<{link}>; rel="next"')


WAYS: dict[str, Callable[[], Fault]] = {
    "the same page by a new cursor": lambda: Endless(_same),
    "the same cursor": lambda: Endless(_same, again=True),
    "empty pages by a new cursor": lambda: Endless(_empty),
}


@pytest.mark.parametrize("system", ["github", "gitlab", "okta", "entra"])
@pytest.mark.parametrize("way", WAYS)
def test_a_list_without_an_end_ends_in_a_gap(system: str, way: str) -> None:
    facts, _ = collected(system, WAYS[way]())
    told = [each.detail for each in facts._records.values() if isinstance(each, Gap)]
    assert any(
        words in detail for detail in told for words in ("circle", "same page", "empty pages", "no end", "more than")
    )
    assert list(broken(said(seen(system, facts)), before(system))) == []
