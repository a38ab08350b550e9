"""The ledger: what Pipewarden did, each row chained to the one before, in the transaction of what it records."""

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from msgspec import Struct

from pipewarden.store.schema import ledger

START = "0" * 64
"""What the first row is chained to."""


class Entry(Struct, frozen=True, kw_only=True):
    """One row: who did what to what, when (UTC), with its place in the chain."""

    seq: int
    at: datetime
    actor: str
    act: str
    subject: str
    body: dict[str, Any]
    previous: str
    hash: str


def digest(seq: int, at: datetime, actor: str, act: str, subject: str, body: str, previous: str) -> str:
    """Return the hash of a row: SHA-256 over its fields as canonical JSON."""
    fields = [seq, at.astimezone(UTC).isoformat(timespec="microseconds"), actor, act, subject, body, previous]
    return hashlib.sha256(json.dumps(fields, ensure_ascii=True, separators=(",", ":")).encode()).hexdigest()


def append(
    connection: sa.Connection, *, at: datetime, actor: str, act: str, subject: str, body: dict[str, Any] | None = None
) -> int:
    """Add a row to the chain inside the caller's transaction, which must be the only one that writes; return its number."""
    last = connection.execute(sa.select(ledger.c.seq, ledger.c.hash).order_by(ledger.c.seq.desc()).limit(1)).first()
    seq, previous = (last.seq + 1, last.hash) if last else (1, START)
    text = json.dumps(body or {}, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    at = at.astimezone(UTC)
    connection.execute(
        ledger.insert().values(
            seq=seq,
            at=at,
            actor=actor,
            act=act,
            subject=subject,
            body=text,
            previous=previous,
            hash=digest(seq, at, actor, act, subject, text, previous),
        )
    )
    return int(seq)


def entries(connection: sa.Connection) -> Iterator[Entry]:
    """Yield all rows in order."""
    for row in connection.execute(sa.select(ledger).order_by(ledger.c.seq)):
        yield Entry(
            seq=row.seq,
            at=utc(row.at),
            actor=row.actor,
            act=row.act,
            subject=row.subject,
            body=json.loads(row.body),
            previous=row.previous,
            hash=row.hash,
        )


def problems(connection: sa.Connection) -> list[str]:
    """Check the chain; return a sentence for every row that was edited, removed or moved."""
    found, previous, expected = [], START, 1
    for row in connection.execute(sa.select(ledger).order_by(ledger.c.seq)):
        if row.seq != expected:
            found.append(f"rows {expected} to {row.seq - 1} are missing")
        if row.previous != previous:
            found.append(f"row {row.seq} is not chained to the row before it")
        if row.hash != digest(row.seq, utc(row.at), row.actor, row.act, row.subject, row.body, row.previous):
            found.append(f"row {row.seq} was changed after it was written")
        previous, expected = row.hash, row.seq + 1
    return found


def utc(moment: datetime) -> datetime:
    """Return a moment from the database as an aware one: SQLite forgets the zone, which is UTC."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
