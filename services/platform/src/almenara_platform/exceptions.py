"""Errors of the platform.

AlmenaraPlatformError
├── StoreUnavailable     a backend cannot answer now; asking again later may help
├── BadRequest           the caller's input is wrong; the message says what to do
│   └── BadCursor        a cursor that this store did not give out
└── NotFound             what was asked for does not exist
"""

from __future__ import annotations


class AlmenaraPlatformError(Exception):
    """Base of every error that the platform raises on purpose."""


class StoreUnavailable(AlmenaraPlatformError):
    """A backend cannot answer now."""


class BadRequest(AlmenaraPlatformError):
    """The caller's input is wrong; ``field`` names the part at fault where one is known."""

    def __init__(self, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


class BadCursor(BadRequest):
    """A cursor that this store did not give out."""


class NotFound(AlmenaraPlatformError):
    """What was asked for does not exist; ``near`` lists names that are close."""

    def __init__(self, message: str, near: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.near = near
