"""Keeps what a page shows up to date without building it anew."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from nicegui import ui

from almenara_platform.exceptions import AlmenaraPlatformError
from almenara_platform.ui.components.figures import LiveMark
from almenara_platform.ui.console import ask

T = TypeVar("T")

FOLLOW_SECONDS = 2.0
REFRESH_SECONDS = 10.0


class Live(Generic[T]):
    """Asks ``fetch`` (in a thread) every few seconds and hands the answer to ``apply``.

    While the store does not answer, the page keeps what it shows and the mark says so.
    ``apply`` returns whether there is more to follow.
    """

    def __init__(
        self,
        fetch: Callable[[], T],
        apply: Callable[[T], bool],
        mark: LiveMark,
        seconds: float = FOLLOW_SECONDS,
    ) -> None:
        self._fetch = fetch
        self._apply = apply
        self._mark = mark
        self._stopped = False
        self._timer = ui.timer(seconds, self._tick, immediate=False)
        mark.live()

    async def _tick(self) -> None:
        try:
            answer = await ask(self._fetch)
        except AlmenaraPlatformError as error:
            self._mark.stale(str(error))
            return
        if self._stopped:
            return
        if self._apply(answer):
            self._mark.live()
        else:
            self.stop()

    def stop(self) -> None:
        """Ask no more; an answer still under way is not applied."""
        self._stopped = True
        self._timer.cancel()
        self._mark.hide()
