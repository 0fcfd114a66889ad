"""Dashboards read from their files."""

from __future__ import annotations

from pathlib import Path

import orjson

from almenara_platform.lineage.dashboards import Dashboards, is_table, metrics_of, tables_of, uses_table


def test_tables_of_a_query_with_macros() -> None:
    """Grafana's macros and variables do not hide tables and columns."""
    sql = "SELECT $__timeGroup(at, '1h'), sum(amount) FROM shop.sales WHERE $__timeFilter(at) AND city = '$c'"
    (use,) = tables_of(sql)
    assert use.table == "shop.sales"
    assert use.columns is not None
    assert {"amount", "at", "city"} <= use.columns


def test_query_that_cannot_be_read_still_names_its_tables() -> None:
    """Where columns cannot be told, any column of the table counts."""
    uses = tables_of('SELECT ((( FROM sales JOIN "days" ON')
    assert [(use.table, use.columns) for use in uses] == [("sales", None), ("days", None)]
    assert uses_table(uses, "sales", ["whatever"])


def test_metrics_and_their_labels() -> None:
    """Metrics are told from functions and keywords."""
    found = metrics_of('sum by (job) (rate(errors_total{pipeline=~"a|b"}[5m])) / active_jobs')
    assert [use.metric for use in found] == ["errors_total", "active_jobs"]
    assert found[0].labels == {"pipeline": frozenset({"a", "b"})}


def test_tables_are_known_by_their_last_names() -> None:
    """A query may leave out database and schema, but not half a word."""
    assert is_table("shop.public.sales", "public.sales")
    assert is_table("shop.public.sales", "SALES")
    assert not is_table("shop.public.wholesales", "sales")


def test_changed_files_are_read_again(tmp_path: Path) -> None:
    """A dashboard that was saved anew counts at once; one that is broken is left out."""
    boards = Dashboards(tmp_path)
    assert list(boards.all()) == []
    (tmp_path / "a.json").write_bytes(orjson.dumps({"title": "A", "panels": []}))
    (tmp_path / "b.json").write_text("[1]")
    assert [board.title for board in boards.all()] == ["A"]
