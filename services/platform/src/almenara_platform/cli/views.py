"""How runs and traces look on a terminal; every function takes the API's JSON document."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from almenara_platform.cli.console import plain
from almenara_platform.cli.formats import DASH, count, cut, duration, first_line, local_time, number
from almenara_platform.counting import counted

Document = Mapping[str, Any]
ERROR_WIDTH = 80
STATE_STYLES = {
    "QUEUED": "dim",
    "START": "cyan",
    "RUNNING": "cyan",
    "COMPLETE": "green",
    "FAIL": "bold red",
    "ABORT": "yellow",
}


def state(name: str) -> Text:
    """A state of a run in its colour."""
    return plain(name, STATE_STYLES.get(name, ""))


def runs_table(runs: Sequence[Document]) -> Table:
    """One row a run."""
    table = Table("run", "pipeline", "state", "started", "took", "records", "error")
    for run in runs:
        error = plain(cut(first_line((run.get("error") or {}).get("message", "")), ERROR_WIDTH))
        started = local_time(run["started_at"] or run["queued_at"])
        facts = started, duration(run["duration_seconds"]), count(run["records"])
        table.add_row(run["run_id"], plain(run["pipeline"]), state(run["state"]), *facts, error)
    return table


def stage_table(run: Document) -> Table:
    """One row a stage, titled with the run's state."""
    table = Table("stage", "state", "records", "took", title=f"{run['state']}", title_justify="left")
    for stage in run["stages"]:
        facts = count(stage["records"]), duration(stage["duration_seconds"])
        table.add_row(plain(stage["name"]), state(stage["state"]), *facts)
    return table


def run_view(run: Document) -> RenderableType:
    """Everything known of one run, one part below the other."""
    return Group(_head(run), stage_table(run), *_quality(run), *_datasets(run), *_error(run))


def trace_tree(trace: Document) -> RenderableType:
    """Spans below their parents; a span whose parent is not in the trace stands at the top."""
    spans = sorted(trace["spans"], key=lambda span: span["start_ns"])
    known = {span["span_id"] for span in spans}
    children: dict[str | None, list[Document]] = defaultdict(list)
    for span in spans:
        parent = span["parent_span_id"]
        children[parent if parent in known and parent != span["span_id"] else None].append(span)
    tree = Tree(f"trace {trace['trace_id']}, {counted(len(spans), 'span')}")
    shown = _grow(tree, children)
    rest = [span for span in spans if span["span_id"] not in shown]
    for span in rest:
        tree.add(_span_line(span, "its parents form a circle"))
    return tree


def _grow(tree: Tree, children: Mapping[str | None, Sequence[Document]]) -> set[str]:
    """Hang every span below its parent without recursion; returns the ids that were reached."""
    shown: set[str] = set()
    waiting = [(tree, span) for span in reversed(children.get(None, ()))]
    while waiting:
        branch, span = waiting.pop()
        twig = branch.add(_span_line(span))
        # Of spans that share an id one has the children, or a circle through such an id would never end.
        if span["span_id"] not in shown:
            shown.add(span["span_id"])
            waiting += [(twig, child) for child in reversed(children.get(span["span_id"], ()))]
    return shown


def _span_line(span: Document, remark: str = "") -> Text:
    failed = span["status"]["code"] == "ERROR"
    line = plain(span["name"], "bold red" if failed else "bold")
    line.append(f"  {duration((span['end_ns'] - span['start_ns']) / 1e9)}", style="cyan")
    line.append(f"  {plain(span['service'])} {span['kind']}", style="dim")
    said = first_line(span["status"].get("message") or "") if failed else ""
    message = " ".join(filter(None, [said, remark]))
    return line.append(f"  {plain(message)}", style="red") if message else line


def _head(run: Document) -> Table:
    table = Table.grid(padding=(0, 2))
    facts = {
        "run": run["run_id"],
        "pipeline": f"{run['namespace']} / {run['pipeline']}",
        "trace": run["trace_id"] or DASH,
        "owner": run.get("owner") or DASH,
        "started": local_time(run["started_at"]),
        "ended": local_time(run["ended_at"]),
        "took": duration(run["duration_seconds"]),
    }
    for name, value in facts.items():
        table.add_row(name, plain(value))
    return table


def _quality(run: Document) -> Iterable[RenderableType]:
    results = [result for result in run["quality"] if not _is_full_column(result)]
    if not results:
        return
    left_out = len(run["quality"]) - len(results)
    table = Table("table", "check", "column", "value", "passed", title="Quality", title_justify="left")
    if left_out:
        are = "is" if left_out == 1 else "are"
        table.caption = f"{counted(left_out, 'column')} without a null {are} left out; --json has them"
    verdicts = {True: "yes", False: "[red]no[/red]", None: DASH}
    for result in results:
        names = plain(result["table"]), plain(result["check"]), plain(result["column"] or DASH)
        table.add_row(*names, number(result["value"]), verdicts[result["passed"]])
    yield table


def _is_full_column(result: Document) -> bool:
    return result["check"] == "null_percentage" and not result["value"] and result["passed"] is not False


def _datasets(run: Document) -> Iterable[RenderableType]:
    rows = [("read", dataset) for dataset in run["inputs"]]
    rows += [("wrote", dataset) for dataset in run["outputs"]]
    if not rows:
        return
    table = Table("", "dataset", "columns", "rows", title="Datasets", title_justify="left")
    for verb, dataset in rows:
        name = plain(f"{dataset['namespace']} / {dataset['name']}")
        table.add_row(verb, name, str(len(dataset["schema"])), count(dataset.get("rows")))
    yield table


def _error(run: Document) -> Iterable[RenderableType]:
    error = run.get("error")
    if not error:
        return
    for line in f"{error.get('type') or 'Error'}: {error['message']}".splitlines():
        yield plain(line, "bold red")
    for line in (error.get("stack") or "").splitlines():
        yield plain(line, "dim")
