"""A log record in one form, wherever it comes from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class LogRecord:
    """One log line. ``time_ns`` is Unix nanoseconds; ``fields`` are the caller's own, in their JSON types."""

    time_ns: int
    level: str
    message: str
    service: str
    pipeline: str | None = None
    stage: str | None = None
    run_id: str | None = None
    trace_id: str | None = None
    span_id: str | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)
