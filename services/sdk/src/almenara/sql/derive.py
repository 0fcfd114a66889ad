"""From the text of a script to its column lineage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import Scope, build_scope
from sqlglot.schema import MappingSchema

from almenara.sql.model import Edge, SqlLineage, Use
from almenara.sql.names import computes, file_paths, is_path, table_name
from almenara.sql.parse import parsed, spelled
from almenara.sql.resolver import Resolver
from almenara.sql.statements import Filling, fillings

Schema = Mapping[str, Sequence[str]]

_NO_SCHEMA = "_"

# Statements that sqlglot does not take apart, and that move no data.
_HARMLESS = (
    *(
        "ANALYZE",
        "ATTACH",
        "BEGIN",
        "CHECKPOINT",
        "COMMENT",
        "COMMIT",
        "DETACH",
        "EXPLAIN",
        "GRANT",
        "INSTALL",
    ),
    *("LOAD", "LOCK", "OPTIMIZE", "PRAGMA", "REFRESH", "RESET", "REVOKE", "ROLLBACK", "SET", "SHOW", "USE"),
    "VACUUM",
)

# What sqlglot does not take apart either, though it has a class of its own: it may move data.
_NOT_TAKEN_APART = {
    "Cache": "CACHE",
    "Execute": "EXECUTE",
    "Export": "EXPORT",
    "IfBlock": "IF",
    "LoadData": "LOAD DATA",
    "WhileBlock": "WHILE",
}


def derive(sql: str, dialect: str | None = None, schema: Schema | None = None) -> SqlLineage:
    """The column lineage of one or several statements.

    ``schema`` gives the columns of tables that are read or written, by the names that the script uses; with
    them stars are expanded and columns without a table are placed. Tables that the script itself creates are
    known to its later statements. Raises SqlError for a text that is not SQL of this dialect, and for an
    unknown dialect.
    """
    gathered = _Gathered(dialect, schema or {})
    for statement in parsed(sql, dialect):
        if isinstance(statement, exp.Command):
            gathered.miss_command(str(statement.this))
        elif type(statement).__name__ in _NOT_TAKEN_APART:
            gathered.miss_command(_NOT_TAKEN_APART[type(statement).__name__])
        elif isinstance(statement, exp.Alter) and statement.find(exp.AlterRename, exp.SwapTable):
            gathered.miss_renaming(statement)
        for filling in fillings(statement):
            gathered.add(filling)
    return gathered.result()


class _Gathered:
    """What the statements so far have said."""

    def __init__(self, dialect: str | None, schema: Schema) -> None:
        self._dialect = dialect
        self._schema = {
            spelled(name, dialect): [spelled(column, dialect) for column in columns]
            for name, columns in schema.items()
        }
        self._inputs: dict[str, None] = {}
        self._outputs: dict[str, None] = {}
        self._edges: dict[Edge, None] = {}
        self._influences: dict[tuple[str, Use], None] = {}
        self._unresolved: dict[str, None] = {}
        self._made: dict[str, bool] = {}
        self._files: dict[str, None] = {}
        self._columns: dict[str, tuple[str, ...]] = {}
        self._changes: dict[str, str] = {}

    def miss_command(self, begins_with: str) -> None:
        """Say that a statement that may move data is not understood."""
        word = begins_with.upper()
        if word not in _HARMLESS:
            self._unresolved[f"a statement that begins with {word} is not understood"] = None

    def miss_renaming(self, statement: exp.Alter) -> None:
        """Say that tables change their names, which lineage does not follow."""
        self._unresolved[f"{statement.this.name} is renamed, which is not followed"] = None

    def add(self, filling: Filling) -> None:
        """Take in one filling."""
        if filling.target:
            self._outputs[filling.target] = None
        if filling.change and filling.target not in self._inputs:
            self._changes.setdefault(filling.target, filling.change)
        if filling.made:
            self._made[filling.target] = filling.temporary
        if filling.file:
            self._files[filling.target] = None
        if filling.loaded:
            self._unresolved[f"the columns that are loaded into {filling.target} are not known"] = None
        scope = self._scope(filling.query) if filling.query is not None else None
        if scope is not None:
            self._take(filling, scope)

    def result(self) -> SqlLineage:
        """Everything that was said, each once and in the order of the script."""
        return SqlLineage(
            tuple(self._inputs),
            tuple(self._outputs),
            tuple(edge for edge in self._edges if edge.target_column != "*"),
            tuple(self._influences),
            tuple(self._unresolved),
            tuple(self._made),
            tuple(name for name, temporary in self._made.items() if temporary),
            tuple(self._files),
            self._columns,
            self._changes,
        )

    def _take(self, filling: Filling, scope: Scope) -> None:
        resolver = Resolver(scope)
        outputs = resolver.outputs(scope)
        self._read(scope)
        names = self._names(filling, [name for name, _ in outputs])
        for name, (_, uses) in zip(names, outputs, strict=False):
            self._edges.update(dict.fromkeys(_edges(filling.target, name, uses)))
        influences = sorted(resolver.influences(scope))
        self._influences.update(dict.fromkeys((filling.target, use) for use in influences))
        self._unresolved.update(dict.fromkeys(resolver.unresolved))
        if "*" not in names:
            self._columns[filling.target] = (
                tuple(names)
                if filling.made
                else tuple(dict.fromkeys((*self._columns.get(filling.target, ()), *names)))
            )
            if filling.target and filling.made:
                self._schema[filling.target] = names
            elif filling.target:
                self._schema.setdefault(filling.target, names)

    def _read(self, scope: Scope) -> None:
        for table in _tables(scope):
            paths = file_paths(table)
            self._files.update(dict.fromkeys(paths))
            self._inputs.update(dict.fromkeys(paths or [table_name(table)]))
            if len(paths) > 1:
                told = f"columns of {len(paths)} files that are read together are told of {paths[0]} alone"
                self._unresolved[told] = None

    def _scope(self, query: exp.Query) -> Scope | None:
        try:
            return build_scope(self._qualified(query.copy(), columns=True))
        except SqlglotError:
            # Without schemas a column of a subquery may belong to either level; the resolver asks the inner
            # one, as SQL does.
            pass
        try:
            return build_scope(self._qualified(query, columns=False))
        except SqlglotError as error:
            self._unresolved[f"a query cannot be resolved: {error}"] = None
            return None

    def _qualified(self, query: exp.Query, columns: bool) -> exp.Query:
        return qualify(
            query,
            dialect=self._dialect,
            schema=MappingSchema(_nested(self._schema), dialect=self._dialect, normalize=False),
            quote_identifiers=False,
            identify=False,
            qualify_columns=columns,
            validate_qualify_columns=False,
            allow_partial_qualification=True,
        )

    def _names(self, filling: Filling, given: list[str]) -> list[str]:
        if filling.columns:
            return list(filling.columns)
        known = self._schema.get(filling.target)
        if filling.by_name:
            return given
        if known is not None:
            return list(known)
        self._unresolved[
            f"the columns of {filling.target} are not known: the names of the query's columns stand for them"
        ] = None
        return given


def _edges(target: str, column: str, uses: frozenset[Use]) -> list[Edge]:
    return [Edge(use.table, use.column, target, column, use.kind) for use in sorted(uses)]


def _tables(scope: Scope) -> list[exp.Table]:
    found: dict[str, exp.Table] = {}
    for one in scope.traverse():
        for source in one.sources.values():
            if isinstance(source, exp.Table) and not computes(source):
                found.setdefault(table_name(source), source)
    return list(found.values())


def _nested(schema: Mapping[str, Sequence[str]]) -> dict[str, object]:
    """Schema as sqlglot wants it: nested by catalog and schema, every table at the same depth.

    A table without a schema is put into one that no script names; sqlglot finds it by its own name.
    """
    named = {name: [name] if is_path(name) else name.split(".") for name in schema}
    depth = max(map(len, named.values()), default=0)
    nested: dict[str, object] = {}
    for name, columns in schema.items():
        parts, level = named[name], nested
        for part in [*[_NO_SCHEMA] * (depth - len(parts)), *parts[:-1]]:
            level = level.setdefault(part, {})  # type: ignore[assignment]
        level[parts[-1]] = dict.fromkeys(columns, "unknown")
    return nested
