"""Spans and log entries as OTLP messages (opentelemetry-proto, collector service requests)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from google.protobuf.message import DecodeError, Message  # type: ignore[import-untyped]
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import (
    ExportLogsServiceRequest,
    ExportLogsServiceResponse,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, KeyValue, KeyValueList
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord, ResourceLogs, ScopeLogs, SeverityNumber
from opentelemetry.proto.resource.v1.resource_pb2 import Resource as ResourceMessage
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan

from almenara.sink.port import LogEntry
from almenara.sink.scrubbing import scrubbed, text

# https://opentelemetry.io/docs/specs/otel/logs/data-model/#field-severitynumber
SEVERITY = {
    "TRACE": SeverityNumber.SEVERITY_NUMBER_TRACE,
    "DEBUG": SeverityNumber.SEVERITY_NUMBER_DEBUG,
    "INFO": SeverityNumber.SEVERITY_NUMBER_INFO,
    "SUCCESS": SeverityNumber.SEVERITY_NUMBER_INFO2,
    "WARNING": SeverityNumber.SEVERITY_NUMBER_WARN,
    "ERROR": SeverityNumber.SEVERITY_NUMBER_ERROR,
    "CRITICAL": SeverityNumber.SEVERITY_NUMBER_FATAL,
}
LARGEST_INT = 2**63 - 1
DEEPEST = 8

Encoded = tuple[list[tuple[bytes, int]], int]
ItemT = TypeVar("ItemT")


def encode_span_batch(spans: Sequence[ReadableSpan]) -> Encoded:
    """One ExportTraceServiceRequest with its number of spans, and how many could not be encoded."""
    return _encode_or_split(spans, _span_message)


def _span_message(spans: Sequence[ReadableSpan]) -> bytes:
    try:
        return bytes(encode_spans(spans).SerializeToString())
    except ValueError:
        return bytes(encode_spans([scrubbed(span) for span in spans]).SerializeToString())


class LogEncoder:
    """Log entries of one resource."""

    def __init__(self, resource: Resource) -> None:
        self._resource = ResourceMessage(attributes=_pairs(resource.attributes))

    def __call__(self, entries: Sequence[LogEntry]) -> Encoded:
        """One ExportLogsServiceRequest with its number of records, and how many could not be encoded."""
        return _encode_or_split(entries, self._message)

    def _message(self, entries: Sequence[LogEntry]) -> bytes:
        scope = ScopeLogs(log_records=[_log_record(entry) for entry in entries])
        logs = ResourceLogs(resource=self._resource, scope_logs=[scope])
        return bytes(ExportLogsServiceRequest(resource_logs=[logs]).SerializeToString())


def refused_spans(media_type: str, body: bytes) -> int:
    """Spans that the server did not take. Raises ValueError when the answer is not OTLP's."""
    return _refused(ExportTraceServiceResponse(), media_type, body, "rejected_spans")


def refused_logs(media_type: str, body: bytes) -> int:
    """Log records that the server did not take. Raises ValueError when the answer is not OTLP's."""
    return _refused(ExportLogsServiceResponse(), media_type, body, "rejected_log_records")


def _refused(response: Message, media_type: str, body: bytes, field: str) -> int:
    if not body:
        return 0
    if media_type not in ("application/x-protobuf", "application/protobuf"):
        raise ValueError(f"{media_type or 'no content type'} in place of application/x-protobuf")
    try:
        response.ParseFromString(body)
    except DecodeError as error:
        raise ValueError("a body that is no protobuf message") from error
    return int(getattr(response.partial_success, field))


def _encode_or_split(items: Sequence[ItemT], encode: Callable[[Sequence[ItemT]], bytes]) -> Encoded:
    """One bad item must not take the others with it."""
    try:
        return [(encode(items), len(items))], 0
    except Exception:  # noqa: BLE001 - whatever a user's attribute does while it is encoded
        if len(items) == 1:
            return [], 1
    encoded = [_encode_or_split([item], encode) for item in items]
    return [payload for payloads, _ in encoded for payload in payloads], sum(failed for _, failed in encoded)


def _log_record(entry: LogEntry) -> LogRecord:
    ids = {"run_id": entry.run_id, "pipeline": entry.pipeline, "stage": entry.stage}
    return LogRecord(
        time_unix_nano=entry.time_ns,
        observed_time_unix_nano=entry.time_ns,
        severity_number=SEVERITY.get(entry.level, SeverityNumber.SEVERITY_NUMBER_UNSPECIFIED),
        severity_text=entry.level,
        body=AnyValue(string_value=text(entry.message)),
        attributes=_pairs({**{key: value for key, value in ids.items() if value}, **entry.fields}),
        trace_id=bytes.fromhex(entry.trace_id),
        span_id=bytes.fromhex(entry.span_id),
        flags=1 if entry.trace_id else 0,
    )


def _pairs(values: Mapping[Any, Any], depth: int = 0) -> list[KeyValue]:
    return [KeyValue(key=text(str(key)), value=_any_value(value, depth)) for key, value in values.items()]


def _any_value(value: Any, depth: int = 0) -> AnyValue:
    if isinstance(value, str):
        return AnyValue(string_value=text(value))
    if isinstance(value, bool):
        return AnyValue(bool_value=value)
    if isinstance(value, int) and -LARGEST_INT <= value <= LARGEST_INT:
        return AnyValue(int_value=value)
    if isinstance(value, float):
        return AnyValue(double_value=value)
    if isinstance(value, bytes):
        return AnyValue(bytes_value=value)
    if value is None:
        return AnyValue()
    return _nested(value, depth + 1)


def _nested(value: Any, depth: int) -> AnyValue:
    if depth <= DEEPEST and isinstance(value, Mapping):
        return AnyValue(kvlist_value=KeyValueList(values=_pairs(value, depth)))
    if depth <= DEEPEST and isinstance(value, list | tuple | set | frozenset):
        return AnyValue(array_value=ArrayValue(values=[_any_value(item, depth) for item in value]))
    return AnyValue(string_value=text(str(value)))
