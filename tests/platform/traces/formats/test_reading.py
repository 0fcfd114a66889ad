"""One trace in every format is read alike, and what is no trace is refused clearly."""

from __future__ import annotations

import base64
import gzip
import io
import json
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.proto.trace.v1 import trace_pb2

from almenara_platform.exceptions import BadRequest, NotFound
from almenara_platform.traces.formats.reading import read, read_file
from almenara_platform.traces.model import Span, SpanEvent, SpanKind, SpanLink, Status, StatusCode, Trace

TRACE, ROOT, CHILD = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331", "00f067aa0ba902b7"
OTHER_TRACE, OTHER = "4bf92f3577b34da6a3ce929d0e0e4736", "53995c3f42cd8ad8"
START = 1_790_000_000_000_000_000
RESOURCE = {"service.name": "shop", "service.version": "7"}
EXPECTED = (
    Span(
        TRACE, ROOT, None, "GET /", "shop", SpanKind.SERVER, START, START + 9_000_000,
        status=Status(StatusCode.ERROR, "broken"),
        attributes={"http.status": 500, "ok": False, "ratio": 0.5, "user.id": "ana"},
        events=(SpanEvent("exception", START + 5_000, {"exception.type": "KeyError"}),),
        resource=RESOURCE,
    ),
    Span(
        TRACE, CHILD, ROOT, "SELECT", "shop", SpanKind.CLIENT, START + 1_000, START + 8_000_000,
        links=(SpanLink(OTHER_TRACE, OTHER),),
        resource=RESOURCE,
    ),
)  # fmt: skip


def otlp() -> dict[str, Any]:
    """The trace as OTLP/JSON writes it."""
    root = {
        "traceId": TRACE,
        "spanId": ROOT,
        "name": "GET /",
        "kind": 2,
        "startTimeUnixNano": str(START),
        "endTimeUnixNano": str(START + 9_000_000),
        "attributes": [
            {"key": "http.status", "value": {"intValue": "500"}},
            {"key": "ok", "value": {"boolValue": False}},
            {"key": "ratio", "value": {"doubleValue": 0.5}},
            {"key": "user.id", "value": {"stringValue": "ana"}},
        ],
        "events": [
            {
                "name": "exception",
                "timeUnixNano": START + 5_000,
                "attributes": [{"key": "exception.type", "value": {"stringValue": "KeyError"}}],
            }
        ],
        "status": {"code": 2, "message": "broken"},
    }
    child = {
        "traceId": TRACE,
        "spanId": CHILD,
        "parentSpanId": ROOT,
        "name": "SELECT",
        "kind": "SPAN_KIND_CLIENT",
        "startTimeUnixNano": str(START + 1_000),
        "endTimeUnixNano": str(START + 8_000_000),
        "links": [{"traceId": OTHER_TRACE, "spanId": OTHER}],
        "status": {},
    }
    resource = [{"key": key, "value": {"stringValue": text}} for key, text in RESOURCE.items()]
    return {
        "resourceSpans": [{"scopeSpans": [{"spans": [child, root]}], "resource": {"attributes": resource}}]
    }


def jaeger() -> dict[str, Any]:
    """The trace as Jaeger's query API answers it; it knows microseconds only."""

    def tag(key: str, kind: str, value: Any) -> dict[str, Any]:
        return {"key": key, "type": kind, "value": value}

    root = {
        "traceID": TRACE,
        "spanID": ROOT,
        "operationName": "GET /",
        "references": [],
        "startTime": START // 1000,
        "duration": 9_000,
        "tags": [
            tag("http.status", "int64", 500),
            tag("ok", "bool", False),
            tag("ratio", "float64", 0.5),
            tag("user.id", "string", "ana"),
            tag("span.kind", "string", "server"),
            tag("otel.status_code", "string", "ERROR"),
            tag("otel.status_description", "string", "broken"),
        ],
        "logs": [
            {
                "timestamp": START // 1000 + 5,
                "fields": [
                    tag("event", "string", "exception"),
                    tag("exception.type", "string", "KeyError"),
                ],
            }
        ],
        "processID": "p1",
    }
    child = {
        "traceID": TRACE,
        "spanID": CHILD,
        "operationName": "SELECT",
        "references": [
            {"refType": "CHILD_OF", "traceID": TRACE, "spanID": ROOT},
            {"refType": "FOLLOWS_FROM", "traceID": OTHER_TRACE, "spanID": OTHER},
        ],
        "startTime": START // 1000 + 1,
        "duration": 7_999,
        "tags": [tag("span.kind", "string", "client")],
        "logs": [],
        "processID": "p1",
    }
    tags = [tag(key, "string", text) for key, text in RESOURCE.items()]
    process = {"serviceName": "shop", "tags": tags}
    return {
        "data": [{"traceID": TRACE, "spans": [root, child], "processes": {"p1": process}}],
        "errors": None,
    }


