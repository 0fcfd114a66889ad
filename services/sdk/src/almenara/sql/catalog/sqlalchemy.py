"""Tables of an Engine or a Connection of SQLAlchemy."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from almenara.sql.catalog.port import Table


@dataclass(frozen=True, slots=True)
class _Naming:
    """How OpenLineage's naming calls the server, and whether names have the database and the schema."""

    scheme: str
    port: int
    database: bool = True
    schema: bool = True


# Source: the naming conventions of the OpenLineage specification, and the default ports of the servers.
_NAMING = {
    "postgresql": _Naming("postgres", 5432),
    "cockroachdb": _Naming("postgres", 26257),
    "redshift": _Naming("redshift", 5439),
    "mysql": _Naming("mysql", 3306, schema=False),
    "mariadb": _Naming("mysql", 3306, schema=False),
    "mssql": _Naming("mssql", 1433),
    "oracle": _Naming("oracle", 1521),
    "trino": _Naming("trino", 8080),
    "clickhouse": _Naming("clickhouse", 8123, schema=False),
}
_FILES = ("sqlite", "duckdb")


class SQLAlchemyCatalog:
    """A table is ``{server}``, ``{database}.{schema}.{table}`` as OpenLineage's naming has it for its kind.

    An Engine is asked through a connection of its own, a Connection within its transaction, or in one of its
    own that it ends again. An Engine whose only connection others may be using (StaticPool) is left alone:
    no columns are known then. A file of SQLite or DuckDB is named as by a connection of its driver.
    """

    def __init__(self, bind: Any) -> None:
        self._bind = bind
        self._url = bind.engine.url

    def tables(self, names: Iterable[str]) -> dict[str, Table]:
        """By the schema that the database takes when none is given."""
        if type(getattr(self._bind, "pool", None)).__name__ == "StaticPool":
            return {name: self._table(*_split(name, "main"), {}, True) for name in names}
        with self._inspector() as inspector:
            default = inspector.default_schema_name or "main"
            temporary = {name.lower() for name in _temporary(inspector)}
            return {name: self._find(inspector, name, default, temporary) for name in names}

    def file(self, path: str) -> Mapping[str, str]:
        """Left to the driver."""
        return {}

    @contextmanager
    def _inspector(self) -> Iterator[Any]:
        from sqlalchemy import Connection, inspect

        if not isinstance(self._bind, Connection):
            with self._bind.connect() as connection:
                yield inspect(connection)
            return
        free = not self._bind.in_transaction()
        try:
            yield inspect(self._bind)
        finally:
            if free:
                self._bind.rollback()

    def _find(self, inspector: Any, name: str, default: str, temporary: set[str]) -> Table:
        from sqlalchemy.exc import NoSuchTableError

        schema, table = _split(name, None)
        try:
            columns = {one["name"]: str(one["type"]) for one in inspector.get_columns(table, schema=schema)}
        except NoSuchTableError:
            columns = {}
        lasting = not (schema is None and table.lower() in temporary)
        return self._table(schema or default, table, columns, lasting)

    def _table(self, schema: str, table: str, columns: Mapping[str, str], lasting: bool) -> Table:
        backend = self._url.get_backend_name()
        if backend in _FILES:
            path = self._url.database
            if not path or path == ":memory:":
                return Table(f"{backend}://memory", f"{schema}.{table}", columns, lasting=False)
            return Table(f"{backend}://{Path(path).absolute()}", f"{schema}.{table}", columns, lasting)
        naming = _NAMING.get(backend, _Naming(backend, 0))
        port = self._url.port or naming.port
        place = f"{naming.scheme}://{self._url.host}" + (f":{port}" if port else "")
        if not naming.schema:
            return Table(place, f"{schema}.{table}", columns, lasting)
        return Table(place, f"{self._url.database}.{schema}.{table}", columns, lasting)


def _split(name: str, default: Any) -> tuple[Any, str]:
    *before, table = name.split(".")
    return before[-1] if before else default, table


def _temporary(inspector: Any) -> list[str]:
    try:
        return [*inspector.get_temp_table_names(), *inspector.get_temp_view_names()]
    except NotImplementedError:
        return []
