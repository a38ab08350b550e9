"""Who is writing a snapshot just now, and until when that holds without renewing."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "writers",
        sa.Column("snapshot", sa.String(40), primary_key=True),
        sa.Column("owner", sa.String(200), primary_key=True),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
    )
