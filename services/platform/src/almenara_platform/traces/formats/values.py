"""Ids, times and attribute values as the formats write them."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Any

from almenara_platform.exceptions import BadRequest

MAX_NS = 2**62
"""The largest time that is taken, in the year 2116; more would not fit signed 64-bit arithmetic."""

_HEX_DIGITS = {"trace_id": 32, "span_id": 16}
_HEX = re.compile("[0-9a-fA-F]+")


def identifier(value: Any, kind: str) -> str:
    """A trace id or span id (``kind`` is ``trace_id`` or ``span_id``) in lower-case hex.

    Shorter hex is padded and base64 of the right length is understood, because both are met.
    Raises ``BadRequest``.
    """
    digits = _HEX_DIGITS[kind]
    text = value.hex() if isinstance(value, bytes) else str(value or "")
    found = text.lower() if _HEX.fullmatch(text) else _from_base64(text)
    if not found or len(found) > digits or not found.strip("0"):
        raise BadRequest(f"{text[:60]!r} is not a {kind}: {digits} hex digits", kind)
    return found.zfill(digits)


def parent_identifier(value: Any) -> str | None:
    """A parent's span id, None where there is none or nothing but zeros."""
    if not value or (isinstance(value, str) and not value.strip("0")) or value == bytes(8):
        return None
    return identifier(value, "span_id")


def nanoseconds(value: Any, field: str) -> int:
    """A time in nanoseconds from a number or its digits; raises ``BadRequest`` that names ``field``."""
    try:
        time = int(value or 0)
    except (TypeError, ValueError, OverflowError) as error:
        raise BadRequest(f"{field} {str(value)[:60]!r} is not a number of nanoseconds", field) from error
    if not -MAX_NS < time < MAX_NS:
        raise BadRequest(f"{field} {time} is out of range", field)
    return time


def objects(value: Any) -> list[Mapping[str, Any]]:
    """The objects of an array; anything else in its place counts as none."""
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []


def mapping(value: Any) -> Mapping[str, Any]:
    """An object; anything else in its place counts as an empty one."""
    return value if isinstance(value, Mapping) else {}


def _from_base64(text: str) -> str:
    try:
        return base64.b64decode(text, validate=True).hex()
    except (binascii.Error, ValueError):
        return ""
