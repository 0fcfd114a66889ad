"""What is measured: the kinds of service level indicators."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class EventRatio:
    """Bad events of all events, from counters; each query is PromQL with ``{{.window}}`` as its range."""

    kind: ClassVar[str] = "event_ratio"
    error_query: str
    total_query: str


@dataclass(frozen=True, slots=True)
class RunRatio:
    """Runs that did not complete, of all runs that ended."""

    kind: ClassVar[str] = "run_ratio"


@dataclass(frozen=True, slots=True)
class LatencyThreshold:
    """Runs that did not complete within ``threshold`` seconds, of all runs that ended."""

    kind: ClassVar[str] = "latency"
    threshold: int


@dataclass(frozen=True, slots=True)
class Freshness:
    """Share of the time in which the last complete run is older than ``max_age`` seconds."""

    kind: ClassVar[str] = "freshness"
    max_age: int


@dataclass(frozen=True, slots=True)
class QualityThreshold:
    """Share of the time in which the last overall quality score (0-100) is under ``minimum``.

    Without a ``table`` the worst table counts.
    """

    kind: ClassVar[str] = "quality"
    minimum: float
    table: str | None = None


@dataclass(frozen=True, slots=True)
class RawQuery:
    """Any PromQL that gives an error ratio (0-1), with ``{{.window}}`` as its range."""

    kind: ClassVar[str] = "raw"
    error_ratio_query: str


Sli = EventRatio | RunRatio | LatencyThreshold | Freshness | QualityThreshold | RawQuery
FROM_RUNS = (RunRatio, LatencyThreshold, Freshness, QualityThreshold)


def from_runs(sli: Sli) -> bool:
    """Whether run records are enough to compute it; the other kinds need Prometheus."""
    return isinstance(sli, FROM_RUNS)
