"""One trace explained: its critical path, the times of its operations and what a reader has to know."""

from __future__ import annotations

from dataclasses import dataclass

from almenara_platform.exceptions import NotFound
from almenara_platform.traces.critical_path import Section, sections
from almenara_platform.traces.model import Span, SpanKind, Trace
from almenara_platform.traces.notes import notes
from almenara_platform.traces.operations import OperationTime, operation_times
from almenara_platform.traces.tree import NO_PARENT, SpanTree, span_tree

RUN_ID, JOB_NAME = "openlineage.run_id", "openlineage.job.name"


@dataclass(frozen=True, slots=True)
class Explanation:
    """A trace explained. ``sections`` are in the order of time and partition ``duration_ns`` exactly."""

    trace_id: str
    root_span_id: str
    duration_ns: int
    sections: tuple[Section, ...]
    operations: tuple[OperationTime, ...]
    notes: tuple[str, ...]
    tree: SpanTree
    root: int
    skew_tolerance_ns: int = 0

    @property
    def root_span(self) -> Span:
        """The span where the path starts and ends."""
        return self.tree.spans[self.root]


def run_span(tree: SpanTree, run_id: str) -> Span | None:
    """Where the path of a run starts: its CONSUMER span, else the earliest span named after its pipeline."""
    of_run = [span for span in tree.spans if span.attributes.get(RUN_ID) == run_id]
    named = [span for span in of_run if span.name == span.attributes.get(JOB_NAME)]
    consumers = [span for span in of_run if span.kind is SpanKind.CONSUMER]
    return min(consumers or named, key=lambda span: (span.start_ns, -span.end_ns), default=None)


def run_of(tree: SpanTree, span: Span) -> str | None:
    """The run that a span belongs to: the one it names, else the one that the nearest span above it names."""
    position = tree.position[span.span_id]
    while position != NO_PARENT:
        run_id = tree.spans[position].attributes.get(RUN_ID)
        if isinstance(run_id, str):
            return run_id
        position = tree.parent[position]
    return None


def explain(trace: Trace, root: str | None = None, skew_tolerance_ns: int = 0) -> Explanation:
    """Explain a trace from the span with the id ``root``, by default from the root of the trace.

    Raises ``NotFound`` for a trace without spans or without that span, ``ValueError`` for a tolerance < 0.
    """
    if skew_tolerance_ns < 0:
        raise ValueError("the clock skew tolerance must not be negative")
    if not trace.spans:
        raise NotFound(f"trace {trace.trace_id} has no spans")
    tree = span_tree(trace)
    start = tree.default_root() if root is None else _position(tree, root)
    path = sections(tree, start, skew_tolerance_ns)
    return Explanation(
        trace_id=trace.trace_id,
        root_span_id=tree.spans[start].span_id,
        duration_ns=tree.end[start] - tree.start[start],
        sections=path,
        operations=operation_times(tree, start, path),
        notes=notes(tree, start, skew_tolerance_ns),
        tree=tree,
        root=start,
        skew_tolerance_ns=skew_tolerance_ns,
    )


def _position(tree: SpanTree, span_id: str) -> int:
    try:
        return tree.position[span_id.lower()]
    except KeyError:
        raise NotFound(f"trace {tree.trace.trace_id} has no span {span_id}") from None
