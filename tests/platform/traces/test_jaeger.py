"""The adapter of Jaeger against a Jaeger that is ill, or busier than the suite's."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from almenara_platform import settings as platform_settings
from almenara_platform.app import create_app
from almenara_platform.exceptions import BadCursor, StoreUnavailable
from almenara_platform.traces.jaeger import JaegerTraceStore
from almenara_platform.traces.port import TraceQuery

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
Answer = Callable[[httpx.Request], httpx.Response]


def store(answer: Answer, **options: Any) -> JaegerTraceStore:
    """The adapter over a Jaeger that answers like this."""
    client = httpx.Client(transport=httpx.MockTransport(answer))
    return JaegerTraceStore("http://jaeger/", lambda: NOW, client, **options)


def refused(request: httpx.Request) -> httpx.Response:
    """Nothing listens."""
    raise httpx.ConnectError("Connection refused", request=request)


def cut_off(request: httpx.Request) -> httpx.Response:
    """An answer that stops half way."""
    return httpx.Response(200, content=b'{"result": {"resourceSpans": [{"scopeSp')


ILLNESSES: dict[str, tuple[Answer, str]] = {
    "refused": (refused, "does not answer: Connection refused"),
    "failing": (lambda request: httpx.Response(500, text="out of disk"), "answered 500: out of disk"),
    "another-service": (lambda request: httpx.Response(200, text="<html>"), "answered what is no trace"),
    "cut-off": (cut_off, "answered what is no trace"),
}


@pytest.mark.parametrize("illness", ILLNESSES)
def test_an_ill_jaeger_is_unavailable(illness: str) -> None:
    """Every method says which Jaeger it is and what is wrong with it."""
    answer, message = ILLNESSES[illness]
    with pytest.raises(StoreUnavailable, match=message) as caught:
        store(answer).trace(TRACE)
    assert "http://jaeger" in str(caught.value)
    for call in (lambda ill: ill.find(TraceQuery()), lambda ill: ill.services(), lambda ill: ill.ping()):
        with pytest.raises(StoreUnavailable):
            call(store(answer))


def test_a_trace_that_does_not_exist_is_none() -> None:
    """Jaeger's 404 is an answer; an id that is no hex is not even asked for."""
    missing = store(lambda request: httpx.Response(404, json={"error": {"httpCode": 404}}))
    assert missing.trace(TRACE) is None
    assert store(refused).trace("../services") is None


def test_a_trace_with_too_many_spans_is_truncated() -> None:
    """The memory stays bounded and the trace says so."""
    spans = [
        {
            "traceId": TRACE,
            "spanId": f"{number + 1:016x}",
            "parentSpanId": "0000000000000001" if number else "",
            "name": "s",
            "startTimeUnixNano": "5",
            "endTimeUnixNano": str(1000 - number),
        }
        for number in range(100)
    ]
    body = {"result": {"resourceSpans": [{"resource": {}, "scopeSpans": [{"spans": spans}]}]}}
    found = store(lambda request: httpx.Response(200, json=body), max_spans=10).trace(TRACE)
    assert found is not None
    assert (len(found.spans), found.truncated) == (10, True)
    assert "90 of 100 spans were left out" in found.notes[0]


class Busy:
    """A Jaeger with one span a second, of which few match in the end; it answers the newest first."""

    def __init__(self, traces: int, matching_every: int) -> None:
        self.searches = 0
        self._traces = [
            {
                "traceID": f"{number + 1:032x}",
                "processes": {"p": {"serviceName": "shop"}},
                "spans": [
                    {
                        "traceID": f"{number + 1:032x}",
                        "spanID": "1",
                        "operationName": "op",
                        "startTime": (number + 1) * 10**6,
                        "duration": 5,
                        "processID": "p",
                        "tags": [{"key": "db.system", "value": "x"}] if number % matching_every == 0 else [],
                    }
                ],
            }
            for number in range(traces)
        ]

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer a search by its end and limit."""
        if request.url.path == "/api/services":
            return httpx.Response(200, json={"data": ["shop"]})
        self.searches += 1
        parameters = request.url.params
        end, limit = int(parameters["end"]), int(parameters["limit"])
        fitting = [one for one in self._traces if one["spans"][0]["startTime"] <= end]
        return httpx.Response(200, text=json.dumps({"data": fitting[::-1][:limit]}))


@pytest.mark.parametrize(("traces", "every"), [(100, 1), (100, 7), (1_000, 300), (10, 20)])
def test_pages_hold_every_match_once(traces: int, every: int) -> None:
    """Also where most of what Jaeger answers does not match, so that a page may be short or empty."""
    busy = Busy(traces, every)
    seen: list[int] = []
    cursor = None
    for _ in range(1_000):
        page = store(busy).find(TraceQuery(database=True, limit=3, cursor=cursor))
        assert len(page.items) <= 3
        seen += [int(summary.trace_id, 16) for summary in page.items]
        cursor = page.next
        if cursor is None:
            break
    assert seen == [number + 1 for number in range(traces) if number % every == 0][::-1]


def test_a_foreign_cursor_is_refused() -> None:
    """Before Jaeger is asked."""
    with pytest.raises(BadCursor):
        store(refused).find(TraceQuery(cursor="x"))


def test_the_platform_reads_from_the_jaeger_that_its_settings_name(tmp_path: Path) -> None:
    """Reading goes to Jaeger; what is sent to the platform itself is still kept."""
    own = {"database_url": "sqlite:///:memory:", "ui": False, "data_dir": tmp_path}
    jaeger = create_app(platform_settings.read({**own, "jaeger_url": "http://127.0.0.1:9"}, {}))
    assert isinstance(jaeger.state.platform.traces, JaegerTraceStore)
    assert not isinstance(create_app(platform_settings.read(own, {})).state.platform.traces, JaegerTraceStore)
