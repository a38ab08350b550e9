"""The store keeps what it was given, forgets nothing, and refuses what it cannot read. On both databases."""

import dataclasses
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
import sqlalchemy as sa

from pipewarden.errors import NewerStore, StoreError, UsageError
from pipewarden.model.findings import Finding, Life, NotAssessed, Severity, Waiver
from pipewarden.model.ids import Kind, Ref
from pipewarden.store import Store
from pipewarden.store.backup import backup
from pipewarden.store.restore import restore
from tests.access.estate import NOW, Estate
from tests.store.conftest import fresh_database

CAROL = Ref("github.com", Kind.ACCOUNT, "3")
WEB = Ref("github.com", Kind.REPOSITORY, "web")
Opened = Callable[[], Store]


def finding(check: str = "gh.dkey.creator_left", subject: Ref = CAROL, scope: str = "acme") -> Finding:
    return Finding(
        check=check,
        severity=Severity.HIGH,
        subject=subject,
        subject_name="carol",
        says="carol left",
        object=WEB,
        scope=scope,
    )


def snapshot_of(*people: str):  # type: ignore[no-untyped-def]
    acme = Estate()
    for name in people:
        acme.member(name)
    return acme.snapshot()


def record(store: Store, *found: Finding, unknown: tuple[NotAssessed, ...] = (), day: int = 0) -> dict[str, Life]:
    seen = snapshot_of("alice")
    key = store.save_snapshot(seen).id
    judged = store.record(
        found, unknown, seen=seen, checks=["gh.dkey.creator_left"], snapshot=key, at=NOW + timedelta(days=day)
    )
    return {each.finding.fingerprint: each.life for each in judged}


def test_a_snapshot_comes_back_as_it_was(opened: Opened) -> None:
    store, snapshot = opened(), snapshot_of("alice", "bob")
    row = store.save_snapshot(snapshot)
    assert opened().load_snapshot(row.id[:6]).content == snapshot.content
    assert store.save_snapshot(snapshot) == row, "the same again is the same one"
    assert [r.id for r in store.snapshots()] == [row.id]


def test_previous_is_the_one_before_of_the_same_sources(opened: Opened) -> None:
    store = opened()

    def saved(source: str, *people: str) -> str:
        snapshot = snapshot_of(*people)
        info = msgspec.structs.replace(
            snapshot.info, sources=(source,), ended=NOW + timedelta(days=len(store.snapshots()))
        )
        return store.save_snapshot(dataclasses.replace(snapshot, info=info)).id

    first = saved("github:acme", "alice")
    saved("github:lab", "mallory")
    with pytest.raises(StoreError, match="only one snapshot of github:lab"):
        store.snapshot_row("previous")
    saved("github:acme", "alice", "bob")
    assert store.snapshot_row("previous").id == first


def test_without_a_snapshot_the_store_says_what_to_do(opened: Opened) -> None:
    with pytest.raises(StoreError, match="no snapshot") as refused:
        opened().load_snapshot()
    assert "pipewarden audit" in refused.value.hint


def test_a_finding_is_new_then_open_then_gone_then_new_again_since_its_first_day(opened: Opened) -> None:
    store, key = opened(), finding().fingerprint
    assert record(store, finding())[key] is Life.NEW
    assert record(store, finding(), day=1)[key] is Life.OPEN
    assert record(store, day=2)[key] is Life.GONE
    assert record(store, finding(), day=3)[key] is Life.NEW
    assert store.judged()[key].first_seen == NOW


def test_a_finding_whose_check_could_not_speak_is_neither_open_nor_gone(opened: Opened) -> None:
    store, key = opened(), finding().fingerprint
    record(store, finding())
    blind = NotAssessed(check="gh.dkey.creator_left", subject=WEB, subject_name="web", facet="keys", cause=None)
    assert record(store, unknown=(blind,), day=1)[key] is Life.UNSEEN


def test_a_finding_of_an_organization_that_was_not_audited_stays(opened: Opened) -> None:
    store, other = opened(), finding(scope="acme-labs")
    seen = Estate(name="acme-labs").snapshot()
    key = store.save_snapshot(seen).id
    store.record([other], (), seen=seen, checks=[other.check], snapshot=key, at=NOW)
    assert other.fingerprint not in record(store, day=1)
    assert store.judged()[other.fingerprint].life is Life.NEW


def test_a_waived_finding_comes_back_when_the_waiver_ends(opened: Opened) -> None:
    store, key = opened(), finding().fingerprint
    later = datetime.now(UTC) + timedelta(days=400)
    waiver = Waiver(check="gh.dkey.*", subject="carol", reason="ticket 7", approver="alice", expires=later)
    number = store.add_waiver(waiver)
    assert record(store, finding())[key] is Life.WAIVED
    store.withdraw_waiver(number)
    assert record(store, finding(), day=1)[key] is Life.OPEN


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"reason": " "}, "reason"),
        ({"approver": "carol"}, "themselves"),
        ({"expires": NOW - timedelta(days=4000)}, "future"),
    ],
)
def test_a_waiver_without_reason_end_or_independent_approver_is_refused(
    opened: Opened, change: dict[str, object], sentence: str
) -> None:
    given = {
        "check": "gh.dkey.stale",
        "subject": "carol",
        "reason": "because",
        "approver": "alice",
        "expires": datetime.now(UTC) + timedelta(days=9),
    }
    with pytest.raises(UsageError, match=sentence):
        opened().add_waiver(Waiver(**{**given, **change}))  # type: ignore[arg-type]


