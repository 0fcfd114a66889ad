"""Text to take along: ids and commands with a button that copies them."""

from __future__ import annotations

from nicegui import ui

from almenara_platform.ui.components.text import text


def copy_button(text: str, label: str) -> ui.button:
    """A button that copies ``text``."""
    made = (
        ui.button(icon="content_copy", color=None).props("flat round dense size=sm").classes("al-icon-button")
    )
    made.props["aria-label"] = label
    made.props["title"] = label
    made.props["data-copy"] = text
    return made.on("click", js_handler="(event) => almenara.copy(event.currentTarget)")


def copyable(name: str, value: str, href: str | None = None) -> None:
    """An id under its name, with a button that copies it and maybe a link to its page."""
    with ui.element("span").classes("al-id"):
        text(name)
        with ui.link(target=href) if href else ui.element("span"):
            text(value, "code")
        copy_button(value, f"Copy the {name.lower()}")
