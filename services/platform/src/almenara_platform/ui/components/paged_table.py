"""A table over a list that its store pages; says when there is nothing and when there is no store."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from nicegui import ui

from almenara_platform.exceptions import AlmenaraPlatformError, BadCursor, BadRequest
from almenara_platform.page import Page
from almenara_platform.ui.components import messages
from almenara_platform.ui.components.pager import Pager
from almenara_platform.ui.components.table import Column, DataTable, Row
from almenara_platform.ui.console import ask, current

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Listing(Generic[T]):
    """What is listed.

    ``find`` asks the store (in a thread) for the page at a cursor; ``row`` shows one item; ``address`` is
    that of the list, with its filters, at a cursor; ``empty`` explains why there may be nothing.
    """

    title: str
    columns: Sequence[Column]
    find: Callable[[str | None], Page[T]]
    row: Callable[[T, datetime], Row]
    address: Callable[[str | None], str]
    empty: Callable[[], object]


class PagedTable(Generic[T]):
    """A panel with the table and the way through its pages. The address in the browser follows."""

    def __init__(self, listing: Listing[T], cursor: str) -> None:
        self._listing = listing
        self._console = current()
        with ui.element("section").classes("al-panel") as panel:
            panel.props["aria-label"] = listing.title
            self._table = DataTable(listing.title, listing.columns)
            self._message = ui.element("div")
            with self._message:
                messages.skeleton()
            self._pager = Pager(self.load, cursor or None)
        ui.timer(0, self.load, once=True)

    async def search(self) -> None:
        """Show the first page, because the filters have changed."""
        self._pager.reset()
        await self.load()

    async def load(self) -> None:
        """Fetch the page where the reader is."""
        ui.navigate.history.replace(self._listing.address(self._pager.cursor))
        try:
            page = await ask(self._listing.find, self._pager.cursor)
        except BadCursor:
            await self.search()
        except AlmenaraPlatformError as error:
            self._unavailable(error)
        else:
            self._show(page)

    def fetch_newest(self) -> Page[T] | None:
        """The first page anew, for a thread; None while one reads another page, which is to stay as it is."""
        return self._listing.find(None) if self._pager.is_first else None

    def refresh(self, page: Page[T] | None) -> bool:
        """Show what ``fetch_newest`` found; there is always more to come."""
        if page is not None and self._pager.is_first:
            self._show(page)
        return True

    def _show(self, page: Page[T]) -> None:
        now = self._console.clock()
        self._table.show([self._listing.row(item, now) for item in page.items])
        self._table.set_visibility(bool(page.items))
        self._pager.show(page.next)
        self._message.clear()
        if not page.items:
            with self._message:
                self._listing.empty()

    def _unavailable(self, error: AlmenaraPlatformError) -> None:
        self._table.set_visibility(False)
        self._message.clear()
        with self._message:
            if isinstance(error, BadRequest):
                messages.misunderstood(str(error))
            else:
                messages.unavailable(str(error), self.load)
