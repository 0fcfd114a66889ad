"""The events that runs and stages write themselves."""

from __future__ import annotations

from typing import Any

from loguru import logger

from almenara.logs.handler import LogHandler


class Journal:
    """Writes events of runs, around loguru while nobody else listens there, which halves their cost.

    ``own_handler`` is the id under which loguru knows ``handler``, ``level`` the least one that is written.
    """

    def __init__(self, handler: LogHandler, own_handler: int, level: str) -> None:
        self._handler = handler
        self._own_handler = own_handler
        self._level_no = logger.level(level).no

    def info(self, event: str, **fields: Any) -> None:
        """Write ``event``."""
        self.write("INFO", event, fields)

    def write(self, level: str, event: str, fields: dict[str, Any]) -> None:
        """Write ``event`` with a level, which is a loguru level name."""
        if not self._alone():
            logger.bind(**fields).log(level, event)
        elif logger.level(level).no >= self._level_no:
            self._handler.write_event(level, event, fields)

    def _alone(self) -> bool:
        # loguru has no public way to ask; where this one is gone, everything goes through loguru
        handlers = getattr(getattr(logger, "_core", None), "handlers", None)
        return handlers is not None and len(handlers) == 1 and self._own_handler in handlers
