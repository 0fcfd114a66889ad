"""From text to statements, and names spelled as a dialect spells them."""

from __future__ import annotations

import logging
from contextvars import ContextVar
from dataclasses import dataclass
from difflib import get_close_matches

import sqlglot
from sqlglot import exp
from sqlglot.dialects.dialect import Dialect, NormalizationStrategy
from sqlglot.errors import ParseError, SqlglotError
from sqlglot.optimizer.normalize_identifiers import normalize_identifiers

from almenara.exceptions import SqlError
from almenara.sql.names import computes, file_paths, keep_paths, keep_quotes, table_name
from almenara.sql.statements import fillings
from almenara.sql.windows import name_windows

_reading: ContextVar[bool] = ContextVar("reading", default=False)


def _is_of_others(record: logging.LogRecord) -> bool:
    # sqlglot warns of statements that it does not take apart with their whole text, secrets and all.
    return not _reading.get()


logging.getLogger("sqlglot").addFilter(_is_of_others)


def parsed(sql: str, dialect: str | None) -> list[exp.Expr]:
    """The statements of a script; raises SqlError with line and column, or for an unknown dialect."""
    _known(dialect)
    reading = _reading.set(True)
    try:
        statements = [
            _understood(one, dialect) for one in sqlglot.parse(sql, dialect=dialect) if one is not None
        ]
    except SqlglotError as error:
        raise SqlError(
            f"the SQL cannot be read{f' as {dialect}' if dialect else ''}: {_fault(error)}"
        ) from error
    finally:
        _reading.reset(reading)
    normal = (normalize_identifiers(keep_paths(one), dialect=dialect) for one in statements)
    return [name_windows(keep_quotes(one)) for one in normal]


def _understood(statement: exp.Expr, dialect: str | None) -> exp.Expr:
    """The statement; REPLACE, which sqlglot takes for a mere command, as the INSERT that it is.

    MySQL and SQLite write its rows as INSERT does, only rows that have their keys go first.
    """
    if not isinstance(statement, exp.Command) or str(statement.this).upper() != "REPLACE":
        return statement
    try:
        insert = sqlglot.parse_one(f"INSERT {statement.expression.name}", dialect=dialect)
    except SqlglotError:
        return statement
    return insert if isinstance(insert, exp.Insert) else statement


@dataclass(frozen=True, slots=True)
class Mentioned:
    """What a script names, in its order; ``temporary`` are tables that it makes for its session."""

    tables: tuple[str, ...]
    files: tuple[str, ...]
    temporary: frozenset[str]


def mentioned(sql: str, dialect: str | None) -> Mentioned:
    """The names in a script; raises SqlError."""
    tables: dict[str, None] = {}
    files: dict[str, None] = {}
    temporary: set[str] = set()
    for statement in parsed(sql, dialect):
        temporary.update(one.target for one in fillings(statement) if one.temporary)
        for table in statement.find_all(exp.Table):
            paths = file_paths(table)
            files.update(dict.fromkeys(paths))
            if not paths and not computes(table):
                tables[table_name(table)] = None
    return Mentioned(tuple(tables), tuple(files), frozenset(temporary))


def spelled(name: str, dialect: str | None) -> str:
    """A dotted name as statements of the dialect spell it when they do not quote it.

    Where case counts a name that has capitals was quoted, and stays as it is.
    """
    strategy = Dialect.get_or_raise(dialect).normalization_strategy
    if dialect is None or strategy is NormalizationStrategy.CASE_INSENSITIVE:
        return name.lower()
    if strategy is NormalizationStrategy.UPPERCASE and name.islower():
        return name.upper()
    return name


def _known(dialect: str | None) -> None:
    try:
        Dialect.get_or_raise(dialect)
    except ValueError:
        names = sorted(name for name in Dialect.classes if name)
        close = get_close_matches(str(dialect), names, n=3, cutoff=0.5)
        hint = f"did you mean {' or '.join(close)}?" if close else f"known are {', '.join(names)}"
        raise SqlError(f"unknown dialect {str(dialect)[:50]!r}; {hint}") from None


def _fault(error: SqlglotError) -> str:
    # sqlglot's own message quotes the statement, values and all, with terminal colours in it.
    if isinstance(error, ParseError) and error.errors:
        first = error.errors[0]
        said = str(first["description"]).split(" but got <Token")[0]
        near = first["highlight"]
        return f"line {first['line']}, column {first['col']}: {said}{f', near {near[:40]!r}' if near else ''}"
    return "a quote or a comment is not closed, or a character has no meaning"
