"""The page of a trace: its spans over time, and one of them in detail."""

from __future__ import annotations

import re
from collections.abc import Callable

from nicegui import ui

from almenara_platform.canary.names import SERVICE
from almenara_platform.clock import from_nanos
from almenara_platform.exceptions import NotFound
from almenara_platform.platform import Platform
from almenara_platform.traces.explain import RUN_ID, Explanation, explain, run_of
from almenara_platform.traces.longest import shortened
from almenara_platform.traces.model import Span, StatusCode, Trace
from almenara_platform.traces.tree import SpanTree
from almenara_platform.ui import format as fmt
from almenara_platform.ui import links
from almenara_platform.ui.components import messages
from almenara_platform.ui.components.copying import copyable
from almenara_platform.ui.components.explained import explained, first_look, path_links
from almenara_platform.ui.components.figures import Figure, figures
from almenara_platform.ui.components.pane import Pane
from almenara_platform.ui.components.panels import panel
from almenara_platform.ui.components.shell import name_page, shell
from almenara_platform.ui.components.span_detail import span_detail
from almenara_platform.ui.components.spans import SpanWaterfall, legend
from almenara_platform.ui.components.text import heading, text
from almenara_platform.ui.console import current

MOST_SPANS = 20_000
_TRACE_ID = re.compile(r"[0-9a-fA-F]{32}")


@ui.page("/traces/{trace_id}")
async def trace_page(trace_id: str, span: str = "", root: str = "") -> None:
    """The page ``/traces/{trace_id}``: ``span`` is shown in detail, the critical path starts at ``root``."""
    platform = current().platform
    trace_id = links.name_of(trace_id)
    with shell("Trace"):
        await Pane(
            lambda: explain(find_trace(platform, trace_id), root or None),
            lambda explanation: TraceView(explanation, span),
        ).load()


def find_trace(platform: Platform, trace_id: str) -> Trace:
    """The trace with this id; raises ``NotFound``."""
    trace = platform.traces.trace(trace_id.lower()) if _TRACE_ID.fullmatch(trace_id) else None
    if trace is None or not trace.spans:
        raise NotFound(
            f"No trace has the id {trace_id[:200]}. Traces older than the retention time are removed."
        )
    return shortened(trace, MOST_SPANS)


class TraceView:
    """Head, figures, waterfall with the critical path, detail of the chosen span, and explanation."""

    def __init__(self, explanation: Explanation, chosen: str) -> None:
        self._explanation = explanation
        self._tree = explanation.tree
        self._root = self._tree.spans[self._tree.default_root()]
        self._now = current().clock()
        name_page(f"{self._root.name} trace")
        self._head(self._tree.trace)
        self._figures()
        self._split = ui.element("div").classes("al-split")
        with self._split:
            with panel("Spans", self._tools):
                self._waterfall = SpanWaterfall(self._tree, self._choose, tall=True)
                self._waterfall.mark(explanation.sections)
            self._detail = (
                ui.element("section").classes("al-panel al-detail").props('aria-label="Span" tabindex="-1"')
            )
            self._detail.set_visibility(False)
        explained(explanation)
        if chosen:
            self._waterfall.choose(chosen)

    def _head(self, trace: Trace) -> None:
        with ui.element("div").classes("al-crumbs"):
            ui.link("Traces", links.TRACES)
            text("/")
            text(self._root.service)
        heading(self._root.name, 1)
        with ui.element("div").classes("al-row"):
            copyable("Trace id", trace.trace_id)
            for run_id in run_ids(self._tree):
                copyable("Run id", run_id, links.run(run_id))
            messages.link_button("Logs of this trace", links.logs(trace_id=trace.trace_id), "subject")
            path_links(self._explanation)

    def _figures(self) -> None:
        tree = self._tree
        failed = sum(1 for span in tree.spans if span.status.code is StatusCode.ERROR)
        began = from_nanos(min(tree.start))
        with figures():
            Figure("Started").show(fmt.ago(began, self._now), fmt.absolute(began))
            Figure("Duration").show(fmt.duration((max(tree.end) - min(tree.start)) / 1e9))
            Figure("Spans").show(fmt.count(len(tree.spans)))
            Figure("Failed spans").show(fmt.count(failed), tone="fail" if failed else "")
            Figure("Services").show(fmt.count(len({span.service for span in tree.spans})))
            Figure("Look first at").show(*first_look(self._explanation))

    def _tools(self) -> None:
        legend(list(dict.fromkeys(span.service for span in self._tree.spans)))
        messages.button("Critical path", lambda: self._waterfall.fold_to_marks(), icon="route")
        messages.button("Fold", lambda: self._waterfall.fold_all(True), icon="unfold_less")
        messages.button("Unfold", lambda: self._waterfall.fold_all(False), icon="unfold_more")

    def _choose(self, span: Span) -> None:
        ui.navigate.history.replace(self._address(span))
        self._detail.clear()
        self._detail.set_visibility(True)
        self._split.classes(add="open")
        with self._detail:
            _close_button(self._close)
            span_detail(span, None if span.service == SERVICE else run_of(self._tree, span))

    def _address(self, span: Span) -> str:
        root = self._explanation.root
        begun = "" if root == self._tree.default_root() else self._explanation.root_span_id
        return links.with_query(links.trace(span.trace_id), {"span": span.span_id, "root": begun})

    def _close(self) -> None:
        self._detail.set_visibility(False)
        self._split.classes(remove="open")


def _close_button(action: Callable[[], None]) -> None:
    button = ui.button(icon="close", on_click=action, color=None).props("flat round dense size=sm")
    button.classes("al-icon-button al-close").props('aria-label="Close the span"')


def run_ids(tree: SpanTree) -> list[str]:
    """The runs that the spans belong to, at most five; the canary's have none, whatever they say."""
    found = (span.attributes.get(RUN_ID) for span in tree.spans if span.service != SERVICE)
    return list(dict.fromkeys(run_id for run_id in found if isinstance(run_id, str)))[:5]
