"""A backup is read as if mallory had packed it: nothing is written outside the store's folder, nothing is left of a bad one."""

import gzip
import hashlib
import io
import json
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from pipewarden.errors import PipewardenError, StoreError
from pipewarden.store import Store
from pipewarden.store.backup import backup
from pipewarden.store.restore import ALLOWANCE, MOST_RATIO, restore
from pipewarden.store.schema import ledger
from tests.store.conftest import fresh_database
from tests.store.test_store import finding, record, snapshot_of

Opened = Callable[[], Store]
Members = dict[str, bytes]


@pytest.fixture
def members(tmp_path: Path) -> Members:
    """The members of a good backup, without the manifest: state and one snapshot."""
    with Store.open(str(tmp_path / "first" / "state.db")) as store:
        record(store, finding())
        backup(store, tmp_path / "good.tar.gz")
    with tarfile.open(tmp_path / "good.tar.gz") as archive:
        out = {each.name: archive.extractfile(each).read() for each in archive}  # type: ignore[union-attr]
    del out["manifest.json"]
    return out


def packed(path: Path, members: Members, *, unnamed: Members | None = None, format_: int = 1) -> Path:
    """Pack an archive whose manifest names all members but the `unnamed` ones."""
    files = {name: hashlib.sha256(body).hexdigest() for name, body in members.items()}
    manifest = json.dumps({"format": format_, "files": files}).encode()
    with tarfile.open(path, "w:gz") as archive:
        for name, body in [*members.items(), *(unnamed or {}).items(), ("manifest.json", manifest)]:
            info = tarfile.TarInfo(name)
            info.size = len(body)
            archive.addfile(info, io.BytesIO(body))
    return path


def refused(tmp_path: Path, archive: Path, match: str) -> None:
    """The archive is refused with a sentence, and the store is as empty as it was."""
    place = tmp_path / "second"
    with Store.open(str(place / "state.db")) as store:
        with pytest.raises(PipewardenError, match=match):
            restore(store, archive)
        assert (store.ledger(), store.snapshots(), store.judged(), store.waivers()) == ([], [], {}, [])
        assert not store.folder.exists() or list(store.folder.iterdir()) == []
    assert {path.name.partition("-")[0] for path in place.iterdir()} <= {"state.db", "snapshots"}


def test_what_was_packed_is_restored(tmp_path: Path, members: Members) -> None:
    with Store.open(str(tmp_path / "second" / "state.db")) as store:
        assert restore(store, packed(tmp_path / "a.tar.gz", members)) > 0
        assert store.ledger_problems() == []
        assert store.ledger()[-1].act == "backup.restored"
        assert store.load_snapshot().content == snapshot_of("alice").content
        assert [path.name for path in store.folder.iterdir()] == [store.snapshots()[0].id]


def test_a_backup_from_before_there_were_keys_is_restored(tmp_path: Path, members: Members) -> None:
    older = {name: body for name, body in members.items() if name != "state/keys.json"}
    assert older != members
    with Store.open(str(tmp_path / "second" / "state.db")) as store:
        assert restore(store, packed(tmp_path / "a.tar.gz", older)) > 0
        assert len(store.fingerprint_key()) == 32


@pytest.mark.parametrize(
    "name",
    [
        "snapshots/{outside}",
        "snapshots//{outside}",
        "snapshots/../../escaped",
        "snapshots/./../../escaped",
        "snapshots/..\\..\\escaped",
        "snapshots/C:\\escaped",
        "snapshots/{id}/../../../escaped",
        "snapshots/{id}//{outside}",
        "snapshots/{id}/other.txt",
        "snapshots/{id}/sub/info.json",
        "snapshots/{id}",
        "snapshots/info.json",
        "./snapshots/{id}/../escaped",
        "state/../escaped",
        "state/etags.json",
        "{outside}",
        "escaped",
    ],
)
def test_a_member_that_no_backup_holds_is_refused_even_when_the_manifest_names_it(
    tmp_path: Path, members: Members, name: str
) -> None:
    key = next(each.split("/")[1] for each in members if each.startswith("snapshots/"))
    odd = name.format(outside=tmp_path / "escaped", id=key)
    refused(tmp_path, packed(tmp_path / "a.tar.gz", {**members, odd: b"x"}), "which no backup of ours does")
    assert not list(tmp_path.rglob("*escaped*"))


