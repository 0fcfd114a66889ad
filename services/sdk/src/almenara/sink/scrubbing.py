"""Spans without what protobuf refuses: lone surrogates, which file names and broken input may have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from opentelemetry.sdk.trace import Event, ReadableSpan
from opentelemetry.trace import Status


def text(value: str) -> str:
    """The text with a question mark for each lone surrogate."""
    return value if value.isascii() else value.encode(errors="replace").decode()


def scrubbed(span: ReadableSpan) -> ReadableSpan:
    """A copy of the span whose name, attributes, events and status hold sound text only."""
    description = span.status.description
    return ReadableSpan(
        name=text(span.name),
        context=span.get_span_context(),
        parent=span.parent,
        resource=span.resource,
        attributes=_sound(span.attributes),
        events=[Event(text(event.name), _sound(event.attributes), event.timestamp) for event in span.events],
        links=span.links,
        kind=span.kind,
        status=Status(span.status.status_code, text(description) if description else None),
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )


def _sound(attributes: Mapping[str, Any] | None) -> dict[str, Any]:
    return {text(key): _sound_value(value) for key, value in (attributes or {}).items()}


def _sound_value(value: Any) -> Any:
    if isinstance(value, str):
        return text(value)
    return [_sound_value(item) for item in value] if isinstance(value, list | tuple) else value
