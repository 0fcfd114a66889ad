"""Commands on the parts: down, status, logs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated

import typer
from rich.table import Column, Table

from almenara_platform.cli import installation
from almenara_platform.cli.console import console, harmless, print_json
from almenara_platform.cli.exceptions import CommandError
from almenara_platform.cli.formats import DASH, duration
from almenara_platform.cli.options import Json
from almenara_platform.runtimes.port import PartStatus

Names = Annotated[list[str] | None, typer.Argument(help="Parts to show; all when none is named.")]
Follow = Annotated[bool, typer.Option("--follow", "-f", help="Go on with new lines until Ctrl-C.")]
Lines = Annotated[int, typer.Option("--lines", "-n", min=0, help="Lines of each part to begin with.")]


def down(context: typer.Context) -> None:
    """Stop every part and keep the data."""
    stopped = installation.of(context).runtime.down()
    console().print(f"Stopped {', '.join(stopped)}. The data is kept." if stopped else "Nothing was running.")


def status(context: typer.Context, as_json: Json = False) -> None:
    """Show each part, its process, health and address; exit code 1 unless all are healthy."""
    parts = installation.of(context).runtime.status()
    if as_json:
        print_json([asdict(part) for part in parts])
    else:
        _show_status(parts)
    if not all(part.healthy for part in parts):
        raise typer.Exit(1)


def logs(context: typer.Context, parts: Names = None, follow: Follow = False, lines: Lines = 20) -> None:
    """Show the last log lines of the parts."""
    out = console()
    runtime = installation.of(context).runtime
    silent = True
    for line in runtime.logs(parts or [], lines, follow):
        silent = False
        out.print(f"[dim]{line.part} |[/dim] ", end="")
        out.print(harmless(line.text), markup=False, soft_wrap=True)
    if silent and not runtime.is_running():
        raise CommandError("nothing runs and there are no log lines; start it with `make up`")


def started_table(parts: Sequence[PartStatus]) -> Table:
    """What was started: how long it took, and what is where."""
    table = Table(
        Column("part", no_wrap=True), "started in", Column("address", no_wrap=True), "what is there"
    )
    for part in parts:
        table.add_row(part.name, duration(part.start_seconds), part.url or DASH, part.shows)
    return table


def status_table(parts: Sequence[PartStatus]) -> Table:
    """How the parts are now."""
    table = Table(
        Column("part", no_wrap=True), "health", "pid", "up for", "restarts", Column("url", no_wrap=True)
    )
    for part in parts:
        ill = part.state if part.state == "stopped" else f"{part.state}, not healthy"
        health = "[green]healthy[/green]" if part.healthy else f"[red]{ill}[/red]"
        pid, restarts = str(part.pid or DASH), str(part.restarts)
        table.add_row(part.name, health, pid, duration(part.uptime_seconds), restarts, part.url or DASH)
    return table


def _show_status(parts: Sequence[PartStatus]) -> None:
    out = console()
    out.print(status_table(parts))
    for part in parts:
        if not part.healthy and part.pid:
            out.print(f"{part.name}: {part.detail}; see `almenara logs {part.name}`", markup=False)
    if not any(part.pid for part in parts):
        out.print("Nothing runs; start it with `make up`.", markup=False)
