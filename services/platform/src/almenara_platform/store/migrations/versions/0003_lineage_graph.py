"""The lineage graph: entities, columns, flows, statements, registers, schemas and labels."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003_lineage_graph"
down_revision = "0002_outbox"
branch_labels = None
depends_on = None

NAME = sa.String().with_variant(sa.String(collation="C"), "postgresql")


def upgrade() -> None:
    """Make the tables."""
    _make("lineage_entities", _key("id"), _name("kind"), _name("namespace"), _name("name"))
    op.create_index("lineage_entities_named", "lineage_entities", ["kind", "namespace", "name"], unique=True)
    _make("lineage_columns", _key("id"), sa.Column("entity", sa.Integer, nullable=False), _name("name"))
    op.create_index("lineage_columns_named", "lineage_columns", ["entity", "name"], unique=True)
    _make("lineage_flows", _key("source"), _key("target"), *_times())
    op.create_index("lineage_flows_into", "lineage_flows", ["target"])
    packed = (_bytes("contents"), _bytes("cells"))
    _make("lineage_statements", _key("job"), _key("target"), _name("digest"), *_times(), *packed)
    op.create_index("lineage_statements_about", "lineage_statements", ["target"])
    told_at = sa.Column("told_at", sa.BigInteger, nullable=False)
    _make("lineage_registers", _key("entity"), _name_key("name"), told_at, _bytes("value"))
    _make("lineage_schemas", _key("entity"), _name_key("digest"), *_times(), _bytes("columns"))
    _make("lineage_labels", *map(_name_key, ("namespace", "name", "column", "label")))


def downgrade() -> None:
    """Drop the tables."""
    for name in ("labels", "schemas", "registers", "statements", "flows", "columns", "entities"):
        op.drop_table(f"lineage_{name}")


def _make(name: str, *columns: sa.Column) -> None:
    op.create_table(name, *columns)


def _key(name: str) -> sa.Column:
    return sa.Column(name, sa.Integer, primary_key=True, autoincrement=False)


def _name_key(name: str) -> sa.Column:
    return sa.Column(name, NAME, primary_key=True)


def _name(name: str) -> sa.Column:
    return sa.Column(name, NAME, nullable=False)


def _bytes(name: str) -> sa.Column:
    return sa.Column(name, sa.LargeBinary, nullable=False)


def _times() -> tuple[sa.Column, sa.Column]:
    return tuple(sa.Column(f"{which}_seen", sa.BigInteger, nullable=False) for which in ("first", "last"))
