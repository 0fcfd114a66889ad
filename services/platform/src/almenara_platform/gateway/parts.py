"""What events say apart from their own run and time, read and checked once for all that say the same."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from functools import lru_cache
from typing import Any, Generic, TypeVar

import msgspec
import orjson
from msgspec import Raw

T = TypeVar("T")

PARTS = ("job", "inputs", "outputs", "dataset")
REMEMBERED_BYTES = 16_384
"""Longer parts are seldom told twice, and would take the room of many."""
_MOST = 512

_Members = dict[str, Raw]
_ONE = msgspec.json.Decoder(_Members)
_MANY = msgspec.json.Decoder(list[_Members])


class Event(dict[str, Any]):
    """An event out of a body; ``packed`` is its parts as JSON.

    Parts that came as the same bytes are the same objects in all events: not to be changed.
    """

    __slots__ = ("packed",)
    packed: bytes


class Remembered(Generic[T]):
    """What was found out about parts, by their JSON."""

    def __init__(self) -> None:
        self._found: dict[Hashable, T] = {}

    def get(self, packed: bytes, find: Callable[[], T], about: str = "") -> T:
        """What ``find`` found the first time; what it raises is not remembered."""
        if len(packed) > REMEMBERED_BYTES:
            return find()
        key = (about, packed)
        known = self._found.get(key)
        if known is None:
            if len(self._found) >= _MOST:
                self._found.clear()
            known = self._found[key] = find()
        return known


def loads(body: bytes) -> Any:
    """The JSON in a body, its objects as ``Event``; raises ``orjson.JSONDecodeError``."""
    try:
        start = body.lstrip()[:1]
        if start == b"[":
            return list(map(_event, _MANY.decode(body)))
        return _event(_ONE.decode(body))
    except (msgspec.DecodeError, RecursionError, ValueError, orjson.JSONEncodeError):
        # Whatever is not the usual way of sending events is read, or refused, as a whole.
        return orjson.loads(body)


def packed(event: Mapping[str, Any]) -> bytes:
    """The parts of an event as JSON."""
    return event.packed if isinstance(event, Event) else _pack(event)


def _pack(values: Mapping[str, Any]) -> bytes:
    return orjson.dumps([values.get(part) for part in PARTS])


def _event(members: _Members) -> Event:
    texts = tuple([bytes(members[part]) if part in members else b"" for part in PARTS])
    short = sum(map(len, texts)) <= REMEMBERED_BYTES
    parts, text = _known(texts) if short else _read(texts)
    own = [name for name in members if name not in parts]
    # In the order of the members as they came.
    event = Event(members)
    event.update(parts)
    values = orjson.loads(b"[%b]" % b",".join([members[name] for name in own]))
    event.update(zip(own, values, strict=True))
    event.packed = text
    return event


def _read(texts: tuple[bytes, ...]) -> tuple[dict[str, Any], bytes]:
    parts = {part: orjson.loads(text) for part, text in zip(PARTS, texts, strict=True) if text}
    return parts, _pack(parts)


_known = lru_cache(maxsize=_MOST)(_read)
