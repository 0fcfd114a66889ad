"""The trace of a run, as part of the run's page."""

from __future__ import annotations

from nicegui import ui

from almenara_platform.exceptions import AlmenaraPlatformError
from almenara_platform.runs.model import Run, RunState
from almenara_platform.traces.explain import explain, run_span
from almenara_platform.traces.longest import shortened
from almenara_platform.traces.model import Trace
from almenara_platform.traces.tree import span_tree
from almenara_platform.ui import format as fmt
from almenara_platform.ui import links
from almenara_platform.ui.components.explained import first_look
from almenara_platform.ui.components.messages import link_button, message
from almenara_platform.ui.components.panels import panel
from almenara_platform.ui.components.spans import SpanWaterfall
from almenara_platform.ui.components.text import text
from almenara_platform.ui.console import ask, current

MOST_SPANS = 20_000


class RunTrace:
    """A panel with the spans of a run's trace; choosing one leads to the trace's own page."""

    def __init__(self) -> None:
        self._console = current()
        with panel("Trace", self._tools):
            self.box = ui.element("div").classes("al-pane")
        self._spans = 0

    def _tools(self) -> None:
        self._summary = text("").classes("al-quiet")
        self._actions = ui.element("span")

    @property
    def is_empty(self) -> bool:
        """Whether no span has been shown yet."""
        return self._spans == 0

    async def show(self, run: Run) -> None:
        """Show the trace as it is known now; nothing changes while there are no more spans than before."""
        trace, trouble = await self._find(run)
        spans = len(trace.spans) if trace else 0
        if spans and spans == self._spans:
            return
        self._spans = spans
        self.box.clear()
        with self.box:
            self._draw(trace, run) if trace and spans else _nothing(run, trouble)

    async def _find(self, run: Run) -> tuple[Trace | None, str]:
        if not run.trace_id:
            return None, ""
        try:
            trace = await ask(self._console.platform.traces.trace, run.trace_id)
            return (shortened(trace, MOST_SPANS) if trace else None), ""
        except AlmenaraPlatformError as error:
            return None, str(error)

    def _draw(self, trace: Trace, run: Run) -> None:
        tree = span_tree(trace)
        start = run_span(tree, run.run_id)
        found = explain(trace, start.span_id if start else None)
        name, why, _ = first_look(found, run.state in (RunState.FAIL, RunState.ABORT))
        self._summary.set_text(f"{fmt.counted(len(tree.spans), 'span')} · look first at {name}, {why}")
        self._actions.clear()
        with self._actions:
            link_button("Open the trace", links.path(trace.trace_id, found.root_span_id), "open_in_new")
        SpanWaterfall(tree, lambda span: ui.navigate.to(links.span(span.trace_id, span.span_id))).mark(
            found.sections
        )


def _nothing(run: Run, trouble: str) -> None:
    if trouble:
        message("cloud_off", "The trace cannot be reached now", trouble, "warn")
    elif run.trace_id:
        message(
            "waterfall_chart",
            "No spans yet",
            "The trace is known by its id, but none of its spans has arrived.",
        )
    else:
        message("waterfall_chart", "No trace", "The emitter of this run sent no trace id.")
