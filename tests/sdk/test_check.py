"""Quality checks of a run: measured, compared, told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest

import almenara
from almenara.clock import ManualClock, utc
from almenara.quality import CheckResult
from almenara.testing import Signals, capture

VENTAS = almenara.Pipeline("ventas")
SALES = almenara.Dataset("postgres://db:5432", "dw.public.sales")
FRAME = pl.DataFrame({"id": [1, 2, 2, 4], "store": ["a", None, None, "x"]})


def asked(results: tuple[CheckResult, ...]) -> list[CheckResult]:
    """The results that a threshold stands behind."""
    return [result for result in results if result.expected]


def test_measurements_are_gauges_and_a_log_event(signals: Signals) -> None:
    """Score, nulls and duplicates follow DESIGN's formula: 100 - mean(0, 50) - 25."""
    with VENTAS.run() as run:
        run.check_quality("sales", FRAME)
    scores = {
        kind: signals.metric("data_quality_score", pipeline="ventas", table="sales", check_type=kind)
        for kind in ("overall", "completeness", "uniqueness")
    }
    assert scores == {"overall": 50.0, "completeness": 75.0, "uniqueness": 75.0}
    assert signals.metric("null_percentage", pipeline="ventas", table="sales", column="store") == 50
    assert signals.metric("duplicate_count", pipeline="ventas", table="sales") == 1
    line = signals.log("quality_check", table="sales")
    assert (line["score"], line["rows"], line["passed"], line["level"]) == (50.0, 4, True, "INFO")


def test_nulls_of_an_optional_column_are_told_and_raise_no_alert(signals: Signals) -> None:
    """They have a gauge of their own; alerts compare that of the others with a threshold."""
    with VENTAS.run() as run:
        run.check_quality("sales", FRAME, max_null_pct=0, optional="store")
    told = signals.log("quality_check", table="sales")
    assert (told["passed"], told["score"]) == (True, 75.0)
    assert told["null_percentage"] == {"id": 0.0, "store": 50.0}
    assert signals.metric("null_percentage", pipeline="ventas", table="sales", column="id") == 0
    with pytest.raises(AssertionError, match="no sample"):
        signals.metric("null_percentage", pipeline="ventas", table="sales", column="store")
    assert signals.metric("optional_null_percentage", pipeline="ventas", table="sales", column="store") == 50
    quality = signals.run("ventas").facet("almenara_run")["quality"]
    assert [one["value"] for one in quality if one.get("column") == "store"] == [50.0]


def test_a_column_is_in_one_of_the_gauges(signals: Signals) -> None:
    """What a check says of a column replaces what an earlier one said."""
    with VENTAS.run() as run:
        run.check_quality("sales", FRAME)
        run.check_quality("sales", FRAME, optional="store")
        run.check_quality("sales", FRAME)
    assert signals.metric("null_percentage", pipeline="ventas", table="sales", column="store") == 50
    with pytest.raises(AssertionError, match="no sample"):
        signals.metric("optional_null_percentage", pipeline="ventas", table="sales", column="store")


def test_an_optional_column_that_is_not_there_is_named() -> None:
    """A name with a slip would make a column count without a word."""
    with (
        capture(),
        pytest.raises(ValueError, match="table sales has no column 'shop'; it has id, store"),
        VENTAS.run() as run,
    ):
        run.check_quality("sales", FRAME, optional="shop", on_failure="fail")


def test_results_are_part_of_the_progress(signals: Signals) -> None:
    """Each figure is in almenara_run, with passed null where nothing was asked."""
    with VENTAS.run() as run:
        run.check_quality("sales", FRAME, min_rows=10)
    quality = signals.run("ventas").facet("almenara_run")["quality"]
    by_check = {(entry["check"], entry.get("column")): entry for entry in quality}
    assert by_check["row_count", None] == {
        "table": "sales",
        "check": "row_count",
        "value": 4,
        "passed": False,
    }
    assert by_check["null_percentage", "store"]["value"] == 50
    assert "passed" not in by_check["score", None]


def test_a_threshold_that_is_not_kept_warns(signals: Signals) -> None:
    """By default the run goes on and the log says what is wrong."""
    with VENTAS.run() as run:
        results = run.check_quality("sales", FRAME, max_null_pct={"store": 10}, unique="id")
    assert [(r.check, r.passed) for r in results if r.expected] == [
        ("null_percentage", False),
        ("unique", False),
    ]
    line = signals.log("quality_check")
    assert line["level"] == "WARNING" and len(line["failures"]) == 2
    assert signals.run("ventas").state == "COMPLETE"


def test_a_threshold_can_fail_the_run(signals: Signals) -> None:
    """on_failure="fail" raises what was expected and what came."""
    with pytest.raises(almenara.QualityError, match="row_count is 4, expected >= 10"), VENTAS.run() as run:
        run.check_quality("sales", FRAME, min_rows=10, on_failure="fail")
    seen = signals.run("ventas")
    assert seen.state == "FAIL"
    assert signals.log("quality_check")["failures"] == ["row_count is 4, expected >= 10"]
    assert "expected >= 10" in seen.facet("errorMessage")["message"]


