"""A whole run against every ill backend: its result is the same, and its signals arrive after recovery."""

from __future__ import annotations

import logging

import pytest
from tests.sdk.backend import ILL, Answer, Backend, eventually

import almenara
from almenara.runtime import Telemetry, replaced_by
from almenara.settings import TABLE, load
from almenara.spool import sender


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    """Short pauses between attempts."""
    monkeypatch.setattr(sender, "FIRST_BACKOFF_SECONDS", 0.02)
    monkeypatch.setattr(sender, "LONGEST_BACKOFF_SECONDS", 0.1)


@pytest.fixture
def backend():
    """A backend, healthy to begin with."""
    backend = Backend()
    yield backend
    backend.close()


@pytest.fixture
def process(backend, tmp_path):
    """This process, configured for that backend as a job's would be; its log lines are kept."""
    lines: list[str] = []
    settings = {"url": backend.url, "spool_dir": str(tmp_path), "log_level": "TRACE", "service": "job"}
    telemetry = Telemetry(load(TABLE, runtime=settings, environ={}), write_line=lines.append)
    telemetry.lines = lines
    with replaced_by(telemetry):
        yield telemetry


def job() -> int:
    """A pipeline of two stages; what it computes."""
    with almenara.Pipeline("ventas", namespace="retail").run() as run:
        with run.stage("extract") as stage:
            rows = list(range(1000))
            stage.processed(len(rows))
        with run.stage("load") as stage:
            stage.log.info("rows_loaded")
            return sum(rows)


@pytest.mark.parametrize("illness", ["refused", *ILL])
def test_the_job_is_unaffected_and_everything_arrives_later(backend, process, illness):
    """The run completes with its result; spans, logs and lineage are delivered once the backend is well."""
    if illness == "refused":
        backend.refuse()
    else:
        backend.answer = ILL[illness]
    result = job()
    process.sink.flush(0.2)
    backend.recover()

    assert result == 499_500
    eventually(lambda: process.sink.flush(10.0))
    assert set(backend.spans()) == {"extract", "load", "ventas"}
    assert "rows_loaded" in backend.logs()
    kinds = [event["eventType"] for event in backend.events()]
    assert (kinds[0], kinds[-1]) == ("START", "COMPLETE")
    assert process.metrics.registry.get_sample_value("almenara_signals_sent_total", {"signal": "spans"}) == 3


def test_a_slow_backend_is_not_waited_for(backend, process):
    """The run is over before the first request is answered, and each request is taken once it is."""
    backend.answer = Answer(delay=60.0)
    result = job()
    assert (result, backend.taken) == (499_500, [])
    backend.recover()
    eventually(lambda: process.sink.flush(10.0))

    assert set(backend.spans()) == {"extract", "load", "ventas"}
    assert "rows_loaded" in backend.logs()
    assert backend.events()[-1]["eventType"] == "COMPLETE"


def test_sending_makes_no_signals_of_its_own(backend, process):
    """Requests that carry logs and spans are neither logged nor traced, or they would never end."""
    for name in ("httpx", "httpcore", "httpcore.http11", "httpcore.connection"):
        logging.getLogger(name).setLevel(logging.DEBUG)
    almenara.log.info("one line")
    for _ in range(3):
        assert process.sink.flush(10.0)

    assert [line for line in backend.logs() if "http" in line.lower()] == []
    assert "one line" in backend.logs()
    assert backend.spans() == []


def test_a_handler_of_the_users_own_makes_no_loop(backend, process):
    """The usual way to route the standard logging into loguru does not log what carries the logs."""

    class IntoLoguru(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            almenara.log.info(f"routed {record.name}")

    handler = IntoLoguru()
    logging.getLogger().addHandler(handler)
    try:
        almenara.log.info("one line")
        for _ in range(3):
            assert process.sink.flush(10.0)
    finally:
        logging.getLogger().removeHandler(handler)

    assert [line for line in backend.logs() if line.startswith("routed http")] == []


def test_what_is_lost_is_in_the_metrics(backend, process):
    """Drops are counted by signal and reason, failed requests by signal."""
    statuses = iter([500, 500, 400])
    backend.answer = lambda request: Answer(next(statuses) if request.path == "/v1/traces" else 200)
    process.tracer.start_span("lost").end()
    eventually(lambda: process.sink.flush(10.0))
    value = process.metrics.registry.get_sample_value

    assert value("almenara_signals_dropped_total", {"signal": "spans", "reason": "rejected"}) == 1
    assert value("almenara_send_failures_total", {"signal": "spans"}) == 2
    assert value("almenara_spool_size_bytes") == 0
    backend.answer = Answer(503)
    process.tracer.start_span("waiting").end()
    assert not process.sink.flush(0.5)
    assert eventually(lambda: value("almenara_spool_size_bytes") > 0)
