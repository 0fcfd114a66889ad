"""The list of traces, filtered and paged by the store."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from nicegui import ui

from almenara_platform.canary.names import SERVICE
from almenara_platform.clock import from_nanos
from almenara_platform.page import Page
from almenara_platform.runs.identity import short_id
from almenara_platform.traces.model import TraceSummary
from almenara_platform.traces.queries import attribute_pairs, trace_query
from almenara_platform.ui import format as fmt
from almenara_platform.ui import links, periods, table_columns
from almenara_platform.ui.components import messages
from almenara_platform.ui.components.fields import choice, text_field, value_of
from almenara_platform.ui.components.paged_table import Listing, PagedTable
from almenara_platform.ui.components.pane import Pane
from almenara_platform.ui.components.shell import shell
from almenara_platform.ui.components.table import Cell, Row, number, when
from almenara_platform.ui.components.text import heading
from almenara_platform.ui.console import current

PAGE = 50
_OUTCOMES = {"": "With and without errors", "true": "With errors", "false": "Without errors"}
_CALLS = {"": "All calls", "true": "Calls to a database"}


@ui.page(links.TRACES)
async def traces_page(
    service: str = "",
    operation: str = "",
    error: str = "",
    min_duration: str = "",
    max_duration: str = "",
    attribute: str = "",
    database: str = "",
    since: str = "",
    cursor: str = "",
) -> None:
    """The page ``/traces``; its parameters are the filters, in the words of the API."""
    wanted = {
        "service": service,
        "operation": operation,
        "error": error,
        "min_duration": min_duration,
        "max_duration": max_duration,
        "attribute": attribute,
        "database": database,
        "since": since,
    }
    platform = current().platform
    with shell("Traces"):
        heading("Traces", 1)
        await Pane(platform.traces.services, lambda services: TraceList(services, wanted, cursor)).load()


class TraceList:
    """Filters above the traces."""

    def __init__(self, services: Sequence[str], wanted: dict[str, str], cursor: str) -> None:
        self._console = current()
        names = {"": "All services"} | {service: service for service in services}
        with ui.element("div").classes("al-row"):
            self._service = choice("Service", names, self._search, wanted["service"], searchable=True)
            self._operation = text_field("Operation", self._search, wanted["operation"])
            self._error = choice("Errors", _OUTCOMES, self._search, wanted["error"])
            self._shortest = text_field("At least 5s", self._search, wanted["min_duration"], prefix="≥")
            self._longest = text_field("At most 1m", self._search, wanted["max_duration"], prefix="≤")
            self._attribute = text_field("user.id=user123", self._search, wanted["attribute"])
            self._database = choice("Calls", _CALLS, self._search, wanted["database"])
            self._since = choice("Time", periods.CHOICES, self._search, wanted["since"])
        listing = Listing("Traces", table_columns.TRACES, self._find, _row, self._address, _nothing)
        self._traces = PagedTable(listing, cursor)

    async def _search(self) -> None:
        await self._traces.search()

    def _find(self, cursor: str | None) -> Page[TraceSummary]:
        query = trace_query(
            service=self._service.value,
            operation=value_of(self._operation),
            error={"true": True, "false": False}.get(self._error.value),
            min_duration=value_of(self._shortest),
            max_duration=value_of(self._longest),
            attribute=attribute_pairs(value_of(self._attribute)),
            database=bool(self._database.value),
            since=periods.since(self._since.value, self._console.clock()),
            limit=PAGE,
            cursor=cursor,
        )
        return self._console.platform.traces.find(query)

    def _address(self, cursor: str | None) -> str:
        given = {
            "service": self._service.value,
            "operation": value_of(self._operation),
            "error": self._error.value,
            "min_duration": value_of(self._shortest),
            "max_duration": value_of(self._longest),
            "attribute": value_of(self._attribute),
            "database": self._database.value,
            "since": self._since.value,
        }
        return links.with_query(links.TRACES, given | {"cursor": cursor})


def _nothing() -> None:
    with messages.message("waterfall_chart", "No traces", "No trace matches these filters."):
        messages.link_button("Show all traces", links.TRACES)


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
    # The canary names a run so that its trace is kept; there is none.
    if not trace.run_id or trace.service == SERVICE:
        return fmt.UNKNOWN
    return {
        "text": trace.pipeline or short_id(trace.run_id),
        "title": trace.run_id,
        "href": links.run(trace.run_id),
    }
