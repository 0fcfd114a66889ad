"""The list of traces, filtered and paged by the store."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from nicegui import ui

from almenara_platform.clock import from_nanos
from almenara_platform.exceptions import AlmenaraPlatformError, BadCursor
from almenara_platform.page import Page
from almenara_platform.traces.model import TraceSummary
from almenara_platform.traces.port import TraceQuery
from almenara_platform.ui import format as fmt
from almenara_platform.ui import links, periods, table_columns
from almenara_platform.ui.components import messages
from almenara_platform.ui.components.fields import choice
from almenara_platform.ui.components.pager import Pager
from almenara_platform.ui.components.pane import Pane
from almenara_platform.ui.components.run_rows import short_id
from almenara_platform.ui.components.shell import shell
from almenara_platform.ui.components.table import Cell, DataTable, Row, number, when
from almenara_platform.ui.components.text import heading
from almenara_platform.ui.console import ask, current

PAGE = 50
_OUTCOMES = {"": "With and without errors", "true": "With errors", "false": "Without errors"}
_LENGTHS = {
    "": "Any duration",
    "0.1": "100 ms and longer",
    "1": "1 s and longer",
    "10": "10 s and longer",
    "60": "1 min and longer",
}


@ui.page(links.TRACES)
async def traces_page(
    service: str = "", error: str = "", min_duration: str = "", since: str = "", cursor: str = ""
) -> None:
    """The page ``/traces``; its parameters are the filters."""
    wanted = {"service": service, "error": error, "min_duration": min_duration, "since": since}
    platform = current().platform
    with shell("Traces"):
        heading("Traces", 1)
        await Pane(platform.traces.services, lambda services: TraceList(services, wanted, cursor)).load()


class TraceList:
    """Filters, the table and the way through its pages."""

    def __init__(self, services: Sequence[str], wanted: dict[str, str], cursor: str) -> None:
        self._console = current()
        names = {"": "All services"} | {service: service for service in services}
        with ui.element("div").classes("al-row"):
            self._service = choice("Service", names, self._filter, wanted["service"], searchable=True)
            self._error = choice("Errors", _OUTCOMES, self._filter, wanted["error"])
            self._length = choice("Duration", _LENGTHS, self._filter, wanted["min_duration"])
            self._since = choice("Time", periods.CHOICES, self._filter, wanted["since"])
        with ui.element("section").classes("al-panel").props('aria-label="Traces"'):
            self._table = DataTable("Traces", table_columns.TRACES)
            self._message = ui.element("div")
            self._pager = Pager(self._turn, cursor or None)
        ui.timer(0, self._turn, once=True)

    def query(self) -> TraceQuery:
        """What the fields ask for."""
        return TraceQuery(
            service=self._service.value or None,
            error={"true": True, "false": False}.get(self._error.value),
            min_duration=float(self._length.value) if self._length.value else None,
            since=periods.since(self._since.value, self._console.clock()),
            limit=PAGE,
            cursor=self._pager.cursor,
        )

    async def _filter(self) -> None:
        self._pager.reset()
        await self._turn()

    async def _turn(self) -> None:
        ui.navigate.history.replace(self._address())
        query = self.query()
        try:
            page = await ask(self._console.platform.traces.find, query)
        except BadCursor:
            await self._pager.reset_and_turn()
        except AlmenaraPlatformError as error:
            self._unavailable(error)
        else:
            self._show(page)

    def _address(self) -> str:
        fields = {
            "service": self._service,
            "error": self._error,
            "min_duration": self._length,
            "since": self._since,
        }
        given = {name: field.value for name, field in fields.items()}
        return links.with_query(links.TRACES, given | {"cursor": self._pager.cursor})

    def _show(self, page: Page[TraceSummary]) -> None:
        now = self._console.clock()
        self._table.show([_row(trace, now) for trace in page.items])
        self._table.set_visibility(bool(page.items))
        self._pager.show(page.next)
        self._message.clear()
        if not page.items:
            with self._message:
                messages.message("waterfall_chart", "No traces", "No trace matches these filters.")

    def _unavailable(self, error: AlmenaraPlatformError) -> None:
        self._table.set_visibility(False)
        self._message.clear()
        with self._message:
            messages.unavailable(str(error), self._turn)


def _row(trace: TraceSummary, now: datetime) -> Row:
    seconds = trace.duration_ns / 1e9
    cells: dict[str, Cell] = {
        "trace": {
            "text": trace.name or "(unnamed)",
            "sub": short_id(trace.trace_id),
            "href": links.trace(trace.trace_id),
        },
        "service": trace.service,
        "started": when(from_nanos(trace.start_ns), now),
        "duration": number(seconds, fmt.duration(seconds)),
        "spans": number(trace.spans, fmt.count(trace.spans)),
        "errors": number(trace.errors, fmt.count(trace.errors)),
        "run": _run(trace),
    }
    return Row(trace.trace_id, cells)


def _run(trace: TraceSummary) -> Cell:
    if not trace.run_id:
        return fmt.UNKNOWN
    return {
        "text": trace.pipeline or short_id(trace.run_id),
        "title": trace.run_id,
        "href": links.run(trace.run_id),
    }
