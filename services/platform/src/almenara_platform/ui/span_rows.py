"""The spans of a trace in the order in which a reader goes through them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from almenara_platform.traces.model import Span, StatusCode
from almenara_platform.traces.tree import SpanTree
from almenara_platform.ui import format as fmt


@dataclass(frozen=True, slots=True)
class SpanRows:
    """Rows of a waterfall, parents before their children, siblings by start.

    ``order`` holds positions in the tree; ``depth`` and ``below`` (spans underneath) go by row.
    ``first_ns`` and ``length_ns`` are the time shown.
    """

    tree: SpanTree
    order: tuple[int, ...]
    depth: tuple[int, ...]
    below: tuple[int, ...]
    services: tuple[str, ...]
    first_ns: int
    length_ns: int

    @classmethod
    def of(cls, tree: SpanTree) -> SpanRows:
        """The rows of a tree, without recursion."""
        order, depth = _preorder(tree)
        first = min(tree.start)
        return cls(
            tree=tree,
            order=tuple(order),
            depth=tuple(depth),
            below=tuple(_below(depth)),
            services=tuple(dict.fromkeys(tree.spans[i].service for i in order)),
            first_ns=first,
            length_ns=max(tree.end) - first,
        )

    def span(self, row: int) -> Span:
        """The span of a row."""
        return self.tree.spans[self.order[row]]

    def row_of(self, span_id: str) -> int | None:
        """The row of a span, or None."""
        position = self.tree.position.get(span_id)
        return None if position is None else self.order.index(position)

    def plain(self) -> list[list[Any]]:
        """The rows as ``span_waterfall.js`` takes them."""
        place = {service: i for i, service in enumerate(self.services)}
        return [self._plain(row, place) for row in range(len(self.order))]

    def _plain(self, row: int, place: dict[str, int]) -> list[Any]:
        position = self.order[row]
        span = self.tree.spans[position]
        start, end = self.tree.start[position], self.tree.end[position]
        return [
            self.depth[row],
            self.below[row],
            span.name,
            place[span.service],
            span.kind.value,
            self._share(start - self.first_ns),
            self._share(end - start),
            fmt.duration((end - start) / 1e9),
            int(span.status.code is StatusCode.ERROR),
        ]

    def marks(self, sections: Sequence[tuple[str, int, int]]) -> list[list[float]]:
        """Stretches (span id, start and end in Unix nanoseconds) by row, as shares of the time in percent."""
        rows = {self.tree.spans[position].span_id: row for row, position in enumerate(self.order)}
        return [
            [rows[span_id], self._share(start - self.first_ns), self._share(end - start)]
            for span_id, start, end in sections
            if span_id in rows
        ]

    def _share(self, nanoseconds: int) -> float:
        return round(100 * nanoseconds / self.length_ns, 4) if self.length_ns else 0.0


def _preorder(tree: SpanTree) -> tuple[list[int], list[int]]:
    order: list[int] = []
    depth: list[int] = []
    pending = [(root, 0) for root in _last_first(tree, tree.roots)]
    while pending:
        position, level = pending.pop()
        order.append(position)
        depth.append(level)
        pending.extend((child, level + 1) for child in _last_first(tree, _children(tree, position)))
    return order, depth


def _children(tree: SpanTree, position: int) -> list[int]:
    return [*tree.awaited.get(position, ()), *tree.sent.get(position, ())]


def _last_first(tree: SpanTree, positions: Sequence[int]) -> list[int]:
    return sorted(positions, key=lambda i: (tree.start[i], -tree.end[i]), reverse=True)


def _below(depth: Sequence[int]) -> list[int]:
    """How many of the following rows lie deeper, until one that does not."""
    below = [0] * len(depth)
    open_rows: list[int] = []
    for row, level in enumerate(depth):
        while open_rows and depth[open_rows[-1]] >= level:
            closed = open_rows.pop()
            below[closed] = row - closed - 1
        open_rows.append(row)
    for closed in open_rows:
        below[closed] = len(depth) - closed - 1
    return below
