"""SLIs counted exactly from run records, the same numbers that Prometheus estimates from samples.

Run kinds count runs by the moment of their end. State kinds (freshness, quality) split time into stretches
that are good or bad; time before the state was first known is not measured, as a series that does not exist
is not.
"""

from __future__ import annotations

from datetime import datetime
from functools import singledispatch
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from almenara_platform.clock import to_micros
from almenara_platform.slo.endings import RUN_ID, Endings, Micros, Rows
from almenara_platform.slo.measured import CountedRuns, Measured, Stretches
from almenara_platform.slo.sli import Freshness, LatencyThreshold, QualityThreshold, RunRatio, Sli

_FOREVER = 2**62
"""Microseconds; what is longer would not fit beside a moment."""


@singledispatch
def measure(sli: Sli, history: Endings, since: datetime, until: datetime) -> Measured:
    """What happened after ``since`` and not after ``until``; TypeError for kinds that need Prometheus.

    ``history`` is of nothing later than ``until``, and of what still held at ``since``.
    """
    raise TypeError(f"{type(sli).__name__} cannot be counted from run records")


@measure.register
def _(sli: RunRatio, history: Endings, since: datetime, until: datetime) -> Measured:
    runs = history.ended_in(since, until).runs
    return CountedRuns(runs, ~runs["complete"])


@measure.register
def _(sli: LatencyThreshold, history: Endings, since: datetime, until: datetime) -> Measured:
    runs = history.ended_in(since, until).runs
    # Prometheus has no duration of a run whose start is unknown either.
    timed = runs[~np.isnan(runs["seconds"])]
    return CountedRuns(timed, ~timed["complete"] | (timed["seconds"] > sli.threshold))


@measure.register
def _(sli: Freshness, history: Endings, since: datetime, until: datetime) -> Measured:
    """Bad from ``max_age`` after a success until the next one."""
    complete, age = history.runs["complete"], min(sli.max_age * 1_000_000, _FOREVER)
    successes, failures = history.runs[complete]["ended"], history.runs[~complete]
    replaced = _replaced(successes, until)
    late = replaced - successes > age
    culprits = _last_of(failures, successes[late], replaced[late])
    bad = _Bad(successes[late] + age, replaced[late], culprits)
    return _time(successes, bad, since, until)


@measure.register
def _(sli: QualityThreshold, history: Endings, since: datetime, until: datetime) -> Measured:
    """Bad from a run that leaves the last score of any table too low until one that does not."""
    scores = (history if sli.table is None else history.of_table(sli.table)).scores
    last = _last_of_each_moment(scores["ended"])
    checked = scores[last]
    low = _low_tables(scores, sli.minimum)[last] > 0
    bad = _Bad(checked["ended"][low], _replaced(checked["ended"], until)[low], checked["run_id"][low])
    return _time(checked["ended"], bad, since, until)


class _Bad(NamedTuple):
    starts: Micros
    ends: Micros
    run_ids: npt.NDArray[np.bytes_]


def _time(known: Micros, bad: _Bad, since: datetime, until: datetime) -> Stretches:
    """The time between two moments since something is known."""
    end = to_micros(until)
    begin = int(known[0]) if len(known) else end
    return Stretches(begin, end, *bad).within(to_micros(since), end)


def _replaced(moments: Micros, until: datetime) -> Micros:
    """When what holds from each moment on gives way: at the next one, the last at the end."""
    return np.append(moments[1:], np.full(min(len(moments), 1), to_micros(until)))


def _last_of(runs: Rows, after: Micros, until: Micros) -> npt.NDArray[np.bytes_]:
    """The last of the runs that ended between each pair of moments, b"" where none did."""
    places = np.searchsorted(runs["ended"], until, "right")
    nobody = np.zeros(1, RUN_ID)
    inside = places > np.searchsorted(runs["ended"], after, "right")
    return np.append(nobody, runs["run_id"])[np.where(inside, places, 0)]


def _last_of_each_moment(moments: Micros) -> npt.NDArray[np.bool_]:
    return np.append(moments[1:] != moments[:-1], np.full(min(len(moments), 1), True))


def _low_tables(scores: Rows, minimum: float) -> npt.NDArray[np.int64]:
    """After each score, how many tables there are whose last one is under the minimum."""
    by_table = np.argsort(scores["table"], kind="stable")
    low, table = (scores["score"] < minimum)[by_table].astype(np.int64), scores["table"][by_table]
    before = np.append(0, low)[:-1] * (np.append(0, table)[:-1] == table)
    changes = np.zeros(len(scores), np.int64)
    changes[by_table] = low - before
    return np.cumsum(changes)
