"""Several processes at one store: whoever records at the same time as others loses nothing, on both databases."""

import dataclasses
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from threading import Barrier
from typing import Any, ClassVar

import msgspec
import pyarrow as pa
import pytest
import sqlalchemy as sa

from pipewarden.errors import StoreError
from pipewarden.model.findings import Life
from pipewarden.model.snapshot import Snapshot
from pipewarden.store import Store, intents
from pipewarden.store.schema import writers
from tests.access.estate import NOW, Estate
from tests.store.test_store import finding, snapshot_of

SEVERAL = 6


def together(work: Callable[[int], Any], several: int = SEVERAL) -> list[Any]:
    """Do something several times at once and return what each gave; what one raises is raised."""
    gate = Barrier(several)

    def begin(number: int) -> Any:
        gate.wait(30)
        return work(number)

    with ThreadPoolExecutor(several) as pool:
        return list(pool.map(begin, range(several)))


@pytest.fixture
def at(place: str, tmp_path: Path) -> Callable[[], Store]:
    """Return a function that opens the store as another process would, with connections of its own."""
    return lambda: Store.open(place, snapshots_in=tmp_path / "snapshots")


def later(minutes: int) -> Snapshot:
    """Return a snapshot of the same that ended so many minutes later."""
    snapshot = snapshot_of("alice")
    info = msgspec.structs.replace(snapshot.info, ended=NOW + timedelta(minutes=minutes))
    return dataclasses.replace(snapshot, info=info, _objects={})


def test_a_new_store_is_made_once(at: Callable[[], Store]) -> None:
    def open_(_: int) -> None:
        with at() as store:
            store.note("opened", "here")

    together(open_)
    with at() as store:
        assert len(store.ledger()) == SEVERAL
        assert store.ledger_problems() == []


def test_audits_that_record_the_same_findings_at_once_all_end(at: Callable[[], Store]) -> None:
    found = [finding(scope=f"acme-{number}") for number in range(3)]
    found += [msgspec.structs.replace(finding(), file=f"{number}.yml") for number in range(60)]
    with at():
        pass

    def audit(number: int) -> list[Life]:
        with at() as store:
            seen = later(number)
            key = store.save_snapshot(seen).id
            judged = store.record(found, (), seen=seen, checks=[finding().check], snapshot=key, at=NOW)
            return [each.life for each in judged]

    lives = together(audit)
    assert sorted({life for each in lives for life in each}) == [Life.NEW, Life.OPEN]
    assert sum(set(each) == {Life.NEW} for each in lives) == 1, "one was first"
    with at() as store:
        assert len(store.snapshots()) == SEVERAL
        assert store.ledger_problems() == []
        assert [each.act for each in store.ledger()].count("audit.recorded") == SEVERAL


def test_collections_that_keep_the_same_step_at_once_all_end(at: Callable[[], Store]) -> None:
    with at():
        pass

    def collect(number: int) -> None:
        with at() as store:
            for step in range(20):
                store.put_checkpoint("github:acme", f"step {step}", b"%d" % number)
                store.put_etag(f"GET /{step}", f'"{number}"', b"%d" % number)

    together(collect)
    with at() as store:
        assert len(store.checkpoints("github:acme")) == 20
        assert store.etag("GET /7") is not None


class Meanwhile(Snapshot):
    """A snapshot in the middle of whose writing something else happens."""

    happens: ClassVar[list[Callable[[], None]]] = []

    def entities_table(self) -> pa.Table:
        """Let it happen, then go on."""
        if self.happens:
            self.happens.pop()()
        return super().entities_table()

    @property
    def content(self) -> str:
        """Return the hash; to name it is not to write it."""
        return snapshot_of("alice").content

    @classmethod
    def of(cls, snapshot: Snapshot, happens: Callable[[], None]) -> "Meanwhile":
        """Return a snapshot as the given one."""
        cls.happens[:] = [happens]
        return cls(**{field.name: getattr(snapshot, field.name) for field in dataclasses.fields(snapshot)})


