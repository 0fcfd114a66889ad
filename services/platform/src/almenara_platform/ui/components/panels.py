"""Panels: a heading, what can be done, and the content."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from nicegui import ui

from almenara_platform.ui.components.text import heading, text


@contextmanager
def panel(title: str, actions: Callable[[], object] = lambda: None, note: str = "") -> Iterator[ui.element]:
    """A panel called ``title``; ``actions`` creates what stands at the right of its heading."""
    with ui.element("section").classes("al-panel") as section:
        section.props["aria-label"] = title
        with ui.element("div").classes("al-panel-head"):
            heading(title)
            if note:
                text(note).classes("al-quiet")
            ui.element("span").classes("al-grow")
            actions()
        yield section


def note(icon: str, tone: str) -> ui.element:
    """A coloured box for something to be aware of; use it as a context."""
    box = ui.element("div").classes(f"al-note tone-{tone}").props('role="note"')
    with box:
        ui.icon(icon)
        return ui.element("div")
