"""The state store: snapshots, findings with their life, waivers, the ledger, and how far a collection got.

Several processes and machines use one store at once: whoever writes state does it alone (`Database.writing`), and a
snapshot that is being written is held by who writes it (`pipewarden.store.intents`).
"""

import json
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import msgspec
import sqlalchemy as sa

from pipewarden.errors import StoreError
from pipewarden.model.findings import Finding, Judged, Life, NotAssessed, Waiver
from pipewarden.store import intents
from pipewarden.store import ledger as chain
from pipewarden.store import waivers as accepted
from pipewarden.store.database import PATIENCE, Database, connect
from pipewarden.store.ledger import Entry, utc
from pipewarden.store.places import absent, is_url, remove
from pipewarden.store.schema import finding_history, findings, metadata
from pipewarden.store.snapshots import Snapshots
from pipewarden.store.waivers import WaiverRow

if TYPE_CHECKING:
    from pipewarden.model.snapshot import Snapshot


class Store(Snapshots):
    """One company's state. Open it with `Store.open`, and as a context manager close it again."""

    def __init__(self, database: Database, folder: Path, clock: Callable[[], datetime], actor: str) -> None:
        super().__init__(database, folder, clock, actor)
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
        patience: int = PATIENCE,
    ) -> Self:
        """Open the store at a path or URL; where there is none it is made, unless told otherwise.

        Snapshots live in a folder beside it unless said otherwise. `patience` is how many seconds to wait for another
        process that writes. Raises NoStore, NewerStore, FullDisk or StoreError
        with what to do.
        """
        beside = snapshots_in or (Path("snapshots") if is_url(place) else Path(place).parent / "snapshots")
        made = absent(beside) if is_url(place) else [*absent(Path(place)), *absent(beside)]
        store = cls(connect(place, create=create, patience=patience), beside, clock, actor)
        store._made = made
        try:
            store.recover()
        except BaseException:
            store.__exit__()
            raise
        return store

    def discard(self) -> None:
        """Close an empty store and take away the files and folders that opening it made; what was there before stays.

        A collection that was interrupted leaves its steps in it: then it is not empty.
        """
        self.put_answers()
        with self.at_one_moment() as connection:
            empty = not any(
                connection.execute(sa.select(sa.literal(1)).select_from(table).limit(1)).first()
                for table in metadata.sorted_tables
            )
        self.__exit__()
        if empty:
            remove(self._made)

    def __enter__(self) -> Self:
        """Return the store itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close all connections."""
        try:
            with suppress(StoreError):
                self.put_answers()
            if self._holds:
                with suppress(StoreError), self._database.adding() as connection:
                    # what cannot be let go of runs out by itself
                    intents.let_go(connection, self._holder)
        finally:
            self._database.close()

    # --- findings ---------------------------------------------------------------------------------

    def judged(self) -> dict[str, Judged]:
        """Return all findings ever seen, by fingerprint."""
        with self.at_one_moment() as connection:
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
            active = [row.waiver for row in accepted.rows(connection)]
            judged = reconcile(known, found, assessed, active, at)
            for each in judged:
                self._keep(connection, each, known.get(each.finding.fingerprint), snapshot, at)
            lives = [each.life for each in judged]
            counts = {life.value: lives.count(life) for life in Life}
            self._record(connection, "audit.recorded", snapshot, {"findings": counts})
            intents.let_go(connection, self._holder, snapshot)
        self._holds.discard(snapshot)
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
        accepted.refuse(waiver, now)
        with self._begin() as connection:
            number = accepted.add(connection, waiver, now)
            self._record(connection, "waiver.added", str(number), json.loads(msgspec.json.encode(waiver)))
        return number

    def waivers(self) -> list[WaiverRow]:
        """Return the waivers that were not withdrawn, expired ones included."""
        with self.at_one_moment() as connection:
            return accepted.rows(connection)

    def withdraw_waiver(self, number: int) -> None:
        """End a waiver now. Raises UsageError where there is none of that number."""
        with self._begin() as connection:
            accepted.withdraw(connection, number, self.now())
            self._record(connection, "waiver.withdrawn", str(number), {})

    # --- ledger -----------------------------------------------------------------------------------

    def note(self, act: str, subject: str, body: dict[str, Any] | None = None) -> None:
        """Add one act of ours to the ledger."""
        with self._begin() as connection:
            self._record(connection, act, subject, body or {})

    def ledger(self) -> list[Entry]:
        """Return the whole ledger in order."""
        with self.at_one_moment() as connection:
            return list(chain.entries(connection))

    def ledger_problems(self) -> list[str]:
        """Verify the chain; return a sentence for each row that was edited, removed or moved."""
        with self.at_one_moment() as connection:
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
