"""The spans of a trace that matter to its duration, as the rows of a drawing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from almenara_platform.traces.explain import Explanation
from almenara_platform.traces.model import Span


@dataclass(frozen=True, slots=True)
class Row:
    """A span with its depth below the root, its time on the path and the stretches of the path within it."""

    span: Span
    depth: int
    on_path_ns: int
    stretches: tuple[tuple[int, int], ...]


def path_rows(found: Explanation, limit: int) -> tuple[list[Row], list[Row]]:
    """The spans on the path in the order of the tree: the ``limit`` with most time on it, and the others."""
    rows = list(_on_path(found))
    kept = {id(row) for row in sorted(rows, key=lambda row: -row.on_path_ns)[:limit]}
    return [row for row in rows if id(row) in kept], [row for row in rows if id(row) not in kept]


def _on_path(found: Explanation) -> Iterable[Row]:
    stretches: dict[int, list[tuple[int, int]]] = {}
    for section in found.sections:
        number = found.tree.position[section.span_id]
        stretches.setdefault(number, []).append((section.start_ns, section.end_ns))
    for number, depth in _in_tree_order(found, set(stretches)):
        own = tuple(stretches[number])
        yield Row(found.tree.spans[number], depth, sum(end - start for start, end in own), own)


def _in_tree_order(found: Explanation, wanted: set[int]) -> Iterable[tuple[int, int]]:
    """The wanted spans with their depth among them, parents before children, siblings by start."""
    tree = found.tree
    above = _with_parents(found, wanted)
    pending = [(found.root, 0)]
    while pending:
        number, depth = pending.pop()
        if number in wanted:
            yield number, depth
            depth += 1
        children = sorted(above.intersection(tree.awaited.get(number, ())), key=tree.start.__getitem__)
        pending += [(child, depth) for child in reversed(children)]


def _with_parents(found: Explanation, wanted: set[int]) -> set[int]:
    above = {found.root}
    for number in wanted:
        while number not in above:
            above.add(number)
            number = found.tree.parent[number]
    return above
