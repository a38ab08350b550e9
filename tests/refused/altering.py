"""Reads a system of acme while one field of its answers is null, a word nobody heard of, of another type, or gone."""

import asyncio
import ssl
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from hashlib import sha256
from typing import Any, NamedTuple, Self
from unittest.mock import patch

import msgspec
import orjson
import yaml
from msgspec import structs

from pipewarden.connectors.base import Connector
from pipewarden.http.client import Http, Reply
from pipewarden.http.trust import authorities
from pipewarden.model.builder import SnapshotBuilder
from pipewarden.model.facts import Gap
from tests.refused.estate import NOTHING, SERVED
from tests.refused.xml import from_xml, to_xml

UNHEARD = "aWordNobodyHeardOf"
"""What an answer says where a later version knows a word more."""

EACH = "*"
"""Stands in a path for every place of a list."""

Path = tuple[str, ...]


class Field(NamedTuple):
    """A field of the answers of one endpoint."""

    system: str
    endpoint: str
    path: Path

    def __str__(self) -> str:
        """Return the endpoint and the field, as a page would name it."""
        return f"{self.endpoint} {'.'.join(self.path)}"


def _null(parent: Any, key: Any) -> None:
    parent[key] = None


def _gone(parent: Any, key: Any) -> None:
    if isinstance(parent, dict):
        del parent[key]
    else:
        parent[key] = None


def _odd(parent: Any, key: Any) -> None:
    parent[key] = UNHEARD if isinstance(parent[key], (dict, list)) else {"odd": 1}


def _unheard(parent: Any, key: Any) -> None:
    if isinstance(parent[key], str):
        parent[key] = UNHEARD


HOWS: dict[str, Callable[[Any, Any], None]] = {"null": _null, "gone": _gone, "odd": _odd, "unheard": _unheard}
"""What is done to a field."""


class Book:
    """The answers of one system: each is asked for once, and given again without a server."""

    def __init__(self) -> None:
        self.replies: dict[Any, Reply] = {}
        self.bodies: dict[str, list[Any]] = defaultdict(list)
        """What each endpoint answered, where that is JSON or YAML."""

    def keep(self, key: Any, template: str, reply: Reply) -> None:
        """Keep an answer."""
        self.replies[key] = reply
        if reply.status == 200 and (read := _read(reply)) is not None:
            self.bodies[template].append(read)


class Answering:
    """Stands before the HTTP of a connector: answers from the book, with one field altered."""

    def __init__(self, http: Http, book: Book, field: Field | None, how: str) -> None:
        self._http, self._book, self._field, self._how = http, book, field, how

    def __getattr__(self, name: str) -> Any:
        """Return what the HTTP below has."""
        return getattr(self._http, name)

    async def send(self, method: str, url: str, *, template: str, **more: Any) -> Reply:
        """Return the answer that is kept, or the server's."""
        headers, params = more.get("headers") or {}, more.get("params") or {}
        signed = any(name in headers for name in ("authorization", "x-vault-token", "private-token"))
        place = url.removeprefix(self._http.base_url).lstrip("/")
        key = (method, place, tuple(sorted((k, str(v)) for k, v in params.items())), more.get("content"), signed)
        reply = self._book.replies.get(key)
        if reply is None:
            reply = await self._http.send(method, url, template=template, **more)
            if self._field is None:
                self._book.keep(key, template, reply)
        if self._field is None or reply.status != 200 or template != self._field.endpoint:
            return reply
        return altered(reply, self._field.path, self._how)


def altered(reply: Reply, path: Path, how: str) -> Reply:
    """Return an answer in which every field at a path is altered."""
    body = _read(reply)
    if body is None:
        return reply
    for parent, key in list(_at(body, path)):
        HOWS[how](parent, key)
    kind = reply.headers.get("content-type", "")
    if "json" in kind:
        return replace(reply, body=orjson.dumps(body))
    if "xml" in kind:
        return replace(reply, body=to_xml(body))
    return replace(reply, body=yaml.safe_dump(body).encode())


def _read(reply: Reply) -> Any:
    kind = reply.headers.get("content-type", "")
    if "json" in kind:
        return orjson.loads(reply.body)
    if "xml" in kind:
        return from_xml(reply.body)
    return yaml.safe_load(reply.body) if "yaml" in kind else None


def _at(value: Any, path: Path) -> Iterator[tuple[Any, Any]]:
    """Yield each container with the key at which it holds what a path leads to; nulls are left as they are."""
    head, rest = path[0], path[1:]
    if head == EACH:
        keys: list[Any] = list(range(len(value))) if isinstance(value, list) else []
    else:
        keys = [head] if isinstance(value, dict) and head in value else []
    for key in keys:
        if rest:
            yield from _at(value[key], rest)
        elif value[key] is not None:
            yield value, key


def paths(value: Any, at: Path = ()) -> Iterator[Path]:
    """Yield the path of every field of an answer."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield (*at, key)
            yield from paths(inner, (*at, key))
    elif isinstance(value, list):
        for inner in value:
            if not isinstance(inner, (dict, list)):
                yield (*at, EACH)
            yield from paths(inner, (*at, EACH))


def _with(connector: Connector, book: Book, field: Field | None, how: str) -> Connector:
    make: Callable[[], Any] = connector._make  # type: ignore[attr-defined]

    def answering() -> Any:
        client = make()
        client.http = Answering(client.http, book, field, how)
        return client

    connector._make = answering  # type: ignore[attr-defined]
    return connector


@cache
def _trusted() -> ssl.SSLContext | bool:
    """Return the authorities that are trusted: to load them takes longer than a reading."""
    return authorities()


class Read:
    """One system that is served, and read again and again."""

    def __init__(self, system: str) -> None:
        self.system, self.book = system, Book()
        self._serving = SERVED[system](NOTHING)

    def __enter__(self) -> Self:
        """Serve, and read all once."""
        self._connectors = self._serving.__enter__()[1]
        self._makes = [each._make for each in self._connectors]
        self.plain = self.facts()
        return self

    def __exit__(self, *given: object) -> None:
        """Stop serving."""
        self._serving.__exit__(*given)

    def facts(self, field: Field | None = None, how: str = "null") -> SnapshotBuilder:
        """Read the system with one field altered."""
        facts = SnapshotBuilder()
        with patch("pipewarden.http.client.authorities", return_value=_trusted()):
            for each, make in zip(self._connectors, self._makes, strict=True):
                each._make = make
                asyncio.run(_with(each, self.book, field, how).collect(facts, lambda *_: None))
        return facts

    def fields(self) -> list[Field]:
        """Return every field of every answer."""
        found = {
            Field(self.system, endpoint, path)
            for endpoint, bodies in self.book.bodies.items()
            for body in bodies
            for path in paths(body)
        }
        return sorted(found)


def known(facts: SnapshotBuilder) -> bytes:
    """Return all that a reading gave, as one key: readings that gave the same are judged once.

    The words in which a gap tells why are left out, for no verdict follows from them; so all fields that leave one list
    out, or one row, are one reading. Fields are never altered together: the gap of one would hide what another says wrongly.
    """
    parts = (facts._entities, facts._memberships, facts._grants, facts._records)
    every = (fact for part in parts for fact in part.values())
    told = (structs.replace(fact, detail="") if isinstance(fact, Gap) else fact for fact in every)
    packed = {msgspec.msgpack.encode((type(fact).__name__, fact), order="sorted") for fact in told}
    return sha256(b"".join(sorted(packed))).digest()


@cache
def reading(system: str) -> Read:
    """Return a system that is served until all tests are over."""
    return Read(system).__enter__()
