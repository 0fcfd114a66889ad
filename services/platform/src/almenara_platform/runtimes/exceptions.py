"""Errors of the runtimes.

RuntimeFailure
├── NoRuntime        the runtime that was asked for cannot be used here
├── PortBusy         another program holds a port; nothing was started
├── PartFailed       a part did not become healthy; what had been started was stopped again
└── UnknownPart      there is no part of that name
"""

from __future__ import annotations

from collections.abc import Sequence

from almenara_platform.exceptions import AlmenaraPlatformError


class RuntimeFailure(AlmenaraPlatformError):
    """Base: the message is one line that says what to do next; ``details`` are lines to show below it."""

    def __init__(self, message: str, details: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.details = tuple(details)


class NoRuntime(RuntimeFailure):
    """The runtime that was asked for cannot be used here."""


class PortBusy(RuntimeFailure):
    """Another program holds a port."""


class PartFailed(RuntimeFailure):
    """A part did not become healthy."""


class UnknownPart(RuntimeFailure):
    """There is no part of that name."""
