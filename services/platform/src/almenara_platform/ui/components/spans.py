"""The spans of a trace over time."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from nicegui import ui
from nicegui.events import GenericEventArguments

from almenara_platform.traces.model import Span
from almenara_platform.traces.tree import SpanTree
from almenara_platform.ui.components.stages import ticks
from almenara_platform.ui.components.text import text
from almenara_platform.ui.span_rows import SpanRows


class SpanWaterfall(ui.element, component="span_waterfall.js"):
    """All spans as an indented timeline that draws only what is in view, so that 10,000 scroll like ten.

    ``on_choose`` gets the span that the reader points at. ``tall`` takes the height of the window.
    """

    def __init__(self, tree: SpanTree, on_choose: Callable[[Span], object], tall: bool = False) -> None:
        super().__init__()
        self._rows = SpanRows.of(tree)
        self._on_choose = on_choose
        self._props["rows"] = self._rows.plain()
        self._props["services"] = list(self._rows.services)
        self._props["ticks"] = ticks(self._rows.length_ns / 1e9)
        self._props["tall"] = tall
        self._props["marks"] = []
        self._props["selected"] = None
        self.on("choose", self._chosen)

    def mark(self, sections: Sequence[tuple[str, int, int]]) -> None:
        """Draw stretches (span id, start and end in Unix nanoseconds) on the bars of their spans."""
        self._props["marks"] = self._rows.marks(sections)
        self.update()

    def choose(self, span_id: str) -> None:
        """Point at a span as if the reader had; an unknown id changes nothing."""
        row = self._rows.row_of(span_id)
        if row is not None:
            self._props["selected"] = row
            self._on_choose(self._rows.span(row))

    def fold_all(self, yes: bool) -> None:
        """Fold away or show everything below the roots' children."""
        self.run_method("fold_all", yes)

    def fold_to_marks(self) -> None:
        """Fold away every part of the tree without a mark."""
        self.run_method("fold_to_marks")

    def _chosen(self, event: GenericEventArguments) -> None:
        row = event.args[0] if isinstance(event.args, list) else event.args
        if isinstance(row, int) and 0 <= row < len(self._rows.order):
            # The browser shows its own choice already; an update would send it every row again.
            with self._props.suspend_updates():
                self._props["selected"] = row
            self._on_choose(self._rows.span(row))


def legend(services: Sequence[str]) -> None:
    """Which colour is which service, and what the marks are."""
    with ui.element("div").classes("al-legend"):
        with ui.element("span"):
            ui.element("i").classes("al-path-mark")
            text("on the critical path")
        for place, service in enumerate(services):
            with ui.element("span").classes(f"tone-s{place % 8}"):
                ui.element("i").classes("al-dot")
                text(service)
