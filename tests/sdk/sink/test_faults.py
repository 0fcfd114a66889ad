"""Every way in which a backend can be ill: the job is not slowed, and all is delivered after recovery."""

from __future__ import annotations

import logging
import time

import pytest
from tests.sdk.backend import ILL, Answer, Backend, eventually
from tests.sdk.signals import RESOURCE, entry, event, span

from almenara.settings import TABLE, load
from almenara.sink import build
from almenara.spool import sender as sender_module


@pytest.fixture
def backend():
    """A healthy backend to begin with."""
    backend = Backend()
    yield backend
    backend.close()


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    """Short pauses between attempts."""
    monkeypatch.setattr(sender_module, "FIRST_BACKOFF_SECONDS", 0.02)
    monkeypatch.setattr(sender_module, "LONGEST_BACKOFF_SECONDS", 0.1)


@pytest.fixture
def sink(backend, tmp_path):
    """A sink for that backend."""
    sink = build(load(TABLE, runtime={"url": backend.url, "spool_dir": str(tmp_path)}, environ={}), RESOURCE)
    yield sink
    sink.close(1.0)


def losses(sink) -> dict[tuple[str, str], int]:
    """What the sink dropped."""
    return sink._sinks[0]._outbox.losses.snapshot()


def fall_ill(backend: Backend, illness: str) -> None:
    """Make the backend ill."""
    if illness == "refused":
        backend.refuse()
    else:
        backend.answer = ILL[illness]


def give(sink, first: int, last: int) -> None:
    """Hand over one span, log and event a number."""
    for number in range(first, last):
        sink.spans([span(f"{number}")])
        sink.logs([entry(f"{number}")])
        sink.lineage(event(number))


def arrived(backend: Backend) -> tuple[list[str], list[str], list[str]]:
    """What arrived of each signal, in order and without repetitions."""
    times = [taken["eventTime"][20:26] for taken in backend.events()]
    return tuple(list(dict.fromkeys(names)) for names in (backend.spans(), backend.logs(), times))


def expected(count: int) -> tuple[list[str], list[str], list[str]]:
    """Everything of `give(sink, 0, count)`."""
    names = [str(number) for number in range(count)]
    return names, names, [f"{number:06d}" for number in range(count)]


@pytest.mark.parametrize("illness", ["refused", *ILL])
def test_everything_is_delivered_after_recovery(backend, sink, illness):
    """Nothing is lost or out of order, and what was given before and during an illness arrives after it."""
    give(sink, 0, 10)
    assert sink.flush(20.0)
    fall_ill(backend, illness)
    started = time.monotonic()
    give(sink, 10, 60)
    took = time.monotonic() - started
    assert not sink.flush(0.3)
    backend.recover()

    assert eventually(lambda: sink.flush(20.0) and arrived(backend) == expected(60))
    assert losses(sink) == {}
    assert took < 5, "the job waited for the backend"


@pytest.mark.parametrize("illness", ["refused", *ILL])
def test_exit_is_bounded_and_the_next_process_delivers(backend, sink, tmp_path, illness):
    """Closing does not wait for an ill backend, and what it left is sent when there is another sink."""
    fall_ill(backend, illness)
    give(sink, 0, 20)
    started = time.monotonic()
    sink.close(1.0)
    took = time.monotonic() - started
    backend.recover()
    backend.taken.clear()
    successor = build(
        load(TABLE, runtime={"url": backend.url, "spool_dir": str(tmp_path)}, environ={}), RESOURCE
    )

    assert took < 8
    assert eventually(lambda: arrived(backend) == expected(20))
    successor.close(2.0)
    assert list(tmp_path.rglob("*.seg")) == []


def test_flush_waits_for_its_own_process_alone(backend, sink, tmp_path):
    """What an earlier process left is sent in the background; flush answers for what its own gave."""
    fall_ill(backend, "hung")
    give(sink, 0, 20)
    sink.close(2.0)
    successor = build(
        load(TABLE, runtime={"url": backend.url, "spool_dir": str(tmp_path)}, environ={}), RESOURCE
    )

    assert successor.flush(20.0)
    assert list(tmp_path.rglob("*.seg")) != []
    backend.recover()
    assert eventually(lambda: arrived(backend) == expected(20))
    successor.close(2.0)


