"""The standard logging module, routed into the same log."""

from __future__ import annotations

import logging
import sys
from types import FrameType

from loguru import logger

_OF_THE_RECORD = frozenset(vars(logging.LogRecord("", 0, "", 0, "", (), None)))
# uvicorn adds its message a second time, with the escape codes of a terminal.
_NOT_FIELDS = _OF_THE_RECORD | {"message", "asctime", "taskName", "color_message"}


class StandardLogging(logging.Handler):
    """Hands every record of the standard logging module to loguru, with its extra fields and exception."""

    def emit(self, record: logging.LogRecord) -> None:
        """Take one record."""
        if _is_plumbing(record):
            return
        extra = {key: value for key, value in vars(record).items() if key not in _NOT_FIELDS}
        bound = logger.bind(logger=record.name, **extra).opt(depth=_depth(), exception=record.exc_info)
        bound.log(_level(record), "{}", record.getMessage())


def _is_plumbing(record: logging.LogRecord) -> bool:
    """Whether a library says this while it carries our own signals: a log of that would never end."""
    return (record.threadName or "").startswith("almenara-") and not record.name.startswith("almenara.")


def _level(record: logging.LogRecord) -> str | int:
    try:
        return logger.level(record.levelname).name
    except ValueError:
        return record.levelno


def _depth() -> int:
    """Frames between loguru and the code that called the standard module."""
    frame: FrameType | None = sys._getframe(2)
    depth = 1
    while frame is not None and frame.f_code.co_filename == logging.__file__:
        frame = frame.f_back
        depth += 1
    return depth


class Capture:
    """Routes the root logger here until ``release``.

    Its level is lowered to ``level`` unless somebody has set another than the default.
    """

    def __init__(self, level: str) -> None:
        self._root = logging.getLogger()
        self._handler = StandardLogging()
        self._level_before = self._root.level
        self._root.addHandler(self._handler)
        if self._level_before in (logging.WARNING, logging.NOTSET):
            self._root.setLevel(logger.level(level).no)

    def release(self) -> None:
        """Give the root logger back as it was."""
        self._root.removeHandler(self._handler)
        self._root.setLevel(self._level_before)
