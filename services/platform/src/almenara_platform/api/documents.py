"""What the API answers, field by field. Each document is read off the model of the same name."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer

from almenara_platform.clock import from_nanos
from almenara_platform.logs.model import LogRecord
from almenara_platform.page import Page
from almenara_platform.runs.model import RunState
from almenara_platform.traces.model import SpanKind, StatusCode

D = TypeVar("D", bound=BaseModel)


def _iso(time: datetime) -> str:
    return time.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


Time = Annotated[datetime, PlainSerializer(_iso, return_type=str, when_used="json-unless-none")]


class Document(BaseModel):
    """Read off an object of the model."""

    model_config = ConfigDict(from_attributes=True)


class Listing(BaseModel, Generic[D]):
    """One page: send ``next`` back as ``cursor`` for the following one; null when there is none."""

    items: list[D]
    next: str | None


class ErrorDocument(Document):
    """Why a run or a stage failed."""

    type: str | None
    message: str
    stack: str | None


class StageDocument(Document):
    """One stage of a run."""

    name: str
    state: RunState
    started_at: Time | None
    duration_seconds: float | None
    records: int | None
    error: ErrorDocument | None


class ColumnDocument(Document):
    """A column of a dataset."""

    name: str
    type: str | None
    description: str | None


class DatasetRefDocument(Document):
    """A dataset as a run read or wrote it."""

    namespace: str
    name: str
    columns: list[ColumnDocument] = Field(alias="schema")
    rows: int | None
    bytes: int | None


class QualityDocument(Document):
    """One quality measurement."""

    table: str
    check: str
    column: str | None
    value: float | None
    passed: bool | None


class RunDocument(Document):
    """A run and everything known of it."""

    run_id: str
    namespace: str
    pipeline: str
    state: RunState
    attempt: int
    queued_at: Time | None
    started_at: Time | None
    ended_at: Time | None
    last_event_at: Time | None
    duration_seconds: float | None
    records: int | None
    trace_id: str | None
    stages: list[StageDocument]
    inputs: list[DatasetRefDocument]
    outputs: list[DatasetRefDocument]
    quality: list[QualityDocument]
    error: ErrorDocument | None
    owner: str | None
    producer: str | None
    parent_run_id: str | None
    root_run_id: str | None
    original_run_id: str | None


class RunDetailDocument(RunDocument):
    """A run with the run facets that its emitter sent."""

    facets: dict[str, Any]


class RunSummaryDocument(Document):
    """A run in the history of its pipeline."""

    run_id: str
    state: RunState
    started_at: Time | None
    ended_at: Time | None
    duration_seconds: float | None
    records: int | None


class PipelineDocument(Document):
    """A pipeline with its newest runs, the newest first."""

    namespace: str
    name: str
    owner: str | None
    last_run: RunDocument | None
    last_success_at: Time | None
    recent: list[RunSummaryDocument]
    runs_total: int


class DatasetDocument(Document):
    """A dataset that some run read or wrote."""

    namespace: str
    name: str
    columns: list[ColumnDocument] = Field(alias="schema")
    first_seen: Time
    last_seen: Time
    last_run_id: str | None
    produced_by: list[str]
    consumed_by: list[str]


class StatusDocument(Document):
    """How a span ended."""

    code: StatusCode
    message: str


class SpanEventDocument(Document):
    """Something that happened within a span."""

    name: str
    time_ns: int
    attributes: dict[str, Any]


class SpanLinkDocument(Document):
    """A span elsewhere that this one has to do with."""

    trace_id: str
    span_id: str
    attributes: dict[str, Any]


class SpanDocument(Document):
    """One span; times are Unix nanoseconds."""

    span_id: str
    parent_span_id: str | None
    name: str
    service: str
    kind: SpanKind
    start_ns: int
    end_ns: int
    status: StatusDocument
    attributes: dict[str, Any]
    events: list[SpanEventDocument]
    links: list[SpanLinkDocument]
    resource: dict[str, Any]


class TraceDocument(Document):
    """A trace with its spans by start time."""

    trace_id: str
    truncated: bool
    notes: list[str] = Field(description="What was left out, in sentences.")
    spans: list[SpanDocument]


class TraceSummaryDocument(Document):
    """A trace in a list."""

    trace_id: str
    service: str
    name: str
    start_ns: int
    duration_ns: int
    spans: int
    errors: int
    run_id: str | None
    pipeline: str | None


class LogDocument(BaseModel):
    """One log line, with the fields of its caller beside the fixed ones."""

    model_config = ConfigDict(extra="allow")

    timestamp: str
    level: str
    message: str
    service: str
    pipeline: str | None
    stage: str | None
    run_id: str | None
    trace_id: str | None
    span_id: str | None


def log_line(record: LogRecord) -> dict[str, Any]:
    """A record as the JSON line that its service printed."""
    own = {
        "timestamp": _iso(from_nanos(record.time_ns)),
        "level": record.level,
        "message": record.message,
        "service": record.service,
        "pipeline": record.pipeline,
        "stage": record.stage,
        "run_id": record.run_id,
        "trace_id": record.trace_id,
        "span_id": record.span_id,
    }
    return own | {name: value for name, value in record.fields.items() if name not in own}


def listing(page: Page[Any], document: type[D]) -> Listing[D]:
    """A page of models as a page of documents."""
    return Listing[document](items=[document.model_validate(item) for item in page.items], next=page.next)
