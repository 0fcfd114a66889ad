"""Statements that SQLite and PostgreSQL both know, by many keys at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from operator import itemgetter
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    Dialect,
    Insert,
    Row,
    Select,
    Table,
    UpdateBase,
    bindparam,
    insert,
    select,
    tuple_,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.compiler import SQLCompiler

_KEYS_AT_ONCE = 400
_UPSERT = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


def chunks(values: Iterable[Any], size: int = _KEYS_AT_ONCE) -> Iterator[list[Any]]:
    """The values in lists of at most ``size``."""
    rest = list(values)
    return (rest[start : start + size] for start in range(0, len(rest), size))


@cache
def whole(table: Table) -> Select[Any]:
    """Every column of a table: one statement, so that it is compiled once."""
    return select(table)


def fetch(
    connection: Connection, statement: Select[Any], columns: Sequence[Column[Any]], keys: Iterable[Any]
) -> Iterator[Row[Any]]:
    """Rows of ``statement`` where ``columns`` are one of ``keys`` (values, or tuples for several columns).

    A statement that is the same object every time is compiled once.
    """
    asking = _among(statement, tuple(columns))
    for some in chunks(keys):
        yield from connection.execute(asking, {"keys": some})


@lru_cache(maxsize=256)
def _among(statement: Select[Any], columns: tuple[Column[Any], ...]) -> Select[Any]:
    place = columns[0] if len(columns) == 1 else tuple_(*columns)
    return statement.where(place.in_(bindparam("keys", expanding=True)))


def add(connection: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows."""
    if rows:
        execute_for_each(connection, _inserting(table), rows)


def put(connection: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows, or replace those that have the same primary key."""
    if rows:
        execute_for_each(connection, _replacing(table, connection.dialect.name, tuple(rows[0])), rows)


def execute_for_each(
    connection: Connection, statement: UpdateBase, rows: Sequence[Mapping[str, Any]]
) -> None:
    """Execute a statement once for each row; the rows have the same names, and values that the driver takes.

    Going past SQLAlchemy's look at each value halves the time of many small rows.
    """
    compiled = _compiled(statement, connection.dialect, tuple(rows[0]))
    if compiled.positiontup is None:
        connection.exec_driver_sql(compiled.string, list(rows))
    else:
        connection.exec_driver_sql(compiled.string, list(map(_values(tuple(compiled.positiontup)), rows)))


@lru_cache(maxsize=256)
def _values(names: tuple[str, ...]) -> Callable[[Mapping[str, Any]], tuple[Any, ...]]:
    if len(names) == 1:
        return lambda row: (row[names[0]],)
    return itemgetter(*names)


@lru_cache(maxsize=256)
def _compiled(statement: UpdateBase, dialect: Dialect, names: tuple[str, ...]) -> SQLCompiler:
    compiled = statement.compile(dialect=dialect, column_keys=names, for_executemany=True)
    assert isinstance(compiled, SQLCompiler)
    return compiled


@cache
def _inserting(table: Table) -> Insert:
    return insert(table)


@cache
def _replacing(table: Table, dialect: str, names: tuple[str, ...]) -> Insert:
    statement = _UPSERT[dialect](table)
    keys = [column.name for column in table.primary_key]
    others = {name: statement.excluded[name] for name in names if name not in keys}
    if others:
        return statement.on_conflict_do_update(index_elements=keys, set_=others)
    return statement.on_conflict_do_nothing(index_elements=keys)
