"""OpenTelemetry's attribute values as JSON values, held within bounds."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable
from typing import Any

from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue

MOST_ATTRIBUTES = 256
CUT = "… (cut)"


def attributes(pairs: Iterable[KeyValue], limit: int) -> dict[str, Any]:
    """Attributes by key; texts longer than ``limit`` are cut, those beyond the 256th left out."""
    found: dict[str, Any] = {}
    for pair in pairs:
        value = pair.value
        # Most values are short texts, and asking for the text is cheaper than asking which kind it is.
        text = value.string_value
        found[pair.key] = text if 0 < len(text) <= limit else plain(value, limit)
    if len(found) > MOST_ATTRIBUTES:
        return dict(list(found.items())[:MOST_ATTRIBUTES])
    return found


def plain(value: AnyValue, limit: int) -> Any:
    """A value in its JSON type; bytes become base64."""
    kind = value.WhichOneof("value")
    if kind == "string_value":
        return cut(value.string_value, limit)
    if kind == "array_value":
        return [plain(item, limit) for item in value.array_value.values[:MOST_ATTRIBUTES]]
    if kind == "kvlist_value":
        return attributes(value.kvlist_value.values, limit)
    if kind == "bytes_value":
        return cut(b64encode(value.bytes_value[:limit]).decode(), limit)
    return getattr(value, kind) if kind else None


def cut(text: str, limit: int) -> str:
    """``text`` with at most ``limit`` characters, and a mark where some were left out."""
    return text if len(text) <= limit else text[: limit - len(CUT)] + CUT
