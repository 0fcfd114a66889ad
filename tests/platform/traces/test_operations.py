"""Time by operation, slack, and why the naive answers are wrong."""

from __future__ import annotations

from hypothesis import given

from almenara_platform.traces.explain import Explanation, explain
from almenara_platform.traces.model import Span, SpanKind, Trace
from almenara_platform.traces.operations import OperationTime, exclusive_ns
from almenara_platform.traces.slack import off_path, slacks
from almenara_platform.traces.tree import span_tree

from .forest import span, trace, traces


def times(found: Explanation) -> dict[str, OperationTime]:
    """The times of each operation by its name."""
    return {at.name: at for at in found.operations}


PARALLEL = (
    span("run", None, 0, 100),
    span("download", "run", 0, 60),
    span("unpack", "download", 50, 60),
    span("lookup", "run", 0, 90),
    span("load", "run", 90, 100),
)
"""The lookup is what the load waits for; the download, with its own child, runs beside it."""


def test_time_by_operation() -> None:
    """Inclusive counts the whole span, exclusive what no child covers, on-path what the path took."""
    found = times(explain(trace(*PARALLEL)))
    assert found["run"] == OperationTime("shop", "run", 1, 100, 0, 0)
    assert found["lookup"] == OperationTime("shop", "lookup", 1, 90, 90, 90)
    assert found["download"] == OperationTime("shop", "download", 1, 60, 50, 0)
    assert list(found)[:2] == ["lookup", "load"]


def test_the_sum_of_the_children_is_not_the_duration() -> None:
    """Children that run side by side take more time together than the run took."""
    found = explain(trace(*PARALLEL))
    children = sum(s.duration_ns for s in PARALLEL if s.parent_span_id == found.root_span_id)
    assert children == 160
    assert found.duration_ns == sum(at.on_path_ns for at in found.operations) == 100


def test_the_longest_chain_of_durations_is_not_the_critical_path() -> None:
    """Adding durations from the root down finds the chain through the download, which nothing waited for."""
    by_parent: dict[str | None, list[Span]] = {}
    for one in PARALLEL:
        by_parent.setdefault(one.parent_span_id, []).append(one)

    def longest(span: Span) -> tuple[int, list[str]]:
        below = max((longest(child) for child in by_parent.get(span.span_id, [])), default=(0, []))
        return span.duration_ns + below[0], [span.name, *below[1]]

    slow = (*PARALLEL, span("wait", "download", 0, 50), span("poll", "wait", 0, 45))
    by_parent[slow[-2].parent_span_id].append(slow[-2])
    by_parent[slow[-1].parent_span_id] = [slow[-1]]
    assert longest(PARALLEL[0])[1] == ["run", "download", "wait", "poll"]
    on_path = {at.name for at in explain(trace(*slow)).operations if at.on_path_ns}
    assert on_path == {"lookup", "load"}


def test_the_longest_span_is_not_the_bottleneck() -> None:
    """A span that nobody waits for may last longest of all."""
    spans = (span("run", None, 0, 100), span("audit", "run", 0, 99), span("load", "run", 1, 100))
    assert max(spans[1:], key=lambda one: one.duration_ns) is spans[1] or spans[1].duration_ns == 99
    assert times(explain(trace(*spans)))["audit"].on_path_ns == 0


def test_an_operation_within_itself_is_not_counted_twice() -> None:
    """Recursion adds nothing to the inclusive time, a second call does."""
    spans = [span("top", None, 0, 100)]
    spans += [span("walk1", "top", 0, 40, operation="walk"), span("walk2", "walk1", 5, 30, operation="walk")]
    spans += [span("walk3", "top", 50, 60, operation="walk")]
    found = times(explain(trace(*spans)))["walk"]
    assert (found.count, found.inclusive_ns, found.exclusive_ns) == (3, 50, 50)


def test_a_span_that_was_not_waited_for_has_slack() -> None:
    """The download could end 30 later; its own child, which it waits for, has the same slack."""
    tree = span_tree(trace(*PARALLEL))
    found = {tree.spans[at].name: slack for at, slack in slacks(tree, 0).items()}
    assert {name: slack.ns for name, slack in found.items()} == {"download": 30, "unpack": 30}
    assert tree.spans[found["unpack"].behind].name == "lookup"


def test_the_slack_of_a_child_adds_to_that_of_its_parent() -> None:
    """A sibling that ends later within a parent with slack adds the distance to it."""
    tree = span_tree(trace(*PARALLEL, span("check", "download", 52, 58)))
    assert {tree.spans[at].name: slack.ns for at, slack in slacks(tree, 0).items()}["check"] == 32


def test_operations_off_the_path_name_what_is_waited_for_instead() -> None:
    """Making the download faster helps nothing until the lookup is 30 faster."""
    found = explain(trace(*PARALLEL))
    first = off_path(found.tree, found.root, found.operations)[0]
    assert (first.name, first.slack_ns, first.behind.name) == ("download", 30, "lookup")


def test_the_consumer_counts_but_is_not_on_the_path() -> None:
    """The run of a request is listed with its time and nothing on the path."""
    spans = (
        span("request", None, 0, 10, kind=SpanKind.SERVER),
        span("send", "request", 2, 8, kind=SpanKind.PRODUCER),
        span("run", "send", 20, 500, kind=SpanKind.CONSUMER),
    )
    found = times(explain(trace(*spans)))["run"]
    assert (found.inclusive_ns, found.on_path_ns) == (480, 0)
    assert times(explain(trace(*spans)))["send"].exclusive_ns == 6


@given(traces())
def test_the_time_on_the_path_sums_to_the_duration(drawn: Trace) -> None:
    """Whatever the trace, the operations share its duration out exactly."""
    found = explain(drawn)
    assert sum(at.on_path_ns for at in found.operations) == found.duration_ns
    assert sum(at.count for at in found.operations) == len(found.tree.below(found.root))


@given(traces())
def test_exclusive_time_is_what_no_child_covers(drawn: Trace) -> None:
    """Counted moment by moment, it is the same number."""
    tree = span_tree(drawn)
    for at, exclusive in enumerate(exclusive_ns(tree).tolist()):
        moments = set(range(tree.start[at], tree.end[at]))
        for child in tree.awaited.get(at, ()):
            moments -= set(range(tree.start[child], tree.end[child]))
        assert exclusive == len(moments)


@given(traces())
def test_nothing_on_the_path_has_slack(drawn: Trace) -> None:
    """Slack is never negative, and what is on the path has none."""
    found = explain(drawn)
    slack = slacks(found.tree, found.root)
    on_path = {found.tree.position[section.span_id] for section in found.sections}
    assert not on_path & slack.keys()
    assert all(one.ns >= 0 for one in slack.values())
