"""Names with their values, states and live marks, which change in place."""

from __future__ import annotations

from nicegui import ui

from almenara_platform.ui.components.text import text
from almenara_platform.ui.format import UNKNOWN
from almenara_platform.ui.states import Look


class Toned:
    """Keeps one ``tone-*`` class on an element."""

    def __init__(self, element: ui.element) -> None:
        self._element = element
        self._tone = ""

    def set(self, tone: str) -> None:
        """Replace the tone; an empty one takes it away."""
        if tone != self._tone:
            remove = f"tone-{self._tone}" if self._tone else None
            self._element.classes(add=f"tone-{tone}" if tone else None, remove=remove)
            self._tone = tone


class Figure:
    """One name with its value and maybe a line below; a ``dl`` around it is the caller's."""

    def __init__(self, name: str) -> None:
        with ui.element("div").classes("al-figure"):
            text(name, "dt")
            with ui.element("dd") as self._box:
                self._value = text(UNKNOWN)
                self._below = text("", "div").classes("al-sub")
        self._tone = Toned(self._box)

    def show(self, value: str, below: str = "", tone: str = "", title: str = "") -> None:
        """Put in a value; only what differs is sent to the browser."""
        self._value.set_text(value)
        self._below.set_text(below)
        self._tone.set(tone)
        if self._box.props.get("title", "") != title:
            self._box.props["title"] = title


def figures() -> ui.element:
    """The row that figures stand in; use it as a context."""
    return ui.element("dl").classes("al-figures")


def state_text(look: Look) -> None:
    """A state as icon and word that does not change."""
    with ui.element("span").classes(f"al-state tone-{look.tone}"):
        ui.icon(look.icon)
        text(look.label)


class StateBadge:
    """A state as icon and word."""

    def __init__(self, look: Look) -> None:
        with ui.element("span").classes("al-state al-badge") as self._box:
            self._icon = ui.icon(look.icon)
            self._label = text(look.label)
        self._tone = Toned(self._box)
        self.show(look)

    def show(self, look: Look) -> None:
        """Change to another state."""
        self._icon.set_name(look.icon)
        self._label.set_text(look.label)
        self._tone.set(look.tone)


class LiveMark:
    """Says whether the page keeps itself up to date."""

    def __init__(self) -> None:
        with ui.element("span").classes("al-live").props('role="status"') as self._box:
            ui.element("i").props('aria-hidden="true"')
            self._label = text("")
        self._tone = Toned(self._box)
        self._box.set_visibility(False)

    def live(self) -> None:
        """The page follows what happens."""
        self._show("Live", "run", going=True)

    def stale(self, reason: str) -> None:
        """The page cannot follow for now."""
        self._show(f"Not up to date: {reason}", "warn", going=False)

    def hide(self) -> None:
        """There is nothing to follow."""
        self._box.set_visibility(False)

    def _show(self, text: str, tone: str, going: bool) -> None:
        self._box.set_visibility(True)
        self._label.set_text(text)
        self._tone.set(tone)
        self._box.classes(add="going" if going else None, remove=None if going else "going")
