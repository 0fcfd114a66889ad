"""What every trace store that the platform fills promises."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from tests.platform.events import NOON, at
from tests.platform.spans import NOON_NS, SECOND, span

from almenara_platform.exceptions import BadCursor
from almenara_platform.traces.explain import explain
from almenara_platform.traces.export.document import bottlenecks, document
from almenara_platform.traces.memory import MemoryTraceStore
from almenara_platform.traces.model import SpanEvent, SpanKind, SpanLink
from almenara_platform.traces.port import TraceQuery, WritableTraceStore
from almenara_platform.traces.rows import encode
from almenara_platform.traces.sqlite import SqliteTraceStore

ADAPTERS: dict[str, Callable[[pytest.FixtureRequest], WritableTraceStore]] = {
    "memory": lambda request: MemoryTraceStore(),
    "sqlite": lambda request: SqliteTraceStore(request.getfixturevalue("tmp_path") / "traces.db"),
    "jaeger": lambda request: request.getfixturevalue("jaeger").emptied(),
}
OPT_OUTS = {
    "memory": {"test_a_trace_beyond_all_bounds_keeps_its_longest_spans": "it holds whatever it is given"},
    "jaeger": {
        "test_trace_comes_back_as_it_was_sent": "it keeps lists as text and drops what is null",
        "test_rows_are_as_good_as_spans": "the Collector fills it",
        "test_forget_removes_whole_old_traces": "it forgets by its own retention",
        "test_times_far_away_are_kept": "OTLP knows no time before 1970",
        "test_a_trace_beyond_all_bounds_keeps_its_longest_spans": "the bound is on what is read of an answer",
        "test_store_answers": "it neither forgets on request nor tells its size",
    },
}


def found(store: WritableTraceStore, **query: object) -> list[int]:
    """The numbers of the traces that match."""
    return [int(summary.trace_id, 16) for summary in store.find(TraceQuery(**query)).items]


def test_trace_comes_back_as_it_was_sent(store: WritableTraceStore) -> None:
    """Every part of a span survives: kind, status, events, links, resource and attributes of every type."""
    attributes = {"text": "a\0b", "whole": 2**53, "part": 0.5, "flag": True, "list": [1, "x"], "none": None}
    whole = span(
        1,
        2,
        1,
        error="it broke",
        kind=SpanKind.CONSUMER,
        attributes=attributes,
        events=(SpanEvent("exception", NOON_NS, {"exception.type": "ValueError"}),),
        links=(SpanLink(f"{9:032x}", f"{8:016x}", {"why": "batch"}),),
        resource={"service.name": "worker-etl", "service.version": "1"},
    )
    root = span(1, 1, start=-1)
    store.add([whole, root])
    trace = store.trace(f"{1:032x}")
    assert trace is not None
    assert trace.spans == (root, whole)
    assert store.trace(f"{2:032x}") is None


def test_spans_keep_their_nanoseconds(store: WritableTraceStore) -> None:
    """What every backend keeps of a span, to the nanosecond, with its resource."""
    sent = span(
        1,
        1,
        start=0.123456789,
        seconds=0.000000001,
        error="it broke",
        kind=SpanKind.PRODUCER,
        attributes={"text": "über", "whole": 2**53, "part": 0.5, "flag": True},
        events=(SpanEvent("exception", NOON_NS + 1, {"exception.type": "ValueError"}),),
        resource={"service.name": "worker-etl", "service.version": "1"},
    )
    store.add([sent])
    trace = store.trace(f"{1:032x}")
    assert trace is not None
    assert trace.spans == (sent,)


def test_an_outline_is_explained_as_the_trace(store: WritableTraceStore) -> None:
    """Path, operations, bottlenecks and notes are those of the whole trace: queue waits by parenthood and by
    link, and the run that follows, are named too."""
    run = {"openlineage.run_id": "r1", "openlineage.job.name": "ventas_etl"}
    linked = (SpanLink(f"{1:032x}", f"{2:016x}"),)
    store.add(
        [
            span(1, 1, seconds=3, name="POST /runs", service="sample-api", attributes={"a": 1}),
            span(1, 2, 1, seconds=0.5, name="publish", service="sample-api", kind=SpanKind.PRODUCER),
            span(1, 3, 2, start=4, name="ventas_etl", kind=SpanKind.CONSUMER, attributes=run),
            span(1, 4, start=9, name="mail", service="mail", kind=SpanKind.CONSUMER, links=linked),
            span(1, 5, 1, start=1, seconds=9, name="write", service="disk", error="full"),
        ]
    )
    outline, trace = store.outline(f"{1:032x}"), store.trace(f"{1:032x}")
    assert outline is not None
    assert trace is not None
    whole = explain(trace)
    assert document(explain(outline)) == document(whole)
    assert bottlenecks(explain(outline)) == bottlenecks(whole)
    assert "the run r1" in whole.notes[0]
    assert "CONSUMER mail" in whole.notes[1]
    assert store.outline(f"{2:032x}") is None


@pytest.mark.parametrize("trace_id", ["", "zz", "1", "0" * 31, "'; DROP TABLE spans; --", "é"])
def test_malformed_trace_id_is_not_known(store: WritableTraceStore, trace_id: str) -> None:
    """An id that no trace can have is simply not there."""
    assert store.trace(trace_id) is None


def test_span_that_comes_twice_is_kept_once(store: WritableTraceStore) -> None:
    """A batch that is sent again adds nothing."""
    store.add([span(1, 1), span(1, 2, 1)])
    store.add([span(1, 2, 1), span(1, 3, 1)])
    trace = store.trace(f"{1:032x}")
    assert trace is not None
    assert len(trace.spans) == 3
    assert store.find(TraceQuery()).items[0].spans == 3


def test_two_spans_with_one_id_are_told(store: WritableTraceStore) -> None:
    """Emitters that give an id twice are found out: both spans are there, and the explanation says so."""
    store.add([span(1, 1, seconds=9), span(1, 2, 1, start=1, seconds=2, name="client")])
    store.add([span(1, 2, 1, start=2, seconds=5, name="server", service="stock")])
    trace = store.trace(f"{1:032x}")
    assert trace is not None
    assert [one.name for one in trace.spans] == ["work", "client", "server"]
    outline = store.outline(f"{1:032x}")
    assert outline is not None
    assert "1 span has the id of another span; the longest of each id is used." in explain(outline).notes


def test_rows_are_as_good_as_spans(store: WritableTraceStore) -> None:
    """Spans that come as rows are found like others."""
    store.add_batches(encode([span(1, 1, service="a"), span(1, 2, 1, service="b")]))
    trace = store.trace(f"{1:032x}")
    assert trace is not None
    assert [one.service for one in trace.spans] == ["a", "b"]
    assert list(store.services()) == ["a", "b"]


def test_summary_names_the_root(store: WritableTraceStore) -> None:
    """A summary has name and service of the root, the whole length, and numbers of spans and errors."""
    run = {"openlineage.run_id": "r1", "openlineage.job.name": "ventas_etl"}
    store.add(
        [
            span(1, 2, 1, start=1, seconds=9, error="no", attributes=run),
            span(1, 1, start=0, seconds=2, name="POST /runs", service="sample-api"),
        ]
    )
    (summary,) = store.find(TraceQuery()).items
    assert (summary.name, summary.service) == ("POST /runs", "sample-api")
    assert (summary.start_ns, summary.duration_ns) == (NOON_NS, 10 * SECOND)
    assert (summary.spans, summary.errors) == (2, 1)
    assert (summary.run_id, summary.pipeline) == ("r1", "ventas_etl")


def test_root_that_is_missing_is_replaced_by_the_first_orphan(store: WritableTraceStore) -> None:
    """While the root is not here yet, the earliest span without a known parent stands in."""
    store.add([span(1, 3, 2, start=2, name="child"), span(1, 2, 1, start=1, name="orphan")])
    assert store.find(TraceQuery()).items[0].name == "orphan"


def test_traces_come_newest_first_page_by_page(store: WritableTraceStore) -> None:
    """Pages follow one another without a gap or a repetition, also among traces of one instant."""
    store.add([span(number, 1, start=number // 2) for number in range(1, 8)])
    seen, cursor = [], None
    while True:
        page = store.find(TraceQuery(limit=3, cursor=cursor))
        seen += [int(summary.trace_id, 16) for summary in page.items]
        cursor = page.next
        if cursor is None:
            break
    assert seen == [7, 6, 5, 4, 3, 2, 1]


def test_full_last_page_has_no_next(store: WritableTraceStore) -> None:
    """A page that ends with the list says so."""
    store.add([span(number, 1) for number in (1, 2)])
    assert store.find(TraceQuery(limit=2)).next is None


@pytest.mark.parametrize("cursor", ["x", "WzFd", "WyJhIiwiYiJd", "WzEsIngiXQ"])
def test_foreign_cursor_is_refused(store: WritableTraceStore, cursor: str) -> None:
    """A cursor that the store did not give out is an error and not a first page."""
    store.add([span(1, 1)])
    with pytest.raises(BadCursor):
        store.find(TraceQuery(cursor=cursor))


def test_one_span_must_meet_every_condition(store: WritableTraceStore) -> None:
    """Two spans of a trace that meet one condition each do not make a match."""
    store.add([span(1, 1, service="a", seconds=1), span(1, 2, 1, service="b", seconds=9)])
    assert found(store, service="a", max_duration=5) == [1]
    assert found(store, service="a", min_duration=5) == []


def test_traces_are_found_by_service_and_operation(store: WritableTraceStore) -> None:
    """Names are compared whole."""
    store.add([span(1, 1, service="a", name="load"), span(2, 1, service="b", name="load sales")])
    assert found(store, service="a") == [1]
    assert found(store, operation="load sales") == [2]
    assert found(store, service="A") == []


def test_traces_are_found_by_error_and_duration(store: WritableTraceStore) -> None:
    """Errors and durations are those of single spans, and bounds are inclusive."""
    store.add([span(1, 1, seconds=0.25), span(2, 1, seconds=2.5, error="no")])
    assert found(store, error=True) == [2]
    assert found(store, error=False) == [1]
    assert found(store, min_duration=0.25) == [2, 1]
    assert found(store, min_duration=2.5) == [2]
    assert found(store, max_duration=0.25) == [1]
    assert found(store, min_duration=1e12) == []


@pytest.mark.parametrize(
    ("key", "value", "text"),
    [
        ("http.route", "/a", "/a"),
        ("status", 500, "500"),
        ("ratio", 0.5, "0.5"),
        ("flag", True, "true"),
        ("names", ["a", 1], '["a",1]'),
        ('odd "key"\\', 'odd "value"\\', 'odd "value"\\'),
        ("last", "", ""),
        ("100%_", "über 🔥", "über 🔥"),
        ("openlineage.run_id", "0195", "0195"),
    ],
)
def test_attributes_are_compared_as_text(
    store: WritableTraceStore, key: str, value: object, text: str
) -> None:
    """An attribute of any type is found by its text, and not by a part of it."""
    store.add([span(1, 1, attributes={"a": 1, key: value, "z": 2}), span(2, 1, attributes={key: value})])
    store.add([span(3, 1, attributes={"nested": {key: value}, "x": f"{text}0"})])
    assert found(store, attributes={key: text}) == [2, 1]
    assert found(store, attributes={key: text + "0"}) == []
    assert found(store, attributes={key: text, "z": "2"}) == [1]


def test_database_calls_are_found(store: WritableTraceStore) -> None:
    """Spans with the attribute of a database count, in its new and its old name."""
    store.add(
        [span(1, 1, attributes={"db.system": "sqlite"}), span(2, 1, attributes={"db": {"system": "x"}})]
    )
    store.add([span(3, 1, attributes={"db.system.name": "postgresql"})])
    assert found(store, database=True) == [3, 1]


def test_time_is_that_of_the_trace(store: WritableTraceStore) -> None:
    """A trace counts from its first span; the end of a range is outside."""
    store.add([span(1, 1, start=0), span(1, 2, 1, start=20), span(2, 1, start=10)])
    assert found(store, since=at(0), until=at(10)) == [1]
    assert found(store, since=at(10)) == [2]
    assert found(store, since=at(10) - timedelta(days=400_000)) == [2, 1]


def test_late_first_span_moves_its_trace(store: WritableTraceStore) -> None:
    """A root that comes after its children gives the trace its start."""
    store.add([span(1, 2, 1, start=5), span(2, 1, start=3)])
    store.add([span(1, 1, start=1, seconds=9)])
    assert found(store) == [2, 1]
    assert store.find(TraceQuery(limit=2)).items[1].start_ns == NOON_NS + SECOND


def test_forget_removes_whole_old_traces(store: WritableTraceStore) -> None:
    """A trace goes when its last span ended before the time, and not before."""
    run = {"openlineage.run_id": "r1"}
    store.add([span(1, 1, attributes=run), span(1, 2, 1), span(2, 1), span(2, 2, 1, start=100)])
    assert store.forget(at(50)) == 2
    assert found(store) == [2]
    assert found(store, attributes=run) == []
    assert store.trace(f"{1:032x}") is None


def test_times_far_away_are_kept(store: WritableTraceStore) -> None:
    """A clock that stands at 1970 or ends before it starts is stored as it was."""
    odd = span(1, 1, start=-NOON_NS / SECOND, seconds=-1)
    store.add([odd])
    trace = store.trace(f"{1:032x}")
    assert trace is not None
    assert trace.spans == (odd,)


def test_store_answers(store: WritableTraceStore) -> None:
    """An open store answers a ping and tells a size, and an empty one has nothing."""
    store.ping()
    assert store.size_bytes() >= 0
    assert (found(store), list(store.services()), store.forget(NOON)) == ([], [], 0)


def test_a_trace_beyond_all_bounds_keeps_its_longest_spans(
    store: WritableTraceStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The root and the longest spans stay, and the trace says how many are left out."""
    monkeypatch.setattr("almenara_platform.traces.sqlite._MOST_SPANS", 10)
    store.add([span(1, 1, seconds=0.5), *(span(1, number, 1, seconds=number) for number in range(2, 22))])
    trace = store.trace(f"{1:032x}")
    assert trace is not None
    assert trace.truncated
    assert [int(one.span_id, 16) for one in trace.spans] == [1, *range(13, 22)]
    assert "11 of 21 spans were left out" in trace.notes[0]
    assert "none longer than 12.0 s" in trace.notes[0]
