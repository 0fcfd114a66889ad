"""Where the time of a trace went, by operation: inclusive, exclusive and on the critical path."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from almenara_platform.traces.critical_path import Section
from almenara_platform.traces.model import Span
from almenara_platform.traces.tree import SpanTree

Numbers = NDArray[np.int64]


class Operation(NamedTuple):
    """What spans of one name in one service have in common."""

    service: str
    name: str


@dataclass(frozen=True, slots=True)
class OperationTime:
    """The time of one operation within one trace, in nanoseconds.

    ``inclusive_ns`` is from start to end, a span within another of the same operation not counted again;
    ``exclusive_ns`` is while no child ran that the span waits for; ``on_path_ns`` is on the critical path.
    Only the last one sums to the duration of the trace.
    """

    service: str
    name: str
    count: int
    inclusive_ns: int
    exclusive_ns: int
    on_path_ns: int


def operation(span: Span) -> Operation:
    """The operation of a span."""
    return Operation(span.service, span.name)


def operation_times(tree: SpanTree, root: int, path: Sequence[Section]) -> tuple[OperationTime, ...]:
    """The operations of ``root`` and all spans below it, the one with the most time on the path first."""
    codes: dict[tuple[str, str], int] = {}
    code = [codes.setdefault((span.service, span.name), len(codes)) for span in tree.spans]
    spans, outermost = _outermost(tree, root, code)
    count, inclusive, exclusive, on_path = np.zeros((4, len(codes)), dtype=np.int64)
    of = np.array(code)[spans]
    np.add.at(count, of, 1)
    np.add.at(inclusive, of[outermost], _lengths(tree)[spans][outermost])
    np.add.at(exclusive, of, exclusive_ns(tree)[spans])
    for span_id, start, end in path:
        on_path[code[tree.position[span_id]]] += end - start
    table = zip(count.tolist(), inclusive.tolist(), exclusive.tolist(), on_path.tolist(), strict=True)
    found = [OperationTime(*key, *row) for key, row in zip(codes, table, strict=True) if row[0]]
    return tuple(sorted(found, key=lambda at: (-at.on_path_ns, -at.exclusive_ns, at.service, at.name)))


def exclusive_ns(tree: SpanTree) -> Numbers:
    """Per span the nanoseconds in which none of the children that it waits for ran."""
    child = np.array([child for children in tree.awaited.values() for child in children], dtype=np.int64)
    if not child.size:
        return _lengths(tree)
    parent = np.array(tree.parent)[child]
    start, end = np.array(tree.start), np.array(tree.end)
    begin, stop = np.maximum(start[child], start[parent]), np.minimum(end[child], end[parent])
    order = np.lexsort((begin, parent))
    parent, begin, stop = parent[order], begin[order], stop[order]
    covered = np.maximum(0, stop - np.maximum(begin, _latest_before(parent, stop)))
    exclusive = end - start
    np.subtract.at(exclusive, parent, covered)
    return exclusive


def _latest_before(group: Numbers, value: Numbers) -> Numbers:
    """Per row the largest value of the earlier rows of its group (rows of a group stand together),
    else the least number there is.

    Ranks stand for the values, so that group and value fit one number.
    """
    size = len(value)
    by_rank = np.argsort(value, kind="stable")
    rank = np.empty(size, dtype=np.int64)
    rank[by_rank] = np.arange(size)
    running = np.maximum.accumulate(group * size + rank)
    least = np.iinfo(np.int64).min
    latest = np.full(size, least)
    latest[1:] = np.where(group[1:] == group[:-1], value[by_rank[running[:-1] % size]], least)
    return latest


def _lengths(tree: SpanTree) -> Numbers:
    return np.array(tree.end) - np.array(tree.start)


def _outermost(tree: SpanTree, root: int, code: list[int]) -> tuple[list[int], NDArray[np.bool_]]:
    """Every span from ``root`` down, and whether no span above it has the same operation.

    A span's complement on the stack marks where everything below it is done.
    """
    awaited, sent = tree.awaited, tree.sent
    open_ones = [0] * len(tree.spans)
    spans, outermost = [], []
    pending = [root]
    while pending:
        span = pending.pop()
        if span < 0:
            open_ones[code[~span]] -= 1
            continue
        spans.append(span)
        outermost.append(not open_ones[code[span]])
        if span in awaited or span in sent:
            open_ones[code[span]] += 1
            pending.append(~span)
            pending += awaited.get(span, ())
            pending += sent.get(span, ())
    return spans, np.array(outermost)
