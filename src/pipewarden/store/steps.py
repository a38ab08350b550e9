"""How far a collection got: its steps, and the answers that need not be fetched again. Work saved, not state."""

import hashlib
from collections.abc import Callable
from datetime import datetime

import sqlalchemy as sa

from pipewarden.store.database import Database, put
from pipewarden.store.schema import checkpoints, etags


class Steps:
    """The part of a store that connectors use. Several may keep the same step at once: the last one stays."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    def now(self) -> datetime:
        """Return the time by the store's clock (UTC)."""
        return self._clock()

    def checkpoints(self, source: str) -> dict[str, bytes]:
        """Return all that an interrupted collection of a source kept."""
        with self._database.reading() as connection:
            rows = connection.execute(sa.select(checkpoints).where(checkpoints.c.source == source))
            return {row.key: row.body for row in rows}

    def put_checkpoint(self, source: str, key: str, body: bytes) -> None:
        """Keep one step of a collection; the same step again replaces it."""
        with self._database.adding() as connection:
            put(connection, checkpoints, {"source": source, "key": key}, {"body": body, "updated": self.now()})

    def clear_checkpoints(self, source: str) -> None:
        """Forget an interrupted collection: it is whole now."""
        with self._database.adding() as connection:
            connection.execute(checkpoints.delete().where(checkpoints.c.source == source))

    def etag(self, key: str) -> tuple[str, bytes] | None:
        """Return the ETag and body kept for a request, None where there is none."""
        with self._database.reading() as connection:
            row = connection.execute(sa.select(etags).where(etags.c.key == _hashed(key))).first()
        return (row.etag, row.body) if row else None

    def put_etag(self, key: str, etag: str, body: bytes) -> None:
        """Keep an ETag with the body it stands for."""
        with self._database.adding() as connection:
            put(connection, etags, {"key": _hashed(key)}, {"etag": etag, "body": body, "updated": self.now()})


def _hashed(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
