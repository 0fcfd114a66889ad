"""Beside openlineage-sql, the parser of OpenLineage's own integrations, on real queries.

The corpus is TPC-H (22 queries) and TPC-DS (99) in the texts that the package ibis-framework ships, and the
statements of ventas_etl. openlineage-sql knows no schema: of a column without a table it tells the name
alone. Every edge that it finds has to be among ours; where it finds one that does not exist, the query is
listed with the reason, and the schema has to prove it.
"""

from __future__ import annotations

from dataclasses import dataclass

import openlineage_sql
import pytest
from tests.sdk.sql.corpus import Query, queries

from almenara.sql import Edge, SqlLineage, derive

# openlineage-sql 1.54
WRONG = {
    "ds 36": "takes the common table expression results_rollup for a table, although it is one of constants",
    "ds 44": "takes the subquery asceding for a table, although its rank is computed",
    "ds 64": "takes the common table expression cross_sales for a table, although its cnt is count(*)",
    "ds 72": "gives catalog_sales the columns of the tables that are joined to it",
    "ds 75": "gives each sales table the columns of the tables that are joined to it",
    "ds 77": "takes ss and ws for tables and gives them columns that others have",
    "ds 78": "gives ss the columns of ws and cs, which are joined to it",
}
# It refuses a query that begins with FROM, which DuckDB allows.
UNREAD = {"ventas_etl sales DuplicateRows"}
KINDS = {
    *("DIRECT IDENTITY", "DIRECT TRANSFORMATION", "DIRECT AGGREGATION"),
    *("INDIRECT CONDITIONAL", "INDIRECT FILTER", "INDIRECT GROUP_BY", "INDIRECT JOIN", "INDIRECT SORT"),
    "INDIRECT WINDOW",
}


@dataclass(frozen=True, order=True)
class Claim:
    """An edge as openlineage-sql tells it; ``table`` is "" where it does not know the table."""

    table: str
    column: str
    target: str

    def is_in(self, edges: tuple[Edge, ...]) -> bool:
        """Whether one of ours says the same; a target such as _3 is a column without a name."""
        return any(
            self.column == edge.source_column
            and self.table in ("", edge.source_table)
            and (self.target.startswith("_") or self.target == edge.target_column)
            for edge in edges
        )

    def exists(self, query: Query) -> bool:
        """Whether its source is a column of a table at all."""
        if self.table:
            return self.column in query.schema.get(self.table, ())
        return any(self.column in columns for columns in query.schema.values())


@dataclass(frozen=True)
class Compared:
    """Both answers about one query."""

    query: Query
    ours: SqlLineage
    tables: frozenset[str]
    claims: frozenset[Claim]

    def missed(self) -> list[Claim]:
        """What openlineage-sql finds and we do not."""
        return sorted(claim for claim in self.claims if not claim.is_in(self.ours.edges))


def compare(query: Query) -> Compared:
    """Ask both."""
    theirs = openlineage_sql.parse([query.text], dialect="duckdb")
    assert bool(theirs.errors) == (query.name in UNREAD), query.name
    claims = {
        Claim(
            source.origin.qualified_name.lower() if source.origin else "",
            source.name.lower(),
            column.descendant.name.lower(),
        )
        for column in theirs.column_lineage
        for source in column.lineage
    }
    tables = frozenset(table.qualified_name.lower() for table in theirs.in_tables)
    return Compared(query, derive(query.text, "duckdb", query.schema), tables, frozenset(claims))


@pytest.fixture(scope="module")
def compared() -> dict[str, Compared]:
    """Every query of the corpus by its name."""
    return {query.name: compare(query) for query in queries()}


def test_the_corpus_is_whole(compared: dict[str, Compared]) -> None:
    """22 and 99 queries, and our own; openlineage-sql finds hundreds of edges in them."""
    count = [sum(name.startswith(f"{corpus} ") for name in compared) for corpus in ("h", "ds", "ventas_etl")]
    assert count[:2] == [22, 99]
    assert count[2] >= 10
    assert sum(len(one.claims) for one in compared.values()) > 800


def test_every_edge_that_it_finds_is_ours_too(compared: dict[str, Compared]) -> None:
    """Nothing that exists is missed; what does not exist is a query of the list, proved by the schema."""
    missed = {name: one.missed() for name, one in compared.items()}
    real = {
        name: [claim for claim in claims if claim.exists(compared[name].query)]
        for name, claims in missed.items()
    }
    assert {name: claims for name, claims in real.items() if claims} == {}
    unreal = {name for name, claims in missed.items() if any(claim.table for claim in claims)}
    assert unreal == set(WRONG)


def test_every_table_that_it_reads_is_ours_too(compared: dict[str, Compared]) -> None:
    """Inputs are the same or more."""
    assert {
        name: one.tables - {*one.ours.inputs}
        for name, one in compared.items()
        if one.tables - {*one.ours.inputs}
    } == {}


def test_ours_leaves_nothing_open_and_finds_more(compared: dict[str, Compared]) -> None:
    """With the schema every query is resolved, each source is a real column, and there are more edges."""
    assert {name: one.ours.unresolved for name, one in compared.items() if one.ours.unresolved} == {}
    invented = {
        (name, str(edge))
        for name, one in compared.items()
        for edge in one.ours.edges
        if edge.source_column not in one.query.schema[edge.source_table]
    }
    assert invented == set()
    real = sum(claim.exists(one.query) for one in compared.values() for claim in one.claims)
    assert sum(len(one.ours.edges) for one in compared.values()) > real


def test_ours_adds_the_kinds(compared: dict[str, Compared]) -> None:
    """Each edge says what is done to the values; the corpus has every kind, and counts that mask."""
    edges = [edge for one in compared.values() for edge in one.ours.edges]
    uses = [use for one in compared.values() for _, use in one.ours.influences]
    assert {f"{kind.type} {kind.subtype}" for kind in (each.kind for each in [*edges, *uses])} == KINDS
    pricing = {str(edge) for edge in compared["h 01"].ours.edges}
    assert {
        "lineitem.l_returnflag -> .l_returnflag (DIRECT IDENTITY)",
        "lineitem.l_extendedprice -> .sum_base_price (DIRECT AGGREGATION)",
    } <= pricing
    assert any(edge.kind.masking for edge in edges)
