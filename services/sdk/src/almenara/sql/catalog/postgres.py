"""Tables of a connection of psycopg, version 2 or 3."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import closing
from typing import Any

from almenara.sql.catalog.port import Table

_IDLE, _IN_TRANSACTION = 0, 2
_TABLE = """
SELECT n.nspname, c.relname, c.relpersistence, a.attname, format_type(a.atttypid, a.atttypmod)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.oid = to_regclass(%s) ORDER BY a.attnum
"""


class PostgresCatalog:
    """A table is ``postgres://{host}:{port}``, ``{database}.{schema}.{table}``, as in OpenLineage's naming.

    Temporary tables are not lasting. It reads the catalogue within the transaction that is open, or in one of
    its own that it ends again; a connection that is busy, or whose transaction has failed, is left alone, and
    then no columns are known.
    """

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def tables(self, names: Iterable[str]) -> dict[str, Table]:
        """By the connection's search path."""
        status = int(self._connection.info.transaction_status)
        if status not in (_IDLE, _IN_TRANSACTION):
            return {name: self._unseen(name) for name in names}
        try:
            with closing(self._connection.cursor()) as cursor:
                return {name: self._find(cursor, name) for name in names}
        finally:
            if status == _IDLE and int(self._connection.info.transaction_status) != _IDLE:
                self._connection.rollback()

    def file(self, path: str) -> Mapping[str, str]:
        """PostgreSQL reads no files of the client."""
        return {}

    def _find(self, cursor: Any, name: str) -> Table:
        cursor.execute(_TABLE, ('"{}"'.format('"."'.join(name.replace('"', '""').split("."))),))
        rows = [_texts(row.values() if isinstance(row, dict) else row) for row in cursor.fetchall()]
        if not rows:
            return self._unseen(name)
        schema, table, persistence = rows[0][:3]
        columns = {row[3]: row[4] for row in rows}
        return self._table(f"{schema}.{table}", columns, persistence != "t")

    def _unseen(self, name: str) -> Table:
        parts = name.split(".")[-2:]
        return self._table(".".join(parts if len(parts) == 2 else ["public", *parts]), {}, True)

    def _table(self, name: str, columns: Mapping[str, str], lasting: bool) -> Table:
        info = self._connection.info
        return Table(f"postgres://{info.host}:{info.port}", f"{info.dbname}.{name}", columns, lasting)


def _texts(row: Iterable[Any]) -> list[str]:
    # A database without an encoding (SQL_ASCII) gives bytes.
    return [value.decode(errors="replace") if isinstance(value, bytes) else str(value) for value in row]
