"""A collection that is killed, really killed, at several moments: the next one goes on and gives the same snapshot."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from pipewarden.demo.estate import acme
from pipewarden.demo.github import GitHubServer
from pipewarden.store import Store
from tests.connectors.test_github import collected, connector

SCRIPT = """
import asyncio, sys
from pipewarden.connectors.github.auth import Token
from pipewarden.connectors.github.client import GitHub
from pipewarden.connectors.github.connector import GitHubConnector
from pipewarden.connectors.github.hosts import addresses
from pipewarden.http.client import Http
from pipewarden.http.secrets import FixedSecret
from pipewarden.model.builder import SnapshotBuilder
from pipewarden.store import Store
url, token, place, budget = sys.argv[1:]
store = Store.open(place)
def make():
    where = addresses("github.com", url)
    return GitHub(Http(where.rest), where, token=Token(FixedSecret(token)), keeper=store, budget=int(budget))
key = lambda: b"equal in every run"
connector = GitHubConnector(make, "acme", enterprise="acme-corp", keeper=store, key=key)
asyncio.run(connector.collect(SnapshotBuilder(), lambda *_: None))
"""


@pytest.mark.parametrize(("requests", "budget"), [(2, 0), (25, 0), (60, 0), (100, 0), (140, 0), (60, 150), (135, 150)])
def test_after_a_kill_the_next_run_gives_what_an_uninterrupted_one_gives(
    requests: int, budget: int, tmp_path: Path
) -> None:
    place = str(tmp_path / "state.db")
    with GitHubServer(acme()) as server:
        whole, _ = collected(connector(server, app=False))
        before = server.total
        process = subprocess.Popen([sys.executable, "-c", SCRIPT, server.url, server.owner_token, place, str(budget)])
        deadline = time.monotonic() + 300
        while server.total - before < requests and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.001)
        process.kill()
        process.wait()
        with Store.open(place) as store:
            resumed, spent = collected(connector(server, app=False, keeper=store))
            assert resumed.content == whole.content
            assert store.checkpoints("github:acme") == {}
            assert store.ledger_problems() == []
        assert spent["requests"] > 0
