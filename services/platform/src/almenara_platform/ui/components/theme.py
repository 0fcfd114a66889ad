"""The look of the console and the choice between light and dark."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from nicegui import App, context, ui

STATIC_PATH = "/_almenara"
STATIC_FOLDER = Path(__file__).parent.parent / "static"
COOKIE = "almenara_theme"
FAVICON = (STATIC_FOLDER / "favicon.svg").read_text(encoding="utf-8")
_CHOICES = {"light": False, "dark": True}


@cache
def serve_static(app: App) -> None:
    """Serve the style sheet and the script, once per application."""
    app.add_static_files(STATIC_PATH, STATIC_FOLDER)


@cache
def _address(name: str) -> str:
    digest = hashlib.sha256((STATIC_FOLDER / name).read_bytes()).hexdigest()[:12]
    return f"{STATIC_PATH}/{name}?v={digest}"


def apply_theme() -> None:
    """Give the page its style. The reader's choice comes with the request, so a dark page never flashes."""
    prefix = context.client.request.scope.get("root_path", "")
    ui.add_head_html(f'<link rel="stylesheet" href="{prefix}{_address("console.css")}">')
    ui.add_head_html(f'<script defer src="{prefix}{_address("console.js")}"></script>')
    choice = context.client.request.cookies.get(COOKIE)
    if choice in _CHOICES:
        ui.add_head_html(f"<style>:root {{ color-scheme: {choice}; }}</style>")
        ui.dark_mode(_CHOICES[choice])


def theme_menu() -> None:
    """The button that chooses light, dark or what the system says."""
    with (
        ui.button(icon="contrast", color=None)
        .props('flat round dense aria-label="Theme"')
        .classes("al-icon-button")
    ):
        ui.tooltip("Theme")
        with ui.menu().props('auto-close role="menu" aria-label="Theme"'):
            for choice, label in (("system", "Like the system"), ("light", "Light"), ("dark", "Dark")):
                item = ui.menu_item(label).props('role="menuitem"')
                item.on("click", js_handler=f"() => almenara.theme('{choice}')")
