"""What events say apart from their own run and time, read and checked once for all that say the same.

What a run measured of its datasets, which every run tells anew, is kept apart from that.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from typing import Any, Generic, TypeVar

import msgspec
import orjson
from msgspec import Raw

from almenara_platform.gateway import measured
from almenara_platform.gateway.measured import SIDES, Measured

T = TypeVar("T")

PARTS = ("job", "inputs", "outputs", "dataset")
REMEMBERED_BYTES = 16_384
"""Longer parts are seldom told twice, and would take the room of many."""
WRITABLE_DEPTH = 200
"""Somewhat less than how deep a value may be for orjson to write it."""
_MOST = 512

_NOTHING: Measured = {}

_Members = dict[str, Raw]
_ONE = msgspec.json.Decoder(_Members)
_MANY = msgspec.json.Decoder(list[_Members])


class Event(dict[str, Any]):
    """An event out of a body.

    ``packed`` is its parts as JSON, without what is ``measured``; ``shallow`` that nothing else is deep.

    Parts that came as the same bytes are the same objects in all events: not to be changed.
    """

    __slots__ = ("measured", "packed", "shallow")
    measured: Measured
    packed: bytes
    shallow: bool


class Remembered(Generic[T]):
    """What was found out about parts, by their JSON."""

    def __init__(self) -> None:
        self._found: dict[Hashable, T] = {}

    def get(self, packed: bytes, find: Callable[[], T], about: str = "") -> T:
        """What ``find`` found the first time; what it raises is not remembered."""
        if len(packed) > REMEMBERED_BYTES:
            return find()
        key = (about, packed)
        known = self.known(key)
        return self.keep(key, find()) if known is None else known

    def known(self, key: Hashable) -> T | None:
        """What is kept under a key."""
        return self._found.get(key)

    def keep(self, key: Hashable, found: T) -> T:
        """Remember it; when there are too many all others are forgotten."""
        if len(self._found) >= _MOST:
            self._found.clear()
        self._found[key] = found
        return found


_KNOWN: Remembered[tuple[dict[str, Any], bytes]] = Remembered()
"""Parts and what is packed of them, by their texts."""


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
    """The parts of an event as JSON, without what is measured."""
    return event.packed if isinstance(event, Event) else _pack(told(event))


def told(event: Mapping[str, Any]) -> dict[str, Any]:
    """The parts of an event, without what is measured."""
    return {part: measured.divided(event[part], False) for part in PARTS if part in event}


def measured_in(event: Mapping[str, Any]) -> Measured:
    """What the run of an event measured."""
    if isinstance(event, Event):
        return event.measured
    return measured.present({side: measured.divided(event.get(side) or (), True) for side in SIDES})


def _pack(values: Mapping[str, Any]) -> bytes:
    return orjson.dumps([values.get(part) for part in PARTS])


def _event(members: _Members) -> Event:
    texts = tuple([bytes(members[part]) if part in members else b"" for part in PARTS])
    apart: dict[str, bytes] = {}
    known = _KNOWN.known(texts)
    if known is None and (measured.occurs(texts[1]) or measured.occurs(texts[2])):
        texts, apart = _without_measured(texts)
        known = _KNOWN.known(texts)
    parts, text = known or _read(texts)
    own = [name for name in members if name not in parts]
    # In the order of the members as they came.
    event = Event(members)
    event.update(parts)
    joined = b",".join([members[name] for name in own])
    if apart:
        joined = b",".join((joined, *apart.values()))
    values = orjson.loads(b"[%b]" % joined)
    event.update(zip(own, values, strict=False))
    event.measured = (
        measured.present(dict(zip(apart, values[len(own) :], strict=True))) if apart else _NOTHING
    )
    for side, each in event.measured.items():
        event[side] = measured.joined(event[side], each)
    event.packed = text
    event.shallow = len(joined) < WRITABLE_DEPTH or joined.count(b"{") + joined.count(b"[") < WRITABLE_DEPTH
    return event


def _without_measured(texts: tuple[bytes, ...]) -> tuple[tuple[bytes, ...], dict[str, bytes]]:
    """The parts as JSON without what is measured, and that alone by its side."""
    pairs = zip(PARTS, texts, strict=True)
    cut = {part: measured.cut(text) for part, text in pairs if part in SIDES and measured.occurs(text)}
    told = [cut[part][0] if part in cut else text for part, text in zip(PARTS, texts, strict=True)]
    return tuple(told), {side: own for side, (_, own) in cut.items()}


def _read(texts: tuple[bytes, ...]) -> tuple[dict[str, Any], bytes]:
    parts = {part: orjson.loads(text) for part, text in zip(PARTS, texts, strict=True) if text}
    found = parts, _pack(parts)
    if sum(map(len, texts)) <= REMEMBERED_BYTES:
        _KNOWN.keep(texts, found)
    return found
