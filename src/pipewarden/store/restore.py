"""Reading a backup into an empty store: as if mallory had packed it, verified before anything of it is kept."""

import gzip
import hashlib
import re
import shutil
import tarfile
import tempfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

import msgspec
import sqlalchemy as sa

from pipewarden.disk import disk_faults
from pipewarden.errors import StoreError, UsageError
from pipewarden.store import Store, ledger, waivers
from pipewarden.store.backup import ADDED, FORMAT, KEPT
from pipewarden.store.parquet import FILES, sync
from pipewarden.store.schema import metadata, snapshots
from pipewarden.store.snapshots import snapshot_row

MOST_RATIO = 200
"""A backup may unpack to so many times its size: what we write packs ten to forty times."""
ALLOWANCE = 16 * 2**20
"""So many bytes more, for small backups."""
MOST_STATE = 2 * 2**30
"""Bytes of one table, which is read into memory."""

_WHAT = "the restored snapshots"
_CHUNK = 2**20
_ID = re.compile(r"[0-9a-f]{20}")
_MEMBER = re.compile(
    rf"manifest\.json|state/({'|'.join(KEPT)})\.json|snapshots/{_ID.pattern}/({'|'.join(map(re.escape, FILES))})"
)
"""The only names that `backup` writes."""


def restore(store: Store, path: Path) -> int:
    """Read a backup into an empty store and return the number of rows.

    All is unpacked into a folder beside the snapshots, and every file, row and link of the ledger is verified; then the
    snapshots are renamed into place and the rows committed. Whatever fails leaves the store as empty as it was. Files
    of snapshots that no row names are not kept.

    Raises UsageError where the store is not empty, FullDisk, or StoreError where the file is not a whole backup.
    """
    if store.snapshots() or store.ledger():
        raise _not_empty()
    with disk_faults(_WHAT):
        store.folder.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=".restore-", dir=store.folder))
    try:
        _unpack(path, draft)
        state = {name: _rows(path, draft, name) for name in KEPT}
        count = sum(map(len, state.values()))
        keys = [row["id"] for row in state["snapshots"] if row["written"]]
        with _moved(path, draft / "snapshots", store.folder, keys), store._begin() as connection:  # noqa: SLF001
            _insert(connection, path, state)
            _verify(store, connection, path)
            store._record(connection, "backup.restored", path.name, {"rows": count})  # noqa: SLF001 - the same floor
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return count


def _not_empty() -> UsageError:
    return UsageError("the store is not empty", hint="Name a new one with --store; nothing was touched.")


# --- the archive ----------------------------------------------------------------------------------


class _Counted:
    """The unpacked bytes of an archive; refuses to give more than the archive may unpack to."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._left = path.stat().st_size * MOST_RATIO + ALLOWANCE
            self._file = gzip.open(path)  # noqa: SIM115 - closed by close()
        except OSError as fault:
            raise _not_whole(path, fault) from None

    def read(self, size: int) -> bytes:
        """Read at most `size` bytes. Raises StoreError where the archive is broken or a bomb."""
        try:
            body = self._file.read(size)
        except (OSError, EOFError, zlib.error) as fault:
            raise _not_whole(self._path, fault) from None
        self._left -= len(body)
        if self._left < 0:
            raise StoreError(
                f"{self._path} unpacks to more than {MOST_RATIO} times its size, which no backup of ours does"
            )
        return body

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def _not_whole(path: Path, fault: BaseException) -> StoreError:
    return StoreError(f"{path} is not a whole backup: {fault}")


def _damaged(path: Path, name: str) -> StoreError:
    return StoreError(f"{path} is damaged: {name} is not what was written")


def _unpack(path: Path, draft: Path) -> None:
    """Unpack an archive into a folder and hold each member against the manifest."""
    digests: dict[str, str] = {}
    counted = _Counted(path)
    try:
        # a stream: tarfile then reads nothing but through the count, headers included
        with tarfile.open(fileobj=counted, mode="r|") as archive:  # type: ignore[call-overload] # it only reads
            for member in archive:
                if not member.isreg() or member.issparse() or not _MEMBER.fullmatch(member.name):
                    raise StoreError(f"{path} holds {member.name}, which no backup of ours does")
                if member.name in digests:
                    raise StoreError(f"{path} holds {member.name} twice, which no backup of ours does")
                handle = archive.extractfile(member)
                assert handle is not None  # noqa: S101 - a regular file
                digests[member.name] = _extract(handle, draft / member.name)
        while counted.read(_CHUNK):
            pass  # to the end, where the checksum stands
    except tarfile.TarError as fault:
        raise _not_whole(path, fault) from None
    finally:
        counted.close()
    digests.pop("manifest.json", None)
    stated = _manifest(path, draft / "manifest.json")
    for name in digests:
        if name not in stated:
            raise StoreError(f"{path} holds {name}, which is not in its manifest")
    for name, expected in stated.items():
        if digests.get(name) != expected:
            raise _damaged(path, name)


def _extract(handle: IO[bytes], target: Path) -> str:
    """Write one member into the draft and return its SHA-256."""
    sha256 = hashlib.sha256()
    with disk_faults(_WHAT):
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("xb") as out:
            while body := handle.read(_CHUNK):
                sha256.update(body)
                out.write(body)
        sync(target)
    return sha256.hexdigest()


def _manifest(path: Path, file: Path) -> dict[str, str]:
    """Read which members there are with their SHA-256."""
    try:
        manifest = msgspec.json.decode(_whole(path, file), type=_Manifest)
    except (OSError, msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        raise StoreError(f"{path} has no manifest: it is not a whole backup") from None
    if manifest.format > FORMAT:
        raise StoreError(f"{path} was written by a newer Pipewarden", hint="Upgrade Pipewarden.")
    return manifest.files


class _Manifest(msgspec.Struct):
    format: int
    files: dict[str, str]


def _whole(path: Path, file: Path) -> bytes:
    if file.stat().st_size > MOST_STATE:
        raise StoreError(f"{path} holds a table of more than {MOST_STATE >> 30} GiB, which cannot be restored")
    return file.read_bytes()


# --- the rows -------------------------------------------------------------------------------------


def _rows(path: Path, draft: Path, table: str) -> list[dict[str, Any]]:
    """Read a table's rows and hold each value against its column."""
    name = f"state/{table}.json"
    file = draft / name
    if not file.exists():
        if table in ADDED:
            return []  # what the manifest names is there, so it was written before the table was
        raise _damaged(path, name)
    try:
        rows = msgspec.json.decode(_whole(path, file), type=list[dict[str, Any]])
        return [_row(table, each) for each in rows]
    except (msgspec.DecodeError, ValueError, TypeError, AttributeError, OverflowError, RecursionError):
        raise _damaged(path, name) from None


