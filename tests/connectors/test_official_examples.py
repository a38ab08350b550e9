"""The connector against GitHub's own description, served with its own examples: it ends with a report and gaps."""

import asyncio
import json
import re
import socket
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from pipewarden.audit import audit
from pipewarden.connectors.github.auth import Token
from pipewarden.connectors.github.client import GitHub
from pipewarden.connectors.github.connector import GitHubConnector
from pipewarden.connectors.github.hosts import addresses
from pipewarden.http.client import Http
from pipewarden.http.secrets import FixedSecret
from pipewarden.model.builder import SnapshotBuilder
from pipewarden.model.columns import SnapshotInfo
from pipewarden.model.facts import Gap
from tests.shared import shared_path

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


def examples() -> list[tuple[re.Pattern[str], Any, str]]:
    """Return for each path of the description a pattern, its first example and the content type."""
    description = json.loads(shared_path("apis/github-ghec-access-subset.json").read_text(encoding="utf-8"))
    shared = description["components"].get("examples", {})
    out = []
    for template, methods in description["paths"].items():
        content = methods["get"]["responses"].get("200", {}).get("content", {})
        for kind, media in content.items():
            for example in (media.get("examples") or {}).values():
                name = example.get("$ref", "").rpartition("/")[2]
                value = shared[name]["value"] if name else example.get("value")
                pattern = re.compile(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(template)) + "$")
                out.append((pattern, value, kind))
                break
    return out


@pytest.fixture(scope="module")
def served() -> Iterator[str]:
    known = examples()
    assert len(known) > 80

    async def answer(request: Request) -> Response:
        path = "/" + request.path_params["path"]
        for pattern, value, kind in known:
            if pattern.match(path):
                # a next-link to the real host, as a mock server gives it: it must never be followed
                link = (
                    {"link": '<https://api.github.com/resource?page=2>; rel="next"'} if isinstance(value, list) else {}
                )
                return JSONResponse(value, headers=link, media_type=kind)
        return JSONResponse({"message": "Not Found"}, 404)

    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    app = Starlette(routes=[Route("/{path:path}", answer, methods=["GET", "POST"])])
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="off", ws="none"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    thread.join(timeout=60)


def test_the_official_examples_end_in_a_report_with_gaps_and_nothing_leaves_loopback(served: str) -> None:
    def make() -> GitHub:
        where = addresses("github.com", served)
        return GitHub(Http(where.rest), where, token=Token(FixedSecret("not-a-token")))

    builder = SnapshotBuilder()
    spent = asyncio.run(GitHubConnector(make, "github", enterprise="octo").collect(builder, lambda *_: None))
    snapshot = builder.finish(SnapshotInfo(sources=("github:github",), started=NOW, ended=NOW))
    report = audit(snapshot, None)
    assert spent["requests"] > 20
    assert report.counts["organizations"] == 1
    assert report.gaps
    assert not [each for each in report.not_assessed if each.cause is None], "a check broke on an official example"
    foreign = [gap for gap in snapshot.records(Gap) if "another host" in gap.detail]
    assert foreign, "the next-links to the real host were refused, loudly"
