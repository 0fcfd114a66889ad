"""A named query, asked now and over the time before."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from almenara_platform.promql.library import NamedQuery
from almenara_platform.promql.port import PrometheusApi, Series

POINTS = 60
SHORTEST_STEP = 15.0
"""Seconds; between two scrapes there is nothing new."""


@dataclass(frozen=True, slots=True)
class AnsweredSeries:
    """One series: its value now (None when it has just ended) and its points."""

    labels: Mapping[str, str]
    value: float | None
    points: Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Answer:
    """The query, the PromQL that was asked, and every series that answered."""

    query: NamedQuery
    promql: str
    series: Sequence[AnsweredSeries]


def answer(
    prometheus: PrometheusApi,
    query: NamedQuery,
    now: datetime,
    seconds: float,
    pipeline: str | None = None,
    stage: str | None = None,
) -> Answer:
    """Ask; raises ``StoreUnavailable`` without a Prometheus that answers."""
    promql = query.expression(pipeline, stage)
    values = {_key(sample.labels): sample.value for sample in prometheus.instant(promql, now)}
    step = max(SHORTEST_STEP, seconds / POINTS)
    found = prometheus.range(promql, now - timedelta(seconds=seconds), now, step)
    ordered = [_series(each, values) for each in sorted(found, key=lambda each: _key(each.labels))]
    if query.by_value:
        ordered.sort(key=lambda each: -math.inf if each.value is None else each.value, reverse=True)
    return Answer(query, promql, ordered)


def _series(series: Series, values: Mapping[tuple[tuple[str, str], ...], float]) -> AnsweredSeries:
    labels = {name: value for name, value in series.labels.items() if name != "__name__"}
    points = [(at, value) for at, value in series.points if math.isfinite(value)]
    return AnsweredSeries(labels, values.get(_key(series.labels)), points)


def _key(labels: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(labels.items()))
