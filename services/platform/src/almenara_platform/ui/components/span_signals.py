"""What the other signals say of a span: its log lines, and its run with the datasets of the run."""

from __future__ import annotations

from nicegui import ui

from almenara_platform.logs.model import LogRecord
from almenara_platform.logs.port import LogQuery, Order
from almenara_platform.page import Page
from almenara_platform.runs.model import Run
from almenara_platform.traces.model import Span
from almenara_platform.ui import format as fmt
from almenara_platform.ui import links
from almenara_platform.ui.components.copying import copyable
from almenara_platform.ui.components.datasets import dataset_links
from almenara_platform.ui.components.figures import state_text
from almenara_platform.ui.components.inline import Inline
from almenara_platform.ui.components.log_lines import LogLines
from almenara_platform.ui.components.messages import link_button
from almenara_platform.ui.components.text import text
from almenara_platform.ui.console import current
from almenara_platform.ui.states import of_run
from almenara_platform.ui.summary import elapsed

MOST_LINES = 100


def span_logs(span: Span) -> None:
    """The first log lines that were written within a span, oldest first."""
    logs = current().platform.logs
    query = LogQuery(trace_id=span.trace_id, span_id=span.span_id, order=Order.OLDEST_FIRST, limit=MOST_LINES)
    with ui.element("section").classes("al-signal").props('aria-label="Logs of the span"'):
        with ui.element("div").classes("al-row"):
            text("Logs", "h3").classes("al-set-title al-grow")
            address = links.logs(trace_id=span.trace_id, span_id=span.span_id)
            link_button("In the log search", address, "open_in_new")
        Inline(lambda: logs.find(query), _lines)


def _lines(page: Page[LogRecord]) -> None:
    if not page.items:
        text("No log line was written within this span.", "p").classes("al-quiet")
        return
    LogLines().show(page.items)
    if page.next is not None:
        text(f"The first {fmt.count(len(page.items))} lines; the log search has them all.", "p").classes(
            "al-quiet"
        )


def span_run(run_id: str | None) -> None:
    """The run that a span belongs to, and what that run read and wrote."""
    lineage = current().platform.lineage
    with ui.element("section").classes("al-signal").props('aria-label="Run of the span"'):
        text("Run", "h3").classes("al-set-title")
        if run_id is None:
            text("This span belongs to no run.", "p").classes("al-quiet")
            return
        copyable("Run id", run_id, links.run(run_id))
        Inline(lambda: lineage.run(run_id), _run)


def _run(run: Run | None) -> None:
    if run is None:
        text("No lineage event of this run has arrived.", "p").classes("al-quiet")
        return
    now = current().clock()
    with ui.element("div").classes("al-row"):
        state_text(of_run(run.state))
        ui.link(run.pipeline, links.pipeline(run.namespace, run.pipeline))
        text(f"{fmt.ago(run.listed_at, now)} · {fmt.duration(elapsed(run, now))}").classes("al-quiet")
    dataset_links("Datasets read", run.inputs)
    dataset_links("Datasets written", run.outputs)
