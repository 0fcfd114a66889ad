"""Up to which event all is written of what was put off; the rest is read again at the next start."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007_sightings"
down_revision = "0006_shared_parts"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing has been put off so far."""
    connection = op.get_bind()
    newest = connection.scalar(sa.text("SELECT max(id) FROM events")) or 0
    statement = sa.text("INSERT INTO lineage_progress (name, value) VALUES ('events_seen', :newest)")
    connection.execute(statement, {"newest": newest})


def downgrade() -> None:
    """Forget the number."""
    op.execute("DELETE FROM lineage_progress WHERE name = 'events_seen'")
