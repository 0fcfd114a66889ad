"""Where the time of an operation or pipeline goes over many traces, at the usual percentiles."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from almenara_platform.traces.operations import Operation
from almenara_platform.traces.samples import Sample, Samples

PERCENTILES = (50, 95, 99)
NEIGHBOURS = 0.02
"""Around a percentile this share of all samples on both sides is averaged: one alone would be chance."""
BINS = 30
EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class PathShare:
    """The mean time of an operation on the critical path, and its share (0 to 1) of the mean duration."""

    service: str
    name: str
    on_path_ns: float
    share: float


@dataclass(frozen=True, slots=True)
class PercentileView:
    """The samples around one percentile of the durations.

    ``duration_ns`` is the percentile itself (nearest rank), ``mean_ns`` the mean of the ``samples`` around
    it, which is also the sum of the ``operations``; ``trace_ids`` are examples, the nearest first.
    """

    percentile: int
    duration_ns: int
    mean_ns: float
    samples: int
    trace_ids: tuple[str, ...]
    operations: tuple[PathShare, ...]


@dataclass(frozen=True, slots=True)
class Bin:
    """How many samples took from ``from_ns`` to below ``to_ns``."""

    from_ns: float
    to_ns: float
    count: int


@dataclass(frozen=True, slots=True)
class Aggregate:
    """Many samples at a glance; everything is empty and the mean 0 where there are none."""

    traces: int
    samples: int
    failed: int
    mean_ns: float
    operations: tuple[PathShare, ...]
    percentiles: tuple[PercentileView, ...]
    histogram: tuple[Bin, ...]
    notes: tuple[str, ...]


def aggregate(found: Samples) -> Aggregate:
    """The aggregate of samples in any order."""
    by_duration = sorted(
        found.samples, key=lambda sample: (sample.duration_ns, sample.trace_id, sample.span_id)
    )
    return Aggregate(
        traces=found.traces,
        samples=len(by_duration),
        failed=sum(sample.failed for sample in by_duration),
        mean_ns=mean_duration(by_duration),
        operations=composition(by_duration),
        percentiles=tuple(_view(by_duration, p) for p in PERCENTILES if by_duration),
        histogram=_histogram(by_duration),
        notes=sample_notes(found),
    )


def composition(samples: Sequence[Sample]) -> tuple[PathShare, ...]:
    """The mean time of every operation on the path, the largest first; together the mean duration."""
    totals: dict[Operation, int] = {}
    for sample in samples:
        for operation, on_path in sample.on_path.items():
            totals[operation] = totals.get(operation, 0) + on_path
    everything = sum(totals.values()) or 1
    shares = [PathShare(*key, total / len(samples), total / everything) for key, total in totals.items()]
    return tuple(sorted(shares, key=lambda share: (-share.on_path_ns, share.service, share.name)))


def mean_duration(samples: Sequence[Sample]) -> float:
    """The mean duration in nanoseconds, 0 of nothing."""
    return sum(sample.duration_ns for sample in samples) / max(1, len(samples))


def sample_notes(found: Samples) -> tuple[str, ...]:
    """What a reader has to know of the choice of the samples."""
    notes = []
    if found.more:
        notes.append(f"Only the newest {found.traces:,} traces were looked at; there are more.")
    if found.truncated:
        notes.append(f"{found.truncated:,} of the traces were truncated by the backend.")
    return tuple(notes)


def _view(by_duration: Sequence[Sample], percentile: int) -> PercentileView:
    rank = math.ceil(percentile / 100 * len(by_duration)) - 1
    reach = int(len(by_duration) * NEIGHBOURS)
    around = by_duration[max(0, rank - reach) : rank + reach + 1]
    at = by_duration[rank]
    nearest = sorted(around, key=lambda sample: abs(sample.duration_ns - at.duration_ns))
    return PercentileView(
        percentile=percentile,
        duration_ns=at.duration_ns,
        mean_ns=mean_duration(around),
        samples=len(around),
        trace_ids=tuple(dict.fromkeys(sample.trace_id for sample in nearest))[:EXAMPLES],
        operations=composition(around),
    )


def _histogram(samples: Sequence[Sample]) -> tuple[Bin, ...]:
    if not samples:
        return ()
    counts, edges = np.histogram([float(sample.duration_ns) for sample in samples], bins=BINS)
    pairs = zip(edges[:-1].tolist(), edges[1:].tolist(), counts.tolist(), strict=True)
    return tuple(Bin(low, high, count) for low, high, count in pairs)
