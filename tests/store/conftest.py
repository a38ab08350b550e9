"""The same store on both databases: SQLite in a file, PostgreSQL as the real server, started and stopped here."""

import os
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pipewarden.store import Store


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """Start a PostgreSQL server on a socket of its own; skipped aloud where there is none, never in CI."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if not found:
        if os.environ.get("CI"):
            pytest.fail("PostgreSQL is missing: apt-get install postgresql")
        pytest.skip("PostgreSQL is missing (Debian: apt-get install postgresql)")
    binaries = found[-1]
    folder = Path(tempfile.mkdtemp(prefix="pw-pg-"))
    data = folder / "data"
    become = []
    if os.geteuid() == 0:  # the server refuses to run as root
        shutil.chown(folder, "postgres", "postgres")
        become = ["runuser", "-u", "postgres", "--"]
    quiet = {"check": True, "stdout": subprocess.DEVNULL, "cwd": "/"}
    subprocess.run([*become, binaries / "initdb", "-D", data, "-A", "trust", "--no-sync", "-U", "postgres"], **quiet)
    options = f"-c listen_addresses='' -k {folder} -c fsync=off"
    subprocess.run(
        [*become, binaries / "pg_ctl", "-w", "-D", data, "-o", options, "-l", folder / "log", "start"], **quiet
    )
    try:
        yield f"postgresql://postgres@/postgres?host={folder}"
    finally:
        subprocess.run([*become, binaries / "pg_ctl", "-w", "-D", data, "-m", "immediate", "stop"], **quiet)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return where an empty store can be opened."""
    if request.param == "sqlite":
        return str(tmp_path / "state.db")
    return fresh_database(request.getfixturevalue("postgresql"))


def fresh_database(server: str) -> str:
    """Make an empty database on the server and return its URL."""
    import sqlalchemy as sa

    name = f"t{uuid.uuid4().hex[:12]}"
    engine = sa.create_engine(server.replace("postgresql://", "postgresql+psycopg://"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sa.text(f"create database {name}"))
    engine.dispose()
    return server.replace("@/postgres?", f"@/{name}?")


@pytest.fixture
def opened(place: str, tmp_path: Path) -> Iterator[Callable[[], Store]]:
    """Return a function that opens the store; every opened one is closed."""
    stores = []

    def open_() -> Store:
        store = Store.open(place, snapshots_in=tmp_path / "snapshots")
        stores.append(store)
        return store

    yield open_
    for store in stores:
        store.__exit__()
