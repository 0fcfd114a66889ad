"""Which trace a request belongs to."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from opentelemetry import trace
from opentelemetry.context import Context

from almenara.traces.propagation import context_from

HEX_32 = re.compile(r"[0-9a-fA-F]{32}")
UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
PROPAGATED = ("traceparent", "tracestate", "baggage")
# at most one of these may come; several are ambiguous, and then none counts
SINGLE = ("traceparent", "x-trace-id")


@dataclass(frozen=True, slots=True)
class Correlation:
    """The context that a request continues, and the trace id it asks for when it continues none (else 0)."""

    context: Context
    trace_id: int


def correlate(headers: Iterable[tuple[bytes, bytes]]) -> Correlation:
    """`traceparent` wins; else a valid `X-Trace-Id` (32 hex digits or a UUID); else neither."""
    values = _values(headers)
    context = context_from({name: values[name] for name in PROPAGATED if name in values})
    if trace.get_current_span(context).get_span_context().is_valid:
        return Correlation(context, 0)
    return Correlation(context, requested_id(values.get("x-trace-id", "")))


def requested_id(value: str) -> int:
    """The trace id in an `X-Trace-Id` header, 0 when it is malformed."""
    value = value.strip()
    if HEX_32.fullmatch(value) or UUID.fullmatch(value):
        return int(value.replace("-", ""), 16)
    return 0


def _values(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    found: dict[str, list[str]] = {}
    for raw_name, raw_value in headers:
        name = raw_name.decode("latin-1").lower()
        if name in PROPAGATED or name in SINGLE:
            found.setdefault(name, []).append(raw_value.decode("latin-1"))
    ambiguous = {name for name in SINGLE if len(found.get(name, ())) > 1}
    return {name: ",".join(values) for name, values in found.items() if name not in ambiguous}
