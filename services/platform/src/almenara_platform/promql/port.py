"""The port of Prometheus's query API."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Sample:
    """One series at one moment."""

    labels: Mapping[str, str]
    value: float


@dataclass(frozen=True, slots=True)
class Series:
    """One series over time: (Unix seconds, value), oldest first."""

    labels: Mapping[str, str]
    points: Sequence[tuple[float, float]]


class PrometheusApi(Protocol):
    """Answers PromQL. Methods may be called from any thread.

    Raises ``StoreUnavailable`` when Prometheus does not answer and ``BadRequest`` for PromQL that it refuses.
    """

    def missing(self) -> str:
        """Why there is no Prometheus to ask; empty when there is one."""

    def instant(self, query: str, at: datetime) -> Sequence[Sample]:
        """The value of each series at a moment."""

    def range(self, query: str, since: datetime, until: datetime, step_seconds: float) -> Sequence[Series]:
        """Each series between two moments."""