def _row(table: str, row: dict[str, Any]) -> dict[str, Any]:
    """Return a row as the database takes it. Raises ValueError, TypeError or AttributeError where it is none."""
    columns = metadata.tables[table].columns
    if row.keys() != set(columns.keys()):
        raise ValueError(table)
    out = {key: _value(value) for key, value in row.items()}
    for key, value in out.items():
        fits = columns[key].nullable if value is None else type(value) is _python(columns[key])
        if not fits:
            raise TypeError(key)
    if table == "snapshots" and not _ID.fullmatch(out["id"]):
        raise ValueError(out["id"])
    return out


def _python(column: sa.Column[Any]) -> type:
    return column.type.python_type


def _value(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if "at" in value:
        return datetime.fromisoformat(value["at"]).astimezone(UTC)
    return value["bytes"].encode("utf-8") if "bytes" in value else value


def _insert(connection: sa.Connection, path: Path, state: dict[str, list[dict[str, Any]]]) -> None:
    for name, rows in state.items():
        table = metadata.tables[name]
        if connection.execute(sa.select(sa.literal(1)).select_from(table).limit(1)).first():
            raise _not_empty()
        if not rows:
            continue
        try:
            connection.execute(table.insert(), rows)
        except (sa.exc.IntegrityError, sa.exc.DataError, OverflowError, ValueError):
            raise _damaged(path, f"state/{name}.json") from None
    if connection.dialect.name == "postgresql":
        for name in ("finding_history", "waivers"):
            connection.execute(
                sa.text(f"select setval(pg_get_serial_sequence('{name}', 'id'), coalesce(max(id), 1)) from {name}")  # noqa: S608
            )


def _verify(store: Store, connection: sa.Connection, path: Path) -> None:
    """Read everything back as later commands will, and verify the chain, before it is kept."""
    try:
        store._judged(connection)  # noqa: SLF001 - the same floor
        waivers.rows(connection)
        for row in connection.execute(sa.select(snapshots)):
            snapshot_row(row)
        for _ in ledger.entries(connection):
            pass
        problems = ledger.problems(connection)
    except (msgspec.DecodeError, ValueError, TypeError, KeyError, RecursionError) as fault:
        raise StoreError(f"{path} is damaged: its rows cannot be read again: {fault}") from None
    if problems:
        raise StoreError(f"the ledger in {path} does not verify: {problems[0]}", hint="Nothing of it was kept.")


# --- the snapshots --------------------------------------------------------------------------------


@contextmanager
def _moved(path: Path, draft: Path, folder: Path, keys: Iterable[str]) -> Iterator[None]:
    """Rename whole snapshots into place, and take them back where what follows fails."""
    moved: list[Path] = []
    try:
        with disk_faults(_WHAT):
            for key in keys:
                if _is_new(path, draft / key, folder / key):
                    sync(draft / key)
                    (draft / key).rename(folder / key)
                    moved.append(folder / key)
            sync(folder)
        yield
    except BaseException:
        for target in moved:
            shutil.rmtree(target, ignore_errors=True)
        raise


def _is_new(path: Path, ours: Path, target: Path) -> bool:
    """Tell whether a snapshot is to be put in its place; False where the same is there already, in a shared folder.

    Raises StoreError where it is not whole, or its place leads elsewhere or holds something else.
    """
    for name in FILES:
        if not (ours / name).is_file():
            raise StoreError(f"{path} is not a whole backup: it holds snapshot {ours.name[:8]} without {name}")
    if target.resolve() != target.parent.resolve() / target.name:
        raise StoreError(f"{target} leads out of the store", hint="Remove it, or name another store.")
    if not target.exists():
        return True
    for name in FILES:
        if not (target / name).is_file() or _digest(ours / name) != _digest(target / name):
            raise StoreError(
                f"{target} is there already with other files", hint="Restore into a store in another folder."
            )
    return False


def _digest(file: Path) -> bytes:
    with file.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").digest()
