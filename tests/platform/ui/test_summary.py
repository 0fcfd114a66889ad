"""Figures derived from runs."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from almenara_platform.runs.model import Pipeline, QualityResult, Run, RunState, Stage
from almenara_platform.ui import summary

NOW = datetime(2026, 5, 6, 12, 0, tzinfo=UTC)


def run(state: RunState = RunState.COMPLETE, seconds: float = 10, **values: object) -> Run:
    """A run that began a minute ago."""
    began = NOW - timedelta(seconds=60)
    ended = began + timedelta(seconds=seconds) if state.final else None
    return Run("r", "retail", "ventas_etl", state, started_at=began, ended_at=ended, **values)  # type: ignore[arg-type]


def quality(*scores: float | None) -> tuple[QualityResult, ...]:
    """Overall scores of as many tables."""
    return tuple(QualityResult(f"t{i}", "score", None, value) for i, value in enumerate(scores))


def test_score_is_that_of_the_worst_table() -> None:
    """One bad table is not hidden by good ones, and what was not measured does not count."""
    assert summary.score(run(quality=quality(99.0, 80.5, None))) == 80.5
    assert summary.score(run()) is None
    assert summary.score(None) is None


def test_elapsed_grows_only_while_a_run_goes_on() -> None:
    """An unfinished run is as long as the clock says, a finished one as long as it was."""
    assert summary.elapsed(run(), NOW) == 10
    assert summary.elapsed(run(RunState.RUNNING), NOW) == 60
    assert summary.elapsed(replace(run(), ended_at=None), NOW) is None
    assert summary.elapsed(Run("r", "n", "p", RunState.QUEUED), NOW) is None


def test_waited_needs_both_times() -> None:
    """The queue's share is known only with both ends, and never negative."""
    queued = run(queued_at=NOW - timedelta(seconds=62))
    assert summary.waited(queued) == 2
    assert summary.waited(run()) is None
    assert summary.waited(run(queued_at=NOW)) == 0


def test_history_scales_to_the_longest_run() -> None:
    """Bars come oldest first, and the longest run is a full one."""
    bars = summary.history([run(seconds=5), run(seconds=20)], NOW)
    assert [bar.height for bar in bars] == [1.0, 0.25]


def test_history_of_runs_without_length_does_not_divide_by_zero() -> None:
    """Runs that took no time have bars of no height."""
    assert [bar.height for bar in summary.history([run(seconds=0)], NOW)] == [0.0]


def test_stage_bars_lie_within_the_run() -> None:
    """Each stage has its place between the start of the run and its end."""
    began = NOW - timedelta(seconds=60)
    stages = (
        Stage("extract", RunState.COMPLETE, began, 4),
        Stage("load", RunState.COMPLETE, began + timedelta(seconds=5), 5),
    )
    bars = summary.stage_bars(run(stages=stages), NOW)
    assert [(bar.offset, bar.width, bar.seconds) for bar in bars] == [(0, 0.4, 4), (0.5, 0.5, 5)]


def test_a_stage_of_a_failed_run_ends_with_it() -> None:
    """A stage that never reported its end is not drawn as if it were still going."""
    stages = (Stage("extract", RunState.RUNNING, NOW - timedelta(seconds=58), None),)
    (bar,) = summary.stage_bars(run(RunState.ABORT, stages=stages), NOW)
    assert bar.seconds == 8
    assert bar.offset + bar.width == pytest.approx(1)


def test_a_stage_without_times_has_no_bar() -> None:
    """Emitters may name a stage and nothing more."""
    (bar,) = summary.stage_bars(run(stages=(Stage("extract", RunState.RUNNING, None),)), NOW)
    assert (bar.offset, bar.width, bar.seconds) == (0, 0, None)


def test_share_complete_ignores_what_goes_on() -> None:
    """Only ended runs say how reliable a pipeline is."""
    runs = [run(RunState.RUNNING), run(), run(), run(RunState.FAIL), run(RunState.ABORT)]
    assert summary.share_complete(runs) == 50
    assert summary.count_ended(runs) == 4
    assert summary.share_complete([run(RunState.QUEUED)]) is None


def test_typical_seconds_is_the_median_of_complete_runs() -> None:
    """One long run and the failed ones do not move what is typical."""
    runs = [run(seconds=10), run(seconds=12), run(seconds=900), run(RunState.FAIL, seconds=1)]
    assert summary.typical_seconds(runs) == 12
    assert summary.typical_seconds([]) is None


def test_broken_looks_at_the_last_finished_run() -> None:
    """A pipeline that failed stays broken while its next run is only under way."""
    failed = Pipeline(
        "n", "a", None, run(RunState.RUNNING), None, (run(RunState.RUNNING), run(RunState.FAIL))
    )
    fine = Pipeline("n", "b", None, run(), None, (run(), run(RunState.FAIL)))
    fresh = Pipeline("n", "c", None, None, None)
    assert summary.broken([failed, fine, fresh]) == 1
    assert summary.running([failed, fine, fresh]) == 1


def test_the_last_good_figures_are_found() -> None:
    """Records come from the last complete run, quality from the last measured one."""
    stages = (Stage("load", RunState.COMPLETE, None, None, 7),)
    counted, measured = run(stages=stages), run(RunState.FAIL, quality=quality(90))
    runs = [run(RunState.RUNNING, stages=stages), measured, counted]
    assert summary.last_with_records(runs) is counted
    assert summary.last_measured(runs) is measured


def test_tables_with_a_broken_threshold_come_first() -> None:
    """What needs a look stands on top; a table without thresholds neither passed nor failed."""
    results = [
        QualityResult("fine", "row_count", None, 9, True),
        QualityResult("plain", "score", None, 88),
        QualityResult("zebra", "row_count", None, 0, False),
        QualityResult("zebra", "null_percentage", "id", 0, True),
    ]
    tables = summary.by_table(results)
    assert [(table.name, table.passed) for table in tables] == [
        ("zebra", False),
        ("fine", True),
        ("plain", None),
    ]
    assert tables[0].value("row_count") == 0
    assert tables[0].value("null_percentage") is None
