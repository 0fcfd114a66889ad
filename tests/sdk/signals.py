"""Spans, log entries and lineage events to send in tests."""

from __future__ import annotations

import uuid

from openlineage.client.event_v2 import Job, Run, RunEvent, RunState
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.trace import SpanContext, SpanKind, TraceFlags

from almenara.sink.port import LogEntry

RESOURCE = Resource({"service.name": "test"})
TRACER = TracerProvider(resource=RESOURCE, shutdown_on_exit=False).get_tracer("test")


def span(name: str = "a span", attributes: dict[str, object] | None = None) -> ReadableSpan:
    """One finished span."""
    return ReadableSpan(
        name=name,
        context=SpanContext(0xABC, 0xDEF, is_remote=False, trace_flags=TraceFlags(1)),
        resource=RESOURCE,
        attributes=attributes or {},
        kind=SpanKind.INTERNAL,
        start_time=1_700_000_000_000_000_000,
        end_time=1_700_000_001_000_000_000,
    )


def entry(message: str = "a line", **fields: object) -> LogEntry:
    """One log entry."""
    return LogEntry(
        time_ns=1_700_000_000_000_000_000,
        level="INFO",
        message=message,
        service="test",
        pipeline="ventas",
        stage="load",
        run_id="0190f0a0-0000-7000-8000-000000000001",
        trace_id="0" * 29 + "abc",
        span_id="0" * 13 + "def",
        fields=fields,
    )


def event(number: int = 0, job: str = "ventas") -> RunEvent:
    """One lineage event; `number` stands in its time."""
    return RunEvent(
        eventType=RunState.RUNNING,
        eventTime=f"2026-01-01T00:00:00.{number:06d}Z",
        run=Run(runId=str(uuid.UUID(int=1))),
        job=Job(namespace="retail", name=job),
        inputs=[],
        outputs=[],
    )
