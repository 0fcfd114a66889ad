"""Tables of a DuckDB connection, and columns of local Parquet files."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from almenara.sql.catalog.port import Table

_COLUMNS = """
SELECT database_name, schema_name, table_name, column_name, data_type FROM duckdb_columns()
WHERE list_contains($names, lower(table_name)) ORDER BY column_index
"""
_DATABASES = """
SELECT database_name, type, path, database_name = current_database()
FROM duckdb_databases() WHERE NOT internal
"""
_TEMPORARY = "temp"
_FILES = ("duckdb", "sqlite")
_Key = tuple[str, str, str]


class DuckDBCatalog:
    """A table is ``duckdb://{path of the database file}``, ``{schema}.{table}``.

    Everything in a database in memory, and every temporary table, is not lasting. It asks through a cursor,
    which DuckDB makes a connection of its own: results that wait to be fetched, and transactions, stay as
    they are; what an open transaction has not committed is not seen.
    """

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def tables(self, names: Iterable[str]) -> dict[str, Table]:
        """In the order in which DuckDB looks: temporary ones first, then those of the database in use."""
        wanted = {name: [part.lower() for part in name.split(".")] for name in names}
        with closing(self._connection.cursor()) as cursor:
            databases = cursor.execute(_DATABASES).fetchall()
            known = _columns(cursor, [parts[-1] for parts in wanted.values()])
        places = {name.lower(): _place(name, kind, path or "") for name, kind, path, _ in databases}
        using = next((name.lower() for name, _, _, used in databases if used), "")
        found = {}
        for name, parts in wanted.items():
            keys = _looked_up(parts, using, places)
            key = next((key for key in keys if key in known), keys[-1])
            found[name] = _table(key, known.get(key, {}), places)
        return found

    def file(self, path: str) -> Mapping[str, str]:
        """Of a local Parquet file, which tells them itself; what a CSV file tells is up to its options."""
        if not path.lower().endswith(".parquet") or "://" in path:
            return {}
        with closing(self._connection.cursor()) as cursor:
            rows = cursor.execute("DESCRIBE SELECT * FROM read_parquet($path)", {"path": path}).fetchall()
        return {row[0]: row[1] for row in rows}


def _columns(cursor: Any, names: list[str]) -> dict[_Key, dict[str, str]]:
    known: dict[_Key, dict[str, str]] = defaultdict(dict)
    for database, schema, table, column, kind in cursor.execute(_COLUMNS, {"names": names}).fetchall():
        known[database.lower(), schema.lower(), table.lower()][column] = kind
    return known


def _looked_up(parts: list[str], using: str, databases: Collection[str]) -> list[_Key]:
    """Where DuckDB looks for a name; the last place is where it would make it."""
    *before, table = parts
    if len(before) >= 2:
        return [(before[-2], before[-1], table)]
    if before and before[0] in databases:
        return [(using, before[0], table), (before[0], "main", table)]
    if before:
        return [(using, before[0], table)]
    return [(_TEMPORARY, "main", table), (using, "main", table)]


def _place(name: str, kind: str, path: str) -> str:
    """The namespace of a database, "" for one in memory.

    What is attached from a server is called by its alias, because its path may hold a password.
    """
    if kind not in _FILES:
        return f"{kind}://{name}"
    if "://" in path:
        parts = urlsplit(path)
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
    return f"{kind}://{Path(path).absolute()}" if path else ""


def _table(key: _Key, columns: Mapping[str, str], places: Mapping[str, str]) -> Table:
    database, schema, table = key
    place = places.get(database, "")
    if not place:
        return Table("duckdb://memory", f"{schema}.{table}", columns, lasting=False)
    return Table(place, f"{schema}.{table}", columns)
