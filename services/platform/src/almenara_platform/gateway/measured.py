"""What a run measured of its datasets: what every run tells anew of inputs and outputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import msgspec
import orjson
from msgspec import Raw

SIDES = ("inputs", "outputs")
MEASURING = ("inputFacets", "outputFacets")
_OCCURS = b'putFacets"'

Measured = Mapping[str, Sequence[Mapping[str, Any]]]
"""The ``MEASURING`` members of each dataset of a side, for the sides where there are any."""

_Members = dict[str, Raw]
_DATASETS = msgspec.json.Decoder(list[_Members])


def occurs(side: bytes) -> bool:
    """Whether anything may be measured in the JSON of a side."""
    return _OCCURS in side


def cut(side: bytes) -> tuple[bytes, bytes]:
    """The datasets of a side as JSON without what is measured, and that alone.

    Raises ``msgspec.DecodeError`` for what is no list of objects.
    """
    datasets = _DATASETS.decode(side)
    return _objects(datasets, False), _objects(datasets, True)


def divided(side: Any, measuring: bool) -> Any:
    """The datasets of a side with the ``MEASURING`` members alone, or with all others."""
    if not isinstance(side, list) or not all(isinstance(each, dict) for each in side):
        return () if measuring else side
    return [
        {name: value for name, value in each.items() if (name in MEASURING) is measuring} for each in side
    ]


def joined(side: Sequence[Any], measured: Sequence[Mapping[str, Any]]) -> list[Any]:
    """The datasets of a side, with what is measured of each."""
    return [{**dataset, **own} if own else dataset for dataset, own in zip(side, measured, strict=True)]


def present(found: Measured) -> Measured:
    """The sides where anything is measured."""
    return {side: each for side, each in found.items() if any(each)}


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


_quoted = lru_cache(maxsize=512)(orjson.dumps)