def test_who_looks_while_a_snapshot_is_written_does_not_take_it_for_a_crash(at: Callable[[], Store]) -> None:
    def look() -> None:
        with at() as other:
            assert other.snapshots() == [], "it is not whole yet"

    snapshot = snapshot_of("alice")
    with at() as store:
        row = store.save_snapshot(Meanwhile.of(snapshot, look))
        assert Meanwhile.happens == []
        assert store.load_snapshot(row.id).content == snapshot.content
        assert [each.act for each in store.ledger()] == ["snapshot.begun", "snapshot.written"]


def test_who_looks_from_another_machine_does_not_take_it_for_a_crash_either(place: str, tmp_path: Path) -> None:
    """Two servers share a database; each sees only the folder of its own."""

    def look() -> None:
        with Store.open(place, snapshots_in=tmp_path / "elsewhere") as other:
            assert other.snapshots() == []

    snapshot = snapshot_of("alice")
    with Store.open(place, snapshots_in=tmp_path / "snapshots") as store:
        row = store.save_snapshot(Meanwhile.of(snapshot, look))
        assert store.load_snapshot(row.id).content == snapshot.content
        store.record([finding()], (), seen=snapshot, checks=[], snapshot=row.id, at=NOW)
    with Store.open(place, snapshots_in=tmp_path / "elsewhere") as other:
        assert [each.id for each in other.snapshots()] == [row.id]
        with pytest.raises(StoreError, match=r"is not in .*elsewhere") as refused:
            other.load_snapshot()
        assert "share that folder" in refused.value.hint


def test_two_who_write_the_same_snapshot_at_once_both_end_with_it(at: Callable[[], Store]) -> None:
    snapshot = snapshot_of("alice")

    def another() -> None:
        with at() as other:
            other.save_snapshot(snapshot)

    with at() as store:
        row = store.save_snapshot(Meanwhile.of(snapshot, another))
        assert [each.id for each in store.snapshots()] == [row.id]
        assert [each.act for each in store.ledger()] == ["snapshot.begun", "snapshot.written"]
        assert [path.name for path in store.folder.iterdir()] == [row.id]


def expire(store: Store) -> None:
    """Let the minute pass that a holder holds without renewing."""
    with store._begin() as connection:
        connection.execute(writers.update().values(until=NOW - timedelta(days=4000)))


def test_an_intent_that_ran_out_while_the_machine_slept_is_put_anew(at: Callable[[], Store]) -> None:
    snapshot = snapshot_of("alice")

    def long_after() -> None:
        with at() as other:
            expire(other)
            assert len(other.recover()) == 1
            assert other.ledger()[-1].act == "snapshot.dropped"

    with at() as store:
        row = store.save_snapshot(Meanwhile.of(snapshot, long_after))
        assert store.load_snapshot(row.id).content == snapshot.content
        store.record([finding()], (), seen=snapshot, checks=[], snapshot=row.id, at=NOW)
        assert store.ledger_problems() == []


def test_who_writes_goes_on_holding_for_as_long_as_it_takes(at: Callable[[], Store]) -> None:
    with at() as store:
        with intents.renewed(store._database, "a", "alice", every=timedelta(milliseconds=20)):
            until = time.monotonic() + 300
            while time.monotonic() < until:
                with store.at_one_moment() as connection:
                    if intents.held(connection):
                        break
                time.sleep(0.01)
        with store.at_one_moment() as connection:
            assert intents.held(connection) == {"a"}
            assert intents.held(connection, but="alice") == set()
        expire(store)
        with store.at_one_moment() as connection:
            assert intents.held(connection) == set()


KILLED = """
import sys
from pathlib import Path
from pipewarden.store import Store, intents
from pipewarden.store.schema import writers
from tests.store.test_store import snapshot_of
from tests.store.test_together import Meanwhile

def stop():
    print("writing", flush=True)
    sys.stdin.read()

store = Store.open(sys.argv[1], snapshots_in=Path(sys.argv[2]))
store.save_snapshot(Meanwhile.of(snapshot_of("alice"), stop))
"""


