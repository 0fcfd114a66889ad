"""The logs of one run: filtered, searched, and followed while the run goes on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from nicegui import ui

from almenara_platform.exceptions import AlmenaraPlatformError
from almenara_platform.logs.model import LogRecord
from almenara_platform.logs.port import LogQuery, Order
from almenara_platform.page import Page
from almenara_platform.ui import links
from almenara_platform.ui.components.fields import level_select, text_field
from almenara_platform.ui.components.log_lines import LogLines
from almenara_platform.ui.components.messages import button, link_button, message
from almenara_platform.ui.components.panels import panel
from almenara_platform.ui.console import ask, current
from almenara_platform.ui.tail import Tail

_PAGE = 200


@dataclass(frozen=True, slots=True)
class NewLines:
    """Lines that came in, and the tail that found them."""

    tail: Tail | None
    records: Sequence[LogRecord]


class RunLogs:
    """A panel with the log of a run, oldest line first."""

    def __init__(self, run_id: str) -> None:
        self._run_id = run_id
        self._console = current()
        with panel("Logs", self._tools) as self.box:
            self._lines = LogLines()
            self._empty = message("subject", "No log lines", "None of this run's lines match.")
            with ui.element("div").classes("al-row al-panel-foot") as self._foot:
                button("Load more", self._load_more, icon="expand_more")
        self._tail: Tail | None = None
        self._next: str | None = None
        self._count = 0

    def _tools(self) -> None:
        self._text = text_field("Search the messages", self.load)
        self._level = level_select(self.load)
        button("Open all", lambda: self._lines.expand_all(True))
        link_button("In the log search", links.logs(run_id=self._run_id), "open_in_new")

    def _query(self) -> LogQuery:
        return LogQuery(
            run_id=self._run_id,
            level=self._level.value or None,
            text=self._text.value.strip() or None,
            order=Order.OLDEST_FIRST,
            limit=_PAGE,
        )

    async def load(self) -> None:
        """Ask anew, with what the fields say."""
        query = self._query()
        page = await self._ask(lambda: self._console.platform.logs.find(query))
        self._lines.show(page.items)
        self._count = 0
        self._paged(page)
        self._tail = Tail(self._console.platform.logs.find, query, page.items, self._console.clock())

    async def _load_more(self) -> None:
        query = replace(self._query(), cursor=self._next)
        page = await self._ask(lambda: self._console.platform.logs.find(query))
        self._lines.append(page.items)
        self._paged(page)
        self._tail = Tail(self._console.platform.logs.find, self._query(), page.items, self._console.clock())

    async def _ask(self, question: Callable[[], Page[LogRecord]]) -> Page[LogRecord]:
        try:
            return await ask(question)
        except AlmenaraPlatformError as error:
            ui.notify(f"The logs cannot be reached: {error}", type="negative")
            return Page([], None)

    def _paged(self, page: Page[LogRecord]) -> None:
        self._next = page.next
        self._foot.set_visibility(page.next is not None)
        self._added(page.items)

    def _added(self, records: Sequence[LogRecord]) -> None:
        self._count += len(records)
        self._empty.set_visibility(self._count == 0)
        self._lines.set_visibility(self._count > 0)

    def fetch_new(self) -> NewLines:
        """What came in since; for a thread. Nothing while older lines still wait to be loaded."""
        tail = self._tail
        return NewLines(tail, tail.new() if tail and self._next is None else [])

    def add(self, new: NewLines) -> None:
        """Show these below the others, unless the fields ask for something else by now."""
        if new.records and new.tail is self._tail:
            self._lines.append(new.records)
            self._added(new.records)
