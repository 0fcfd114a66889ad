"""The port of the outbox: what waits, what was refused, and what became of it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from almenara_platform.outbox.model import Backlog, Letter
from almenara_platform.page import Page


@dataclass(frozen=True, slots=True)
class DeadQuery:
    """Which dead letters to list, oldest first; None means any."""

    destination: str | None = None
    lane: str | None = None
    limit: int = 50
    cursor: str | None = None


class Outbox(Protocol):
    """Keeps letters until they are delivered. What a method returned from outlives the process.

    Every method may be called from any thread; storage that cannot answer raises ``StoreUnavailable``.
    """

    def lanes(self, destination: str, now: datetime, limit: int, without: Collection[str]) -> Sequence[str]:
        """At most ``limit`` lanes with letters that are due, the longest due first."""

    def lane(self, destination: str, lane: str) -> Sequence[Letter]:
        """Letters of a lane that wait, and those that began or ended its run."""

    def event(self, letter_id: int) -> dict[str, Any] | None:
        """The event to send, as mended where it was; None when it was forgotten."""

    def sent(self, letter: Letter, at: datetime, fault: str | None, again: Letter | None) -> None:
        """The destination has it. With ``fault`` it had to go without a part and is a dead letter as well.

        ``again`` is a letter of the lane that must follow once more.
        """

    def refused(self, letter: Letter, at: datetime, reason: str) -> None:
        """It never goes out as it is: it becomes a dead letter."""

    def postponed(self, letters: Sequence[Letter], due_at: datetime) -> None:
        """They wait until then, through no fault of theirs."""

    def failed(self, letter: Letter, at: datetime, reason: str, due_at: datetime, counted: bool) -> None:
        """It was not delivered and is due again then; ``counted`` adds to its tries."""

    def drop(self, letter: Letter) -> None:
        """Forget a letter whose event is gone."""

    def backlog(self, destination: str) -> Backlog:
        """What waits for a destination, and what it refused."""

    def known_destinations(self) -> Sequence[str]:
        """Destinations that letters wait for or were refused by, by name."""

    def dead(self, query: DeadQuery) -> Page[Letter]:
        """Dead letters by number."""

    def letter(self, letter_id: int) -> Letter:
        """A dead letter; raises ``NotFound``."""

    def replay(self, letter_id: int, at: datetime, mended: dict[str, Any] | None = None) -> None:
        """Send a dead letter again, as ``mended`` where given; raises ``NotFound``."""

    def replay_all(self, destination: str | None, at: datetime) -> int:
        """Send every dead letter (of one destination) again as it is; returns how many."""

    def discard(self, letter_id: int, at: datetime) -> None:
        """Never send a dead letter; raises ``NotFound``."""
