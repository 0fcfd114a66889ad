"""Where boxes stand, what they are coloured by, and which of their columns are shown."""

from __future__ import annotations

from datetime import timedelta
from itertools import combinations, pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.platform.events import NOON, dataset, progress, run_event, stage
from tests.platform.lineage.lineage_events import handed_over, moved, wrote
from tests.platform.lineage.test_neighbourhood import number

from almenara_platform.lineage.answers.neighbourhood import neighbourhood
from almenara_platform.lineage.index import LineageIndex, Snapshot
from almenara_platform.store.memory import MemoryLineageStore
from almenara_platform.ui.components.lineage_rows import path_cell
from almenara_platform.ui.lineage_colours import (
    AGES,
    FRESHNESS,
    HAND_OVER,
    LABEL,
    LAST_RUN,
    NEVER,
    NOT_WRITTEN,
    UNLABELLED,
    labels_by_node,
    last_runs,
    legend,
    painter,
    why,
)
from almenara_platform.ui.lineage_layout import BOX_WIDTH, MOST_IN_COLUMN, layout
from almenara_platform.ui.lineage_picture import MOST_COLUMNS, Picture, Wishes, draw
from almenara_platform.ui.lineage_words import Words
from almenara_platform.ui.states import RUN_STATES, Look

KEYS = st.integers(0, 40)


@given(
    st.dictionaries(KEYS, st.integers(-3, 3), min_size=1),
    st.sets(st.tuples(KEYS, KEYS), max_size=80),
    st.data(),
)
def test_boxes_never_overlap(
    layers: dict[int, int], edges: set[tuple[int, int]], data: st.DataObject
) -> None:
    """Whatever the graph, boxes stand apart, inside the picture, layers from left to right."""
    known = {pair for pair in edges if set(pair) <= layers.keys()}
    heights = {key: data.draw(st.integers(40, 200)) for key in layers}
    placed = layout(layers, known, heights)
    for one, other in combinations(layers, 2):
        (x1, y1), (x2, y2) = placed.places[one], placed.places[other]
        apart = abs(x1 - x2) >= BOX_WIDTH or y1 + heights[one] <= y2 or y2 + heights[other] <= y1
        assert apart
        if layers[one] != layers[other]:
            assert (x1 < x2) == (layers[one] < layers[other])
    for key, (x, y) in placed.places.items():
        assert x >= 0 <= y
        assert x + BOX_WIDTH <= placed.width
        assert y + heights[key] <= placed.height


