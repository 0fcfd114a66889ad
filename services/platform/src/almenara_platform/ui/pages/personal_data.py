"""The page Personal data: where it is, in what order it is erased, and what is not known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nicegui import ui

from almenara_platform.lineage.answers import personal_data
from almenara_platform.lineage.answers.labels import known_labels
from almenara_platform.lineage.answers.personal_data import PersonalData
from almenara_platform.ui import links
from almenara_platform.ui.components.fields import choice
from almenara_platform.ui.components.lineage_search import Hit, LineageSearch
from almenara_platform.ui.components.messages import link_button, message
from almenara_platform.ui.components.pane import Pane
from almenara_platform.ui.components.panels import panel
from almenara_platform.ui.components.shell import shell
from almenara_platform.ui.components.table import Cell, Column, DataTable, Row
from almenara_platform.ui.components.text import heading
from almenara_platform.ui.console import Console, current

MOST_ROWS = 1000
_WHERE = (Column("name", "Dataset"), Column("column", "Column"), Column("path", "How it got there"))
_ERASE = (
    Column("step", "Step", "end"),
    Column("name", "Dataset"),
    Column("columns", "Columns"),
    Column("owner", "Whose"),
)
_REST = (
    Column("name", "Dataset"),
    Column("columns", "Columns"),
    Column("owner", "Whose"),
    Column("why", "Why"),
)


@ui.page(links.PERSONAL_DATA)
async def personal_data_page(label: str = "", namespace: str = "", name: str = "", column: str = "") -> None:
    """The page ``/personal-data``; ``label`` or a dataset or column says whose way is shown."""
    console = current()
    with shell("Personal data"):
        heading("Personal data", 1)
        await Pane(lambda: known_labels(console.answers.index.snapshot()), lambda f: _labels(f, label)).load()
        LineageSearch("Dataset, column or label", _address)
        if not label and not (namespace and name):
            message("privacy_tip", "Choose a label or a column", "config/labels.yaml and events give labels.")
            return
        asked = {"label": label, "namespace": namespace, "name": name, "column": column}
        await Pane(lambda: _find(console, asked), lambda found: PersonalDataView(asked, found)).load()


def _labels(found: Sequence[str], label: str) -> None:
    options = {"": "A label"} | {each: each for each in found}
    with ui.element("div").classes("al-row"):
        choice("Label", options, lambda e: ui.navigate.to(links.personal_data(label=e.value)), label)


def _address(hit: Hit) -> str:
    if hit["kind"] == "tag":
        return links.personal_data(label=hit["label"])
    if hit["kind"] in ("dataset", "column"):
        return links.personal_data(namespace=hit["namespace"], name=hit["name"], column=hit["column"])
    return ""


def _find(console: Console, asked: Mapping[str, str]) -> PersonalData:
    snapshot = console.answers.index.snapshot()
    if asked["label"]:
        return personal_data.of_label(snapshot, asked["label"])
    return personal_data.of_column(snapshot, asked["namespace"], asked["name"], asked["column"] or None)


class PersonalDataView:
    """The lists one below the other, and the report to take along."""

    def __init__(self, asked: Mapping[str, str], found: PersonalData) -> None:
        given = {key: value for key, value in asked.items() if value}
        with ui.element("div").classes("al-row"):
            for form, title in (("md", "Report as Markdown"), ("csv", "Report as CSV")):
                link_button(
                    title, links.with_query("/api/v1/personal-data", given | {"format": form}), "download"
                )
        note = f"the first {MOST_ROWS} of {len(found.columns)}" if len(found.columns) > MOST_ROWS else ""
        with panel("Where it is", note=note):
            rows = [_where(number, each) for number, each in enumerate(found.columns[:MOST_ROWS])]
            DataTable("Where it is", _WHERE).show(rows)
        with panel("Erase in this order", note="copies before what they were made from"):
            rows = [
                Row(str(n), _dataset(each) | {"step": str(each["step"])})
                for n, each in enumerate(found.erase)
            ]
            DataTable("Erase in this order", _ERASE).show(rows)
        _rest("Cannot be erased", found.not_erasable, lambda each: each["reason"])
        _rest(
            "Not known",
            found.unknown,
            lambda each: f"made without column lineage by {', '.join(each['pipelines'])}",
        )


def _rest(title: str, things: Sequence[Mapping[str, Any]], why: Any) -> None:
    if not things:
        return
    with panel(title):
        rows = [Row(str(number), _dataset(each) | {"why": why(each)}) for number, each in enumerate(things)]
        DataTable(title, _REST).show(rows)


def _where(number: int, each: Mapping[str, Any]) -> Row:
    place = each["namespace"], each["name"]
    path = [
        {"text": f"{name}.{column}" if column else name, "title": namespace}
        for namespace, name, column in each["path"]
    ]
    cells: dict[str, Cell] = {
        "name": {"text": each["name"], "sub": each["namespace"], "href": links.dataset(*place)},
        "column": {"text": each["column"] or "all", "href": links.lineage(*place, each["column"])},
        "path": {"tags": path},
    }
    return Row(str(number), cells)


def _dataset(each: Mapping[str, Any]) -> dict[str, Cell]:
    place = each["namespace"], each["name"]
    return {
        "name": {"text": each["name"], "sub": each["namespace"], "href": links.dataset(*place)},
        "columns": {"tags": [{"text": column} for column in each["columns"]]},
        "owner": each["owner"] or "nobody known",
    }
