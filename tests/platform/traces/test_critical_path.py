"""The rules of the critical path, one small trace each, and properties over all traces."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import assume, given
from hypothesis import strategies as st

from almenara_platform.traces.critical_path import sections
from almenara_platform.traces.explain import explain
from almenara_platform.traces.model import Span, SpanKind, Trace
from almenara_platform.traces.tree import span_tree

from . import usual_way
from .forest import named, span, trace, traces


def path(*spans: Span, skew_tolerance_ns: int = 0) -> list[tuple[str, int, int]]:
    """The named sections of a trace of these spans."""
    tree = span_tree(trace(*spans))
    return named(sections(tree, tree.default_root(), skew_tolerance_ns))


def test_gaps_belong_to_the_parent() -> None:
    """Time before, between and after the children is the parent's own."""
    found = path(span("root", None, 0, 100), span("a", "root", 10, 40), span("b", "root", 50, 90))
    assert found == [("root", 0, 10), ("a", 10, 40), ("root", 40, 50), ("b", 50, 90), ("root", 90, 100)]


def test_the_child_that_ended_last_is_waited_for() -> None:
    """Of parallel children only the last to end is on the path, however long the others took."""
    found = path(span("root", None, 0, 100), span("long", "root", 0, 90), span("last", "root", 60, 95))
    assert found == [("root", 0, 60), ("last", 60, 95), ("root", 95, 100)]


def test_a_child_that_ends_where_the_next_begins_is_on_the_path() -> None:
    """The boundary is inclusive: nothing lies between the two."""
    found = path(span("root", None, 0, 10), span("a", "root", 0, 5), span("b", "root", 5, 10))
    assert found == [("a", 0, 5), ("b", 5, 10)]


def test_children_are_clipped_to_the_clipped_window_of_their_parent() -> None:
    """A grandchild counts only within what is left of its parent."""
    found = path(span("root", None, 10, 20), span("child", "root", 5, 30), span("inner", "child", 0, 40))
    assert found == [("inner", 10, 20)]


def test_a_child_after_the_end_of_its_parent_is_not_on_the_path() -> None:
    """Work that begins when the parent has ended held nobody up."""
    assert path(span("root", None, 0, 10), span("later", "root", 12, 20)) == [("root", 0, 10)]


def test_a_consumer_does_not_block_its_producer() -> None:
    """Nobody waits for the consumer of a message, with a PRODUCER span or without one."""
    root = span("root", None, 0, 10, kind=SpanKind.SERVER)
    produced = span("send", "root", 2, 9, kind=SpanKind.PRODUCER)
    run = span("run", "send", 3, 8, kind=SpanKind.CONSUMER, service="worker")
    bare = span("bare", "root", 3, 8, kind=SpanKind.CONSUMER, service="worker")
    assert path(root, produced, run) == [("root", 0, 2), ("send", 2, 9), ("root", 9, 10)]
    assert path(root, bare) == [("root", 0, 10)]


def test_a_consumer_within_its_own_service_blocks() -> None:
    """A run that takes a message itself waits for it, as for any call."""
    root = span("root", None, 0, 10, kind=SpanKind.CONSUMER)
    assert path(root, span("poll", "root", 1, 9, kind=SpanKind.CONSUMER))[1] == ("poll", 1, 9)


def test_a_run_has_its_own_path_from_its_consumer_span() -> None:
    """From the CONSUMER span down the run is explained like any trace."""
    send = span("send", None, 0, 10, kind=SpanKind.PRODUCER)
    run = span("run", "send", 50, 90, kind=SpanKind.CONSUMER, service="worker")
    found = explain(trace(send, run, span("load", "run", 60, 80, service="worker")), root=run.span_id)
    assert named(found.sections) == [("run", 50, 60), ("load", 60, 80), ("run", 80, 90)]
    assert found.duration_ns == 40


