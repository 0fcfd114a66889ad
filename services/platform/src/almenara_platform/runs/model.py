"""A run and what is known of it, as the API and the console show it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


class RunState(StrEnum):
    """The states of a run; the last three are final."""

    QUEUED = "QUEUED"
    START = "START"
    RUNNING = "RUNNING"
    COMPLETE = "COMPLETE"
    FAIL = "FAIL"
    ABORT = "ABORT"

    @property
    def final(self) -> bool:
        """Whether a run in this state has ended."""
        return self in _FINAL


_FINAL = frozenset((RunState.COMPLETE, RunState.FAIL, RunState.ABORT))


@dataclass(frozen=True, slots=True)
class RunError:
    """Why a run or a stage failed; ``stack`` is None where the emitter sent none."""

    type: str | None
    message: str
    stack: str | None = None


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of a run; ``records`` counts what it processed so far."""

    name: str
    state: RunState
    started_at: datetime | None
    duration_seconds: float | None = None
    records: int | None = None
    error: RunError | None = None


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a dataset's schema."""

    name: str
    type: str | None = None
    description: str | None = None


@dataclass(frozen=True, slots=True)
class DatasetRef:
    """A dataset as one run read or wrote it."""

    namespace: str
    name: str
    schema: tuple[Column, ...] = ()
    rows: int | None = None
    bytes: int | None = None


@dataclass(frozen=True, slots=True)
class QualityResult:
    """One quality measurement; ``value`` is in the unit of the check (percent, rows, score 0-100).

    ``passed`` is None for a measurement without a threshold.
    """

    table: str
    check: str
    column: str | None
    value: float | None
    passed: bool | None = None


@dataclass(slots=True)
class Run:
    """Everything known of one run. Times are UTC; ``original_run_id`` is the emitter's own if not a UUID.

    Not to be changed. It is not frozen, because that takes four times as long to make.
    """

    run_id: str
    namespace: str
    pipeline: str
    state: RunState
    queued_at: datetime | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    last_event_at: datetime | None = None
    trace_id: str | None = None
    stages: tuple[Stage, ...] = ()
    inputs: tuple[DatasetRef, ...] = ()
    outputs: tuple[DatasetRef, ...] = ()
    quality: tuple[QualityResult, ...] = ()
    error: RunError | None = None
    owner: str | None = None
    producer: str | None = None
    parent_run_id: str | None = None
    root_run_id: str | None = None
    original_run_id: str | None = None
    attempt: int = 1
    facets: dict[str, Any] = field(default_factory=dict)

    @property
    def duration_seconds(self) -> float | None:
        """Seconds from start to end, None while either is unknown."""
        if self.started_at is None or self.ended_at is None:
            return None
        return max(0.0, (self.ended_at - self.started_at).total_seconds())

    @property
    def listed_at(self) -> datetime:
        """Where the run stands in lists: its start, else when it was queued, else its last event."""
        return self.started_at or self.queued_at or self.last_event_at or self.ended_at or _BEGINNING

    @property
    def records(self) -> int | None:
        """The largest record count of any stage: what went through the run."""
        counts = [stage.records for stage in self.stages if stage.records is not None]
        return max(counts, default=None)


@dataclass(frozen=True, slots=True)
class Pipeline:
    """A pipeline with its last run and its recent history, newest run first."""

    namespace: str
    name: str
    owner: str | None
    last_run: Run | None
    last_success_at: datetime | None
    recent: tuple[Run, ...] = ()
    runs_total: int = 0


@dataclass(frozen=True, slots=True)
class Dataset:
    """A dataset that some run read or wrote, with its newest schema."""

    namespace: str
    name: str
    schema: tuple[Column, ...]
    first_seen: datetime
    last_seen: datetime
    last_run_id: str | None = None
    produced_by: tuple[str, ...] = ()
    consumed_by: tuple[str, ...] = ()
