"""Every kind of statement as queries that fill columns of a table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import zip_longest

from sqlglot import exp

from almenara.sql.names import file_paths, table_name

_INSERTED = "excluded"


@dataclass(frozen=True, slots=True)
class Filling:
    """A query and where its columns go; ``columns`` is empty where the statement does not name them.

    ``query`` is None for rows that the statement itself lists, and for those that are ``loaded`` from a file.
    ``change`` is what becomes of all that the target held before, in OpenLineage's words; "" where it stays.
    """

    target: str
    columns: tuple[str, ...]
    query: exp.Query | None
    by_name: bool = False
    made: bool = False
    temporary: bool = False
    file: bool = False
    loaded: bool = False
    change: str = ""


def fillings(statement: exp.Expr) -> Iterator[Filling]:
    """The fillings of one statement; none for a statement that moves no data."""
    yield from _written_on_the_way(statement)
    if isinstance(statement, exp.Query):
        yield _selected(statement)
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
    elif isinstance(statement, exp.TruncateTable | exp.Delete):
        yield from _emptied(statement)
    elif isinstance(statement, exp.MultitableInserts):
        for one in statement.expressions:
            yield from _insert_of_many(one, statement.args["source"])


def _written_on_the_way(statement: exp.Expr) -> Iterator[Filling]:
    """What common table expressions write; what one gives back is read from the table that it wrote."""
    with_ = statement.args.get("with_")
    before: list[exp.Expr] = []
    for one in list(with_.expressions) if with_ is not None else []:
        if isinstance(one.this, exp.DML):
            if before:
                one.this.set("with_", exp.With(expressions=[each.copy() for each in before]))
            yield from fillings(one.this)
            one.set("this", _returned(one.this))
        before.append(one)


def _returned(statement: exp.Expr) -> exp.Query:
    table = statement.this.this if isinstance(statement.this, exp.Schema) else statement.this
    returning = statement.args.get("returning")
    given = returning.expressions if returning is not None else [exp.null()]
    return exp.select(*(one.copy() for one in given)).from_(table.copy())


def _selected(query: exp.Query) -> Filling:
    into = query.args.get("into")
    if into is None or not isinstance(into.this, exp.Table):
        return Filling("", (), query, by_name=True)
    target = table_name(into.this)
    temporary = bool(into.args.get("temporary")) or target.startswith("#")
    query = query.copy()
    query.set("into", None)
    return Filling(target, (), query, by_name=True, made=True, temporary=temporary)


def _target(node: exp.Expr) -> tuple[str, tuple[str, ...]]:
    columns: tuple[str, ...] = ()
    if isinstance(node, exp.Schema):
        columns = tuple(
            one.name for one in node.expressions if isinstance(one, exp.Identifier | exp.ColumnDef)
        )
        node = node.this
    return (table_name(node) if isinstance(node, exp.Table) else node.name), columns


def _insert(statement: exp.Insert) -> Iterator[Filling]:
    query, (target, columns) = statement.expression, _target(statement.this)
    if isinstance(query, exp.Values):
        query = _computed_rows(query)
    if isinstance(query, exp.Query):
        query = query.copy()
        if statement.args.get("with_") is not None:
            query.set("with_", statement.args["with_"].copy())
        by_name = bool(statement.args.get("by_name"))
        yield Filling(target, columns, query, by_name=by_name, change=_overwritten(statement))
    else:
        yield Filling(target, columns, None, change=_overwritten(statement))
    if statement.args.get("conflict") is not None:
        yield from _on_conflict(statement, query if isinstance(query, exp.Query) else None, columns)


def _overwritten(statement: exp.Insert) -> str:
    """Of a partition that is overwritten the others stay."""
    partition = statement.args.get("partition") or statement.this.args.get("partition")
    return "OVERWRITE" if statement.args.get("overwrite") and not partition else ""


def _emptied(statement: exp.TruncateTable | exp.Delete) -> Iterator[Filling]:
    """Tables of which nothing is left: those of TRUNCATE, and that of a DELETE that chooses no rows."""
    chosen = ("where", "using", "limit", "partition", "is_database", "tables")
    if any(statement.args.get(name) for name in chosen):
        return
    tables = statement.expressions if isinstance(statement, exp.TruncateTable) else [statement.this]
    for table in tables:
        if isinstance(table, exp.Table) and not table.args.get("partition"):
            yield Filling(table_name(table), (), None, change="TRUNCATE")


def _computed_rows(values: exp.Values) -> exp.Query | None:
    """Listed rows that ask tables for some of their values, as queries."""
    rows = [one for one in values.expressions if one.find(exp.Query) is not None]
    queries = [exp.select(*(each.copy() for each in row.expressions)) for row in rows]
    return exp.union(*queries, distinct=False) if len(queries) > 1 else next(iter(queries), None)


def _on_conflict(
    statement: exp.Insert, query: exp.Query | None, columns: tuple[str, ...]
) -> Iterator[Filling]:
    """DO UPDATE as an update of the table from the rows that were to be inserted."""
    conflict = statement.args["conflict"].copy()
    table = statement.this.this if isinstance(statement.this, exp.Schema) else statement.this
    assigned: list[exp.Expr] = [one for one in conflict.expressions if isinstance(one, exp.EQ)]
    for node in [*(one.expression for one in assigned), conflict.args.get("where")]:
        if node is not None:
            _say_whose(node, table.alias_or_name)
    rows = (
        query.copy()
        if query is not None
        else exp.select(*(exp.null().as_(name) for name in columns or ("_",)))
    )
    named = exp.TableAlias(
        this=exp.to_identifier(_INSERTED), columns=[exp.to_identifier(name) for name in columns]
    )
    source = exp.Subquery(this=rows, alias=named)
    yield from _assignments(table, assigned, [source], [conflict.args.get("where")], None)


def _say_whose(expression: exp.Expr, table: str) -> None:
    """Name the table of columns without one, and of MySQL's VALUES(column)."""
    for function in list(expression.find_all(exp.Anonymous)):
        if function.name.upper() == "VALUES" and function.expressions:
            function.replace(exp.column(function.expressions[0].name, table=_INSERTED))
    for column in expression.find_all(exp.Column):
        if not column.table and column.find_ancestor(exp.Query) is None:
            column.set("table", exp.to_identifier(table))


