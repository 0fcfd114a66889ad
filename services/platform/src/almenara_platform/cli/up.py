"""almenara up: start what does not run, wait for its health, and fill the pages once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from almenara_platform.cli import installation
from almenara_platform.cli.client import Api
from almenara_platform.cli.console import console
from almenara_platform.cli.follow import follow
from almenara_platform.cli.parts import started_table
from almenara_platform.cli.run import submit
from almenara_platform.runtimes.port import PartStatus, Started

if TYPE_CHECKING:
    from almenara_platform.cli.installed import Installation

FIRST_PIPELINE = "ventas_etl"
FirstRun = Annotated[
    bool, typer.Option("--first-run/--no-first-run", help=f"Run {FIRST_PIPELINE} once on all data.")
]


def up(context: typer.Context, first_run: FirstRun = True) -> None:
    """Start the platform, wait until every part is healthy and run ventas_etl once."""
    here = installation.of(context)
    out = console()
    out.print(f"Runtime: [bold]{here.choice.runtime}[/bold], because {here.choice.reason}.")
    with StartDisplay(out) as display:
        started = here.chosen_runtime.up(display)
    _report(out, started)
    if first_run:
        _first_run(out, here)
    _farewell(out, started)


class StartDisplay:
    """Shows the parts while they start: a spinner on a terminal, lines elsewhere."""

    def __init__(self, out: Console) -> None:
        self._out = out
        self._status = out.status("Starting ...")
        self._waiting: dict[str, PartStatus] = {}
        self._healthy: set[str] = set()

    def __enter__(self) -> StartDisplay:
        self._status.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._status.stop()

    def note(self, message: str) -> None:
        """Print a line above the spinner."""
        self._out.print(message, markup=False)

    def part(self, status: PartStatus) -> None:
        """Print a part once it is healthy; until then the spinner says what it waits for."""
        if status.healthy:
            self._waiting.pop(status.name, None)
            self._healthy.add(status.name)
        else:
            self._waiting[status.name] = status
        waiting = ", ".join(f"{part.name} ({part.detail})" for part in self._waiting.values())
        self._status.update(f"{len(self._healthy)} healthy; waiting for {waiting or 'the rest'}")


def _report(out: Console, started: Started) -> None:
    for note in started.notes if started.changed else ():
        out.print(note, markup=False, soft_wrap=True)
    out.print(started_table(started.parts))
    if not started.changed:
        out.print("Every part was running already; nothing was changed.")


def _first_run(out: Console, here: Installation) -> None:
    if _has_finished_run(here.platform):
        return
    run_id = _unfinished_run(here.platform)
    if run_id is None:
        out.print(f"Running {FIRST_PIPELINE} once on all the sample data, so that no page is empty:")
        run_id = submit(here.sample_api, FIRST_PIPELINE, {"all": True})["run_id"]
    else:
        out.print(f"Waiting for the first run of {FIRST_PIPELINE}:")
    follow(out, here.platform, run_id)


def _has_finished_run(platform: Api) -> bool:
    found = platform.get("/api/v1/runs", pipeline=FIRST_PIPELINE, state="COMPLETE", limit=1)
    return bool(found["items"])


def _unfinished_run(platform: Api) -> str | None:
    newest = platform.get("/api/v1/runs", pipeline=FIRST_PIPELINE, limit=1)["items"]
    waiting = [run["run_id"] for run in newest if run["state"] in {"QUEUED", "START", "RUNNING"}]
    return waiting[0] if waiting else None


def _farewell(out: Console, started: Started) -> None:
    console_url = next((part.url for part in started.parts if part.name == "platform"), None)
    if console_url:
        out.print(f"Open [bold]{console_url}[/bold]")
