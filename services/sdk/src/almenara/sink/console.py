"""Spans and lineage as JSON lines on a stream, to look at without a server."""

from __future__ import annotations

import sys
import threading
from collections.abc import Sequence
from typing import TextIO

import orjson
from openlineage.client.event_v2 import RunEvent
from opentelemetry.sdk.trace import ReadableSpan

from almenara.sink.openlineage import encode_event
from almenara.sink.port import LogEntry


class ConsoleSink:
    """One JSON object a line: `{"span": ...}` and `{"lineage": ...}`; log lines are on stdout already.

    Meant for a terminal: it serialises and writes at once, in the caller's thread.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream
        self._lock = threading.Lock()

    def spans(self, spans: Sequence[ReadableSpan]) -> None:
        """Write one line a span."""
        for span in spans:
            self._write(b'{"span":' + orjson.dumps(_span(span), default=str) + b"}")

    def logs(self, entries: Sequence[LogEntry]) -> None:
        """Forget them: each was written to stdout."""

    def lineage(self, event: RunEvent) -> None:
        """Write one line."""
        try:
            self._write(b'{"lineage":' + encode_event(event) + b"}")
        except Exception as error:  # noqa: BLE001 - a sink never raises
            self._write(orjson.dumps({"lineage": None, "error": repr(error)}))

    def flush(self, timeout_seconds: float) -> bool:
        """Every line is flushed when it is written."""
        return True

    def close(self, timeout_seconds: float) -> None:
        """The stream belongs to the caller."""

    def _write(self, line: bytes) -> None:
        stream = self._stream or sys.stderr
        try:
            with self._lock:
                stream.write(line.decode() + "\n")
                stream.flush()
        except (OSError, ValueError):
            return


def _span(span: ReadableSpan) -> dict[str, object]:
    context = span.get_span_context()
    return {
        "name": span.name,
        "trace_id": f"{context.trace_id:032x}" if context else "",
        "span_id": f"{context.span_id:016x}" if context else "",
        "parent_span_id": f"{span.parent.span_id:016x}" if span.parent else "",
        "kind": span.kind.name,
        "start_ns": span.start_time,
        "end_ns": span.end_time,
        "status": span.status.status_code.name,
        "attributes": dict(span.attributes or {}),
        "events": [event.name for event in span.events],
    }
