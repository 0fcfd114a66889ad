"""The exports of an explained trace."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given

from almenara_platform.traces.explain import explain
from almenara_platform.traces.export.document import document
from almenara_platform.traces.export.mermaid import mermaid
from almenara_platform.traces.export.rows import path_rows
from almenara_platform.traces.export.text import WIDTH, text
from almenara_platform.traces.model import Trace

from .forest import TRACE, span, span_id, trace, traces

MS = 1_000_000
RUN = trace(
    span("run", None, 0, 100 * MS, service="worker"),
    span("extract", "run", 10 * MS, 60 * MS, service="worker"),
    span("read", "extract", 10 * MS, 50 * MS, service="db"),
    span("cache", "extract", 10 * MS, 30 * MS, service="db"),
    span("load", "run", 60 * MS, 95 * MS, service="worker"),
)


def test_the_document_has_the_promised_members() -> None:
    """Nothing more and nothing less, in JSON types."""
    found = document(explain(trace(span("run", None, 5, 9), span("late", "run", 6, 12))))
    assert json.loads(json.dumps(found)) == found
    notes = found.pop("notes")
    assert len(notes) == 2
    assert found == {
        "trace_id": TRACE,
        "root_span_id": span_id("run"),
        "duration_ns": 4,
        "sections": [
            {"span_id": span_id("run"), "start_ns": 5, "end_ns": 6},
            {"span_id": span_id("late"), "start_ns": 6, "end_ns": 9},
        ],
        "operations": [
            {
                "service": "shop",
                "name": "late",
                "count": 1,
                "inclusive_ns": 6,
                "exclusive_ns": 6,
                "on_path_ns": 3,
            },
            {
                "service": "shop",
                "name": "run",
                "count": 1,
                "inclusive_ns": 4,
                "exclusive_ns": 1,
                "on_path_ns": 1,
            },
        ],
    }


def test_the_text_shows_path_operations_slack_and_notes() -> None:
    """A reader sees which milliseconds mattered and what would help nothing."""
    lines = text(explain(RUN)).splitlines()
    assert lines[0] == f"Trace {TRACE}"
    assert lines[1].startswith("100 ms of run [worker], span ")
    assert "   40.0 ms  40.0% |  ############              |     read [db]" in lines
    assert "40.0 ms  40.0%    40.0 ms    40.0 ms      1  read [db]" in lines
    assert "- Making cache [db] faster helps nothing until read [db] is 20.0 ms faster." in lines


def test_long_and_hostile_names_stay_within_the_lines() -> None:
    """No line is too long, none is broken or coloured by a name."""
    name = "\x1b[31m```\n|" + "very " * 60
    spans = [span("run", None, 0, 1_000, operation=name, service="s" * 200)]
    spans += [span(f"s{i}", "run", i, i + 1, operation=f"{name}{i}") for i in range(200)]
    spans += [span("back", "run", 9, 3, operation=name)]
    lines = text(explain(trace(*spans))).split("\n")
    assert max(map(len, lines)) <= WIDTH
    assert all(line.isprintable() for line in lines)
    assert any("181 more spans on the path" in line for line in lines)
    assert "and 192 more operations" in lines


def test_a_deep_trace_is_drawn_without_recursion() -> None:
    """5,000 levels give a short text."""
    spans = [
        span("s0", None, 0, 10_000),
        *(span(f"s{i}", f"s{i - 1}", i, 10_000 - i) for i in range(1, 5_000)),
    ]
    assert len(text(explain(trace(*spans))).splitlines()) < 60
    assert mermaid(explain(trace(*spans))).count(":crit") < 100


def test_the_diagram_marks_the_path() -> None:
    """Each stretch of the path is a critical task, in milliseconds from the start."""
    lines = [line.strip() for line in mermaid(explain(RUN)).splitlines()]
    assert lines[:4] == ["gantt", "title run 100 ms (ms)", "dateFormat x", "axisFormat %Q"]
    assert lines[4:] == [
        "section worker",
        "15.0 ms run :crit, 0, 10",
        "15.0 ms run :crit, 95, 100",
        "10.0 ms extract :crit, 50, 60",
        "section db",
        "40.0 ms read :crit, 10, 50",
        "section worker",
        "35.0 ms load :crit, 60, 95",
    ]


def test_names_cannot_break_the_diagram() -> None:
    """What means something to Mermaid is taken out of names."""
    spans = span("run", None, 0, 10, operation="a:b;c#d,\n%%{init}", service=":;\n")
    lines = mermaid(explain(trace(spans))).splitlines()
    assert lines[-2:] == ["    section unnamed", "    10 ns a b c d {init} :crit, 0, 10"]


@pytest.mark.parametrize("name", ["click button", "call fn()", "gantt", "section load", "topAxis", "title"])
def test_a_word_of_mermaid_is_a_name_like_others(name: str) -> None:
    """Mermaid knows its words at the beginning of a line, where no name stands."""
    lines = mermaid(explain(trace(span("run", None, 0, 10, operation=name, service=name)))).splitlines()
    assert lines[-2:] == [f"    section {name}", f"    10 ns {name} :crit, 0, 10"]


@given(traces())
def test_every_span_on_the_path_is_a_row(drawn: Trace) -> None:
    """Kept and left out rows together hold the whole path, parents before children."""
    found = explain(drawn)
    rows, rest = path_rows(found, 3)
    assert sum(row.on_path_ns for row in [*rows, *rest]) == found.duration_ns
    everything, _ = path_rows(found, 1_000)
    assert {row.span.span_id for row in everything} == {section.span_id for section in found.sections}
    assert re.fullmatch(r"gantt\n(    .+\n)+", mermaid(found))
    assert max(map(len, text(found).splitlines())) <= WIDTH
