"""The list of runs, filtered and paged by the store."""

from __future__ import annotations

from collections.abc import Sequence

from nicegui import ui

from almenara_platform.exceptions import AlmenaraPlatformError, BadCursor
from almenara_platform.page import Page
from almenara_platform.platform import Platform
from almenara_platform.runs.model import Run, RunState
from almenara_platform.store.port import RunQuery
from almenara_platform.ui import links, periods, table_columns
from almenara_platform.ui.components import messages
from almenara_platform.ui.components.fields import choice
from almenara_platform.ui.components.figures import LiveMark
from almenara_platform.ui.components.live import REFRESH_SECONDS, Live
from almenara_platform.ui.components.pager import Pager
from almenara_platform.ui.components.pane import Pane
from almenara_platform.ui.components.run_rows import run_row
from almenara_platform.ui.components.shell import shell
from almenara_platform.ui.components.table import DataTable
from almenara_platform.ui.components.text import heading
from almenara_platform.ui.console import ask, current
from almenara_platform.ui.states import of_run

PAGE = 50


@ui.page(links.RUNS)
async def runs_page(
    pipeline: str = "", namespace: str = "", state: str = "", since: str = "", cursor: str = ""
) -> None:
    """The page ``/runs``; its parameters are the filters."""
    platform = current().platform
    wanted = {"pipeline": pipeline, "namespace": namespace, "state": state, "since": since}
    with shell("Runs"):
        heading("Runs", 1)
        await Pane(lambda: pipeline_names(platform), lambda names: RunList(names, wanted, cursor)).load()


def pipeline_names(platform: Platform) -> list[tuple[str, str]]:
    """Namespace and name of every pipeline."""
    return [(pipeline.namespace, pipeline.name) for pipeline in platform.lineage.pipelines(1)]


class RunList:
    """Filters, the table and the way through its pages."""

    def __init__(self, names: Sequence[tuple[str, str]], wanted: dict[str, str], cursor: str) -> None:
        self._console = current()
        self._namespace = wanted["namespace"]
        with ui.element("div").classes("al-row"):
            self._pipeline = choice(
                "Pipeline",
                _pipeline_choices(names, wanted["pipeline"]),
                self._filter,
                wanted["pipeline"],
                searchable=True,
            )
            self._state = choice("State", _STATE_CHOICES, self._filter, wanted["state"].upper())
            self._since = choice("Time", periods.CHOICES, self._filter, wanted["since"])
            mark = LiveMark()
        with ui.element("section").classes("al-panel").props('aria-label="Runs"'):
            self._table = DataTable("Runs", table_columns.RUNS)
            self._message = ui.element("div")
            self._pager = Pager(self._turn, cursor or None)
        self._is_filled = False
        Live(self._fetch_first, self._refresh, mark, REFRESH_SECONDS)
        ui.timer(0, self._turn, once=True)

    def query(self) -> RunQuery:
        """What the fields ask for."""
        return RunQuery(
            pipeline=self._pipeline.value or None,
            namespace=self._namespace or None,
            state=RunState(self._state.value) if self._state.value else None,
            since=periods.since(self._since.value, self._console.clock()),
            limit=PAGE,
            cursor=self._pager.cursor,
        )

    async def _filter(self) -> None:
        self._namespace = ""
        self._pager.reset()
        await self._turn()

    async def _turn(self) -> None:
        ui.navigate.history.replace(self._address())
        query = self.query()
        try:
            page = await ask(self._console.platform.lineage.runs, query)
        except BadCursor:
            await self._pager.reset_and_turn()
        except AlmenaraPlatformError as error:
            self._unavailable(error)
        else:
            self._show(page)

    def _address(self) -> str:
        return links.runs(
            pipeline=self._pipeline.value,
            namespace=self._namespace,
            state=self._state.value,
            since=self._since.value,
            cursor=self._pager.cursor,
        )

    def _fetch_first(self) -> Page[Run] | None:
        """The newest page anew; other pages stay as they are while one reads them."""
        return self._console.platform.lineage.runs(self.query()) if self._pager.is_first else None

    def _refresh(self, page: Page[Run] | None) -> bool:
        if page is not None and self._pager.is_first:
            self._show(page)
        return True

    def _show(self, page: Page[Run]) -> None:
        now = self._console.clock()
        self._table.show([run_row(run, now) for run in page.items])
        self._table.set_visibility(bool(page.items))
        self._pager.show(page.next)
        self._message.clear()
        if not page.items:
            with self._message, messages.message("play_circle", "No runs", "No run matches these filters."):
                messages.link_button("Show all runs", links.RUNS)

    def _unavailable(self, error: AlmenaraPlatformError) -> None:
        self._table.set_visibility(False)
        self._message.clear()
        with self._message:
            messages.unavailable(str(error), self._turn)


_STATE_CHOICES = {"": "All states"} | {state.value: of_run(state).label for state in RunState}


def _pipeline_choices(names: Sequence[tuple[str, str]], wanted: str) -> dict[str, str]:
    known = dict.fromkeys(sorted({name for _, name in names} | ({wanted} if wanted else set())))
    return {"": "All pipelines"} | {name: name for name in known}
