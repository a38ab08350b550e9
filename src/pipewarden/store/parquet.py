"""Snapshots as immutable Parquet files: written whole or not at all, read as columns and never as rows."""

import os
import shutil
from pathlib import Path

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from pipewarden.errors import NewerStore, StoreError
from pipewarden.model.columns import FORMAT, Snapshot, SnapshotInfo
from pipewarden.store.faults import disk_faults

TABLES = ("entities", "memberships", "grants", "records")
FILES = (*(f"{name}.parquet" for name in TABLES), "info.json")
"""All that a snapshot's folder holds."""


class _Info(msgspec.Struct, kw_only=True):
    format: int
    content: str
    info: SnapshotInfo


def write_snapshot(snapshot: Snapshot, folder: Path) -> str:
    """Write a snapshot into a new folder and return its content hash.

    The files are written and synced beside the folder and renamed into place at last, so that a reader sees all
    of it or nothing. Raises StoreError or FullDisk; nothing half-written is left behind.
    """
    content = snapshot.content
    draft = folder.with_name(f".{folder.name}.draft")
    with disk_faults(f"the snapshot {folder.name}"):
        shutil.rmtree(draft, ignore_errors=True)
        try:
            draft.mkdir(parents=True)
            tables = (
                snapshot.entities_table(),
                snapshot.memberships_table(),
                snapshot.grants_table(),
                snapshot.records_table(),
            )
            for name, table in zip(TABLES, tables, strict=True):
                pq.write_table(table, draft / f"{name}.parquet", compression="zstd", store_schema=True)
            info = _Info(format=FORMAT, content=content, info=snapshot.info)
            (draft / "info.json").write_bytes(msgspec.json.encode(info))
            for path in (*draft.iterdir(), draft):
                sync(path)
            draft.rename(folder)
            sync(folder.parent)
        except BaseException:
            shutil.rmtree(draft, ignore_errors=True)
            raise
    return content


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
    except OSError as refusal:
        raise StoreError(f"{path} cannot be read: {refusal.strerror}") from None
    except (msgspec.DecodeError, KeyError, TypeError):
        raise StoreError(f"{path} is broken", hint="Restore it from a backup, or collect again.") from None


def _short(fault: Exception) -> str:
    return str(fault).splitlines()[0][:200] if str(fault) else type(fault).__name__
