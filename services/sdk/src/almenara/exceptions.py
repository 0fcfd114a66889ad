"""Errors of the SDK.

AlmenaraError
├── SettingsError            a setting is unknown, malformed or out of its choices
├── UsageError               the API was called in an order or with an argument that makes no sense
│   └── RunIdError           a run id that is not a UUID
├── SqlError                 a text that is not SQL of the named dialect
└── QualityError       a quality check with on_failure="fail" did not pass

Only these are raised on purpose, and only for mistakes that the caller can mend. A failure inside telemetry
itself (a backend that is down, a full disk, a value that cannot be encoded) is counted and logged once,
never raised.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from almenara.quality import CheckResult


class AlmenaraError(Exception):
    """Base of every error that the SDK raises on purpose."""


class SettingsError(AlmenaraError):
    """A setting is unknown, malformed or out of its choices; the message says what to write instead."""


class UsageError(AlmenaraError):
    """The API was called in an order or with an argument that makes no sense."""


class RunIdError(UsageError):
    """A run id that is not a UUID."""


class SqlError(AlmenaraError):
    """A text that is not SQL of the named dialect."""


class QualityError(AlmenaraError):
    """A quality check with ``on_failure="fail"`` did not pass; ``failures`` holds what did not."""

    def __init__(self, table: str, failures: Sequence[CheckResult]) -> None:
        self.table = table
        self.failures = tuple(failures)
        super().__init__(f"{table}: " + "; ".join(failure.sentence() for failure in self.failures))
