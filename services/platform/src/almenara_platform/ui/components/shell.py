"""The frame around every page: navigation, search, theme, and the place for the page itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from nicegui import context, ui

from almenara_platform.ui import links
from almenara_platform.ui.components.search import search_box
from almenara_platform.ui.components.text import text
from almenara_platform.ui.components.theme import apply_theme, theme_menu
from almenara_platform.ui.navigation import GROUPS, Entry, is_under


@contextmanager
def shell(title: str) -> Iterator[None]:
    """Everything created inside becomes the content of a page called ``title``."""
    name_page(title)
    apply_theme()
    with ui.element("div").classes("al-app"):
        _navigation()
        with ui.element("div"):
            with ui.element("header").classes("al-top"):
                search_box()
                ui.space()
                theme_menu()
            with ui.element("main").classes("al-main") as main:
                yield
    ui.skip_link(target=main)
    # Quasar's page is a main landmark too, and it would hold the navigation.
    ui.query(".q-page").props('role="presentation"')


def name_page(title: str) -> None:
    """The title of the browser's tab."""
    ui.page_title(f"{title} · Almenara")


def _navigation() -> None:
    path = context.client.request.url.path
    with ui.element("nav").classes("al-nav").props('aria-label="Main"'):
        with ui.link(target=links.OVERVIEW).classes("al-brand").props('aria-label="Almenara, overview"'):
            ui.icon("local_fire_department")
            text("Almenara")
        for group in GROUPS:
            if group.heading:
                ui.label(group.heading).classes("al-nav-group")
            for entry in group.entries:
                _link(entry, is_under(entry, path))


def _link(entry: Entry, here: bool) -> None:
    with ui.link(target=entry.path).classes("al-nav-link") as link:
        ui.icon(entry.icon)
        text(entry.label)
    link.props["title"] = entry.label
    if here:
        link.props('aria-current="page"')
