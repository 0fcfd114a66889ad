"""Options of the charts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from almenara_platform.runs.model import QualityResult, Run, RunState, Stage
from almenara_platform.ui import charts

NOW = datetime(2026, 5, 6, 12, 0, tzinfo=UTC)


def run(
    number: int,
    state: RunState = RunState.COMPLETE,
    stages: tuple[Stage, ...] = (),
    score: float | None = None,
) -> Run:
    """A run so many minutes ago, as many seconds long."""
    began = NOW - timedelta(minutes=number)
    quality = (QualityResult("sales", "score", None, score),) if score is not None else ()
    ended = began + timedelta(seconds=number)
    return Run(
        f"r{number}", "n", "p", state, started_at=began, ended_at=ended, stages=stages, quality=quality
    )


def stage(name: str, seconds: float) -> Stage:
    """A finished stage."""
    return Stage(name, RunState.COMPLETE, NOW, seconds)


def keys(value: Any) -> Iterator[str]:
    """Every key in nested options."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from keys(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from keys(inner)


def test_bars_go_from_old_to_new_in_the_tone_of_their_state() -> None:
    """The newest run is at the right, and a state has the colour that it has everywhere."""
    options = charts.durations([run(1, RunState.FAIL), run(2)], NOW)
    bars = options["series"][0]["data"]
    assert [bar["value"] for bar in bars] == [2, 1]
    assert [bar["itemStyle"]["color"] for bar in bars] == ["var(--ok)", "var(--fail)"]
    assert bars[1]["name"] == "Failed"


def test_stages_stack_in_their_order() -> None:
    """Each stage is a series, first stage first, with a place for each run."""
    runs = [run(1, stages=(stage("extract", 3), stage("load", 1))), run(2, stages=(stage("extract", 2),))]
    series = charts.stages(runs)["series"]
    assert [(one["name"], one["data"]) for one in series] == [("extract", [2, 3]), ("load", [0, 1])]


def test_many_stages_are_summed_up() -> None:
    """Beyond seven, the shortest stages become one series, and nothing is lost."""
    stages = tuple(stage(f"s{i}", 10 + i) for i in range(10))
    series = charts.stages([run(1, stages=stages)])["series"]
    assert [one["name"] for one in series] == [*(f"s{i}" for i in range(3, 10)), "other stages"]
    assert series[-1]["data"] == [10 + 11 + 12]


def test_scores_leave_gaps_and_keep_the_axis_honest() -> None:
    """A run without a score has no point; the axis begins below the lowest and ends at 100."""
    options = charts.scores([run(1, score=97), run(2), run(3, score=61)])
    assert options["series"][0]["data"] == [61, None, 97]
    assert (options["yAxis"]["min"], options["yAxis"]["max"]) == (50, 100)


def test_names_never_become_keys() -> None:
    """The browser evaluates keys that begin with a colon, so none may come from data."""
    hostile = ":constructor"
    stages = (stage(hostile, 1),)
    quality = (QualityResult(hostile, "score", None, 50),)
    hostile_run = Run(
        "r", hostile, hostile, RunState.COMPLETE, started_at=NOW, ended_at=NOW, stages=stages, quality=quality
    )
    for options in (
        charts.durations([hostile_run], NOW),
        charts.stages([hostile_run]),
        charts.scores([hostile_run]),
    ):
        assert hostile not in set(keys(options))
        assert {key for key in keys(options) if key.startswith(":")} == {":formatter"}
