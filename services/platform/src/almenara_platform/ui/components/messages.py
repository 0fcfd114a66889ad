"""What stands in the place of content: nothing yet, not found, not available, wrong input, still loading."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from nicegui import ui

from almenara_platform.ui.components.copying import copy_button
from almenara_platform.ui.components.text import heading, text


def message(
    icon: str, title: str, explanation: str = "", tone: str = "quiet", assertive: bool = False
) -> ui.element:
    """A centred message; use the result as a context to add what can be done about it."""
    box = ui.element("div").classes(f"al-message-box tone-{tone}")
    box.props(f'role="{"alert" if assertive else "status"}"')
    with box:
        ui.icon(icon)
        heading(title)
        if explanation:
            text(explanation, "p")
    return box


def command(line: str) -> None:
    """A command to copy into a terminal."""
    with ui.element("div").classes("al-command"):
        text(line, "code")
        copy_button(line, "Copy the command")


def unavailable(reason: str, retry: Callable[[], Awaitable[None]]) -> None:
    """A store does not answer."""
    with message("cloud_off", "The data cannot be reached now", reason, "warn", assertive=True):
        button("Try again", retry, icon="refresh")


def misunderstood(reason: str) -> None:
    """The address or a field holds something that cannot be understood."""
    message("edit_off", "This cannot be asked", reason, "warn", assertive=True)


def button(label: str, action: Callable[..., object], icon: str | None = None) -> ui.button:
    """A button of ordinary weight."""
    return (
        ui.button(label, on_click=action, icon=icon, color=None)
        .props("outline dense padding='4px 12px'")
        .classes("al-button")
    )


def link_button(label: str, href: str, icon: str | None = None) -> ui.button:
    """A link that looks like a button."""
    made = (
        ui.button(label, icon=icon, color=None)
        .props("outline dense no-caps padding='4px 12px'")
        .classes("al-button")
    )
    made.props["href"] = href
    return made


def skeleton(lines: int = 4) -> None:
    """Grey bars where content is about to be."""
    with ui.element("div").classes("al-pane").props('role="status" aria-label="Loading"'):
        for width in (38, 92, 84, 66, 90, 52)[:lines]:
            ui.element("div").classes("al-skeleton").style(f"width: {width}%")
