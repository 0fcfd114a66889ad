"""Tables of a connection of the module sqlite3."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from almenara.sql.catalog.port import Table


class SQLiteCatalog:
    """A table is ``sqlite://{path of the database file}``, ``{schema}.{table}``; schema is ``main`` or the
    name under which a file is attached.

    Temporary tables, and those of a database in memory, are not lasting. PRAGMA begins no transaction, and
    the cursor is one of its own.
    """

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def tables(self, names: Iterable[str]) -> dict[str, Table]:
        """In the order in which SQLite looks: temporary ones first, then main, then those attached."""
        with closing(self._connection.cursor()) as cursor:
            cursor.row_factory = None
            rows = cursor.execute("PRAGMA database_list").fetchall()
            paths = {"temp": "", "main": "", **{name: path for _, name, path in rows}}
            return {name: _find(cursor, name, paths) for name in names}

    def file(self, path: str) -> Mapping[str, str]:
        """SQLite reads no files."""
        return {}


def _find(cursor: Any, name: str, paths: Mapping[str, str]) -> Table:
    *before, table = name.split(".")
    schemas = before[-1:] or ["temp", *(schema for schema in paths if schema != "temp")]
    for schema in schemas:
        columns = _columns(cursor, schema, table)
        if columns:
            return _table(schema, table, columns, paths)
    return _table(before[-1] if before else "main", table, {}, paths)


def _columns(cursor: Any, schema: str, table: str) -> dict[str, str]:
    quoted = ['"{}"'.format(part.replace('"', '""')) for part in (schema, table)]
    rows = cursor.execute(f"PRAGMA {quoted[0]}.table_info({quoted[1]})").fetchall()
    return {row[1]: row[2] for row in rows}


def _table(schema: str, table: str, columns: Mapping[str, str], paths: Mapping[str, str]) -> Table:
    path = paths.get(schema)
    if not path:
        return Table("sqlite://memory", f"{schema}.{table}", columns, lasting=False)
    return Table(f"sqlite://{Path(path).absolute()}", f"{schema}.{table}", columns)
