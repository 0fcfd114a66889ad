"""Columns of a query traced through its scopes down to the columns of tables."""

from __future__ import annotations

from collections.abc import Iterable

from sqlglot import exp
from sqlglot.optimizer.scope import Scope

from almenara.sql.model import FILTER, GROUP_BY, IDENTITY, JOIN, SORT, TRANSFORMATION, Kind, Use
from almenara.sql.names import computes, table_name
from almenara.sql.roles import Leaf, leaves

_CLAUSES = {"where": FILTER, "having": FILTER, "qualify": FILTER, "group": GROUP_BY, "order": SORT}

Output = tuple[str, frozenset[Use]]


class Resolver:
    """Answers for one statement; what it could not resolve gathers in ``unresolved``."""

    def __init__(self, root: Scope) -> None:
        self.unresolved: list[str] = []
        # A recursive CTE refers to itself through a scope without sources; the walked one has them.
        self._walked = {id(scope.expression): scope for scope in root.traverse()}
        self._outputs: dict[int, list[Output]] = {}
        self._influences: dict[int, frozenset[Use]] = {}

    def outputs(self, scope: Scope) -> list[Output]:
        """The columns that the scope's query gives, in order, each with the table columns behind it."""
        scope = self._walked.get(id(scope.expression), scope)
        key = id(scope)
        if key not in self._outputs:
            self._outputs[key] = []
            self._outputs[key] = self._union(scope) if scope.set_operation_scopes else self._select(scope)
        return self._outputs[key]

    def influences(self, scope: Scope) -> frozenset[Use]:
        """The table columns that decide which rows the scope's query gives, and in what order."""
        scope = self._walked.get(id(scope.expression), scope)
        key = id(scope)
        if key not in self._influences:
            self._influences[key] = frozenset()
            self._influences[key] = frozenset(self._find_influences(scope))
        return self._influences[key]

    def expression(self, expression: exp.Expr, scope: Scope, kind: Kind = IDENTITY) -> set[Use]:
        """The table columns that an expression in this scope uses."""
        return {use for leaf, done in leaves(expression, kind) for use in self._leaf(leaf, scope, done)}

    def _leaf(self, leaf: Leaf, scope: Scope, done: Kind) -> set[Use]:
        if isinstance(leaf, exp.Column):
            return {use.then(done) for use in self._column(leaf, scope)}
        return self._subquery(leaf, scope, done)

    def _select(self, scope: Scope) -> list[Output]:
        query = scope.expression
        if isinstance(query, exp.Select):
            return [self._projection(projection, scope) for projection in query.selects]
        inner = self._lateral(scope)
        if inner is not None:
            return self._renamed(self.outputs(inner), query)
        uses = self.expression(query, scope.parent or scope, TRANSFORMATION) if scope.is_udtf else set()
        return [(name, frozenset(uses)) for name in getattr(query, "alias_column_names", ())]

    def _lateral(self, scope: Scope) -> Scope | None:
        """The scope of LATERAL (SELECT ...), which CROSS APPLY is too."""
        query = scope.expression
        if not isinstance(query, exp.Lateral) or not isinstance(query.this, exp.Subquery):
            return None
        return self._walked.get(id(query.this.unnest()))

    @staticmethod
    def _renamed(outputs: list[Output], query: exp.Expr) -> list[Output]:
        names = getattr(query, "alias_column_names", ())
        given = [name for name, _ in outputs]
        return [(new, uses) for new, (_, uses) in zip([*names, *given[len(names) :]], outputs, strict=False)]

    def _projection(self, projection: exp.Expr, scope: Scope) -> Output:
        if projection.is_star or projection.find(exp.Columns):
            self._miss(
                f"{projection.sql()} cannot be expanded, because the columns of its table are not known"
            )
            return "*", frozenset()
        return projection.alias_or_name, frozenset(self.expression(projection, scope))

    def _union(self, scope: Scope) -> list[Output]:
        first, *others = [self.outputs(branch) for branch in scope.set_operation_scopes]
        merged = [(name, set(uses)) for name, uses in first]
        # What EXCEPT takes away decides about rows, and none of its values are in the result.
        apart = isinstance(scope.expression, exp.Except)
        for other in others:
            for (_, uses), (_, more) in zip(merged, other, strict=False):
                uses |= {use.then(FILTER) for use in more} if apart else more
        return [(name, frozenset(uses)) for name, uses in merged]

    def _column(self, column: exp.Column, scope: Scope) -> Iterable[Use]:
        source = self._source(column, scope)
        if isinstance(source, exp.Table):
            return [] if computes(source) else _of_table(source, column.name)
        if isinstance(source, Scope) and (column.table or self._has_output(source, column)):
            return self._output_of(source, column)
        own = self._own_output(column, scope)
        if own is not None:
            return own
        if isinstance(source, Scope):
            return self._output_of(source, column)
        self._miss(f"the table of column {column.sql()} is not known: name it, or give the schema")
        return []

    def _has_output(self, scope: Scope, column: exp.Column) -> bool:
        return any(name == column.name for name, _ in self.outputs(scope))

    def _own_output(self, column: exp.Column, scope: Scope) -> frozenset[Use] | None:
        """What a name without a table means where clauses may call the query's own columns."""
        if column.table:
            return None
        return next((uses for name, uses in self.outputs(scope) if name == column.name), None)

    def _source(self, column: exp.Column, scope: Scope) -> exp.Table | Scope | None:
        within: Scope | None = scope
        while within is not None:
            found = within.sources.get(column.table)
            if found is not None:
                return found if isinstance(found, exp.Table | Scope) else None
            if not column.table and len(within.selected_sources) == 1:
                return next(iter(within.selected_sources.values()))[1]
            within = within.parent
        return None

    def _output_of(self, scope: Scope, column: exp.Column) -> Iterable[Use]:
        outputs = self.outputs(scope)
        for name, uses in outputs:
            if name == column.name:
                return uses
        if outputs and not any(name == "*" for name, _ in outputs):
            self._miss(f"column {column.sql()} is not among the columns of its subquery")
        return []

    def _subquery(self, query: exp.Expr, scope: Scope, done: Kind) -> set[Use]:
        inner = next((one for one in scope.subquery_scopes if one.expression is query), None)
        if inner is None:
            return set()
        step = TRANSFORMATION.then(done)
        given = {use.then(step) for _, uses in self.outputs(inner) for use in uses}
        return given | {use.then(done) for use in self.influences(inner)}

    def _find_influences(self, scope: Scope) -> Iterable[Use]:
        for branch in scope.set_operation_scopes or []:
            yield from self.influences(branch)
        for _, source in scope.selected_sources.values():
            if isinstance(source, Scope):
                yield from self.influences(source)
        lateral = self._lateral(scope)
        if lateral is not None:
            yield from self.influences(lateral)
        query = scope.expression
        distinct = query.args.get("distinct")
        if isinstance(distinct, exp.Distinct) and distinct.args.get("on") is not None:
            yield from self._clause(distinct.args["on"], scope, FILTER)
        for key, kind in _CLAUSES.items():
            clause = query.args.get(key)
            if isinstance(clause, exp.Expr):
                yield from self._clause(clause, scope, kind)
        for projection in _grouped(query):
            yield from self._clause(projection, scope, GROUP_BY)
        for join in query.args.get("joins") or []:
            if join.args.get("on") is not None:
                yield from self._clause(join.args["on"], scope, JOIN)

    def _clause(self, clause: exp.Expr, scope: Scope, kind: Kind) -> Iterable[Use]:
        found: set[Use] = set()
        for leaf, done in leaves(clause):
            # ORDER BY asks the query's own columns first, as SQL says; the other clauses ask its tables.
            own = self._own_output(leaf, scope) if kind is SORT and isinstance(leaf, exp.Column) else None
            uses = self._leaf(leaf, scope, done) if own is None else {use.then(done) for use in own}
            found |= {use.then(kind) for use in uses}
        return found

    def _miss(self, sentence: str) -> None:
        if sentence not in self.unresolved:
            self.unresolved.append(sentence)


def _of_table(table: exp.Table, column: str) -> list[Use]:
    """A column of a table, or what UNPIVOT makes it of."""
    name = table_name(table)
    for pivot in table.args.get("pivots") or []:
        if not pivot.args.get("unpivot"):
            continue
        for field in pivot.args.get("fields") or []:
            if column == field.this.name:
                return []
            if any(column == value.name for value in pivot.expressions):
                return [Use(name, one.name, TRANSFORMATION) for one in field.find_all(exp.Column)]
    return [Use(name, column, IDENTITY)]


def _grouped(query: exp.Expr) -> list[exp.Expr]:
    """What GROUP BY ALL stands for."""
    group = query.args.get("group")
    if not isinstance(query, exp.Select) or group is None or not group.args.get("all"):
        return []
    return [projection for projection in query.selects if projection.find(exp.AggFunc) is None]
