"""An explained trace as plain text that fits a terminal and, in a code block, a review comment."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from textwrap import wrap

from almenara_platform.traces.durations import format_ns
from almenara_platform.traces.explain import Explanation
from almenara_platform.traces.export.rows import Row, path_rows
from almenara_platform.traces.model import Span, SpanKind
from almenara_platform.traces.slack import off_path

WIDTH = 100
BAR = 28
MIN_NAME = 20
MAX_ROWS = 20
MAX_OPERATIONS = 10
MAX_OFF_PATH = 5
ON_PATH, OFF_PATH, NOTHING = "#", "-", " "


def text(found: Explanation) -> str:
    """Title, critical path, operations, what is off the path, and notes; no line is longer than ``WIDTH``."""
    lines = [
        *_title(found),
        "",
        *_path(found),
        "",
        *_operations(found),
        *_off_path(found),
        *note_lines(found.notes),
    ]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def harmless(name: str) -> str:
    """Foreign text without characters that would move a cursor or end a line."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in name)


def fit(name: str, width: int) -> str:
    """Foreign text, made harmless, within so many characters."""
    name = harmless(name)
    return name if len(name) <= width else f"{name[: max(0, width - 1)]}…"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Columns of figures aligned to the right and a last column of names aligned to the left."""
    listed = [head, *rows]
    widths = [max(len(row[i]) for row in listed) for i in range(len(head) - 1)]
    for row in listed:
        figures = "  ".join(cell.rjust(width) for cell, width in zip(row[:-1], widths, strict=True))
        yield f"{figures}  {fit(row[-1], max(MIN_NAME, WIDTH - len(figures) - 2))}"


def _title(found: Explanation) -> Iterator[str]:
    yield f"Trace {found.trace_id}"
    yield fit(f"{format_ns(found.duration_ns)} of {label(found.root_span)}, span {found.root_span_id}", WIDTH)


def label(span: Span) -> str:
    """A span as its kind (unless internal), its name and its service."""
    kind = "" if span.kind is SpanKind.INTERNAL else f"{span.kind.value} "
    return f"{kind}{span.name} [{span.service}]"


def _path(found: Explanation) -> Iterator[str]:
    rows, rest = path_rows(found, MAX_ROWS)
    yield f"Critical path ({ON_PATH} on the path, {OFF_PATH} waiting for others)"
    for row in rows:
        name = fit("  " * min(row.depth, 8) + label(row.span), WIDTH - BAR - 21)
        time, share = format_ns(row.on_path_ns), _share(row.on_path_ns, found)
        yield f"{time:>10} {share:>6} |{_bar(row, found)}| {name}"
    if rest:
        together = sum(row.on_path_ns for row in rest)
        yield (
            f"{format_ns(together):>10} {_share(together, found):>6}  "
            f"{len(rest):,} more span{'s' * (len(rest) > 1)} on the path"
        )


def _bar(row: Row, found: Explanation) -> str:
    cells = [NOTHING] * BAR
    start, end = found.tree.start[found.root], found.tree.end[found.root]
    span_start, span_end = max(row.span.start_ns, start), min(row.span.end_ns, end)
    for mark, stretches in ((OFF_PATH, [(span_start, span_end)]), (ON_PATH, row.stretches)):
        for begin, stop in stretches:
            first = (begin - start) * BAR // (end - start)
            last = -(-(stop - start) * BAR // (end - start))
            cells[first:last] = mark * (last - first)
    return "".join(cells)


def _share(part: int, found: Explanation) -> str:
    return f"{100 * part / max(1, found.duration_ns):.1f}%"


def _operations(found: Explanation) -> Iterator[str]:
    yield "Operations"
    rows = [
        (
            format_ns(at.on_path_ns),
            _share(at.on_path_ns, found),
            format_ns(at.exclusive_ns),
            format_ns(at.inclusive_ns),
            f"{at.count:,}",
            f"{at.name} [{at.service}]",
        )
        for at in found.operations[:MAX_OPERATIONS]
    ]
    yield from table(("on path", "share", "exclusive", "inclusive", "count", "operation"), rows)
    if len(found.operations) > MAX_OPERATIONS:
        yield f"and {len(found.operations) - MAX_OPERATIONS:,} more operations"


def _off_path(found: Explanation) -> Iterator[str]:
    listed = off_path(found.tree, found.root, found.operations, found.skew_tolerance_ns)[:MAX_OFF_PATH]
    if listed:
        yield ""
        yield "Not on the path"
    for at in listed:
        yield from _wrapped(
            f"Making {at.name} [{at.service}] faster helps nothing until {at.behind.name} "
            f"[{at.behind.service}] is {format_ns(at.slack_ns)} faster."
        )


def note_lines(notes: Sequence[str], title: str = "Notes") -> Iterator[str]:
    """Notes as a list under a title, nothing where there are none."""
    if notes and title:
        yield ""
        yield title
    for note in notes:
        yield from _wrapped(note)


def _wrapped(sentence: str) -> list[str]:
    return wrap(harmless(sentence), WIDTH, initial_indent="- ", subsequent_indent="  ")
