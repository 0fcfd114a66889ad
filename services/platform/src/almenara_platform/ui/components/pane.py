"""A part of a page that shows what a store answers."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Generic, TypeVar

from nicegui import background_tasks, ui

from almenara_platform.exceptions import AlmenaraPlatformError, BadRequest, NotFound
from almenara_platform.ui import links
from almenara_platform.ui.components import messages
from almenara_platform.ui.console import ask

T = TypeVar("T")

# A page is sent complete when its store answers within this time, else at once and filled in later.
PATIENCE_SECONDS = 1.0

logger = logging.getLogger(__name__)


class Pane(Generic[T]):
    """Grey bars while ``fetch`` (run in a thread) has not answered, then what ``render`` makes of the answer.

    An error of the platform becomes a message that says what can be done, and the page's HTTP status.
    """

    def __init__(self, fetch: Callable[[], T], render: Callable[[T], object]) -> None:
        self._fetch = fetch
        self._render = render
        self._box = ui.element("div").classes("al-pane")

    async def load(self) -> None:
        """Fetch and show; returns after a moment even when the store is slower than that."""
        task = background_tasks.create(ask(self._fetch), name="fetch for a pane", handle_exceptions=False)
        done, _ = await asyncio.wait([task], timeout=PATIENCE_SECONDS)
        if done:
            self._show(task)
            return
        with self._emptied():
            messages.skeleton()
        background_tasks.create(self._show_later(task), name="show in a pane")

    async def _show_later(self, task: asyncio.Task[T]) -> None:
        await asyncio.wait([task])
        if not self._box.is_deleted:
            self._show(task)

    def _show(self, task: asyncio.Task[T]) -> None:
        with self._emptied():
            try:
                self._render(task.result())
            except AlmenaraPlatformError as error:
                self._explain(error)
            except Exception:
                logger.exception("a page could not be shown")
                self._apologise()

    def _emptied(self) -> ui.element:
        self._box.clear()
        return self._box

    def _explain(self, error: AlmenaraPlatformError) -> None:
        self._box.clear()
        if isinstance(error, NotFound):
            not_found(error)
        elif isinstance(error, BadRequest):
            bad_request(error)
        else:
            ui.status_code(503)
            messages.unavailable(str(error), self.load)

    def _apologise(self) -> None:
        self._box.clear()
        ui.status_code(500)
        with messages.message(
            "report", "This cannot be shown", "The platform's log says why.", "fail", assertive=True
        ):
            messages.button("Try again", self.load, icon="refresh")


def not_found(error: NotFound) -> None:
    """What was asked for does not exist; close names are offered."""
    ui.status_code(404)
    with messages.message("search_off", "Not found", str(error)):
        if error.near:
            ui.label("Close to it: " + ", ".join(error.near)).classes("al-quiet")
        messages.link_button("Go to the overview", links.OVERVIEW)


def bad_request(error: BadRequest) -> None:
    """The address or a field holds something that cannot be understood."""
    ui.status_code(400)
    messages.misunderstood(str(error))
