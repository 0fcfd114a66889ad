"""almenara trace show, find, explain, operation and compare."""

from __future__ import annotations

from typing import Annotated

import typer

from almenara_platform.cli import installation, trace_source
from almenara_platform.cli import trace_words as words
from almenara_platform.cli.console import console, print_json
from almenara_platform.cli.groups import without_arguments
from almenara_platform.cli.options import Json
from almenara_platform.cli.trace_explained import compare, explain, operation
from almenara_platform.cli.trace_views import no_trace, traces_table
from almenara_platform.cli.views import trace_tree

app = typer.Typer(no_args_is_help=True)
TraceId = Annotated[str, typer.Argument(metavar="ID", help="The id of a trace or a run.")]


@app.callback()
def trace() -> None:
    """Look at traces: draw one, find some, explain where the time went and what changed."""


@app.command()
def show(context: typer.Context, trace_id: TraceId, as_json: Json = False) -> None:
    """Show the spans of a trace as a tree with their durations."""
    found = trace_source.document(trace_id, installation.of(context).platform)
    print_json(found) if as_json else console().print(trace_tree(found))


@app.command(cls=without_arguments("write --service {} or --operation {}"))
@words.with_words
def find(
    context: typer.Context,
    asked: words.Words,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many.")] = 20,
    cursor: Annotated[str | None, typer.Option(help="`next` of the page before.")] = None,
    as_json: Json = False,
) -> None:
    """List traces in which one span meets every condition, the newest first.

    Slow calls to a database: --database --min-duration 1s. A user's traces: --attribute user.id=ana.
    """
    platform = installation.of(context).platform
    found = platform.get("/api/v1/traces", **asked.parameters(), limit=limit, cursor=cursor)
    if as_json:
        print_json(found)
    elif asked.service and not found["items"]:
        console().print(no_trace(asked.service, platform.get("/api/v1/services")["items"]))
    else:
        console().print(traces_table(found))


app.command()(explain)
app.command(cls=without_arguments("write --operation {} or --pipeline {}"))(operation)
app.command()(compare)
