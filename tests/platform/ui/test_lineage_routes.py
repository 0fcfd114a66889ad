"""How arrows pass layers that stand in several columns."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from almenara_platform.ui.lineage_layout import BOX_WIDTH, GUTTER, MOST_IN_COLUMN, layout
from almenara_platform.ui.lineage_routes import routes

WIDE = MOST_IN_COLUMN + 10
SIZES = st.lists(st.sampled_from([1, 4, WIDE]), min_size=1, max_size=3)


@given(SIZES, st.data())
def test_no_level_part_lies_under_a_box(sizes: list[int], data: st.DataObject) -> None:
    """Whatever the arrow, what is level of it runs inside the picture and between the boxes."""
    layers = dict(enumerate(layer for layer, size in enumerate(sizes) for _ in range(size)))
    keys = st.integers(0, len(layers) - 1)
    edges = data.draw(st.sets(st.tuples(keys, keys).filter(lambda pair: pair[0] != pair[1]), max_size=40))
    heights = {key: data.draw(st.sampled_from([46, 94, 222])) for key in layers}
    placed = layout(layers, edges, heights)
    for way in routes(placed, edges).values():
        for start, end, level in way:
            assert 0 < level < placed.height
            for key, (x, y) in placed.places.items():
                beside = max(start, end) <= x or x + BOX_WIDTH <= min(start, end)
                assert beside or level < y or y + heights[key] < level


def test_an_arrow_onward_never_turns_back() -> None:
    """From the middle of one block past another into a third it runs to the right all the way."""
    layers = {n: n // WIDE for n in range(3 * WIDE)}
    pairs = {(source, target) for source in range(WIDE) for target in range(2 * WIDE, 3 * WIDE)}
    placed = layout(layers, (), dict.fromkeys(layers, 46))
    for (source, target), way in routes(placed, pairs).items():
        ends = [placed.places[source][0] + BOX_WIDTH, *(x for start, end, _ in way for x in (start, end))]
        assert all(one <= other for one, other in pairwise([*ends, placed.places[target][0]]))
        assert len(way) >= 1


@pytest.mark.parametrize("size", [1, MOST_IN_COLUMN])
def test_between_single_columns_an_arrow_goes_at_once(size: int) -> None:
    """There is nothing to go around, neither onward nor back nor inside a layer."""
    layers = {n: n // size for n in range(3 * size)}
    pairs = {(source, target) for source in layers for target in layers if source != target}
    placed = layout(layers, (), dict.fromkeys(layers, 46))
    assert not any(routes(placed, pairs).values())


def test_arrows_into_a_row_share_their_way_over_it() -> None:
    """From a hub to the boxes of a row there is one line, which each leaves in the gutter before its box."""
    layers = {0: 0} | dict.fromkeys(range(1, WIDE + 1), 1)
    pairs = {(0, target) for target in range(1, WIDE + 1)}
    placed = layout(layers, pairs, dict.fromkeys(layers, 46))
    block = placed.blocks[1]
    ways = routes(placed, pairs)
    for row in block.rows:
        assert ways[0, row.keys[0]] == []
        for key in row.keys[1:]:
            (only,) = ways[0, key]
            assert only[:2] == (block.left, placed.places[key][0] - GUTTER)
        assert len({ways[0, key][0].y for key in row.keys[1:]}) <= 1
