"""almenara trace show."""

from __future__ import annotations

from typing import Annotated

import typer

from almenara_platform.cli import installation
from almenara_platform.cli.client import segment
from almenara_platform.cli.console import console, print_json
from almenara_platform.cli.options import Json
from almenara_platform.cli.views import trace_tree

app = typer.Typer(no_args_is_help=True)


@app.callback()
def trace() -> None:
    """Look at traces."""


@app.command()
def show(context: typer.Context, trace_id: Annotated[str, typer.Argument()], as_json: Json = False) -> None:
    """Show the spans of a trace as a tree with their durations."""
    found = installation.of(context).platform.get(f"/api/v1/traces/{segment(trace_id)}")
    print_json(found) if as_json else console().print(trace_tree(found))
