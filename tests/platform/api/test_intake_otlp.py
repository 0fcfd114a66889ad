"""OTLP over HTTP: protobuf and JSON, whole and partial success, and what is refused."""

from __future__ import annotations

import gzip
from typing import Any

import orjson
import pytest
from fastapi.testclient import TestClient
from google.protobuf.json_format import MessageToDict
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceResponse
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, KeyValueList
from tests.platform.otlp import PROTOBUF, logs, pair, proto_log, proto_span, traces
from tests.platform.spans import NOON_NS

TRACE = f"{1:032x}"


def send(client: TestClient, *spans: Any) -> ExportTraceServiceResponse:
    """Send spans in protobuf and read the answer."""
    answer = client.post("/v1/traces", content=traces(*spans).SerializeToString(), headers=PROTOBUF)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/x-protobuf")
    return ExportTraceServiceResponse.FromString(answer.content)


def json_request() -> dict[str, Any]:
    """A request as the specification's own JSON example writes it: ids in hex, big numbers as texts."""
    span = {
        "traceId": TRACE,
        "spanId": f"{1:016X}",
        "name": "I'm a server span",
        "kind": 2,
        "startTimeUnixNano": str(NOON_NS),
        "endTimeUnixNano": str(NOON_NS + 1),
        "attributes": [{"key": "n", "value": {"intValue": "7"}}],
        "unknownField": 1,
    }
    resource = {"attributes": [{"key": "service.name", "value": {"stringValue": "my.service"}}]}
    return {"resourceSpans": [{"resource": resource, "scopeSpans": [{"spans": [span]}]}]}


def test_protobuf_span_is_stored(client: TestClient) -> None:
    """A span with everything comes back in the API's shape."""
    span = proto_span(
        number=2,
        parent_span_id=(1).to_bytes(8),
        kind=5,
        attributes=[
            pair("text", "a"),
            pair("n", 7),
            {"key": "list", "value": AnyValue(array_value=ArrayValue(values=[AnyValue(bool_value=True)]))},
            {"key": "map", "value": AnyValue(kvlist_value=KeyValueList(values=[pair("in", "x")]))},
            {"key": "bytes", "value": AnyValue(bytes_value=b"\xff")},
            {"key": "none", "value": AnyValue()},
        ],
        events=[
            {"name": "exception", "time_unix_nano": NOON_NS, "attributes": [pair("exception.type", "E")]}
        ],
        links=[{"trace_id": (9).to_bytes(16), "span_id": (8).to_bytes(8)}],
        status={"code": 2, "message": "it broke"},
    )
    assert not send(client, span).HasField("partial_success")
    (found,) = client.get(f"/api/v1/traces/{TRACE}").json()["spans"]
    assert found == {
        "span_id": f"{2:016x}",
        "parent_span_id": f"{1:016x}",
        "name": "work",
        "service": "worker-etl",
        "kind": "CONSUMER",
        "start_ns": NOON_NS,
        "end_ns": NOON_NS + 1_000_000_000,
        "status": {"code": "ERROR", "message": "it broke"},
        "attributes": {
            "text": "a",
            "n": 7,
            "list": [True],
            "map": {"in": "x"},
            "bytes": "/w==",
            "none": None,
        },
        "events": [{"name": "exception", "time_ns": NOON_NS, "attributes": {"exception.type": "E"}}],
        "links": [{"trace_id": f"{9:032x}", "span_id": f"{8:016x}", "attributes": {}}],
        "resource": {"service.name": "worker-etl"},
    }


def test_json_span_is_stored_and_answered_in_json(client: TestClient) -> None:
    """JSON has its ids in hex, takes unknown fields, and gets an answer in JSON."""
    answer = client.post("/v1/traces", json=json_request())
    assert (answer.status_code, answer.headers["content-type"], answer.json()) == (
        200,
        "application/json",
        {},
    )
    (span,) = client.get(f"/api/v1/traces/{TRACE.upper()}").json()["spans"]
    assert (span["service"], span["kind"], span["attributes"]) == ("my.service", "SERVER", {"n": 7})


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_compressed_spans_are_stored(client: TestClient, encoding: str) -> None:
    """Both encodings of HTTP are read, also a gzip body of several members."""
    import zlib

    body = traces(proto_span()).SerializeToString()
    packed = gzip.compress(body[:5]) + gzip.compress(body[5:]) if encoding == "gzip" else zlib.compress(body)
    answer = client.post("/v1/traces", content=packed, headers=PROTOBUF | {"Content-Encoding": encoding})
    assert answer.status_code == 200
    assert client.get(f"/api/v1/traces/{TRACE}").status_code == 200


