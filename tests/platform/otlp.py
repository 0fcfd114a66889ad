"""OTLP requests as exporters send them."""

from __future__ import annotations

from typing import Any

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from tests.platform.spans import NOON_NS, SECOND

PROTOBUF = {"Content-Type": "application/x-protobuf"}


def pair(key: str, value: str | int) -> KeyValue:
    """One attribute."""
    typed = AnyValue(int_value=value) if isinstance(value, int) else AnyValue(string_value=value)
    return KeyValue(key=key, value=typed)


def proto_span(trace: int = 1, number: int = 1, **more: Any) -> Span:
    """A span that is right unless ``more`` says otherwise."""
    right = {
        "trace_id": trace.to_bytes(16),
        "span_id": number.to_bytes(8),
        "name": "work",
        "kind": 1,
        "start_time_unix_nano": NOON_NS,
        "end_time_unix_nano": NOON_NS + SECOND,
    }
    return Span(**(right | more))


def traces(*spans: Span, service: str = "worker-etl") -> ExportTraceServiceRequest:
    """A request with these spans of one service."""
    request = ExportTraceServiceRequest()
    group = request.resource_spans.add()
    group.resource.attributes.append(pair("service.name", service))
    group.scope_spans.add().spans.extend(spans)
    return request


def logs(*records: LogRecord, service: str = "worker-etl") -> ExportLogsServiceRequest:
    """A request with these log records of one service."""
    request = ExportLogsServiceRequest()
    group = request.resource_logs.add()
    group.resource.attributes.append(pair("service.name", service))
    group.scope_logs.add().log_records.extend(records)
    return request


def proto_log(message: str = "stage_started", number: int = 0, **more: Any) -> LogRecord:
    """A log record, so many nanoseconds after noon."""
    right = {
        "time_unix_nano": NOON_NS + number,
        "severity_text": "INFO",
        "body": AnyValue(string_value=message),
    }
    return LogRecord(**(right | more))
