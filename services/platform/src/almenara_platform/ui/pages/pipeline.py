"""The page of a pipeline: how its runs went over time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from nicegui import ui

from almenara_platform.exceptions import NotFound
from almenara_platform.platform import Platform
from almenara_platform.runs.model import Pipeline, Run
from almenara_platform.store.port import RunQuery
from almenara_platform.ui import charts, links, table_columns
from almenara_platform.ui import format as fmt
from almenara_platform.ui.components.chart import RunChart
from almenara_platform.ui.components.figures import Figure, LiveMark, StateBadge, figures
from almenara_platform.ui.components.live import REFRESH_SECONDS, Live
from almenara_platform.ui.components.messages import link_button
from almenara_platform.ui.components.pane import Pane
from almenara_platform.ui.components.panels import panel
from almenara_platform.ui.components.run_rows import run_row
from almenara_platform.ui.components.shell import name_page, shell
from almenara_platform.ui.components.table import DataTable
from almenara_platform.ui.components.text import heading, text
from almenara_platform.ui.console import current
from almenara_platform.ui.states import of_run
from almenara_platform.ui.summary import count_ended, last_measured, score, share_complete, typical_seconds

SHOWN = 100
LISTED = 25


@dataclass(frozen=True, slots=True)
class History:
    """A pipeline and its newest runs, newest first."""

    pipeline: Pipeline
    runs: Sequence[Run]


@ui.page("/pipelines/{namespace}/{name:path}")
async def pipeline_page(namespace: str, name: str) -> None:
    """The page ``/pipelines/{namespace}/{name}``."""
    platform = current().platform
    wanted = links.name_of(namespace), links.name_of(name)
    with shell("Pipeline"):
        await Pane(lambda: find_history(platform, *wanted), PipelineView).load()


def find_history(platform: Platform, namespace: str, name: str) -> History:
    """A pipeline with its newest runs; raises ``NotFound`` with pipelines of a similar name."""
    known = platform.lineage.pipelines(1)
    for pipeline in known:
        if (pipeline.namespace, pipeline.name) == (namespace, name):
            query = RunQuery(pipeline=name, namespace=namespace, limit=SHOWN)
            return History(pipeline, platform.lineage.runs(query).items)
    near = tuple(f"{p.namespace}/{p.name}" for p in known if name.casefold() in p.name.casefold())[:5]
    raise NotFound(f"No pipeline is called {name[:200]} in the namespace {namespace[:200]}.", near)


class PipelineView:
    """The content of the page, kept up to date in place."""

    def __init__(self, history: History) -> None:
        self._console = current()
        pipeline = history.pipeline
        self._name = pipeline.namespace, pipeline.name
        name_page(pipeline.name)
        with ui.element("div").classes("al-crumbs"):
            ui.link("Overview", links.OVERVIEW)
            text("/")
            text(pipeline.namespace)
        with ui.element("div").classes("al-head"):
            heading(pipeline.name, 1)
            self._state = StateBadge(of_run(history.runs[0].state)) if history.runs else None
            mark = LiveMark()
        self._build_figures()
        self._build_charts()
        with panel("Runs", self._tools):
            self._table = DataTable("Runs of the pipeline", table_columns.PIPELINE_RUNS)
        self._apply(history)
        Live(lambda: find_history(self._console.platform, *self._name), self._apply, mark, REFRESH_SECONDS)

    def _tools(self) -> None:
        namespace, name = self._name
        link_button("Logs", links.logs(pipeline=name), "subject")
        link_button("All runs", links.runs(pipeline=name, namespace=namespace), "list")

    def _build_figures(self) -> None:
        with figures():
            self._total = Figure("Runs")
            self._complete = Figure("Complete")
            self._typical = Figure("Typical duration")
            self._quality = Figure("Quality score")
            self._fresh = Figure("Last success")
            self._owner = Figure("Owner")

    def _build_charts(self) -> None:
        with panel("Duration", note=f"the newest {SHOWN} runs at most"):
            self._durations = RunChart("Duration of each run, coloured by how it ended")
        with ui.element("div").classes("al-columns"):
            with panel("Stages", note="time spent in each, by run"):
                self._stages = RunChart("Seconds in each stage by run")
            with panel("Quality score", note="by table"):
                self._scores = RunChart("Quality score by table and run")

    def _apply(self, history: History) -> bool:
        now = self._console.clock()
        self._show_figures(history, now)
        self._durations.show(charts.durations(history.runs, now), history.runs)
        self._stages.show(charts.stages(history.runs), history.runs)
        self._scores.show(charts.scores(history.runs), history.runs)
        self._table.show([run_row(run, now) for run in history.runs[:LISTED]])
        if self._state and history.runs:
            self._state.show(of_run(history.runs[0].state))
        return True

    def _show_figures(self, history: History, now: datetime) -> None:
        pipeline, runs = history.pipeline, history.runs
        share = share_complete(runs)
        measured = last_measured(runs)
        self._total.show(fmt.count(pipeline.runs_total))
        self._complete.show(fmt.percent(share), f"of the last {count_ended(runs)} that ended")
        self._typical.show(fmt.duration(typical_seconds(runs)), "median of complete runs")
        self._quality.show(fmt.score(score(measured)), "of 100" if measured else "not measured")
        self._fresh.show(fmt.ago(pipeline.last_success_at, now), fmt.absolute(pipeline.last_success_at))
        self._owner.show(pipeline.owner or fmt.UNKNOWN)