def test_what_a_killed_process_was_writing_is_never_seen_and_dropped_a_minute_later(
    place: str, tmp_path: Path, at: Callable[[], Store]
) -> None:
    command = [sys.executable, "-c", KILLED, place, str(tmp_path / "snapshots")]
    root = Path(__file__).parents[2]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=root) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "writing\n"
        process.kill()
        assert process.wait(300) == -signal.SIGKILL
    with at() as store:
        assert store.snapshots() == []
        assert [each.act for each in store.ledger()] == ["snapshot.begun"], "nobody knows yet that it died"
        expire(store)
    with at() as store:
        assert [each.act for each in store.ledger()] == ["snapshot.begun", "snapshot.dropped"]
        assert list(store.folder.iterdir()) == [], "what it had written in part is gone"
        assert store.save_snapshot(snapshot_of("alice")) == store.snapshots()[0]
        assert store.ledger_problems() == []


def test_nobody_waits_for_ever_for_who_writes(at: Callable[[], Store], place: str, tmp_path: Path) -> None:
    with at() as store:
        store.note("first", "here")
        other = Store.open(place, snapshots_in=tmp_path / "snapshots", patience=1)
        with other, store._begin():
            with pytest.raises(StoreError, match="being written by another process for more than 1 s") as refused:
                other.note("second", "here")
            assert "Run it again" in refused.value.hint
            assert len(other.ledger()) == 1, "who reads waits for nobody"


def test_who_opens_a_store_while_it_is_made_finds_it_made(place: str, at: Callable[[], Store]) -> None:
    """Whoever comes second finds no tables at first, and must not make them a second time."""
    with at() as store, store._begin():
        with at() as other:
            assert other.ledger() == []
        assert len(together(lambda _: at().__exit__(), 3)) == 3


def test_pruning_beside_audits_drops_nothing_that_a_finding_points_to(at: Callable[[], Store]) -> None:
    with at() as store:
        keys = [store.save_snapshot(later(number)).id for number in range(SEVERAL)]

    def work(number: int) -> None:
        with at() as store:
            if number % 2:
                store.prune(1)
            else:
                one = finding(scope=f"acme-{number}", subject=Estate().account(f"u{number}"))
                store.record([one], (), seen=later(0), checks=[], snapshot=keys[-1], at=NOW)

    together(work)
    with at() as store:
        assert len(store.snapshots()) < SEVERAL, "some were pruned"
        left = {row.id for row in store.snapshots()}
        assert keys[-1] in left
        assert len(store.judged()) == SEVERAL // 2
        assert {path.name for path in store.folder.iterdir() if not path.name.startswith(".")} == left


def test_a_snapshot_that_another_audit_has_just_written_is_not_pruned_before_it_recorded(
    at: Callable[[], Store],
) -> None:
    with at() as older, at() as newer:
        first = older.save_snapshot(later(0))
        newer.save_snapshot(later(1))
        assert newer.prune(1) == []
        older.record([finding()], (), seen=later(0), checks=[finding().check], snapshot=first.id, at=NOW)
        assert newer.prune(1) == [], "now a finding points to it"


def test_a_store_of_an_older_version_is_brought_up_once_and_copied_first(
    at: Callable[[], Store], place: str, tmp_path: Path
) -> None:
    with at() as store:
        key = store.save_snapshot(snapshot_of("alice")).id
        with store._begin() as connection:
            connection.execute(sa.text("drop table writers"))
            connection.execute(sa.text("drop table keys"))
            connection.execute(sa.text("update alembic_version set version_num = '0001'"))
        store._holds.clear()

        def open_(_: int) -> list[str]:  # while the first is still open: what it wrote may stand in the log alone
            with at() as other:
                return [row.id for row in other.snapshots()]

        assert together(open_) == [[key]] * SEVERAL
        assert store.ledger_problems() == []
    copies = [path.name for path in tmp_path.iterdir() if "before" in path.name]
    if place.startswith("postgresql"):
        assert copies == [], "a server has backups of its own"
        return
    assert copies == ["state.db.before-0003"]
    with closing(sqlite3.connect(tmp_path / copies[0])) as before:
        assert before.execute("select version_num from alembic_version").fetchall() == [("0001",)]
        assert before.execute("select id from snapshots").fetchall() == [(key,)]
