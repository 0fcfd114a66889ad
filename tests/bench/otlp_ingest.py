"""Durable OTLP ingest over HTTP, beside decoding and inserting the same spans into SQLite in one process.

Ours is a platform in a process of its own that is sent protobuf over four connections and answers when the
spans are on disk. The peer parses the same bodies, makes rows with the attributes as JSON and inserts them
with one transaction a body, both with ``synchronous=FULL``; it has no network, no limits and one index.
"""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.client import HTTPConnection
from itertools import count
from pathlib import Path
from random import Random
from statistics import median
from tempfile import TemporaryDirectory
from urllib.request import urlopen

import orjson
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from tests.bench.measuring import Comparison

SPANS_A_BODY = 512
BODIES = 120
CONNECTIONS = 4
_ATTRIBUTES: tuple[tuple[str, str | int | float], ...] = (
    ("http.request.method", "GET"),
    ("url.path", "/products/1029743"),
    ("http.response.status_code", 200),
    ("server.address", "sample-api"),
    ("ratio", 0.25),
)
_PEER_TABLE = """
CREATE TABLE spans (
    trace_id BLOB, span_id BLOB, parent_span_id BLOB, service TEXT, name TEXT, kind INTEGER, start_ns INTEGER,
    end_ns INTEGER, status INTEGER, message TEXT, attributes BLOB, PRIMARY KEY (trace_id, span_id)
)
"""


def bodies(seed: int) -> list[bytes]:
    """Export requests of 512 spans each, eight to a trace, five attributes to a span."""
    random, serial = Random(seed), count()
    return [_body(random, serial) for _ in range(BODIES)]


def ours(requests: Sequence[bytes]) -> float:
    """Spans per second that a platform acknowledges."""
    with TemporaryDirectory() as folder, _platform(Path(folder)) as port:
        _post(port, requests[:4])
        rest = requests[4:]
        shares = [rest[start::CONNECTIONS] for start in range(CONNECTIONS)]
        begin = time.perf_counter()
        with ThreadPoolExecutor(CONNECTIONS) as pool:
            list(pool.map(lambda share: _post(port, share), shares))
        return len(rest) * SPANS_A_BODY / (time.perf_counter() - begin)


def peer(requests: Sequence[bytes]) -> float:
    """Spans per second of one process that decodes and inserts."""
    with TemporaryDirectory() as folder:
        connection = sqlite3.connect(Path(folder) / "spans.db", isolation_level=None)
        for statement in ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL", _PEER_TABLE):
            connection.execute(statement)
        begin = time.perf_counter()
        for body in requests:
            connection.execute("BEGIN")
            connection.executemany(f"INSERT INTO spans VALUES ({', '.join('?' * 11)})", _peer_rows(body))
            connection.execute("COMMIT")
        seconds = time.perf_counter() - begin
        connection.close()
    return len(requests) * SPANS_A_BODY / seconds


def measure(rounds: int = 5) -> dict[str, float]:
    """Medians of several rounds in spans per second, and their ratio."""
    pairs = [(ours(bodies(number)), peer(bodies(number))) for number in range(rounds)]
    ratio = median(mine / other for mine, other in pairs)
    return {"ratio": ratio, "ours": median(p[0] for p in pairs), "peer": median(p[1] for p in pairs)}


def compare() -> Iterator[Comparison]:
    """Spans per second."""
    found = measure()
    name, aim = "decoding and inserting in one process", "at least 0.6 of it"
    met = found["ratio"] >= 0.6
    yield Comparison("OTLP ingest", found["ours"], found["peer"], "spans/s", name, aim, met, gain="more")


def _body(random: Random, serial: Iterator[int]) -> bytes:
    request = ExportTraceServiceRequest()
    group = request.resource_spans.add()
    group.resource.attributes.add(key="service.name").value.string_value = "bench"
    scope = group.scope_spans.add()
    for _ in range(SPANS_A_BODY // 8):
        trace_id = random.randbytes(16)
        root = random.randbytes(8)
        for place in range(8):
            span_id = root if place == 0 else random.randbytes(8)
            scope.spans.append(_span(trace_id, span_id, b"" if place == 0 else root, next(serial)))
    return request.SerializeToString()


def _span(trace_id: bytes, span_id: bytes, parent: bytes, number: int) -> Span:
    start = 1_790_000_000_000_000_000 + number * 1_000_000
    times = {"start_time_unix_nano": start, "end_time_unix_nano": start + 900_000}
    span = Span(
        trace_id=trace_id, span_id=span_id, parent_span_id=parent, name="GET /products/{id}", kind=2, **times
    )
    for key, value in _ATTRIBUTES:
        kind = {str: "string_value", int: "int_value", float: "double_value"}[type(value)]
        setattr(span.attributes.add(key=key).value, kind, value)
    return span


def _peer_rows(body: bytes) -> Iterator[tuple[object, ...]]:
    for group in ExportTraceServiceRequest.FromString(body).resource_spans:
        service = next(p.value.string_value for p in group.resource.attributes if p.key == "service.name")
        for scope in group.scope_spans:
            for span in scope.spans:
                found = {p.key: getattr(p.value, p.value.WhichOneof("value")) for p in span.attributes}
                yield (
                    span.trace_id,
                    span.span_id,
                    span.parent_span_id or None,
                    service,
                    span.name,
                    span.kind,
                    span.start_time_unix_nano,
                    span.end_time_unix_nano,
                    span.status.code,
                    span.status.message,
                    orjson.dumps(found),
                )


@contextmanager
def _platform(folder: Path) -> Iterator[int]:
    settings = {"ALMENARA_DATA_DIR": str(folder), "ALMENARA_PORT_PLATFORM": "0", "ALMENARA_UI": "false"}
    announced = folder / "port"
    command = [sys.executable, "-m", "almenara_platform", "--port-file", str(announced)]
    process = subprocess.Popen(command, env=os.environ | settings, stdout=subprocess.DEVNULL)
    try:
        yield _wait(announced)
    finally:
        process.terminate()
        process.wait(30)


def _wait(announced: Path) -> int:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if announced.exists() and announced.read_text().endswith("\n"):
            port = int(announced.read_text())
            with urlopen(f"http://127.0.0.1:{port}/readyz", timeout=10):
                return port
        time.sleep(0.05)
    raise TimeoutError("the platform did not start within a minute")


def _post(port: int, requests: Sequence[bytes]) -> None:
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    for body in requests:
        connection.request("POST", "/v1/traces", body, {"Content-Type": "application/x-protobuf"})
        answer = connection.getresponse()
        if answer.status != 200 or answer.read():
            raise RuntimeError(f"the platform answered {answer.status} or refused spans")
    connection.close()
