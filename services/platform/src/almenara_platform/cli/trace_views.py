"""How a list of traces looks on a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table

from almenara_platform.cli.console import plain
from almenara_platform.cli.formats import DASH, count, local_time
from almenara_platform.clock import from_nanos
from almenara_platform.traces.durations import format_ns


def traces_table(page: Mapping[str, Any]) -> RenderableType:
    """One row a trace, and how to go on where there are more."""
    if not page["items"]:
        return plain("No trace matches; ask for less, or for a longer time.")
    table = Table("trace", "started", "service", "name", "took", "spans", "errors", "run")
    for trace in page["items"]:
        table.add_row(
            plain(trace["trace_id"]),
            local_time(from_nanos(trace["start_ns"]).isoformat()),
            plain(trace["service"]),
            plain(trace["name"]),
            format_ns(trace["duration_ns"]),
            count(trace["spans"]),
            plain(count(trace["errors"]), "bold red" if trace["errors"] else "dim"),
            plain(trace["run_id"] or DASH),
        )
    more = f"There are more: --cursor {page['next']}" if page["next"] else ""
    return Group(table, plain(more, "dim")) if more else table
