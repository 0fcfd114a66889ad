"""Log lines as the browser side shows them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from itertools import count
from typing import Any

from nicegui import ui
from nicegui.events import GenericEventArguments

from almenara_platform.clock import from_nanos
from almenara_platform.logs.model import LogRecord
from almenara_platform.ui import format as fmt
from almenara_platform.ui import links
from almenara_platform.ui.states import of_level

_BRIEF_FIELDS = 4
# What says most about a line, before the rest by name: a store may not keep the order they were written in.
_FIRST = (
    "table",
    "passed",
    "score",
    "rows",
    "failures",
    "error_type",
    "error_message",
    "records_processed",
    "duration_sec",
    "attempt",
)
_PLACES = {name: place for place, name in enumerate(_FIRST)}
_BRIEF_CHARACTERS = 60
_LONGEST_VALUE = 20_000


class LogLines(ui.element, component="log_lines.js"):
    """Lines that open to their fields. ``on_condition`` gets conditions such as ``table=sales``."""

    def __init__(self, with_date: bool = False, on_condition: Callable[[str], object] | None = None) -> None:
        super().__init__()
        self._ids = count()
        self._with_date = with_date
        self._conditions = on_condition is not None
        self._props["records"] = []
        if on_condition is not None:
            self.on("condition", lambda event: on_condition(_text_of(event)))

    def show(self, records: Sequence[LogRecord]) -> None:
        """Replace all lines."""
        self._props["records"] = self._lines(records)
        self.update()

    def append(self, records: Sequence[LogRecord]) -> None:
        """Add lines below; the view stays at the end when it was there."""
        self.run_method("append", self._lines(records))

    def prepend(self, records: Sequence[LogRecord]) -> None:
        """Add lines above."""
        self.run_method("prepend", self._lines(records))

    def expand_all(self, yes: bool) -> None:
        """Open or close every line."""
        self.run_method("expand_all", yes)

    def _lines(self, records: Sequence[LogRecord]) -> list[dict[str, Any]]:
        return [self._line(record) for record in records]

    def _line(self, record: LogRecord) -> dict[str, Any]:
        look = of_level(record.level)
        time = from_nanos(record.time_ns)
        return {
            "id": next(self._ids),
            "clock": f"{time:%m-%d }{fmt.clock_of(record.time_ns)}"
            if self._with_date
            else fmt.clock_of(record.time_ns),
            "absolute": fmt.absolute(time),
            "level": look.label,
            "tone": look.tone,
            "icon": look.icon,
            "origin": record.stage or record.pipeline or record.service,
            "message": record.message[:_LONGEST_VALUE],
            "brief": _brief(record),
            "fields": [self._field(name, value) for name, value in _all_fields(record)],
            "links": _links(record),
        }

    def _field(self, name: str, value: Any) -> list[str]:
        simple = self._conditions and isinstance(value, str | int | float) and not isinstance(value, bool)
        shown = _shown(value)
        return [name, shown, f"{name}={shown}"] if simple and _fits_condition(name, shown) else [name, shown]


def _fits_condition(name: str, shown: str) -> bool:
    """Whether ``name=shown`` reads back as one condition."""
    return name != "time" and len(shown) < 200 and not re.search(r"[,\n]| and ", shown)


def _text_of(event: GenericEventArguments) -> str:
    return str(event.args[0] if isinstance(event.args, list) else event.args)


def _brief(record: LogRecord) -> list[list[str]]:
    """The most telling short fields; fractions with six digits, the exact ones stand in the detail."""
    plain = [
        (k, digits(v) if isinstance(v, float) else _shown(v))
        for k, v in in_order(record)
        if not isinstance(v, dict | list) and v is not None
    ]
    return [[k, v] for k, v in plain if len(v) <= _BRIEF_CHARACTERS and "\n" not in v][:_BRIEF_FIELDS]


def digits(value: float) -> str:
    """A fraction with six digits; millions have all of theirs before the point, and no exponent."""
    return f"{value:.0f}" if 999_999.5 <= abs(value) < 1e15 else f"{value:.6g}"


def in_order(record: LogRecord) -> list[tuple[str, Any]]:
    """The fields of a line, those first that say most."""
    return sorted(record.fields.items(), key=lambda field: (_PLACES.get(field[0], len(_FIRST)), field[0]))


def _all_fields(record: LogRecord) -> list[tuple[str, Any]]:
    known = {
        "time": fmt.absolute(from_nanos(record.time_ns)),
        "service": record.service,
        "pipeline": record.pipeline,
        "stage": record.stage,
        "run_id": record.run_id,
        "trace_id": record.trace_id,
        "span_id": record.span_id,
    }
    return [*in_order(record), *((name, value) for name, value in known.items() if value)]


def _shown(value: Any) -> str:
    shown = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return (
        shown
        if len(shown) <= _LONGEST_VALUE
        else f"{shown[:_LONGEST_VALUE]}… ({fmt.count(len(shown))} characters)"
    )


def _links(record: LogRecord) -> list[dict[str, str]]:
    found = []
    if record.run_id:
        found.append({"text": "Open the run", "href": links.run(record.run_id)})
    if record.trace_id:
        found.append({"text": "Open the trace", "href": links.trace(record.trace_id)})
    return found
