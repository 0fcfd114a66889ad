"""Errors of the command line; each message is one line that says what to do next.

CommandError (exit code 1)
├── Unreachable      a part does not answer
├── RunFailed        the run that was waited for did not complete
└── WrongUse         what was asked for makes no sense (exit code 2)
    └── BodyTooLarge   more was sent than is taken at once
"""

from __future__ import annotations

from collections.abc import Sequence

from almenara_platform.exceptions import AlmenaraPlatformError


class CommandError(AlmenaraPlatformError):
    """Ends the command with ``exit_code``; ``details`` are lines to show below the message."""

    exit_code = 1

    def __init__(self, message: str, details: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.details = tuple(details)


class Unreachable(CommandError):
    """A part does not answer."""


class RunFailed(CommandError):
    """The run that was waited for did not complete."""


class WrongUse(CommandError):
    """What was asked for makes no sense."""

    exit_code = 2


class BodyTooLarge(WrongUse):
    """More was sent than is taken at once."""
