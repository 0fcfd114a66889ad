"""Which failed spans a reader is led to."""

from __future__ import annotations

import pytest

from almenara_platform.traces.failure import failure
from almenara_platform.traces.model import Span, SpanKind, Status, StatusCode, Trace
from almenara_platform.traces.tree import span_tree

TRACE_ID = "c" * 32
KINDS = {"publish": SpanKind.PRODUCER, "run": SpanKind.CONSUMER}
TREE = (
    ("request", "", 0, 9),
    ("publish", "request", 1, 2),
    ("run", "publish", 10, 90),
    ("extract", "run", 11, 70),
    ("load", "run", 71, 90),
    ("insert", "load", 80, 89),
)


def way(*broken: str, known: bool = False) -> list[str]:
    """The names of the spans that lead to where a trace failed, in which these are broken."""
    spans = [
        Span(
            TRACE_ID,
            f"{place:016x}",
            next((f"{up:016x}" for up, (above, *_) in enumerate(TREE) if above == parent), None),
            name,
            "worker",
            KINDS.get(name, SpanKind.INTERNAL),
            start,
            end,
            Status(StatusCode.ERROR) if name in broken else Status(),
        )
        for place, (name, parent, start, end) in enumerate(TREE)
    ]
    tree = span_tree(Trace(TRACE_ID, tuple(spans)))
    return [span.name for span in failure(tree, tree.default_root(), known)]


@pytest.mark.parametrize(
    ("broken", "expected"),
    [
        ((), []),
        (("request",), ["request"]),
        (("run",), ["run"]),
        (("run", "load", "insert"), ["run", "load", "insert"]),
        (("run", "extract", "load"), ["run", "load"]),
        (("load", "insert"), []),
        (("run", "insert"), ["run"]),
    ],
)
def test_a_failure_is_followed_down(broken: tuple[str, ...], expected: list[str]) -> None:
    """From what failed for good to the last failed span below; what was got over is left out."""
    assert way(*broken) == expected


def test_a_run_that_is_known_to_have_failed() -> None:
    """Whatever failed in it is named, though its own span says nothing."""
    assert way("extract", "load", "insert", known=True) == ["load", "insert"]
    assert way(known=True) == []
