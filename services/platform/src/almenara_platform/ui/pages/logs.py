"""The search of logs, with following."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from nicegui import context, ui

from almenara_platform.exceptions import AlmenaraPlatformError, BadRequest
from almenara_platform.logs.model import LogRecord
from almenara_platform.logs.port import LogQuery
from almenara_platform.page import Page
from almenara_platform.ui import format as fmt
from almenara_platform.ui import links
from almenara_platform.ui.components import messages
from almenara_platform.ui.components.figures import LiveMark
from almenara_platform.ui.components.live import Live
from almenara_platform.ui.components.log_filters import LogFilters
from almenara_platform.ui.components.log_lines import LogLines
from almenara_platform.ui.components.shell import shell
from almenara_platform.ui.components.text import heading, text
from almenara_platform.ui.console import ask, current
from almenara_platform.ui.log_search import PAGE, LogSearch
from almenara_platform.ui.tail import Tail


@ui.page(links.LOGS)
async def logs_page() -> None:
    """The page ``/logs``; the parameters of its address are the fields of ``LogSearch``."""
    with shell("Logs"):
        LogView(LogSearch.of(context.client.request.query_params))


class LogView:
    """Filters and lines, newest first; following puts new lines on top."""

    def __init__(self, search: LogSearch) -> None:
        self._console = current()
        with ui.element("div").classes("al-head"):
            heading("Logs", 1)
            self._mark = LiveMark()
        self._filters = LogFilters(search, self.load, self._follow)
        with ui.element("section").classes("al-panel tall").props('aria-label="Log lines"'):
            with ui.element("div").classes("al-panel-head") as self._head:
                self._summary = text("").classes("al-quiet").props('role="status"')
                ui.element("span").classes("al-grow")
                messages.button("Open all", lambda: self._lines.expand_all(True))
                messages.button("Close all", lambda: self._lines.expand_all(False))
            self._lines = LogLines(with_date=True, on_condition=self._filters.add_condition)
            self._message = ui.element("div")
            with self._message:
                messages.skeleton()
            with ui.element("div").classes("al-row al-panel-foot") as self._foot:
                messages.button("Load older lines", self._load_older, icon="expand_more")
        self._next: str | None = None
        self._query = LogQuery()
        self._count = 0
        self._newest: list[LogRecord] = []
        self._live: Live[list[LogRecord]] | None = None
        ui.timer(0, self.load, once=True)

    async def load(self) -> None:
        """Search anew, with what the fields say."""
        search = self._filters.search()
        ui.navigate.history.replace(search.address())
        self._stop_following()
        try:
            self._query = search.query(self._console.clock())
            page = await ask(self._console.platform.logs.find, self._query)
        except BadRequest as error:
            reason = str(error)
            self._instead(lambda: messages.message("edit_off", "This cannot be asked", reason, "warn"))
        except AlmenaraPlatformError as error:
            reason = str(error)
            self._instead(lambda: messages.unavailable(reason, self.load))
        else:
            self._show(page)

    def _instead(self, explain: Callable[[], object]) -> None:
        self._lines.set_visibility(False)
        self._head.set_visibility(False)
        self._foot.set_visibility(False)
        self._message.clear()
        with self._message:
            explain()

    def _show(self, page: Page[LogRecord]) -> None:
        self._count = 0
        if page.items:
            self._message.clear()
        else:
            self._instead(_nothing)
        self._newest = list(page.items)
        self._lines.show(page.items)
        self._paged(page)
        if self._filters.is_following:
            self._follow(True)

    def _paged(self, page: Page[LogRecord]) -> None:
        self._next = page.next
        self._foot.set_visibility(page.next is not None)
        self._add(len(page.items))

    def _add(self, lines: int) -> None:
        self._count += lines
        if self._count:
            self._lines.set_visibility(True)
            self._head.set_visibility(True)
            more = ", older ones not loaded" if self._next else ""
            self._summary.set_text(f"{fmt.counted(self._count, 'line')}{more}")

    async def _load_older(self) -> None:
        try:
            page = await ask(self._console.platform.logs.find, replace(self._query, cursor=self._next))
        except AlmenaraPlatformError as error:
            ui.notify(f"The logs cannot be reached: {error}", type="negative")
        else:
            self._lines.append(page.items)
            self._paged(page)

    def _follow(self, yes: bool) -> None:
        self._stop_following()
        if yes:
            now = self._console.clock()
            tail = Tail(self._console.platform.logs.find, self._query, self._newest, now)
            self._live = Live(tail.new, self._arrived, self._mark)

    def _stop_following(self) -> None:
        if self._live is not None:
            self._live.stop()
            self._live = None

    def _arrived(self, records: list[LogRecord]) -> bool:
        if records:
            self._newest = (self._newest + records)[-PAGE:]
            self._message.clear()
            self._lines.prepend(records[::-1])
            self._add(len(records))
        return True


def _nothing() -> None:
    with messages.message("subject", "No log lines", "Nothing matches. Widen the time or remove a filter."):
        messages.link_button("Show all logs", links.LOGS)
