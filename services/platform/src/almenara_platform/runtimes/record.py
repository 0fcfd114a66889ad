"""What was started and with which settings, kept beside the running parts for the other commands."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from almenara_platform.runtimes.parts import Part


@dataclass(frozen=True, slots=True)
class Record:
    """The parts as they were started, their settings (a hint of a secret) and how long each took."""

    parts: tuple[Part, ...] = ()
    settings: Mapping[str, str] = field(default_factory=dict)
    start_seconds: Mapping[str, float] = field(default_factory=dict)

    def changes(self, parts: tuple[Part, ...], settings: Mapping[str, str]) -> list[str]:
        """Names of the settings and parts that differ from what runs, for people to read."""
        names = {*self.settings, *settings}
        changed = [name for name in names if self.settings.get(name) != settings.get(name)]
        return sorted(changed) + sorted(part.name for part in set(self.parts) ^ set(parts))


class RecordFile:
    """A record on disk; an unreadable one counts as none."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> Record:
        """The last record, empty when there is none."""
        try:
            found = json.loads(self._path.read_text(encoding="utf-8"))
            parts = (Part(**{**part, "command": tuple(part["command"])}) for part in found["parts"])
            return Record(tuple(parts), found["settings"], found["start_seconds"])
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            return Record()

    def write(self, record: Record) -> None:
        """Keep this record instead of the last one."""
        draft = self._path.with_suffix(".draft")
        draft.write_text(json.dumps(asdict(record), indent=2), encoding="utf-8")
        draft.replace(self._path)
