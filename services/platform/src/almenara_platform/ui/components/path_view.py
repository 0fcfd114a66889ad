"""What the pages about many traces have in common: fields, and below them an answer that follows them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Annotated, Generic, TypeVar

from fastapi import Depends
from nicegui import ui

from almenara_platform.ui.components.messages import message
from almenara_platform.ui.components.pane import Pane
from almenara_platform.ui.components.path_search import Names, PathSearch, PathWords, known_names
from almenara_platform.ui.components.shell import shell
from almenara_platform.ui.components.text import heading
from almenara_platform.ui.console import current

T = TypeVar("T")

AskedWords = Annotated[PathWords, Depends()]
"""The parameter of a page whose address has the words."""


class PathView(ABC, Generic[T]):
    """Fields, and what ``fetch`` finds for them as ``draw`` shows it."""

    def __init__(self, words: PathWords) -> None:
        self._console = current()
        self._words = words
        self._search: PathSearch | None = None
        self._pane = Pane(self._ask, self._answer)

    @abstractmethod
    def fetch(self) -> T:
        """The answer, in a thread."""

    @abstractmethod
    def draw(self, found: T) -> None:
        """Show the answer."""

    @abstractmethod
    def address(self) -> str:
        """Where what is shown can be found again."""

    def fields(self) -> None:
        """Draw more fields, below those for the words."""

    def read(self) -> None:
        """Take over what the fields of ``fields`` say."""

    async def load(self) -> None:
        """Draw the answer to the words of the address."""
        await self._pane.load()

    def show_fields(self, names: Names) -> None:
        """Draw all fields."""
        with ui.element("div").classes("al-row"):
            self._search = PathSearch(self._words, names, self._changed)
        self.fields()

    async def _changed(self) -> None:
        if self._search:
            self._words = self._search.words
            self.read()
            ui.navigate.history.replace(self.address())
            await self._pane.load()

    def _ask(self) -> T | None:
        return None if self._words.names_nothing else self.fetch()

    def _answer(self, found: T | None) -> None:
        if found is not None:
            self.draw(found)
        else:
            explained = "Its traces are put side by side: how long it takes, and which milliseconds matter."
            message("query_stats", "Choose a pipeline or an operation", explained)


async def show_path_view(title: str, make: Callable[[], PathView[T]]) -> None:
    """The page called ``title`` with the view that ``make`` creates."""
    platform = current().platform
    with shell(title):
        heading(title, 1)
        fields = Pane(lambda: known_names(platform), lambda names: view.show_fields(names))
        view = make()
        await fields.load()
        await view.load()
