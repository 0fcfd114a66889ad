"""A small part of a page that is asked for on its own."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Generic, TypeVar

from nicegui import background_tasks, ui

from almenara_platform.exceptions import AlmenaraPlatformError
from almenara_platform.ui.components.messages import button, skeleton
from almenara_platform.ui.components.text import text
from almenara_platform.ui.console import ask

T = TypeVar("T")
A = TypeVar("A")

logger = logging.getLogger(__name__)


class Inline(Generic[T]):
    """Grey bars until ``fetch`` (run in a thread) has answered, then what ``render`` makes of the answer.

    The rest of the page does not wait for it and stays as it is when there is no answer: then a line says
    why, beside a button to ask again.
    """

    def __init__(self, fetch: Callable[[], T], render: Callable[[T], object]) -> None:
        self._fetch = fetch
        self._render = render
        self._box = ui.element("div").classes("al-inline")
        self.load()

    def load(self) -> None:
        """Ask, now and not for the first time perhaps."""
        self._box.clear()
        with self._box:
            skeleton(2)
        background_tasks.create(self._fill(), name="fetch for a part of a page")

    async def _fill(self) -> None:
        try:
            answer = await ask(self._fetch)
        except AlmenaraPlatformError as error:
            self._show(self._explain, str(error))
        except Exception:
            logger.exception("a part of a page could not be fetched")
            self._show(self._explain, "the platform's log says why")
        else:
            self._show(self._render, answer)

    def _show(self, content: Callable[[A], object], of: A) -> None:
        if not self._box.is_deleted:
            self._box.clear()
            with self._box:
                content(of)

    def _explain(self, reason: str) -> None:
        with ui.element("div").classes("al-row tone-warn").props('role="alert"'):
            ui.icon("cloud_off").classes("al-toned")
            text(f"This cannot be reached now: {reason}").classes("al-grow")
            button("Try again", self.load, icon="refresh")
