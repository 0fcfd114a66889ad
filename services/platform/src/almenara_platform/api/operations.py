"""What many traces of one operation or pipeline say, and how two sets of them differ."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query

from almenara_platform.api.dependencies import Stores
from almenara_platform.api.documents import Document
from almenara_platform.api.trace_words import Of, Words
from almenara_platform.clock import system_clock
from almenara_platform.traces.aggregate import aggregate
from almenara_platform.traces.compare import compare
from almenara_platform.traces.samples import Samples, collect
from almenara_platform.traces.sets import HELP, named_set

router = APIRouter(prefix="/api/v1/operations", tags=["traces"])
Traces = Annotated[int, Query(ge=1, le=1000, description="How many traces to look at, the newest.")]
Now = Annotated[datetime, Depends(system_clock)]
SetName = Annotated[str, Query(max_length=100, description=HELP[0].upper() + HELP[1:] + ".")]


class PathShareDocument(Document):
    """The mean time of an operation on the critical path and its share (0 to 1) of the whole."""

    service: str
    name: str
    on_path_ns: float
    share: float


class PercentileDocument(Document):
    """The samples around one percentile of the durations and where their time went."""

    percentile: int
    duration_ns: int
    mean_ns: float
    samples: int
    trace_ids: list[str]
    operations: list[PathShareDocument]


class BinDocument(Document):
    """A bar of the histogram of durations."""

    from_ns: float
    to_ns: float
    count: int


class AggregateDocument(Document):
    """Many traces at a glance."""

    traces: int
    samples: int
    failed: int
    mean_ns: float
    operations: list[PathShareDocument]
    percentiles: list[PercentileDocument]
    histogram: list[BinDocument]
    notes: list[str]


class SetDocument(Document):
    """One of the two sets."""

    name: str
    traces: int
    samples: int
    failed: int
    mean_ns: float


class ChangeDocument(Document):
    """How the mean time of an operation on the path changed, with example traces of both sets."""

    service: str
    name: str
    before_ns: float
    after_ns: float
    delta_ns: float
    low_ns: float | None
    high_ns: float | None
    clear: bool
    traces_before: int
    traces_after: int
    examples_before: list[str]
    examples_after: list[str]
    claim: str


class ComparisonDocument(Document):
    """Two sets of traces; the changes sum to the change of the mean duration."""

    before: SetDocument
    after: SetDocument
    delta_ns: float
    changes: list[ChangeDocument]
    notes: list[str]


@router.get("")
def operation(stores: Stores, of: Of, words: Words, traces: Traces = 200) -> AggregateDocument:
    """Where the time of an operation or pipeline goes: critical paths of many traces at p50, p95, p99."""
    return AggregateDocument.model_validate(aggregate(collect(stores.traces, of.narrow(words), traces)))


@router.get("/compare")
def comparison(
    stores: Stores, of: Of, words: Words, now: Now, before: SetName, after: SetName, traces: Traces = 200
) -> ComparisonDocument:
    """Which operation grew between two sets of traces, by how much, and traces that show it."""

    def members(name: str, field: str) -> Samples:
        return collect(stores.traces, named_set(name, of.narrow(words), now, field), traces)

    found = compare(members(before, "before"), members(after, "after"), (before, after))
    return ComparisonDocument.model_validate(found)
