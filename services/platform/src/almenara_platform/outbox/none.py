"""The outbox of a platform that keeps its lineage in memory: nothing is ever in it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from almenara_platform.exceptions import NotFound
from almenara_platform.outbox.model import Backlog, Letter
from almenara_platform.outbox.port import DeadQuery
from almenara_platform.page import Page


class NoOutbox:
    """An ``Outbox`` that is always empty."""

    def lanes(self, destination: str, now: datetime, limit: int, without: Collection[str]) -> Sequence[str]:
        return ()

    def lane(self, destination: str, lane: str) -> Sequence[Letter]:
        return ()

    def event(self, letter_id: int) -> dict[str, Any] | None:
        return None

    def sent(self, letter: Letter, at: datetime, fault: str | None, again: Letter | None) -> None:
        """There is no letter."""

    def refused(self, letter: Letter, at: datetime, reason: str) -> None:
        """There is no letter."""

    def postponed(self, letters: Sequence[Letter], due_at: datetime) -> None:
        """There is no letter."""

    def failed(self, letter: Letter, at: datetime, reason: str, due_at: datetime, counted: bool) -> None:
        """There is no letter."""

    def drop(self, letter: Letter) -> None:
        """There is no letter."""

    def backlog(self, destination: str) -> Backlog:
        return Backlog(destination, 0, None, 0, None)

    def known_destinations(self) -> Sequence[str]:
        return ()

    def dead(self, query: DeadQuery) -> Page[Letter]:
        return Page((), None)

    def letter(self, letter_id: int) -> Letter:
        raise NotFound(f"No dead letter {letter_id} is known: nothing is forwarded.")

    def replay(self, letter_id: int, at: datetime, mended: dict[str, Any] | None = None) -> None:
        self.letter(letter_id)

    def replay_all(self, destination: str | None, at: datetime) -> int:
        return 0

    def discard(self, letter_id: int, at: datetime) -> None:
        self.letter(letter_id)
