"""The tables of the lineage store, one schema for SQLite and PostgreSQL.

Times are microseconds since the epoch; ``awaited_seconds`` is the time between the heartbeats of a run that
is not over, and NULL of any other. Documents are JSON in bytes, because PostgreSQL's own JSON type refuses
texts that OpenLineage allows.

Mostly events say of their job and datasets what others said before. That is kept once, in ``shared``, and is
left out of the events and runs that name it; ``store.shared`` puts them together again.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    literal_column,
)

metadata = MetaData()

# Cursors compare names in the database and in Python, so both must order them by code point.
Name = String().with_variant(String(collation="C"), "postgresql")
_Serial = BigInteger().with_variant(Integer(), "sqlite")

events = Table(
    "events",
    metadata,
    Column("id", _Serial, primary_key=True, autoincrement=True),
    Column("digest", Name, nullable=False, unique=True),
    Column("run_id", Name),
    Column("heartbeat", Boolean, nullable=False),
    Column("received_at", BigInteger, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("shared", Name),
    Index("events_of_run", "run_id", "id"),
)

shared = Table(
    "shared",
    metadata,
    Column("digest", Name, primary_key=True),
    Column("parts", LargeBinary, nullable=False),
)

runs = Table(
    "runs",
    metadata,
    Column("run_id", Name, primary_key=True),
    Column("namespace", Name, nullable=False),
    Column("pipeline", Name, nullable=False),
    Column("state", Name, nullable=False),
    Column("listed_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger),
    Column("aged_at", BigInteger, nullable=False),
    Column("heard_at", BigInteger, nullable=False),
    Column("awaited_seconds", Float),
    Column("original_run_id", Name),
    Column("document", LargeBinary, nullable=False),
    Column("fold", LargeBinary, nullable=False),
    Column("shared", Name),
    # Each new run is written into all of them, so there is one for pages of any runs and one for pages of a
    # job; what else is asked for stands at their ends, and is decided without reading the run.
    Index("runs_listed", "listed_at", "run_id", "namespace", "state"),
    Index("runs_of_job", "pipeline", "namespace", "listed_at", "run_id", "state"),
    Index("runs_aged", "aged_at"),
)
NOT_COMPLETE = runs.c.state != literal_column("'COMPLETE'")
"""Asked for in so many words, or the databases cannot tell that ``runs_of_state`` has all of an answer."""
Index(
    "runs_of_state",
    runs.c.state,
    runs.c.listed_at,
    runs.c.run_id,
    runs.c.namespace,
    sqlite_where=NOT_COMPLETE,
    postgresql_where=NOT_COMPLETE,
)
Index(
    "runs_awaited",
    runs.c.heard_at,
    sqlite_where=runs.c.awaited_seconds.is_not(None),
    postgresql_where=runs.c.awaited_seconds.is_not(None),
)
Index(
    "runs_by_original_id",
    runs.c.original_run_id,
    sqlite_where=runs.c.original_run_id.is_not(None),
    postgresql_where=runs.c.original_run_id.is_not(None),
)

jobs = Table(
    "jobs",
    metadata,
    Column("namespace", Name, primary_key=True),
    Column("name", Name, primary_key=True),
    Column("owner", String),
    Column("owner_stamp", LargeBinary),
    Column("runs_total", BigInteger, nullable=False),
    Column("last_success_at", BigInteger),
    Column("last_failure_at", BigInteger),
)

datasets = Table(
    "datasets",
    metadata,
    Column("namespace", Name, primary_key=True),
    Column("name", Name, primary_key=True),
    Column("first_seen", BigInteger, nullable=False),
    Column("last_seen", BigInteger, nullable=False),
    Column("schema", LargeBinary),
    Column("schema_stamp", LargeBinary),
    Column("run_id", Name),
    Column("run_stamp", LargeBinary),
)

dataset_jobs = Table(
    "dataset_jobs",
    metadata,
    Column("namespace", Name, primary_key=True),
    Column("name", Name, primary_key=True),
    Column("direction", Name, primary_key=True),
    Column("job", Name, primary_key=True),
)

tallies = Table(
    "tallies",
    metadata,
    Column("pipeline", Name, primary_key=True),
    Column("outcome", Name, primary_key=True),
    Column("numbers", LargeBinary, nullable=False),
)
