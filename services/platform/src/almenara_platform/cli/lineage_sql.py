"""almenara lineage from-sql: column lineage out of a file of SQL, without a platform."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import orjson
import typer
from rich.table import Table

from almenara_platform.cli import lineage_words as words
from almenara_platform.cli.console import console, error_console, plain, print_json
from almenara_platform.cli.exceptions import CommandError, WrongUse
from almenara_platform.cli.lineage_words import Form
from almenara_platform.cli.options import Json
from almenara_platform.counting import counted
from almenara_platform.spreadsheet import csv_of

if TYPE_CHECKING:
    from almenara.sql import SqlLineage

_KEYS = ("source_table", "source_column", "target_table", "target_column", "type", "subtype", "masking")
_HEADER = tuple(key.replace("_", " ") for key in _KEYS)


def from_sql(
    file: Annotated[Path, typer.Argument(help="SQL statements; - reads stdin.")],
    dialect: Annotated[
        str | None, typer.Option(help="Such as postgres, duckdb, snowflake, spark; sqlglot's names.")
    ] = None,
    schema: Annotated[
        Path | None, typer.Option(help='JSON with the columns of tables: {"sales": ["id", "amount"]}.')
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with 1 when something is unresolved.")
    ] = False,
    as_json: Json = False,
    as_csv: words.Csv = False,
    as_mermaid: words.Mermaid = False,
) -> None:
    """Derive which columns a script reads and writes, and what it does in between.

    Needs no platform and executes nothing. What cannot be resolved is told on stderr and not guessed; a star
    needs --schema. Exit code 1 with --strict when something is unresolved, 2 for a text that is not SQL.
    """
    form = words.form(as_json, as_csv, as_mermaid)
    found = _derive(file, dialect, _schema(schema))
    match form:
        case Form.JSON:
            print_json(_document(found))
        case Form.CSV:
            typer.echo(csv_of(_HEADER, _rows(found)), nl=False)
        case Form.MERMAID:
            typer.echo(_mermaid(found), nl=False)
        case _:
            console().print(_table(found))
    if not (found.inputs or found.outputs):
        error_console().print("No statement reads or writes a table.")
    for sentence in found.unresolved:
        error_console().print(plain(f"unresolved: {sentence}", "yellow"))
    if strict and found.unresolved:
        raise CommandError(f"{counted(len(found.unresolved), 'thing')} could not be resolved")


def _derive(file: Path, dialect: str | None, schema: dict[str, list[str]]) -> SqlLineage:
    # sqlglot takes a good part of a second to import, which other commands need not pay.
    from almenara.exceptions import SqlError
    from almenara.sql import derive

    text = _text(file)
    try:
        return derive(text, dialect, schema)
    except SqlError as error:
        raise WrongUse(f"{'stdin' if str(file) == '-' else file}: {error}") from error


def _text(file: Path) -> str:
    try:
        return sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise WrongUse(f"{file} cannot be read: {error}") from error


def _schema(file: Path | None) -> dict[str, list[str]]:
    if file is None:
        return {}
    try:
        found = orjson.loads(file.read_bytes())
    except (OSError, orjson.JSONDecodeError) as error:
        raise WrongUse(f"{file} cannot be read as JSON: {error}") from error
    if not isinstance(found, dict) or not all(isinstance(columns, list) for columns in found.values()):
        raise WrongUse(f'{file} is not of the form {{"table": ["column", ...]}}')
    return {str(table): list(map(str, columns)) for table, columns in found.items()}


def _rows(found: SqlLineage) -> list[tuple[object, ...]]:
    edges = [
        (
            e.source_table,
            e.source_column,
            e.target_table,
            e.target_column,
            e.kind.type,
            e.kind.subtype,
            e.kind.masking,
        )
        for e in found.edges
    ]
    whole = [
        (use.table, use.column, target, "(every column)", use.kind.type, use.kind.subtype, use.kind.masking)
        for target, use in found.influences
    ]
    return [*edges, *whole]


def _table(found: SqlLineage) -> Table:
    table = Table("from", "to", "how")
    for source, column, target, into, kind, subtype, masking in _rows(found):
        how = f"{kind} {subtype}{' masked' if masking else ''}"
        table.add_row(plain(f"{source}.{column}"), plain(f"{target or 'result'}.{into}"), how)
    return table


def _document(found: SqlLineage) -> dict[str, Any]:
    rows = [dict(zip(_KEYS, row, strict=True)) for row in _rows(found)]
    return {
        "inputs": list(found.inputs),
        "outputs": list(found.outputs),
        "edges": rows[: len(found.edges)],
        "influences": [row | {"target_column": None} for row in rows[len(found.edges) :]],
        "unresolved": list(found.unresolved),
    }


def _mermaid(found: SqlLineage) -> str:
    from almenara_platform.cli.lineage_views import paths_mermaid

    return paths_mermaid(
        {"path": [["", source, column], ["", target or "result", into]]}
        for source, column, target, into, *_ in _rows(found)
    )
