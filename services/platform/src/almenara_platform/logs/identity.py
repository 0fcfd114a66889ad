"""What makes two log records the same: a batch that is sent again must not show its lines twice."""

from __future__ import annotations

from hashlib import blake2b

import orjson

from almenara_platform.logs.model import LogRecord


def digest(record: LogRecord) -> int:
    """A signed 64-bit number, the same for the same record."""
    text = (
        record.level,
        record.message,
        record.service,
        record.pipeline,
        record.stage,
        record.run_id,
        record.trace_id,
        record.span_id,
        record.fields,
    )
    return int.from_bytes(blake2b(orjson.dumps(text), digest_size=8).digest(), "big", signed=True)
