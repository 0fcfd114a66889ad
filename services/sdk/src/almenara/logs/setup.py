"""Connects loguru with the process's outputs, and disconnects it again."""

from __future__ import annotations

import contextlib

from loguru import logger

from almenara.clock import Clock
from almenara.exceptions import SettingsError
from almenara.guard import report
from almenara.logs.bounds import FieldBounds
from almenara.logs.handler import LINE_FIELD, LogHandler, Write
from almenara.logs.journal import Journal
from almenara.logs.line import console_line, json_line
from almenara.logs.standard import Capture
from almenara.masking import Masking
from almenara.settings import Settings
from almenara.sink.port import Sink

_LOGURU_DEFAULT_HANDLER = 0


class LogSetup:
    """What was installed for one configuration; ``remove`` takes it away."""

    def __init__(self, settings: Settings, sink: Sink, masking: Masking, stdout: Write, clock: Clock) -> None:
        # the handler that loguru starts with would write every line a second time
        with contextlib.suppress(ValueError):
            logger.remove(_LOGURU_DEFAULT_HANDLER)
        self.bounds = FieldBounds(
            masking, settings.max_log_fields, settings.max_attribute_length, settings.max_stack_length
        )
        self._settings = settings
        self._handler = self._new_handler(settings, sink, stdout, clock)
        self.install()

    def install(self) -> None:
        """Connect, also again after ``remove``. Raises SettingsError."""
        level = self._settings.log_level
        own = logger.add(_nothing, level=level, filter=self._handler.as_filter, format="")
        self.journal = Journal(self._handler, own, level)
        self._handlers = [own]
        self._standard: list[Capture] = []
        try:
            self._add_more(self._settings)
        except SettingsError:
            self.remove()
            raise

    def _add_more(self, settings: Settings) -> None:
        if settings.log_file:
            self._handlers += _add_file(settings)
        if settings.capture_logging:
            self._standard.append(Capture(settings.log_level))

    def _new_handler(self, settings: Settings, sink: Sink, stdout: Write, clock: Clock) -> LogHandler:
        console = settings.log_format == "console"
        return LogHandler(
            settings.service,
            settings.baggage_keys,
            self.bounds,
            sink,
            stdout,
            clock,
            line=console_line if console else json_line,
            keep_line=bool(settings.log_file),
        )

    def remove(self) -> None:
        """Take away what was installed."""
        for handler in self._handlers:
            with contextlib.suppress(ValueError):
                logger.remove(handler)
        for standard in self._standard:
            standard.release()


def _nothing(_: object) -> None:
    """Loguru's own way of writing, which is never reached."""


def _add_file(settings: Settings) -> list[int]:
    """The JSON lines in a file; a file that cannot be written costs the file, not the job."""
    try:
        handler = logger.add(
            settings.log_file,
            level=settings.log_level,
            format=lambda _: f"{{{LINE_FIELD}}}",
            rotation=settings.log_rotation,
            retention=settings.log_retention,
            encoding="utf-8",
            errors="backslashreplace",
            backtrace=False,
            diagnose=False,
        )
    except OSError as error:
        report("log file", error)
        return []
    except ValueError as error:
        raise SettingsError(f"log_rotation or log_retention: {error}") from error
    return [handler]