def test_closing_takes_no_longer_than_it_may(backend, sink):
    """A backend that hangs leaves time to end the process within the setting."""
    fall_ill(backend, "hung")
    give(sink, 0, 5)
    started = time.monotonic()
    sink.close(10.0)
    took = time.monotonic() - started

    assert took < 10.0


def test_a_refusing_backend_is_not_waited_for_at_exit(backend, sink):
    """One failed attempt is enough when the disk keeps the rest."""
    backend.refuse()
    give(sink, 0, 1)
    started = time.monotonic()
    sink.close(30.0)

    assert time.monotonic() - started < 15


@pytest.mark.parametrize("status", [400, 413, 422])
def test_a_rejected_batch_is_dropped_counted_and_told_once(backend, sink, status, caplog):
    """What the server will never take makes room for what it takes."""
    backend.answer = Answer(status, body=b"no such thing")
    with caplog.at_level(logging.WARNING):
        give(sink, 0, 3)
        assert sink.flush(20.0)
        give(sink, 3, 6)
        assert sink.flush(20.0)
    counted = losses(sink)
    backend.recover()
    give(sink, 0, 2)

    assert counted == {(signal, "rejected"): 6 for signal in ("spans", "logs", "lineage")}
    assert sink.flush(20.0)
    assert arrived(backend) == expected(2)
    eventually(lambda: len([r for r in caplog.records if "rejected" in r.getMessage()]) == 3)
    assert f"answered {status}: 'no such thing'" in caplog.text


@pytest.mark.parametrize(
    ("status", "advice"), [(401, "ALMENARA_API_TOKEN"), (403, "ALMENARA_API_TOKEN"), (404, "ALMENARA_URL")]
)
def test_a_wrong_setting_is_told_once_with_what_to_do(backend, sink, caplog, status, advice):
    """Three lanes that one wrong setting stops give one warning, and another one after a recovery."""
    warnings = []
    with caplog.at_level(logging.WARNING, logger="almenara"):
        for _ in range(2):
            backend.answer = Answer(status)
            seen = len(backend.requests)
            give(sink, 0, 1)
            eventually(lambda seen=seen: len({r.path for r in backend.requests[seen:]}) == 3)
            assert not sink.flush(0.1)
            backend.recover()
            assert sink.flush(20.0)
            warnings.append([record.getMessage() for record in caplog.records])
            caplog.clear()

    assert [len(messages) for messages in warnings] == [1, 1]
    assert all(advice in message and str(status) in message for (message,) in warnings)
    assert losses(sink) == {}


def test_one_bad_batch_takes_no_other_with_it(backend, sink):
    """Payloads that were merged are sent one by one when the server rejects them together."""
    backend.refuse()
    for name in ("good-1", "poison", "good-2"):
        sink.spans([span(name)])
        sink.flush(0.2)
    backend.answer = lambda request: Answer(400 if b"poison" in request.body else 200)
    backend.listen()

    assert sink.flush(20.0)
    assert backend.spans() == ["good-1", "good-2"]
    assert losses(sink) == {("spans", "rejected"): 1}


def test_partial_success_is_counted(backend, sink):
    """OTLP tells in a successful answer how many spans were not kept."""
    partial = bytes([0x0A, 0x02, 0x08, 0x03])
    backend.answer = Answer(200, {"Content-Type": "application/x-protobuf"}, partial)
    sink.spans([span(str(number)) for number in range(10)])

    assert sink.flush(20.0)
    assert losses(sink) == {("spans", "rejected"): 3}


@pytest.mark.parametrize("status", [429, 503])
def test_a_server_that_asks_for_a_pause_gets_it(backend, sink, status):
    """Retry-After is honoured, whoever flushes meanwhile."""
    backend.answer = Answer(status, {"Retry-After": "1"})
    sink.spans([span("patient")])
    eventually(lambda: backend.requests)
    backend.answer = Answer()

    assert sink.flush(20.0)
    first, second = backend.requests
    assert second.at - first.at > 0.99


