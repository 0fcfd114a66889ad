"""How often the lineage graph changed, and which events from before it have yet to be read."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004_lineage_progress"
down_revision = "0003_lineage_graph"
branch_labels = None
depends_on = None

NAME = sa.String().with_variant(sa.String(collation="C"), "postgresql")


def upgrade() -> None:
    """Make the table; every event that is stored counts as not yet read, for reading twice does no harm."""
    progress = op.create_table(
        "lineage_progress",
        sa.Column("name", NAME, primary_key=True),
        sa.Column("value", sa.BigInteger, nullable=False),
    )
    newest = op.get_bind().scalar(sa.text("SELECT max(id) FROM events")) or 0
    values = {"revision": 0, "events_read": 0, "events_to_read": newest}
    op.bulk_insert(progress, [{"name": name, "value": value} for name, value in values.items()])


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("lineage_progress")
