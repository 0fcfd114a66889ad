"""The tables of the lineage graph.

Entities and columns are numbered from 0 without gaps, so that the numbers are places in the arrays of the
graph in memory. Times are microseconds since the epoch. ``cells`` is packed as ``lineage.ledger.cells`` says.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, Table

from almenara_platform.store.schema import Name, metadata

entities = Table(
    "lineage_entities",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("kind", Name, nullable=False),
    Column("namespace", Name, nullable=False),
    Column("name", Name, nullable=False),
    Index("lineage_entities_named", "kind", "namespace", "name", unique=True),
)

columns = Table(
    "lineage_columns",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("entity", Integer, nullable=False),
    Column("name", Name, nullable=False),
    Index("lineage_columns_named", "entity", "name", unique=True),
)

flows = Table(
    "lineage_flows",
    metadata,
    Column("source", Integer, primary_key=True, autoincrement=False),
    Column("target", Integer, primary_key=True, autoincrement=False),
    Column("first_seen", BigInteger, nullable=False),
    Column("last_seen", BigInteger, nullable=False),
    Index("lineage_flows_into", "target"),
)

statements = Table(
    "lineage_statements",
    metadata,
    Column("job", Integer, primary_key=True, autoincrement=False),
    Column("target", Integer, primary_key=True, autoincrement=False),
    Column("digest", Name, nullable=False),
    Column("first_seen", BigInteger, nullable=False),
    Column("last_seen", BigInteger, nullable=False),
    Column("contents", LargeBinary, nullable=False),
    Column("cells", LargeBinary, nullable=False),
    Index("lineage_statements_about", "target"),
)

registers = Table(
    "lineage_registers",
    metadata,
    Column("entity", Integer, primary_key=True, autoincrement=False),
    Column("name", Name, primary_key=True),
    Column("told_at", BigInteger, nullable=False),
    Column("value", LargeBinary, nullable=False),
)

schemas = Table(
    "lineage_schemas",
    metadata,
    Column("entity", Integer, primary_key=True, autoincrement=False),
    Column("digest", Name, primary_key=True),
    Column("first_seen", BigInteger, nullable=False),
    Column("last_seen", BigInteger, nullable=False),
    Column("columns", LargeBinary, nullable=False),
)

progress = Table(
    "lineage_progress",
    metadata,
    Column("name", Name, primary_key=True),
    Column("value", BigInteger, nullable=False),
)

labels = Table(
    "lineage_labels",
    metadata,
    *(Column(name, Name, primary_key=True) for name in ("namespace", "name", "column", "label")),
)
