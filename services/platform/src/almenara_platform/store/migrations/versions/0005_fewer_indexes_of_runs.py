"""Fewer indexes of runs: one for pages of any, one for pages of a job, and one for those not COMPLETE."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005_fewer_indexes_of_runs"
down_revision = "0004_lineage_progress"
branch_labels = None
depends_on = None

BEFORE = {
    "runs_listed": ("listed_at", "run_id"),
    "runs_of_pipeline": ("pipeline", "listed_at", "run_id"),
    "runs_of_namespace": ("namespace", "listed_at", "run_id"),
    "runs_of_job": ("namespace", "pipeline", "listed_at", "run_id"),
    "runs_of_state": ("state", "listed_at", "run_id"),
    "runs_of_pipeline_and_state": ("pipeline", "state", "listed_at", "run_id"),
}
AFTER = {
    "runs_listed": ("listed_at", "run_id", "namespace", "state"),
    "runs_of_job": ("pipeline", "namespace", "listed_at", "run_id", "state"),
    "runs_of_state": ("state", "listed_at", "run_id", "namespace"),
}
NOT_COMPLETE = sa.text("state <> 'COMPLETE'")
CONDITIONS = {"runs_of_state": {"sqlite_where": NOT_COMPLETE, "postgresql_where": NOT_COMPLETE}}


def upgrade() -> None:
    """Make the new ones out of the rows."""
    for name in BEFORE:
        op.drop_index(name, "runs")
    for name, columns in AFTER.items():
        op.create_index(name, "runs", columns, **CONDITIONS.get(name, {}))


def downgrade() -> None:
    """Make those of before out of the rows."""
    for name in AFTER:
        op.drop_index(name, "runs")
    for name, columns in BEFORE.items():
        op.create_index(name, "runs", columns)