def test_assertions_are_on_the_dataset_that_holds_the_frame(signals: Signals) -> None:
    """The frame that was read leads to its dataset, whatever the table is called."""
    with VENTAS.run() as run:
        with run.stage("extract") as stage:
            stage.read(SALES, frame=FRAME)
        run.check_quality("receipts", FRAME, min_rows=1, accepted_values={"store": ["a", "b"]})
    facets = signals.run("ventas").inputs["dw.public.sales"]["inputFacets"]
    assertions = {entry["assertion"]: entry for entry in facets["dataQualityAssertions"]["assertions"]}
    assert assertions["row_count"]["success"] is True
    assert assertions["accepted_values"]["success"] is False
    assert assertions["accepted_values"]["column"] == "store"
    assert facets["dataQualityMetrics"]["columnMetrics"]["store"]["nullCount"] == 2


def test_assertions_find_their_dataset_by_name(signals: Signals) -> None:
    """The table's name matches the last part of a dataset's, for outputs as well."""
    with VENTAS.run() as run:
        with run.stage("load") as stage:
            stage.wrote(SALES, rows=4)
        run.check_quality("sales", FRAME, min_rows=1)
    facets = signals.run("ventas").outputs["dw.public.sales"]["facets"]
    assert facets["dataQualityAssertions"]["assertions"][0]["success"] is True


@pytest.mark.parametrize(
    ("table", "dataset", "frame"),
    [("daily", None, FRAME), ("sales", None, None), ("daily", SALES, None)],
    ids=["by frame", "by name", "as told"],
)
def test_what_is_checked_before_it_is_loaded_is_on_the_dataset(
    signals: Signals, table: str, dataset: almenara.Dataset | None, frame: pl.DataFrame | None
) -> None:
    """A check stands before the load that it guards, when nobody has said yet where the rows go."""
    other = almenara.Dataset("postgres://db:5432", "dw.public.other")
    with VENTAS.run() as run:
        run.check_quality(table, FRAME, dataset=dataset, unique="id")
        with run.stage("load") as stage:
            stage.wrote(other, rows=1)
            stage.wrote(SALES, frame=frame, rows=4)
            stage.wrote(SALES, rows=1)
    outputs = signals.run("ventas").outputs
    assertions = outputs["dw.public.sales"]["facets"]["dataQualityAssertions"]["assertions"]
    assert [(one["assertion"], one["success"]) for one in assertions] == [("unique", False)]
    assert "dataQualityAssertions" not in outputs["dw.public.other"]["facets"]


def test_freshness_is_judged_by_the_clock() -> None:
    """The newest value may be as old as allowed, measured at the run's own time."""
    clock = ManualClock()
    newest = utc(clock.time_ns()) - timedelta(hours=2)
    frame = pl.DataFrame({"at": [datetime(2020, 1, 1, tzinfo=UTC), newest]})
    with capture(clock=clock), VENTAS.run() as run:
        (young,) = [
            r for r in run.check_quality("t", frame, freshness={"at": timedelta(hours=3)}) if r.expected
        ]
        (old,) = [
            r for r in run.check_quality("t", frame, freshness={"at": timedelta(hours=1)}) if r.expected
        ]
    assert (young.passed, old.passed) == (True, False)
    assert young.value == pytest.approx(7200, abs=1)


def test_a_check_that_cannot_be_done_is_no_reason_to_stop() -> None:
    """A frame of an unknown kind is told and passed over, unless the run depends on the check."""
    with capture() as signals, VENTAS.run() as run:
        assert run.check_quality("sales", [1, 2, 3]) == ()
        with pytest.raises(TypeError, match="pass a pandas or polars DataFrame"):
            run.check_quality("sales", [1, 2, 3], on_failure="fail")
    assert "quality failed" in signals.errors[0]


def test_an_unknown_column_in_a_threshold_is_told() -> None:
    """A misspelled column is named together with those that exist."""
    with capture(), VENTAS.run() as run, pytest.raises(ValueError, match="no column 'ids'; it has id, store"):
        run.check_quality("sales", FRAME, unique="ids", on_failure="fail")


@pytest.mark.parametrize(
    ("thresholds", "told"),
    [
        ({"accepted_values": {"store": "ab"}}, "the text 'ab'; give a list"),
        ({"freshness": {"store": "1 h"}}, "is '1 h'; give a datetime.timedelta"),
    ],
)
def test_a_malformed_threshold_is_refused_at_once(
    signals: Signals, thresholds: dict[str, Any], told: str
) -> None:
    """Also where a threshold that is not kept would only warn."""
    with VENTAS.run() as run, pytest.raises(almenara.UsageError, match=told):
        run.check_quality("sales", FRAME, **thresholds)


def test_on_failure_takes_two_words(signals: Signals) -> None:
    """Anything else is refused at once."""
    with VENTAS.run() as run, pytest.raises(almenara.UsageError, match="'warn' or 'fail'"):
        run.check_quality("sales", FRAME, on_failure="stop")
