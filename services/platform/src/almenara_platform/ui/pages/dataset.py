"""The page of a dataset: its columns now and before, quality, runs, owners and lineage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from nicegui import ui

from almenara_platform.lineage.answers.about import about
from almenara_platform.ui import format as fmt
from almenara_platform.ui import links
from almenara_platform.ui.components.messages import link_button, message
from almenara_platform.ui.components.pane import Pane
from almenara_platform.ui.components.panels import panel
from almenara_platform.ui.components.shell import name_page, shell
from almenara_platform.ui.components.table import Cell, Column, DataTable, Row, number, state, when
from almenara_platform.ui.components.text import heading, text
from almenara_platform.ui.console import current
from almenara_platform.ui.states import of_run

_SCHEMA = (
    Column("column", "Column"),
    Column("type", "Type"),
    Column("labels", "Labels"),
    Column("from", "Comes from"),
    Column("description", "Description"),
)
_VERSIONS = (Column("seen", "Last seen"), Column("first", "First seen"), Column("change", "Change"))
_RUNS = (Column("run", "Run"), Column("state", "State", "tight"), Column("duration", "Duration", "end"))
_QUALITY = (Column("check", "Check"), Column("column", "Column"), Column("value", "Value", "end"))
Facts = Mapping[str, Any]


@ui.page("/datasets/{namespace}/{name:path}")
async def dataset_page(namespace: str, name: str) -> None:
    """The page ``/datasets/{namespace}/{name}``."""
    console = current()
    wanted = links.name_of(namespace), links.name_of(name)

    def fetch() -> Facts:
        return about(console.answers.index.snapshot(), console.platform.lineage, *wanted)

    with shell("Dataset"):
        await Pane(fetch, DatasetView).load()


class DatasetView:
    """Everything on one page."""

    def __init__(self, found: Facts) -> None:
        self._found = found
        self._now = current().clock()
        name_page(found["name"])
        heading(found["name"], 1)
        text(found["namespace"], "p").classes("al-sub mono")
        self._head()
        with panel("Columns"):
            DataTable("Columns", _SCHEMA).show(self._columns())
            if not found["schema"]:
                message("view_column", "No columns known", "No event told the schema.")
        self._versions()
        self._runs()
        self._quality()

    def _head(self) -> None:
        found, place = self._found, (self._found["namespace"], self._found["name"])
        with ui.element("div").classes("al-row"):
            link_button("Lineage", links.lineage(*place), icon="account_tree")
            link_button("Impact", links.impact(*place), icon="crisis_alert")
            link_button(
                "Personal data", links.personal_data(namespace=place[0], name=place[1]), icon="privacy_tip"
            )
        with ui.element("dl").classes("al-pairs"):
            for title, value in (
                ("Owner", ", ".join(found["owners"]) or "nobody known"),
                ("Type", found["type"] or fmt.UNKNOWN),
                ("Description", found["description"] or fmt.UNKNOWN),
                ("Also called", ", ".join(" / ".join(each) for each in found["symlinks"]) or fmt.UNKNOWN),
            ):
                text(title, "dt")
                text(value, "dd")
            self._jobs("Written by", found["written_by"])
            self._jobs("Read by", found["read_by"])

    def _jobs(self, title: str, jobs: Sequence[Mapping[str, str]]) -> None:
        text(title, "dt")
        with ui.element("dd"):
            for job in jobs:
                ui.link(job["name"], links.pipeline(job["namespace"], job["name"])).style(
                    "margin-right: 12px"
                )
            if not jobs:
                text("no pipeline known")

    def _columns(self) -> list[Row]:
        place = self._found["namespace"], self._found["name"]
        return [
            Row(
                column["name"],
                {
                    "column": {"text": column["name"], "href": links.lineage(*place, column["name"])},
                    "type": column["type"] or "",
                    "labels": {"tags": self._labels(column["name"])},
                    "from": {"tags": self._sources(column["name"])},
                    "description": column["description"] or "",
                },
            )
            for column in self._found["schema"]
        ]

    def _labels(self, column: str) -> list[dict[str, str]]:
        return [
            {"text": each["label"], "title": each["origin"], "href": links.personal_data(label=each["label"])}
            for each in self._found["labels"]
            if each["column"] == column
        ]

    def _sources(self, column: str) -> list[dict[str, str]]:
        return [
            {
                "text": f"{edge['source'][1]}.{edge['source'][2]}",
                "title": _kind(edge),
                "href": links.lineage(*edge["source"]),
            }
            for edge in self._found["lineage"]
            if edge["target"][2] == column
        ]

    def _versions(self) -> None:
        versions = self._found["schemas"]
        if len(versions) < 2:
            return
        with panel("Schema history"):
            pairs = zip(versions, [*versions[1:], {"columns": ()}], strict=True)
            rows = [_version(place, *pair, self._now) for place, pair in enumerate(pairs)]
            DataTable("Schema history", _VERSIONS).show(rows)

    def _runs(self) -> None:
        with panel("Runs that wrote it"):
            rows = [_run(each, self._now) for each in self._found["runs"]]
            DataTable("Runs that wrote it", _RUNS).show(rows)

    def _quality(self) -> None:
        if not self._found["quality"]:
            return
        with panel("Quality as of the last run"):
            rows = [
                Row(
                    str(place),
                    {
                        "check": each["check"],
                        "column": each["column"] or "",
                        "value": number(
                            each["value"], fmt.UNKNOWN if each["value"] is None else f"{each['value']:g}"
                        ),
                    },
                )
                for place, each in enumerate(self._found["quality"])
            ]
            DataTable("Quality as of the last run", _QUALITY).show(rows)


def _kind(edge: Facts) -> str:
    said = [
        " ".join(filter(None, [each["subtype"], "masked" if each["masking"] else ""]))
        for each in edge["transformations"]
    ]
    return f"{edge['type']} {', '.join(filter(None, said))}".strip()


def _version(place: int, version: Facts, before: Facts, now: datetime) -> Row:
    columns, former = ({c["name"]: c["type"] for c in each["columns"]} for each in (version, before))
    added = [f"+ {name}" for name in columns if name not in former]
    gone = [f"− {name}" for name in former if name not in columns]
    other = [
        f"{name}: {former[name]} → {columns[name]}"
        for name in columns
        if former.get(name, columns[name]) != columns[name]
    ]
    cells: dict[str, Cell] = {
        "seen": when(version["last_seen"], now),
        "first": when(version["first_seen"], now),
        "change": {"tags": [{"text": each} for each in (*added, *gone, *other)]},
    }
    return Row(str(place), cells)


def _run(run: Facts, now: datetime) -> Row:
    then = run["started_at"] or run["ended_at"]
    cells: dict[str, Cell] = {
        "run": {"text": run["pipeline"], "sub": fmt.ago(then, now), "href": links.run(run["run_id"])},
        "state": state(of_run(run["state"])),
        "duration": number(run["duration_seconds"], fmt.duration(run["duration_seconds"])),
    }
    return Row(run["run_id"], cells)
