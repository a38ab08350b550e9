"""Where a store may be kept, what a file holds, and which store was perhaps meant."""

import re
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, suppress
from difflib import get_close_matches
from enum import Enum
from itertools import islice
from pathlib import Path
from urllib.parse import quote

import sqlalchemy as sa

from pipewarden.errors import StoreError

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):")
"""Two letters at least: one and a colon is a drive."""
_POSTGRESQL = ("postgresql://", "postgresql+psycopg://", "postgres://")
_HEADER = b"SQLite format 3\0"
_ENDINGS = frozenset({".db", ".sqlite", ".sqlite3"})
_LOOKED_AT = 200
"""Entries of a folder that are looked at for a store that was perhaps meant."""

ACCEPTED = "Give a file (SQLite), or a postgresql:// URL."


def url_of(place: str) -> sa.URL:
    """Return the database URL of a place: a `postgresql://` URL as it is, anything else is a SQLite file.

    Raises StoreError for any other URL, and for one that cannot be read.
    """
    scheme = _SCHEME.match(place)
    if scheme is None:
        return sa.URL.create("sqlite", database=place)
    prefix = next((prefix for prefix in _POSTGRESQL if place.lower().startswith(prefix)), None)
    if prefix is None:
        raise StoreError(f"a store cannot be kept in {scheme[1]}", hint=ACCEPTED)
    try:
        return sa.make_url("postgresql+psycopg://" + place[len(prefix) :])
    except (sa.exc.ArgumentError, ValueError):
        # what is wrong with it is not said: it may be the password
        raise StoreError(
            "the URL of the store cannot be read", hint="Write it as postgresql://USER@HOST:PORT/DATABASE."
        ) from None


def is_url(place: str) -> bool:
    """Tell whether a place is a URL and not a file."""
    return _SCHEME.match(place) is not None


def shown(place: str) -> str:
    """Return a place without its password."""
    return url_of(place).render_as_string(hide_password=True) if is_url(place) else place


class Holds(Enum):
    """What there is in a file."""

    NOTHING = "nothing"
    STORE = "a store"
    OTHER = "something else"


def held(path: Path) -> Holds:
    """Look into a file, without changing it or what stands beside it. Raises OSError where it cannot be read."""
    if not path.exists() or path.is_dir() or not path.stat().st_size:
        return Holds.NOTHING
    with path.open("rb") as file:
        if file.read(len(_HEADER)) != _HEADER:
            return Holds.OTHER
    wal = path.with_name(f"{path.name}-wal")
    if wal.exists() and wal.stat().st_size:
        return Holds.STORE  # its tables may still be there; opening it tells
    try:
        with closing(sqlite3.connect(f"file:{quote(str(path))}?mode=ro&immutable=1", uri=True)) as connection:
            tables = {name for (name,) in connection.execute("select name from sqlite_master where type = 'table'")}
    except sqlite3.DatabaseError:
        return Holds.STORE  # damaged: opening it says so
    if not tables:
        return Holds.NOTHING
    return Holds.STORE if {"alembic_version", "ledger"} <= tables else Holds.OTHER


def absent(path: Path) -> list[Path]:
    """Return a path and the folders that contain it, as far as they are not there, innermost first."""
    return [each for each in (path, *path.parents) if not each.exists()]


def remove(made: Iterable[Path]) -> None:
    """Remove files that were made, with what SQLite keeps beside them, and folders that were, where they are empty."""
    for path in made:
        if path.is_dir():
            with suppress(OSError):  # somebody else put something there
                path.rmdir()
        else:
            for beside in ("", "-wal", "-shm"):
                path.with_name(f"{path.name}{beside}").unlink(missing_ok=True)


def near(place: Path) -> list[str]:
    """Return at most two stores in the same folder or in one next to it, the one most like the place first."""
    folder = place
    while not folder.is_dir():
        folder = folder.parent
    rest = place.parts[len(folder.parts) + 1 :]
    found = {str(path) for path in _candidates(folder, rest) if _is_store(path)}
    return get_close_matches(str(place), sorted(found), 2, 0.4)


def _candidates(folder: Path, rest: tuple[str, ...]) -> Iterator[Path]:
    for path in _inside(folder):
        if path.is_dir():
            yield path.joinpath(*rest)
            yield from (each for each in _inside(path) if each.suffix in _ENDINGS)
        elif path.suffix in _ENDINGS:
            yield path


def _inside(folder: Path) -> Iterator[Path]:
    with suppress(OSError):  # a folder of somebody else holds nothing that was meant
        yield from islice(folder.iterdir(), _LOOKED_AT)


def _is_store(path: Path) -> bool:
    try:
        return held(path) is Holds.STORE
    except OSError:
        return False
