"""Every answer that was recorded of real organizations is understood, those that break Okta's own schema too."""

import asyncio
import json
import re
from typing import Any

import httpx2
import pytest

from pipewarden.connectors.okta.auth import Token
from pipewarden.connectors.okta.client import Okta
from pipewarden.connectors.okta.connector import OktaConnector
from pipewarden.http.client import Http
from pipewarden.http.secrets import FixedSecret
from pipewarden.model.builder import SnapshotBuilder
from pipewarden.model.columns import SnapshotInfo
from pipewarden.model.facts import Cause, Gap
from tests.connectors.okta.reading import HOST, NOW, Patient
from tests.shared import shared_path

OBJECTS = frozenset({"/api/v1/threats/configuration"})
"""Paths that nobody recorded and that answer with one object: of them nothing is there."""


def recorded() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(shared_path("apis/okta-recorded-get.json").read_text(encoding="utf-8"))
    return found


def pattern(template: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\{\w+\}", "[^/]+", template) + r"\Z")


class Played(httpx2.AsyncBaseTransport):
    """Answers each path with a recorded answer, one after the other where there are several; with nothing where none is."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.given: set[int] = set()
        self.rows = recorded()
        # fixed words win over names
        self.patterns = sorted({row["path"] for row in self.rows}, key=lambda each: each.count("{"))

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        template = next((each for each in self.patterns if pattern(each).match(request.url.path)), None)
        choices = [number for number, row in enumerate(self.rows) if row["path"] == template]
        if not choices and request.url.path in OBJECTS:
            return httpx2.Response(404, json={"errorCode": "E0000007", "errorSummary": "Not found"})
        if not choices:
            return httpx2.Response(200, json=[])
        chosen = choices[self.number % len(choices)]
        self.given.add(chosen)
        row = self.rows[chosen]
        return httpx2.Response(row["status"], json=row["body"])


def collect(played: Played) -> list[Gap]:
    def make() -> Okta:
        http = Http("https://acme.okta.example", transport=played, clock=Patient())
        return Okta(http, Token(FixedSecret("made-up")))

    builder = SnapshotBuilder()
    asyncio.run(OktaConnector(make, "acme", instance=HOST).collect(builder, lambda *_: None))
    snapshot = builder.finish(SnapshotInfo(sources=("okta:acme",), started=NOW, ended=NOW))
    bodies = b"".join(snapshot.body)
    assert b"REDACTED" not in bodies, "a place where a secret's value stood was kept"
    return list(snapshot.records(Gap))


@pytest.mark.parametrize("number", range(8))
def test_recorded_answers_are_understood(number: int) -> None:
    played = Played(number)
    odd = [gap for gap in collect(played) if gap.cause is Cause.UNEXPECTED]
    # what is left: a recorded refusal with 400, which is told as such
    assert [gap.detail for gap in odd if "answered 400" not in gap.detail] == []
    assert len(played.given) >= 10


def test_every_recorded_answer_of_a_path_that_is_asked_was_given() -> None:
    asked: set[int] = set()
    for number in range(8):
        played = Played(number)
        collect(played)
        asked |= played.given
    rows = recorded()
    paths = {rows[number]["path"] for number in asked}
    left = [number for number, row in enumerate(rows) if row["path"] in paths and number not in asked]
    assert left == []
