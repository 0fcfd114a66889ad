"""How a table in a statement is called."""

from __future__ import annotations

from sqlglot import exp


def table_name(table: exp.Table) -> str:
    """The table's name with the schema and catalog that the statement gives; a file is called by its path."""
    if isinstance(table.this, exp.Func):
        path = next(table.this.find_all(exp.Literal), None)
        return path.name if path is not None else table.this.sql()
    return ".".join(part.name for part in table.parts)
