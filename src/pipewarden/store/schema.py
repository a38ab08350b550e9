"""The state tables. Migrations make them; this says what the code expects them to be."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

MOMENT = DateTime(timezone=True)
"""All times are UTC."""

snapshots = Table(
    "snapshots",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("content", String(40), nullable=False),
    Column("sources", Text, nullable=False),
    Column("started", MOMENT, nullable=False),
    Column("ended", MOMENT, nullable=False),
    Column("complete", Boolean, nullable=False),
    Column("written", Boolean, nullable=False),
    Column("counters", Text, nullable=False),
)

writers = Table(
    "writers",
    metadata,
    Column("snapshot", String(40), primary_key=True),
    Column("owner", String(200), primary_key=True),
    Column("until", MOMENT, nullable=False),
)
"""Who is writing a snapshot just now; no state, so that no backup holds it."""

findings = Table(
    "findings",
    metadata,
    Column("fingerprint", String(24), primary_key=True),
    Column("check_id", String(80), nullable=False, index=True),
    Column("subject", Text, nullable=False),
    Column("scope", Text, nullable=False),
    Column("life", String(10), nullable=False, index=True),
    Column("first_seen", MOMENT, nullable=False),
    Column("last_seen", MOMENT, nullable=False),
    Column("closed_at", MOMENT),
    Column("snapshot", String(40), ForeignKey("snapshots.id"), nullable=False),
    Column("body", LargeBinary, nullable=False),
)

finding_history = Table(
    "finding_history",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("fingerprint", String(24), nullable=False, index=True),
    Column("at", MOMENT, nullable=False),
    Column("life", String(10), nullable=False),
    Column("snapshot", String(40), nullable=False),
)

waivers = Table(
    "waivers",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("check_id", String(80), nullable=False),
    Column("subject", Text, nullable=False),
    Column("object", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("approver", Text, nullable=False),
    Column("ticket", Text, nullable=False),
    Column("expires", MOMENT, nullable=False),
    Column("created", MOMENT, nullable=False),
    Column("withdrawn", MOMENT),
)

ledger = Table(
    "ledger",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("at", MOMENT, nullable=False),
    Column("actor", Text, nullable=False),
    Column("act", String(60), nullable=False),
    Column("subject", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("previous", String(64), nullable=False),
    Column("hash", String(64), nullable=False, unique=True),
)

checkpoints = Table(
    "checkpoints",
    metadata,
    Column("source", String(200), primary_key=True),
    Column("key", String(300), primary_key=True),
    Column("body", LargeBinary, nullable=False),
    Column("updated", MOMENT, nullable=False),
)

etags = Table(
    "etags",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("etag", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("updated", MOMENT, nullable=False),
)

keys = Table(
    "keys",
    metadata,
    Column("name", String(80), primary_key=True),
    Column("body", Text, nullable=False),
    Column("made", MOMENT, nullable=False),
)

Index("ix_snapshots_ended", snapshots.c.ended)
