"""Spans are stamped, bounded, masked and follow the context."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest
import requests
import sqlalchemy
from opentelemetry import baggage, trace
from opentelemetry import context as otel
from sqlalchemy import create_engine as imported_early

import almenara
from almenara.testing import Signals, capture
from almenara.traces import carrier, context_from

VENTAS = almenara.Pipeline("ventas", namespace="retail")


class EchoTraceparent(BaseHTTPRequestHandler):
    """Answers with the traceparent that the request carried."""

    def do_GET(self) -> None:
        body = self.headers.get("traceparent", "").encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Keep quiet."""


@pytest.fixture
def echo() -> Iterator[str]:
    """Address of a server that answers with the traceparent it got."""
    with ThreadingHTTPServer(("127.0.0.1", 0), EchoTraceparent) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def test_spans_of_other_libraries_carry_the_run(signals: Signals) -> None:
    """A span that the job makes with the global tracer is found by run id."""
    with (
        VENTAS.run() as run,
        run.stage("extract"),
        trace.get_tracer("library").start_as_current_span("parse"),
    ):
        pass
    span = signals.span("parse")
    assert span.attributes["openlineage.run_id"] == run.run_id
    assert span.parent_id == signals.span("extract").span_id
    assert "almenara.stage" not in span.attributes


def test_allowed_baggage_is_on_every_span(signals: Signals) -> None:
    """user.id goes onto the spans of a run that came with it, through the queue as well."""
    entries = baggage.set_baggage("email", "x@y", baggage.set_baggage("user.id", "u1"))
    token = otel.attach(entries)
    with VENTAS.submit(queue="runs") as ticket:
        pass
    otel.detach(token)
    with VENTAS.run(context=ticket.context) as run, run.stage("extract"):
        pass
    span = signals.span("extract")
    assert span.attributes["user.id"] == "u1" and "email" not in span.attributes


def test_secrets_are_masked_on_spans_and_events(signals: Signals) -> None:
    """An attribute named like a secret leaves as ***, the span is otherwise unchanged."""
    with signals.telemetry.tracer.start_as_current_span("login") as span:
        span.set_attribute("db.password", "s3cret")
        span.set_attribute("user", "ana")
        span.add_event("attempt", {"token": "s3cret"})
    (kept,) = signals._sink.kept_spans
    assert kept.attributes == {"db.password": "***", "user": "ana"}
    assert kept.events[0].attributes == {"token": "***"}
    assert kept.start_time and kept.end_time and kept.resource.attributes["service.name"] == "test"


def test_a_limit_is_told_of_once() -> None:
    """The log has one line for all attributes that are cut, and one for all that find no room."""
    for _ in range(2):
        with capture(max_attribute_length=100) as signals, VENTAS.run() as run:
            for number in range(300):
                run.span.set_attribute(f"key{number}", "x" * 101)
        warnings = [line["message"] for line in signals.logs if line["level"] == "WARNING"]
        assert [warning.split()[0] for warning in warnings] == ["String", "Attributes"]


def test_long_attributes_are_cut() -> None:
    """A text is cut at the limit, a stack at its own."""
    with (
        capture(max_attribute_length=100, max_stack_length=2000) as signals,
        pytest.raises(ValueError, match="x"),
        VENTAS.run(),
    ):
        trace.get_current_span().set_attribute("sql", "s" * 5000)
        raise ValueError("x" * 5000)
    (kept,) = signals._sink.kept_spans
    assert len(kept.attributes["sql"]) == 100
    assert len(kept.events[0].attributes["exception.stacktrace"]) == 2000


def test_the_resource_says_who_sends() -> None:
    """Service, version and environment are resource attributes."""
    with capture(service="worker", service_version="1.2", environment="production") as signals:
        attributes = signals.telemetry.resource.attributes
    assert attributes["service.name"] == "worker"
    assert attributes["service.version"] == "1.2"
    assert attributes["deployment.environment.name"] == "production"
    assert attributes["telemetry.sdk.language"] == "python"


def test_the_carrier_is_w3c(signals: Signals) -> None:
    """What goes into a message is traceparent and baggage, and comes back as the same context."""
    with signals.telemetry.tracer.start_as_current_span("send") as span:
        headers = carrier(baggage.set_baggage("user.id", "ñ,=;"))
    assert headers["traceparent"].startswith("00-")
    context = context_from(headers)
    assert trace.get_current_span(context).get_span_context().span_id == span.get_span_context().span_id
    assert baggage.get_baggage("user.id", context) == "ñ,=;"


@pytest.mark.parametrize(
    "headers", [{}, {"traceparent": "nonsense"}, {"traceparent": "00-0-0-0"}, {"baggage": ";;"}]
)
def test_a_carrier_with_nonsense_starts_a_new_trace(signals: Signals, headers: dict[str, str]) -> None:
    """A run whose message carries no valid context has its own trace, and is a CONSUMER still."""
    with VENTAS.run(context=headers) as run:
        pass
    span = signals.span("ventas")
    assert span.kind == "CONSUMER" and span.parent_id == "" and span.trace_id == run.trace_id


def test_an_engine_that_existed_before_is_traced_once() -> None:
    """Neither an early create_engine nor an early engine escapes, and no statement counts twice."""
    engine = imported_early("sqlite://")
    with capture() as signals:
        for each in (engine, imported_early("sqlite://"), engine.execution_options(logging_token="x")):
            with each.connect() as connection:
                connection.execute(sqlalchemy.text("SELECT 1"))
        names = [span.name.split()[0] for span in signals.spans]
        assert names.count("SELECT") == 3
    with engine.connect() as connection:
        connection.execute(sqlalchemy.text("SELECT 1"))
    assert len(signals.spans) == len(names)


def test_libraries_are_instrumented_without_code(signals: Signals, echo: str) -> None:
    """Calls through httpx, requests and SQLAlchemy are spans of the stage."""
    engine = sqlalchemy.create_engine("sqlite://")
    with VENTAS.run() as run, run.stage("extract"):
        with engine.connect() as connection:
            connection.execute(sqlalchemy.text("SELECT 1"))
        answers = [httpx.get(echo).text, requests.get(echo, timeout=10).text]
    parent = signals.span("extract").span_id
    calls = [span for span in signals.spans if span.parent_id == parent]
    assert {span.kind for span in calls} == {"CLIENT"}
    assert any("SELECT" in span.name for span in calls)
    assert [answer.split("-")[1] for answer in answers] == [run.trace_id] * 2
    assert {answer.split("-")[2] for answer in answers} < {span.span_id for span in calls}


def test_instrumentation_can_be_turned_off() -> None:
    """An empty list instruments nothing."""
    with capture(auto_instrument="") as signals, VENTAS.run() as run, run.stage("extract"):
        engine = sqlalchemy.create_engine("sqlite://")
        with engine.connect() as connection:
            connection.execute(sqlalchemy.text("SELECT 1"))
    assert {span.name for span in signals.spans} == {"extract", "ventas"}
