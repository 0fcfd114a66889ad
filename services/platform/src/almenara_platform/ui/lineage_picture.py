"""A picture of datasets with their columns, as plain data for the browser."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from almenara_platform.lineage.answers.neighbourhood import (
    MOST_NODES,
    Neighbourhood,
    among,
    column_edges,
)
from almenara_platform.lineage.facts import Entity, Kind
from almenara_platform.lineage.hand_over import taken_over_by
from almenara_platform.lineage.index import Snapshot
from almenara_platform.ui import format as fmt
from almenara_platform.ui import links
from almenara_platform.ui.console import Console
from almenara_platform.ui.lineage_colours import (
    HAND_OVER,
    LAST_RUN,
    ByNode,
    Painter,
    labels_by_node,
    last_runs,
    legend,
    painter,
    reasons,
)
from almenara_platform.ui.lineage_layout import BOX_WIDTH, layout
from almenara_platform.ui.lineage_routes import Stretch, routes
from almenara_platform.ui.states import Look

MOST_COLUMNS, MOST_COLUMNS_ON = 7, 12
# Beyond this many boxes only columns on the path are shown.
MOST_OPEN = 30
HEAD, LINE, FOOT = 46, 22, 4
HAND_OVER_WIDTH = 192

Holder = tuple[str, str, Iterable[str]]
"""Namespace and name of a dataset, and columns of it."""

COLUMNS = {"": "Columns: some", "all": "Columns: more", "none": "Columns: none"}


@dataclass(frozen=True, slots=True)
class Wishes:
    """How a picture is to look.

    ``on`` are the columns to point out, ``opened`` datasets by number, ``columns`` a key of ``COLUMNS``;
    ``why`` tells why a dataset's last run failed. With a ``center`` boxes tell how many neighbours are not
    shown; without one the picture is a whole answer.
    """

    paint: Painter
    labels: ByNode
    on: Collection[int] = frozenset()
    center: int | None = None
    opened: Collection[int] = frozenset()
    columns: str = ""
    why: Callable[[int], str] = lambda _: ""


@dataclass(frozen=True, slots=True)
class Picture:
    """Boxes and arrows as the browser takes them, the datasets by the boxes' keys, and the legend."""

    boxes: list[dict[str, Any]]
    edges: list[dict[str, Any]]
    flows: list[tuple[int, int, str]]
    size: tuple[int, int]
    datasets: Mapping[int, tuple[str, str]] = field(default_factory=dict)
    legend: list[Look] = field(default_factory=list)
    left_out: int = 0

    @property
    def note(self) -> str:
        """What is not in the picture, in words."""
        hand_overs = sum(1 for box in self.boxes if box["hand_over"])
        shown = fmt.counted(len(self.boxes) - hand_overs, "dataset")
        shown += f", {fmt.counted(hand_overs, 'hand-over')}" if hand_overs else ""
        if not self.left_out:
            return shown
        return f"{shown}, the most there is room for ({MOST_NODES}); {self.left_out:,} more are left out"


def draw(snapshot: Snapshot, around: Neighbourhood, wishes: Wishes) -> Picture:
    """The picture of a neighbourhood."""
    columns = {key: _columns(snapshot, key, len(around.layers), wishes) for key in around.layers}
    heights = {key: _height(*columns[key]) for key in columns}
    placed = layout(_by_name(snapshot, around), around.edges.keys(), heights)
    ways = routes(placed, around.edges.keys())
    handed = {key for key in around.layers if snapshot.names.entities[key].kind is Kind.CHANNEL}
    looks = {key: HAND_OVER if key in handed else wishes.paint(key) for key in around.layers}
    boxes = [
        _box(snapshot, around, key, wishes, looks[key], columns[key])
        | {"x": placed.places[key][0], "y": placed.places[key][1], "w": BOX_WIDTH, "h": heights[key]}
        | (_of_hand_over(snapshot, key) if key in handed else {})
        for key in around.layers
    ]
    wholes = [node for key in columns if (node := snapshot.names.whole_nodes.get(key)) is not None]
    shown = [*(node for nodes, _ in columns.values() for node in nodes), *wholes]
    flows = [(*thread,) for thread in column_edges(snapshot, shown)]
    chosen = set(wishes.on)
    threads = ((source, target) for source, target, _ in flows if {source, target} <= chosen)
    on = {(snapshot.dataset_of(source), snapshot.dataset_of(target)) for source, target in threads}
    edges = [_edge(snapshot, pair, jobs, pair in on, ways[pair]) for pair, jobs in around.edges.items()]
    names = {key: snapshot.names.entities[key][1:] for key in around.layers}
    size = placed.width, placed.height
    return Picture(boxes, edges, flows, size, names, legend([*looks.values()]), len(around.left_out))


