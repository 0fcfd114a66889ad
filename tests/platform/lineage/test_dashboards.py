"""Dashboards read from their files."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from almenara_platform.lineage.dashboards import Dashboards, fits, is_table, metrics_of, tables_of, uses_table


def test_tables_of_a_query_with_macros() -> None:
    """Grafana's macros and variables do not hide tables and columns."""
    sql = "SELECT $__timeGroup(at, '1h'), sum(amount) FROM shop.sales WHERE $__timeFilter(at) AND city = '$c'"
    (use,) = tables_of(sql)
    assert use.table == "shop.sales"
    assert use.columns is not None
    assert {"amount", "at", "city"} <= use.columns


@pytest.mark.parametrize("schema", ["${schema}.", "$db.$schema.", "[[schema]].", '"$schema".', ""])
def test_a_variable_for_the_schema_hides_no_table(schema: str) -> None:
    """Whatever schema is chosen on the dashboard, the table has its name, and the columns are known."""
    (use,) = tables_of(
        f"SELECT max(amount) FROM {schema}sales WHERE at BETWEEN $__timeFrom() AND $__timeTo()"
    )
    assert (use.table, use.columns) == ("sales", frozenset({"amount", "at"}))


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


@pytest.mark.parametrize(
    ("expression", "metric", "labels"),
    [
        ("up{job='a'}", "up", {"job": {"a"}}),
        ("up{job=`a`}", "up", {"job": {"a"}}),
        ('sum({__name__="up", job=~"(a|b)c"})', "up", {"__name__": {"up"}, "job": {"(a|b)c"}}),
    ],
)
def test_every_way_to_write_a_selector(expression: str, metric: str, labels: dict[str, set[str]]) -> None:
    """PromQL has three quotes, and a metric's name may stand among its labels."""
    (found,) = metrics_of(expression)
    assert (found.metric, found.labels) == (metric, labels)


def test_selector_of_logs_names_no_metric() -> None:
    """The labels of a LogQL query are no metrics."""
    assert metrics_of('{service="etl"} |= "error"') == []


def test_regular_expressions_fit_names() -> None:
    """A pattern stands for the names that it matches; one that matches everything stands for nothing."""
    assert fits("daily_.*", "daily_sales")
    assert fits("daily_sales", "daily_sales")
    assert not fits("daily", "daily_sales")
    assert not fits(".*", "daily_sales")
    assert not fits("(", "daily_sales")


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
