"""An explained trace as a Mermaid Gantt diagram: the spans on the path, with their time on it as critical."""

from __future__ import annotations

import re
from collections.abc import Iterator

from almenara_platform.traces.durations import format_ns
from almenara_platform.traces.explain import Explanation
from almenara_platform.traces.export.rows import Row, path_rows

MAX_ROWS = 40
MAX_STRETCHES = 200
UNITS = (("s", 10**9), ("ms", 10**6), ("µs", 10**3), ("ns", 1))
"""The axis counts in the largest of these of which the trace takes at least ``STEPS``."""
STEPS = 100
_SYNTAX = re.compile(r"[^\w .()/\[\]{}=+*<>-]+")


def mermaid(found: Explanation) -> str:
    """The diagram; it counts from the start of the path and says in its title in which unit."""
    unit, size = next(((u, s) for u, s in UNITS if found.duration_ns >= STEPS * s), UNITS[-1])
    rows, rest = path_rows(found, MAX_ROWS)
    title = f"{found.root_span.name} {format_ns(found.duration_ns)} ({unit})"
    lines = ["gantt", f"    title {_plain(title)}", "    dateFormat x", "    axisFormat %Q"]
    section = None
    for row in rows:
        if row.span.service != section:
            section = row.span.service
            lines.append(f"    section {_plain(section)}")
        lines += _tasks(row, found, size)
    if rest:
        lines.append(f"    %% {len(rest):,} more spans on the path are left out")
    return "\n".join(lines) + "\n"


def _tasks(row: Row, found: Explanation, size: int) -> Iterator[str]:
    start = found.tree.start[found.root]
    # A line that begins with a word of Mermaid's, such as click or section, is no task.
    name = f"{format_ns(row.on_path_ns)} {_plain(row.span.name)}"
    for begin, stop in row.stretches[:MAX_STRETCHES]:
        first = (begin - start) // size
        yield f"    {name} :crit, {first}, {max(first + 1, (stop - start) // size)}"


def _plain(name: str) -> str:
    """A name without the characters that mean something to Mermaid; never empty."""
    return _SYNTAX.sub(" ", name).strip()[:60] or "unnamed"
