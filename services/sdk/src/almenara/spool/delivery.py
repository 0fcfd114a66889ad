"""What a sender needs of whoever carries a payload to its destination."""

from __future__ import annotations

from typing import Protocol


class Unavailable(Exception):
    """The destination did not take the payload now; `retry_after` is the seconds it asked for, or 0.

    `topic` names a cause that other lanes may share, so that one warning speaks for all of them.
    """

    def __init__(self, reason: str, retry_after: float = 0.0, *, topic: str = "") -> None:
        super().__init__(reason)
        self.retry_after = retry_after
        self.topic = topic


class Rejected(Exception):
    """The destination will never take this payload."""


class Deliver(Protocol):
    """Carries payloads to one destination."""

    def __call__(self, payload: bytes) -> int:
        """Deliver one payload; the number of its items that the destination took but refused to keep.

        Raises Unavailable when it is worth another try, Rejected when it is not.
        """

    def close(self) -> None:
        """Give back the connections; the next call opens new ones."""
