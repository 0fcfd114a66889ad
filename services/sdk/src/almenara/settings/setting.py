"""One setting: how it is named, read, checked and explained."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from almenara.exceptions import SettingsError

TRUE = frozenset({"1", "true", "yes", "on"})
FALSE = frozenset({"0", "false", "no", "off"})


@dataclass(frozen=True, slots=True)
class Setting:
    """A row of a settings table.

    ``type`` is one of ``str``, ``int``, ``float``, ``bool``, ``Path``, ``list`` (of strings, separated by
    commas) or ``dict`` (``key=value`` pairs, separated by commas). ``default`` may be a callable, which is
    asked when no other source has a value. ``aliases`` are other environment variables, read after ``env``.
    A ``secret`` is never printed.
    """

    name: str
    env: str
    type: type
    default: Any
    help: str
    aliases: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    minimum: float | None = None
    secret: bool = False

    def default_value(self) -> Any:
        """The value when nobody gives one."""
        return self.default() if callable(self.default) else self.default

    def parse(self, value: Any, source: str) -> Any:
        """``value`` in the setting's type.

        Raises SettingsError, which names ``source`` and what would be right.
        """
        try:
            parsed = _PARSERS[self.type](value)
        except (TypeError, ValueError) as error:
            shown = "***" if self.secret else repr(value)
            raise SettingsError(f"{source}: {shown} is not {_EXPECTED[self.type]}") from error
        if self.minimum is not None and parsed < self.minimum:
            raise SettingsError(f"{source}: {parsed!r} is less than {self.minimum:g}")
        return self._choose(parsed, source) if self.choices else parsed

    def _choose(self, value: str, source: str) -> str:
        for choice in self.choices:
            if choice.lower() == value.strip().lower():
                return choice
        raise SettingsError(f"{source}: {value!r} is not one of {', '.join(self.choices)}")


def _text(value: Any) -> str:
    if not isinstance(value, str | Path):
        raise TypeError
    return str(value)


def _integer(value: Any) -> int:
    if isinstance(value, bool) or (isinstance(value, float) and not value.is_integer()):
        raise TypeError
    return int(value)


def _number(value: Any) -> float:
    if isinstance(value, bool):
        raise TypeError
    return float(value)


def _flag(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    text = _text(value).strip().lower()
    if text not in TRUE | FALSE:
        raise ValueError
    return text in TRUE


def _path(value: Any) -> Path:
    return Path(_text(value)).expanduser()


def _list(value: Any) -> tuple[str, ...]:
    parts: Sequence[Any] = value.split(",") if isinstance(value, str) else tuple(value)
    return tuple(text for part in parts if (text := _text(part).strip()))


def _pairs(value: Any) -> dict[str, str]:
    if isinstance(value, dict):
        return {str(key): _text(item) for key, item in value.items()}
    pairs = (re.split(r"\s*=\s*", part, maxsplit=1) for part in _list(value))
    return dict(pairs)


_PARSERS: dict[type, Callable[[Any], Any]] = {
    str: _text,
    int: _integer,
    float: _number,
    bool: _flag,
    Path: _path,
    list: _list,
    dict: _pairs,
}
_EXPECTED: dict[type, str] = {
    str: "a text",
    int: "a whole number",
    float: "a number",
    bool: "one of true, false",
    Path: "a path",
    list: "a list separated by commas",
    dict: "a list of key=value separated by commas",
}
