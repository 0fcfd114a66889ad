"""The same rule files with shorter times: a minute becomes a second."""

from __future__ import annotations

import re
from pathlib import Path

from almenara_platform.slo.duration import format_duration, parse_duration

FACTOR = 60
_DURATION = r"((?:\d+[smhdw])+)"
_RANGE = re.compile(rf"\[{_DURATION}\]")
_OFFSET = re.compile(rf"offset {_DURATION}")
_FIELD = re.compile(rf"^(\s+(?:for|interval): ){_DURATION}$", re.MULTILINE)


def shorten(source: Path, target: Path) -> Path:
    """Write every rule file of ``source`` to ``target`` with ranges, offsets and waits shortened."""
    target.mkdir()
    for path in source.glob("*.yml"):
        text = _RANGE.sub(lambda found: f"[{_shorter(found[1])}]", path.read_text())
        text = _OFFSET.sub(lambda found: f"offset {_shorter(found[1])}", text)
        text = _FIELD.sub(lambda found: found[1] + _shorter(found[2]), text)
        (target / path.name).write_text(text)
    return target


def _shorter(duration: str) -> str:
    return format_duration(max(1, parse_duration(duration) // FACTOR))
