"""Errors of the platform.

AlmenaraPlatformError
├── StoreUnavailable     a backend cannot answer now; asking again later may help
├── BadRequest           the caller's input is wrong; the message says what to do
│   ├── BadCursor        a cursor that this store did not give out
│   ├── TooLarge         more than the platform takes at once
│   ├── Unsupported      a media type or encoding that the platform does not read
│   └── Unauthorized     the write token is missing or wrong
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


class TooLarge(BadRequest):
    """More than the platform takes at once."""


class Unsupported(BadRequest):
    """A media type or encoding that the platform does not read."""


class Unauthorized(BadRequest):
    """The write token is missing or wrong."""


class NotFound(AlmenaraPlatformError):
    """What was asked for does not exist; ``near`` lists names that are close."""

    def __init__(self, message: str, near: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.near = near
