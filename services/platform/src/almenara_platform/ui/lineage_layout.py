"""Where the boxes of a lineage picture stand: layers from left to right, with few crossings."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, sqrt

BOX_WIDTH = 244
LAYER_GAP, BOX_GAP, MARGIN = 84, 18, 24
# A layer of more boxes stands in several columns, with room for arrows between its rows and columns.
MOST_IN_COLUMN = 20
ROW_GAP, GUTTER = 26, 40
# Width to height of such a layer, near that of the pane it is looked at in.
_SHAPE = 1.6
_SWEEPS = 6

Edges = Collection[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Row:
    """Boxes beside each other, which have one upper edge, and the lower edge of the tallest."""

    keys: Sequence[int]
    top: int
    bottom: int


@dataclass(frozen=True, slots=True)
class Block:
    """A layer: its rows from top to bottom, and how far it reaches to both sides."""

    rows: Sequence[Row]
    left: int
    right: int

    @property
    def wide(self) -> bool:
        """Whether it stands in several columns."""
        return len(self.rows[0].keys) > 1


@dataclass(frozen=True, slots=True)
class Layout:
    """The left upper corner of each box, the layers from left to right, and the picture's size, in pixels."""

    places: Mapping[int, tuple[int, int]]
    blocks: Sequence[Block]
    width: int
    height: int


def layout(layers: Mapping[int, int], edges: Edges, heights: Mapping[int, int]) -> Layout:
    """Each layer is centred, and ordered so that neighbours of different layers stand beside each other.

    A layer of more than ``MOST_IN_COLUMN`` boxes becomes a block of rows, each filled from the left.
    """
    columns = _ordered(layers, edges)
    blocks, left = [], MARGIN
    for layer in sorted(columns):
        rows = [*_rows(columns[layer], heights)]
        right = left + len(rows[0].keys) * (BOX_WIDTH + GUTTER) - GUTTER
        blocks.append(Block(rows, left, right))
        left = right + LAYER_GAP
    height = max((block.rows[-1].bottom for block in blocks), default=0)
    blocks = [_lowered(block, MARGIN + (height - block.rows[-1].bottom) // 2) for block in blocks]
    places = {
        key: (block.left + place * (BOX_WIDTH + GUTTER), row.top)
        for block in blocks
        for row in block.rows
        for place, key in enumerate(row.keys)
    }
    return Layout(places, blocks, left - LAYER_GAP + MARGIN if blocks else 0, height + 2 * MARGIN)


def _rows(keys: Sequence[int], heights: Mapping[int, int]) -> Iterator[Row]:
    """The rows of a layer, the first beginning at 0."""
    across, gap = 1, BOX_GAP
    if len(keys) > MOST_IN_COLUMN:
        tall = sum(heights[key] + ROW_GAP for key in keys)
        across, gap = max(2, round(sqrt(_SHAPE * tall / (BOX_WIDTH + GUTTER)))), ROW_GAP
        across = ceil(len(keys) / ceil(len(keys) / across))
    top = 0
    for start in range(0, len(keys), across):
        row = keys[start : start + across]
        bottom = top + max(heights[key] for key in row)
        yield Row(row, top, bottom)
        top = bottom + gap


def _lowered(block: Block, by: int) -> Block:
    rows = [Row(row.keys, row.top + by, row.bottom + by) for row in block.rows]
    return Block(rows, block.left, block.right)


def _ordered(layers: Mapping[int, int], edges: Edges) -> dict[int, list[int]]:
    """The boxes of each layer from top to bottom (Sugiyama et al. 1981: barycentres, swept both ways)."""
    columns: dict[int, list[int]] = defaultdict(list)
    for key, layer in layers.items():
        columns[layer].append(key)
    beside = _beside(edges)
    rank = {key: place for keys in columns.values() for place, key in enumerate(keys)}
    for sweep in range(_SWEEPS):
        for layer in sorted(columns, reverse=bool(sweep % 2)):
            before = layer + (1 if sweep % 2 else -1)
            columns[layer] = _sorted(columns[layer], columns.get(before, ()), beside, rank)
            rank.update({key: place for place, key in enumerate(columns[layer])})
    return columns


def _beside(edges: Edges) -> dict[int, set[int]]:
    beside: dict[int, set[int]] = defaultdict(set)
    for source, target in edges:
        beside[source].add(target)
        beside[target].add(source)
    return beside


def _sorted(
    keys: list[int], before: Sequence[int], beside: Mapping[int, set[int]], rank: Mapping[int, int]
) -> list[int]:
    """By the mean place of the neighbours in the layer before; who has none there stays where it was."""
    known = set(before)
    # Layers of different lengths are compared by how far down something stands in them.
    scale = len(keys) / max(len(before), 1)

    def mean(key: int) -> float:
        places = [rank[each] for each in beside.get(key, ()) if each in known]
        return (sum(places) / len(places) + 0.5) * scale if places else rank[key] + 0.5

    return sorted(keys, key=mean)
