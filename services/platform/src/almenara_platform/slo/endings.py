"""Runs that ended, as columns: 100,000 of them as objects are what every search for garbage goes through."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt

from almenara_platform.clock import to_micros
from almenara_platform.runs.model import Run, RunState

Rows = npt.NDArray[np.void]
Micros = npt.NDArray[np.int64]

SCORE = "score"
"""The quality check that is a table's overall score."""

RUN_ID = "S36"
_ROW = [("ended", "i8"), ("pipeline", "i8"), ("run_id", RUN_ID)]
_RUN = np.dtype([*_ROW, ("complete", "?"), ("seconds", "f8")])
_SCORE = np.dtype([*_ROW, ("table", "i8"), ("score", "f8")])


@dataclass(frozen=True, slots=True, eq=False)
class Endings:
    """Runs and the scores of their tables, by the time of their end in microseconds since the epoch.

    ``runs``: ended, run_id, complete, seconds (NaN where the start is not known). ``scores``: ended, run_id,
    table, score (0-100). Pipelines and tables are hashes of their names, which need no list that only grows.
    """

    runs: Rows
    scores: Rows

    @classmethod
    def of(cls, runs: Iterable[Run]) -> Endings:
        """Those of the runs that have ended."""
        found, scores = [], []
        for run in runs:
            if run.state.final and run.ended_at is not None:
                row = (to_micros(run.ended_at), hash(run.pipeline), run.run_id.encode())
                found.append((*row, run.state is RunState.COMPLETE, _seconds(run)))
                scores += [(*row, hash(table), score) for table, score in table_scores(run).items()]
        return cls(_by_end(np.array(found, _RUN)), _by_end(np.array(scores, _SCORE)))

    def beside(self, others: Endings) -> Endings:
        """These and the others."""
        pairs = (self.runs, others.runs), (self.scores, others.scores)
        return Endings(*(_by_end(np.concatenate(pair)) for pair in pairs))

    def of_pipeline(self, name: str) -> Endings:
        """Those of the pipelines with this name."""
        return self._each(lambda rows: rows[rows["pipeline"] == hash(name)])

    def of_table(self, name: str) -> Endings:
        """With the scores of the tables with this name only."""
        return Endings(self.runs, self.scores[self.scores["table"] == hash(name)])

    def without(self, run_ids: Sequence[str]) -> Endings:
        """All but these runs."""
        names = np.array([run_id.encode() for run_id in run_ids], RUN_ID)
        return self._each(lambda rows: rows[~np.isin(rows["run_id"], names)])

    def ended_in(self, since: datetime, until: datetime) -> Endings:
        """Those that ended after ``since`` and not after ``until``."""
        window = to_micros(since), to_micros(until)
        # Numpy's own search would first copy the column out of its rows.
        return self._each(lambda rows: rows[slice(*(bisect_right(rows["ended"], each) for each in window))])

    def ended_from(self, oldest: datetime) -> Endings:
        """Those that ended at a moment or after it; itself where these are all."""
        first = to_micros(oldest)
        if not bisect_left(self.runs["ended"], first):
            return self
        return self._each(lambda rows: rows[bisect_left(rows["ended"], first) :])

    def _each(self, chosen: Callable[[Rows], Rows]) -> Endings:
        return Endings(chosen(self.runs), chosen(self.scores))


def _by_end(rows: Rows) -> Rows:
    return rows[np.argsort(rows["ended"], kind="stable")]


def _seconds(run: Run) -> float:
    seconds = run.duration_seconds
    return np.nan if seconds is None else seconds


def table_scores(run: Run) -> dict[str, float]:
    """The overall score (0-100) of each table that a run checked and that had rows."""
    return {
        result.table: result.value
        for result in run.quality
        if result.check == SCORE and result.value is not None
    }
