"""Opening the state database: SQLite in one file, or PostgreSQL by a URL; migrated, or refused with a sentence."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from pipewarden.errors import FullDisk, NewerStore, NoStore, StoreError
from pipewarden.store.faults import disk_faults
from pipewarden.store.places import Holds, held, near, shown, url_of

BUSY_SECONDS = 30


def connect(place: str, *, create: bool = True) -> sa.Engine:
    """Open the database, migrating its tables; where there are none they are made only if `create`.

    Raises NoStore where there is no store and none is to be made, NewerStore where a newer version wrote it, StoreError
    where it cannot be opened, or holds something else.
    """
    url = url_of(place)
    if url.get_backend_name() == "sqlite":
        with disk_faults(f"the store {place}"):
            _may_open(Path(place), create=create)
    engine = sa.create_engine(url, hide_parameters=True)
    if engine.dialect.name == "sqlite":
        sa.event.listen(engine, "connect", _sqlite)
        sa.event.listen(engine, "begin", _immediate)
    try:
        with faults(place):
            _migrate(engine, place, create=create)
    except BaseException:
        engine.dispose()
        raise
    return engine


def _may_open(path: Path, *, create: bool) -> None:
    """Refuse a file that holds no store before SQLite makes one of it; else make its folder."""
    holds = held(path)
    if holds is Holds.OTHER:
        raise StoreError(f"the store {path} cannot be used: it holds something else", hint="Name another with --store.")
    if holds is Holds.NOTHING and not create:
        raise _no_store(str(path), near(path))
    if path.is_dir():
        raise StoreError(f"{path} is a folder", hint=f"Name a file in it, such as {path / 'pipewarden.db'}.")
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)


def _no_store(place: str, meant: Sequence[str] = ()) -> NoStore:
    guess = f"Did you mean {' or '.join(meant)}? " if meant else ""
    return NoStore(place, hint=f"{guess}`pipewarden audit` makes one; with `--demo` before the command none is needed.")


def _sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000}")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _immediate(connection: sa.Connection) -> None:
    # a writer takes its place at the start, so that two processes never read, then both write
    connection.exec_driver_sql("BEGIN IMMEDIATE")


@contextmanager
def faults(place: str) -> Iterator[None]:
    """Turn what a database refuses into one clear sentence."""
    try:
        yield
    except sa.exc.DBAPIError as fault:
        text = str(fault.orig).strip().splitlines()[0] if str(fault.orig).strip() else type(fault.orig).__name__
        if ("full" in text and "disk" in text) or "No space" in text:
            raise FullDisk(f"there is no room in {shown(place)}", hint="Free some space and run it again.") from None
        hint = "Is the disk full, the folder writable, another program holding it, the server running?"
        if "not a database" in text or "malformed" in text:
            hint = "The file is damaged or is something else: restore a backup, or name another with --store."
        raise StoreError(f"the store {shown(place)} cannot be used: {text}", hint=hint) from None


def _config(connection: sa.Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    return config


def _migrate(engine: sa.Engine, place: str, *, create: bool) -> None:
    with engine.begin() as connection:
        config = _config(connection)
        scripts = ScriptDirectory.from_config(config)
        current = MigrationContext.configure(connection).get_current_revision()
        newest = scripts.get_current_head()
        if current == newest:
            return
        if current is None and not create:
            raise _no_store(shown(place))
        known = {script.revision for script in scripts.walk_revisions()}
        if current is not None and current not in known:
            raise NewerStore(
                f"the store {shown(place)} was written by a newer Pipewarden (tables {current}, this one knows {newest})",
                hint="Upgrade Pipewarden, or name another store with --store.",
            )
        if current is not None and engine.dialect.name == "sqlite":
            with disk_faults("the copy of the store before its migration"):
                shutil.copy2(place, f"{place}.before-{newest}")
        command.upgrade(config, "head")
