"""The page Personal data: where it is, in what order it is erased, and what is not known."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from nicegui import ui

from almenara_platform.lineage.answers import personal_data, report
from almenara_platform.lineage.answers.labels import known_labels
from almenara_platform.lineage.answers.personal_data import PersonalData
from almenara_platform.ui import links
from almenara_platform.ui.components import starts
from almenara_platform.ui.components.downloads import CSV, MARKDOWN, download_button
from almenara_platform.ui.components.fields import choice
from almenara_platform.ui.components.figures import Figure, figures
from almenara_platform.ui.components.lineage_graph import graph_panel
from almenara_platform.ui.components.lineage_rows import path_cell
from almenara_platform.ui.components.lineage_search import Hit, LineageSearch
from almenara_platform.ui.components.pane import Pane
from almenara_platform.ui.components.panels import panel
from almenara_platform.ui.components.shell import shell
from almenara_platform.ui.components.table import Cell, Column, DataTable, Row
from almenara_platform.ui.components.text import heading, text
from almenara_platform.ui.console import Console, current
from almenara_platform.ui.format import count, first_of
from almenara_platform.ui.lineage_picture import Picture, draw_holders

MOST_ROWS = 500
EDGES = {"": "Values only", "1": "And what filters used"}
_NAME, _COLUMNS = Column("name", "Dataset", sortable=True), Column("columns", "Columns")
_OWNER = Column("owner", "Whose", sortable=True)
_WHERE = (
    Column("name", "Dataset", "wrap", sortable=True),
    Column("column", "Column", "wrap", sortable=True),
    Column("path", "How it got there", "path"),
)
_ERASE = (Column("step", "Step", "tight"), _NAME, _COLUMNS, _OWNER)
_REST = (_NAME, _COLUMNS, _OWNER, Column("why", "Why"))
Thing = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """A label, or a dataset or column; ``indirect`` is "1" to follow indirect edges too."""

    label: str = ""
    namespace: str = ""
    name: str = ""
    column: str = ""
    indirect: str = ""

    @property
    def chosen(self) -> bool:
        """Whether anything is named."""
        return bool(self.label or (self.namespace and self.name))

    @property
    def title(self) -> str:
        """What was asked, in words."""
        if self.label:
            return f"Label {self.label}"
        return " / ".join(filter(None, (self.namespace, self.name, self.column)))

    def address(self) -> str:
        """Where this is looked at."""
        return links.personal_data(**asdict(self))


@ui.page(links.PERSONAL_DATA)
async def personal_data_page(
    label: str = "", namespace: str = "", name: str = "", column: str = "", indirect: str = ""
) -> None:
    """The page ``/personal-data``; ``label`` or a dataset or column says whose way is shown."""
    console = current()
    asked = Asked(label, namespace, name, column, "1" if indirect == "1" else "")
    with shell("Personal data"):
        heading("Personal data", 1)
        LineageSearch("Dataset, column or label", _address)
        await Pane(lambda: known_labels(console.answers.index.snapshot()), lambda f: _fields(f, asked)).load()
        if asked.chosen:
            await Pane(lambda: find(console, asked), lambda found: PersonalDataView(asked, *found)).load()
        else:
            explained = "config/labels.yaml and the tags of events give labels to columns."
            await Pane(
                lambda: starts.of_personal_data(console.answers.index.snapshot()),
                lambda found: starts.offer("privacy_tip", "Choose a label or a column", explained, found),
            ).load()


def _fields(found: Sequence[str], asked: Asked) -> None:
    options = {"": "Every label" if found else "No labels known"} | {each: each for each in found}

    def go(**changed: str) -> None:
        ui.navigate.to(replace(asked, **changed).address())

    with ui.element("div").classes("al-row"):
        choice("Label", options, lambda e: ui.navigate.to(links.personal_data(label=e.value)), asked.label)
        if asked.chosen:
            choice("Followed", EDGES, lambda e: go(indirect=e.value), asked.indirect)


def _address(hit: Hit) -> str:
    if hit["kind"] == "tag":
        return links.personal_data(label=hit["label"])
    if hit["kind"] in ("dataset", "column"):
        return links.personal_data(namespace=hit["namespace"], name=hit["name"], column=hit["column"])
    return ""


def find(console: Console, asked: Asked) -> tuple[PersonalData, Picture]:
    """Where the data is, in words and as a picture; raises ``NotFound``."""
    snapshot, indirect = console.answers.index.snapshot(), bool(asked.indirect)
    if asked.label:
        found = personal_data.of_label(snapshot, asked.label, indirect)
    else:
        place = asked.namespace, asked.name, asked.column or None
        found = personal_data.of_column(snapshot, *place, indirect)
    holders = ((each["namespace"], each["name"], [each["column"]]) for each in found.columns)
    silent = ((each["namespace"], each["name"], []) for each in found.unknown)
    return found, draw_holders(console, [*holders, *silent])


class PersonalDataView:
    """How much there is, the lists one below the other, the picture, and reports to take along."""

    def __init__(self, asked: Asked, found: PersonalData, picture: Picture) -> None:
        self._asked, self._found = asked, found
        self._head()
        self._figures()
        _table("Erase in this order", _ERASE, found.erase, _step, "copies before what they were made from")
        _table("Cannot be erased", _REST, found.not_erasable, lambda each: {"why": each["reason"]})
        _table("Not known", _REST, found.unknown, lambda each: {"why": _made_by(each["pipelines"])})
        self._where()
        graph_panel("How it flows", "Datasets that hold it", picture)

    def _head(self) -> None:
        asked, found, clock = self._asked, self._found, current().clock
        with ui.element("div").classes("al-row"):
            heading(asked.title)
            ui.element("span").classes("al-grow")
            for title, write, name, media in (
                ("Report", lambda: report.as_markdown(found, asked.title, clock()), "md", MARKDOWN),
                ("CSV", lambda: report.as_csv(found), "csv", CSV),
            ):
                download_button(title, write, f"personal-data.{name}", media)

    def _figures(self) -> None:
        found = self._found
        with figures():
            Figure("Columns").show(count(len(found.columns)))
            Figure("Datasets to erase").show(count(len(found.erase)))
            Figure("Cannot be erased").show(
                count(len(found.not_erasable)), tone="warn" if found.not_erasable else ""
            )
            Figure("Not known").show(count(len(found.unknown)), tone="warn" if found.unknown else "")

    def _where(self) -> None:
        columns = self._found.columns
        with panel("Where it is", note=first_of(MOST_ROWS, len(columns))):
            table = DataTable("Where it is", _WHERE).classes("long")
            table.show([_held(number, each) for number, each in enumerate(columns[:MOST_ROWS])])
            if not any(each["hops"] for each in columns):
                with ui.element("div").classes("al-panel-foot"):
                    told = _only_sources(self._asked) if columns else "No column is known to hold it."
                    text(told, "p").classes("al-quiet")


def _table(
    title: str,
    columns: Sequence[Column],
    things: Sequence[Thing],
    rest: Callable[[Thing], dict[str, Cell]],
    note: str = "",
) -> None:
    if not things:
        return
    with panel(title, note=first_of(MOST_ROWS, len(things)) or note):
        rows = [Row(str(n), _dataset(each) | rest(each)) for n, each in enumerate(things[:MOST_ROWS])]
        DataTable(title, columns).classes("long").show(rows)


def _only_sources(asked: Asked) -> str:
    masked = "No copies are listed: masked ones (by a hash, a count or a redaction) never are"
    return f"{masked}." if asked.indirect else f"{masked}, and filters and joins only with “{EDGES['1']}”."


def _step(each: Thing) -> dict[str, Cell]:
    return {"step": str(each["step"])}


def _made_by(pipelines: Sequence[str]) -> str:
    if not pipelines:
        return "its columns are not known"
    return f"made without column lineage by {', '.join(pipelines)}"


def _held(number: int, each: Thing) -> Row:
    place = each["namespace"], each["name"]
    cells: dict[str, Cell] = {
        "name": {"text": each["name"], "sub": each["namespace"], "href": links.dataset(*place)},
        "column": {
            "text": each["column"] or "the whole dataset",
            "href": links.lineage(*place, each["column"]),
        },
        "path": path_cell(each["path"]),
    }
    return Row(str(number), cells)


def _dataset(each: Thing) -> dict[str, Cell]:
    place = each["namespace"], each["name"]
    return {
        "name": {"text": each["name"], "sub": each["namespace"], "href": links.dataset(*place)},
        "columns": {"tags": [{"text": column} for column in each["columns"]]},
        "owner": each["owner"] or "nobody known",
    }
