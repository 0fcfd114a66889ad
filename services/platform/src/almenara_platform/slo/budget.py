"""What is left of an error budget, how it went, and which runs took it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from almenara_platform.runs.model import Run
from almenara_platform.slo.measured import Measured, Spent

WHOLE = 1.0


@dataclass(frozen=True, slots=True)
class Point:
    """The share of the budget that was left at a moment (1 at first, under 0 when overspent)."""

    at: datetime
    remaining: float


@dataclass(frozen=True, slots=True)
class Cost:
    """What a run took: ``share`` of the whole budget, in ``amount`` runs, events or seconds.

    ``run_id`` is None for time in which no run was even tried, and where no runs are counted. ``run`` is it
    with everything that is known of it, None until somebody has looked.
    """

    run_id: str | None
    at: datetime
    amount: float
    share: float
    run: Run | None = None


def remaining(error_ratio: float, error_budget: float) -> float:
    """The share of the budget that is left; 1 is untouched, 0 is gone, below is overspent."""
    return WHOLE - error_ratio / error_budget


def burn_down(measured: Measured, error_budget: float, until: datetime) -> list[Point]:
    """How the budget went since something is known; it ends at what ``remaining`` says of the whole.

    Before that it was not untouched: nobody had measured, or there was no run.
    """
    if not measured.known:
        return []
    allowed = measured.total * error_budget
    left, points = WHOLE, [Point(measured.begin, WHOLE)]
    for piece in measured.costs:
        points.append(Point(piece.since, left))
        left -= piece.amount / allowed
        points.append(Point(piece.at, left))
    return [*points, Point(until, left)]


def costliest(measured: Measured, error_budget: float, limit: int = 10) -> list[Cost]:
    """The runs that took most of the budget, the most expensive first."""
    allowed = measured.total * error_budget
    groups: dict[str, list[Spent]] = {}
    for piece in measured.costs:
        groups.setdefault(piece.run_id or f"none {piece.since}", []).append(piece)
    costs = [_cost(pieces, allowed) for pieces in groups.values()]
    return sorted(costs, key=lambda cost: (-cost.share, -cost.at.timestamp()))[:limit]


def _cost(pieces: Sequence[Spent], allowed: float) -> Cost:
    amount = sum(piece.amount for piece in pieces)
    return Cost(pieces[0].run_id, pieces[0].since, amount, amount / allowed)
