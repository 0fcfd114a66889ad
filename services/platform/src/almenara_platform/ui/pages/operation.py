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
from almenara_platform.ui.components.panels import note, panel
from almenara_platform.ui.components.path_view import AskedWords, PathView, show_path_view
from almenara_platform.ui.components.table import Cell, DataTable, Row, number
from almenara_platform.ui.components.text import heading, text

TRACES = 200
MOST_ROWS = 20


@ui.page(links.OPERATIONS)
async def operation_page(words: AskedWords) -> None:
    """The page ``/operations``; its parameters are the fields."""
    await show_path_view("Operations", lambda: OperationView(words))


class OperationView(PathView[Aggregate]):
    """Fields, and below them what the traces that they choose have in common."""

    def fetch(self) -> Aggregate:
        """What the newest matching traces have in common."""
        query = self._words.query(self._console.clock)
        return aggregate(collect(self._console.platform.traces, query, TRACES))

    def address(self) -> str:
        """The page with what the fields say."""
        return links.operation(**self._words.address())

    def draw(self, found: Aggregate) -> None:
        """Figures, charts, a table and traces to open."""
        if found.samples:
            self._show(found)
        else:
            messages.message("query_stats", "No traces", "No span matches; try other words or a longer time.")

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


def _figures(found: Aggregate) -> None:
    failed = 100 * found.failed / found.samples
    with figures():
        Figure("Samples").show(fmt.count(found.samples), f"in {fmt.counted(found.traces, 'trace')}")
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