def test_neighbours_stand_beside_each_other() -> None:
    """Pairs that were given crosswise are drawn without a crossing."""
    layers = {n: n // 10 for n in range(20)}
    edges = {(n, 19 - n) for n in range(10)}
    places = layout(layers, edges, dict.fromkeys(layers, 40)).places
    ends = [places[19 - n][1] for n in sorted(range(10), key=lambda n: places[n][1])]
    assert all(one < other for one, other in pairwise(ends))


def test_a_long_layer_stands_in_several_columns() -> None:
    """Up to a number of boxes it is one column; two hundred are a block of a screen's shape, filled row by
    row, small enough to be looked at whole."""
    few = layout(dict.fromkeys(range(MOST_IN_COLUMN), 1), (), dict.fromkeys(range(MOST_IN_COLUMN), 46))
    assert len({x for x, _ in few.places.values()}) == 1
    hub = {0: 0} | dict.fromkeys(range(1, 200), 1)
    placed = layout(hub, {(0, n) for n in range(1, 200)}, dict.fromkeys(hub, 46))
    assert 1.3 < placed.width / placed.height < 2.2
    assert placed.height < 2_000
    assert sorted(range(1, 200), key=lambda key: placed.places[key][::-1]) == [*range(1, 200)]


def snapshot_and_store(*events: dict[str, Any]) -> tuple[Snapshot, MemoryLineageStore]:
    """The graph after events, and the runs."""
    store = MemoryLineageStore()
    store.apply(events, NOON)
    return LineageIndex(store.ledger).snapshot(), store


def look(events: list[dict[str, Any]], colour: str, name: str, after: timedelta = timedelta()) -> Look:
    """What a dataset looks like."""
    snapshot, store = snapshot_and_store(*events)
    paint = painter(snapshot, colour, store.pipelines(1), labels_by_node(snapshot), NOON + after)
    return paint(number(snapshot, name))


def test_colour_of_the_last_run() -> None:
    """The newest run of whoever writes the dataset decides; what no run wrote is told apart."""
    events = [
        moved("raw", "t", "a", seconds=0, number=1),
        run_event("FAIL", 60, run_id=f"{'0' * 8}-0000-4000-8000-{'0' * 12}", pipeline="a"),
    ]
    assert look(events, LAST_RUN, "t").label == "Failed"
    assert look(events, LAST_RUN, "raw") == NOT_WRITTEN


@pytest.mark.parametrize(
    ("kind", "facets", "said"),
    [
        ("COMPLETE", {}, ""),
        ("FAIL", {}, "a failed 2 min ago"),
        ("ABORT", {"errorMessage": {"message": " no\nroom "}}, "a aborted 2 min ago: no"),
        ("FAIL", {"errorMessage": {"message": ""}}, "a failed 2 min ago"),
        ("FAIL", {"errorMessage": {"message": "x" * 999}}, f"a failed 2 min ago: {'x' * 239}…"),
        (
            "FAIL",
            progress(stage("load", "FAIL", error={"type": "Disk", "message": "is full"})),
            "a failed 2 min ago: Disk: is full",
        ),
    ],
)
def test_why_a_dataset_is_red(kind: str, facets: dict[str, Any], said: str) -> None:
    """The last run's error in a line, or its stage's; nothing of a run that did its work."""
    event = run_event(kind, pipeline="a", facets=facets, outputs=[dataset("t")])
    snapshot, store = snapshot_and_store(event)
    last = last_runs(snapshot, store.pipelines(1))
    assert why(last(number(snapshot, "t")), NOON + timedelta(minutes=2)) == said


@pytest.mark.parametrize(
    ("age", "expected"),
    [(timedelta(hours=2), AGES[0][1]), (timedelta(days=3), AGES[1][1]), (timedelta(days=90), AGES[2][1])],
)
def test_colour_of_freshness(age: timedelta, expected: Look) -> None:
    """A dataset is as old as the last run that completed writing it."""
    assert look([moved("raw", "t", "a")], FRESHNESS, "t", age) == expected


def test_freshness_of_what_was_never_finished() -> None:
    """Without a run that completed nothing is fresh."""
    begun = run_event("FAIL", pipeline="a", inputs=[dataset("raw")], outputs=[dataset("t")])
    assert look([begun], FRESHNESS, "t") == NEVER
    assert look([begun], FRESHNESS, "raw") == NOT_WRITTEN


def test_colour_of_labels() -> None:
    """A dataset with labelled columns names the labels, others say that they have none."""
    tags = {"tags": {"tags": [{"key": key, "value": "true", "field": "a"} for key in ("pii", "finance")]}}
    events = [wrote("t", ("raw.a", "a"), facets=tags)]
    assert look(events, LABEL, "t").label == "finance, pii"
    assert look(events, LABEL, "raw") == UNLABELLED


def test_the_legend_has_each_look_once_in_one_order() -> None:
    """States come in the order of a run's life, and what is unknown last."""
    looks = [NOT_WRITTEN, *reversed(RUN_STATES.values()), NOT_WRITTEN]
    assert legend(looks) == [*dict.fromkeys(RUN_STATES.values()), NOT_WRITTEN]


def picture(snapshot: Snapshot, name: str, **wishes: Any) -> Picture:
    """The picture around a dataset."""
    center = number(snapshot, name)
    given = {"on": set(), "center": center} | wishes
    return draw(snapshot, neighbourhood(snapshot, center), Wishes(lambda _: NOT_WRITTEN, {}, **given))


def test_columns_on_the_way_are_shown_first() -> None:
    """Of many columns those on the way are there, and how many are not is told."""
    columns = tuple(f"c{n:03}" for n in range(100))
    snapshot, _ = snapshot_and_store(wrote("wide", ("raw.a", "c099"), columns=columns))
    node = snapshot.node(number(snapshot, "wide"), "c099")
    wide = next(box for box in picture(snapshot, "wide", on={node}).boxes if box["name"] == "wide")
    assert "c099" in [column["name"] for column in wide["columns"]]
    assert len(wide["columns"]) == MOST_COLUMNS
    assert wide["hidden"] == 100 - MOST_COLUMNS
    none = picture(snapshot, "wide", on={node}, columns="none")
    assert not any(box["columns"] for box in none.boxes)


def test_a_large_picture_shows_only_columns_on_the_way() -> None:
    """Two hundred boxes are heads, unless columns are asked for."""
    events = [wrote(f"t{n}", ("hub.a", "a"), job=f"j{n}", number=n + 1) for n in range(250)]
    snapshot, _ = snapshot_and_store(*events)
    assert not any(box["columns"] for box in picture(snapshot, "hub").boxes)
    assert all(box["columns"] for box in picture(snapshot, "hub", columns="all").boxes)
    assert "51 more are left out" in picture(snapshot, "hub").note


def test_neighbours_of_a_hub_are_sorted_by_name() -> None:
    """Where nothing else decides, boxes follow each other by name, whoever was told first."""
    store = MemoryLineageStore()
    for n in reversed(range(30)):
        store.apply([wrote(f"t{n:02}", ("hub.a", "a"), job=f"j{n}", number=n + 1)], NOON)
    boxes = picture(LineageIndex(store.ledger).snapshot(), "hub").boxes
    told = [box["name"] for box in sorted(boxes, key=lambda box: (box["y"], box["x"]))]
    assert [name for name in told if name != "hub"] == [f"t{n:02}" for n in range(30)]


def test_opening_is_kept_in_the_address_and_taken_back() -> None:
    """Toggling twice leads back to the same address, whatever the names."""
    words = Words("file", "a b&c")
    opened = words.toggled("s3://x", "/y?z").toggled("file", "d")
    assert opened.toggled("file", "d").toggled("s3://x", "/y?z").address() == words.address()
    assert [each[1:] for each in opened.opened_datasets()] == [("s3://x", "/y?z"), ("file", "d")]


def test_a_hand_over_is_drawn_as_what_it_is() -> None:
    """It is no dataset: it is counted apart, looks different, and leads to the pipeline that takes over."""
    snapshot, _ = snapshot_and_store(*handed_over("source", "made"))
    center = number(snapshot, "source")
    found = neighbourhood(snapshot, center, depth=2)
    drawn = draw(snapshot, found, Wishes(lambda _: NOT_WRITTEN, {}, center=center))
    boxes = {box["name"]: box for box in drawn.boxes}
    over, made = boxes["hand-over to bulk"], boxes["made"]
    assert [(box["hand_over"], box["href"]) for box in (over, made)] == [
        (True, "/pipelines/retail/bulk"),
        (False, "/lineage?namespace=file&name=made"),
    ]
    assert over["look"]["label"] == HAND_OVER.label
    assert over["w"] < made["w"] == BOX_WIDTH
    assert over["x"] - drawn.boxes[0]["x"] > BOX_WIDTH
    assert drawn.note == "2 datasets, 1 hand-over"
    assert drawn.legend == [NOT_WRITTEN, HAND_OVER]


def test_an_opened_hand_over_is_kept_in_the_address() -> None:
    """What is read out of the address opens it again."""
    snapshot, _ = snapshot_and_store(*handed_over("source", "made"))
    words = Words("file", "source").toggled("retail", "hand-over to bulk")
    found = neighbourhood(snapshot, number(snapshot, "source"), opened=words.opened_datasets())
    assert number(snapshot, "made") in found.layers


def test_a_path_leads_from_a_hand_over_to_the_pipeline() -> None:
    """There is no page of a dataset that could be looked at; a column may be called so."""
    path = [("file", "source", None), ("retail", "hand-over to bulk", None), ("file", "hand-over to x", "a")]
    assert [tag["href"] for tag in path_cell(path)["tags"]] == [
        "/lineage?namespace=file&name=source",
        "/pipelines/retail/bulk",
        "/lineage?namespace=file&name=hand-over+to+x&column=a",
    ]
