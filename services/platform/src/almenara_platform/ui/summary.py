"""Figures that the pages derive from runs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from almenara_platform.runs.model import Pipeline, QualityResult, Run, RunState, Stage

OVERALL = "score"


@dataclass(frozen=True, slots=True)
class Bar:
    """One run in a pipeline's history; ``height`` is its share (0 to 1) of the longest duration shown."""

    run: Run
    height: float


@dataclass(frozen=True, slots=True)
class StageBar:
    """Where a stage lies within its run, as shares (0 to 1) of the time shown."""

    stage: Stage
    offset: float
    width: float
    seconds: float | None


@dataclass(frozen=True, slots=True)
class TableQuality:
    """What was measured of one table."""

    name: str
    results: tuple[QualityResult, ...]

    @property
    def passed(self) -> bool | None:
        """False when a threshold was broken, True when all that there were held, None without thresholds."""
        outcomes = [result.passed for result in self.results if result.passed is not None]
        return all(outcomes) if outcomes else None

    def value(self, check: str) -> float | None:
        """The value of a check of the whole table."""
        return next((r.value for r in self.results if r.check == check and r.column is None), None)


def by_table(results: Iterable[QualityResult]) -> list[TableQuality]:
    """Results by table, tables with a broken threshold first."""
    tables: dict[str, list[QualityResult]] = {}
    for result in results:
        tables.setdefault(result.table, []).append(result)
    found = [TableQuality(name, tuple(own)) for name, own in tables.items()]
    return sorted(found, key=lambda table: (table.passed is not False, table.name))


def score(run: Run | None) -> float | None:
    """The lowest overall quality score (0 to 100) of a run's tables, None where none was measured."""
    return min(scores(run.quality).values(), default=None) if run else None


def scores(quality: Iterable[QualityResult]) -> dict[str, float]:
    """Overall score by table."""
    return {
        result.table: result.value
        for result in quality
        if result.check == OVERALL and result.value is not None
    }


def last_measured(runs: Iterable[Run]) -> Run | None:
    """The newest of ``runs`` (newest first) that has a quality score."""
    return next((run for run in runs if score(run) is not None), None)


def last_with_records(runs: Iterable[Run]) -> Run | None:
    """The newest of ``runs`` (newest first) that completed and counted records."""
    return next((run for run in runs if run.state is RunState.COMPLETE and run.records is not None), None)


def count_ended(runs: Iterable[Run]) -> int:
    """How many of the runs are over."""
    return sum(run.state.final for run in runs)


def share_complete(runs: Iterable[Run]) -> float | None:
    """Percent of the ended runs that completed, None while none has ended."""
    ended = [run.state is RunState.COMPLETE for run in runs if run.state.final]
    return 100 * sum(ended) / len(ended) if ended else None


def typical_seconds(runs: Iterable[Run]) -> float | None:
    """The median duration of the complete runs, None where there are none."""
    complete = (run.duration_seconds for run in runs if run.state is RunState.COMPLETE)
    known = [seconds for seconds in complete if seconds is not None]
    return median(known) if known else None


def elapsed(run: Run, now: datetime) -> float | None:
    """Seconds that a run took, or has taken so far; None before it starts and where its end is unknown."""
    if run.duration_seconds is not None or run.started_at is None or run.state.final:
        return run.duration_seconds
    return max(0.0, (now - run.started_at).total_seconds())


def waited(run: Run) -> float | None:
    """Seconds between queue and start, None unless both are known."""
    if run.queued_at is None or run.started_at is None:
        return None
    return max(0.0, (run.started_at - run.queued_at).total_seconds())


def history(runs: Sequence[Run], now: datetime) -> list[Bar]:
    """The runs (given newest first) oldest first, with the heights of their bars."""
    lengths = [elapsed(run, now) or 0.0 for run in runs]
    longest = max(lengths, default=0.0) or 1.0
    return [Bar(run, length / longest) for run, length in zip(runs, lengths, strict=True)][::-1]


def stage_bars(run: Run, now: datetime) -> list[StageBar]:
    """Where each stage lies between the first and the last moment known of the run."""
    timed = [(stage, *_times(stage, run, now)) for stage in run.stages]
    first = min((start for _, start, _ in timed if start), default=run.started_at or now)
    first = min(first, run.started_at or first)
    ends = [_seconds(first, end) for *_, end in timed]
    total = max(_seconds(first, run.ended_at or now), *ends, 1e-9)
    return [_bar(stage, start, end, first, total) for stage, start, end in timed]


def _times(stage: Stage, run: Run, now: datetime) -> tuple[datetime | None, datetime | None]:
    if stage.started_at is None:
        return None, None
    if stage.duration_seconds is not None:
        return stage.started_at, stage.started_at + timedelta(seconds=max(0.0, stage.duration_seconds))
    return stage.started_at, run.ended_at or now


def _seconds(first: datetime, then: datetime | None) -> float:
    return (then - first).total_seconds() if then else 0.0


def _bar(
    stage: Stage, start: datetime | None, end: datetime | None, first: datetime, total: float
) -> StageBar:
    if start is None or end is None:
        return StageBar(stage, 0.0, 0.0, stage.duration_seconds)
    seconds = max(0.0, (end - start).total_seconds())
    return StageBar(stage, _seconds(first, start) / total, seconds / total, seconds)


def running(pipelines: Iterable[Pipeline]) -> int:
    """How many pipelines have a run going on or waiting."""
    return sum(1 for pipeline in pipelines if pipeline.last_run and not pipeline.last_run.state.final)


def broken(pipelines: Iterable[Pipeline]) -> int:
    """How many pipelines' last finished run did not complete."""
    bad = (RunState.FAIL, RunState.ABORT)
    finished = (
        next((r for r in (p.recent or (p.last_run,)) if r and r.state.final), None) for p in pipelines
    )
    return sum(1 for run in finished if run and run.state in bad)
