"""Bringing the tables of a store to what this version expects: by one process at a time, or refused with a sentence."""

import sqlite3
import threading
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from pipewarden.disk import disk_faults
from pipewarden.errors import NewerStore, NoStore
from pipewarden.store.places import shown

READS = "pipewarden_reads"
"""The option of a connection that only reads, and waits for no writer."""

_NUMBER = 7_164_325_011
"""The number of our advisory lock: whoever changes the tables of a PostgreSQL database holds it."""

_ALEMBIC = threading.Lock()
"""Alembic keeps what it works on in the module `alembic.context`: one thread at a time."""


def migrate(engine: sa.Engine, place: str, *, create: bool) -> None:
    """Make or change the tables. Who waited for another that did it finds it done.

    Raises NoStore where there is none and none is to be made, NewerStore where a newer version wrote it.
    """
    with engine.connect() as connection:
        connection.execution_options(**{READS: True})
        found = _revision(connection)
    with _ALEMBIC:
        scripts = ScriptDirectory.from_config(_config())
        newest = scripts.get_current_head()
        known = {script.revision for script in scripts.walk_revisions()}
    if found == newest:
        return
    if found is None and not create:
        raise no_store(shown(place))
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_NUMBER)))
        found = _revision(connection)  # again: it may have been done while we waited
        if found == newest:
            return
        if found is not None and found not in known:
            raise NewerStore(
                f"the store {shown(place)} was written by a newer Pipewarden (tables {found}, this one knows {newest})",
                hint="Upgrade Pipewarden, or name another store with --store.",
            )
        if found is not None and connection.dialect.name == "sqlite":
            copy(Path(place), Path(f"{place}.before-{newest}"))
        with _ALEMBIC:
            config = _config()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")


def no_store(place: str, meant: Sequence[str] = ()) -> NoStore:
    """Return the refusal of a command that needs a store and makes none."""
    guess = f"Did you mean {' or '.join(meant)}? " if meant else ""
    return NoStore(place, hint=f"{guess}`pipewarden audit` makes one; with `--demo` before the command none is needed.")


def copy(place: Path, target: Path) -> None:
    """Copy a SQLite store as it is now, with what still stands in its write-ahead log. Raises FullDisk or StoreError."""
    draft = target.with_name(f".{target.name}.draft")
    with disk_faults("the copy of the store before its migration"):
        draft.unlink(missing_ok=True)
        try:
            with closing(sqlite3.connect(place)) as source, closing(sqlite3.connect(draft)) as beside:
                source.backup(beside)
            draft.replace(target)
        except sqlite3.DatabaseError as fault:
            raise OSError(str(fault)) from None
        finally:
            draft.unlink(missing_ok=True)


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config


def _revision(connection: sa.Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()
