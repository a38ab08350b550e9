"""One file that holds the whole state and all snapshots, from either database into either."""

import hashlib
import io
import json
import tarfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from pipewarden.errors import StoreError, UsageError
from pipewarden.store import Store
from pipewarden.store.faults import disk_faults
from pipewarden.store.ledger import utc
from pipewarden.store.schema import metadata

FORMAT = 1
_KEPT = ("snapshots", "findings", "finding_history", "waivers", "ledger")
"""Tables that are state; checkpoints and ETags only save work and are left out."""


def backup(store: Store, path: Path) -> int:
    """Write state and snapshots to one new file and return its size in bytes.

    The file is written beside its place and renamed at last. Raises UsageError where the file exists, FullDisk or StoreError.
    """
    if path.exists():
        raise UsageError(f"{path} exists", hint="Name a new file; backups are never overwritten.")
    draft = path.with_name(f".{path.name}.draft")
    with disk_faults(f"the backup {path}"):
        try:
            with tarfile.open(draft, "w:gz") as archive:
                manifest: dict[str, Any] = {"format": FORMAT, "files": {}}
                with store._begin() as connection:  # noqa: SLF001 - the same floor, one transaction over all tables
                    for name in _KEPT:
                        rows = [_plain(row._mapping) for row in connection.execute(sa.select(metadata.tables[name]))]  # noqa: SLF001
                        _add(archive, manifest, f"state/{name}.json", json.dumps(rows, sort_keys=True).encode())
                for file in sorted(store.folder.rglob("*")):
                    if file.is_file() and not file.parent.name.startswith("."):
                        name = f"snapshots/{file.relative_to(store.folder)}"
                        _add(archive, manifest, name, file.read_bytes())
                _add(archive, {"files": {}}, "manifest.json", json.dumps(manifest, sort_keys=True).encode())
            draft.rename(path)
        finally:
            draft.unlink(missing_ok=True)
    store.note("backup.written", path.name, {"files": len(manifest["files"])})
    return path.stat().st_size


def _add(archive: tarfile.TarFile, manifest: dict[str, Any], name: str, body: bytes) -> None:
    manifest["files"][name] = hashlib.sha256(body).hexdigest()
    info = tarfile.TarInfo(name)
    info.size = len(body)
    archive.addfile(info, io.BytesIO(body))


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


def _restored(row: dict[str, Any]) -> dict[str, Any]:
    out = dict(row)
    for key, value in row.items():
        if isinstance(value, dict) and "at" in value:
            out[key] = datetime.fromisoformat(value["at"]).astimezone(UTC)
        elif isinstance(value, dict) and "bytes" in value:
            out[key] = value["bytes"].encode("utf-8")
    return out


def restore(store: Store, path: Path) -> int:
    """Read a backup into an empty store and return the number of rows; every file is verified before anything is kept.

    Raises UsageError where the store is not empty, StoreError where the file is not a whole backup.
    """
    if store.snapshots() or store.ledger():
        raise UsageError("the store is not empty", hint="Name a new one with --store; nothing was touched.")
    files = _verified(path)
    count = 0
    with disk_faults("the restored snapshots"):
        for name, body in files.items():
            if name.startswith("snapshots/"):
                target = store.folder / name.removeprefix("snapshots/")
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(body)
    with store._begin() as connection:  # noqa: SLF001 - the same floor
        for name in _KEPT:
            rows = [_restored(row) for row in json.loads(files.get(f"state/{name}.json", b"[]"))]
            if rows:
                connection.execute(metadata.tables[name].insert(), rows)
                count += len(rows)
        if connection.dialect.name == "postgresql":
            for name in ("finding_history", "waivers"):
                connection.execute(
                    sa.text(f"select setval(pg_get_serial_sequence('{name}', 'id'), coalesce(max(id), 1)) from {name}")  # noqa: S608
                )
    problems = store.ledger_problems()
    if problems:
        raise StoreError(f"the restored ledger does not verify: {problems[0]}")
    store.note("backup.restored", path.name, {"rows": count})
    return count


def _verified(path: Path) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    try:
        with tarfile.open(path, "r:gz") as archive:
            for member in archive:
                parts = Path(member.name).parts
                if not member.isfile() or ".." in parts or member.name.startswith("/"):
                    raise StoreError(f"{path} holds {member.name}, which no backup of ours does")
                handle = archive.extractfile(member)
                files[member.name] = handle.read() if handle else b""
    except (OSError, tarfile.TarError, EOFError) as fault:
        raise StoreError(f"{path} is not a whole backup: {fault}") from None
    try:
        manifest = json.loads(files.pop("manifest.json"))
        stated = dict(manifest["files"])
        version = int(manifest["format"])
    except (KeyError, ValueError, TypeError):
        raise StoreError(f"{path} has no manifest: it is not a whole backup") from None
    if version > FORMAT:
        raise StoreError(f"{path} was written by a newer Pipewarden", hint="Upgrade Pipewarden.")
    for name, expected in stated.items():
        if name not in files or hashlib.sha256(files[name]).hexdigest() != expected:
            raise StoreError(f"{path} is damaged: {name} is not what was written")
    return files
