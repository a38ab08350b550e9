"""Who is writing a snapshot just now: an intent is finished or dropped by others only when nobody holds it any more.

A holder is named by host and process and holds for a minute, renewed while it writes; so it holds nowhere for longer
than a minute after a crash, and no machine has to know which processes of another are alive.
"""

import os
import platform
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from pipewarden.errors import StoreError
from pipewarden.store.database import Database, put
from pipewarden.store.schema import writers

HELD = timedelta(seconds=60)
"""So long a holder holds without renewing."""
RENEWED = HELD / 4


def holder() -> str:
    """Return a name for one opened store: the host and process for who reads it, and what makes it the only one."""
    return f"{platform.node()[:120]} {os.getpid()} {uuid.uuid4().hex[:12]}"


def hold(connection: sa.Connection, key: str, owner: str) -> None:
    """Hold an intent from now on, or go on holding it."""
    put(connection, writers, {"snapshot": key, "owner": owner}, {"until": _now(connection) + HELD})


def let_go(connection: sa.Connection, owner: str, key: str | None = None) -> None:
    """Hold one intent, or all, no longer."""
    one = sa.true() if key is None else writers.c.snapshot == key
    connection.execute(writers.delete().where(writers.c.owner == owner, one))


def held(connection: sa.Connection, *, but: str = "") -> set[str]:
    """Return the snapshots that somebody holds, but for one holder."""
    live = sa.select(writers.c.snapshot).where(writers.c.until > _now(connection), writers.c.owner != but)
    return set(connection.execute(live).scalars())


def forget(connection: sa.Connection, key: str) -> None:
    """Drop all that is known of holders of a snapshot that is no more."""
    connection.execute(writers.delete().where(writers.c.snapshot == key))


@contextmanager
def renewed(database: Database, key: str, owner: str, every: timedelta = RENEWED) -> Iterator[None]:
    """Go on holding an intent, however long the writing takes."""
    done = threading.Event()

    def renew() -> None:
        while not done.wait(every.total_seconds()):
            try:
                with database.adding() as connection:
                    hold(connection, key, owner)
            except StoreError:
                continue  # it is tried again; if it ran out meanwhile, who writes puts its intent anew

    thread = threading.Thread(target=renew, name="pipewarden-hold", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def _now(connection: sa.Connection) -> datetime:
    """Return the time by the one clock that all holders share: the server's, or that of the machine with the file."""
    if connection.dialect.name != "postgresql":
        return datetime.now(UTC)
    moment: datetime = connection.execute(sa.select(sa.func.clock_timestamp())).scalar_one()
    return moment
