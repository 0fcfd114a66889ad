"""What a reader of a critical path has to know: what is not on it, and what was wrong with the trace."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from almenara_platform.counting import counted
from almenara_platform.traces.durations import format_ns
from almenara_platform.traces.model import Span, SpanKind, StatusCode
from almenara_platform.traces.tree import NO_PARENT, SpanTree

NAMED = 3
"""How many spans a note names before it only counts."""


class Wait(NamedTuple):
    """A message that nobody waited for: who sent it, who took it, how long it lay between (never below 0)."""

    sender: int
    consumer: int
    queued_ns: int


def notes(tree: SpanTree, root: int, skew_tolerance_ns: int = 0) -> tuple[str, ...]:
    """Sentences about the path under ``root``, the most important first."""
    below = set(tree.below(root))
    return (
        *tree.trace.notes,
        *_truncated(tree),
        *_queue_before(tree, root),
        *_queue_waits(tree, below),
        *_other_roots(tree, root),
        *_orphans(tree, root),
        *_broken(tree),
        *_lengths(tree, below),
        *_clocks(tree, below, skew_tolerance_ns),
    )


def waits(tree: SpanTree, below: Iterable[int]) -> list[Wait]:
    """Messages from these spans to spans of the same trace, by parenthood or link, the longest wait first."""
    members = set(below)
    found = {child: up for up, children in tree.sent.items() if up in members for child in children}
    for consumer, span in enumerate(tree.spans):
        for link in span.links:
            sender = tree.position.get(link.span_id)
            if sender in members and consumer not in members and link.trace_id == span.trace_id:
                found.setdefault(consumer, sender)
    listed = [Wait(up, child, max(0, tree.start[child] - tree.end[up])) for child, up in found.items()]
    return sorted(listed, key=lambda wait: tree.start[wait.consumer] - tree.end[wait.consumer])


def _truncated(tree: SpanTree) -> Iterator[str]:
    if tree.trace.truncated and not tree.trace.notes:
        yield (
            f"The backend held back part of this trace: {_spans(len(tree.spans), 'is', 'are')} known, "
            "and what is missing counts as its parent's own time."
        )


def _queue_before(tree: SpanTree, root: int) -> Iterator[str]:
    sender = tree.parent[root]
    if sender != NO_PARENT and root in tree.sent.get(sender, ()):
        queued = max(0, tree.start[root] - tree.end[sender])
        yield f"Before this path lies a queue wait of {format_ns(queued)} after {_title(tree.spans[sender])}."


def _queue_waits(tree: SpanTree, below: set[int]) -> Iterator[str]:
    found = waits(tree, below)
    for wait in found[:NAMED]:
        sender, run = tree.spans[wait.sender], tree.spans[wait.consumer]
        took = format_ns(max(0, run.duration_ns))
        failed = ", which failed" if run.status.code is StatusCode.ERROR else ""
        yield (
            "Not on this path, because nobody waited for it: "
            f"{format_ns(wait.queued_ns)} of queue wait after {_title(sender)}, "
            f"then {_run(run)} of {took}{failed}. "
            f"Its own path: root={run.span_id} (--root {run.span_id} on the command line)."
        )
    if len(found) > NAMED:
        yield f"{len(found) - NAMED:,} more messages of this trace are not on this path either."


def _run(span: Span) -> str:
    run_id = span.attributes.get("openlineage.run_id")
    return f"the run {run_id}, {_title(span)}," if run_id else f"{_title(span)}"


def _other_roots(tree: SpanTree, root: int) -> Iterator[str]:
    damaged = {root, *tree.orphans, *tree.cut_cycles}
    found = [i for i in tree.roots if i not in damaged]
    if found and tree.parent[root] == NO_PARENT:
        yield f"The trace has {len(found) + 1:,} roots; not on this path: {_names(tree, found)}."


def _orphans(tree: SpanTree, root: int) -> Iterator[str]:
    if root in tree.orphans:
        span = tree.spans[root]
        yield (
            f"The parent of {_title(span)} is not in the trace ({span.parent_span_id}): "
            "what happened above it is unknown."
        )
    others = [i for i in tree.orphans if i != root]
    if others:
        names = _names(tree, others)
        yield f"{_spans(len(others), 'names', 'name')} a parent that is not in the trace: {names}."


def _broken(tree: SpanTree) -> Iterator[str]:
    if tree.cut_cycles:
        yield (
            f"{len(tree.cut_cycles):,} cycle{'s' * (len(tree.cut_cycles) > 1)} of parents cut above "
            f"{_names(tree, tree.cut_cycles)}."
        )
    if tree.duplicates:
        shared = _spans(tree.duplicates, "has", "have")
        yield f"{shared} the id of another span; the longest of each id is used."


def _lengths(tree: SpanTree, below: set[int]) -> Iterator[str]:
    start, end = tree.start, tree.end
    without = [i for i in below if start[i] == end[i]]
    negative = [i for i in without if tree.spans[i].duration_ns < 0]
    empty = len(without) - len(negative)
    if negative:
        names = _names(tree, negative)
        yield f"{_spans(len(negative), 'ends', 'end')} before starting, taken as empty: {names}."
    if empty:
        yield f"{_spans(empty, 'has', 'have')} no length and cannot be on the path."


def _clocks(tree: SpanTree, below: set[int], tolerance_ns: int) -> Iterator[str]:
    start, end = tree.start, tree.end
    early, late = [], []
    for up, children in tree.awaited.items():
        if up in below:
            early += [(start[up] - start[child], child) for child in children if start[child] < start[up]]
            late += [(end[child] - end[up], child) for child in children if end[child] > end[up]]
    if early:
        worst, span = max(early)
        yield (
            f"Clock skew: {_spans(len(early), 'starts', 'start')} before the parent, "
            f"by up to {format_ns(worst)} ({_title(tree.spans[span])}); "
            "only the time within the parent counts."
        )
    if late:
        worst, span = max(late)
        yield (
            f"{_spans(len(late), 'ends', 'end')} after the parent, by up to {format_ns(worst)} "
            f"({_title(tree.spans[span])}): work that was not waited for, or clock skew; "
            "only the time within the parent counts."
        )
    if early or late or tolerance_ns:
        yield (
            f"Clock skew tolerance: {format_ns(tolerance_ns)}. Spans of two services that overlap by no more "
            "than this count as one after the other."
        )


def _spans(count: int, one: str, many: str) -> str:
    return f"{counted(count, 'span')} {one if count == 1 else many}"


def _names(tree: SpanTree, found: Sequence[int]) -> str:
    named = ", ".join(_title(tree.spans[i]) for i in sorted(found, key=tree.start.__getitem__)[:NAMED])
    return f"{named} and {len(found) - NAMED:,} more" if len(found) > NAMED else named


def _title(span: Span) -> str:
    kind = f"{span.kind.value} " if span.kind is not SpanKind.INTERNAL else ""
    return f"{kind}{span.name} [{span.service} {span.span_id}]"
