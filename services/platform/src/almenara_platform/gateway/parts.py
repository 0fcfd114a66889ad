"""What events say apart from their own run and time, read and checked once for all that say the same.

What a run measured of its datasets, which every run tells anew, is kept apart from that.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Generic, TypeVar

import msgspec
import orjson
from msgspec import Raw

T = TypeVar("T")

PARTS = ("job", "inputs", "outputs", "dataset")
SIDES = ("inputs", "outputs")
MEASURING = ("inputFacets", "outputFacets")
_MEASURED = b'putFacets"'
REMEMBERED_BYTES = 16_384
"""Longer parts are seldom told twice, and would take the room of many."""
WRITABLE_DEPTH = 200
"""Somewhat less than how deep a value may be for orjson to write it."""
_MOST = 512

Measured = Mapping[str, Sequence[Mapping[str, Any]]]
"""The ``MEASURING`` members of each dataset of a side, for the sides where there are any."""

_NOTHING: Measured = {}
_KNOWN: dict[tuple[bytes, ...], tuple[dict[str, Any], bytes]] = {}

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
    """The parts of an event as JSON, without what is measured."""
    return event.packed if isinstance(event, Event) else _pack(told(event))


def told(event: Mapping[str, Any]) -> dict[str, Any]:
    """The parts of an event, without what is measured."""
    return {part: _divided(event[part], False) for part in PARTS if part in event}


def measured(event: Mapping[str, Any]) -> Measured:
    """What the run of an event measured."""
    if isinstance(event, Event):
        return event.measured
    return _present({side: _divided(event.get(side) or (), True) for side in SIDES})


def with_measured(side: Sequence[Any], measured: Sequence[Mapping[str, Any]]) -> list[Any]:
    """The datasets of a side, with what is measured of each."""
    return [{**dataset, **own} if own else dataset for dataset, own in zip(side, measured, strict=True)]


def _divided(part: Any, measuring: bool) -> Any:
    """The datasets of a side with the ``MEASURING`` members alone, or with all others."""
    if not isinstance(part, list) or not all(isinstance(each, dict) for each in part):
        return () if measuring else part
    return [
        {name: value for name, value in each.items() if (name in MEASURING) is measuring} for each in part
    ]


def _present(found: Measured) -> Measured:
    return {side: each for side, each in found.items() if any(each)}


def _pack(values: Mapping[str, Any]) -> bytes:
    return orjson.dumps([values.get(part) for part in PARTS])


def _event(members: _Members) -> Event:
    texts = tuple([bytes(members[part]) if part in members else b"" for part in PARTS])
    apart: dict[str, bytes] = {}
    known = _KNOWN.get(texts)
    if known is None and (_MEASURED in texts[1] or _MEASURED in texts[2]):
        texts, apart = _without_measured(texts)
        known = _KNOWN.get(texts)
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
    event.measured = _present(dict(zip(apart, values[len(own) :], strict=True))) if apart else _NOTHING
    for side, each in event.measured.items():
        event[side] = with_measured(event[side], each)
    event.packed = text
    event.shallow = len(joined) < WRITABLE_DEPTH or joined.count(b"{") + joined.count(b"[") < WRITABLE_DEPTH
    return event


def _without_measured(texts: tuple[bytes, ...]) -> tuple[tuple[bytes, ...], dict[str, bytes]]:
    """The parts as JSON without what is measured, and that alone by its side."""
    job, *sides, dataset = texts
    cut = {side: _cut(text) for side, text in zip(SIDES, sides, strict=True) if text}
    rest = (cut[side][0] if side in cut else b"" for side in SIDES)
    return (job, *rest, dataset), {side: measured for side, (_, measured) in cut.items()}


def _cut(side: bytes) -> tuple[bytes, bytes]:
    """The datasets of a side as JSON without what is measured, and that alone."""
    datasets = _MANY.decode(side)
    return _objects(datasets, False), _objects(datasets, True)


def _objects(datasets: Sequence[_Members], measuring: bool) -> bytes:
    texts = [
        b",".join(
            [
                b"%b:%b" % (_quoted(name), value)
                for name, value in each.items()
                if (name in MEASURING) is measuring
            ]
        )
        for each in datasets
    ]
    return b"[%b]" % b",".join([b"{%b}" % text for text in texts])


_quoted = lru_cache(maxsize=_MOST)(orjson.dumps)


def _read(texts: tuple[bytes, ...]) -> tuple[dict[str, Any], bytes]:
    parts = {part: orjson.loads(text) for part, text in zip(PARTS, texts, strict=True) if text}
    found = parts, _pack(parts)
    if sum(map(len, texts)) <= REMEMBERED_BYTES:
        if len(_KNOWN) >= _MOST:
            _KNOWN.clear()
        _KNOWN[texts] = found
    return found
