"""The page Lineage: where the data of a dataset or column comes from and where it goes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from nicegui import ui

from almenara_platform.lineage.answers.asked import find
from almenara_platform.lineage.answers.labels import labels_of_dataset
from almenara_platform.lineage.answers.neighbourhood import MOST_NODES, neighbourhood
from almenara_platform.lineage.answers.owners import writers
from almenara_platform.lineage.answers.reach import Item, Question, reach
from almenara_platform.lineage.facts import Entity, Kind
from almenara_platform.lineage.graph import Direction
from almenara_platform.lineage.index import Snapshot
from almenara_platform.runs.model import DatasetRef, Run
from almenara_platform.ui import links
from almenara_platform.ui.components.fields import choice
from almenara_platform.ui.components.lineage_graph import LineageGraph, Node
from almenara_platform.ui.components.lineage_search import Hit, LineageSearch
from almenara_platform.ui.components.messages import link_button, message
from almenara_platform.ui.components.pane import Pane
from almenara_platform.ui.components.panels import panel
from almenara_platform.ui.components.shell import shell
from almenara_platform.ui.components.table import Cell, Column, DataTable, Row, state
from almenara_platform.ui.components.text import heading, text
from almenara_platform.ui.console import Console, current
from almenara_platform.ui.lineage_words import Words
from almenara_platform.ui.states import Look, of_run

DIRECTIONS = {"": "Both ways", "downstream": "Downstream", "upstream": "Upstream"}
DEPTHS = {str(depth): f"{depth} hop{'s' if depth > 1 else ''}" for depth in (1, 2, 3, 5, 10)}
MOST_ROWS = 200
UNSEEN = Look("No run known", "help", "quiet")
_COLUMNS = (
    Column("name", "Dataset"),
    Column("column", "Column"),
    Column("way", "Way", "tight"),
    Column("hops", "Hops", "end", sortable=True),
    Column("state", "Last written", "tight"),
    Column("path", "Path"),
)


@dataclass(frozen=True, slots=True)
class Picture:
    """What the page shows: boxes, arrows, and the same as rows."""

    nodes: list[Node]
    edges: list[tuple[int, int]]
    left_out: int
    rows: list[Row]
    columns: list[str]


@ui.page(links.LINEAGE)
async def lineage_page(
    namespace: str = "",
    name: str = "",
    column: str = "",
    direction: str = "",
    depth: str = "1",
    opened: str = "",
) -> None:
    """The page ``/lineage``; its parameters say what is looked at."""
    hops = int(depth) if depth in DEPTHS else 1
    words = Words(namespace, name, column, direction if direction in DIRECTIONS else "", hops, opened)
    console = current()
    with shell("Lineage"):
        heading("Lineage", 1)
        LineageSearch("Dataset, column or pipeline", _address)
        if words.chosen:
            await Pane(lambda: find_picture(console, words), lambda found: LineageView(words, found)).load()
        else:
            message("account_tree", "Choose a dataset or a column", "Type a part of its name above.")


def _address(hit: Hit) -> str:
    if hit["kind"] == "tag":
        return links.personal_data(label=hit["label"])
    if hit["kind"] == Kind.JOB:
        return links.pipeline(hit["namespace"], hit["name"])
    return links.lineage(hit["namespace"], hit["name"], hit["column"])


def find_picture(console: Console, words: Words) -> Picture:
    """The picture around what the words name; raises ``NotFound``."""
    snapshot = console.answers.index.snapshot()
    asked = find(snapshot, words.namespace, words.name, words.column or None)
    ways = [Direction(words.direction)] if words.direction else list(Direction)
    opened = [Entity(Kind.DATASET, *names) for names in words.opened_names()]
    around = neighbourhood(snapshot, asked.entity, words.depth, opened, ways)
    last_runs = {(p.namespace, p.name): p.last_run for p in console.platform.lineage.pipelines(1)}
    items = [(way, item) for way in ways for item in _items(snapshot, words, way)]
    places = {tuple(place[:2]) for _, item in items for place in item["path"]} if words.column else set()
    looks = {number: _look(snapshot, number, last_runs) for number in around.layers}
    nodes = [_node(snapshot, number, layer, looks[number], places) for number, layer in around.layers.items()]
    known = [snapshot.names.node_columns[node] for node in snapshot.nodes_of(asked.entity)]
    rows = [_row(n, way, item, _look_of(snapshot, item, last_runs)) for n, (way, item) in enumerate(items)]
    return Picture(nodes, sorted(around.edges), around.more, rows, sorted(filter(None, known)))


def _items(snapshot: Snapshot, words: Words, way: Direction) -> list[Item]:
    depth = None if words.column else words.depth
    question = Question(words.namespace, words.name, words.column or None, depth, limit=MOST_ROWS)
    return list(reach(snapshot, question, way).items)


def _node(snapshot: Snapshot, number: int, layer: int, look: Look, places: set[tuple[str, ...]]) -> Node:
    _, namespace, name = snapshot.names.entities[number]
    labels = sorted({label for found in labels_of_dataset(snapshot, number).values() for label in found})
    return Node(number, namespace, name, layer, look, labels, (namespace, name) in places)


LastRuns = Mapping[tuple[str, str], Run | None]


def _look(snapshot: Snapshot, number: int, last_runs: LastRuns) -> Look:
    runs = [last_runs.get(snapshot.names.entities[job][1:]) for job in writers(snapshot, number)]
    newest = max((run for run in runs if run), key=lambda run: run.listed_at, default=None)
    return of_run(newest.state) if newest else UNSEEN


def _look_of(snapshot: Snapshot, item: Item, last_runs: LastRuns) -> Look:
    number = snapshot.entity(Entity(Kind.DATASET, item["namespace"], item["name"]))
    return UNSEEN if number is None else _look(snapshot, number, last_runs)


def _row(number: int, way: Direction, item: Item, look: Look) -> Row:
    names = item["namespace"], item["name"], item["column"]
    cells: dict[str, Cell] = {
        "name": {"text": item["name"], "sub": item["namespace"], "href": links.lineage(*names)},
        "column": item["column"] or ("all" if item["path"][0][2] else ""),
        "way": way.value,
        "hops": {"text": str(item["hops"]), "sort": item["hops"]},
        "state": state(look),
        "path": {"tags": [_place(place) for place in item["path"]]},
    }
    return Row(str(number), cells)


def _place(place: tuple[str, str, str | None]) -> dict[str, str]:
    namespace, name, column = place
    shown = f"{name}.{column}" if column else name
    return {"text": shown, "title": namespace, "href": links.lineage(namespace, name, column)}


class LineageView:
    """Controls, the picture, and the same as a table."""

    def __init__(self, words: Words, found: Picture) -> None:
        self._words = words
        self._controls(found)
        title = f"{words.name}{'.' + words.column if words.column else ''}"
        with (
            panel(f"Around {title}", note=_left_out(found.left_out)),
            ui.element("div").classes("al-panel-body"),
        ):
            LineageGraph(found.nodes, found.edges, self._open)
            text(
                "A click opens a dataset. The border is the state of its last run; ◆ has a label.", "p"
            ).classes("al-quiet")
        with panel("What is reached"):
            table = DataTable("What is reached", _COLUMNS)
            table.show(found.rows)
            if not found.rows:
                message("call_split", "Nothing", "No event told lineage from here this way.")

    def _controls(self, found: Picture) -> None:
        words = self._words
        columns = {"": "The whole dataset"} | {name: name for name in found.columns}
        with ui.element("div").classes("al-row"):
            choice("Column", columns, lambda e: self._go(column=e.value), words.column, searchable=True)
            choice("Direction", DIRECTIONS, lambda e: self._go(direction=e.value), words.direction)
            choice("Depth", DEPTHS, lambda e: self._go(depth=int(e.value)), str(words.depth))
            link_button("Dataset", links.dataset(words.namespace, words.name), icon="dataset")
            link_button(
                "Impact", links.impact(words.namespace, words.name, words.column), icon="crisis_alert"
            )
            reference = DatasetRef(words.namespace, words.name)
            for title, address in current().elsewhere.of_dataset(reference):
                ui.link(title, address, new_tab=True)

    def _go(self, **changed: object) -> None:
        ui.navigate.to(replace(self._words, **changed).address())

    def _open(self, node: Node) -> None:
        ui.navigate.to(self._words.opening(node.namespace, node.name).address())


def _left_out(count: int) -> str:
    return f"{count} more beyond {MOST_NODES} are left out" if count else ""
