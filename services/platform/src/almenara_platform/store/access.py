"""Statements that SQLite and PostgreSQL both know, by many keys at once."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache, lru_cache
from operator import itemgetter
from typing import Any

import orjson
from sqlalchemy import (
    Column,
    Connection,
    Dialect,
    Insert,
    Row,
    Select,
    String,
    Table,
    UpdateBase,
    bindparam,
    func,
    insert,
    literal_column,
    select,
    tuple_,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.compiler import SQLCompiler

_KEYS_AT_ONCE = 400
_DIALECTS: dict[tuple[str, str], Dialect] = {}
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
    if connection.dialect.name == "sqlite":
        yield from _fetch_listed(connection, statement, tuple(columns), list(keys))
        return
    asking = _among(statement, tuple(columns))
    for some in chunks(keys):
        yield from connection.execute(asking, {"keys": some})


@lru_cache(maxsize=256)
def _among(statement: Select[Any], columns: tuple[Column[Any], ...]) -> Select[Any]:
    return statement.where(_place(columns).in_(bindparam("keys", expanding=True)))


def _fetch_listed(
    connection: Connection, statement: Select[Any], columns: tuple[Column[Any], ...], keys: list[Any]
) -> Iterator[Any]:
    """Rows with the values that the driver gives; a fifth of what it costs otherwise."""
    if not keys:
        return
    text, make = _listed(statement, columns, _first_of(connection.dialect))
    with _driver(connection, text) as cursor:
        yield from map(make, cursor.execute(text, (orjson.dumps(keys, default=tuple).decode(),)).fetchall())


@lru_cache(maxsize=256)
def _listed(
    statement: Select[Any], columns: tuple[Column[Any], ...], dialect: Dialect
) -> tuple[str, Callable[[Iterable[Any]], Any]]:
    # A text that stays the same however many keys there are is neither put together nor compiled each time.
    keys = func.json_each(bindparam("keys", type_=String)).table_valued("value")
    members = [literal_column(f"json_extract(value, '$[{place}]')") for place in range(len(columns))]
    wanted = select(*members).select_from(keys) if len(columns) > 1 else select(keys.c.value)
    asking = statement.where(_place(columns).in_(wanted))
    names = [each.key for each in statement.selected_columns]
    return str(asking.compile(dialect=dialect)), namedtuple("_Listed", names)._make


def _first_of(dialect: Dialect) -> Dialect:
    """One of its kind: each engine has its own, and what is compiled for one is good for all."""
    return _DIALECTS.setdefault((dialect.name, dialect.driver), dialect)


def _place(columns: tuple[Column[Any], ...]) -> Any:
    return columns[0] if len(columns) == 1 else tuple_(*columns)


@contextmanager
def _driver(connection: Connection, text: str) -> Iterator[Any]:
    """A cursor of the driver; its errors are raised as SQLAlchemy raises them."""
    cursor = connection.connection.cursor()
    try:
        yield cursor
    except connection.dialect.loaded_dbapi.Error as error:
        raise DBAPIError(text, None, error) from error
    finally:
        cursor.close()


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

    Going to the driver, past SQLAlchemy's look at each value, halves the time of many small rows.
    """
    compiled = _compiled(statement, _first_of(connection.dialect), tuple(rows[0]))
    places = compiled.positiontup
    with _driver(connection, compiled.string) as cursor:
        cursor.executemany(compiled.string, rows if places is None else map(_values(tuple(places)), rows))


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
