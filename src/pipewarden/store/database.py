"""The state database: SQLite in one file, or PostgreSQL by a URL; opened, migrated, and written by one at a time."""

import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from pipewarden.disk import disk_faults
from pipewarden.errors import FullDisk, StoreError
from pipewarden.store.migrate import READS, migrate, no_store
from pipewarden.store.places import Holds, held, near, shown, url_of

PATIENCE = 30
"""Seconds that nobody waits longer for who is writing."""
REACHED_SECONDS = 10
"""Nor for a server to be reached."""


class Database:
    """Connections to one state database, and the two ways to use it: to read, and to write as the only one who does."""

    def __init__(self, place: str, engine: sa.Engine, patience: int) -> None:
        self.place = place
        self._engine = engine
        self._patience = patience

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """Begin a transaction that sees all tables as they are at one moment, and waits for no writer."""
        with faults(self.place, self._patience), self._engine.connect() as connection:
            reads = connection.execution_options(**{READS: True})
            if reads.dialect.name == "postgresql":
                # its default shows each statement what was committed before it, so that tables could differ in age
                reads.execution_options(isolation_level="REPEATABLE READ")
            with reads.begin():
                yield reads

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """Begin a transaction as the only writer of state: what it reads stays true until it ends.

        SQLite's immediate transaction ensures it. On PostgreSQL the ledger is locked first, which every such transaction
        extends at its end, so that two of them never read, then both write, nor wait for one another.
        """
        with self.adding() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(sa.text("LOCK TABLE ledger IN EXCLUSIVE MODE"))
            yield connection

    @contextmanager
    def adding(self) -> Iterator[sa.Connection]:
        """Begin a transaction for one statement that is whole in itself, beside whoever writes state."""
        with faults(self.place, self._patience), self._engine.begin() as connection:
            yield connection

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()


def connect(place: str, *, create: bool = True, patience: int = PATIENCE) -> Database:
    """Open the database, migrating its tables; where there are none they are made only if `create`.

    Raises NoStore where there is no store and none is to be made, NewerStore where a newer version wrote it, StoreError
    where it cannot be opened, or holds something else.
    """
    url = url_of(place)
    if url.get_backend_name() == "sqlite":
        with disk_faults(f"the store {place}"):
            _may_open(Path(place), create=create)
        engine = sa.create_engine(url, hide_parameters=True)
        sa.event.listen(engine, "connect", partial(_sqlite, patience))
        sa.event.listen(engine, "begin", _begin_sqlite)
    else:
        bounds = {"connect_timeout": REACHED_SECONDS, "tcp_user_timeout": patience * 1000}
        engine = sa.create_engine(
            url, hide_parameters=True, connect_args={key: bounds[key] for key in bounds.keys() - url.query.keys()}
        )
        sa.event.listen(engine, "connect", partial(_postgresql, patience))
    try:
        with faults(place, patience):
            migrate(engine, place, create=create)
    except BaseException:
        engine.dispose()
        raise
    return Database(place, engine, patience)


def put(connection: sa.Connection, table: sa.Table, key: Mapping[str, Any], values: Mapping[str, Any]) -> None:
    """Write one row whether it is there or not, in one statement: two who write the same at once both end."""
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    row = insert(table).values(**key, **values)
    connection.execute(row.on_conflict_do_update(index_elements=list(key), set_=dict(values)))


def _may_open(path: Path, *, create: bool) -> None:
    """Refuse a file that holds no store before SQLite makes one of it; else make its folder."""
    holds = held(path)
    if holds is Holds.OTHER:
        raise StoreError(f"the store {path} cannot be used: it holds something else", hint="Name another with --store.")
    if holds is Holds.NOTHING and not create:
        raise no_store(str(path), near(path))
    if path.is_dir():
        raise StoreError(f"{path} is a folder", hint=f"Name a file in it, such as {path / 'pipewarden.db'}.")
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)


def _sqlite(patience: int, connection: Any, _record: Any) -> None:
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {patience * 1000}")
    _write_ahead(cursor, patience)
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _write_ahead(cursor: Any, patience: int) -> None:
    """Let readers and a writer work side by side.

    A new file takes the mode from who comes first, and SQLite refuses it at once to who comes at the same time, without
    the wait it was told to take (https://www.sqlite.org/c3ref/busy_handler.html), so that we wait.
    """
    until = time.monotonic() + patience
    while True:
        try:
            cursor.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as busy:
            if "locked" not in str(busy) or time.monotonic() > until:
                raise
            time.sleep(0.02)
        else:
            return


def _begin_sqlite(connection: sa.Connection) -> None:
    # a writer takes its place at the start, so that two processes never read, then both write; readers need none
    reads = connection.get_execution_options().get(READS)
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")


def _postgresql(patience: int, connection: Any, _record: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SET lock_timeout = '{patience}s'")
    connection.commit()


@contextmanager
def faults(place: str, patience: int = PATIENCE) -> Iterator[None]:
    """Turn what a database refuses into one clear sentence."""
    try:
        yield
    except sa.exc.DBAPIError as fault:
        text = str(fault.orig).strip().splitlines()[0] if str(fault.orig).strip() else type(fault.orig).__name__
        if ("full" in text and "disk" in text) or "No space" in text:
            raise FullDisk(f"there is no room in {shown(place)}", hint="Free some space and run it again.") from None
        if "database is locked" in text or "lock timeout" in text:
            raise StoreError(
                f"the store {shown(place)} is being written by another process for more than {patience} s",
                hint="Run it again when that has ended; nothing was changed.",
            ) from None
        hint = "Is the disk full, the folder writable, another program holding it, the server running?"
        if "not a database" in text or "malformed" in text:
            hint = "The file is damaged or is something else: restore a backup, or name another with --store."
        raise StoreError(f"the store {shown(place)} cannot be used: {text}", hint=hint) from None
