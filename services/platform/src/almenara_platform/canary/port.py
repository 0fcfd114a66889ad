"""The port of one signal's way there and back."""

from __future__ import annotations

from typing import Protocol


class RoundTrip(Protocol):
    """Writes a test signal and looks for it where readers would. Any exception counts as a failure."""

    signal: str

    def write(self, mark: str, time_ns: int) -> None:
        """Send a signal that carries ``mark`` (32 hex digits)."""

    def arrived(self, mark: str, time_ns: int) -> bool:
        """Whether the signal with this mark can be read by now."""
