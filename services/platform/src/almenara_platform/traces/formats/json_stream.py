"""Spans out of a JSON document of any size, one at a time: only the span at hand is in memory.

The document is walked down through the members that hold spans (``resourceSpans``, ``data``, ...); every
other value is read whole and, where a span's reader may need it later, kept in the scope of its object.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from almenara_platform.exceptions import BadRequest

SPANS = "spans"
HOLDERS = frozenset(
    {
        "batches",
        "data",
        "instrumentationLibrarySpans",
        "items",
        "resourceSpans",
        "resource_spans",
        "result",
        "scopeSpans",
        "scope_spans",
        "trace",
        "traces",
    }
)
CONTEXT = frozenset({"processes", "resource", "trace_id", "truncated"})
MAX_DEPTH = 12
MAX_VALUE = 64 * 2**20
"""Characters of the largest single span; more is refused instead of filling the memory."""


@dataclass(slots=True)
class Scope:
    """What the objects around a span say. It is complete only when the document has been read."""

    values: dict[str, Any] = field(default_factory=dict)
    outer: Scope | None = None

    def get(self, name: str, default: Any) -> Any:
        """The value of the innermost object that has it."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.values:
                return scope.values[name]
            scope = scope.outer
        return default


def spans(chunks: Iterable[str]) -> Iterator[tuple[Any, Scope]]:
    """Every element of an array named ``spans`` with its scope, from a document or from one document a line.

    Raises ``BadRequest`` for what is no JSON.
    """
    text = _Text(chunks)
    while text.peek():
        yield from _value(text, Scope(), MAX_DEPTH)


def _value(text: _Text, scope: Scope, depth: int) -> Iterator[tuple[Any, Scope]]:
    if depth and text.peek() == "{":
        inner = Scope(outer=scope)
        for key in text.members():
            yield from _member(text, key, inner, depth - 1)
    elif depth and text.peek() == "[":
        for _ in text.elements():
            yield from _value(text, scope, depth - 1)
    else:
        text.decode()


def _member(text: _Text, key: str, scope: Scope, depth: int) -> Iterator[tuple[Any, Scope]]:
    if key == SPANS and text.peek() == "[":
        for _ in text.elements():
            yield text.decode(), scope
    elif key in HOLDERS:
        yield from _value(text, scope, depth)
    else:
        value = text.decode()
        if key in CONTEXT:
            scope.values[key] = value


class _Text:
    """A position in a text that arrives in chunks; what lies behind it is forgotten."""

    def __init__(self, chunks: Iterable[str]) -> None:
        self._chunks = iter(chunks)
        self._decode = json.JSONDecoder().raw_decode
        self._buffer = ""
        self._at = 0
        self._ended = False

    def peek(self) -> str:
        """The next character that is not white space, empty at the end."""
        while True:
            rest = len(self._buffer)
            while self._at < rest and self._buffer[self._at] in " \t\r\n\ufeff":
                self._at += 1
            if self._at < rest:
                return self._buffer[self._at]
            if not self._more():
                return ""

    def decode(self) -> Any:
        """The value at the position, whole."""
        self.peek()
        while True:
            try:
                value, end = self._decode(self._buffer, self._at)
            except json.JSONDecodeError as error:
                if len(self._buffer) - self._at > MAX_VALUE:
                    raise BadRequest(f"a single value has more than {MAX_VALUE:,} characters") from error
                if not self._more():
                    raise BadRequest(f"this is no JSON: {error.msg} near {self._near()!r}") from error
            except RecursionError as error:
                raise BadRequest("this JSON is nested too deeply") from error
            else:
                if end < len(self._buffer) or not self._more():
                    self._at = end
                    return value

    def members(self) -> Iterator[str]:
        """The keys of the object at the position; the caller takes each value before asking for the next."""
        self._take("{")
        while self.peek() != "}":
            key = self.decode()
            if not isinstance(key, str):
                raise BadRequest(f"this is no JSON: a key is no text near {self._near()!r}")
            self._take(":")
            yield key
            self._comma("}")
        self._take("}")

    def elements(self) -> Iterator[None]:
        """One turn per element of the array at the position; the caller takes each in its turn."""
        self._take("[")
        while self.peek() != "]":
            yield
            self._comma("]")
        self._take("]")

    def _comma(self, end: str) -> None:
        if self.peek() != end:
            self._take(",")

    def _take(self, character: str) -> None:
        if self.peek() != character:
            raise BadRequest(f"this is no JSON: expected {character!r} near {self._near()!r}")
        self._at += 1

    def _more(self) -> bool:
        """Read on, at least as much as is still unread, so that a long value is not tried too often."""
        if self._ended:
            return False
        wanted = len(self._buffer) - self._at
        parts = [self._buffer[self._at :]]
        self._at, got = 0, 0
        while got <= wanted:
            chunk = next(self._chunks, None)
            if chunk is None:
                self._ended = True
                break
            parts.append(chunk)
            got += len(chunk)
        self._buffer = "".join(parts)
        return got > 0

    def _near(self) -> str:
        return self._buffer[self._at : self._at + 40]
