"""The state store: snapshots, findings with their life, waivers, the ledger, and how far a collection got."""

import hashlib
import json
from collections.abc import Callable, Iterable
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import msgspec
import sqlalchemy as sa

from pipewarden.errors import StoreError, UsageError
from pipewarden.model.findings import Finding, Judged, Life, NotAssessed, Waiver
from pipewarden.store import ledger as chain
from pipewarden.store.database import connect, faults
from pipewarden.store.ledger import Entry, utc
from pipewarden.store.places import absent, is_url, remove, shown
from pipewarden.store.schema import checkpoints, etags, finding_history, findings, snapshots, waivers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipewarden.model.columns import Snapshot

__all__ = ["Entry", "SnapshotRow", "Store", "WaiverRow"]


class SnapshotRow(msgspec.Struct, frozen=True, kw_only=True):
    """A snapshot as the store lists it."""

    id: str
    content: str
    sources: tuple[str, ...]
    started: datetime
    ended: datetime
    complete: bool


class WaiverRow(msgspec.Struct, frozen=True, kw_only=True):
    """A waiver with its number in the store."""

    id: int
    waiver: Waiver
    created: datetime


class Store:
    """One company's state. Open it with `Store.open`, and as a context manager close it again."""

    def __init__(self, place: str, engine: sa.Engine, folder: Path, clock: Callable[[], datetime], actor: str) -> None:
        self.place = place
        self.folder = folder
        self._engine = engine
        self._clock = clock
        self._actor = actor
        self._made: list[Path] = []

    @classmethod
    def open(
        cls,
        place: str,
        *,
        create: bool = True,
        snapshots_in: Path | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        actor: str = "pipewarden",
    ) -> Self:
        """Open the store at a path or URL; where there is none it is made, unless told otherwise.

        Snapshots live in a folder beside it unless said otherwise. Raises NoStore, NewerStore, FullDisk or StoreError
        with what to do.
        """
        beside = snapshots_in or (Path("snapshots") if is_url(place) else Path(place).parent / "snapshots")
        made = absent(beside) if is_url(place) else [*absent(Path(place)), *absent(beside)]
        store = cls(place, connect(place, create=create), beside, clock, actor)
        store._made = made
        try:
            store.recover()
        except BaseException:
            store.__exit__()
            raise
        return store

    def discard(self) -> None:
        """Close an empty store and take away the files and folders that opening it made; what was there before stays."""
        empty = not self.ledger() and not self.snapshots()
        self.__exit__()
        if empty:
            remove(self._made)

    def __enter__(self) -> Self:
        """Return the store itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close all connections."""
        self._engine.dispose()

    @contextmanager
    def _begin(self) -> "Iterator[sa.Connection]":
        with faults(self.place), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def at_one_moment(self) -> "Iterator[sa.Connection]":
        """Begin a transaction that sees all tables as they are at one moment, for backups; for the parts of the store only."""
        with faults(self.place), self._engine.connect() as connection:
            if connection.dialect.name == "postgresql":
                # its default shows each statement what was committed before it, so that tables could differ in age
                connection.execution_options(isolation_level="REPEATABLE READ")
            with connection.begin():
                yield connection

    def now(self) -> datetime:
        """Return the time by the store's clock (UTC)."""
        return self._clock()

    # --- snapshots --------------------------------------------------------------------------------

    def save_snapshot(self, snapshot: "Snapshot") -> SnapshotRow:
        """Write a snapshot: its intent, its files, then its completion; a crash between leaves nothing visible."""
        from pipewarden.store.parquet import write_snapshot

        content = snapshot.content
        info = snapshot.info
        moment = info.ended.isoformat()
        key = hashlib.blake2b(f"{content}{moment}".encode(), digest_size=10).hexdigest()
        with self._begin() as connection:
            row = connection.execute(sa.select(snapshots).where(snapshots.c.id == key)).first()
            if row is not None and row.written:
                return snapshot_row(row)
            if row is None:
                connection.execute(
                    snapshots.insert().values(
                        id=key,
                        content=content,
                        sources=json.dumps(info.sources),
                        started=info.started,
                        ended=info.ended,
                        complete=info.complete,
                        written=False,
                        counters=json.dumps(info.counters, sort_keys=True),
                    )
                )
                self._record(connection, "snapshot.begun", key, {"sources": list(info.sources)})
        where = self.folder / key
        if not where.exists():
            write_snapshot(snapshot, where)
        self._complete(key)
        return self.snapshot_row(key)

    def _complete(self, key: str) -> None:
        with self._begin() as connection:
            done = connection.execute(
                snapshots.update().where(snapshots.c.id == key, snapshots.c.written.is_(False)).values(written=True)
            )
            if done.rowcount:
                self._record(connection, "snapshot.written", key, {})

    def recover(self) -> list[str]:
        """Finish or drop what a crash left between intent and completion; return what was done in words."""
        with self._begin() as connection:
            open_ = connection.execute(sa.select(snapshots.c.id).where(snapshots.c.written.is_(False))).scalars().all()
        told = []
        for key in open_:
            if (self.folder / key / "info.json").exists():
                self._complete(key)
                told.append(f"snapshot {key[:8]} was whole and is kept")
            else:
                with self._begin() as connection:
                    connection.execute(snapshots.delete().where(snapshots.c.id == key))
                    self._record(connection, "snapshot.dropped", key, {"because": "it was never written whole"})
                told.append(f"snapshot {key[:8]} was not written whole and is dropped")
        return told

    def snapshots(self) -> list[SnapshotRow]:
        """Return all whole snapshots, oldest first."""
        order = sa.select(snapshots).where(snapshots.c.written).order_by(snapshots.c.ended, snapshots.c.id)
        with self._begin() as connection:
            return [snapshot_row(row) for row in connection.execute(order)]

    def snapshot_row(self, which: str = "latest") -> SnapshotRow:
        """Find a snapshot by the beginning of its id, `latest` or `previous`. Raises StoreError or UsageError."""
        rows = self.snapshots()
        if not rows:
            raise StoreError(
                f"there is no snapshot in {shown(self.place)} yet", hint="Run `pipewarden audit github:ORG` first."
            )
        if which == "latest":
            return rows[-1]
        if which == "previous":
            if len(rows) < 2:
                raise StoreError("there is only one snapshot yet", hint="Run the audit again later, then compare.")
            return rows[-2]
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

        A snapshot to which a finding still points stays.
        """
        import shutil

        rows = self.snapshots()
        with self._begin() as connection:
            used = set(connection.execute(sa.select(findings.c.snapshot).distinct()).scalars())
        by_sources: dict[tuple[str, ...], list[SnapshotRow]] = {}
        for row in rows:
            by_sources.setdefault(row.sources, []).append(row)
        gone = [row.id for each in by_sources.values() for row in each[:-keep] if row.id not in used]
        for key in gone:
            with self._begin() as connection:
                connection.execute(snapshots.delete().where(snapshots.c.id == key))
                self._record(connection, "snapshot.pruned", key, {"kept": keep})
            shutil.rmtree(self.folder / key, ignore_errors=True)
        return gone

    # --- findings ---------------------------------------------------------------------------------

    def judged(self) -> dict[str, Judged]:
        """Return all findings ever seen, by fingerprint."""
        with self._begin() as connection:
            return self._judged(connection)

    def _judged(self, connection: sa.Connection) -> dict[str, Judged]:
        out = {}
        for row in connection.execute(sa.select(findings)):
            finding = msgspec.json.decode(row.body, type=Finding)
            out[row.fingerprint] = Judged(
                finding=finding, life=Life(row.life), first_seen=utc(row.first_seen), last_seen=utc(row.last_seen)
            )
        return out

    def record(
        self,
        found: Iterable[Finding],
        not_assessed: Iterable[NotAssessed],
        *,
        seen: "Snapshot",
        checks: Iterable[str],
        snapshot: str,
        at: datetime,
    ) -> list[Judged]:
        """Reconcile what an audit found with what was known, and keep it, in one transaction with its ledger row.

        `seen` is what was judged, by which checks; `snapshot` is the id it is kept under.
        """
        from pipewarden.store.life import Assessed, reconcile

        assessed = Assessed.of(seen, checks, not_assessed)
        with self._begin() as connection:
            known = self._judged(connection)
            active = [row.waiver for row in self._waivers(connection)]
            judged = reconcile(known, found, assessed, active, at)
            for each in judged:
                self._keep(connection, each, known.get(each.finding.fingerprint), snapshot, at)
            lives = [each.life for each in judged]
            counts = {life.value: lives.count(life) for life in Life}
            self._record(connection, "audit.recorded", snapshot, {"findings": counts})
        return judged

    def _keep(self, connection: sa.Connection, now: Judged, before: Judged | None, snapshot: str, at: datetime) -> None:
        values: dict[str, Any] = {
            "life": now.life.value,
            "last_seen": now.last_seen,
            "closed_at": at if now.life is Life.GONE else None,
        }
        seen = now.life in {Life.NEW, Life.OPEN, Life.WAIVED}
        if seen:
            values |= {"snapshot": snapshot, "body": msgspec.json.encode(now.finding), "first_seen": now.first_seen}
        key = now.finding.fingerprint
        if before is None:
            finding = now.finding
            connection.execute(
                findings.insert().values(
                    fingerprint=key, check_id=finding.check, subject=str(finding.subject), scope=finding.scope, **values
                )
            )
        else:
            connection.execute(findings.update().where(findings.c.fingerprint == key).values(**values))
        if before is None or before.life is not now.life:
            connection.execute(
                finding_history.insert().values(fingerprint=key, at=at, life=now.life.value, snapshot=snapshot)
            )

    # --- waivers ----------------------------------------------------------------------------------

    def add_waiver(self, waiver: Waiver) -> int:
        """Keep a waiver. Raises UsageError where it has no reason, no future end, or is approved by who benefits."""
        now = self.now()
        if not waiver.reason.strip():
            raise UsageError("a waiver needs a reason", hint="Say why it is accepted, with --reason.")
        if not waiver.approver.strip():
            raise UsageError("a waiver needs an approver", hint="Name who accepts it, with --approver.")
        if waiver.expires <= now:
            raise UsageError("a waiver must end in the future", hint="Give a date with --until YYYY-MM-DD.")
        names = {waiver.subject.lower(), waiver.subject.rpartition(":")[2].lower()} - {""}
        if waiver.approver.lower() in names:
            raise UsageError(
                f"{waiver.approver} cannot accept a finding about themselves",
                hint="Somebody who does not benefit must.",
            )
        with self._begin() as connection:
            done = connection.execute(
                waivers.insert().values(
                    check_id=waiver.check,
                    subject=waiver.subject,
                    object=waiver.object,
                    reason=waiver.reason,
                    approver=waiver.approver,
                    ticket=waiver.ticket,
                    expires=waiver.expires,
                    created=now,
                )
            )
            number = int(done.inserted_primary_key[0])  # type: ignore[index]
            body = json.loads(msgspec.json.encode(waiver))
            self._record(connection, "waiver.added", str(number), body)
        return number

    def waivers(self) -> list[WaiverRow]:
        """Return the waivers that were not withdrawn, expired ones included."""
        with self._begin() as connection:
            return self._waivers(connection)

    def _waivers(self, connection: sa.Connection) -> list[WaiverRow]:
        rows = connection.execute(sa.select(waivers).where(waivers.c.withdrawn.is_(None)).order_by(waivers.c.id))
        return [
            WaiverRow(
                id=row.id,
                created=utc(row.created),
                waiver=Waiver(
                    check=row.check_id,
                    subject=row.subject,
                    object=row.object,
                    reason=row.reason,
                    approver=row.approver,
                    ticket=row.ticket,
                    expires=utc(row.expires),
                ),
            )
            for row in rows
        ]

    def withdraw_waiver(self, number: int) -> None:
        """End a waiver now. Raises UsageError where there is none of that number."""
        with self._begin() as connection:
            done = connection.execute(
                waivers.update()
                .where(waivers.c.id == number, waivers.c.withdrawn.is_(None))
                .values(withdrawn=self.now())
            )
            if not done.rowcount:
                raise UsageError(f"there is no waiver {number}", hint="`pipewarden waivers list` shows them.")
            self._record(connection, "waiver.withdrawn", str(number), {})

    # --- ledger -----------------------------------------------------------------------------------

    def _record(self, connection: sa.Connection, act: str, subject: str, body: dict[str, Any]) -> None:
        chain.append(connection, at=self.now(), actor=self._actor, act=act, subject=subject, body=body)

    def note(self, act: str, subject: str, body: dict[str, Any] | None = None) -> None:
        """Add one act of ours to the ledger."""
        with self._begin() as connection:
            self._record(connection, act, subject, body or {})

    def ledger(self) -> list[Entry]:
        """Return the whole ledger in order."""
        with self._begin() as connection:
            return list(chain.entries(connection))

    def ledger_problems(self) -> list[str]:
        """Verify the chain; return a sentence for each row that was edited, removed or moved."""
        with self._begin() as connection:
            return chain.problems(connection)

    # --- keys -------------------------------------------------------------------------------------

    def fingerprint_key(self) -> bytes:
        """Return the key of the fingerprints of secrets in plain text; made once, the same in every run."""
        from pipewarden.store.keys import FINGERPRINTS, kept_key

        with self._begin() as connection:
            key, made = kept_key(connection, FINGERPRINTS, self.now())
            if made:
                self._record(connection, "key.made", FINGERPRINTS, {})
        return key

    # --- how far a collection got -----------------------------------------------------------------

    def checkpoints(self, source: str) -> dict[str, bytes]:
        """Return all that an interrupted collection of a source kept."""
        with self._begin() as connection:
            rows = connection.execute(sa.select(checkpoints).where(checkpoints.c.source == source))
            return {row.key: row.body for row in rows}

    def put_checkpoint(self, source: str, key: str, body: bytes) -> None:
        """Keep one step of a collection; the same step again replaces it."""
        with self._begin() as connection:
            where = (checkpoints.c.source == source) & (checkpoints.c.key == key)
            done = connection.execute(checkpoints.update().where(where).values(body=body, updated=self.now()))
            if not done.rowcount:
                connection.execute(checkpoints.insert().values(source=source, key=key, body=body, updated=self.now()))

    def clear_checkpoints(self, source: str) -> None:
        """Forget an interrupted collection: it is whole now."""
        with self._begin() as connection:
            connection.execute(checkpoints.delete().where(checkpoints.c.source == source))

    def etag(self, key: str) -> tuple[str, bytes] | None:
        """Return the ETag and body kept for a request, None where there is none."""
        hashed = hashlib.sha256(key.encode()).hexdigest()
        with self._begin() as connection:
            row = connection.execute(sa.select(etags).where(etags.c.key == hashed)).first()
        return (row.etag, row.body) if row else None

    def put_etag(self, key: str, etag: str, body: bytes) -> None:
        """Keep an ETag with the body it stands for."""
        hashed = hashlib.sha256(key.encode()).hexdigest()
        with self._begin() as connection:
            values = {"etag": etag, "body": body, "updated": self.now()}
            done = connection.execute(etags.update().where(etags.c.key == hashed).values(**values))
            if not done.rowcount:
                connection.execute(etags.insert().values(key=hashed, **values))


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