def protobuf() -> bytes:
    """The trace as OTLP in protobuf."""
    data = trace_pb2.TracesData()
    group = data.resource_spans.add()
    for key, text in RESOURCE.items():
        group.resource.attributes.add(key=key).value.string_value = text
    spans = group.scope_spans.add().spans
    root = spans.add(
        trace_id=bytes.fromhex(TRACE), span_id=bytes.fromhex(ROOT), name="GET /", kind=2,
        start_time_unix_nano=START, end_time_unix_nano=START + 9_000_000,
    )  # fmt: skip
    root.attributes.add(key="http.status").value.int_value = 500
    root.attributes.add(key="ok").value.bool_value = False
    root.attributes.add(key="ratio").value.double_value = 0.5
    root.attributes.add(key="user.id").value.string_value = "ana"
    event = root.events.add(name="exception", time_unix_nano=START + 5_000)
    event.attributes.add(key="exception.type").value.string_value = "KeyError"
    root.status.code, root.status.message = 2, "broken"
    child = spans.add(
        trace_id=bytes.fromhex(TRACE), span_id=bytes.fromhex(CHILD), parent_span_id=bytes.fromhex(ROOT),
        name="SELECT", kind=3, start_time_unix_nano=START + 1_000, end_time_unix_nano=START + 8_000_000,
    )  # fmt: skip
    child.links.add(trace_id=bytes.fromhex(OTHER_TRACE), span_id=bytes.fromhex(OTHER))
    return data.SerializeToString()


def platform() -> dict[str, Any]:
    """The trace as the platform's own API answers it."""
    spans = [
        {
            "span_id": one.span_id,
            "parent_span_id": one.parent_span_id,
            "name": one.name,
            "service": one.service,
            "kind": one.kind.value,
            "start_ns": one.start_ns,
            "end_ns": one.end_ns,
            "status": {"code": one.status.code.value, "message": one.status.message},
            "attributes": one.attributes,
            "events": [
                {"name": e.name, "time_ns": e.time_ns, "attributes": e.attributes} for e in one.events
            ],
            "links": [{"trace_id": x.trace_id, "span_id": x.span_id, "attributes": {}} for x in one.links],
            "resource": one.resource,
        }
        for one in EXPECTED
    ]
    return {"trace_id": TRACE, "truncated": False, "spans": spans}


def as_bytes(document: Any) -> bytes:
    """A document as JSON."""
    return json.dumps(document, indent=1).encode()


FORMATS = {
    "otlp-json": as_bytes(otlp()),
    "otlp-json-one-a-line": json.dumps(otlp()).encode()
    + b"\n\n"
    + json.dumps({"resourceSpans": []}).encode(),
    "otlp-json-with-bom": b"\xef\xbb\xbf" + as_bytes(otlp()),
    "otlp-protobuf": protobuf(),
    "jaeger-api": as_bytes(jaeger()),
    "jaeger-one-trace": as_bytes(jaeger()["data"][0]),
    "jaeger-v3-api": as_bytes({"result": otlp()}),
    "platform": as_bytes(platform()),
    "gzip-json": gzip.compress(as_bytes(otlp())),
    "gzip-protobuf": gzip.compress(protobuf()),
}


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_says_the_same(name: str) -> None:
    """Ids, times, kinds, status, attributes, events, links and resources come through alike."""
    assert read(io.BytesIO(FORMATS[name])) == [Trace(TRACE, EXPECTED)]


def test_ids_in_base64_are_understood() -> None:
    """Generic protobuf writers put bytes as base64 into JSON."""
    document = otlp()
    for one in document["resourceSpans"][0]["scopeSpans"][0]["spans"]:
        for key in ("traceId", "spanId", "parentSpanId"):
            if key in one:
                one[key] = base64.b64encode(bytes.fromhex(one[key])).decode()
    assert read(io.BytesIO(as_bytes(document)))[0].spans == EXPECTED


def test_snake_case_and_old_names_are_understood() -> None:
    """As some writers have them."""
    old = as_bytes(otlp()).replace(b"scopeSpans", b"instrumentationLibrarySpans")
    assert read(io.BytesIO(old))[0].spans == EXPECTED
    snake = as_bytes(otlp())
    for camel, name in (("resourceSpans", "resource_spans"), ("scopeSpans", "scope_spans")):
        snake = snake.replace(camel.encode(), name.encode())
    for camel, name in (("traceId", "trace_id"), ("spanId", "span_id"), ("parentSpanId", "parent_span_id")):
        snake = snake.replace(camel.encode(), name.encode())
    for camel, name in (("UnixNano", "_unix_nano"), ("startTime", "start_time"), ("endTime", "end_time")):
        snake = snake.replace(camel.encode(), name.encode())
    snake = snake.replace(b"Value", b"_value")
    assert read(io.BytesIO(snake))[0].spans == EXPECTED