def test_clock_skew_is_tolerated_only_between_services() -> None:
    """Two clocks may disagree by the tolerance; one clock never disagrees with itself."""
    root, first = span("root", None, 0, 100), span("first", "root", 0, 52)
    near = span("second", "root", 50, 100, service="stock")
    same = span("second", "root", 50, 100)
    assert path(root, first, near) == [("root", 0, 50), ("second", 50, 100)]
    assert path(root, first, near, skew_tolerance_ns=2) == [("first", 0, 50), ("second", 50, 100)]
    assert path(root, first, near, skew_tolerance_ns=1) == [("root", 0, 50), ("second", 50, 100)]
    assert path(root, first, same, skew_tolerance_ns=2) == [("root", 0, 50), ("second", 50, 100)]


def test_empty_and_negative_spans_are_not_on_the_path() -> None:
    """A span without length takes none of its parent's time, nor do its children."""
    found = path(
        span("root", None, 0, 10),
        span("empty", "root", 5, 5),
        span("negative", "root", 8, 2),
        span("child", "negative", 3, 4),
    )
    assert found == [("root", 0, 10)]


def test_a_root_without_length_has_no_sections() -> None:
    """Nothing is a partition of nothing."""
    found = explain(trace(span("root", None, 7, 3)))
    assert (found.duration_ns, found.sections) == (0, ())


def test_a_chain_of_any_depth_needs_no_recursion() -> None:
    """20,000 spans, each within the one before."""
    depth = 20_000
    spans = [span("s0", None, 0, 2 * depth)]
    spans += [span(f"s{i}", f"s{i - 1}", i, 2 * depth - i) for i in range(1, depth)]
    found = sections(span_tree(trace(*spans)), 0)
    assert len(found) == 2 * depth - 1
    assert sum(section.duration_ns for section in found) == 2 * depth


@given(traces(), st.integers(0, 5))
def test_the_sections_partition_the_root(drawn: Trace, tolerance: int) -> None:
    """They follow one another without gap or overlap, and each lies inside its span."""
    found = explain(drawn, skew_tolerance_ns=tolerance)
    tree = found.tree
    assert sum(section.duration_ns for section in found.sections) == found.duration_ns
    assert all(before.end_ns == after.start_ns for before, after in pairwise(found.sections))
    for section in found.sections:
        at = tree.position[section.span_id]
        assert tree.start[at] <= section.start_ns < section.end_ns <= tree.end[at]
    if found.sections:
        assert found.sections[0].start_ns == tree.start[found.root]


@given(traces())
def test_it_is_the_path_of_the_usual_recursive_way(drawn: Trace) -> None:
    """The fast way finds what searching every step anew finds."""
    tree = span_tree(drawn)
    assert list(sections(tree, tree.default_root())) == usual_way.critical_path(drawn)


@given(traces(), st.randoms())
def test_the_order_of_the_spans_does_not_matter(drawn: Trace, random: object) -> None:
    """A shuffled trace is explained alike."""
    shuffled = list(drawn.spans)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    ours, theirs = explain(drawn), explain(Trace(drawn.trace_id, tuple(shuffled)))
    assert (ours.sections, ours.operations) == (theirs.sections, theirs.operations)


@given(traces(), st.data())
def test_a_span_that_ends_before_the_chosen_one_starts_changes_nothing_after(
    drawn: Trace, data: st.DataObject
) -> None:
    """Whatever ended before a chosen child began cannot have decided what came after."""
    tree = span_tree(drawn)
    root = tree.default_root()
    before = sections(tree, root)
    children = [
        at for at in (tree.position[section.span_id] for section in before) if tree.parent[at] == root
    ]
    assume(children)
    chosen = data.draw(st.sampled_from(children))
    first = max(tree.start[root], tree.start[chosen])
    end = data.draw(st.integers(first - 30, first))
    extra = span("extra", "root", data.draw(st.integers(end - 30, end)), end)
    tree = span_tree(Trace(drawn.trace_id, (*drawn.spans, extra)))
    after = sections(tree, tree.default_root())
    assert [s for s in after if s.start_ns >= first] == [s for s in before if s.start_ns >= first]
