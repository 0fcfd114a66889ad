"""Many traces at a glance and two sets compared, as plain text. Both take the API's JSON documents."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from almenara_platform.counting import counted
from almenara_platform.traces.durations import format_change, format_ns
from almenara_platform.traces.export.text import WIDTH, fit, harmless, note_lines, table

Document = Mapping[str, Any]
MAX_ROWS = 12
BLOCKS = " ▁▂▃▄▅▆▇█"


def aggregate_text(found: Document, subject: str) -> str:
    """How long it took, where that time went at each percentile, examples, and notes."""
    return _joined(_aggregate(found, subject))


def comparison_text(found: Document, subject: str) -> str:
    """Both sets, the changes on the critical path, one claim with examples for each clear one, and notes."""
    return _joined(_comparison(found, subject))


def _joined(lines: Iterator[str]) -> str:
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _aggregate(found: Document, subject: str) -> Iterator[str]:
    yield fit(f"{subject}: {_counts(found)}", WIDTH)
    if not found["percentiles"]:
        yield "Nothing matches; try other words or a longer time."
        return
    yield _sparkline(found["histogram"])
    yield ""
    yield from table(_head(found["percentiles"]), _rows(found))
    yield ""
    for view in found["percentiles"]:
        duration, examples = format_ns(view["duration_ns"]), " ".join(view["trace_ids"][:2])
        yield f"p{view['percentile']}  {duration:>10}  traces {examples}"
    yield from note_lines(found["notes"])


def _counts(found: Document) -> str:
    samples, traces = counted(found["samples"], "sample"), counted(found["traces"], "trace")
    return f"{samples} in {traces}, {found['failed']:,} failed"


def _sparkline(histogram: Sequence[Document]) -> str:
    most = max(one["count"] for one in histogram)
    bars = "".join(BLOCKS[-(-one["count"] * (len(BLOCKS) - 1) // most)] for one in histogram)
    return f"{format_ns(histogram[0]['from_ns'])} |{bars}| {format_ns(histogram[-1]['to_ns'])}"


def _head(percentiles: Sequence[Document]) -> list[str]:
    return ["mean", "share", *(f"p{view['percentile']}" for view in percentiles), "operation on the path"]


def _rows(found: Document) -> Iterator[list[str]]:
    at = [{(o["service"], o["name"]): o["on_path_ns"] for o in v["operations"]} for v in found["percentiles"]]
    for share in found["operations"][:MAX_ROWS]:
        key = share["service"], share["name"]
        figures = [format_ns(view.get(key, 0)) for view in at]
        percent = f"{100 * share['share']:.1f}%"
        yield [format_ns(share["on_path_ns"]), percent, *figures, f"{share['name']} [{share['service']}]"]


def _comparison(found: Document, subject: str) -> Iterator[str]:
    yield fit(f"{subject}: {found['before']['name']} against {found['after']['name']}", WIDTH)
    for one in (found["before"], found["after"]):
        yield fit(f"  {format_ns(one['mean_ns']):>10}  {one['name']}: {_counts(one)}", WIDTH)
    if found["before"]["samples"] and found["after"]["samples"]:
        yield f"  {format_change(found['delta_ns']):>10}  change of the mean"
    if shown := found["changes"][:MAX_ROWS]:
        yield ""
        yield from table(("before", "after", "change", "", "on the path"), map(_row, shown))
        if not all(change["clear"] for change in shown):
            yield "?: may be chance"
    for change in [change for change in found["changes"] if change["clear"]][:3]:
        yield ""
        yield from note_lines([change["claim"]], title="")
        for name in ("before", "after"):
            if change[f"examples_{name}"]:
                yield f"  {name}: {change[f'examples_{name}'][0]}"
    yield from note_lines(found["notes"])


def _row(change: Document) -> tuple[str, ...]:
    figures = format_ns(change["before_ns"]), format_ns(change["after_ns"]), format_change(change["delta_ns"])
    chance = "" if change["clear"] else "?"
    return (*figures, chance, harmless(f"{change['name']} [{change['service']}]"))
