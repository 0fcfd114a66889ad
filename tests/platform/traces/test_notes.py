"""What is said about a path: what is not on it, and what was wrong with the trace."""

from __future__ import annotations

import dataclasses

import pytest

from almenara_platform.exceptions import NotFound
from almenara_platform.traces.explain import explain, run_of, run_span
from almenara_platform.traces.model import Span, SpanKind, SpanLink, Status, StatusCode, Trace
from almenara_platform.traces.notes import notes
from almenara_platform.traces.tree import span_tree

from .forest import TRACE, span, span_id, trace

ROOT = span("root", None, 0, 100)


def said(*spans: Span, root: str | None = None, **options: int) -> str:
    """All notes on a trace of these spans."""
    return " ".join(explain(trace(*spans), root=span_id(root) if root else None, **options).notes)


def test_a_sound_trace_needs_no_notes() -> None:
    """Nothing is said when there is nothing to say."""
    assert said(ROOT, span("a", "root", 10, 20)) == ""


def test_the_request_names_the_queue_wait_and_the_run() -> None:
    """Both lie after the message and are on no path of the request."""
    send = span("send", "root", 20, 30, kind=SpanKind.PRODUCER)
    attributes = {"openlineage.run_id": "0198c4a2"}
    run = span("run", "send", 2_030, 5_030, kind=SpanKind.CONSUMER, service="worker", attributes=attributes)
    notes = said(ROOT, send, run)
    assert "2.00 µs of queue wait after PRODUCER send" in notes
    assert "the run 0198c4a2, CONSUMER run" in notes
    assert "of 3.00 µs" in notes
    assert f"root={run.span_id}" in notes
    assert "Before this path lies a queue wait of 2.00 µs after PRODUCER send" in said(
        ROOT, send, run, root="run"
    )


def test_a_run_that_failed_is_told_as_failed() -> None:
    """Whoever asks about the request sees that its run went wrong, and where to look."""
    send = span("send", "root", 20, 30, kind=SpanKind.PRODUCER)
    failed = Status(StatusCode.ERROR, "no file")
    run = span("run", "send", 40, 90, kind=SpanKind.CONSUMER, status=failed)
    notes = said(ROOT, send, run)
    assert "which failed" in notes
    assert f"--root {run.span_id}" in notes


def test_many_missing_parents_are_told_without_looking_through_them_for_each_root() -> None:
    """Every second span of a trace that was cut short may be an orphan; none is searched for among all."""

    class Unsearched(tuple[int, ...]):
        searches = 0

        def __contains__(self, key: object) -> bool:
            self.searches += 1
            return super().__contains__(key)

    lost = [span(f"s{i}", "gone", i, i + 1) for i in range(50)]
    tree = span_tree(trace(ROOT, span("root2", None, 5, 9), *lost))
    watched = Unsearched(tree.orphans)
    found = notes(dataclasses.replace(tree, orphans=watched), tree.default_root())
    assert "The trace has 2 roots; not on this path: root2" in found[0]
    assert "50 spans name a parent that is not in the trace" in found[1]
    assert watched.searches <= 1


def test_a_link_shows_its_queue_wait_and_does_not_block() -> None:
    """A consumer that is linked, not a child, is named like one."""
    send = span("send", "root", 20, 30, kind=SpanKind.PRODUCER)
    batch = span("batch", None, 530, 600, kind=SpanKind.CONSUMER, links=(SpanLink(TRACE, send.span_id),))
    found = explain(trace(ROOT, send, batch))
    assert found.root_span_id == ROOT.span_id
    assert "500 ns of queue wait after PRODUCER send" in " ".join(found.notes)


def test_many_messages_are_counted() -> None:
    """The longest are named, the rest counted."""
    send = span("send", "root", 20, 30, kind=SpanKind.PRODUCER)
    runs = [span(f"r{i}", "send", 40, 90, kind=SpanKind.CONSUMER) for i in range(1_000)]
    assert "997 more messages" in said(ROOT, send, *runs)


def test_several_roots() -> None:
    """The earliest is the root, the others are named, and any can be asked for."""
    other = span("other", None, 5, 50)
    assert "2 roots; not on this path: other" in said(other, ROOT)
    assert explain(trace(other, ROOT)).root_span_id == ROOT.span_id
    assert explain(trace(other, ROOT), root=other.span_id).duration_ns == 45


def test_missing_parents() -> None:
    """Spans with an unknown parent are named; a trace of nothing else starts at the earliest."""
    lost = span("lost", "gone", 10, 20)
    assert "1 span names a parent that is not in the trace: lost" in said(ROOT, lost)
    assert f"is not in the trace ({span_id('gone')})" in said(lost, span("lost2", "gone", 15, 18))


