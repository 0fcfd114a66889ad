"""Fields of a log line, masked and cut to size."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from almenara.masking import MASKED, Masking

FIXED = frozenset(
    {"timestamp", "level", "message", "service", "pipeline", "stage", "run_id", "trace_id", "span_id"}
)
MAX_DEPTH = 6
MAX_ITEMS = 200
_PLAIN = frozenset({int, float, bool, type(None)})


class FieldBounds:
    """Makes the caller's fields safe to write; the caller's objects are never changed."""

    def __init__(self, masking: Masking, max_fields: int, max_text: int, max_stack: int) -> None:
        self._is_secret = masking.is_secret
        self._max_fields = max_fields
        self._max_text = max_text
        self._max_stack = max_stack
        # A line's names are those of the other lines from the same place in the code.
        self._is_harmless = lru_cache(maxsize=1024)(self._all_harmless)

    def fields(self, extra: Mapping[str, Any]) -> dict[str, Any]:
        """A bounded copy; a name that belongs to the line itself gets the prefix ``extra_``."""
        if self._is_harmless(tuple(extra)):
            harmless = dict(extra)
            for key, value in extra.items():
                if type(value) not in _PLAIN:
                    harmless[key] = self._bounded(value)
            return harmless
        bounded: dict[str, Any] = {}
        for key, value in extra.items():
            if len(bounded) == self._max_fields:
                bounded["fields_dropped"] = len(extra) - self._max_fields
                break
            name = f"extra_{key}" if key in FIXED else key
            bounded[name] = MASKED if self._is_secret(key) else self._bounded(value)
        return bounded

    def _all_harmless(self, names: tuple[str, ...]) -> bool:
        return len(names) <= self._max_fields and not any(
            name in FIXED or self._is_secret(name) for name in names
        )

    def _bounded(self, value: Any) -> Any:
        if type(value) in _PLAIN or (type(value) is str and value.isascii() and len(value) <= self._max_text):
            return value
        return self._value(value, 0)

    def text(self, value: str) -> str:
        """``value`` as valid Unicode, its end cut off when it is too long."""
        if len(value) <= self._max_text:
            return _valid(value)
        return f"{_valid(value[: self._max_text])}... ({len(value) - self._max_text} more characters)"

    def stack(self, value: str) -> str:
        """``value``, its middle left out when it is too long: the first and last frames tell most."""
        if len(value) <= self._max_stack:
            return _valid(value)
        half = self._max_stack // 2
        middle = f"\n... ({len(value) - 2 * half} characters left out) ...\n"
        return _valid(value[:half] + middle + value[-half:])

    def _value(self, value: Any, depth: int) -> Any:
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping) and depth < MAX_DEPTH:
            return {
                str(key): MASKED if self._is_secret(str(key)) else self._value(item, depth + 1)
                for key, item in list(value.items())[:MAX_ITEMS]
            }
        if isinstance(value, list | tuple | set | frozenset) and depth < MAX_DEPTH:
            return [self._value(item, depth + 1) for item in list(value)[:MAX_ITEMS]]
        if isinstance(value, int | float | bool) or value is None:
            return value
        return self.text(str(value))


def _valid(value: str) -> str:
    """``value`` without lone surrogates, which neither JSON nor protobuf can carry."""
    return value if value.isascii() else value.encode("utf-8", "replace").decode()
