"""The page Lineage: where the data of a dataset or column comes from and where it goes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import islice

import numpy as np
from nicegui import ui

from almenara_platform.exceptions import AlmenaraPlatformError
from almenara_platform.lineage.answers.asked import Asked, find
from almenara_platform.lineage.answers.neighbourhood import Neighbourhood, neighbourhood
from almenara_platform.lineage.answers.reach import Item, Question, reach
from almenara_platform.lineage.facts import Kind
from almenara_platform.lineage.graph import Direction, walk
from almenara_platform.lineage.index import Snapshot
from almenara_platform.runs.model import DatasetRef
from almenara_platform.spreadsheet import csv_of
from almenara_platform.ui import format as fmt
from almenara_platform.ui import links
from almenara_platform.ui.components import starts
from almenara_platform.ui.components.downloads import CSV, download_button
from almenara_platform.ui.components.fields import choice
from almenara_platform.ui.components.lineage_graph import LineageGraph, graph_legend
from almenara_platform.ui.components.lineage_rows import REACHED, reached_row
from almenara_platform.ui.components.lineage_search import Hit, LineageSearch
from almenara_platform.ui.components.messages import link_button, message
from almenara_platform.ui.components.pane import Pane
from almenara_platform.ui.components.panels import note, panel
from almenara_platform.ui.components.shell import shell
from almenara_platform.ui.components.table import DataTable, Row
from almenara_platform.ui.components.text import heading, text
from almenara_platform.ui.console import Console, ask, current
from almenara_platform.ui.lineage_colours import COLOURS, labels_by_node, last_runs, painter, reasons, why
from almenara_platform.ui.lineage_picture import COLUMNS, Picture, Wishes, draw
from almenara_platform.ui.lineage_words import Words

DIRECTIONS = {"": "Both ways", "downstream": "Downstream", "upstream": "Upstream"}
DEPTHS = {str(depth): fmt.counted(depth, "hop") for depth in (1, 2, 3, 5, 10, 100)}
MOST_ROWS = 200
MOST_CHOICES = 500
MOST_CSV_ROWS = 100_000
_HEADER = ("way", "namespace", "name", "column", "hops", "path")


@dataclass(frozen=True, slots=True)
class Answer:
    """What the page shows: the picture, and what is reached as rows; ``more`` is whether there are others.

    ``fault`` says why the last run of the dataset's pipeline failed and where that is; empty if it did not.
    """

    picture: Picture
    rows: list[Row]
    more: bool
    columns: list[str]
    fault: tuple[str, str] = ("", "")


@ui.page(links.LINEAGE)
async def lineage_page(
    namespace: str = "",
    name: str = "",
    column: str = "",
    direction: str = "",
    depth: str = "1",
    opened: str = "",
    colour: str = "",
    columns: str = "",
) -> None:
    """The page ``/lineage``; its parameters say what is looked at."""
    words = Words(
        namespace,
        name,
        column,
        direction if direction in DIRECTIONS else "",
        int(depth) if depth in DEPTHS else 1,
        opened,
        colour if colour in COLOURS else "",
        columns if columns in COLUMNS else "",
    )
    console = current()
    with shell("Lineage"):
        heading("Lineage", 1)
        LineageSearch("Dataset, column or pipeline", _address)
        if words.chosen:
            view = LineageView(words)
            await Pane(lambda: find_answer(console, words), view.show).load()
        else:
            await Pane(
                lambda: starts.of_lineage(console.answers.index.snapshot()),
                lambda found: starts.offer("account_tree", "Choose a dataset or a column", starts.HOW, found),
            ).load()


def _address(hit: Hit) -> str:
    if hit["kind"] == "tag":
        return links.personal_data(label=hit["label"])
    if hit["kind"] == Kind.JOB:
        return links.pipeline(hit["namespace"], hit["name"])
    return links.lineage(hit["namespace"], hit["name"], hit["column"])


def find_answer(console: Console, words: Words) -> Answer:
    """What the words ask; raises ``NotFound``."""
    snapshot = console.answers.index.snapshot()
    asked = find(snapshot, words.namespace, words.name, words.column or None)
    pipelines = console.platform.lineage.pipelines(1)
    labels, now = labels_by_node(snapshot), console.clock()
    last = last_runs(snapshot, pipelines)
    wanted = words.opened_datasets()
    around = neighbourhood(snapshot, asked.entity, words.depth, wanted, words.ways)
    opened = {snapshot.entity(each) for each in wanted} - {None}
    on = _on(snapshot, around, asked, words)
    paint = painter(snapshot, words.colour, pipelines, labels, now)
    wishes = Wishes(paint, labels, on, asked.entity, opened, words.columns, reasons(last, now))
    found = [(way, *_items(snapshot, words, way, MOST_ROWS)) for way in words.ways]
    items = [(way.value, item) for way, some, _ in found for item in some]
    rows = [reached_row(place, *each, snapshot, last, now) for place, each in enumerate(items)]
    picture = draw(snapshot, around, wishes)
    wrote = last(asked.entity)
    fault = (why(wrote, now), links.run(wrote.run_id)) if wrote else ("", "")
    more = any(more for _, _, more in found)
    return Answer(picture, rows, more, _known_columns(snapshot, asked.entity), fault)


def _on(snapshot: Snapshot, around: Neighbourhood, asked: Asked, words: Words) -> set[int]:
    """The columns of the picture on the way of the asked one, itself included."""
    if asked.node is None:
        return set()
    reached = np.zeros(snapshot.columns.nodes, dtype=np.bool_)
    reached[asked.node] = True
    for way in words.ways:
        reached[walk(snapshot.columns, [asked.node], way).nodes] = True
    return {node for key in around.layers for node in snapshot.nodes_of(key) if reached[node]}


def _items(snapshot: Snapshot, words: Words, way: Direction, most: int) -> tuple[list[Item], bool]:
    """What is reached: of a column at any distance, of a dataset as far as the picture goes."""
    depth = None if words.column else words.depth
    question = Question(words.namespace, words.name, words.column or None, depth, limit=most)
    found = reach(snapshot, question, way)
    return list(found.items), found.next is not None


def _known_columns(snapshot: Snapshot, entity: int) -> list[str]:
    names = (snapshot.names.node_columns[node] for node in snapshot.nodes_of(entity))
    return sorted(islice(filter(None, names), MOST_CHOICES))


class LineageView:
    """Controls, the picture, and the same as a table."""

    def __init__(self, words: Words) -> None:
        self._words = words
        self._console = current()

    def show(self, found: Answer) -> None:
        """Draw everything."""
        self._controls(found)
        reason, run = found.fault
        if reason:
            with note("error", "fail"):
                ui.link(reason, run)
        with panel(f"Around {self._words.title}", lambda: self._look(found.picture)):
            self._graph = LineageGraph(f"Datasets around {self._words.title}", found.picture, self._open)
            self._legend = ui.element("div").classes("al-panel-foot")
            self._draw_legend(found.picture)
        self._table = ui.element("div").classes("al-pane")
        self._draw_table(found)

    def _controls(self, found: Answer) -> None:
        words = self._words
        columns = {"": "The whole dataset"} | {name: name for name in found.columns}
        if words.column:
            columns[words.column] = words.column
        place = words.namespace, words.name
        with ui.element("div").classes("al-row"):
            choice("Column", columns, lambda e: self._go(column=e.value), words.column, searchable=True)
            choice("Direction", DIRECTIONS, lambda e: self._go(direction=e.value), words.direction)
            choice("Depth", DEPTHS, lambda e: self._go(depth=int(e.value)), str(words.depth))
            ui.element("span").classes("al-grow")
            link_button("Dataset", links.dataset(*place), icon="dataset")
            link_button("Impact", links.impact(*place, words.column), icon="crisis_alert")
            for title, address in self._console.elsewhere.of_dataset(DatasetRef(*place)):
                link_button(title, address, "open_in_new").props("target=_blank")

    def _look(self, picture: Picture) -> None:
        self._note = text(picture.note).classes("al-quiet").props('role="status"')
        choice("Colour", COLOURS, lambda e: self._go(colour=e.value), self._words.colour)
        choice("Columns", COLUMNS, lambda e: self._go(columns=e.value), self._words.columns)

    def _draw_legend(self, picture: Picture) -> None:
        self._legend.clear()
        with self._legend:
            graph_legend(picture.legend, self._words.colour)

    def _draw_table(self, found: Answer) -> None:
        distance = "at any distance" if self._words.column else ""
        bound = f"the first {MOST_ROWS} each way" if found.more else ""
        note = ", ".join(filter(None, (distance, bound)))
        self._table.clear()
        with self._table, panel("What is reached", self._download, note):
            if found.rows:
                DataTable("What is reached", REACHED).show(found.rows)
            else:
                message("call_split", "Nothing", "No event told lineage from here this way.")

    def _download(self) -> None:
        download_button("CSV", lambda: as_csv(self._console, self._words), "lineage.csv", CSV)

    def _go(self, **changed: object) -> None:
        ui.navigate.to(replace(self._words, **changed).address())

    async def _open(self, namespace: str, name: str) -> None:
        words = self._words.toggled(namespace, name)
        try:
            found = await ask(find_answer, self._console, words)
        except AlmenaraPlatformError as error:
            ui.notify(str(error), type="negative")
            return
        self._words = words
        ui.navigate.history.replace(words.address())
        self._graph.show(found.picture)
        self._note.set_text(found.picture.note)
        self._draw_legend(found.picture)


def as_csv(console: Console, words: Words) -> str:
    """What is reached, up to ``MOST_CSV_ROWS`` each way; raises ``NotFound``."""
    snapshot = console.answers.index.snapshot()
    items = (
        (way.value, item) for way in words.ways for item in _items(snapshot, words, way, MOST_CSV_ROWS)[0]
    )
    return csv_of(_HEADER, ((way, *_values(item)) for way, item in items))


def _values(item: Item) -> tuple[object, ...]:
    path = " -> ".join("/".join(filter(None, place)) for place in item["path"])
    return item["namespace"], item["name"], item["column"], item["hops"], path
