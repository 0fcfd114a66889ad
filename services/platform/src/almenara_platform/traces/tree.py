"""The spans of one trace as a tree of numbers, whatever state they came in."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TypeAlias

from almenara_platform.traces.model import Span, SpanKind, Trace

NO_PARENT = -1

Children: TypeAlias = dict[int, list[int]]


@dataclass(frozen=True, slots=True)
class SpanTree:
    """Spans by position, with their tree.

    ``start`` and ``end`` are Unix nanoseconds with ``end >= start``: a span that ends before it starts is
    taken as having no length. ``parent`` is ``NO_PARENT`` for a root; following it always ends at a root.
    ``awaited`` lists, for every span that has some, the children it waits for, ``sent`` those it does not:
    the consumers of its messages. The other fields say what was wrong with the trace: ``duplicates`` counts
    spans left out because their id had been seen, ``orphans`` are roots whose parent is missing,
    ``cut_cycles`` are roots made by cutting a cycle of parents.
    """

    trace: Trace
    spans: tuple[Span, ...]
    start: list[int]
    end: list[int]
    parent: list[int]
    awaited: Children
    sent: Children
    position: dict[str, int]
    duplicates: int = 0
    orphans: tuple[int, ...] = ()
    cut_cycles: tuple[int, ...] = ()
    roots: tuple[int, ...] = field(default=())

    def default_root(self) -> int:
        """The earliest span without a parent, else the earliest orphan; the longest of those that tie."""
        unwanted = {*self.orphans, *self.cut_cycles}
        return min(self.roots, key=lambda root: (root in unwanted, *_seniority(self.spans[root])))

    def below(self, root: int) -> list[int]:
        """``root`` and every span below it, messages included, parents before their children."""
        found = [root]
        for span in found:
            found += self.awaited.get(span, ())
            found += self.sent.get(span, ())
        return found


def span_tree(trace: Trace) -> SpanTree:
    """The tree of a trace in O(n), without recursion. Raises ``ValueError`` for a trace without spans."""
    if not trace.spans:
        raise ValueError(f"trace {trace.trace_id} has no spans")
    spans = _longest_by_id(trace.spans)
    position = {span.span_id: i for i, span in enumerate(spans)}
    parent = [position.get(span.parent_span_id or "", NO_PARENT) for span in spans]
    cut = dict.fromkeys(_cut_cycles(parent, spans))
    awaited, sent = _children(parent, spans)
    roots = tuple(i for i, up in enumerate(parent) if up == NO_PARENT)
    return SpanTree(
        trace=trace,
        spans=spans,
        start=[span.start_ns for span in spans],
        end=[span.end_ns if span.end_ns > span.start_ns else span.start_ns for span in spans],
        parent=parent,
        awaited=awaited,
        sent=sent,
        position=position,
        duplicates=len(trace.spans) - len(spans),
        orphans=tuple(i for i in roots if spans[i].parent_span_id and i not in cut),
        cut_cycles=tuple(cut),
        roots=roots,
    )


def _longest_by_id(spans: tuple[Span, ...]) -> tuple[Span, ...]:
    """One span per id, the longest: of a client and a server that share one, it is the one who waits."""
    by_id: dict[str, Span] = {}
    for span in spans:
        known = by_id.setdefault(span.span_id, span)
        if known is not span and span.duration_ns > known.duration_ns:
            by_id[span.span_id] = span
    return spans if len(by_id) == len(spans) else tuple(by_id.values())


def _seniority(span: Span) -> tuple[int, int, str]:
    return span.start_ns, -span.end_ns, span.span_id


def _children(parent: list[int], spans: tuple[Span, ...]) -> tuple[Children, Children]:
    awaited: defaultdict[int, list[int]] = defaultdict(list)
    sent: defaultdict[int, list[int]] = defaultdict(list)
    for child, up in enumerate(parent):
        if up == NO_PARENT:
            continue
        if spans[child].kind is SpanKind.CONSUMER and _is_message(spans[up], spans[child]):
            sent[up].append(child)
        else:
            awaited[up].append(child)
    return dict(awaited), dict(sent)


def _is_message(sender: Span, consumer: Span) -> bool:
    """Whether a message lies between the two. Some emitters make no PRODUCER span; then it is the one whose
    context another service received."""
    return sender.kind is SpanKind.PRODUCER or sender.service != consumer.service


def _cut_cycles(parent: list[int], spans: tuple[Span, ...]) -> list[int]:
    """Make the earliest span of every cycle of parents a root, in place; returns those spans."""
    cut = [min(ring, key=lambda span: _seniority(spans[span])) for ring in _rings(parent)]
    for first in cut:
        parent[first] = NO_PARENT
    return cut


def _rings(parent: list[int]) -> list[list[int]]:
    """The cycles of parents: walk up from every span until a span that was seen before; on one's own way it
    closes a ring."""
    walk_of = [0] * len(parent)
    rings = []
    for walk, span in enumerate(range(len(parent)), start=1):
        while span != NO_PARENT and not walk_of[span]:
            walk_of[span] = walk
            span = parent[span]
        if span != NO_PARENT and walk_of[span] == walk:
            rings.append(_ring(parent, span))
    return rings


def _ring(parent: list[int], first: int) -> list[int]:
    ring, span = [first], parent[first]
    while span != first:
        ring.append(span)
        span = parent[span]
    return ring
