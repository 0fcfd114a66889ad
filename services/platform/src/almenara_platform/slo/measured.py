"""What was measured of an SLI in a window."""

from __future__ import annotations

from abc import ABC, abstractmethod
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from almenara_platform.clock import from_micros, to_micros
from almenara_platform.slo.endings import Micros, Rows

_MICROS = 1_000_000


class Spent(NamedTuple):
    """A piece of what was measured: ``amount`` runs, events or seconds until ``at``, bad because of a run.

    ``run_id`` is None where no run is to blame: nobody started one.
    """

    since: datetime
    at: datetime
    amount: float
    bad: bool
    run_id: str | None


class Measured(ABC):
    """Runs, events or seconds, good and bad, oldest first."""

    __slots__ = ()

    @property
    @abstractmethod
    def total(self) -> float:
        """All of it; 0 where nothing was measured."""

    @property
    @abstractmethod
    def bad(self) -> float:
        """How much of it was bad."""

    @property
    @abstractmethod
    def costs(self) -> Sequence[Spent]:
        """The pieces that were bad."""

    @property
    @abstractmethod
    def begin(self) -> datetime:
        """Since when something was measured; only where it is ``known``."""

    @abstractmethod
    def after(self, since: datetime) -> Measured:
        """What of it was after a moment."""

    @property
    def known(self) -> bool:
        """Whether anything was measured at all."""
        return self.total > 0

    @property
    def error_ratio(self) -> float:
        """The share that was bad; 0 where nothing happened."""
        total = self.total
        return self.bad / total if total else 0.0


@dataclass(frozen=True, slots=True, eq=False)
class CountedRuns(Measured):
    """Runs by their end (with their ``ended`` and ``run_id``), and which of them were bad."""

    runs: Rows
    were_bad: npt.NDArray[np.bool_]

    @property
    def total(self) -> float:
        """How many runs."""
        return len(self.runs)

    @property
    def bad(self) -> float:
        """How many of them were bad."""
        return int(np.count_nonzero(self.were_bad))

    @property
    def costs(self) -> Sequence[Spent]:
        """Each bad run."""
        bad = self.runs[self.were_bad][["ended", "run_id"]].tolist()
        return [Spent(from_micros(end), from_micros(end), 1, True, name.decode()) for end, name in bad]

    @property
    def begin(self) -> datetime:
        """When the first run ended."""
        return from_micros(int(self.runs["ended"][0]))

    def after(self, since: datetime) -> CountedRuns:
        """The runs that ended after a moment."""
        first = bisect_right(self.runs["ended"], to_micros(since))
        return CountedRuns(self.runs[first:], self.were_bad[first:])


@dataclass(frozen=True, slots=True, eq=False)
class Stretches(Measured):
    """All of the time between two moments, and the disjoint stretches of it that were bad, in microseconds.

    ``run_ids``: whose run made each stretch bad, b"" where nobody started one.
    """

    since: int
    until: int
    starts: Micros
    ends: Micros
    run_ids: npt.NDArray[np.bytes_]

    @property
    def total(self) -> float:
        """Seconds, good and bad."""
        return max(0, self.until - self.since) / _MICROS

    @property
    def bad(self) -> float:
        """Seconds that were bad."""
        return int((self.ends - self.starts).sum()) / _MICROS

    @property
    def costs(self) -> Sequence[Spent]:
        """The bad stretches."""
        rows = zip(self.starts.tolist(), self.ends.tolist(), self.run_ids.tolist(), strict=True)
        return [
            Spent(from_micros(start), from_micros(end), (end - start) / _MICROS, True, name.decode() or None)
            for start, end, name in rows
        ]

    @property
    def begin(self) -> datetime:
        """Where the time begins."""
        return from_micros(self.since)

    def after(self, since: datetime) -> Stretches:
        """What of it was after a moment, which cuts one stretch at most."""
        return self.within(to_micros(since), self.until)

    def within(self, since: int, until: int) -> Stretches:
        """What of it was between two moments."""
        since, until = max(self.since, since), min(self.until, until)
        starts, ends = np.maximum(self.starts, since), np.minimum(self.ends, until)
        inside = starts < ends
        return Stretches(since, until, starts[inside], ends[inside], self.run_ids[inside])


_AMOUNT, _BAD = attrgetter("amount"), attrgetter("bad")


@dataclass(frozen=True, slots=True)
class Pieces(Measured):
    """Disjoint stretches of time; the events or seconds of each are spread over it evenly."""

    pieces: Sequence[Spent]

    @property
    def total(self) -> float:
        """Events or seconds, good and bad."""
        return sum(map(_AMOUNT, self.pieces))

    @property
    def bad(self) -> float:
        """Events or seconds that were bad."""
        return sum(map(_AMOUNT, self.costs))

    @property
    def costs(self) -> Sequence[Spent]:
        """The bad stretches."""
        return list(filter(_BAD, self.pieces))

    @property
    def begin(self) -> datetime:
        """Where the first stretch begins."""
        return self.pieces[0].since

    def after(self, since: datetime) -> Pieces:
        """What of it was after a moment, which cuts one piece at most."""
        pieces = self.pieces[bisect_right(self.pieces, since, key=lambda piece: piece.at) :]
        if pieces and pieces[0].since < since:
            cut = pieces[0]._replace(since=since, amount=(pieces[0].at - since).total_seconds())
            return Pieces((cut, *pieces[1:]))
        return Pieces(pieces)
