"""What the OpenTelemetry SDK says of attributes that it cuts or drops, and says of each of them."""

from __future__ import annotations

import logging

LOGGER = "opentelemetry.attributes"


class _Once(logging.Filter):
    """Lets each message through once, whatever values it is about."""

    def __init__(self) -> None:
        super().__init__()
        self.told: set[str] = set()

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether it is new."""
        new = record.msg not in self.told
        self.told.add(record.msg)
        return new


_once = _Once()


def warn_of_bounds_once() -> None:
    """From now on each kind of warning comes once, until this is called again."""
    _once.told.clear()
    logging.getLogger(LOGGER).addFilter(_once)
