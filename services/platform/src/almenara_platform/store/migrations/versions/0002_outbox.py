"""The outbox of events that go to other backends."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002_outbox"
down_revision = "0001"
branch_labels = None
depends_on = None

NAME = sa.String().with_variant(sa.String(collation="C"), "postgresql")
SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "outbox",
        sa.Column("id", SERIAL, primary_key=True, autoincrement=True),
        sa.Column("destination", NAME, nullable=False),
        sa.Column("digest", NAME, nullable=False),
        sa.Column("lane", NAME, nullable=False),
        sa.Column("event_type", NAME, nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("phase", sa.Integer, nullable=False),
        sa.Column("event_time", sa.BigInteger, nullable=False),
        sa.Column("state", NAME, nullable=False),
        sa.Column("accepted_at", sa.BigInteger, nullable=False),
        sa.Column("due_at", sa.BigInteger, nullable=False),
        sa.Column("tried_at", sa.BigInteger),
        sa.Column("settled_at", sa.BigInteger),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("forwarded", sa.Boolean, nullable=False),
        sa.Column("reason", sa.String),
        sa.Column("mended", sa.LargeBinary),
    )
    op.create_index("outbox_of_lane", "outbox", ["lane", "destination"])
    _make_partial_index("outbox_waiting", ["destination", "due_at", "id"], "state = 'waiting'")
    _make_partial_index("outbox_dead", ["id"], "state = 'dead'")


def downgrade() -> None:
    """Drop the table; what waits in it is lost."""
    op.drop_table("outbox")


def _make_partial_index(name: str, columns: list[str], condition: str) -> None:
    where = sa.text(condition)
    op.create_index(name, "outbox", columns, sqlite_where=where, postgresql_where=where)
