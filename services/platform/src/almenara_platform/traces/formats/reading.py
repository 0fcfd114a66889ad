"""Reads traces from a file or an answer of any supported format, with bounded memory."""

from __future__ import annotations

import codecs
import dataclasses
import gzip
import io
import zlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

from almenara_platform.exceptions import BadRequest, NotFound
from almenara_platform.traces.formats import (
    jaeger_json,
    json_stream,
    otlp_json,
    otlp_protobuf,
    platform_json,
)
from almenara_platform.traces.formats.json_stream import Scope
from almenara_platform.traces.formats.values import mapping
from almenara_platform.traces.longest import LongestSpans
from almenara_platform.traces.model import Span, Trace

MAX_SPANS = 200_000
"""Spans kept of one input, about half a gigabyte with ordinary attributes."""
MAX_PROTOBUF_BYTES = 512 * 2**20
CHUNK_BYTES = 2**20
GZIP = b"\x1f\x8b"
UNKNOWN_SERVICE = "unknown_service"
Companion = tuple[Scope, str]
Emitter = tuple[str, dict[str, Any]]


def read_file(path: Path, max_spans: int = MAX_SPANS) -> list[Trace]:
    """The traces in a file, the one with the most spans first; see ``read``.

    Raises ``NotFound`` where there is no such file, ``BadRequest`` for what is no trace.
    """
    try:
        with path.open("rb") as file:
            return read(file, max_spans)
    except FileNotFoundError:
        raise NotFound(f"there is no file {path}") from None
    except OSError as error:
        raise BadRequest(f"{path} cannot be read: {error.strerror or error}") from error
    except BadRequest as error:
        raise BadRequest(f"{path}: {error}", error.field) from error


def read(stream: BinaryIO, max_spans: int = MAX_SPANS) -> list[Trace]:
    """The traces of a stream of OTLP/JSON (a document, or one a line), OTLP protobuf, Jaeger's or our JSON.

    Any of them may be gzipped. Of more than ``max_spans`` spans the roots and the longest are kept, and a
    note of each trace says so. Raises ``BadRequest`` for anything else.
    """
    first, stream = _unzipped(stream)
    if first.lstrip()[:1] in (b"{", b"["):
        found = read_json(_chunks(stream), max_spans)
    else:
        found = _read_protobuf(stream, max_spans)
    if not found:
        raise BadRequest("no spans in it: neither OTLP (JSON or protobuf) nor Jaeger JSON")
    return found


def read_json(chunks: Iterable[bytes], max_spans: int = MAX_SPANS) -> list[Trace]:
    """The traces of a JSON document that comes in pieces, as ``read`` does; none where it has no spans."""
    kept: LongestSpans[Companion] = LongestSpans(max_spans)
    for document, scope in json_stream.spans(_decoded(chunks)):
        if not isinstance(document, Mapping):
            raise BadRequest(f"span {kept.seen + 1} is no object")
        try:
            kept.add(*_span(document, scope))
        except BadRequest as error:
            raise BadRequest(f"span {kept.seen + 1}: {error}", error.field) from error
    return _traces(kept)


def _unzipped(stream: BinaryIO) -> tuple[bytes, BinaryIO]:
    """The first bytes, and a stream that starts with them again."""
    buffered = io.BufferedReader(stream) if isinstance(stream, io.RawIOBase) else stream
    start = buffered.read(4096)
    whole = io.BufferedReader(_Rejoined(start, buffered), CHUNK_BYTES)
    if not start.startswith(GZIP):
        return start.removeprefix(codecs.BOM_UTF8), whole
    unzipped = io.BufferedReader(gzip.GzipFile(fileobj=whole), CHUNK_BYTES)
    try:
        return unzipped.peek(4096)[:4096], unzipped
    except (OSError, EOFError, zlib.error) as error:
        raise BadRequest(f"damaged gzip: {error}") from error


class _Rejoined(io.RawIOBase):
    """Bytes that were read already, then the rest of their stream."""

    def __init__(self, start: bytes, rest: BinaryIO) -> None:
        self._start, self._rest = start, rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self._start:
            self._start = self._rest.read(len(buffer))
        part, self._start = self._start[: len(buffer)], self._start[len(buffer) :]
        buffer[: len(part)] = part
        return len(part)


def _chunks(stream: BinaryIO) -> Iterator[bytes]:
    try:
        while chunk := stream.read(CHUNK_BYTES):
            yield chunk
    except (OSError, EOFError, zlib.error) as error:
        raise BadRequest(f"cannot be read to its end: {error}") from error


def _decoded(chunks: Iterable[bytes]) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for chunk in chunks:
            yield decoder.decode(chunk)
        yield decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        raise BadRequest("this is no UTF-8 text") from error


def _span(document: Mapping[str, Any], scope: Scope) -> tuple[Span, Companion]:
    if otlp_json.is_span(document):
        return otlp_json.span(document), (scope, "")
    if jaeger_json.is_span(document):
        own = Scope({"process": document["process"]}, scope) if document.get("process") else scope
        return jaeger_json.span(document), (own, str(document.get("processID") or ""))
    if platform_json.is_span(document):
        return platform_json.span(document, scope.get("trace_id", "")), (scope, "")
    raise BadRequest("neither a span of OTLP nor one of Jaeger")


def _read_protobuf(stream: BinaryIO, max_spans: int) -> list[Trace]:
    body = b"".join(_limited(_chunks(stream)))
    kept: LongestSpans[Companion] = LongestSpans(max_spans)
    for span in otlp_protobuf.spans(body):
        kept.add(span, (Scope(), ""))
    return _traces(kept)


def _limited(chunks: Iterable[bytes]) -> Iterator[bytes]:
    size = 0
    for chunk in chunks:
        size += len(chunk)
        if size > MAX_PROTOBUF_BYTES:
            raise BadRequest(f"more than {MAX_PROTOBUF_BYTES:,} bytes of protobuf; split it or use JSON")
        yield chunk


def _traces(kept: LongestSpans[Companion]) -> list[Trace]:
    spans: dict[str, list[Span]] = {}
    truncated: set[str] = set()
    emitters: dict[tuple[int, str], Emitter] = {}
    for span, (scope, process) in kept:
        if not (span.service or span.resource):
            key = id(scope), process
            emitter = emitters.get(key) or emitters.setdefault(key, _emitter(scope, process))
            span = dataclasses.replace(span, service=emitter[0], resource=emitter[1])
        spans.setdefault(span.trace_id, []).append(span)
        if scope.get("truncated", False):
            truncated.add(span.trace_id)
    notes = kept.notes()
    found = [
        Trace(trace_id, tuple(sorted(one, key=_by_start)), trace_id in truncated, notes)
        for trace_id, one in spans.items()
    ]
    return sorted(found, key=lambda trace: (-len(trace.spans), trace.spans[0].start_ns))


def _by_start(span: Span) -> tuple[int, str]:
    return span.start_ns, span.span_id


def _emitter(scope: Scope, process: str) -> Emitter:
    """The service and the resource attributes of the spans of a scope, which Jaeger calls a process."""
    own = scope.get("process", None)
    if process or own:
        service, resource = jaeger_json.process(own or mapping(scope.get("processes", None)).get(process))
    else:
        resource = otlp_json.attributes(mapping(scope.get("resource", None)).get("attributes"))
        service = str(resource.get("service.name") or "")
    return service or UNKNOWN_SERVICE, resource