def _insert_of_many(statement: exp.Expr, source: exp.Expr) -> Iterator[Filling]:
    """One INSERT of several that share their source."""
    insert, condition = statement, None
    if isinstance(statement, exp.ConditionalInsert):
        insert, condition = statement.this, statement.args.get("expression")
    given = insert.expression
    if isinstance(given, exp.Select):
        query = given.copy()
    elif isinstance(given, exp.Values):
        query = exp.select(*(each.copy() for each in given.expressions[0].expressions))
    else:
        query = exp.select("*")
    from_ = source.subquery("_rows") if isinstance(source, exp.Select) else source.copy()
    query = query.from_(from_)
    if condition is not None:
        query = query.where(condition.copy())
    target, columns = _target(insert.this)
    yield Filling(target, columns, query)


def _create(statement: exp.Create) -> Iterator[Filling]:
    query, clone = statement.expression, statement.args.get("clone")
    if isinstance(query, exp.Subquery):
        query = query.unnest()
    if query is None and clone is not None:
        query = exp.select("*").from_(clone.this.copy())
    if isinstance(query, exp.Query):
        target, columns = _target(statement.this)
        temporary = _is_temporary(statement, target)
        made = Filling(target, columns, query.copy(), not columns, made=True, temporary=temporary)
        yield replace(made, change=_created(statement))


def _created(statement: exp.Create) -> str:
    """A table that is there already is left alone by IF NOT EXISTS."""
    if statement.kind != "TABLE" or statement.args.get("exists"):
        return ""
    return "OVERWRITE" if statement.args.get("replace") else "CREATE"


def _is_temporary(statement: exp.Create, target: str) -> bool:
    properties = statement.args.get("properties")
    told = properties is not None and properties.find(exp.TemporaryProperty) is not None
    return told or target.startswith("#")


