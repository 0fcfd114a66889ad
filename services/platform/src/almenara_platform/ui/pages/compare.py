"""The page that compares two sets of traces: which operation grew, by how much, and traces that show it."""

from __future__ import annotations

from nicegui import ui

from almenara_platform.runs.identity import short_id
from almenara_platform.traces.compare import Change, Comparison, SetView, compare
from almenara_platform.traces.durations import format_change, format_ns
from almenara_platform.traces.samples import Samples, collect
from almenara_platform.traces.sets import HELP, named_set
from almenara_platform.ui import format as fmt
from almenara_platform.ui import links, table_columns
from almenara_platform.ui.components.fields import choice, text_field
from almenara_platform.ui.components.figures import Figure, figures
from almenara_platform.ui.components.panels import note, panel
from almenara_platform.ui.components.path_search import PathWords
from almenara_platform.ui.components.path_view import AskedWords, PathView, show_path_view
from almenara_platform.ui.components.table import Cell, DataTable, Row, number
from almenara_platform.ui.components.text import heading, text

TRACES = 200
MOST_ROWS = 30
MOST_CLAIMS = 5
PRESETS = {
    "good failed": "Good and failed",
    "last-week today": "Last week and today",
    "yesterday today": "Yesterday and today",
    "": "Two sets of your own",
}


@ui.page(links.COMPARE)
async def compare_page(words: AskedWords, before: str = "good", after: str = "failed") -> None:
    """The page ``/compare``; its parameters are the fields and the names of the two sets."""
    await show_path_view("Compare", lambda: CompareView(words, before, after))


class CompareView(PathView[Comparison]):
    """Fields for what is compared and for the two sets, and below them the changes."""

    def __init__(self, words: PathWords, before: str, after: str) -> None:
        super().__init__(words)
        self._before, self._after = before, after

    def fields(self) -> None:
        """Draw the fields for the sets."""
        with ui.element("div").classes("al-row"):
            own = f"{self._before} {self._after}"
            self._preset = choice("Sets", PRESETS, self._chosen, own if own in PRESETS else "")
            self._first = text_field("Before", self._changed, self._before)
            self._second = text_field("After", self._changed, self._after)
            text(f"A set is {HELP}.").classes("al-quiet al-hint")

    def read(self) -> None:
        """Take over the names of the sets."""
        self._before, self._after = self._first.value or "", self._second.value or ""

    def address(self) -> str:
        """The page with what the fields say."""
        return links.compare(**self._words.address(), before=self._before, after=self._after)

    def fetch(self) -> Comparison:
        """The two sets side by side."""
        before, after = self._samples(self._before, "before"), self._samples(self._after, "after")
        return compare(before, after, (self._before, self._after))

    async def _chosen(self) -> None:
        if self._preset.value:
            first, second = self._preset.value.split()
            self._first.set_value(first)
            self._second.set_value(second)

    def _samples(self, name: str, field: str) -> Samples:
        query = self._words.query(self._console.clock)
        chosen = named_set(name, query, self._console.clock(), field)
        return collect(self._console.platform.traces, chosen, TRACES)

    def draw(self, found: Comparison) -> None:
        """Figures, what is said of the difference, and a table."""
        heading(self._words.title)
        _figures(found)
        for sentence in found.notes:
            with note("info", "quiet"):
                text(sentence)
        _claims(found)
        if found.changes:
            with panel("Changes on the critical path", note="mean per sample"):
                table = DataTable("Changes on the critical path", table_columns.CHANGES)
                table.show([_row(change, found) for change in found.changes[:MOST_ROWS]])


def _figures(found: Comparison) -> None:
    with figures():
        for one in (found.before, found.after):
            samples = f"{fmt.counted(one.samples, 'sample')} in {fmt.counted(one.traces, 'trace')}"
            Figure(f"Mean, {one.name}").show(format_ns(one.mean_ns) if one.samples else fmt.UNKNOWN, samples)
        if found.changes:
            tone = "fail" if found.delta_ns > 0 else "ok" if found.delta_ns < 0 else ""
            relative = _relative(found.delta_ns, found.before.mean_ns)
            Figure("Change").show(format_change(found.delta_ns), relative, tone=tone)


def _claims(found: Comparison) -> None:
    claims = [change.claim for change in found.changes if change.clear or change.low_ns is None]
    if not found.changes:
        return
    with panel("What changed"), ui.element("ul").classes("al-sentences"):
        for claim in claims[:MOST_CLAIMS] or ["Nothing changed by more than chance explains."]:
            text(claim, "li")


def _row(change: Change, found: Comparison) -> Row:
    interval = fmt.UNKNOWN
    if change.low_ns is not None and change.high_ns is not None:
        interval = f"{format_change(change.low_ns)} to {format_change(change.high_ns)}"
    cells: dict[str, Cell] = {
        "operation": {
            "text": change.name or "(unnamed)",
            "sub": change.service,
            "href": links.operation(service=change.service, operation=change.name),
        },
        "before": number(change.before_ns, format_ns(change.before_ns)),
        "after": number(change.after_ns, format_ns(change.after_ns)),
        "change": {
            "text": format_change(change.delta_ns),
            "sort": change.delta_ns,
            "sub": "" if change.clear else "may be chance",
        },
        "interval": interval,
        "traces": _of(change.traces_before, found.before) + ", " + _of(change.traces_after, found.after),
        "examples": {"tags": [*_tags(change.examples_before), *_tags(change.examples_after)]},
    }
    return Row(f"{change.service}\n{change.name}", cells)


def _of(count: int, side: SetView) -> str:
    return f"{fmt.count(count)} of {fmt.count(side.traces)}"


def _tags(trace_ids: tuple[str, ...]) -> list[dict[str, str]]:
    return [
        {"text": short_id(trace_id), "title": trace_id, "href": links.trace(trace_id)}
        for trace_id in trace_ids[:1]
    ]


def _relative(delta: float, base: float) -> str:
    return f"{100 * delta / base:+.1f} %" if base else ""
