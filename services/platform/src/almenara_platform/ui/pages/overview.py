"""The overview: every pipeline at a glance, and how the platform is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from nicegui import context, ui

from almenara_platform.exceptions import AlmenaraPlatformError
from almenara_platform.platform import Platform
from almenara_platform.runs.model import Pipeline, Run
from almenara_platform.store.port import RunQuery
from almenara_platform.ui import format as fmt
from almenara_platform.ui import links, table_columns
from almenara_platform.ui.components import messages
from almenara_platform.ui.components.figures import Figure, LiveMark, figures
from almenara_platform.ui.components.live import REFRESH_SECONDS, Live
from almenara_platform.ui.components.pane import Pane
from almenara_platform.ui.components.panels import panel
from almenara_platform.ui.components.run_rows import run_row
from almenara_platform.ui.components.shell import shell
from almenara_platform.ui.components.table import Cell, DataTable, Row, bars, last_run, number, when
from almenara_platform.ui.components.text import heading, text
from almenara_platform.ui.console import current
from almenara_platform.ui.summary import broken, elapsed, last_measured, last_with_records, running, score

FIRST_RUN = "almenara run ventas_etl --day 2017-03-01"
_HISTORY = 20
_LATEST = 8


@dataclass(frozen=True, slots=True)
class Known:
    """What the overview shows; ``silent`` names the stores that do not answer, with their reasons."""

    pipelines: Sequence[Pipeline]
    latest: Sequence[Run]
    silent: dict[str, str]


@ui.page(links.OVERVIEW)
async def overview_page() -> None:
    """The page ``/``."""
    with shell("Overview"):
        platform = current().platform
        await Pane(lambda: known(platform), Overview).load()


def known(platform: Platform) -> Known:
    """Ask every store; only the one with the runs must answer."""
    latest = platform.lineage.runs(RunQuery(limit=_LATEST)).items
    return Known(platform.lineage.pipelines(_HISTORY), latest, silent_stores(platform))


def silent_stores(platform: Platform) -> dict[str, str]:
    """The stores that cannot answer now and why."""
    stores = {"Lineage": platform.lineage, "Traces": platform.traces, "Logs": platform.logs}
    silent = {}
    for name, store in stores.items():
        try:
            store.ping()
        except AlmenaraPlatformError as error:
            silent[name] = str(error)
    return silent


class Overview:
    """The content of the page, kept up to date in place."""

    def __init__(self, first: Known) -> None:
        self._console = current()
        with ui.element("div").classes("al-head"):
            heading("Overview", 1)
            mark = LiveMark()
        self._content = ui.element("div").classes("al-pane")
        self._is_empty: bool | None = None
        self.show(first)
        Live(lambda: known(self._console.platform), self.show, mark, REFRESH_SECONDS)

    def show(self, found: Known) -> bool:
        """Bring everything up to date; there is always more to follow."""
        empty = not found.pipelines
        if empty != self._is_empty:
            self._is_empty = empty
            self._build(empty)
        now = self._console.clock()
        if not empty:
            self._show_figures(found, now)
            self._table.show([_row(pipeline, now) for pipeline in found.pipelines])
            self._latest.show([run_row(run, now) for run in found.latest])
        return True

    def _build(self, empty: bool) -> None:
        self._content.clear()
        with self._content:
            first_steps() if empty else self._build_content()

    def _build_content(self) -> None:
        with figures():
            self._pipelines = Figure("Pipelines")
            self._running = Figure("Running now")
            self._broken = Figure("Last run not complete")
            self._platform = Figure("Platform")
        with panel("Pipelines"):
            self._table = DataTable("Pipelines", table_columns.PIPELINES)
        with panel("Latest runs", lambda: messages.link_button("All runs", links.RUNS, "list")):
            self._latest = DataTable("Latest runs", table_columns.RUNS)

    def _show_figures(self, found: Known, now: datetime) -> None:
        failing = broken(found.pipelines)
        going = running(found.pipelines)
        total = sum(pipeline.runs_total for pipeline in found.pipelines)
        self._pipelines.show(fmt.count(len(found.pipelines)), fmt.counted(total, "run"))
        self._running.show(fmt.count(going), tone="run" if going else "")
        self._broken.show(fmt.count(failing), tone="fail" if failing else "")
        if found.silent:
            reasons = "; ".join(f"{name}: {reason}" for name, reason in found.silent.items())
            self._platform.show("Degraded", reasons, "warn")
        else:
            self._platform.show("Healthy", "all stores answer", "ok")


def _row(pipeline: Pipeline, now: datetime) -> Row:
    href = links.pipeline(pipeline.namespace, pipeline.name)
    measured, counted = last_measured(pipeline.recent), last_with_records(pipeline.recent)
    seconds = elapsed(pipeline.last_run, now) if pipeline.last_run else None
    records = counted.records if counted else None
    named = partial(_named_unless_last, last=pipeline.last_run, now=now)
    cells: dict[str, Cell] = {
        "pipeline": {"text": pipeline.name, "sub": pipeline.namespace, "href": href},
        "last": last_run(pipeline.last_run, now),
        "history": bars(pipeline.recent, now),
        "duration": number(seconds, fmt.duration(seconds)),
        "records": number(records, fmt.count(records)) | named(counted, complete=True),
        "quality": number(score(measured), fmt.score(score(measured))) | named(measured),
        "fresh": when(pipeline.last_success_at, now),
        "owner": pipeline.owner or fmt.UNKNOWN,
    }
    return Row(f"{pipeline.namespace}\n{pipeline.name}", cells)


def _named_unless_last(
    run: Run | None, last: Run | None, now: datetime, complete: bool = False
) -> dict[str, Any]:
    """Which run a figure is from, where that is another one than the last.

    ``complete`` figures are of complete runs alone, whatever the last run has.
    """
    if run is None or last is None or run.run_id == last.run_id:
        return {}
    then = run.ended_at or run.listed_at
    title = f"Of the run that ended at {fmt.absolute(then)}; the last run has none to show"
    if complete:
        title = f"Of the last complete run that counted records, which ended at {fmt.absolute(then)}"
    sub = f"complete run of {fmt.ago(then, now)}" if complete else f"run of {fmt.ago(then, now)}"
    return {"sub": sub, "title": title, "href": links.run(run.run_id)}


def first_steps() -> None:
    """How to get the first run, for somebody who has just started the platform."""
    base = str(context.client.request.base_url).rstrip("/")
    with (
        ui.element("section").classes("al-panel"),
        messages.message(
            "local_fire_department",
            "No run has reported yet",
            "Start the sample pipeline on one day of real sales:",
        ),
    ):
        messages.command(FIRST_RUN)
        text("or send the OpenLineage events of a pipeline you already have here:", "p")
        messages.command(f"export OPENLINEAGE_URL={base}")
        text("This page shows the run as soon as its first event arrives.", "p")
