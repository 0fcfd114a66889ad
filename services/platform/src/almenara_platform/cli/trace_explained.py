"""The commands that explain: one trace, many of one operation, and two sets of them."""

from __future__ import annotations

import sys
from dataclasses import asdict
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from almenara_platform.cli import installation, trace_source
from almenara_platform.cli import trace_words as words
from almenara_platform.cli.client import Api
from almenara_platform.cli.console import print_json
from almenara_platform.cli.exceptions import WrongUse
from almenara_platform.cli.known import explain_nothing
from almenara_platform.cli.options import Json
from almenara_platform.traces import sets
from almenara_platform.traces.durations import parse_duration
from almenara_platform.traces.port import TraceQuery

if TYPE_CHECKING:
    from almenara_platform.traces.samples import Samples

NANOSECONDS = 1_000_000_000
Source = Annotated[
    str,
    typer.Argument(
        metavar="TRACE",
        help="The id of a trace or a run, a file (- for stdin) of OTLP JSON or protobuf or Jaeger JSON, "
        "or the address of a trace in Jaeger's API.",
    ),
]
Side = Annotated[
    str, typer.Argument(help=f"A file, an address, the id of a trace or a run, or a set: {sets.HELP}.")
]
Root = Annotated[str | None, typer.Option(metavar="SPAN", help="Span where the path starts.")]
Which = Annotated[str | None, typer.Option("--trace", metavar="ID", help="Which trace of several.")]
Tolerance = Annotated[
    str,
    typer.Option(
        metavar="TIME",
        help="Spans of two services that overlap by less count as one after the other.",
    ),
]
Traces = Annotated[
    int, typer.Option("--traces", min=1, max=1000, help="How many traces to look at, the newest.")
]


class Format(StrEnum):
    """How an explained trace is printed."""

    TEXT = "text"
    JSON = "json"
    MERMAID = "mermaid"


def explain(
    context: typer.Context,
    source: Source,
    root: Root = None,
    trace: Which = None,
    skew_tolerance: Tolerance = "0s",
    format: Annotated[Format, typer.Option(help="Text fits a terminal and a review comment.")] = Format.TEXT,
    as_json: Json = False,
) -> None:
    """Show which milliseconds mattered: the critical path of a trace and where its time went.

    Works on files with nothing else running: `almenara trace explain trace.json`.
    """
    # What works on traces brings numpy; here and below it is imported where it is needed.
    from almenara_platform.traces.explain import explain as explain_trace
    from almenara_platform.traces.export.document import document
    from almenara_platform.traces.export.mermaid import mermaid
    from almenara_platform.traces.export.text import text

    chosen = trace_source.one_trace(source, trace, installation.of(context).platform)
    tolerance = round(parse_duration(skew_tolerance, "--skew-tolerance") * NANOSECONDS)
    found = explain_trace(chosen, root, tolerance)
    if as_json or format is Format.JSON:
        print_json(document(found))
    else:
        sys.stdout.write(mermaid(found) if format is Format.MERMAID else text(found))


@words.with_words
def operation(
    context: typer.Context,
    asked: words.Words,
    pipeline: words.Pipeline = None,
    traces: Traces = 200,
    as_json: Json = False,
) -> None:
    """Show where the time of an operation or pipeline goes over many traces, at p50, p95 and p99."""
    from almenara_platform.traces.export.many import aggregate_text

    platform = installation.of(context).platform
    found = platform.get("/api/v1/operations", **asked.parameters(), pipeline=pipeline, traces=traces)
    print_json(found) if as_json else sys.stdout.write(aggregate_text(found, _title(pipeline, asked)))


@words.with_words
def compare(
    context: typer.Context,
    before: Side,
    after: Side,
    asked: words.Words,
    pipeline: words.Pipeline = None,
    traces: Traces = 200,
    as_json: Json = False,
) -> None:
    """Show which operation grew from one set of traces to another, by how much, and example traces.

    `almenara trace compare good failed --pipeline ventas_etl`, or two files with nothing else running; their
    whole traces are compared unless an operation or pipeline is named.
    """
    from almenara_platform.traces.export.many import comparison_text

    platform = installation.of(context).platform
    if _at_hand(before) and _at_hand(after):
        from almenara_platform.traces.compare import compare as compare_samples

        query = asked.query(pipeline)
        sides = _samples(before, query, platform), _samples(after, query, platform)
        found: Any = asdict(compare_samples(*sides, (before, after)))
    elif _at_hand(before) or _at_hand(after):
        raise WrongUse("compare files and trace ids with each other, or two sets that the platform knows")
    else:
        both = {"before": before, "after": after, "pipeline": pipeline, "traces": traces}
        found = platform.get("/api/v1/operations/compare", **asked.parameters(), **both)
        if not as_json and not (found["before"]["samples"] and found["after"]["samples"]):
            explain_nothing(platform, pipeline)
    title = _title(pipeline, asked)
    print_json(found) if as_json else sys.stdout.write(comparison_text(found, title))


def _at_hand(side: str) -> bool:
    return trace_source.is_file(side) or trace_source.is_id(side) or trace_source.is_address(side)


def _samples(source: str, query: TraceQuery, platform: Api) -> Samples:
    from almenara_platform.traces.samples import collected

    return collected(trace_source.traces(source, platform), query)


def _title(pipeline: str | None, asked: words.Words) -> str:
    if pipeline:
        return f"Pipeline {pipeline}"
    where = f" [{asked.service}]" if asked.service else ""
    return f"{asked.operation}{where}" if asked.operation else f"Whole traces{where}"
