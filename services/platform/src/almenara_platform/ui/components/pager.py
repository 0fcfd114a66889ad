"""Going through a list page by page with a store's cursors."""

from __future__ import annotations

from collections.abc import Callable

from nicegui import ui

from almenara_platform.ui.components.messages import button


class Pager:
    """Buttons for newer and older. ``on_turn`` is called when ``cursor`` has changed."""

    def __init__(self, on_turn: Callable[[], object], cursor: str | None = None) -> None:
        self._on_turn = on_turn
        self._way: list[str | None] = [None, cursor] if cursor else [None]
        self._next: str | None = None
        with ui.element("div").classes("al-row al-panel-foot"):
            self._newest = button("Newest", self.reset_and_turn, icon="first_page")
            self._newer = button("Newer", self._back, icon="chevron_left")
            self._older = button("Older", self._forward, icon="chevron_right")

    @property
    def cursor(self) -> str | None:
        """Where the page shown begins; None for the first."""
        return self._way[-1]

    @property
    def is_first(self) -> bool:
        """Whether the newest page is shown."""
        return self.cursor is None

    def show(self, following: str | None) -> None:
        """Take note of what follows the page now shown."""
        self._next = following
        self._older.set_enabled(following is not None)
        self._newer.set_enabled(not self.is_first)
        self._newest.set_visibility(len(self._way) > 2 or not self.is_first)

    def reset(self) -> None:
        """Back to the first page, because the question has changed."""
        self._way = [None]

    async def reset_and_turn(self) -> None:
        """Show the first page."""
        self.reset()
        await self._on_turn()

    async def _forward(self) -> None:
        if self._next is not None:
            self._way.append(self._next)
            await self._on_turn()

    async def _back(self) -> None:
        if len(self._way) > 1:
            self._way.pop()
            await self._on_turn()
