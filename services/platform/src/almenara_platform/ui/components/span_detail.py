"""One span in detail: what it says of itself, and what the other signals say of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from nicegui import ui

from almenara_platform.traces.model import Span, SpanEvent, StatusCode
from almenara_platform.ui import format as fmt
from almenara_platform.ui import links
from almenara_platform.ui.components.copying import copyable
from almenara_platform.ui.components.messages import link_button
from almenara_platform.ui.components.panels import note
from almenara_platform.ui.components.span_signals import span_logs, span_run
from almenara_platform.ui.components.text import heading, text


def span_detail(span: Span, run_id: str | None) -> None:
    """A span that belongs to the run with this id, or to none."""
    heading(span.name or "(unnamed)")
    text(f"{span.service} · {span.kind.value.lower()} · {fmt.duration(span.duration_ns / 1e9)}").classes(
        "al-quiet"
    )
    if span.status.code is StatusCode.ERROR:
        with note("error", "fail"):
            text(span.status.message or "The span ended with an error.", "pre")
    copyable("Span id", span.span_id)
    _ways_on(span)
    span_logs(span)
    span_run(run_id)
    _pairs("Attributes", span.attributes)
    for event in span.events:
        _event(event, span)
    for link in span.links:
        copyable("Linked trace", link.trace_id, links.span(link.trace_id, link.span_id))
    _pairs("Resource", span.resource)


def _ways_on(span: Span) -> None:
    with ui.element("div").classes("al-row"):
        link_button("Path from here", links.path(span.trace_id, span.span_id), "route")
        link_button(
            "All such calls", links.operation(service=span.service, operation=span.name), "query_stats"
        )


def _event(event: SpanEvent, span: Span) -> None:
    after = fmt.duration((event.time_ns - span.start_ns) / 1e9)
    _pairs(f"{event.name} after {after}", event.attributes)


def _pairs(title: str, pairs: Mapping[str, Any]) -> None:
    if not pairs:
        return
    text(title, "h3").classes("al-set-title")
    with ui.element("dl").classes("al-pairs"):
        for name, value in pairs.items():
            text(name, "dt")
            with ui.element("dd"):
                text(
                    value if isinstance(value, str) else json.dumps(value, default=str, ensure_ascii=False),
                    "pre",
                )
