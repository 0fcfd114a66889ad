"""The page Impact: what breaks when a dataset or column changes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nicegui import ui

from almenara_platform.lineage.answers.impact import Change, impact
from almenara_platform.spreadsheet import csv_of
from almenara_platform.ui import links
from almenara_platform.ui.components import starts
from almenara_platform.ui.components.downloads import CSV, download_button
from almenara_platform.ui.components.fields import choice
from almenara_platform.ui.components.figures import Figure, figures
from almenara_platform.ui.components.lineage_graph import graph_panel
from almenara_platform.ui.components.lineage_search import Hit, LineageSearch
from almenara_platform.ui.components.messages import link_button, message
from almenara_platform.ui.components.pane import Pane
from almenara_platform.ui.components.panels import panel
from almenara_platform.ui.components.shell import shell
from almenara_platform.ui.components.table import Cell, Column, DataTable, Row
from almenara_platform.ui.components.text import heading, text
from almenara_platform.ui.console import Console, current
from almenara_platform.ui.format import count, first_of
from almenara_platform.ui.lineage_picture import Picture, draw_holders

CHANGES = {Change.DROP: "is dropped", Change.RENAME: "is renamed", Change.TYPE: "gets another type"}
KINDS = {
    "pipelines": "Pipelines",
    "datasets": "Datasets",
    "dashboards": "Dashboards",
    "models": "ML models",
    "slos": "SLOs",
}
MOST_ROWS = 500
MOST_TAGS = 20
_COLUMNS = (
    Column("name", "Name", sortable=True),
    Column("what", "What"),
    Column("owner", "Whose", sortable=True),
)
_HEADER = ("kind", "namespace", "name", "detail", "owner", "certain")
Thing = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """What changes, and how."""

    namespace: str
    name: str
    column: str
    change: Change

    @property
    def title(self) -> str:
        """The dataset or column."""
        return f"{self.name}.{self.column}" if self.column else self.name

    def address(self, change: str) -> str:
        """Where another change of the same is looked at."""
        place = {"namespace": self.namespace, "name": self.name, "column": self.column}
        return links.with_query(links.IMPACT, place | {"change": str(change)})


@ui.page(links.IMPACT)
async def impact_page(namespace: str = "", name: str = "", column: str = "", change: str = "drop") -> None:
    """The page ``/impact``; its parameters say what changes."""
    console = current()
    asked = Asked(namespace, name, column, Change(change) if change in CHANGES else Change.DROP)
    with shell("Impact"):
        heading("Impact", 1)
        LineageSearch("Dataset or column that changes", _address)
        if namespace and name:
            await Pane(lambda: find(console, asked), lambda found: ImpactView(asked, *found)).load()
        else:
            await Pane(
                lambda: starts.of_impact(console.answers.index.snapshot()),
                lambda found: starts.offer("crisis_alert", "Choose what changes", starts.HOW, found),
            ).load()


def _address(hit: Hit) -> str:
    known = hit["kind"] in ("dataset", "column")
    return links.impact(hit["namespace"], hit["name"], hit["column"]) if known else ""


def find(console: Console, asked: Asked) -> tuple[dict[str, Any], Picture]:
    """What is affected, in words and as a picture; raises ``NotFound``."""
    answers = console.answers
    boards, snapshot = answers.dashboards.all(), answers.index.snapshot()
    column = asked.column or None
    found = impact(snapshot, asked.namespace, asked.name, column, asked.change, boards, answers.slos)
    first = asked.namespace, asked.name, [asked.column]
    others = ((each["namespace"], each["name"], each["columns"]) for each in found["datasets"])
    return found, draw_holders(console, [first, *others])


class ImpactView:
    """How many things are affected, each kind as a table, and then as a picture."""

    def __init__(self, asked: Asked, found: dict[str, Any], picture: Picture) -> None:
        self._asked, self._found = asked, found
        self._head()
        with figures():
            for kind, title in KINDS.items():
                Figure(title).show(count(len(found[kind])))
        if not any(found[kind] for kind in KINDS):
            message("task_alt", "Nothing breaks", "Nothing that is known uses this.", "ok")
            return
        with panel("To be told"), ui.element("div").classes("al-panel-body"):
            text(", ".join(found["owners"]) or "No owner of what is affected is known.", "p")
        for kind, title in KINDS.items():
            if found[kind]:
                _table(title, found[kind])
        if found["datasets"]:
            graph_panel("Where it goes", f"Datasets that {asked.title} leads to", picture)

    def _head(self) -> None:
        asked = self._asked
        with ui.element("div").classes("al-row"):
            heading(f"If {asked.title}")
            choice("Change", CHANGES, lambda e: ui.navigate.to(asked.address(e.value)), asked.change)
            ui.element("span").classes("al-grow")
            lineage = links.lineage(asked.namespace, asked.name, asked.column)
            link_button("Lineage", lineage, icon="account_tree")
            download_button("CSV", lambda: as_csv(self._found), "impact.csv", CSV)


def _table(title: str, things: Sequence[Thing]) -> None:
    with panel(title, note=first_of(MOST_ROWS, len(things))):
        rows = [Row(str(number), _cells(thing)) for number, thing in enumerate(things[:MOST_ROWS])]
        DataTable(title, _COLUMNS).classes("long").show(rows)


def as_csv(found: Mapping[str, Any]) -> str:
    """Everything that is affected, a row each."""
    return csv_of(_HEADER, (line for kind in KINDS for thing in found[kind] for line in _lines(kind, thing)))


def _owner(thing: Thing) -> str | None:
    return thing.get("owner") or thing.get("team")


def _lines(kind: str, thing: Thing) -> Iterator[tuple[object, ...]]:
    owner = _owner(thing)
    if kind == "dashboards":
        for each in thing["panels"]:
            yield kind, thing["file"], thing["title"], each["title"], owner, None
    elif kind == "slos":
        yield kind, None, thing["id"], thing["pipeline"], owner, None
    else:
        detail = ", ".join(thing.get("columns", ()))
        yield kind, thing["namespace"], thing["name"], detail, owner, thing["certain"]


def _cells(thing: Thing) -> dict[str, Cell]:
    owner = _owner(thing) or "nobody known"
    if "panels" in thing:
        tags = [{"text": each["title"], "title": ", ".join(each["uses"])} for each in thing["panels"]]
        return {"name": {"text": thing["title"], "sub": thing["file"]}, "what": {"tags": tags}, "owner": ""}
    if "id" in thing:
        name = {"text": thing["id"], "href": links.slo(thing["id"])}
        return {"name": name, "what": thing["pipeline"], "owner": owner}
    place = thing["namespace"], thing["name"]
    doubt = "" if thing["certain"] else "perhaps: it told no columns"
    if "columns" not in thing:
        return {"name": _named(place, links.pipeline(*place)), "what": doubt, "owner": owner}
    what: Cell = {"tags": _tags(place, thing["columns"])} if thing["columns"] else doubt
    return {"name": _named(place, links.dataset(*place)), "what": what, "owner": owner}


def _tags(place: tuple[str, str], columns: Sequence[str]) -> list[dict[str, str]]:
    tags = [{"text": column, "href": links.lineage(*place, column)} for column in columns[:MOST_TAGS]]
    more = len(columns) - MOST_TAGS
    return [*tags, {"text": f"{count(more)} more"}] if more > 0 else tags


def _named(place: tuple[str, str], href: str) -> Cell:
    return {"text": place[1], "sub": place[0], "href": href}
