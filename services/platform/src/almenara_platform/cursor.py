"""Cursors: where the next page of a list begins, as a text that callers send back unread."""

from __future__ import annotations

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

import orjson

from almenara_platform.exceptions import BadCursor


def encode(*values: str | int) -> str:
    """The cursor for a position."""
    return urlsafe_b64encode(orjson.dumps(values)).rstrip(b"=").decode()


def decode(cursor: str, *kinds: type) -> list[Any]:
    """The position that ``encode`` wrote; raises ``BadCursor`` unless it has values of these kinds."""
    try:
        values = orjson.loads(urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4)))
    except (binascii.Error, UnicodeEncodeError, orjson.JSONDecodeError) as error:
        raise _bad() from error
    if not isinstance(values, list) or [type(value) for value in values] != list(kinds):
        raise _bad()
    if any(isinstance(value, int) and abs(value) >= 2**63 for value in values):
        raise _bad()
    return values


def _bad() -> BadCursor:
    return BadCursor("This cursor is not one of this list; start without a cursor.", "cursor")