def test_a_server_that_asks_for_a_pause_does_not_hold_the_exit(backend, sink):
    """The pause is kept by the next process."""
    backend.answer = Answer(503, {"Retry-After": "3600"})
    sink.spans([span("patient")])
    eventually(lambda: backend.requests)
    started = time.monotonic()
    sink.close(30.0)

    assert time.monotonic() - started < 10
    assert len(backend.requests) == 1


def test_one_ill_backend_does_not_hold_the_other(backend, tmp_path):
    """Spans arrive while the lineage server is down."""
    nowhere = Backend()
    nowhere.refuse()
    settings = {"otlp_endpoint": backend.url, "lineage_url": nowhere.url, "spool_dir": str(tmp_path)}
    sink = build(load(TABLE, runtime=settings, environ={}), RESOURCE)
    give(sink, 0, 5)

    assert eventually(lambda: (backend.spans(), backend.logs()) == expected(5)[:2])
    nowhere.recover()
    assert eventually(lambda: arrived(nowhere)[2] == expected(5)[2])
    sink.close(2.0)
    nowhere.close()


def test_what_waits_and_what_arrives_again_is_told_once(backend, sink, caplog):
    """One warning when a backend is lost, one line when it is back, however many attempts lie between."""
    backend.refuse()
    with caplog.at_level(logging.INFO, logger="almenara"):
        sink.spans([span("x")])
        eventually(lambda: caplog.records)
        sink.flush(0.5)
        sink.flush(0.5)
        backend.recover()
        assert sink.flush(20.0)
    messages = [record.getMessage() for record in caplog.records]

    assert [m.split(":")[0] for m in messages] == ["spans wait in the spool", "spans are delivered again"]
    assert backend.url in messages[0]


def test_lineage_has_a_plural_in_what_is_told(backend, sink, caplog):
    """A sentence about lineage speaks of its events."""
    backend.refuse()
    with caplog.at_level(logging.INFO, logger="almenara"):
        sink.lineage(event(1))
        eventually(lambda: caplog.records)
        backend.recover()
        assert sink.flush(20.0)
    messages = [record.getMessage().split(":")[0] for record in caplog.records]

    assert messages == ["lineage events wait in the spool", "lineage events are delivered again"]


def test_a_full_queue_drops_and_counts(backend, tmp_path):
    """The queue in memory is bounded, and the caller never waits for room."""
    settings = {"url": backend.url, "spool_dir": str(tmp_path), "queue_max_items": 100}
    sink = build(load(TABLE, runtime=settings, environ={}), RESOURCE)
    sink.spans([span(str(number)) for number in range(150)])

    assert sink.flush(20.0)
    assert len(backend.spans()) == 100
    assert losses(sink) == {("spans", "queue_full"): 50}
    sink.close(2.0)


def test_the_token_goes_to_every_endpoint(backend, tmp_path):
    """Each request carries the write token, and OTLP requests their own headers."""
    settings = {
        "url": backend.url,
        "spool_dir": str(tmp_path),
        "api_token": "s3cret",
        "otlp_headers": {"X-Scope-OrgID": "a"},
    }
    sink = build(load(TABLE, runtime=settings, environ={}), RESOURCE)
    give(sink, 0, 1)
    assert sink.flush(20.0)
    sink.close(2.0)

    assert {request.headers["Authorization"] for request in backend.taken} == {"Bearer s3cret"}
    assert {r.headers.get("X-Scope-OrgID") for r in backend.at("/v1/logs")} == {"a"}
    assert {r.headers.get("X-Scope-OrgID") for r in backend.at("/api/v1/lineage")} == {None}


def test_large_bodies_are_compressed(backend, sink):
    """A merged batch travels as gzip."""
    sink.spans([span(f"a rather long name {number}") for number in range(100)])
    assert sink.flush(20.0)

    assert backend.taken[0].headers["Content-Encoding"] == "gzip"
    assert len(backend.spans()) == 100
