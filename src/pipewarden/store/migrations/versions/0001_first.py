"""The first tables: snapshots, findings and their history, waivers, the ledger, checkpoints, ETags."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "snapshots",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("content", sa.String(40), nullable=False),
        sa.Column("sources", sa.Text, nullable=False),
        sa.Column("started", MOMENT, nullable=False),
        sa.Column("ended", MOMENT, nullable=False),
        sa.Column("complete", sa.Boolean, nullable=False),
        sa.Column("written", sa.Boolean, nullable=False),
        sa.Column("counters", sa.Text, nullable=False),
    )
    op.create_index("ix_snapshots_ended", "snapshots", ["ended"])
    op.create_table(
        "findings",
        sa.Column("fingerprint", sa.String(24), primary_key=True),
        sa.Column("check_id", sa.String(80), nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("scope", sa.Text, nullable=False),
        sa.Column("life", sa.String(10), nullable=False),
        sa.Column("first_seen", MOMENT, nullable=False),
        sa.Column("last_seen", MOMENT, nullable=False),
        sa.Column("closed_at", MOMENT),
        sa.Column("snapshot", sa.String(40), sa.ForeignKey("snapshots.id"), nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.create_index("ix_findings_check_id", "findings", ["check_id"])
    op.create_index("ix_findings_life", "findings", ["life"])
    op.create_table(
        "finding_history",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("fingerprint", sa.String(24), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("life", sa.String(10), nullable=False),
        sa.Column("snapshot", sa.String(40), nullable=False),
    )
    op.create_index("ix_finding_history_fingerprint", "finding_history", ["fingerprint"])
    op.create_table(
        "waivers",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("check_id", sa.String(80), nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("object", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("approver", sa.Text, nullable=False),
        sa.Column("ticket", sa.Text, nullable=False),
        sa.Column("expires", MOMENT, nullable=False),
        sa.Column("created", MOMENT, nullable=False),
        sa.Column("withdrawn", MOMENT),
    )
    op.create_table(
        "ledger",
        sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("act", sa.String(60), nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("previous", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False, unique=True),
    )
    op.create_table(
        "checkpoints",
        sa.Column("source", sa.String(200), primary_key=True),
        sa.Column("key", sa.String(300), primary_key=True),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("updated", MOMENT, nullable=False),
    )
    op.create_table(
        "etags",
        sa.Column("key", sa.String(64), primary_key=True),
        sa.Column("etag", sa.Text, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("updated", MOMENT, nullable=False),
    )
