"""How a table in a statement is called."""

from __future__ import annotations

from sqlglot import exp

_PATHS = "paths"
_FILE_READERS = (exp.ReadCSV, exp.ReadParquet)
_FILE_WORDS = ("read_", "scan_", "parquet_scan", "iceberg_scan", "delta_scan")
_FILE_ENDINGS = (".parquet", ".csv", ".tsv", ".json", ".ndjson", ".jsonl", ".gz", ".zst", ".arrow", ".orc")


def table_name(table: exp.Table) -> str:
    """The table's name with the schema and catalog that the statement gives; a file is called by its path.

    A file whose path is a parameter is called by the parameter as it is written: ``$file``.
    """
    paths = file_paths(table)
    if paths:
        return paths[0]
    if isinstance(table.this, exp.Func):
        return table.this.sql()
    return ".".join(part.name for part in table.parts)


def file_paths(table: exp.Table) -> list[str]:
    """The paths that a table stands for when it is a file, or a function that reads files; else empty."""
    function = table.this
    if _PATHS in table.meta:
        return list(table.meta[_PATHS])
    if not isinstance(function, exp.Func):
        return [table.name] if len(table.parts) == 1 and is_path(table.name) else []
    if not _reads_files(function):
        return []
    first = next((one for one in function.iter_expressions() if not isinstance(one, exp.EQ)), None)
    given = first.expressions if isinstance(first, exp.Array) else [first]
    return [_path(one) for one in given if isinstance(one, exp.Literal | exp.Placeholder | exp.Parameter)]


def is_path(name: str) -> bool:
    """Whether a name is that of a file, or of a parameter that stands for one."""
    return name.startswith("$") or "/" in name or name.lower().endswith(_FILE_ENDINGS)


def keep_paths(statement: exp.Expr) -> exp.Expr:
    """The statement with plain tables in place of files, which remember their paths as they are written."""
    for table in list(statement.find_all(exp.Table)):
        paths = file_paths(table)
        if paths:
            table.set("this", exp.to_identifier(paths[0], quoted=True))
            table.meta[_PATHS] = paths
    return statement


def keep_quotes(statement: exp.Expr) -> exp.Expr:
    """The statement with quoted tables called by their names, which sqlglot else spells without quotes."""
    for table in statement.find_all(exp.Table):
        named = isinstance(table.this, exp.Identifier) and table.this.quoted and not table.alias
        if named and isinstance(table.parent, exp.From | exp.Join | exp.Merge | exp.Update):
            table.set("alias", exp.TableAlias(this=table.this.copy()))
    return statement


def computes(table: exp.Table) -> bool:
    """Whether the table is a function that makes its rows itself, as generate_series does."""
    return isinstance(table.this, exp.Func) and not file_paths(table)


def _reads_files(function: exp.Func) -> bool:
    name = function.name if isinstance(function, exp.Anonymous) else function.sql_name()
    return isinstance(function, _FILE_READERS) or str(name).lower().startswith(_FILE_WORDS)


def _path(node: exp.Expr) -> str:
    return node.name if isinstance(node, exp.Literal) else f"${node.name}"
