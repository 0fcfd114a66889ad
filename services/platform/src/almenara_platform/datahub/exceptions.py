"""Errors of talking to DataHub; each message says what to do next.

DataHubError
├── DataHubRefused       it answered that it will not, whoever asks again
└── DataHubUnavailable   it did not answer, or cannot now
"""

from __future__ import annotations

from almenara_platform.exceptions import AlmenaraPlatformError


class DataHubError(AlmenaraPlatformError):
    """DataHub did not do what was asked."""


class DataHubRefused(DataHubError):
    """It answered that it will not."""


class DataHubUnavailable(DataHubError):
    """It did not answer, or cannot now; what was asked may have been done all the same."""
