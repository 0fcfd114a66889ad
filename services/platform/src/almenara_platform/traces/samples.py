"""What the traces of one operation or pipeline have to say: one sample per call or run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from almenara_platform.page import every
from almenara_platform.traces.critical_path import sections
from almenara_platform.traces.matching import matches, within
from almenara_platform.traces.model import StatusCode, Trace
from almenara_platform.traces.operations import Operation, operation
from almenara_platform.traces.port import TraceQuery, TraceStore
from almenara_platform.traces.tree import SpanTree, span_tree

PAGE = 50


@dataclass(frozen=True, slots=True)
class Sample:
    """One span and where its time went: the operations on its critical path, summing to ``duration_ns``."""

    trace_id: str
    span_id: str
    start_ns: int
    duration_ns: int
    failed: bool
    on_path: Mapping[Operation, int]


@dataclass(frozen=True, slots=True)
class Samples:
    """The samples of the newest ``traces`` traces that match; ``more`` when older ones were not looked at."""

    samples: tuple[Sample, ...]
    traces: int
    more: bool
    truncated: int = 0


def collect(store: TraceStore, query: TraceQuery, max_traces: int = 200) -> Samples:
    """Samples of the spans that meet ``query``, from the newest traces; one trace at a time is in memory.

    A matching span below another one is part of that one's sample and none of its own.
    """
    found: list[Sample] = []
    traces = truncated = 0
    for trace_id in _ids(store, query):
        if traces == max_traces:
            return Samples(tuple(found), traces, True, truncated)
        trace = store.trace(trace_id)
        if trace is not None and (own := list(samples_of(trace, query))):
            found += own
            traces += 1
            truncated += trace.truncated
    return Samples(tuple(found), traces, False, truncated)


def collected(traces: Iterable[Trace], query: TraceQuery) -> Samples:
    """Samples out of traces that are at hand."""
    listed = [trace for trace in traces if trace.spans and within(trace.spans, query)]
    own = [list(samples_of(trace, query)) for trace in listed]
    truncated = sum(trace.truncated for trace in listed)
    return Samples(tuple(sample for one in own for sample in one), sum(map(bool, own)), False, truncated)


def samples_of(trace: Trace, query: TraceQuery) -> Iterator[Sample]:
    """One sample per outermost span of the trace that meets the query."""
    if not trace.spans:
        return
    tree = span_tree(trace)
    for root in _outermost(tree, query):
        span = tree.spans[root]
        yield Sample(
            trace_id=trace.trace_id,
            span_id=span.span_id,
            start_ns=tree.start[root],
            duration_ns=tree.end[root] - tree.start[root],
            failed=span.status.code is StatusCode.ERROR,
            on_path=_on_path(tree, root),
        )


def _ids(store: TraceStore, query: TraceQuery) -> Iterator[str]:
    listed = every(lambda cursor: store.find(replace(query, limit=PAGE, cursor=cursor)))
    return (summary.trace_id for summary in listed)


def _outermost(tree: SpanTree, query: TraceQuery) -> Iterator[int]:
    """Matching spans with no matching span above them."""
    pending = list(tree.roots)
    while pending:
        span = pending.pop()
        if matches(tree.spans[span], query):
            yield span
        else:
            pending += tree.awaited.get(span, ())
            pending += tree.sent.get(span, ())


def _on_path(tree: SpanTree, root: int) -> dict[Operation, int]:
    found: dict[Operation, int] = {}
    for section in sections(tree, root):
        at = operation(tree.spans[tree.position[section.span_id]])
        found[at] = found.get(at, 0) + section.duration_ns
    return found
