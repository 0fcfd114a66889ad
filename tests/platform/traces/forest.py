"""Traces for tests, written as short tables or drawn by hypothesis."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from hypothesis import strategies as st

from almenara_platform.traces.model import Span, SpanKind, Trace

TRACE = "0af7651916cd43dd8448eb211c80319c"


def span(name: str, parent: str | None, start: int, end: int, **fields: Any) -> Span:
    """A span whose id is its name in hexadecimal and whose times are small numbers."""
    return Span(
        trace_id=TRACE,
        span_id=span_id(name),
        parent_span_id=span_id(parent) if parent else None,
        name=fields.pop("operation", name),
        service=fields.pop("service", "shop"),
        kind=fields.pop("kind", SpanKind.INTERNAL),
        start_ns=start,
        end_ns=end,
        **fields,
    )


def span_id(name: str) -> str:
    """The id that ``span`` gives to a name."""
    return name.encode().hex().zfill(16)[:16]


def trace(*spans: Span) -> Trace:
    """A trace of these spans."""
    return Trace(TRACE, spans)


def named(sections: Iterable[tuple[str, int, int]]) -> list[tuple[str, int, int]]:
    """Sections with the name that ``span`` was given instead of its id."""
    return [(bytes.fromhex(at).lstrip(b"\0").decode(), start, end) for at, start, end in sections]


@st.composite
def traces(draw: st.DrawFn, max_spans: int = 25, wild: bool = True) -> Trace:
    """Traces of any shape: with ``wild``, also negative spans and spans outside of their parents."""
    spans = [span("root", None, 0, draw(st.integers(0, 60)))]
    for number in range(draw(st.integers(0, max_spans - 1))):
        parent = draw(st.sampled_from(spans))
        low, high = (-10, 70) if wild else (parent.start_ns, max(parent.start_ns, parent.end_ns))
        times = [draw(st.integers(low, high)), draw(st.integers(low, high))]
        start, end = times if wild else sorted(times)
        spans.append(
            span(
                f"s{number}",
                bytes.fromhex(parent.span_id).lstrip(b"\0").decode(),
                start,
                end,
                service=draw(st.sampled_from(["shop", "stock"])),
                kind=draw(st.sampled_from(list(SpanKind))),
                operation=draw(st.sampled_from(["a", "b", "c"])),
            )
        )
    return trace(*draw(st.permutations(spans)))
