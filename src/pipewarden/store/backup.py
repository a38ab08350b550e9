"""One file that holds the whole state and its snapshots, from either database; `restore` reads it into either."""

import hashlib
import io
import json
import tarfile
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import IO, Any

import sqlalchemy as sa

from pipewarden.disk import disk_faults
from pipewarden.errors import StoreError, UsageError
from pipewarden.store import Store
from pipewarden.store.ledger import utc
from pipewarden.store.parquet import FILES, sync
from pipewarden.store.schema import metadata

FORMAT = 1
KEPT = ("snapshots", "findings", "finding_history", "waivers", "ledger", "keys")
"""Tables that are state; checkpoints and ETags only save work and are left out."""
ADDED = frozenset({"keys"})
"""Those that the first backups did not have."""


def backup(store: Store, path: Path) -> int:
    """Write state and its snapshots to one new file and return its size in bytes.

    The file is written beside its place and renamed at last. Raises UsageError where the file exists, FullDisk, or
    StoreError, also where a file of a snapshot is missing.
    """
    if path.exists():
        raise UsageError(f"{path} exists", hint="Name a new file; backups are never overwritten.")
    draft = path.with_name(f".{path.name}.draft")
    with disk_faults(f"the backup {path}"):
        try:
            with tarfile.open(draft, "w:gz") as archive:
                names = _write(store, archive)
            sync(draft)
            draft.rename(path)
        finally:
            draft.unlink(missing_ok=True)
    store.note("backup.written", path.name, {"files": names})
    return path.stat().st_size


def _write(store: Store, archive: tarfile.TarFile) -> int:
    """Write all members, the manifest last; return how many there are beside it."""
    digests: dict[str, str] = {}
    state = _state(store)
    for name, rows in state.items():
        body = json.dumps(rows, sort_keys=True).encode()
        _add(archive, digests, f"state/{name}.json", io.BytesIO(body), len(body))
    for name, file in _files(store, state["snapshots"]):
        try:
            with file.open("rb") as handle:
                _add(archive, digests, name, handle, file.stat().st_size)
        except FileNotFoundError:
            raise StoreError(
                f"{file} is missing, so that this would be no whole backup",
                hint="If snapshots were just pruned, run it again; else restore the file, or prune its snapshot.",
            ) from None
    manifest = json.dumps({"format": FORMAT, "files": digests}, sort_keys=True).encode()
    _add(archive, {}, "manifest.json", io.BytesIO(manifest), len(manifest))
    return len(digests)


def _state(store: Store) -> dict[str, list[dict[str, Any]]]:
    """Read all tables as they are at one moment."""
    with store.at_one_moment() as connection:
        return {
            name: [_plain(row._mapping) for row in connection.execute(sa.select(metadata.tables[name]))]  # noqa: SLF001 - the documented way
            for name in KEPT
        }


def _files(store: Store, rows: Iterable[dict[str, Any]]) -> Iterable[tuple[str, Path]]:
    """Yield the files of the store's own whole snapshots: another store may keep its own in the same folder."""
    for key in sorted(row["id"] for row in rows if row["written"]):
        for name in FILES:
            yield f"snapshots/{key}/{name}", store.folder / key / name


class _Hashed:
    """A file that is hashed while it is read."""

    def __init__(self, handle: IO[bytes]) -> None:
        self._handle = handle
        self.sha256 = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        """Read and hash."""
        body = self._handle.read(size)
        self.sha256.update(body)
        return body


def _add(archive: tarfile.TarFile, digests: dict[str, str], name: str, handle: IO[bytes], size: int) -> None:
    info = tarfile.TarInfo(name)
    info.size = size
    hashed = _Hashed(handle)
    archive.addfile(info, hashed)
    digests[name] = hashed.sha256.hexdigest()


def _plain(row: Any) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for key, value in row.items():
        if isinstance(value, datetime):
            out[key] = {"at": utc(value).isoformat()}
        elif isinstance(value, bytes):
            out[key] = {"bytes": value.decode("utf-8")}
        else:
            out[key] = value
    return out
