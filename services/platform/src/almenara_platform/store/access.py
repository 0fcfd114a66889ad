"""Statements that SQLite and PostgreSQL both know, by many keys at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import Column, Connection, Row, Select, Table, insert, tuple_
from sqlalchemy.dialects import postgresql, sqlite

_KEYS_AT_ONCE = 400
_UPSERT = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


def chunks(values: Iterable[Any], size: int = _KEYS_AT_ONCE) -> Iterator[list[Any]]:
    """The values in lists of at most ``size``."""
    rest = list(values)
    return (rest[start : start + size] for start in range(0, len(rest), size))


def fetch(
    connection: Connection, statement: Select[Any], columns: Sequence[Column[Any]], keys: Iterable[Any]
) -> Iterator[Row[Any]]:
    """Rows of ``statement`` where ``columns`` are one of ``keys`` (values, or tuples for several columns)."""
    place = columns[0] if len(columns) == 1 else tuple_(*columns)
    for some in chunks(keys):
        yield from connection.execute(statement.where(place.in_(some)))


def add(connection: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows."""
    if rows:
        connection.execute(insert(table), rows)


def put(connection: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows, or replace those that have the same primary key."""
    if not rows:
        return
    statement = _UPSERT[connection.dialect.name](table)
    keys = [column.name for column in table.primary_key]
    others = {name: statement.excluded[name] for name in rows[0] if name not in keys}
    if others:
        connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=others), rows)
    else:
        connection.execute(statement.on_conflict_do_nothing(index_elements=keys), rows)