def test_a_member_that_the_manifest_does_not_name_is_refused(tmp_path: Path, members: Members) -> None:
    key = "0" * 20
    archive = packed(tmp_path / "a.tar.gz", members, unnamed={f"snapshots/{key}/info.json": b"{}"})
    refused(tmp_path, archive, "is not in its manifest")


def test_a_member_that_is_held_twice_is_refused(tmp_path: Path, members: Members) -> None:
    archive = packed(tmp_path / "a.tar.gz", members, unnamed={"state/ledger.json": b"[]"})
    refused(tmp_path, archive, "twice")


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.DIRTYPE])
def test_a_link_a_pipe_or_a_folder_is_refused(tmp_path: Path, kind: bytes) -> None:
    archive = tmp_path / "a.tar.gz"
    with tarfile.open(archive, "w:gz") as made:
        info = tarfile.TarInfo(f"snapshots/{'0' * 20}/info.json")
        info.type, info.linkname = kind, "/etc/passwd"
        made.addfile(info)
    refused(tmp_path, archive, "which no backup of ours does")


def test_a_folder_of_the_store_that_leads_elsewhere_is_not_written_through(tmp_path: Path, members: Members) -> None:
    key = next(each.split("/")[1] for each in members if each.startswith("snapshots/"))
    outside = tmp_path / "outside"
    outside.mkdir()
    with Store.open(str(tmp_path / "second" / "state.db")) as store:
        store.folder.mkdir()
        (store.folder / key).symlink_to(outside)
        with pytest.raises(StoreError, match="leads out of"):
            restore(store, packed(tmp_path / "a.tar.gz", members))
        assert store.ledger() == []
    assert list(outside.iterdir()) == []


def test_what_unpacks_to_far_more_than_it_is_is_refused(tmp_path: Path, members: Members) -> None:
    bomb = {**members, "state/waivers.json": b" " * (ALLOWANCE * 2)}
    archive = packed(tmp_path / "a.tar.gz", bomb)
    assert archive.stat().st_size * MOST_RATIO < ALLOWANCE, "it is a bomb"
    refused(tmp_path, archive, "unpacks to more than")


def test_a_header_that_is_a_bomb_is_refused(tmp_path: Path) -> None:
    archive = tmp_path / "a.tar.gz"
    info = tarfile.TarInfo("pax")
    info.type, info.size = tarfile.XHDTYPE, ALLOWANCE * 4
    with gzip.open(archive, "wb") as made:
        made.write(info.tobuf())
        for _ in range(4 * ALLOWANCE // 2**20):
            made.write(bytes(2**20))
    refused(tmp_path, archive, "unpacks to more than")


def test_a_ledger_that_does_not_verify_leaves_nothing(tmp_path: Path, members: Members) -> None:
    rows = json.loads(members["state/ledger.json"])
    rows[0]["actor"] = "mallory"
    members["state/ledger.json"] = json.dumps(rows).encode()
    refused(tmp_path, packed(tmp_path / "a.tar.gz", members), "does not verify: row 1 was changed")


def test_a_snapshot_whose_files_are_missing_leaves_nothing(tmp_path: Path, members: Members) -> None:
    del members[next(name for name in members if name.endswith("grants.parquet"))]
    refused(tmp_path, packed(tmp_path / "a.tar.gz", members), r"without grants\.parquet")


@pytest.mark.parametrize(
    ("table", "body"),
    [
        ("ledger", b"[{"),
        ("ledger", b"{}"),
        ("ledger", b"[1]"),
        ("ledger", b"[" * 100_000),
        ("ledger", b'[{"seq": "one"}]'),
        ("waivers", b'[{"id": 1, "no such column": 2}]'),
        ("waivers", b'[{"id": 1, "created": {"at": "yesterday"}}]'),
        ("waivers", b'[{"id": 1, "created": {"at": 7}}]'),
        ("findings", b'[{"fingerprint": ["a", "list"]}]'),
        ("snapshots", b"\xff"),
    ],
)
def test_state_that_is_not_what_we_write_leaves_nothing(
    tmp_path: Path, members: Members, table: str, body: bytes
) -> None:
    members[f"state/{table}.json"] = body
    refused(tmp_path, packed(tmp_path / "a.tar.gz", members), f"damaged: state/{table}.json")


@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("findings", {"body": {"bytes": "{}"}}),
        ("findings", {"life": "asleep"}),
        ("snapshots", {"sources": "{"}),
        ("snapshots", {"id": "../../escaped"}),
    ],
)
def test_rows_that_could_not_be_read_again_leave_nothing(
    tmp_path: Path, members: Members, table: str, change: dict[str, object]
) -> None:
    rows = json.loads(members[f"state/{table}.json"])
    rows[0] |= change
    members[f"state/{table}.json"] = json.dumps(rows).encode()
    refused(tmp_path, packed(tmp_path / "a.tar.gz", members), "damaged")


