"""From the text of a script to its column lineage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import Scope, build_scope

from almenara.exceptions import SqlError
from almenara.sql.model import Edge, SqlLineage, Use
from almenara.sql.names import table_name
from almenara.sql.resolver import Resolver
from almenara.sql.statements import Filling, fillings

Schema = Mapping[str, Sequence[str]]


def derive(sql: str, dialect: str | None = None, schema: Schema | None = None) -> SqlLineage:
    """The column lineage of one or several statements.

    ``schema`` gives the columns of tables that are read or written, by the names that the script uses; with
    them stars are expanded and columns without a table are placed. Tables that the script itself creates are
    known to its later statements. Raises SqlError for a text that is not SQL of this dialect.
    """
    gathered = _Gathered({name: list(columns) for name, columns in (schema or {}).items()})
    try:
        statements = [one for one in sqlglot.parse(sql, dialect=dialect) if one is not None]
    except SqlglotError as error:
        raise SqlError(f"the SQL cannot be read{f' as {dialect}' if dialect else ''}: {error}") from error
    for statement in statements:
        for filling in fillings(statement):
            gathered.add(filling, dialect)
    return gathered.result()


class _Gathered:
    """What the statements so far have said."""

    def __init__(self, schema: dict[str, list[str]]) -> None:
        self._schema = schema
        self._inputs: dict[str, None] = {}
        self._outputs: dict[str, None] = {}
        self._edges: dict[Edge, None] = {}
        self._influences: dict[tuple[str, Use], None] = {}
        self._unresolved: dict[str, None] = {}

    def add(self, filling: Filling, dialect: str | None) -> None:
        """Take in one filling."""
        scope = self._scope(filling.query, dialect)
        if scope is None:
            return
        resolver = Resolver(scope)
        outputs = resolver.outputs(scope)
        self._inputs.update(dict.fromkeys(_tables(scope)))
        if filling.target:
            self._outputs[filling.target] = None
        names = self._names(filling, [name for name, _ in outputs])
        for name, (_, uses) in zip(names, outputs, strict=False):
            self._edges.update(dict.fromkeys(_edges(filling.target, name, uses)))
        influences = sorted(resolver.influences(scope))
        self._influences.update(dict.fromkeys((filling.target, use) for use in influences))
        self._unresolved.update(dict.fromkeys(resolver.unresolved))
        if filling.target and "*" not in names:
            self._schema.setdefault(filling.target, names)

    def result(self) -> SqlLineage:
        """Everything that was said, each once and in the order of the script."""
        return SqlLineage(
            tuple(self._inputs),
            tuple(self._outputs),
            tuple(edge for edge in self._edges if edge.target_column != "*"),
            tuple(self._influences),
            tuple(self._unresolved),
        )

    def _scope(self, query: exp.Query, dialect: str | None) -> Scope | None:
        try:
            return build_scope(self._qualified(query.copy(), dialect, columns=True))
        except SqlglotError:
            # Without schemas a column of a subquery may belong to either level; the resolver asks the inner
            # one, as SQL does.
            pass
        try:
            return build_scope(self._qualified(query, dialect, columns=False))
        except SqlglotError as error:
            self._unresolved[f"a query cannot be resolved: {error}"] = None
            return None

    def _qualified(self, query: exp.Query, dialect: str | None, columns: bool) -> exp.Query:
        return qualify(
            query,
            dialect=dialect,
            schema=_nested(self._schema),
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


def _tables(scope: Scope) -> list[str]:
    found: list[str] = []
    for one in scope.traverse():
        found += [table_name(source) for source in one.sources.values() if isinstance(source, exp.Table)]
    return list(dict.fromkeys(found))


def _nested(schema: Mapping[str, Sequence[str]]) -> dict[str, object]:
    """Schema as sqlglot wants it: nested by catalog and schema, every table at the same depth."""
    depth = max((name.count(".") for name in schema), default=0)
    nested: dict[str, object] = {}
    for name, columns in schema.items():
        parts = name.split(".")
        if len(parts) - 1 != depth:
            continue
        level = nested
        for part in parts[:-1]:
            level = level.setdefault(part, {})  # type: ignore[assignment]
        level[parts[-1]] = dict.fromkeys(columns, "unknown")
    return nested