def test_the_ledger_verifies_and_an_edited_row_is_named(opened: Opened, place: str) -> None:
    store = opened()
    record(store, finding())
    assert store.ledger_problems() == []
    with store._begin() as connection:
        connection.execute(sa.text("update ledger set actor = 'mallory' where seq = 2"))
    assert store.ledger_problems() == ["row 2 was changed after it was written"]


def test_a_removed_ledger_row_is_missed(opened: Opened) -> None:
    store = opened()
    record(store, finding())
    with store._begin() as connection:
        connection.execute(sa.text("delete from ledger where seq = 2"))
    assert "rows 2 to 2 are missing" in store.ledger_problems()


def test_a_store_of_a_newer_version_is_refused_with_a_sentence(opened: Opened) -> None:
    store = opened()
    with store._begin() as connection:
        connection.execute(sa.text("update alembic_version set version_num = '9999'"))
    with pytest.raises(NewerStore, match="newer Pipewarden"):
        opened()


def test_a_crash_before_the_files_are_whole_leaves_nothing_visible(opened: Opened, tmp_path: Path) -> None:
    store = opened()
    row = store.save_snapshot(snapshot_of("alice"))
    with store._begin() as connection:
        connection.execute(sa.text("update snapshots set written = false"))
        connection.execute(sa.text("delete from writers"))
    for file in (tmp_path / "snapshots" / row.id).iterdir():
        file.unlink()
    again = opened()
    assert again.snapshots() == []
    assert again.ledger()[-1].act == "snapshot.dropped"


def test_a_crash_after_the_files_are_whole_loses_nothing(opened: Opened) -> None:
    store = opened()
    row = store.save_snapshot(snapshot_of("alice"))
    with store._begin() as connection:
        connection.execute(sa.text("update snapshots set written = false"))
        connection.execute(sa.text("delete from writers"))
    assert [r.id for r in opened().snapshots()] == [row.id]


def test_a_broken_snapshot_file_is_named(opened: Opened, tmp_path: Path) -> None:
    store = opened()
    row = store.save_snapshot(snapshot_of("alice"))
    path = tmp_path / "snapshots" / row.id / "grants.parquet"
    path.write_bytes(path.read_bytes()[:40])
    with pytest.raises(StoreError, match=r"grants\.parquet"):
        store.load_snapshot()


def test_checkpoints_and_etags_are_kept_and_replaced(opened: Opened) -> None:
    store = opened()
    store.put_checkpoint("github:acme", "members", b"one")
    store.put_checkpoint("github:acme", "members", b"two")
    assert opened().checkpoints("github:acme") == {"members": b"two"}
    store.clear_checkpoints("github:acme")
    assert store.checkpoints("github:acme") == {}
    store.put_etag("GET /orgs/acme", '"1"', b"body")
    store.put_etag("GET /orgs/acme", '"2"', b"more")
    assert store.etag("GET /orgs/acme") == ('"2"', b"more")
    assert store.etag("GET /other") is None


def test_pruning_keeps_the_newest_and_those_findings_point_to(opened: Opened) -> None:
    store = opened()
    record(store, finding())
    kept = store.snapshots()[0].id
    for day, name in enumerate(("a", "b", "c"), 1):
        snapshot = snapshot_of(name)
        info = msgspec.structs.replace(snapshot.info, ended=NOW + timedelta(days=day))
        store.save_snapshot(dataclasses.replace(snapshot, info=info))
    gone = store.prune(1)
    left = [row.id for row in store.snapshots()]
    assert kept in left
    assert not set(gone) & set(left)
    assert len(left) == 2


def test_a_backup_is_restored_into_either_database_and_verifies(
    opened: Opened, tmp_path: Path, postgresql: str
) -> None:
    store = opened()
    record(store, finding())
    file = tmp_path / "backup.tar.gz"
    assert backup(store, file) > 0
    for number, target in enumerate((str(tmp_path / "new.db"), fresh_database(postgresql))):
        with Store.open(target, snapshots_in=tmp_path / f"restored{number}") as fresh:
            assert restore(fresh, file) > 0
            assert fresh.judged().keys() == store.judged().keys()
            assert fresh.load_snapshot().content == store.load_snapshot().content
            assert fresh.ledger_problems() == []
            with pytest.raises(UsageError, match="not empty"):
                restore(fresh, file)
    with pytest.raises(UsageError, match="exists"):
        backup(store, file)


def test_a_damaged_backup_is_refused_and_nothing_is_kept(opened: Opened, tmp_path: Path) -> None:
    store = opened()
    record(store, finding())
    file = tmp_path / "backup.tar.gz"
    backup(store, file)
    broken = tmp_path / "broken.tar.gz"
    broken.write_bytes(file.read_bytes()[:-200])
    with Store.open(str(tmp_path / "new.db"), snapshots_in=tmp_path / "r") as fresh:
        with pytest.raises(StoreError, match="not a whole backup"):
            restore(fresh, broken)
        assert fresh.snapshots() == []


def test_a_place_that_is_no_store_is_said_plainly(tmp_path: Path) -> None:
    text = tmp_path / "notes.txt"
    text.write_text("these are notes, not a database, and long enough to be seen as such" * 20)
    with pytest.raises(StoreError, match="cannot be used"):
        Store.open(str(text))
    with pytest.raises(StoreError, match="cannot be kept in mysql"):
        Store.open("mysql://host/db")
