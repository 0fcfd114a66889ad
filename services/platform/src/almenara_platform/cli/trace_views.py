"""How a list of traces looks on a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table

from almenara_platform.cli.console import plain
from almenara_platform.cli.formats import DASH, count, local_time
from almenara_platform.clock import from_nanos
from almenara_platform.traces.durations import format_ns

_NONE = "No trace matches; ask for less, or for a longer time."


def no_trace(service: str, known: Sequence[str]) -> RenderableType:
    """What to try when nothing of a service was found: another service, where nobody knows that one."""
    if service in known or not known:
        return plain(_NONE)
    return plain(f"No spans of a service {service} are known; there are {', '.join(known)}.")


def traces_table(page: Mapping[str, Any]) -> RenderableType:
    """One row a trace, and how to go on where there are more."""
    if not page["items"]:
        return plain(_NONE)
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
