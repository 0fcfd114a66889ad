"""The edges that one job states about one dataset, packed: a million of them load in a second.

Each edge has its times of first and last sight and its content, except that an edge of a statement's newest
version was last seen when that version was. A run that says what the run before said changes one row.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import orjson
from numpy.typing import NDArray

from almenara_platform.lineage.facts.model import is_indirect

CELL = np.dtype(
    [
        ("source", "<i4"),
        ("target", "<i4"),
        ("content", "<i4"),
        ("first", "<i8"),
        ("last", "<i8"),
        ("current", "u1"),
    ]
)
EdgeKey = tuple[int, int, bool]


@dataclass(slots=True)
class Cell:
    """An edge's first and last sight in microseconds, and its content as of the last."""

    first: int
    last: int
    content: str

    def merge(self, other: Cell) -> None:
        """Take over what ``other`` knows better."""
        self.first = min(self.first, other.first)
        self.last, self.content = max((self.last, self.content), (other.last, other.content))


@dataclass(slots=True)
class Stated:
    """What a job stated about a dataset; the newest version has ``digest``, seen from first to last."""

    digest: str = ""
    first: int = 0
    last: int = -1
    contents: bytes = b"[]"
    cells: bytes = b""

    def repeats(self, digest: str) -> bool:
        """Whether a version is the newest one again."""
        return self.digest == digest

    def see(self, span: Span) -> None:
        """The newest version was seen again."""
        self.first, self.last = min(self.first, span.first), max(self.last, span.last)

    def merge(self, digest: str, time: int, edges: Iterable[tuple[int, int, str]]) -> list[Change]:
        """Take another version in; returns the edges that are new or changed."""
        known = self.unpack()
        before = {key: cell.content for key, cell in known.items()}
        current = {(s, t, is_indirect(content)): content for s, t, content in edges}
        for key, content in current.items():
            seen = Cell(time, time, content)
            known.setdefault(key, seen).merge(seen)
        if (time, digest) > (self.last, self.digest):
            self.digest, self.first, self.last = digest, time, time
            newest = current
        else:
            newest = {key: before[key] for key in self._current_keys()}
        if any(known[key].content != content for key, content in newest.items()):
            # Another version of the same moment owns a content, so that seeing this one again tells more.
            self.digest = ""
        self._pack(known, newest)
        changed = (key for key in current if known[key].content != before.get(key))
        return [Change(key[0], key[1], before.get(key), known[key].content) for key in changed]

    def unpack(self) -> dict[EdgeKey, Cell]:
        """Every edge with its own times."""
        contents: list[str] = orjson.loads(self.contents)
        return {
            (source, target, is_indirect(contents[place])): Cell(
                min(first, self.first) if current else first,
                max(last, self.last) if current else last,
                contents[place],
            )
            for source, target, place, first, last, current in records(self.cells).tolist()
        }

    def _current_keys(self) -> set[EdgeKey]:
        contents: list[str] = orjson.loads(self.contents)
        return {
            (s, t, is_indirect(contents[c])) for s, t, c, _, _, now in records(self.cells).tolist() if now
        }

    def _pack(self, known: dict[EdgeKey, Cell], newest: Iterable[EdgeKey]) -> None:
        places: dict[str, int] = {}
        chosen = set(newest)
        rows = [
            (s, t, places.setdefault(cell.content, len(places)), cell.first, cell.last, (s, t, i) in chosen)
            for (s, t, i), cell in known.items()
        ]
        self.cells = np.array(rows, dtype=CELL).tobytes()
        self.contents = orjson.dumps(list(places))


@dataclass(frozen=True, slots=True)
class Change:
    """An edge that is new (``before`` None) or whose content changed."""

    source: int
    target: int
    before: str | None
    content: str


def records(cells: bytes) -> NDArray[np.void]:
    """Packed cells as an array."""
    return np.frombuffer(cells, dtype=CELL)


@dataclass(slots=True)
class Span:
    """From the first to the last sight, in microseconds."""

    first: int
    last: int

    def copy(self) -> Span:
        """The same times, to be changed apart."""
        return Span(self.first, self.last)

    def joined(self, other: Span) -> Span:
        """The time of both."""
        return Span(min(self.first, other.first), max(self.last, other.last))

    def cover(self, other: Span) -> None:
        """Seen from ``other.first`` to ``other.last`` as well."""
        self.first, self.last = min(self.first, other.first), max(self.last, other.last)


@dataclass(slots=True)
class Version:
    """A version of a schema."""

    columns: bytes
    seen: Span = field(default_factory=lambda: Span(0, 0))
