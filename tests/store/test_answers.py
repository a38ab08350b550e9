"""Kept answers wait to be written together: what is waiting is found, and nothing waits beyond a step or the end."""

import sqlite3
from datetime import UTC, datetime
from pathlib import Path

from pipewarden.store import Store
from pipewarden.store.steps import OLDEST_STEP, WAITING


def written(place: Path) -> int:
    with sqlite3.connect(place) as connection:
        return int(connection.execute("SELECT count(*) FROM etags").fetchone()[0])


def test_an_answer_that_waits_is_found(tmp_path: Path) -> None:
    place = tmp_path / "state.db"
    with Store.open(str(place)) as store:
        store.put_etag("GET /orgs/acme", '"1"', b"one")
        assert written(place) == 0
        assert store.etag("GET /orgs/acme") == ('"1"', b"one")
        assert store.etag("GET /orgs/other") is None
    assert written(place) == 1


def test_a_step_writes_what_waits(tmp_path: Path) -> None:
    place = tmp_path / "state.db"
    with Store.open(str(place)) as store:
        store.put_etag("GET /orgs/acme", '"1"', b"one")
        store.put_checkpoint("github:acme", "members", b"facts")
        assert written(place) == 1
        store.put_etag("GET /orgs/acme", '"2"', b"two")
        store.clear_checkpoints("github:acme")
    with Store.open(str(place)) as again:
        assert again.etag("GET /orgs/acme") == ('"2"', b"two")


def test_no_more_wait_than_may(tmp_path: Path) -> None:
    place = tmp_path / "state.db"
    with Store.open(str(place)) as store:
        assert store.etag("GET /0") is None  # the keys are read once, before any is there
        for number in range(WAITING):
            store.put_etag(f"GET /{number}", '"1"', b"%d" % number)
        assert written(place) == WAITING
        assert store.etag(f"GET /{WAITING - 1}") == ('"1"', b"%d" % (WAITING - 1))


def test_an_old_step_is_not_taken_for_what_is_there_now(tmp_path: Path) -> None:
    place, begun = str(tmp_path / "state.db"), datetime(2026, 3, 1, tzinfo=UTC)
    with Store.open(place, clock=lambda: begun) as store:
        store.put_checkpoint("okta:acme", "people", b"facts")
    with Store.open(place, clock=lambda: begun + OLDEST_STEP) as store:
        assert store.checkpoints("okta:acme") == {"people": b"facts"}
    with Store.open(place, clock=lambda: begun + OLDEST_STEP * 1.01) as store:
        assert store.checkpoints("okta:acme") == {}
