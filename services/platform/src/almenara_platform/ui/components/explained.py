"""What the critical path of a trace says, in figures and sentences."""

from __future__ import annotations

from nicegui import ui

from almenara_platform.traces.durations import format_ns
from almenara_platform.traces.explain import Explanation
from almenara_platform.traces.failure import failure
from almenara_platform.traces.notes import waits
from almenara_platform.traces.operations import OperationTime
from almenara_platform.traces.slack import off_path
from almenara_platform.ui import format as fmt
from almenara_platform.ui import links, table_columns
from almenara_platform.ui.components.messages import link_button
from almenara_platform.ui.components.panels import panel
from almenara_platform.ui.components.table import DataTable, Row, number
from almenara_platform.ui.components.text import text

ABORTED = "almenara.aborted"
MOST_OPERATIONS = 12
MOST_OFF_PATH = 4
MOST_RUNS = 3
EXPORTS = {"JSON": "json", "Mermaid": "mermaid", "Text": "text"}


def explained(found: Explanation) -> None:
    """Two panels: the operations by their time on the path, and what else a reader has to know."""
    root = found.root_span
    with ui.element("div").classes("al-columns first-wide"):
        spent = f"{format_ns(found.duration_ns)} of {root.name}"
        with panel("Where the time went", lambda: _exports(found), spent):
            table = DataTable("Operations by their time on the critical path", table_columns.OPERATIONS)
            table.show([_row(at, found) for at in found.operations[:MOST_OPERATIONS]])
        with panel("What to know"):
            _sentences(found)


def _exports(found: Explanation) -> None:
    for label, form in EXPORTS.items():
        link_button(label, links.explained(found.trace_id, found.root_span_id, form))


def path_links(found: Explanation) -> None:
    """Ways to the paths of the runs that nobody waited for, and back to that of the whole trace."""
    for wait in waits(found.tree, found.tree.below(found.root))[:MOST_RUNS]:
        run = found.tree.spans[wait.consumer]
        link_button(f"Path of {run.name}", links.path(run.trace_id, run.span_id), "route")
    if found.root != found.tree.default_root():
        link_button("Path of the whole trace", links.trace(found.trace_id), "route")


def first_look(found: Explanation, failed: bool = False) -> tuple[str, str, str]:
    """Where to look first, why, and a tone: at what failed, else at the operation with most time on the path.

    ``failed`` is whether a run is known to have failed, whatever its own span says.
    """
    way = failure(found.tree, found.root, failed)
    if way:
        # The span of a run fails with its stage.
        said, last = way[:2][-1], way[-1]
        word = "aborted" if said.attributes.get(ABORTED) else "failed"
        return said.name, word if last is said else f"{word} at {last.name}", "fail"
    return *_slowest(found), ""


def _slowest(found: Explanation) -> tuple[str, str]:
    first = next((at for at in found.operations if at.on_path_ns), None)
    if first is None:
        return fmt.UNKNOWN, ""
    return first.name, f"{fmt.percent(_share(first, found))} of the critical path"


def _row(at: OperationTime, found: Explanation) -> Row:
    cells = {
        "operation": {
            "text": at.name or "(unnamed)",
            "sub": at.service,
            "href": links.operation(service=at.service, operation=at.name),
        },
        "on_path": number(at.on_path_ns, format_ns(at.on_path_ns)),
        "share": number(_share(at, found), fmt.percent(_share(at, found))),
        "exclusive": number(at.exclusive_ns, format_ns(at.exclusive_ns)),
        "inclusive": number(at.inclusive_ns, format_ns(at.inclusive_ns)),
        "count": number(at.count, fmt.count(at.count)),
    }
    return Row(f"{at.service}\n{at.name}", cells)


def _share(at: OperationTime, found: Explanation) -> float:
    return 100 * at.on_path_ns / max(1, found.duration_ns)


def _sentences(found: Explanation) -> None:
    listed = off_path(found.tree, found.root, found.operations, found.skew_tolerance_ns)[:MOST_OFF_PATH]
    sentences = [
        f"Making {at.name} faster helps nothing until {at.behind.name} is {format_ns(at.slack_ns)} faster."
        for at in listed
    ]
    sentences += found.notes
    with ui.element("ul").classes("al-sentences"):
        for sentence in sentences or ["Every operation is on the critical path, and the trace is sound."]:
            text(sentence, "li")
