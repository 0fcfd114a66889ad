"""SLIs counted exactly from run records, the same numbers that Prometheus estimates from samples.

Run kinds count runs by the moment of their end. State kinds (freshness, quality) split time into intervals
that are good or bad; time before the state was first known is not measured, as a series that does not exist
is not.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import singledispatch
from itertools import zip_longest
from operator import attrgetter
from typing import NamedTuple

from almenara_platform.runs.model import Run, RunState
from almenara_platform.slo.ended_runs import ended_at
from almenara_platform.slo.history import History, table_scores
from almenara_platform.slo.sli import Freshness, LatencyThreshold, QualityThreshold, RunRatio, Sli


class Spent(NamedTuple):
    """A piece of what was measured: ``amount`` runs, events or seconds until ``at``, bad because of ``run``.

    ``run`` is None where no run is to blame: nobody started one.
    """

    since: datetime
    at: datetime
    amount: float
    bad: bool
    run: Run | None


_AMOUNT, _BAD = attrgetter("amount"), attrgetter("bad")


@dataclass(frozen=True, slots=True)
class Measured:
    """What was measured in a window, oldest first."""

    pieces: Sequence[Spent]

    @property
    def known(self) -> bool:
        """Whether anything was measured at all."""
        return bool(self.pieces)

    @property
    def total(self) -> float:
        """Runs, events or seconds, good and bad."""
        return sum(map(_AMOUNT, self.pieces))

    @property
    def bad(self) -> float:
        """Runs, events or seconds that were bad."""
        return sum(map(_AMOUNT, filter(_BAD, self.pieces)))

    def after(self, since: datetime) -> Measured:
        """What of it was after a moment; pieces are disjoint, so that the moment cuts one at most."""
        pieces = self.pieces[bisect_right(self.pieces, since, key=lambda piece: piece.at) :]
        if pieces and pieces[0].since < since:
            cut = pieces[0]._replace(since=since, amount=(pieces[0].at - since).total_seconds())
            return Measured((cut, *pieces[1:]))
        return Measured(pieces)

    @property
    def error_ratio(self) -> float:
        """The share that was bad; 0 where nothing happened."""
        total = self.total
        return self.bad / total if total else 0.0


def measure(sli: Sli, history: History, since: datetime, until: datetime) -> Measured:
    """What happened after ``since`` and not after ``until``; TypeError for kinds that need Prometheus."""
    return Measured(tuple(_measure(sli, history, since, until)))


@singledispatch
def _measure(sli: Sli, history: History, since: datetime, until: datetime) -> Iterator[Spent]:
    raise TypeError(f"{type(sli).__name__} cannot be counted from run records")


@_measure.register
def _(sli: RunRatio, history: History, since: datetime, until: datetime) -> Iterator[Spent]:
    for run in history.ended_in(since, until):
        yield _counted(run, run.state is RunState.COMPLETE)


@_measure.register
def _(sli: LatencyThreshold, history: History, since: datetime, until: datetime) -> Iterator[Spent]:
    # Prometheus has no duration of a run whose start is unknown either.
    for run in history.ended_in(since, until):
        seconds = run.duration_seconds
        if seconds is not None:
            yield _counted(run, run.state is RunState.COMPLETE and seconds <= sli.threshold)


def _counted(run: Run, good: bool) -> Spent:
    end = ended_at(run)
    return Spent(end, end, 1, not good, run)


@_measure.register
def _(sli: Freshness, history: History, since: datetime, until: datetime) -> Iterator[Spent]:
    successes = [run for run in history.runs if run.state is RunState.COMPLETE]
    age = timedelta(seconds=sli.max_age)
    for run, follower in _with_followers(successes):
        replaced = ended_at(follower) if follower else until
        stale = min(ended_at(run) + age, replaced)
        yield from _interval(ended_at(run), stale, since, until, None)
        if stale < replaced:
            culprit = _last_failure(history, ended_at(run), replaced)
            yield from _interval(stale, replaced, since, until, culprit, bad=True)


def _with_followers(runs: Sequence[Run]) -> Iterator[tuple[Run, Run | None]]:
    """Each run with the one that replaces it, the last one with none."""
    return zip_longest(runs, runs[1:])


def _last_failure(history: History, after: datetime, before: datetime) -> Run | None:
    failed = (run for run in history.ended_in(after, before) if run.state is not RunState.COMPLETE)
    return max(failed, key=ended_at, default=None)


@_measure.register
def _(sli: QualityThreshold, history: History, since: datetime, until: datetime) -> Iterator[Spent]:
    checked = [run for run in history.runs if _relevant(sli, run)]
    tables: dict[str, float] = {}
    for run, follower in _with_followers(checked):
        tables |= _relevant(sli, run)
        replaced = ended_at(follower) if follower else until
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
