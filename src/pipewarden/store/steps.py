"""How far a collection got: its steps, and the answers that need not be fetched again. Work saved, not state."""

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta

import sqlalchemy as sa

from pipewarden.store.database import Database, put
from pipewarden.store.schema import checkpoints, etags

OLDEST_STEP = timedelta(days=2)
"""Steps of an interrupted collection that are older are read anew: a daily run may go on with that of yesterday."""

WAITING = 200
"""Answers that wait at most to be written together."""


class Steps:
    """The part of a store that connectors use. Several may keep the same step at once: the last one stays."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock
        self._answers: dict[str, tuple[str, bytes]] = {}
        self._kept_answers: set[str] | None = None

    def now(self) -> datetime:
        """Return the time by the store's clock (UTC)."""
        return self._clock()

    def checkpoints(self, source: str) -> dict[str, bytes]:
        """Return what an interrupted collection of a source kept, and is not too old to be taken for what is there now."""
        asked = sa.select(checkpoints).where(
            checkpoints.c.source == source, checkpoints.c.updated >= self.now() - OLDEST_STEP
        )
        with self._database.reading() as connection:
            rows = connection.execute(asked)
            return {row.key: row.body for row in rows}

    def put_checkpoint(self, source: str, key: str, body: bytes) -> None:
        """Keep one step of a collection; the same step again replaces it."""
        with self._database.adding() as connection:
            self._put_answers(connection)
            put(connection, checkpoints, {"source": source, "key": key}, {"body": body, "updated": self.now()})

    def clear_checkpoints(self, source: str) -> None:
        """Forget an interrupted collection: it is whole now."""
        with self._database.adding() as connection:
            self._put_answers(connection)
            connection.execute(checkpoints.delete().where(checkpoints.c.source == source))

    def etag(self, key: str) -> tuple[str, bytes] | None:
        """Return the ETag and body kept for a request, None where there is none."""
        hashed = _hashed(key)
        if hashed in self._answers:
            return self._answers[hashed]
        if hashed not in self._keys_of_answers():
            return None
        with self._database.reading() as connection:
            row = connection.execute(sa.select(etags).where(etags.c.key == hashed)).first()
        return (row.etag, row.body) if row else None

    def _keys_of_answers(self) -> set[str]:
        """Return for which requests anything was kept, read once: most requests of a first run have none."""
        if self._kept_answers is None:
            with self._database.reading() as connection:
                self._kept_answers = set(connection.execute(sa.select(etags.c.key)).scalars())
        return self._kept_answers

    def put_etag(self, key: str, etag: str, body: bytes) -> None:
        """Keep an ETag with the body it stands for: with the next step, or with others that wait.

        One that a kill loses costs one request more. To wait for the disk with each would take longer than the requests.
        """
        self._answers[_hashed(key)] = (etag, body)
        if len(self._answers) >= WAITING:
            self.put_answers()

    def put_answers(self) -> None:
        """Write the answers that wait."""
        if self._answers:
            with self._database.adding() as connection:
                self._put_answers(connection)

    def _put_answers(self, connection: sa.Connection) -> None:
        for key, (etag, body) in self._answers.items():
            put(connection, etags, {"key": key}, {"etag": etag, "body": body, "updated": self.now()})
            if self._kept_answers is not None:
                self._kept_answers.add(key)
        self._answers = {}


def _hashed(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
