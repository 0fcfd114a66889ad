"""Every kind of statement as queries that fill columns of a table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlglot import exp

from almenara.sql.names import table_name


@dataclass(frozen=True, slots=True)
class Filling:
    """A query and where its columns go; ``columns`` is empty where the statement does not name them.

    ``query`` is None for rows that the statement itself lists.
    """

    target: str
    columns: tuple[str, ...]
    query: exp.Query | None
    by_name: bool = False
    made: bool = False
    temporary: bool = False
    file: bool = False


def fillings(statement: exp.Expr) -> Iterator[Filling]:
    """The fillings of one statement; none for a statement that moves no data."""
    if isinstance(statement, exp.Query):
        yield Filling("", (), statement, by_name=True)
    elif isinstance(statement, exp.Insert):
        yield from _insert(statement)
    elif isinstance(statement, exp.Create):
        yield from _create(statement)
    elif isinstance(statement, exp.Update):
        yield from _update(statement)
    elif isinstance(statement, exp.Merge):
        yield from _merge(statement)
    elif isinstance(statement, exp.Copy):
        yield from _copy(statement)


def _target(node: exp.Expr) -> tuple[str, tuple[str, ...]]:
    columns: tuple[str, ...] = ()
    if isinstance(node, exp.Schema):
        columns = tuple(
            one.name for one in node.expressions if isinstance(one, exp.Identifier | exp.ColumnDef)
        )
        node = node.this
    return (table_name(node) if isinstance(node, exp.Table) else node.name), columns


def _insert(statement: exp.Insert) -> Iterator[Filling]:
    query = statement.expression
    if not isinstance(query, exp.Query):
        yield Filling(*_target(statement.this), None)
        return
    query = query.copy()
    if statement.args.get("with_") is not None:
        query.set("with_", statement.args["with_"].copy())
    target, columns = _target(statement.this)
    yield Filling(target, columns, query, by_name=bool(statement.args.get("by_name")))


def _create(statement: exp.Create) -> Iterator[Filling]:
    query = statement.expression
    if isinstance(query, exp.Subquery):
        query = query.unnest()
    if isinstance(query, exp.Query):
        target, columns = _target(statement.this)
        temporary = _is_temporary(statement, target)
        yield Filling(target, columns, query.copy(), not columns, made=True, temporary=temporary)


def _is_temporary(statement: exp.Create, target: str) -> bool:
    properties = statement.args.get("properties")
    told = properties is not None and properties.find(exp.TemporaryProperty) is not None
    return told or target.startswith("#")


def _copy(statement: exp.Copy) -> Iterator[Filling]:
    query = statement.this.unnest() if isinstance(statement.this, exp.Subquery) else None
    if isinstance(query, exp.Query):
        for file in statement.args.get("files") or []:
            yield Filling(file.name, (), query.copy(), by_name=True, made=True, file=True)


def _update(statement: exp.Update) -> Iterator[Filling]:
    joined = statement.args.get("from_")
    sources = [joined.this, *(joined.expressions or [])] if joined is not None else []
    yield from _assignments(
        statement.this,
        statement.expressions,
        sources,
        [statement.args.get("where")],
        statement.args.get("with_"),
    )


def _merge(statement: exp.Merge) -> Iterator[Filling]:
    whens = statement.args["whens"].expressions
    for when in whens:
        action, conditions = when.args.get("then"), [statement.args.get("on"), when.args.get("condition")]
        if isinstance(action, exp.Update):
            assigned = action.expressions
        elif isinstance(action, exp.Insert) and isinstance(action.expression, exp.Tuple):
            pairs = zip(action.this.expressions, action.expression.expressions, strict=False)
            assigned = [exp.EQ(this=name.copy(), expression=value.copy()) for name, value in pairs]
        else:
            continue
        yield from _assignments(
            statement.this, assigned, [statement.args["using"]], conditions, statement.args.get("with_")
        )


def _assignments(
    table: exp.Expr,
    assigned: list[exp.Expr],
    sources: list[exp.Expr],
    conditions: list[exp.Expr | None],
    with_: exp.Expr | None,
) -> Iterator[Filling]:
    """``SET column = value`` as the query that would compute the values."""
    pairs = [one for one in assigned if isinstance(one, exp.EQ)]
    query = exp.select(*(one.expression.copy() for one in pairs)).from_(table.copy())
    for source in sources:
        query = query.join(source.copy())
    for condition in conditions:
        if condition is not None:
            query = query.where((condition.this if isinstance(condition, exp.Where) else condition).copy())
    if with_ is not None:
        query.set("with_", with_.copy())
    yield Filling(_target(table)[0], tuple(one.this.name for one in pairs), query)
