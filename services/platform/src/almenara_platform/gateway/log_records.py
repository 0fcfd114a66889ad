"""OTLP log records as records of the log store."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord as ProtoRecord

from almenara_platform.gateway.spans import service_name
from almenara_platform.gateway.values import attributes, cut, plain
from almenara_platform.logs.level import RANKS, canonical, from_severity
from almenara_platform.logs.model import LogRecord

_LATEST = 2**63 - 1
_OWN = ("pipeline", "stage", "run_id")


@dataclass(slots=True)
class DecodedLogs:
    """Records, and how many were refused for their own fault with the first such fault."""

    records: list[LogRecord] = field(default_factory=list)
    rejected: int = 0
    fault: str = ""


def decode(request: ExportLogsServiceRequest, now_ns: int, limit: int) -> DecodedLogs:
    """The records of a request; one without a time gets ``now_ns``, texts longer than ``limit`` are cut."""
    decoded = DecodedLogs()
    for service, record in _records(request, limit):
        time_ns = record.time_unix_nano or record.observed_time_unix_nano or now_ns
        if time_ns > _LATEST:
            decoded.rejected += 1
            decoded.fault = decoded.fault or "a time is beyond the year 2262"
        else:
            decoded.records.append(_record(service, record, time_ns, limit))
    return decoded


def _records(request: ExportLogsServiceRequest, limit: int) -> Iterator[tuple[str, ProtoRecord]]:
    for group in request.resource_logs:
        service = service_name(attributes(group.resource.attributes, limit))
        for scope in group.scope_logs:
            for record in scope.log_records:
                yield service, record


def _record(service: str, record: ProtoRecord, time_ns: int, limit: int) -> LogRecord:
    fields = attributes(record.attributes, limit)
    own = {name: _own(fields, name) for name in _OWN}
    return LogRecord(
        time_ns=time_ns,
        level=_level(record),
        message=_message(record, limit),
        service=service,
        trace_id=record.trace_id.hex() if len(record.trace_id) == 16 and any(record.trace_id) else None,
        span_id=record.span_id.hex() if len(record.span_id) == 8 and any(record.span_id) else None,
        fields={name: value for name, value in fields.items() if name not in own},
        **own,
    )


def _own(fields: Mapping[str, Any], name: str) -> str | None:
    value = fields.get(name)
    return value if isinstance(value, str) and value else None


def _level(record: ProtoRecord) -> str:
    named = canonical(record.severity_text)
    return named if named in RANKS else from_severity(record.severity_number)


def _message(record: ProtoRecord, limit: int) -> str:
    body = plain(record.body, limit)
    if isinstance(body, str):
        return body
    return record.event_name if body is None else cut(orjson.dumps(body).decode(), limit)
