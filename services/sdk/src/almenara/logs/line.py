"""A log entry as one line of text."""

from __future__ import annotations

import json
from typing import Any

import orjson

from almenara.clock import iso
from almenara.sink.port import LogEntry


def json_line(entry: LogEntry) -> str:
    """One JSON object and a newline; a field that JSON cannot hold is written as its text."""
    document = {
        "timestamp": iso(entry.time_ns),
        "level": entry.level,
        "message": entry.message,
        "service": entry.service or None,
        "pipeline": entry.pipeline or None,
        "stage": entry.stage or None,
        "run_id": entry.run_id or None,
        "trace_id": entry.trace_id or None,
        "span_id": entry.span_id or None,
        **entry.fields,
    }
    try:
        return orjson.dumps(document, default=str, option=orjson.OPT_APPEND_NEWLINE).decode()
    except TypeError:
        # orjson refuses integers over 64 bits, json does not
        return json.dumps(document, default=str, skipkeys=True) + "\n"


def console_line(entry: LogEntry) -> str:
    """A line for eyes: time, level, where, message, fields."""
    where = "/".join(part for part in (entry.pipeline, entry.stage) if part)
    fields = " ".join(f"{key}={_short(value)}" for key, value in entry.fields.items() if key != "stack")
    stack = entry.fields.get("stack")
    line = f"{iso(entry.time_ns)} {entry.level:<8} {where:<24} {entry.message} {fields}".rstrip() + "\n"
    return f"{line}{str(stack).rstrip()}\n" if stack else line


def _short(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)