def _copy(statement: exp.Copy) -> Iterator[Filling]:
    files = statement.args.get("files") or []
    if statement.args.get("kind"):
        yield _loaded(statement.this, next(iter(files), None))
        return
    query = _rows_of(statement.this)
    for file in files if query is not None else []:
        yield Filling(file.name, (), query, by_name=True, made=True, file=True)


def _loaded(into: exp.Expr, source: exp.Expr | None) -> Filling:
    """COPY FROM and COPY INTO: from a file into a table, or from a query into a file."""
    target, columns = _target(into)
    place = into.this if isinstance(into, exp.Schema) else into
    query = _rows_of(source)
    if isinstance(place, exp.Table) and _is_place(place):
        stage = target.startswith("@")
        return Filling(target, columns, query, by_name=True, made=True, file=not stage)
    return Filling(target, columns, query, loaded=query is None)


def _rows_of(node: exp.Expr | None) -> exp.Query | None:
    """A query, or a table with some of its columns, as a query; None for a file."""
    if isinstance(node, exp.Subquery):
        query = node.unnest()
        return query.copy() if isinstance(query, exp.Query) else None
    table, columns = (node.this, node.expressions) if isinstance(node, exp.Schema) else (node, [])
    if not isinstance(table, exp.Table) or _is_place(table):
        return None
    named: list[exp.Expr] = [exp.column(one.name) for one in columns]
    return exp.select(*(named or [exp.Star()])).from_(table.copy())


def _is_place(table: exp.Table) -> bool:
    return bool(file_paths(table)) or table.name.startswith("@")


def _update(statement: exp.Update) -> Iterator[Filling]:
    joined = statement.args.get("from_")
    sources = [joined.this, *(joined.expressions or [])] if joined is not None else []
    table = statement.this.copy()
    sources += table.args.get("joins") or []
    table.set("joins", None)
    yield from _assignments(
        table,
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
            names, values = getattr(action.this, "expressions", []), action.expression.expressions
            assigned = [
                exp.EQ(this=name.copy(), expression=value.copy())
                for name, value in zip_longest(names, values, fillvalue=exp.to_identifier(""))
            ]
        elif isinstance(action, exp.Insert) and isinstance(action.this, exp.Star | exp.Var):
            assigned = [action.this]
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
    everything = next((one for one in assigned if isinstance(one, exp.Star | exp.Var)), None)
    if everything is not None:
        # INSERT ROW goes by the order of the columns.
        pairs, by_name = [], isinstance(everything, exp.Star)
        values: list[exp.Expr] = [exp.column(exp.Star(), table=source.alias_or_name) for source in sources]
    else:
        pairs, by_name = list(_pairs(assigned)), False
        values = [value.copy() for _, value in pairs]
    query = exp.select(*values).from_(table.copy())
    for source in sources:
        query = query.join(source.copy())
    for condition in conditions:
        if condition is not None:
            query = query.where((condition.this if isinstance(condition, exp.Where) else condition).copy())
    if with_ is not None:
        query.set("with_", with_.copy())
    names = tuple(name for name, _ in pairs)
    yield Filling(_target(table)[0], names if all(names) else (), query, by_name=by_name)


def _pairs(assigned: list[exp.Expr]) -> Iterator[tuple[str, exp.Expr]]:
    """Names of columns and what is put there; ``(a, b) = (SELECT x, y ...)`` gives two."""
    for one in assigned:
        if not isinstance(one, exp.EQ):
            continue
        if not isinstance(one.this, exp.Tuple):
            yield one.this.name, one.expression
            continue
        value = one.expression.unnest()
        for place, name in enumerate(one.this.expressions):
            yield name.name, _part(value, place)


def _part(value: exp.Expr, place: int) -> exp.Expr:
    if isinstance(value, exp.Tuple) and place < len(value.expressions):
        part: exp.Expr = value.expressions[place]
        return part
    if isinstance(value, exp.Select) and place < len(value.selects):
        select = value.copy()
        select.set("expressions", [select.selects[place]])
        return exp.Subquery(this=select)
    return value
