"""The list of runs, filtered and paged by the store."""

from __future__ import annotations

from collections.abc import Sequence

from nicegui import ui

from almenara_platform.page import Page
from almenara_platform.platform import Platform
from almenara_platform.runs.model import Run, RunState
from almenara_platform.store.port import RunQuery
from almenara_platform.ui import links, periods, table_columns
from almenara_platform.ui.components import messages
from almenara_platform.ui.components.fields import choice
from almenara_platform.ui.components.figures import LiveMark
from almenara_platform.ui.components.live import REFRESH_SECONDS, Live
from almenara_platform.ui.components.paged_table import Listing, PagedTable
from almenara_platform.ui.components.pane import Pane
from almenara_platform.ui.components.run_rows import run_row
from almenara_platform.ui.components.shell import shell
from almenara_platform.ui.components.text import heading
from almenara_platform.ui.console import current
from almenara_platform.ui.states import of_run

PAGE = 50
_STATES = {"": "All states"} | {state.value: of_run(state).label for state in RunState}


@ui.page(links.RUNS)
async def runs_page(
    pipeline: str = "", namespace: str = "", state: str = "", since: str = "", cursor: str = ""
) -> None:
    """The page ``/runs``; its parameters are the filters."""
    platform = current().platform
    wanted = {"pipeline": pipeline, "namespace": namespace, "state": state.upper(), "since": since}
    with shell("Runs"):
        heading("Runs", 1)
        await Pane(lambda: pipeline_names(platform), lambda names: RunList(names, wanted, cursor)).load()


def pipeline_names(platform: Platform) -> list[str]:
    """The name of every pipeline."""
    return [pipeline.name for pipeline in platform.lineage.pipelines(1)]


class RunList:
    """Filters above the runs; the newest page keeps itself up to date."""

    def __init__(self, names: Sequence[str], wanted: dict[str, str], cursor: str) -> None:
        self._console = current()
        self._namespace = wanted["namespace"]
        with ui.element("div").classes("al-row"):
            self._build_filters(names, wanted)
            mark = LiveMark()
        listing = Listing("Runs", table_columns.RUNS, self._find, run_row, self._address, _nothing)
        self._runs = PagedTable(listing, cursor)
        Live(self._runs.fetch_newest, self._runs.refresh, mark, REFRESH_SECONDS)

    def _build_filters(self, names: Sequence[str], wanted: dict[str, str]) -> None:
        pipelines = _pipeline_choices(names, wanted["pipeline"])
        self._pipeline = choice("Pipeline", pipelines, self._search, wanted["pipeline"], searchable=True)
        self._state = choice("State", _STATES, self._search, wanted["state"])
        self._since = choice("Time", periods.CHOICES, self._search, wanted["since"])

    async def _search(self) -> None:
        self._namespace = ""
        await self._runs.search()

    def _find(self, cursor: str | None) -> Page[Run]:
        query = RunQuery(
            pipeline=self._pipeline.value or None,
            namespace=self._namespace or None,
            state=RunState(self._state.value) if self._state.value else None,
            since=periods.since(self._since.value, self._console.clock()),
            limit=PAGE,
            cursor=cursor,
        )
        return self._console.platform.lineage.runs(query)

    def _address(self, cursor: str | None) -> str:
        return links.runs(
            pipeline=self._pipeline.value,
            namespace=self._namespace,
            state=self._state.value,
            since=self._since.value,
            cursor=cursor,
        )


def _pipeline_choices(names: Sequence[str], wanted: str) -> dict[str, str]:
    known = sorted({*names, wanted} - {""})
    return {"": "All pipelines"} | {name: name for name in known}


def _nothing() -> None:
    with messages.message("play_circle", "No runs", "No run matches these filters."):
        messages.link_button("Show all runs", links.RUNS)
