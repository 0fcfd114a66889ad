"""The page of a run, which follows the run while it goes on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from nicegui import background_tasks, ui

from almenara_platform.exceptions import NotFound
from almenara_platform.platform import Platform
from almenara_platform.runs.model import DatasetRef, Run
from almenara_platform.ui import links
from almenara_platform.ui.components.datasets import dataset_list
from almenara_platform.ui.components.live import Live
from almenara_platform.ui.components.messages import message
from almenara_platform.ui.components.pane import Pane
from almenara_platform.ui.components.panels import panel
from almenara_platform.ui.components.quality import QualityList
from almenara_platform.ui.components.run_facts import ErrorBox, RunFigures, RunHead
from almenara_platform.ui.components.run_logs import NewLines, RunLogs
from almenara_platform.ui.components.run_trace import RunTrace
from almenara_platform.ui.components.shell import name_page, shell
from almenara_platform.ui.components.stages import StageWaterfall
from almenara_platform.ui.console import current

# The last log lines and spans arrive after the event that ended the run.
LINGER = timedelta(seconds=20)
LOOKS_PER_TRACE = 3


@dataclass(frozen=True, slots=True)
class News:
    """The run as it is now and the log lines since the last look."""

    run: Run
    logs: NewLines


@ui.page("/runs/{run_id}")
async def run_page(run_id: str) -> None:
    """The page ``/runs/{run_id}``."""
    platform = current().platform
    run_id = links.name_of(run_id)
    with shell("Run"):
        await Pane(lambda: find_run(platform, run_id), RunView).load()


def find_run(platform: Platform, run_id: str) -> Run:
    """The run with this id; raises ``NotFound``."""
    run = platform.lineage.run(run_id)
    if run is None:
        raise NotFound(f"No run has the id {run_id[:200]}. Runs older than the retention time are removed.")
    return run


class RunView:
    """Everything about a run. Built once; what changes is put in place."""

    def __init__(self, run: Run) -> None:
        self._console = current()
        self._run = run
        name_page(f"{run.pipeline} run {run.run_id[:13]}")
        self._head = RunHead(run)
        self._error = ErrorBox()
        self._figures = RunFigures()
        with panel("Stages"):
            self._stages = StageWaterfall()
            self._no_stages = message("view_week", "No stages", "The emitter reports the run as a whole.")
        with ui.element("div").classes("al-columns"):
            with panel("Quality"):
                self._quality = QualityList()
            with panel("Datasets"):
                self._datasets = ui.element("div")
        self._shown_datasets: tuple[tuple[DatasetRef, ...], ...] | None = None
        self._logs = RunLogs(run.run_id)
        self._trace = RunTrace()
        self._looks = 0
        self.show(run)
        self._follow(run)

    def _follow(self, run: Run) -> None:
        background_tasks.create(self._logs.load(), name="logs of a run", context=self._logs.box)
        self._show_trace()
        if not self._is_over(run):
            Live(self._fetch, self._apply, self._head.mark)

    def show(self, run: Run) -> None:
        """Bring the page up to date with ``run``."""
        now = self._console.clock()
        self._head.show(run)
        self._error.show(run.error)
        self._figures.show(run, now)
        self._stages.show(run, now)
        self._stages.set_visibility(bool(run.stages))
        self._no_stages.set_visibility(not run.stages)
        self._quality.show(run.quality)
        self._show_datasets(run)

    def _show_datasets(self, run: Run) -> None:
        if self._shown_datasets == (run.inputs, run.outputs):
            return
        self._shown_datasets = (run.inputs, run.outputs)
        self._datasets.clear()
        with self._datasets:
            dataset_list("Read", run.inputs)
            dataset_list("Written", run.outputs)

    def _fetch(self) -> News:
        return News(find_run(self._console.platform, self._run.run_id), self._logs.fetch_new())

    def _apply(self, news: News) -> bool:
        self._run = news.run
        self._looks += 1
        self.show(news.run)
        self._logs.add(news.logs)
        over = self._is_over(news.run)
        if over or self._trace.is_empty or self._looks % LOOKS_PER_TRACE == 0:
            self._show_trace()
        return not over

    def _show_trace(self) -> None:
        background_tasks.create(self._trace.show(self._run), name="trace of a run", context=self._trace.box)

    def _is_over(self, run: Run) -> bool:
        """Whether a run has ended so long ago that no more of it will come."""
        if not run.state.final:
            return False
        ended = run.ended_at or run.last_event_at
        return ended is None or self._console.clock() - ended > LINGER