def test_a_cycle_of_parents_is_cut() -> None:
    """Two spans that claim each other as parent, and one that claims itself."""
    ring = span("a", "b", 20, 40), span("b", "a", 21, 30), span("own", "own", 50, 60)
    notes = said(ROOT, *ring)
    assert "2 cycles of parents cut above a [shop" in notes
    assert "own [shop" in notes
    found = explain(trace(*ring))
    assert found.root_span_id == ring[0].span_id
    assert [section.span_id for section in found.sections] == [
        ring[0].span_id,
        ring[1].span_id,
        ring[0].span_id,
    ]


def test_what_hangs_from_a_cycle_stays_below_it() -> None:
    """A child of a span in a cycle is no part of the cycle."""
    found = explain(trace(span("a", "b", 0, 40), span("b", "a", 1, 30), span("child", "b", 2, 9)))
    assert found.operations[0].count == 1
    assert len(found.tree.below(found.root)) == 3


def test_duplicate_span_ids() -> None:
    """One span per id remains, the longest, whichever came first."""
    short, long = span("a", "root", 10, 20), span("a", "root", 10, 60)
    for spans in ((ROOT, short, long), (ROOT, long, short)):
        assert "1 span has the id of another span" in said(*spans)
        assert explain(trace(*spans)).operations[0].on_path_ns == 50


def test_lengths() -> None:
    """Negative spans are named, empty ones counted."""
    notes = said(ROOT, span("back", "root", 30, 20), span("nil", "root", 40, 40))
    assert "1 span ends before starting, taken as empty: back" in notes
    assert "1 span has no length" in notes


def test_clock_skew_is_stated() -> None:
    """A child before its parent proves that clocks differ; by how much and what is tolerated is said."""
    notes = said(ROOT, span("early", "root", -4_000_000, 20, service="stock"), skew_tolerance_ns=5_000_000)
    assert "1 span starts before the parent, by up to 4.00 ms (early [stock" in notes
    assert "Clock skew tolerance: 5.00 ms" in notes


def test_work_after_the_end_of_the_parent() -> None:
    """A child that outlives its parent was not waited for, or its clock is late."""
    assert "1 span ends after the parent, by up to 20 ns (late" in said(ROOT, span("late", "root", 50, 120))


def test_truncated_and_partly_read_traces() -> None:
    """What the backend or the reader left out comes first."""
    cut = dataclasses.replace(trace(ROOT), truncated=True, notes=("3 spans were left out.",))
    notes = explain(cut).notes
    assert notes[0] == "3 spans were left out."
    assert len(notes) == 1
    assert (
        "held back part of this trace: 1 span is known,"
        in explain(dataclasses.replace(cut, notes=())).notes[0]
    )


def test_an_unknown_root_and_an_empty_trace_are_not_found() -> None:
    """Both errors name the trace."""
    with pytest.raises(NotFound, match="has no span ffff"):
        explain(trace(ROOT), root="ffff")
    with pytest.raises(NotFound, match=f"trace {TRACE} has no spans"):
        explain(Trace(TRACE, ()))
    with pytest.raises(ValueError, match="negative"):
        explain(trace(ROOT), skew_tolerance_ns=-1)


def test_the_path_of_a_run_starts_at_its_consumer_span() -> None:
    """Else at the span that is named after the pipeline; a run without either has none."""
    of_run = {"openlineage.run_id": "r1", "openlineage.job.name": "job"}
    server = span("post", None, 0, 10, attributes=of_run)
    consumer = span("taken", "post", 20, 90, kind=SpanKind.CONSUMER, attributes=of_run)
    plain = span("plain", None, 30, 80, operation="job", attributes=of_run)
    assert run_span(span_tree(trace(server, plain, consumer)), "r1") is consumer
    assert run_span(span_tree(trace(server, plain)), "r1") is plain
    assert run_span(span_tree(trace(server)), "r1") is None
    assert run_span(span_tree(trace(server, consumer)), "r2") is None


def test_a_span_belongs_to_the_run_that_is_named_nearest_above_it() -> None:
    """Its own name wins; above a run and in a trace without one there is none."""
    first, second = {"openlineage.run_id": "r1"}, {"openlineage.run_id": "r2"}
    post = span("post", None, 0, 90)
    job = span("job", "post", 10, 80, attributes=first)
    inner = span("inner", "job", 20, 70, attributes=second)
    call, read = span("call", "job", 20, 30), span("read", "inner", 30, 40, attributes={"rows": 1})
    tree = span_tree(trace(post, job, inner, call, read))
    assert [run_of(tree, one) for one in (post, job, inner, call, read)] == [None, "r1", "r2", "r1", "r2"]
