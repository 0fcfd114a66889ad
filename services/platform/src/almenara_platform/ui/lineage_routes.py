"""How the arrows of a lineage picture pass a layer that stands in several columns: between its rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from almenara_platform.ui.lineage_layout import BOX_WIDTH, GUTTER, Block, Edges, Layout, Row

# How far over and under a row the arrows into it and out of it run, and those that pass the whole layer.
OVER, UNDER, AROUND = 13, 7, 20


class Stretch(NamedTuple):
    """A level part of an arrow, in pixels; one that leads to the left ends left of where it begins."""

    start: int
    end: int
    y: int


Where = Mapping[int, tuple[int, Row]]


def routes(placed: Layout, edges: Edges) -> dict[tuple[int, int], list[Stretch]]:
    """The level parts of each arrow in turn; there are none where it can go its way at once."""
    where = {key: (n, row) for n, block in enumerate(placed.blocks) for row in block.rows for key in row.keys}
    return {pair: [*_route(placed, where, *pair)] for pair in edges}


def _route(placed: Layout, where: Where, source: int, target: int) -> Iterator[Stretch]:
    (first, leaving), (last, entering) = where[source], where[target]
    start, end = placed.places[source][0] + BOX_WIDTH, placed.places[target][0]
    out, into = leaving.bottom + UNDER, entering.top - OVER
    from_block, to_block = placed.blocks[first], placed.blocks[last]
    if first == last:
        if from_block.wide:
            yield from _level(start, end, into)
        return
    onward = first < last
    if from_block.wide:
        yield from _level(start, from_block.right + GUTTER if onward else from_block.left, out, onward)
    between = placed.blocks[first + 1 : last] if onward else placed.blocks[first - 1 : last : -1]
    for block in between:
        if block.wide:
            ends = (block.left, block.right) if onward else (block.right, block.left)
            yield Stretch(*ends, _around(block, (out + into) // 2))
    if to_block.wide:
        yield from _level(to_block.left - GUTTER if onward else to_block.right, end, into, onward)


def _level(start: int, end: int, y: int, onward: bool = True) -> Iterator[Stretch]:
    """From one gutter to another; nothing where they are the same, to the left without either."""
    if not onward or end < start:
        yield Stretch(start, end, y)
    elif end - start > GUTTER:
        yield Stretch(start + GUTTER, end - GUTTER, y)


def _around(block: Block, y: int) -> int:
    """Above or below the whole block, whichever is nearer to ``y``."""
    top, bottom = block.rows[0].top, block.rows[-1].bottom
    return top - AROUND if y - top < bottom - y else bottom + AROUND
