"""Secrets among the attributes of a span."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from opentelemetry.sdk.trace import Event, ReadableSpan

from almenara.masking import MASKED, Masking


def masked(span: ReadableSpan, masking: Masking) -> ReadableSpan:
    """``span`` itself when it holds no secret, else a copy without them."""
    if not _has_secret(span, masking):
        return span
    return ReadableSpan(
        name=span.name,
        context=span.get_span_context(),
        parent=span.parent,
        resource=span.resource,
        attributes=_without(span.attributes or {}, masking),
        events=[
            Event(event.name, _without(event.attributes or {}, masking), event.timestamp)
            for event in span.events
        ],
        links=span.links,
        kind=span.kind,
        status=span.status,
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )


def _has_secret(span: ReadableSpan, masking: Masking) -> bool:
    is_secret = masking.is_secret
    for key in span.attributes or ():
        if is_secret(key):
            return True
    return any(is_secret(key) for event in span.events for key in event.attributes or ())


def _without(attributes: Mapping[str, Any], masking: Masking) -> dict[str, Any]:
    return {key: MASKED if masking.is_secret(key) else value for key, value in attributes.items()}
