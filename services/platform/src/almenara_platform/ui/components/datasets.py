"""Datasets with their columns."""

from __future__ import annotations

from collections.abc import Sequence

from nicegui import ui

from almenara_platform.runs.model import Column, DatasetRef
from almenara_platform.ui import format as fmt
from almenara_platform.ui import links
from almenara_platform.ui.components.text import text
from almenara_platform.ui.console import current

MOST_LINKS = 20


def dataset_links(title: str, datasets: Sequence[DatasetRef]) -> None:
    """The names of what a run read or wrote, each leading to the dataset; the first of many."""
    text(title, "h4").classes("al-set-title")
    with ui.element("ul").classes("al-set-links").props(f'aria-label="{title}"'):
        for dataset in datasets[:MOST_LINKS]:
            with ui.element("li"):
                ui.link(dataset.name, links.dataset(dataset.namespace, dataset.name))
                text(_in_numbers(dataset)).classes("al-quiet")
    if len(datasets) > MOST_LINKS:
        text(f"and {fmt.count(len(datasets) - MOST_LINKS)} more, named on the run's page", "p").classes(
            "al-quiet"
        )
    if not datasets:
        text("None reported.", "p").classes("al-quiet")


def dataset_list(title: str, datasets: Sequence[DatasetRef]) -> None:
    """What a run read or wrote; each opens to its schema."""
    with ui.element("div").classes("al-panel-body"):
        text(title, "h3").classes("al-set-title")
        for dataset in datasets:
            _dataset(dataset)
        if not datasets:
            text("None reported.", "p").classes("al-quiet")


def _dataset(dataset: DatasetRef) -> None:
    with ui.element("details").classes("al-set"):
        with ui.element("summary"):
            text(dataset.name).classes("al-set-name")
            text(_in_numbers(dataset)).classes("al-quiet")
            text(dataset.namespace, "div").classes("al-sub mono")
        with ui.element("div"):
            ui.link("Open the dataset", links.dataset(dataset.namespace, dataset.name))
        for title, address in current().elsewhere.of_dataset(dataset):
            ui.link(title, address, new_tab=True)
        schema_list(dataset.schema)


def _in_numbers(dataset: DatasetRef) -> str:
    parts = [fmt.counted(dataset.rows, "row") if dataset.rows is not None else ""]
    parts.append(fmt.size(dataset.bytes) if dataset.bytes is not None else "")
    parts.append(fmt.counted(len(dataset.schema), "column") if dataset.schema else "schema unknown")
    return " · ".join(filter(None, parts))


def schema_list(schema: Sequence[Column]) -> None:
    """Columns with their types."""
    with ui.element("dl").classes("al-pairs al-schema"):
        for column in schema:
            text(column.name, "dt").classes("mono")
            with ui.element("dd"):
                text(column.type or fmt.UNKNOWN).classes("mono al-quiet")
                text(column.description or "")
    if not schema:
        text("The emitter sent no schema.", "p").classes("al-quiet")
