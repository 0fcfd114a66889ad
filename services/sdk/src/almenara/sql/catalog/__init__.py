"""Names and columns of tables, read from the connection that runs the SQL."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from almenara.sql.catalog.duckdb import DuckDBCatalog
from almenara.sql.catalog.nothing import NoCatalog
from almenara.sql.catalog.port import Catalog, Table
from almenara.sql.catalog.postgres import PostgresCatalog
from almenara.sql.catalog.sqlalchemy import SQLAlchemyCatalog
from almenara.sql.catalog.sqlite import SQLiteCatalog

__all__ = ["Catalog", "NoCatalog", "Table", "catalog_of", "dialect_of"]

# By the module that the connection's class comes from, so that none of these libraries is imported.
_DRIVERS = {
    "duckdb": "duckdb",
    "_duckdb": "duckdb",
    "sqlite3": "sqlite",
    "psycopg": "postgres",
    "psycopg2": "postgres",
}
_CATALOGS: dict[str, Callable[[Any], Catalog]] = {
    "duckdb": DuckDBCatalog,
    "sqlite": SQLiteCatalog,
    "postgres": PostgresCatalog,
}
_DIALECTS = {"postgresql": "postgres", "cockroachdb": "postgres", "mariadb": "mysql", "mssql": "tsql"}


def catalog_of(connection: Any, namespace: str) -> Catalog:
    """What ``connection`` can tell; for none, or one of another kind, tables are those of ``namespace``."""
    if connection is None:
        return NoCatalog(namespace)
    if _is_sqlalchemy(connection):
        return SQLAlchemyCatalog(connection)
    make = _CATALOGS.get(_driver(connection))
    return NoCatalog(namespace) if make is None else make(connection)


def dialect_of(connection: Any) -> str | None:
    """The dialect that ``connection`` speaks, None where that is not known."""
    if _is_sqlalchemy(connection):
        name = str(connection.engine.url.get_backend_name())
        return _DIALECTS.get(name, name)
    return _driver(connection) or None


def _is_sqlalchemy(connection: Any) -> bool:
    return any(kind.__module__.startswith("sqlalchemy.engine") for kind in type(connection).__mro__)


def _driver(connection: Any) -> str:
    modules = (kind.__module__.split(".")[0] for kind in type(connection).__mro__)
    return next((_DRIVERS[module] for module in modules if module in _DRIVERS), "")