@pytest.mark.parametrize(
    "fault",
    [
        {"trace_id": b""},
        {"trace_id": bytes(16)},
        {"trace_id": b"x" * 17},
        {"span_id": b"x"},
        {"span_id": bytes(8)},
        {"start_time_unix_nano": 2**63},
        {"end_time_unix_nano": 2**64 - 1},
    ],
)
def test_span_at_fault_is_rejected_alone(client: TestClient, fault: dict[str, Any]) -> None:
    """Partial success tells how many spans were rejected and why; the others are stored."""
    answer = send(client, proto_span(), proto_span(number=2, **fault))
    assert answer.partial_success.rejected_spans == 1
    assert answer.partial_success.error_message
    assert len(client.get(f"/api/v1/traces/{TRACE}").json()["spans"]) == 1
    metrics = client.get("/metrics").text
    assert 'almenara_platform_signals_rejected_total{signal="spans"} 1.0' in metrics


def test_json_span_with_a_bad_id_is_rejected_alone(client: TestClient) -> None:
    """An id that is not hex is that span's own fault."""
    request = json_request()
    spans = request["resourceSpans"][0]["scopeSpans"][0]["spans"]
    spans.append(spans[0] | {"traceId": "not hex"})
    answer = client.post("/v1/traces", json=request).json()
    assert answer["partialSuccess"]["rejectedSpans"] == "1"
    assert client.get(f"/api/v1/traces/{TRACE}").status_code == 200


def test_odd_values_are_kept_in_bounds(client: TestClient) -> None:
    """Unknown kinds and codes, empty names and missing services have a value of the model."""
    request = traces(proto_span(kind=99, name="", status={"code": 77}), service="")
    client.post("/v1/traces", content=request.SerializeToString(), headers=PROTOBUF)
    (span,) = client.get(f"/api/v1/traces/{TRACE}").json()["spans"]
    assert (span["kind"], span["status"]["code"], span["name"]) == ("INTERNAL", "UNSET", "")
    assert span["service"] == "unknown_service"


def test_long_attributes_are_cut(client: TestClient) -> None:
    """An attribute of ten megabytes is cut to the limit, and more than 256 attributes are left out."""
    many = [pair(f"k{number}", "v") for number in range(1000)]
    send(client, proto_span(attributes=[pair("huge", "x" * 10_000_000), *many], name="n" * 100_000))
    (span,) = client.get(f"/api/v1/traces/{TRACE}").json()["spans"]
    assert len(span["attributes"]["huge"]) == 65_536
    assert span["attributes"]["huge"].endswith("(cut)")
    assert (len(span["attributes"]), len(span["name"])) == (256, 65_536)


def test_nul_bytes_are_only_characters(client: TestClient) -> None:
    """NUL in names, keys and values is stored and found like any other character."""
    send(client, proto_span(name="a\0b", attributes=[pair("k\0", "v\0")]))
    found = client.get("/api/v1/traces", params={"operation": "a\0b", "attribute": "k\0=v\0"}).json()["items"]
    assert len(found) == 1


@pytest.mark.parametrize("path", ["/v1/traces", "/v1/logs"])
@pytest.mark.parametrize("body", [b"\xff\xff\xff", b"\x0a\xff\xff\xff\xff\x0f", b"<html>", b"\x0a\x02"])
def test_malformed_protobuf_is_a_status(client: TestClient, path: str, body: bytes) -> None:
    """A body that is no message is a 400 with a google.rpc.Status, as OTLP says."""
    answer = client.post(path, content=body, headers=PROTOBUF)
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/x-protobuf")
    assert b"in protobuf" in answer.content
    assert b"Traceback" not in answer.content


@pytest.mark.parametrize("path", ["/v1/traces", "/v1/logs"])
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'"x"',
        b'{"resourceSpans": 5, "resourceLogs": 5}',
    ],
)
def test_malformed_json_is_a_problem(client: TestClient, path: str, body: bytes) -> None:
    """A body that is no message in JSON is a 400 problem."""
    answer = client.post(path, content=body, headers={"Content-Type": "application/json; charset=utf-8"})
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")


@pytest.mark.parametrize("content_type", ["text/plain", "", "application/grpc"])
def test_other_media_types_are_refused(client: TestClient, content_type: str) -> None:
    """Only protobuf and JSON are OTLP over HTTP."""
    answer = client.post("/v1/traces", content=b"{}", headers={"Content-Type": content_type})
    assert answer.status_code == 415


def test_empty_request_is_a_success(client: TestClient) -> None:
    """A request without spans is right and stores nothing."""
    assert not send(client).HasField("partial_success")
    assert client.get("/api/v1/traces").json()["items"] == []


