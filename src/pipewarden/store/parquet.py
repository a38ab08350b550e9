"""Snapshots as immutable Parquet files: written whole or not at all, read as columns and never as rows."""

import errno
import os
import shutil
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from pipewarden.disk import disk_faults
from pipewarden.errors import NewerStore, StoreError
from pipewarden.model.columns import SnapshotInfo
from pipewarden.model.snapshot import Snapshot
from pipewarden.model.tables import FORMAT

TABLES = ("entities", "memberships", "grants", "records")
FILES = (*(f"{name}.parquet" for name in TABLES), "info.json")
"""All that a snapshot's folder holds."""


class _Info(msgspec.Struct, kw_only=True):
    format: int
    content: str
    info: SnapshotInfo


def write_snapshot(snapshot: Snapshot, folder: Path, content: str) -> None:
    """Write a snapshot, of which the content hash is given, into a new folder.

    The files are written and synced beside the folder and renamed into place at last, so that a reader sees all
    of it or nothing. Where another wrote the same meanwhile, that is kept. Raises StoreError or FullDisk; nothing
    half-written is left behind.
    """
    tables = {
        "entities": snapshot.entities_table,
        "memberships": snapshot.memberships_table,
        "grants": snapshot.grants_table,
        "records": snapshot.records_table,
    }
    info = msgspec.json.encode(_Info(format=FORMAT, content=content, info=snapshot.info))
    with disk_faults(f"the snapshot {folder.name}"):
        try:
            _write(tables, info, folder)
        except FileNotFoundError:
            # the machine slept for longer than its intent held, and another cleared away the draft: it is not there
            # to clear a second time
            _write(tables, info, folder)


def _write(tables: Mapping[str, Callable[[], pa.Table]], info: bytes, folder: Path) -> None:
    draft = folder.with_name(f".{folder.name}.{uuid.uuid4().hex[:8]}.draft")
    try:
        draft.mkdir(parents=True)
        for name, table in tables.items():
            pq.write_table(table(), draft / f"{name}.parquet", compression="zstd", store_schema=True)
        (draft / "info.json").write_bytes(info)
        for path in (*draft.iterdir(), draft):
            sync(path)
        _put_in_place(draft, folder)
        sync(folder.parent)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _put_in_place(draft: Path, folder: Path) -> None:
    try:
        draft.rename(folder)
    except OSError as taken:
        if taken.errno not in {errno.ENOTEMPTY, errno.EEXIST} or not is_whole(folder):
            raise


def is_whole(folder: Path) -> bool:
    """Tell whether a snapshot stands in its place: it is renamed there only when all of it is written."""
    return (folder / "info.json").exists()


def drop(folder: Path) -> None:
    """Remove a snapshot's folder, if there is one, out of its place in one step; and what is left of its drafts."""
    gone = folder.with_name(f".{folder.name}.{uuid.uuid4().hex[:8]}.draft")
    if folder.exists():
        with disk_faults(f"the snapshot {folder.name}"):
            folder.rename(gone)
    for draft in folder.parent.glob(f".{folder.name}.*draft"):
        shutil.rmtree(draft, ignore_errors=True)


def sync(path: Path) -> None:
    """Return when a file or folder is on the disk, and not only on its way. Raises OSError."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def read_snapshot(folder: Path) -> Snapshot:
    """Read a snapshot's columns. Raises StoreError naming the file that is missing or broken."""
    info = _read_info(folder)
    tables = []
    for name in TABLES:
        path = folder / f"{name}.parquet"
        try:
            tables.append(_File(path))
        except (OSError, pa.ArrowException) as broken:
            raise StoreError(
                f"the snapshot file {path} cannot be read: {_short(broken)}",
                hint="Restore it from a backup, or collect again with `pipewarden audit`.",
            ) from None
    try:
        return Snapshot.from_tables(info.info, *tables)
    except (OSError, KeyError, ValueError, pa.ArrowException) as broken:
        raise StoreError(
            f"the snapshot in {folder} is damaged: {_short(broken)}",
            hint="Restore it from a backup, or collect again with `pipewarden audit`.",
        ) from None


class _File:
    """A Parquet file of which each column is read when asked for: never all of them in memory at once."""

    def __init__(self, path: Path) -> None:
        self._file = pq.ParquetFile(path, memory_map=True)

    def column(self, name: str) -> pa.ChunkedArray:
        """Read one column. Raises KeyError where there is none of that name."""
        if name not in self._file.schema_arrow.names:
            raise KeyError(name)
        return self._file.read(columns=[name], use_threads=False).column(0)


def _read_info(folder: Path) -> _Info:
    path = folder / "info.json"
    try:
        raw = path.read_bytes()
        version = msgspec.json.decode(raw)["format"]
        if version > FORMAT:
            raise NewerStore(
                f"the snapshot in {folder} was written by a newer Pipewarden (layout {version}, this one reads {FORMAT})",
                hint="Upgrade Pipewarden, or name an older snapshot.",
            )
        return msgspec.json.decode(raw, type=_Info)
    except FileNotFoundError:
        raise StoreError(
            f"the snapshot {folder.name[:8]} is not in {folder.parent}",
            hint="Another machine may have written it: share that folder with it, or audit here.",
        ) from None
    except OSError as refusal:
        raise StoreError(f"{path} cannot be read: {refusal.strerror}", hint="May you read that folder?") from None
    except (msgspec.DecodeError, KeyError, TypeError):
        raise StoreError(f"{path} is broken", hint="Restore it from a backup, or collect again.") from None


def _short(fault: Exception) -> str:
    return str(fault).splitlines()[0][:200] if str(fault) else type(fault).__name__
