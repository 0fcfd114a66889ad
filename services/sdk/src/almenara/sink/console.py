"""Spans and lineage as JSON lines on a stream, to look at without a server."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import TextIO

from openlineage.client.event_v2 import RunEvent
from opentelemetry.sdk.trace import ReadableSpan

from almenara.sink import wire_json
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
            self._write("span", partial(_encode_span, span))

    def logs(self, entries: Sequence[LogEntry]) -> None:
        """Forget them: each was written to stdout."""

    def lineage(self, event: RunEvent) -> None:
        """Write one line."""
        self._write("lineage", partial(encode_event, event))

    def flush(self, timeout_seconds: float) -> bool:
        """Every line is flushed when it is written."""
        return True

    def close(self, timeout_seconds: float) -> None:
        """The stream belongs to the caller."""

    def _write(self, kind: str, encode: Callable[[], bytes]) -> None:
        stream = self._stream or sys.stderr
        # a closed stream or an attribute that cannot be printed is no reason to stop the job
        with suppress(Exception), self._lock:
            stream.write(f'{{"{kind}":{encode().decode()}}}\n')
            stream.flush()


def _encode_span(span: ReadableSpan) -> bytes:
    context = span.get_span_context()
    values = {
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
    return wire_json.encode(values)
