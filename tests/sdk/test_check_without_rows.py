"""A quality check of a table that has no rows."""

from __future__ import annotations

import polars as pl

import almenara
from almenara.testing import Signals

VENTAS = almenara.Pipeline("ventas")
FULL = pl.DataFrame({"id": [1, 2], "store": ["a", None]})


def shown(signals: Signals, metric: str) -> list[float]:
    """The values of every series of a metric."""
    families = signals.telemetry.metrics.registry.collect()
    return [sample.value for family in families for sample in family.samples if sample.name == metric]


def test_an_empty_table_leaves_no_figure_of_the_run_before(signals: Signals) -> None:
    """A score and shares of nulls are of rows; how many rows are repeated is known."""
    with VENTAS.run() as run:
        run.check_quality("sales", FULL)
    assert sorted(shown(signals, "data_quality_score")) == [75, 75, 100]
    assert sorted(shown(signals, "null_percentage")) == [0, 50]
    with VENTAS.run() as run:
        run.check_quality("sales", FULL.clear())
    assert (shown(signals, "data_quality_score"), shown(signals, "null_percentage")) == ([], [])
    assert shown(signals, "duplicate_count") == [0]
    with VENTAS.run() as run:
        run.check_quality("sales", FULL)
    assert sorted(shown(signals, "data_quality_score")) == [75, 75, 100]


def test_an_empty_table_is_told_as_such(signals: Signals) -> None:
    """Log and lineage say that there were no rows, and nothing of what they were like."""
    with VENTAS.run() as run:
        results = run.check_quality("sales", FULL.clear(), max_null_pct=0.0)
    assert all(result.passed for result in results)
    line = signals.log("quality_check")
    assert (line["rows"], line["score"], line["null_percentage"]) == (0, None, {"id": None, "store": None})
    quality = signals.run("ventas").facet("almenara_run")["quality"]
    assert {one["check"]: one.get("value") for one in quality if "column" not in one} == {
        "row_count": 0,
        "duplicate_count": 0,
        "duplicate_percentage": None,
        "score": None,
    }


def test_an_empty_table_can_be_refused(signals: Signals) -> None:
    """Who expects rows asks for them."""
    with VENTAS.run() as run:
        (asked,) = [one for one in run.check_quality("sales", FULL.clear(), min_rows=1) if one.expected]
    assert (asked.check, asked.passed) == ("row_count", False)
