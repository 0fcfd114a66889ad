"""What many events say of job and datasets is kept once."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006_shared_parts"
down_revision = "0005_fewer_indexes_of_runs"
branch_labels = None
depends_on = None

NAME = sa.String().with_variant(sa.String(collation="C"), "postgresql")


def upgrade() -> None:
    """Make the table; what is stored stays as it is, and shares nothing."""
    op.create_table(
        "shared",
        sa.Column("digest", NAME, primary_key=True),
        sa.Column("parts", sa.LargeBinary, nullable=False),
    )
    for table in ("events", "runs"):
        op.add_column(table, sa.Column("shared", NAME))


def downgrade() -> None:
    """Not possible: events and runs would lack what they share."""
    raise NotImplementedError("Put back the copy that was made before the upgrade.")
