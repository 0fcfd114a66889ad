"""Choosing a dataset or column: a field for a part of a name, and what has it; Enter opens the first."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from nicegui import ui
from nicegui.events import GenericEventArguments

from almenara_platform.exceptions import AlmenaraPlatformError
from almenara_platform.lineage.answers.search import search
from almenara_platform.page import Page
from almenara_platform.ui.components.fields import text_field, value_of
from almenara_platform.ui.components.table import Column, DataTable, Row
from almenara_platform.ui.components.text import text
from almenara_platform.ui.console import ask, current

_MOST = 30
_COLUMNS = (Column("kind", "", "tight"), Column("name", "Name"), Column("column", "Column"))
Hit = Mapping[str, Any]


class LineageSearch:
    """Hits below the field, each leading to where ``address`` says; "" leads nowhere."""

    def __init__(self, label: str, address: Callable[[Hit], str]) -> None:
        self._index = current().answers.index
        self._address = address
        with ui.element("div").classes("al-pane al-arrows"):
            with ui.element("div").classes("al-row"):
                self._field = text_field(label, self._search, wide=True).style("max-width: 460px")
                self._said = text("").classes("al-quiet").props('role="status"')
            with ui.element("section").classes("al-panel").props('aria-label="Search"') as self._found:
                self._table = DataTable("Found", _COLUMNS)
        self._found.set_visibility(False)
        # The field tells its value only when typing pauses, and Enter may come before.
        self._field.on("keydown.enter", self._open_first, js_handler="(event) => emit(event.target.value)")

    async def _search(self) -> None:
        words = value_of(self._field)
        if not words:
            self._found.set_visibility(False)
            self._said.set_text("")
            return
        page = await self._hits(words)
        if page is None:
            return
        rows = [_row(number, hit, href) for number, (hit, href) in enumerate(self._led(page))]
        self._table.show(rows)
        self._found.set_visibility(bool(rows))
        more = ", and more" if page.next else ""
        self._said.set_text(f"{len(rows)} found{more}" if rows else "Nothing has this in its name.")

    async def _open_first(self, event: GenericEventArguments) -> None:
        words = str(event.args or "").strip()
        page = await self._hits(words) if words else None
        for _, href in self._led(page)[:1] if page else ():
            ui.navigate.to(href)

    async def _hits(self, words: str) -> Page[dict[str, Any]] | None:
        try:
            return await ask(search, self._index.snapshot(), words, _MOST, None)
        except AlmenaraPlatformError as error:
            ui.notify(str(error), type="negative")
            return None

    def _led(self, page: Page[dict[str, Any]]) -> list[tuple[Hit, str]]:
        """The hits that lead somewhere, with where."""
        return [(hit, href) for hit in page.items if (href := self._address(hit))]


def _row(number: int, hit: Hit, href: str) -> Row:
    name = hit["label"] if hit["kind"] == "tag" else hit["name"]
    cells = {
        "kind": str(hit["kind"]),
        "name": {"text": name, "sub": hit["namespace"] or "", "href": href},
        "column": hit["column"] or "",
    }
    return Row(str(number), cells)