@pytest.mark.parametrize("manifest", [b"[]", b"{", b'{"format": 1}', b'{"format": 1, "files": [1]}', b"7"])
def test_a_manifest_that_is_none_is_refused(tmp_path: Path, manifest: bytes) -> None:
    archive = tmp_path / "a.tar.gz"
    with tarfile.open(archive, "w:gz") as made:
        info = tarfile.TarInfo("manifest.json")
        info.size = len(manifest)
        made.addfile(info, io.BytesIO(manifest))
    refused(tmp_path, archive, "no manifest")


def test_files_that_are_no_archive_are_refused(tmp_path: Path) -> None:
    for number, body in enumerate((b"", b"notes", gzip.compress(b"notes" * 999), gzip.compress(b"")[:12])):
        archive = tmp_path / f"{number}.tar.gz"
        archive.write_bytes(body)
        refused(tmp_path, archive, "whole backup")


def test_a_newer_backup_says_so(tmp_path: Path, members: Members) -> None:
    refused(tmp_path, packed(tmp_path / "a.tar.gz", members, format_=2), "newer Pipewarden")


def test_postgresql_keeps_nothing_of_a_bad_backup_either(tmp_path: Path, members: Members, postgresql: str) -> None:
    rows = json.loads(members["state/ledger.json"])
    rows[0]["actor"] = "mallory"
    bad = packed(tmp_path / "bad.tar.gz", {**members, "state/ledger.json": json.dumps(rows).encode()})
    with Store.open(fresh_database(postgresql), snapshots_in=tmp_path / "pg") as store:
        with pytest.raises(StoreError, match="does not verify"):
            restore(store, bad)
        assert store.ledger() == []
        assert restore(store, packed(tmp_path / "good2.tar.gz", members)) > 0, "it is as empty as it was"


def test_a_restore_beside_the_store_that_was_saved_shares_its_snapshots(tmp_path: Path, members: Members) -> None:
    archive = packed(tmp_path / "a.tar.gz", members)
    with Store.open(str(tmp_path / "first" / "new.db")) as store:
        assert restore(store, archive) > 0
        assert store.load_snapshot().content == snapshot_of("alice").content
        (store.folder / store.snapshots()[0].id / "grants.parquet").write_bytes(b"other")
    with Store.open(str(tmp_path / "first" / "newer.db")) as store:
        with pytest.raises(StoreError, match="other files"):
            restore(store, archive)
        assert store.ledger() == []


def test_a_backup_holds_the_snapshots_of_its_own_store_only(tmp_path: Path) -> None:
    for name, person in (("a.db", "alice"), ("b.db", "bob")):
        with Store.open(str(tmp_path / name)) as store:
            store.save_snapshot(snapshot_of(person))
            backup(store, tmp_path / f"{name}.tar.gz")
    with tarfile.open(tmp_path / "b.db.tar.gz") as archive:
        held = {name.split("/")[1] for name in archive.getnames() if name.startswith("snapshots/")}
    with Store.open(str(tmp_path / "b.db")) as store:
        assert held == {row.id for row in store.snapshots()}


def test_a_snapshot_whose_files_are_gone_is_not_backed_up_in_silence(tmp_path: Path) -> None:
    with Store.open(str(tmp_path / "a.db")) as store:
        row = store.save_snapshot(snapshot_of("alice"))
        (store.folder / row.id / "grants.parquet").unlink()
        with pytest.raises(StoreError, match=r"grants\.parquet"):
            backup(store, tmp_path / "a.tar.gz")
    assert not list(tmp_path.glob("*.tar.gz*"))
    assert not list(tmp_path.glob(".*draft*"))


def test_on_postgresql_a_backup_sees_all_tables_as_of_one_moment(tmp_path: Path, postgresql: str) -> None:
    with Store.open(fresh_database(postgresql), snapshots_in=tmp_path / "pg") as store:
        with store.at_one_moment() as connection:
            before = connection.execute(sa.select(sa.func.count()).select_from(ledger)).scalar()
            store.note("something.else", "meanwhile")
            assert connection.execute(sa.select(sa.func.count()).select_from(ledger)).scalar() == before
        assert len(store.ledger()) == 1
