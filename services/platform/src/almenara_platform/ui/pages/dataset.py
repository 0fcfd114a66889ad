"""The page of a dataset: its columns now and before, quality, runs, owners and lineage."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from nicegui import ui

from almenara_platform.lineage.answers.about import RUNS_A_PIPELINE, about, named_columns
from almenara_platform.runs.model import DatasetRef, QualityResult
from almenara_platform.ui import format as fmt
from almenara_platform.ui import links
from almenara_platform.ui.components.messages import link_button, message
from almenara_platform.ui.components.pane import Pane
from almenara_platform.ui.components.panels import panel
from almenara_platform.ui.components.quality import CHECKS, quality_rows
from almenara_platform.ui.components.run_rows import run_link
from almenara_platform.ui.components.shell import name_page, shell
from almenara_platform.ui.components.table import Cell, Column, DataTable, Row, number, state, when
from almenara_platform.ui.components.text import heading, text
from almenara_platform.ui.console import current
from almenara_platform.ui.states import of_run
from almenara_platform.ui.table_columns import DATASET_RUNS

_SCHEMA = (
    Column("column", "Column"),
    Column("type", "Type"),
    Column("labels", "Labels"),
    Column("from", "Comes from"),
    Column("description", "Description"),
)
_VERSIONS = (
    Column("first", "First seen", "tight"),
    Column("seen", "Last seen", "tight"),
    Column("change", "Change"),
)
_NO_TYPES = "no event told their types; lineage names them"
_RUNS_LOOKED_AT = f"of the last {RUNS_A_PIPELINE} runs of each pipeline that writes it"
MOST_COLUMNS, MOST_VERSIONS, MOST_CHANGES = 500, 50, 30
Facts = Mapping[str, Any]


@ui.page("/datasets/{namespace}/{name:path}")
async def dataset_page(namespace: str, name: str) -> None:
    """The page ``/datasets/{namespace}/{name}``."""
    console = current()
    wanted = links.name_of(namespace), links.name_of(name)

    def fetch() -> Facts:
        snapshot = console.answers.index.snapshot()
        found = about(snapshot, console.platform.lineage, *wanted)
        columns = [] if found["schema"] else named_columns(snapshot, found["namespace"], found["name"])
        return found | {"named": [asdict(column) for column in columns]}

    with shell("Dataset"):
        await Pane(fetch, DatasetView).load()


class DatasetView:
    """Everything on one page."""

    def __init__(self, found: Facts) -> None:
        self._found = found
        self._labels = _by_column(found["labels"], lambda label: label["column"])
        self._edges = _by_column(found["lineage"], lambda edge: edge["target"][2])
        self._now = current().clock()
        name_page(found["name"])
        with ui.element("div").classes("al-crumbs"):
            ui.link("Datasets", links.DATASETS)
            text("/")
            text(found["namespace"]).classes("mono")
        heading(found["name"], 1)
        self._head()
        self._columns()
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
            for title, address in current().elsewhere.of_dataset(DatasetRef(*place)):
                link_button(title, address, "open_in_new").props("target=_blank")
        with ui.element("dl").classes("al-pairs"):
            for title, value in (
                ("Owner", ", ".join(found["owners"]) or "nobody known"),
                ("Type", found["type"]),
                ("Description", found["description"]),
                ("Also called", ", ".join(" / ".join(each) for each in found["symlinks"])),
            ):
                if value:
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

    def _columns(self) -> None:
        columns = self._found["schema"] or self._found["named"]
        said = [fmt.first_of(MOST_COLUMNS, len(columns)) or fmt.count(len(columns))]
        said += [] if self._found["schema"] else [_NO_TYPES]
        with panel("Columns", note=" · ".join(said) if columns else ""):
            if columns:
                DataTable("Columns", _SCHEMA).show([self._column(each) for each in columns[:MOST_COLUMNS]])
            else:
                message("view_column", "No columns known", "No event told the schema.")

    def _column(self, column: Facts) -> Row:
        place = self._found["namespace"], self._found["name"]
        cells: dict[str, Cell] = {
            "column": {"text": column["name"], "href": links.lineage(*place, column["name"]), "mono": True},
            "type": {"text": column["type"] or fmt.UNKNOWN, "mono": True},
            "labels": {"tags": [_label(each) for each in self._labels[column["name"]]]},
            "from": {"tags": sources(self._edges[column["name"]])},
            "description": column["description"] or "",
        }
        return Row(column["name"], cells)

    def _versions(self) -> None:
        versions = self._found["schemas"]
        if not versions:
            return
        pairs = zip(versions, [*versions[1:], {"columns": ()}], strict=True)
        rows = [_version(place, *pair, self._now) for place, pair in enumerate(pairs)][:MOST_VERSIONS]
        with panel("Schema history", note=fmt.first_of(MOST_VERSIONS, len(versions))):
            DataTable("Schema history", _VERSIONS).show(rows)

    def _runs(self) -> None:
        with panel("Latest runs that wrote it", note=_RUNS_LOOKED_AT):
            if self._found["runs"]:
                rows = [_run(each, self._now) for each in self._found["runs"]]
                DataTable("Latest runs that wrote it", DATASET_RUNS).show(rows)
            else:
                message(
                    "play_circle", "No run wrote it", "It is a source, or its runs are older or forgotten."
                )

    def _quality(self) -> None:
        checks = self._found["quality"]
        if checks:
            with panel("Quality as of the last run", note=fmt.first_of(MOST_COLUMNS, len(checks))):
                results = [
                    QualityResult(
                        self._found["name"], *(each[key] for key in ("check", "column", "value", "passed"))
                    )
                    for each in checks[:MOST_COLUMNS]
                ]
                DataTable("Quality as of the last run", CHECKS).show(quality_rows(results))


def _by_column(told: Sequence[Facts], column: Callable[[Facts], str | None]) -> Mapping[Any, list[Facts]]:
    found: dict[str | None, list[Facts]] = defaultdict(list)
    for each in told:
        found[column(each)].append(each)
    return found


def _label(told: Facts) -> dict[str, str]:
    return {"text": told["label"], "title": told["origin"], "href": links.personal_data(label=told["label"])}


def sources(edges: Iterable[Facts]) -> list[dict[str, str]]:
    """What a column comes from, each source once with all the ways in which it gets there."""
    kinds: dict[tuple[str, str, str], dict[str, None]] = {}
    for edge in edges:
        kinds.setdefault(tuple(edge["source"]), {})[_kind(edge)] = None
    return [
        {"text": ".".join(source[1:]), "title": "; ".join(ways), "href": links.lineage(*source)}
        for source, ways in kinds.items()
    ]


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
    said = [*added, *gone, *other] if former else [f"{fmt.counted(len(columns), 'column')} at first"]
    more = [f"{fmt.count(len(said) - MOST_CHANGES)} more"] if len(said) > MOST_CHANGES else []
    cells: dict[str, Cell] = {
        "seen": when(version["last_seen"], now),
        "first": when(version["first_seen"], now),
        "change": {"tags": [{"text": each} for each in (*said[:MOST_CHANGES], *more)]},
    }
    return Row(str(place), cells)


def _run(run: Facts, now: datetime) -> Row:
    then = run["started_at"] or run["ended_at"]
    cells: dict[str, Cell] = {
        "run": run_link(run["run_id"]),
        "pipeline": run["pipeline"],
        "state": state(of_run(run["state"])),
        "started": when(then, now),
        "duration": number(run["duration_seconds"], fmt.duration(run["duration_seconds"])),
    }
    return Row(run["run_id"], cells)
