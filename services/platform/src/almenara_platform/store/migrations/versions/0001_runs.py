"""Events, runs, jobs, datasets and tallies."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

NAME = sa.String().with_variant(sa.String(collation="C"), "postgresql")
SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "events",
        sa.Column("id", SERIAL, primary_key=True, autoincrement=True),
        sa.Column("digest", NAME, nullable=False, unique=True),
        sa.Column("run_id", NAME),
        sa.Column("heartbeat", sa.Boolean, nullable=False),
        sa.Column("received_at", sa.BigInteger, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.create_index("events_of_run", "events", ["run_id", "id"])
    _make_runs()
    op.create_table(
        "jobs",
        sa.Column("namespace", NAME, primary_key=True),
        sa.Column("name", NAME, primary_key=True),
        sa.Column("owner", sa.String),
        sa.Column("owner_stamp", sa.LargeBinary),
        sa.Column("runs_total", sa.BigInteger, nullable=False),
        sa.Column("last_success_at", sa.BigInteger),
        sa.Column("last_failure_at", sa.BigInteger),
    )
    op.create_table(
        "datasets",
        sa.Column("namespace", NAME, primary_key=True),
        sa.Column("name", NAME, primary_key=True),
        sa.Column("first_seen", sa.BigInteger, nullable=False),
        sa.Column("last_seen", sa.BigInteger, nullable=False),
        sa.Column("schema", sa.LargeBinary),
        sa.Column("schema_stamp", sa.LargeBinary),
        sa.Column("run_id", NAME),
        sa.Column("run_stamp", sa.LargeBinary),
    )
    op.create_table(
        "dataset_jobs",
        *(sa.Column(name, NAME, primary_key=True) for name in ("namespace", "name", "direction", "job")),
    )
    op.create_table(
        "tallies",
        sa.Column("pipeline", NAME, primary_key=True),
        sa.Column("outcome", NAME, primary_key=True),
        sa.Column("numbers", sa.LargeBinary, nullable=False),
    )


def downgrade() -> None:
    """Drop the tables."""
    for name in ("tallies", "dataset_jobs", "datasets", "jobs", "runs", "events"):
        op.drop_table(name)


def _make_runs() -> None:
    op.create_table(
        "runs",
        sa.Column("run_id", NAME, primary_key=True),
        sa.Column("namespace", NAME, nullable=False),
        sa.Column("pipeline", NAME, nullable=False),
        sa.Column("state", NAME, nullable=False),
        sa.Column("listed_at", sa.BigInteger, nullable=False),
        sa.Column("ended_at", sa.BigInteger),
        sa.Column("aged_at", sa.BigInteger, nullable=False),
        sa.Column("heard_at", sa.BigInteger, nullable=False),
        sa.Column("awaited_seconds", sa.Float),
        sa.Column("original_run_id", NAME),
        sa.Column("document", sa.LargeBinary, nullable=False),
        sa.Column("fold", sa.LargeBinary, nullable=False),
    )
    for name, *columns in (
        ("runs_listed",),
        ("runs_of_pipeline", "pipeline"),
        ("runs_of_namespace", "namespace"),
        ("runs_of_job", "namespace", "pipeline"),
        ("runs_of_state", "state"),
        ("runs_of_pipeline_and_state", "pipeline", "state"),
    ):
        op.create_index(name, "runs", [*columns, "listed_at", "run_id"])
    op.create_index("runs_aged", "runs", ["aged_at"])
    _make_partial_index("runs_awaited", "heard_at", "awaited_seconds IS NOT NULL")
    _make_partial_index("runs_by_original_id", "original_run_id", "original_run_id IS NOT NULL")


def _make_partial_index(name: str, column: str, condition: str) -> None:
    where = sa.text(condition)
    op.create_index(name, "runs", [column], sqlite_where=where, postgresql_where=where)
