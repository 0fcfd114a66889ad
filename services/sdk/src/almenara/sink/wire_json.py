"""JSON for anything that a user may put into a facet or an attribute."""

from __future__ import annotations

import json
from typing import Any

import attr
import orjson


def encode(value: Any) -> bytes:
    """`value` as JSON; what JSON does not have becomes text. Raises when an object cannot even be printed."""
    try:
        return orjson.dumps(value, default=_plain, option=orjson.OPT_NON_STR_KEYS)
    except TypeError:
        # lone surrogates, which file names may have, and integers beyond 64 bits
        return json.dumps(value, default=_plain, ensure_ascii=False).encode(errors="replace")


def _plain(value: Any) -> Any:
    return attr.asdict(value) if attr.has(type(value)) else str(value)
