"""The snapshots of a store: written whole or not at all, held by who writes them, found again, and dropped when they are old."""

import hashlib
import json
from collections.abc import Callable
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import sqlalchemy as sa

from pipewarden.errors import StoreError, UsageError
from pipewarden.store import intents
from pipewarden.store import ledger as chain
from pipewarden.store.database import Database
from pipewarden.store.ledger import utc
from pipewarden.store.places import shown
from pipewarden.store.schema import findings, snapshots
from pipewarden.store.steps import Steps

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipewarden.model.columns import SnapshotInfo
    from pipewarden.model.snapshot import Snapshot


class SnapshotRow(msgspec.Struct, frozen=True, kw_only=True):
    """A snapshot as the store lists it."""

    id: str
    content: str
    sources: tuple[str, ...]
    started: datetime
    ended: datetime
    complete: bool


class Snapshots(Steps):
    """The part of a store that keeps snapshots; each of its acts stands in the ledger."""

    def __init__(self, database: Database, folder: Path, clock: Callable[[], datetime], actor: str) -> None:
        super().__init__(database, clock)
        self.place = database.place
        self.folder = folder
        self._actor = actor
        self._holder = intents.holder()
        self._holds: set[str] = set()

    @contextmanager
    def _begin(self) -> "Iterator[sa.Connection]":
        with self._database.writing() as connection:
            yield connection

    @contextmanager
    def at_one_moment(self) -> "Iterator[sa.Connection]":
        """Begin a transaction that sees all tables as they are at one moment; for the parts of the store only."""
        with self._database.reading() as connection:
            yield connection

    def _record(self, connection: sa.Connection, act: str, subject: str, body: dict[str, Any]) -> None:
        chain.append(connection, at=self.now(), actor=self._actor, act=act, subject=subject, body=body)

    def save_snapshot(self, snapshot: "Snapshot") -> SnapshotRow:
        """Write a snapshot: its intent, its files, then its completion; a crash between leaves nothing visible.

        While it is written, and until this store is closed or has recorded what was found in it, nobody drops it.
        """
        from pipewarden.store.parquet import is_whole, write_snapshot

        content = snapshot.content  # hashing all columns takes a while: once
        moment = snapshot.info.ended.isoformat()
        key = hashlib.blake2b(f"{content}{moment}".encode(), digest_size=10).hexdigest()
        intent = _row(key, content, snapshot.info)
        self._holds.add(key)
        with self._begin() as connection:
            intents.hold(connection, key, self._holder)
            row = connection.execute(sa.select(snapshots).where(snapshots.c.id == key)).first()
            if row is not None and row.written:
                return snapshot_row(row)
            if row is None:
                connection.execute(snapshots.insert().values(**intent, written=False))
                self._record(connection, "snapshot.begun", key, {"sources": list(snapshot.info.sources)})
        try:
            with intents.renewed(self._database, key, self._holder):
                if not is_whole(self.folder / key):
                    write_snapshot(snapshot, self.folder / key, content)
        except BaseException:
            with suppress(StoreError), self._database.adding() as connection:  # else it runs out by itself
                intents.let_go(connection, self._holder, key)
            raise
        return self._complete(key, intent)

    def _complete(self, key: str, intent: dict[str, Any]) -> SnapshotRow:
        """Mark a snapshot as written whole. Its intent is put anew where it ran out meanwhile: a machine may sleep."""
        with self._begin() as connection:
            intents.hold(connection, key, self._holder)
            row = connection.execute(sa.select(snapshots).where(snapshots.c.id == key)).first()
            if row is None:
                connection.execute(snapshots.insert().values(**intent, written=True))
            elif not row.written:
                connection.execute(snapshots.update().where(snapshots.c.id == key).values(written=True))
            if row is None or not row.written:
                self._record(connection, "snapshot.written", key, {})
            return snapshot_row(connection.execute(sa.select(snapshots).where(snapshots.c.id == key)).one())

    def recover(self) -> list[str]:
        """Finish or drop what a crash left between intent and completion; return what was done in words.

        What somebody is writing just now, here or on another machine, is left alone.
        """
        from pipewarden.store.parquet import drop, is_whole

        with self.at_one_moment() as connection:
            if not _left(connection):
                return []
        told = []
        with self._begin() as connection:
            for key in _left(connection):
                intents.forget(connection, key)
                if is_whole(self.folder / key):
                    connection.execute(snapshots.update().where(snapshots.c.id == key).values(written=True))
                    self._record(connection, "snapshot.written", key, {})
                    told.append(f"snapshot {key[:8]} was whole and is kept")
                else:
                    connection.execute(snapshots.delete().where(snapshots.c.id == key))
                    self._record(connection, "snapshot.dropped", key, {"because": "it was never written whole"})
                    drop(self.folder / key)
                    told.append(f"snapshot {key[:8]} was not written whole and is dropped")
        return told

    def snapshots(self) -> list[SnapshotRow]:
        """Return all whole snapshots, oldest first."""
        order = sa.select(snapshots).where(snapshots.c.written).order_by(snapshots.c.ended, snapshots.c.id)
        with self.at_one_moment() as connection:
            return [snapshot_row(row) for row in connection.execute(order)]

    def snapshot_row(self, which: str = "latest") -> SnapshotRow:
        """Find a snapshot by the beginning of its id, `latest`, or `previous`: the one before it of the same sources.

        Raises StoreError or UsageError.
        """
        rows = self.snapshots()
        if not rows:
            raise StoreError(
                f"there is no snapshot in {shown(self.place)} yet", hint="Run `pipewarden audit github:ORG` first."
            )
        if which == "latest":
            return rows[-1]
        if which == "previous":
            alike = [row for row in rows[:-1] if set(row.sources) == set(rows[-1].sources)]
            if not alike:
                of = ", ".join(rows[-1].sources)
                raise StoreError(
                    f"there is only one snapshot of {of} yet", hint="Run the audit again later, then compare."
                )
            return alike[-1]
        found = [row for row in rows if row.id.startswith(which)]
        if len(found) != 1:
            how = "names no snapshot" if not found else f"names {len(found)} snapshots"
            raise UsageError(f"{which} {how}", hint="`pipewarden snapshots` lists them.")
        return found[0]

    def load_snapshot(self, which: str = "latest") -> "Snapshot":
        """Load a snapshot's columns. Raises StoreError naming the file that is missing or broken."""
        from pipewarden.store.parquet import read_snapshot

        return read_snapshot(self.folder / self.snapshot_row(which).id)

    def prune(self, keep: int) -> list[str]:
        """Drop all but the newest `keep` snapshots of each set of sources; return the ids that went.

        A snapshot to which a finding still points stays, and so does one that another audit has just written.
        """
        from pipewarden.store.parquet import drop

        with self._begin() as connection:
            whole = sa.select(snapshots).where(snapshots.c.written).order_by(snapshots.c.ended, snapshots.c.id)
            used = set(connection.execute(sa.select(findings.c.snapshot).distinct()).scalars())
            used |= intents.held(connection, but=self._holder)
            by_sources: dict[tuple[str, ...], list[SnapshotRow]] = {}
            for row in map(snapshot_row, connection.execute(whole)):
                by_sources.setdefault(row.sources, []).append(row)
            gone = [row.id for each in by_sources.values() for row in each[:-keep] if row.id not in used]
            for key in gone:
                intents.forget(connection, key)
                connection.execute(snapshots.delete().where(snapshots.c.id == key))
                self._record(connection, "snapshot.pruned", key, {"kept": keep})
        for key in gone:
            with self._begin() as connection:  # somebody may be about to write the same again
                if connection.execute(sa.select(snapshots.c.id).where(snapshots.c.id == key)).first() is None:
                    drop(self.folder / key)
        return gone


def _left(connection: sa.Connection) -> list[str]:
    """Return the snapshots that were begun, are not whole, and that nobody writes."""
    begun = connection.execute(sa.select(snapshots.c.id).where(snapshots.c.written.is_(False))).scalars().all()
    return sorted(set(begun) - intents.held(connection)) if begun else []


def _row(key: str, content: str, info: "SnapshotInfo") -> dict[str, Any]:
    return {
        "id": key,
        "content": content,
        "sources": json.dumps(info.sources),
        "started": info.started,
        "ended": info.ended,
        "complete": info.complete,
        "counters": json.dumps(info.counters, sort_keys=True),
    }


def snapshot_row(row: Any) -> SnapshotRow:
    """Read a row of the table of snapshots. Raises ValueError or TypeError where it is not as we write it."""
    return SnapshotRow(
        id=row.id,
        content=row.content,
        sources=tuple(json.loads(row.sources)),
        started=utc(row.started),
        ended=utc(row.ended),
        complete=row.complete,
    )