def test_several_traces_come_the_largest_first() -> None:
    """Spans are sorted into their traces."""
    document = otlp()
    spans = document["resourceSpans"][0]["scopeSpans"][0]["spans"]
    spans.insert(0, {**spans[1], "traceId": OTHER_TRACE, "spanId": OTHER})
    assert [len(found.spans) for found in read(io.BytesIO(as_bytes(document)))] == [2, 1]


def test_spans_beyond_the_limit_are_left_out_and_counted() -> None:
    """Roots and the longest stay; the note says how many went and how long the longest of them was."""
    document = otlp()
    spans = document["resourceSpans"][0]["scopeSpans"][0]["spans"]
    for number in range(100):
        end = str(START + 1_000 + number)
        spans.append({**spans[0], "spanId": f"{number + 1:016x}", "endTimeUnixNano": end})
    (found,) = read(io.BytesIO(as_bytes(document)), max_spans=10)
    assert {ROOT, CHILD} <= {span.span_id for span in found.spans}
    assert len(found.spans) == 10
    assert "92 of 102 spans were left out" in found.notes[0]
    assert "none longer than 91 ns" in found.notes[0]


def test_a_document_larger_than_a_chunk_is_read() -> None:
    """A span that does not fit the piece at hand is waited for."""
    document = otlp()
    huge = {"key": "huge", "value": {"stringValue": "é" * 3_000_000}}
    document["resourceSpans"][0]["scopeSpans"][0]["spans"][0].setdefault("attributes", []).append(huge)
    (found,) = read(io.BytesIO(json.dumps(document, ensure_ascii=False).encode()))
    assert len(found.spans[1].attributes["huge"]) == 3_000_000


def one_span(**changes: Any) -> bytes:
    """The document with its first span changed."""
    document = otlp()
    document["resourceSpans"][0]["scopeSpans"][0]["spans"][0].update(changes)
    return as_bytes(document)


BAD = {
    "empty": (b"", "no spans in it"),
    "no-spans": (b'{"resourceSpans": []}', "no spans in it"),
    "another-document": (b'{"hello": [1, 2, {"spans": 3}]}', "no spans in it"),
    "cut-off": (as_bytes(otlp())[:-40], "no JSON"),
    "no-json": (b"{hello}", "no JSON: .* near"),
    "random-bytes": (b"\xff\xfe\x00\x01 nothing", "neither JSON nor OTLP in protobuf"),
    "not-utf-8": (b'{"spans": "\xff"}', "no UTF-8"),
    "damaged-gzip": (gzip.compress(as_bytes(otlp()))[:-30], "damaged gzip"),
    "no-gzip-at-all": (b"\x1f\x8bnothing", "damaged gzip"),
    "too-deep": (b'{"x": ' + b"[" * 200_000 + b"]" * 200_000 + b"}", "nested too deeply"),
    "span-is-no-object": (b'{"spans": [3]}', "span 1 is no object"),
    "unknown-span": (b'{"spans": [{"a": 1}]}', "neither a span of OTLP nor one of Jaeger"),
    "bad-trace-id": (one_span(traceId="nonsense!"), "span 1: 'nonsense!' is not a trace_id"),
    "zero-span-id": (one_span(spanId="0" * 16), "is not a span_id"),
    "bad-time": (one_span(startTimeUnixNano="yesterday"), "startTimeUnixNano 'yesterday' is not a number"),
    "time-out-of-range": (one_span(endTimeUnixNano=2**64 - 1), "out of range"),
    "infinite-time": (one_span(endTimeUnixNano=float("inf")), "is not a number"),
}


@pytest.mark.parametrize("fault", BAD)
def test_what_is_no_trace_is_refused(fault: str) -> None:
    """The message says what is wrong and where."""
    body, message = BAD[fault]
    with pytest.raises(BadRequest, match=message):
        read(io.BytesIO(body))


def test_files_are_named_in_errors(tmp_path: Path) -> None:
    """A missing file, a folder and a bad file."""
    with pytest.raises(NotFound, match=r"there is no file .*trace\.json"):
        read_file(tmp_path / "trace.json")
    with pytest.raises(BadRequest, match="cannot be read: Is a directory"):
        read_file(tmp_path)
    bad = tmp_path / "bad.json"
    bad.write_text("{")
    with pytest.raises(BadRequest, match=r"bad\.json: this is no JSON"):
        read_file(bad)
