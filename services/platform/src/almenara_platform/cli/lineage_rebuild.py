"""almenara lineage rebuild: the stored events read into the graph once more."""

from __future__ import annotations

import time
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from almenara_platform.cli import installation
from almenara_platform.cli.client import Api
from almenara_platform.cli.console import console, error_console, print_json
from almenara_platform.cli.options import Json
from almenara_platform.counting import counted

PATH = "/api/v1/lineage/rebuild"
LOOK_SECONDS = 1.0


def rebuild(
    context: typer.Context,
    wait: Annotated[bool, typer.Option(help="Return when it is done; the platform goes on anyway.")] = True,
    as_json: Json = False,
) -> None:
    """Read every stored event into the lineage graph again; what the graph holds already stays.

    An upgrade does this by itself where it has to. A restart of the platform goes on where it stopped.
    """
    platform = installation.of(context).platform
    total = platform.post(PATH, {})["events_left"]
    if wait and total:
        _watch(platform, total)
    left = 0 if wait else total
    if as_json:
        print_json({"events": total, "events_left": left})
    else:
        console().print(f"{total - left:,} of {counted(total, 'stored event')} read into the graph.")


def _watch(platform: Api, total: int) -> None:
    columns = (TextColumn("reading events"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=error_console(), transient=True) as progress:
        task = progress.add_task("rebuild", total=total)
        while (found := platform.get(PATH))["running"]:
            progress.update(task, completed=max(0, total - found["events_left"]))
            time.sleep(LOOK_SECONDS)
