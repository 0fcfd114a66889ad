"""Where the boxes of a lineage picture stand: a column of boxes for each layer, with few crossings."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

BOX_WIDTH = 244
LAYER_GAP, BOX_GAP, MARGIN = 84, 18, 24
_SWEEPS = 6

Edges = Collection[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Layout:
    """The left upper corner of each box, and the size of the picture, in pixels."""

    places: Mapping[int, tuple[int, int]]
    width: int
    height: int


def layout(layers: Mapping[int, int], edges: Edges, heights: Mapping[int, int]) -> Layout:
    """Layers from left to right; each is centred, and ordered so that neighbours stand beside each other."""
    columns = _ordered(layers, edges)
    tall = {layer: sum(heights[key] + BOX_GAP for key in keys) for layer, keys in columns.items()}
    height = max(tall.values(), default=0) - BOX_GAP + 2 * MARGIN
    places = {}
    for place, (layer, keys) in enumerate(sorted(columns.items())):
        y = (height - tall[layer] + BOX_GAP) // 2
        for key in keys:
            places[key] = (MARGIN + place * (BOX_WIDTH + LAYER_GAP), y)
            y += heights[key] + BOX_GAP
    width = 2 * MARGIN + len(columns) * (BOX_WIDTH + LAYER_GAP) - LAYER_GAP
    return Layout(places, max(width, 0), max(height, 0))


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