def test_log_record_is_the_line_it_was(client: TestClient) -> None:
    """A record has the fixed fields of a log line and the caller's own beside them."""
    record = proto_log(
        number=1000,
        trace_id=(1).to_bytes(16),
        span_id=(2).to_bytes(8),
        attributes=[
            pair("run_id", "r"),
            pair("pipeline", "ventas_etl"),
            pair("stage", "load"),
            pair("rows", 5),
        ],
    )
    answer = client.post("/v1/logs", content=logs(record).SerializeToString(), headers=PROTOBUF)
    assert ExportLogsServiceResponse.FromString(answer.content) == ExportLogsServiceResponse()
    assert client.get("/api/v1/logs", params={"run_id": "r", "where": "rows>4"}).json()["items"] == [
        {
            "timestamp": "2026-03-01T12:00:00.000001Z",
            "level": "INFO",
            "message": "stage_started",
            "service": "worker-etl",
            "pipeline": "ventas_etl",
            "stage": "load",
            "run_id": "r",
            "trace_id": TRACE,
            "span_id": f"{2:016x}",
            "rows": 5,
        }
    ]


def test_log_record_in_json(client: TestClient) -> None:
    """The same request in JSON, with hex ids, gives the same line."""
    request = MessageToDict(logs(proto_log(attributes=[pair("n", 1)])))
    request["resourceLogs"][0]["scopeLogs"][0]["logRecords"][0]["traceId"] = TRACE
    assert client.post("/v1/logs", json=request).json() == {}
    (line,) = client.get("/api/v1/logs", params={"trace_id": TRACE}).json()["items"]
    assert (line["message"], line["n"]) == ("stage_started", 1)


@pytest.mark.parametrize(
    ("text", "number", "level"),
    [
        ("warn", 0, "WARNING"),
        ("FATAL", 0, "CRITICAL"),
        ("", 17, "ERROR"),
        ("", 18, "ERROR"),
        ("", 5, "DEBUG"),
        ("", 1, "TRACE"),
        ("", 24, "CRITICAL"),
        ("", 0, "INFO"),
        ("custom", 13, "WARNING"),
    ],
)
def test_levels_have_one_name(client: TestClient, text: str, number: int, level: str) -> None:
    """Severity is read from its text, and from its number where the text is none that is known."""
    record = proto_log(severity_text=text, severity_number=number)
    client.post("/v1/logs", content=logs(record).SerializeToString(), headers=PROTOBUF)
    assert client.get("/api/v1/logs").json()["items"][0]["level"] == level


def test_structured_body_becomes_json(client: TestClient) -> None:
    """A body that is no text is shown as JSON; an event without one by its name."""
    body = AnyValue(kvlist_value=KeyValueList(values=[pair("a", 1)]))
    records = logs(proto_log(body=body), proto_log(number=1, body=None, event_name="device.started"))
    client.post("/v1/logs", content=records.SerializeToString(), headers=PROTOBUF)
    lines = client.get("/api/v1/logs", params={"order": "asc"}).json()["items"]
    assert [line["message"] for line in lines] == ['{"a":1}', "device.started"]


def test_record_without_a_time_gets_that_of_its_arrival(client: TestClient) -> None:
    """Observed time stands in for time, and the platform's clock for both; beyond 2262 is refused."""
    records = (
        proto_log("observed", time_unix_nano=0, observed_time_unix_nano=NOON_NS),
        proto_log("neither", time_unix_nano=0),
        proto_log("never", time_unix_nano=2**63),
    )
    answer = client.post("/v1/logs", content=logs(*records).SerializeToString(), headers=PROTOBUF)
    assert ExportLogsServiceResponse.FromString(answer.content).partial_success.rejected_log_records == 1
    lines = client.get("/api/v1/logs").json()["items"]
    assert [line["message"] for line in lines] == ["neither", "observed"]
    assert lines[1]["timestamp"] == "2026-03-01T12:00:00.000000Z"


def test_caller_cannot_overwrite_the_fixed_fields(client: TestClient) -> None:
    """A field of the caller's called message or service does not replace the line's own."""
    record = proto_log(
        attributes=[pair("message", "forged"), pair("service", "forged"), pair("timestamp", "x")]
    )
    client.post("/v1/logs", content=logs(record).SerializeToString(), headers=PROTOBUF)
    (line,) = client.get("/api/v1/logs").json()["items"]
    assert (line["message"], line["service"]) == ("stage_started", "worker-etl")
    assert line["timestamp"].startswith("2026-")


def test_stored_json_is_compact() -> None:
    """Attribute search relies on the way orjson writes an object."""
    assert orjson.dumps({"a": "b", "c": [1]}) == b'{"a":"b","c":[1]}'