def _by_name(snapshot: Snapshot, around: Neighbourhood) -> dict[int, int]:
    """The layers in an order in which a reader finds what nothing else has an order for."""
    return dict(sorted(around.layers.items(), key=lambda item: snapshot.names.entities[item[0]][1:]))


def _columns(snapshot: Snapshot, key: int, boxes: int, wishes: Wishes) -> tuple[list[int], int]:
    """The columns to show in a box, those that matter most first, and how many are not shown."""
    nodes = [node for node in snapshot.nodes_of(key) if not snapshot.names.is_whole(node)]
    on = [node for node in nodes if node in wishes.on][:MOST_COLUMNS_ON]
    if wishes.columns == "none":
        return [], len(nodes)
    if boxes > MOST_OPEN and wishes.columns != "all":
        return on, len(nodes) - len(on)
    labelled = [node for node in nodes if node in wishes.labels]
    most = MOST_COLUMNS_ON * 2 if wishes.columns == "all" else max(MOST_COLUMNS, len(on))
    chosen = list(dict.fromkeys([*on, *labelled, *nodes]))[:most]
    # Where one line would say that one more is hidden, the one is shown.
    chosen = chosen + [node for node in nodes if node not in chosen] if len(nodes) == most + 1 else chosen
    kept = set(chosen)
    return [node for node in nodes if node in kept], len(nodes) - len(chosen)


def _height(shown: list[int], hidden: int) -> int:
    lines = len(shown) + bool(hidden and shown)
    return HEAD + lines * LINE + (FOOT if lines else 0)


def _box(
    snapshot: Snapshot,
    around: Neighbourhood,
    key: int,
    wishes: Wishes,
    look: Look,
    columns: tuple[list[int], int],
) -> dict[str, Any]:
    _, namespace, name = snapshot.names.entities[key]
    above, below = around.beside[key] if wishes.center is not None else (0, 0)
    return {
        "key": key,
        "name": name,
        "namespace": namespace,
        "href": links.lineage(namespace, name),
        "hand_over": False,
        "look": look.cell(),
        "why": wishes.why(key),
        "columns": [_column(snapshot, node, wishes) for node in columns[0]],
        "hidden": columns[1],
        "whole": _whole(snapshot, key, wishes),
        "above": above,
        "below": below,
        "loop": key in around.loops,
        "center": key == wishes.center,
        "opened": key in wishes.opened,
    }


def _of_hand_over(snapshot: Snapshot, key: int) -> dict[str, Any]:
    """What differs where a job hands over to another: there is no dataset to look at, but the other job."""
    _, namespace, name = snapshot.names.entities[key]
    job = taken_over_by(name)
    return {"hand_over": True, "job": job, "href": links.pipeline(namespace, job), "w": HAND_OVER_WIDTH}


def _whole(snapshot: Snapshot, key: int, wishes: Wishes) -> dict[str, Any] | None:
    """What stands for all columns at once."""
    node = snapshot.names.whole_nodes.get(key)
    return None if node is None else {"key": node, "on": node in wishes.on}


def _column(snapshot: Snapshot, node: int, wishes: Wishes) -> dict[str, Any]:
    place = snapshot.names.place(node)
    return {
        "key": node,
        "name": place[2],
        "href": links.lineage(*place),
        "labels": ", ".join(wishes.labels.get(node, ())),
        "on": node in wishes.on,
    }


def _edge(
    snapshot: Snapshot, pair: tuple[int, int], numbers: list[int], on: bool, way: list[Stretch]
) -> dict[str, Any]:
    jobs = (snapshot.names.entities[number] for number in numbers)
    title = ", ".join(job.name for job in jobs if job.kind is Kind.JOB)
    return {"from": pair[0], "to": pair[1], "title": title, "on": on, "way": [(*part,) for part in way]}


def draw_holders(console: Console, holders: Iterable[Holder]) -> Picture:
    """Datasets with those of their columns that an answer names, the first being the one that was asked.

    Coloured by last run.
    """
    snapshot = console.answers.index.snapshot()
    numbers, on = [], set()
    for namespace, name, columns in holders:
        number = snapshot.entity(Entity(Kind.DATASET, namespace, name))
        if number is not None:
            numbers.append(number)
            wanted = set(columns)
            names = snapshot.names.node_columns
            on.update(node for node in snapshot.nodes_of(number) if names[node] in wanted)
    labels = labels_by_node(snapshot)
    pipelines = console.platform.lineage.pipelines(1)
    now = console.clock()
    paint = painter(snapshot, LAST_RUN, pipelines, labels, now)
    wishes = Wishes(paint, labels, on, why=reasons(last_runs(snapshot, pipelines), now))
    return draw(snapshot, among(snapshot, numbers), wishes)
