"""Where checked signals go in, and how many did."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import (
    ExportLogsServiceRequest,
    ExportLogsServiceResponse,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

from almenara_platform.clock import Clock, to_nanos
from almenara_platform.gateway import log_records, openlineage, spans
from almenara_platform.gateway.otlp import Encoding
from almenara_platform.gateway.width import Sized, in_portions, sized
from almenara_platform.logs.port import WritableLogStore
from almenara_platform.metrics.own import OwnMetrics
from almenara_platform.store.port import LineageStore
from almenara_platform.traces.port import WritableTraceStore


@dataclass(frozen=True, slots=True)
class Intake:
    """The way into the stores. Each method returns once its signals are on disk.

    ``value_limit`` is the longest text that is kept of an attribute, a field or a message.
    """

    lineage_store: LineageStore
    trace_store: WritableTraceStore
    log_store: WritableLogStore
    metrics: OwnMetrics
    clock: Clock
    value_limit: int

    def checked(self, event: Any) -> Sized:
        """``event`` if it is an OpenLineage event of now or the past, not too wide; else ``BadRequest``."""
        valid = sized(openlineage.validate(event))
        openlineage.refuse_future(valid.event, self.clock())
        return valid

    def lineage(self, events: Sequence[Sized]) -> None:
        """Store checked OpenLineage events, many wide ones a portion at a time."""
        for portion in in_portions(events):
            self.lineage_store.apply(portion, self.clock())
        self.metrics.accepted("lineage", len(events))

    def spans(self, body: bytes, encoding: Encoding) -> bytes:
        """Store the spans of an OTLP body; returns the body of the answer. Raises ``BadRequest``."""
        decoded = spans.decode(encoding.read(body, ExportTraceServiceRequest), self.value_limit)
        if decoded.batches:
            self.trace_store.add_batches(decoded.batches)
        self._count("spans", decoded.accepted, decoded.rejected)
        answer = ExportTraceServiceResponse()
        if decoded.rejected:
            answer.partial_success.rejected_spans = decoded.rejected
            answer.partial_success.error_message = decoded.fault
        return encoding.write(answer)

    def logs(self, body: bytes, encoding: Encoding) -> bytes:
        """Store the log records of an OTLP body; returns the body of the answer. Raises ``BadRequest``."""
        request = encoding.read(body, ExportLogsServiceRequest)
        decoded = log_records.decode(request, to_nanos(self.clock()), self.value_limit)
        if decoded.records:
            self.log_store.add(decoded.records)
        self._count("logs", len(decoded.records), decoded.rejected)
        answer = ExportLogsServiceResponse()
        if decoded.rejected:
            answer.partial_success.rejected_log_records = decoded.rejected
            answer.partial_success.error_message = decoded.fault
        return encoding.write(answer)

    def _count(self, signal: str, accepted: int, rejected: int) -> None:
        self.metrics.accepted(signal, accepted)
        self.metrics.rejected(signal, rejected)
