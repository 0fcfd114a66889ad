"""A picture of lineage in the page: boxes, arrows, and what the colours say."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from nicegui import ui
from nicegui.events import GenericEventArguments

from almenara_platform.ui.components.panels import panel
from almenara_platform.ui.components.text import text
from almenara_platform.ui.lineage_colours import LAST_RUN, SAID
from almenara_platform.ui.lineage_picture import Picture
from almenara_platform.ui.states import Look

OnOpen = Callable[[str, str], Coroutine[Any, Any, None]]


class LineageGraph(ui.element, component="lineage_graph.js"):
    """Boxes with columns; ``on_open`` gets namespace and name of the box that was clicked or entered.

    Without ``on_open`` a click leads to the lineage of the dataset.
    """

    def __init__(self, title: str, picture: Picture, on_open: OnOpen | None = None) -> None:
        super().__init__()
        self._on_open = on_open
        self._props["title"] = title
        self._props["opens"] = on_open is not None
        self._fill(picture)
        self.on("open", self._opened)

    def show(self, picture: Picture) -> None:
        """Draw another picture; what is in both stays where the reader sees it."""
        self._fill(picture)
        self.update()

    def _fill(self, picture: Picture) -> None:
        self._picture = picture
        for name in ("boxes", "edges", "flows", "size"):
            self._props[name] = getattr(picture, name)

    async def _opened(self, event: GenericEventArguments) -> None:
        key = event.args[0] if isinstance(event.args, list) else event.args
        names = self._picture.datasets.get(key) if isinstance(key, int) else None
        if names is not None and self._on_open is not None:
            await self._on_open(*names)


def graph_panel(heading: str, title: str, picture: Picture) -> None:
    """A panel with a whole answer as a picture called ``title``, what is left out, and the legend."""
    with panel(heading, lambda: text(picture.note).classes("al-quiet")):
        LineageGraph(title, picture)
        with ui.element("div").classes("al-panel-foot"):
            graph_legend(picture.legend)


def graph_legend(looks: Sequence[Look], colour: str = LAST_RUN) -> None:
    """What the marks of the boxes say, as icon and word, under what one of ``COLOURS`` stands for."""
    with ui.element("div").classes("al-legend").props('role="group" aria-label="Legend"'):
        text(f"{SAID[colour]}:")
        for look in looks:
            with ui.element("span").classes(f"tone-{look.tone} al-legend-look"):
                ui.icon(look.icon)
                text(look.label)
        for kind, words in (("", "values of a column"), ("masked", "masked"), ("indirect", "only decides")):
            with ui.element("span"):
                ui.element("i").classes(f"al-thread-mark {kind}")
                text(words)
