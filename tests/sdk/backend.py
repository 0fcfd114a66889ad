"""A server for OTLP and OpenLineage that can be ill in every way a backend is."""

from __future__ import annotations

import gzip
import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


@dataclass
class Request:
    """One request as it arrived, its body unpacked."""

    path: str
    headers: Mapping[str, str]
    body: bytes
    at: float = field(default_factory=time.monotonic)


@dataclass
class Answer:
    """What to say to a request; `delay` seconds before, `raw` bytes in place of HTTP."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    delay: float = 0.0
    raw: bytes | None = None

    @property
    def taken(self) -> bool:
        """Whether a server that says this has kept the payload."""
        return self.raw is None and 200 <= self.status < 300 and self.body[:1] not in (b"<", b"x")


HEALTHY = Answer()
ILL = {
    "hung": Answer(delay=60.0, status=500),
    "answering 500": Answer(500),
    "answering 503": Answer(503),
    "answering 401": Answer(401, body=b"no token"),
    "answering 403": Answer(403),
    "answering 404": Answer(404),
    "answering 407": Answer(407),
    "answering 429": Answer(429),
    "answering rubbish": Answer(raw=b"\x00\xffSSH-2.0-rubbish\r\n\r\n"),
    "answering a login page": Answer(200, {"Content-Type": "text/html"}, b"<html>please log in</html>"),
    "answering without end": Answer(200, {"Content-Type": "application/x-protobuf"}, b"x" * 200_000),
    "answering bad gzip": Answer(500, {"Content-Encoding": "gzip"}, b"<no gzip"),
    "redirecting": Answer(302, {"Location": "http://127.0.0.1:1/"}),
    "hanging up": Answer(raw=b""),
}


class Backend:
    """Keeps what it took; `answer` may be changed at any time, or be a function of the request."""

    def __init__(self, answer: Answer = HEALTHY) -> None:
        self.answer: Answer | Callable[[Request], Answer] = answer
        self.requests: list[Request] = []
        self.taken: list[Request] = []
        self._address = ("127.0.0.1", 0)
        self._server: _Server | None = None
        self._released = threading.Event()
        self.listen()

    @property
    def url(self) -> str:
        """Its base address."""
        return f"http://127.0.0.1:{self._address[1]}"

    def listen(self) -> None:
        """Take connections, on the same port as ever."""
        self._server = _Server(self._address, _Handler)
        self._server.backend = self
        self._address = self._server.server_address[:2]
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def refuse(self) -> None:
        """Refuse connections and hang up on those that are open."""
        server, self._server = self._server, None
        if server:
            server.shutdown()
            server.server_close()
            server.hang_up()

    def recover(self) -> None:
        """Be healthy from now on; requests that hang are let go."""
        self.answer = HEALTHY
        self._released.set()
        if self._server is None:
            self.listen()

    def close(self) -> None:
        """Let go of everything."""
        self._released.set()
        self.refuse()

    def take(self, request: Request) -> Answer:
        """Decide what to say."""
        answer = self.answer(request) if callable(self.answer) else self.answer
        self.requests.append(request)
        if answer.delay:
            self._released.wait(answer.delay)
        if answer.taken:
            self.taken.append(request)
        return answer

    def spans(self) -> list[str]:
        """Names of the spans that it kept, in order."""
        return [span.name for span in self._spans()]

    def logs(self) -> list[str]:
        """Messages of the logs that it kept, in order."""
        return [record.body.string_value for record in self.log_records()]

    def log_records(self) -> list[Any]:
        """The log records that it kept, as OTLP messages."""
        return [
            record
            for request in self.at("/v1/logs")
            for resource in ExportLogsServiceRequest.FromString(request.body).resource_logs
            for scope in resource.scope_logs
            for record in scope.log_records
        ]

    def events(self) -> list[dict[str, Any]]:
        """The lineage events that it kept, in order."""
        return [json.loads(request.body) for request in self.at("/api/v1/lineage")]

    def at(self, path: str) -> list[Request]:
        """The requests to one path that it kept."""
        return [request for request in self.taken if request.path == path]

    def _spans(self) -> list[Any]:
        return [
            span
            for request in self.at("/v1/traces")
            for resource in ExportTraceServiceRequest.FromString(request.body).resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True
    backend: Backend

    def __init__(self, *args: Any) -> None:
        self._open: set[Any] = set()
        super().__init__(*args)

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hung up is no news."""

    def hang_up(self) -> None:
        for connection in list(self._open):
            self.shutdown_request(connection)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        answer = self.server.backend.take(Request(self.path, dict(self.headers), body))
        if answer.raw is not None:
            self.wfile.write(answer.raw)
            self.close_connection = True
            return
        self.send_response(answer.status)
        for name, value in {**answer.headers, "Content-Length": str(len(answer.body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer.body)

    def log_message(self, *args: Any) -> None:
        """Say nothing."""


def eventually(condition: Callable[[], Any], seconds: float = 20.0) -> Any:
    """Poll until `condition` holds and return what it gave; fail after `seconds`."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, f"not within {seconds:g} s: {condition}"
        time.sleep(0.01)
    return value
