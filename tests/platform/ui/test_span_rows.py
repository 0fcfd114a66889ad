"""Rows of the span waterfall."""

from __future__ import annotations

from almenara_platform.traces.model import Span, SpanKind, Trace
from almenara_platform.traces.tree import span_tree
from almenara_platform.ui.span_rows import SpanRows


def span(span_id: str, parent: str | None, start: int, end: int, service: str = "a") -> Span:
    """A span of times in nanoseconds."""
    return Span("t", span_id, parent, span_id, service, SpanKind.INTERNAL, start, end)


def rows(*spans: Span) -> SpanRows:
    """The rows of a trace."""
    return SpanRows.of(span_tree(Trace("t", spans)))


def names(found: SpanRows) -> list[str]:
    """The names of the rows, in their order."""
    return [found.span(row).name for row in range(len(found.order))]


def test_parents_come_before_children_by_start() -> None:
    """A reader goes through a trace from its root down, earlier siblings first."""
    found = rows(
        span("late", "root", 60, 90),
        span("root", None, 0, 100),
        span("leaf", "early", 15, 20),
        span("early", "root", 10, 50),
    )
    assert names(found) == ["root", "early", "leaf", "late"]
    assert found.depth == (0, 1, 2, 1)
    assert found.below == (3, 1, 0, 0)


def test_places_are_shares_of_the_whole_time() -> None:
    """Bars are placed in percent from the first start to the last end."""
    found = rows(span("root", None, 1000, 1200), span("child", "root", 1050, 1100))
    assert [row[5:7] for row in found.plain()] == [[0.0, 100.0], [25.0, 25.0]]


def test_a_trace_of_no_length_can_be_drawn() -> None:
    """A trace whose spans took no time has bars of no width."""
    assert [row[5:7] for row in rows(span("root", None, 5, 5)).plain()] == [[0.0, 0.0]]


def test_a_chain_of_ten_thousand_is_no_recursion() -> None:
    """The deepest trace is walked without exhausting the stack."""
    chain = [span(str(i), str(i - 1) if i else None, i, 20_000) for i in range(10_000)]
    found = rows(*chain)
    assert found.below[0] == 9_999
    assert found.depth[-1] == 9_999


def test_marks_name_rows_and_shares() -> None:
    """Stretches of spans become places on rows; unknown spans are left out."""
    found = rows(span("root", None, 0, 200), span("child", "root", 50, 100))
    assert found.marks([("child", 60, 80), ("stranger", 0, 1)]) == [[1, 30.0, 10.0]]


def test_orphans_and_cycles_are_all_there() -> None:
    """A broken trace loses no span on the page."""
    found = rows(span("a", "b", 0, 10), span("b", "a", 1, 9), span("lost", "gone", 2, 3))
    assert sorted(names(found)) == ["a", "b", "lost"]
