"""The critical path of large traces, against a plain port of the usual recursive way."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench.measuring import Comparison, medians

from almenara_platform.traces.critical_path import sections
from almenara_platform.traces.explain import explain
from almenara_platform.traces.model import Span, SpanKind, Trace
from almenara_platform.traces.sqlite import SqliteTraceStore
from almenara_platform.traces.tree import span_tree

TRACE_ID = "0af7651916cd43dd8448eb211c80319c"
SPANS = 100_000
AIM_SECONDS = 0.5
Stretch = tuple[str, int, int]


def compare() -> Iterator[Comparison]:
    """Seconds from spans to sections; the wide trace is small because the usual way is quadratic in it."""
    for what, trace in (
        (f"calls within calls, {SPANS:,} spans", calls(SPANS, 10)),
        ("one loop of 2,000 calls", calls(2_000, 2_000)),
    ):
        assert [tuple(section) for section in ours(trace)] == usual(trace)
        mine, other = medians(lambda trace=trace: ours(trace), lambda trace=trace: usual(trace), rounds=3)
        aim = f"below {AIM_SECONDS} s" if len(trace.spans) >= SPANS else ""
        met = mine < AIM_SECONDS if aim else None
        yield Comparison(f"critical path, {what}", mine, other, "s", "the usual recursive way", aim, met)
    for what, trace in (
        (f"{SPANS:,} spans deep", chain(SPANS)),
        (f"{SPANS:,} spans wide", calls(SPANS, SPANS)),
    ):
        mine, whole = medians(lambda trace=trace: ours(trace), lambda trace=trace: explain(trace), rounds=3)
        aim, met = f"below {AIM_SECONDS} s", mine < AIM_SECONDS
        peer = "with operations and notes"
        yield Comparison(f"critical path, {what} (the usual way cannot)", mine, whole, "s", peer, aim, met)
    yield stored()


def stored() -> Comparison:
    """Seconds to explain a trace out of the store, from its outline and from all that is kept of it."""
    columns = ", ".join(f"column_{number}" for number in range(30))
    told = {
        "db.system.name": "postgresql",
        "db.query.text": f"SELECT {columns} FROM sales WHERE day = $1",
        "openlineage.run_id": "0190b7a2-1111-7000-8000-000000000001",
        **{f"http.request.header.x{number}": f"value {number}" for number in range(10)},
    }
    spans = [replace(span, attributes=told) for span in calls(SPANS, 10).spans]
    with TemporaryDirectory() as folder, closing(SqliteTraceStore(Path(folder) / "traces.db")) as store:
        store.add(spans)
        mine, whole = medians(
            lambda: explain(store.outline(TRACE_ID)), lambda: explain(store.trace(TRACE_ID)), rounds=3
        )
    return Comparison(f"explained, {SPANS:,} stored spans", mine, whole, "s", "with all attributes")


def ours(trace: Trace) -> tuple[Stretch, ...]:
    """Spans in, sections out."""
    tree = span_tree(trace)
    return sections(tree, tree.default_root())


def calls(count: int, fan_out: int) -> Trace:
    """Spans that make ``fan_out`` calls each, one after the other with gaps, until there are enough."""
    spans = [_span(1, 0, 0, 10**15)]
    for number in range(2, count + 1):
        parent = spans[(number - 2) // fan_out]
        share = (parent.end_ns - parent.start_ns) // fan_out
        start = parent.start_ns + (number - 2) % fan_out * share
        spans.append(_span(number, (number - 2) // fan_out + 1, start, start + share - share // 10))
    return Trace(TRACE_ID, tuple(spans))


def chain(count: int) -> Trace:
    """Every span within the one before."""
    return Trace(TRACE_ID, tuple(_span(n, n - 1, n, 2 * count + 2 - n) for n in range(1, count + 1)))


def usual(trace: Trace) -> list[Stretch]:
    """Find the child that finished last, walk into it, then find the one before it, and so on."""
    children: dict[str | None, list[Span]] = defaultdict(list)
    for span in trace.spans:
        children[span.parent_span_id].append(span)

    def walk(span: Span, start: int, end: int) -> list[Stretch]:
        found: list[Stretch] = []
        cursor = end
        while True:
            clipped = [
                (min(one.end_ns, end), max(one.start_ns, start), one) for one in children[span.span_id]
            ]
            finished = [one for one in clipped if one[1] < one[0] <= cursor]
            if not finished:
                return found if cursor == start else [*found, (span.span_id, start, cursor)]
            stop, begin, child = max(finished, key=lambda one: one[0])
            if stop < cursor:
                found = [*found, (span.span_id, stop, cursor)]
            found = [*found, *walk(child, begin, stop)]
            cursor = begin

    (root,) = children[None]
    return walk(root, root.start_ns, root.end_ns)[::-1]


def _span(number: int, parent: int, start: int, end: int) -> Span:
    return Span(
        trace_id=TRACE_ID,
        span_id=f"{number:016x}",
        parent_span_id=f"{parent:016x}" if parent else None,
        name=f"operation {number % 40}",
        service=f"service {number % 5}",
        kind=SpanKind.INTERNAL,
        start_ns=start,
        end_ns=end,
    )
