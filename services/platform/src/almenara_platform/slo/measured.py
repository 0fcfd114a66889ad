"""What was measured of an SLI in a window."""

from __future__ import annotations

from abc import ABC, abstractmethod
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import compress
from operator import attrgetter
from typing import NamedTuple

from almenara_platform.runs.model import Run
from almenara_platform.slo.ended_runs import ended_at


class Spent(NamedTuple):
    """A piece of what was measured: ``amount`` runs, events or seconds until ``at``, bad because of ``run``.

    ``run`` is None where no run is to blame: nobody started one.
    """

    since: datetime
    at: datetime
    amount: float
    bad: bool
    run: Run | None


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


@dataclass(frozen=True, slots=True)
class CountedRuns(Measured):
    """Runs by their end, and which of them were bad."""

    runs: Sequence[Run]
    were_bad: Sequence[bool]

    @property
    def total(self) -> float:
        """How many runs."""
        return len(self.runs)

    @property
    def bad(self) -> float:
        """How many of them were bad."""
        return sum(self.were_bad)

    @property
    def costs(self) -> Sequence[Spent]:
        """Each bad run."""
        bad = compress(self.runs, self.were_bad)
        return [Spent(ended_at(run), ended_at(run), 1, True, run) for run in bad]

    @property
    def begin(self) -> datetime:
        """When the first run ended."""
        return ended_at(self.runs[0])

    def after(self, since: datetime) -> CountedRuns:
        """The runs that ended after a moment."""
        first = bisect_right(self.runs, since, key=ended_at)
        return CountedRuns(self.runs[first:], self.were_bad[first:])


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
