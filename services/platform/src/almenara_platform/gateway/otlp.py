"""OTLP/HTTP: requests in protobuf or JSON, and answers in the form of the request.

Source: https://opentelemetry.io/docs/specs/otlp/#otlphttp
"""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from typing import Any, TypeVar

import orjson
from google.protobuf.json_format import MessageToJson, ParseDict, ParseError
from google.protobuf.message import DecodeError, Message

from almenara_platform.exceptions import BadRequest, Unsupported

PROTOBUF = "application/x-protobuf"
JSON = "application/json"
M = TypeVar("M", bound=Message)
# In OTLP's JSON ids are hex, and protobuf's own mapping wants base64.
_IDS = frozenset({"traceId", "spanId", "parentSpanId", "trace_id", "span_id", "parent_span_id"})


@dataclass(frozen=True, slots=True)
class Encoding:
    """How a request is written, and so its answer."""

    media_type: str

    @classmethod
    def of(cls, content_type: str) -> Encoding:
        """The encoding for a Content-Type header; raises ``Unsupported``."""
        media_type = content_type.partition(";")[0].strip().lower()
        if media_type not in (PROTOBUF, JSON):
            raise Unsupported(f"Content-Type must be {PROTOBUF} or {JSON}.", "Content-Type")
        return cls(media_type)

    def read(self, body: bytes, kind: type[M]) -> M:
        """The message in a body; raises ``BadRequest``."""
        return _from_protobuf(body, kind) if self.media_type == PROTOBUF else _from_json(body, kind)

    def write(self, message: Message) -> bytes:
        """The body for a message."""
        if self.media_type == PROTOBUF:
            return message.SerializeToString()
        return MessageToJson(message, indent=None).encode()

    def error(self, detail: str) -> bytes:
        """The body of an error in protobuf: a google.rpc.Status with this message (its field 2)."""
        text = detail.encode()[:16_000]
        return b"\x12" + _varint(len(text)) + text


def _from_protobuf(body: bytes, kind: type[M]) -> M:
    try:
        return kind.FromString(body)
    except DecodeError as error:
        raise BadRequest(f"The body is no {kind.DESCRIPTOR.name} in protobuf.", "body") from error


def _from_json(body: bytes, kind: type[M]) -> M:
    try:
        document = orjson.loads(body)
        if not isinstance(document, dict):
            raise TypeError("it is not an object")
        return ParseDict(_with_base64_ids(document), kind(), ignore_unknown_fields=True)
    except (
        orjson.JSONDecodeError,
        ParseError,
        TypeError,
        ValueError,
        AttributeError,
        RecursionError,
    ) as error:
        reason = str(error).splitlines()[0][:300] if str(error) else "malformed"
        raise BadRequest(f"The body is no {kind.DESCRIPTOR.name} in JSON: {reason}", "body") from error


def _with_base64_ids(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _id(item) if key in _IDS else _with_base64_ids(item) for key, item in value.items()}
    return [_with_base64_ids(item) for item in value] if isinstance(value, list) else value


def _id(value: Any) -> Any:
    """An id in base64; one that is not hex becomes empty, so that only its span is refused."""
    try:
        return b64encode(bytes.fromhex(value)).decode()
    except (TypeError, ValueError):
        return ""


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])
