"""SLIs counted exactly from run records, the same numbers that Prometheus estimates from samples.

Run kinds count runs by the moment of their end. State kinds (freshness, quality) split time into intervals
that are good or bad; time before the state was first known is not measured, as a series that does not exist
is not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from functools import singledispatch
from itertools import islice
from typing import TypeVar

from almenara_platform.runs.model import Run, RunState
from almenara_platform.slo.ended_runs import ended_at
from almenara_platform.slo.history import History, table_scores
from almenara_platform.slo.measured import CountedRuns, Measured, Pieces, Spent
from almenara_platform.slo.sli import Freshness, LatencyThreshold, QualityThreshold, RunRatio, Sli

_T = TypeVar("_T")


@singledispatch
def measure(sli: Sli, history: History, since: datetime, until: datetime) -> Measured:
    """What happened after ``since`` and not after ``until``; TypeError for kinds that need Prometheus."""
    raise TypeError(f"{type(sli).__name__} cannot be counted from run records")


@measure.register
def _(sli: RunRatio, history: History, since: datetime, until: datetime) -> Measured:
    runs = history.ended_in(since, until)
    return CountedRuns(runs, [run.state is not RunState.COMPLETE for run in runs])


@measure.register
def _(sli: LatencyThreshold, history: History, since: datetime, until: datetime) -> Measured:
    # Prometheus has no duration of a run whose start is unknown either.
    runs = [run for run in history.ended_in(since, until) if run.started_at]
    return CountedRuns(runs, [_failed_or_slow(run, sli.threshold) for run in runs])


def _failed_or_slow(run: Run, most_seconds: float) -> bool:
    seconds = run.duration_seconds
    return run.state is not RunState.COMPLETE or seconds is None or seconds > most_seconds


@measure.register
def _(sli: Freshness, history: History, since: datetime, until: datetime) -> Measured:
    return Pieces(tuple(_joined(_stale(sli, history, since, until))))


@measure.register
def _(sli: QualityThreshold, history: History, since: datetime, until: datetime) -> Measured:
    return Pieces(tuple(_joined(_dirty(sli, history, since, until))))


def _joined(pieces: Iterable[Spent]) -> Iterator[Spent]:
    """Good stretches of time that follow each other as one: most of what 100,000 runs leave."""
    begin: datetime | None = None
    for piece, follower in _with_followers(pieces):
        begin = begin or piece.since
        if piece.bad or follower is None or follower.bad:
            yield piece._replace(since=begin, amount=(piece.at - begin).total_seconds())
            begin = None


def _stale(sli: Freshness, history: History, since: datetime, until: datetime) -> Iterator[Spent]:
    successes = (run for run in history.runs if run.state is RunState.COMPLETE)
    age = timedelta(seconds=sli.max_age)
    for run, follower in _with_followers(successes):
        replaced = ended_at(follower) if follower else until
        stale = min(ended_at(run) + age, replaced)
        yield from _interval(ended_at(run), stale, since, until, None)
        if stale < replaced:
            culprit = _last_failure(history, ended_at(run), replaced)
            yield from _interval(stale, replaced, since, until, culprit, bad=True)


def _with_followers(items: Iterable[_T]) -> Iterator[tuple[_T, _T | None]]:
    """Each item with the one that replaces it, the last one with none."""
    some = iter(items)
    for before in islice(some, 1):
        for each in some:
            yield before, each
            before = each
        yield before, None


def _last_failure(history: History, after: datetime, before: datetime) -> Run | None:
    failed = (run for run in history.ended_in(after, before) if run.state is not RunState.COMPLETE)
    return max(failed, key=ended_at, default=None)


def _dirty(sli: QualityThreshold, history: History, since: datetime, until: datetime) -> Iterator[Spent]:
    checked = ((run, scores) for run in history.runs if (scores := _relevant(sli, run)))
    tables: dict[str, float] = {}
    for (run, scores), follower in _with_followers(checked):
        tables |= scores
        replaced = ended_at(follower[0]) if follower else until
        bad = min(tables.values()) < sli.minimum
        yield from _interval(ended_at(run), replaced, since, until, run, bad)


def _relevant(sli: QualityThreshold, run: Run) -> dict[str, float]:
    scores = table_scores(run)
    return scores if sli.table is None else {t: s for t, s in scores.items() if t == sli.table}


def _interval(
    start: datetime, end: datetime, since: datetime, until: datetime, run: Run | None, bad: bool = False
) -> Iterator[Spent]:
    """The part of an interval inside the window, if any."""
    start, end = max(start, since), min(end, until)
    if start < end:
        yield Spent(start, end, (end - start).total_seconds(), bad, run if bad else None)
