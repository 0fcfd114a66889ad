"""The page of an operation or pipeline over many traces: how long it takes, and where that time goes."""

from __future__ import annotations

from nicegui import ui

from almenara_platform.traces.aggregate import Aggregate, PathShare, aggregate
from almenara_platform.traces.durations import format_ns
from almenara_platform.traces.samples import collect
from almenara_platform.ui import format as fmt
from almenara_platform.ui import links, path_charts, table_columns
from almenara_platform.ui.components import messages
from almenara_platform.ui.components.copying import copyable
from almenara_platform.ui.components.figures import Figure, figures
from almenara_platform.ui.components.pane import Pane
from almenara_platform.ui.components.panels import note, panel
from almenara_platform.ui.components.path_search import Names, PathSearch, PathWords, known_names
from almenara_platform.ui.components.shell import shell
from almenara_platform.ui.components.table import Cell, DataTable, Row, number
from almenara_platform.ui.components.text import heading, text
from almenara_platform.ui.console import current

TRACES = 200
MOST_ROWS = 20


@ui.page(links.OPERATIONS)
async def operation_page(
    pipeline: str = "",
    service: str = "",
    operation: str = "",
    error: str = "",
    min_duration: str = "",
    attribute: str = "",
    period: str = "",
) -> None:
    """The page ``/operations``; its parameters are the fields."""
    words = PathWords(pipeline, service, operation, error, min_duration, attribute, period)
    platform = current().platform
    with shell("Operations"):
        heading("Operations", 1)
        page = OperationView(words)
        await Pane(lambda: known_names(platform), page.fields).load()
        await page.build()


class OperationView:
    """Fields, and below them what the traces that they choose have in common."""

    def __init__(self, words: PathWords) -> None:
        self._console = current()
        self._words = words
        self._search: PathSearch | None = None

    def fields(self, names: Names) -> None:
        """Draw the fields."""
        with ui.element("div").classes("al-row"):
            self._search = PathSearch(self._words, names, self._changed)

    async def build(self) -> None:
        """Draw the answer."""
        self._pane = Pane(self._fetch, self._draw)
        await self._pane.load()

    async def _changed(self) -> None:
        if self._search:
            self._words = self._search.words
            ui.navigate.history.replace(links.operation(**self._words.address()))
            await self._pane.load()

    def _fetch(self) -> Aggregate | None:
        if self._words.names_nothing:
            return None
        query = self._words.query(self._console.clock)
        return aggregate(collect(self._console.platform.traces, query, TRACES))

    def _draw(self, found: Aggregate | None) -> None:
        if found is None:
            choose_something()
        elif not found.samples:
            messages.message("query_stats", "No traces", "No span matches; try other words or a longer time.")
        else:
            self._show(found)

    def _show(self, found: Aggregate) -> None:
        with ui.element("div").classes("al-row"):
            heading(self._words.title)
            words = self._words.address() | {"error": ""}
            messages.link_button("Compare", links.compare(**words), "compare_arrows")
        _figures(found)
        for sentence in found.notes:
            with note("info", "quiet"):
                text(sentence)
        with ui.element("div").classes("al-columns"):
            with panel("Latency", note="samples by how long they took"):
                _chart(path_charts.latencies(found.histogram), "Distribution of the durations")
            with panel("Critical path", note="mean of the samples around each percentile"):
                _chart(path_charts.composition(found), "Operations on the critical path by percentile")
        with panel("Where the time goes"):
            table = DataTable("Operations on the critical path", table_columns.PERCENTILES)
            table.show([_row(share, found) for share in found.operations[:MOST_ROWS]])
        with panel("Traces to open"), ui.element("div").classes("al-examples"):
            for view in found.percentiles:
                for trace_id in view.trace_ids:
                    copyable(
                        f"p{view.percentile}, {format_ns(view.duration_ns)}", trace_id, links.trace(trace_id)
                    )


def choose_something() -> None:
    """What stands there before anything is chosen."""
    messages.message(
        "query_stats",
        "Choose a pipeline or an operation",
        "Its traces are put side by side: how long it takes, and which milliseconds matter.",
    )


def _figures(found: Aggregate) -> None:
    failed = 100 * found.failed / found.samples
    with figures():
        Figure("Samples").show(fmt.count(found.samples), f"in {fmt.count(found.traces)} traces")
        Figure("Failed").show(
            fmt.count(found.failed), fmt.percent(failed), tone="fail" if found.failed else ""
        )
        Figure("Mean").show(format_ns(found.mean_ns))
        for view in found.percentiles:
            Figure(f"p{view.percentile}").show(format_ns(view.duration_ns))


def _chart(options: path_charts.Options, description: str) -> None:
    chart = ui.echart(options, renderer="svg").classes("al-chart")
    chart.props["role"] = "img"
    chart.props["aria-label"] = description


def _row(share: PathShare, found: Aggregate) -> Row:
    cells: dict[str, Cell] = {
        "operation": {
            "text": share.name or "(unnamed)",
            "sub": share.service,
            "href": links.operation(service=share.service, operation=share.name),
        },
        "mean": number(share.on_path_ns, format_ns(share.on_path_ns)),
        "share": number(share.share, fmt.percent(100 * share.share)),
    }
    for view in found.percentiles:
        key = share.service, share.name
        on_path = sum(one.on_path_ns for one in view.operations if (one.service, one.name) == key)
        cells[f"p{view.percentile}"] = number(on_path, format_ns(on_path))
    return Row(f"{share.service}\n{share.name}", cells)
