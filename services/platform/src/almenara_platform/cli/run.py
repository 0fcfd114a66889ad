"""almenara run, run show and runs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any

import typer

from almenara_platform.cli import installation
from almenara_platform.cli.client import Api, segment
from almenara_platform.cli.console import console, error_console, print_json
from almenara_platform.cli.exceptions import WrongUse
from almenara_platform.cli.follow import follow
from almenara_platform.cli.groups import DefaultCommand
from almenara_platform.cli.known import known_pipelines, never_ran, refuse_unknown
from almenara_platform.cli.options import Json
from almenara_platform.cli.views import run_view, runs_table
from almenara_platform.runs.model import RunState

app = typer.Typer(cls=DefaultCommand, no_args_is_help=True)


def _day(text: str) -> date:
    try:
        return datetime.strptime(text, "%Y-%m-%d").date()
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not a day; write one such as 2017-03-01") from None


def _state(text: str) -> RunState:
    try:
        return RunState(text.upper())
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no state; there are {', '.join(RunState)}") from None


DAY: Any = {"parser": _day, "metavar": "YYYY-MM-DD"}
Day = Annotated[date | None, typer.Option("--day", help="One day, such as 2017-03-01.", **DAY)]
First = Annotated[date | None, typer.Option("--from", help="First day of several.", **DAY)]
Last = Annotated[date | None, typer.Option("--to", help="Last day of several.", **DAY)]
State = Annotated[
    RunState | None,
    typer.Option(parser=_state, metavar="STATE", help="Only runs in this state, such as FAIL."),
]
All = Annotated[bool, typer.Option("--all", help="Every day there is.")]
Fault = Annotated[str | None, typer.Option(help="Make the run fail on purpose, such as failing_transform.")]
Wait = Annotated[bool, typer.Option("--wait", "-w", help="Show progress until it has ended.")]
Pipeline = Annotated[str, typer.Argument(help="Name of the pipeline, such as ventas_etl.")]


@app.callback()
def run() -> None:
    """Start a run: `almenara run ventas_etl --day 2017-03-01`. Show one: `almenara run show ID`."""


@app.command()
def start(
    context: typer.Context,
    pipeline: Pipeline,
    day: Day = None,
    first: First = None,
    last: Last = None,
    everything: All = False,
    fault: Fault = None,
    wait: Wait = False,
    as_json: Json = False,
) -> None:
    """Start a run for one day, several, or all; its name `start` may be left out.

    With --wait the exit code is 1 unless the run completes.
    """
    here = installation.of(context)
    try:
        chosen = days(day, first, last, everything)
    except WrongUse as error:
        raise WrongUse(str(error), never_ran(here.platform, pipeline)) from error
    body = chosen | ({"fault": fault} if fault else {})
    accepted = submit(here.sample_api, pipeline, body)
    if as_json:
        print_json(accepted)
    else:
        console().print(f"Accepted as run {accepted['run_id']}, trace {accepted['trace_id']}", markup=False)
    if wait:
        follow(error_console() if as_json else console(), here.platform, accepted["run_id"])


@app.command()
def show(context: typer.Context, run_id: Annotated[str, typer.Argument()], as_json: Json = False) -> None:
    """Show a run: its stages, quality, datasets and error."""
    found = installation.of(context).platform.get(f"/api/v1/runs/{segment(run_id)}")
    print_json(found) if as_json else console().print(run_view(found))


def runs(
    context: typer.Context,
    pipeline: Annotated[str | None, typer.Option(help="Only runs of this pipeline.")] = None,
    state: State = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many.")] = 20,
    as_json: Json = False,
) -> None:
    """List runs, the newest first."""
    platform = installation.of(context).platform
    found = platform.get("/api/v1/runs", pipeline=pipeline, state=state, limit=limit)
    if as_json:
        print_json(found)
    elif found["items"]:
        console().print(runs_table(found["items"]))
    else:
        console().print(_none(platform, pipeline, state), markup=False)


def submit(sample_api: Api, pipeline: str, body: Mapping[str, Any]) -> Any:
    """Ask the sample API for a run; returns its run_id, trace_id and status_url."""
    return sample_api.post(f"/pipelines/{segment(pipeline)}/runs", body)


def days(day: date | None, first: date | None, last: date | None, everything: bool) -> dict[str, Any]:
    """The body of the request; raises ``WrongUse`` unless exactly one way to say the days was used."""
    ways = [day is not None, first is not None or last is not None, everything]
    if sum(ways) != 1 or (first is None) != (last is None):
        raise WrongUse("say which days: --day 2017-03-01, --from 2017-03-01 --to 2017-03-31, or --all")
    if first and last and first > last:
        raise WrongUse(f"--from {first} lies after --to {last}; the first day comes first")
    if everything:
        return {"all": True}
    if day:
        return {"day": f"{day:%Y-%m-%d}"}
    return {"from": f"{first:%Y-%m-%d}", "to": f"{last:%Y-%m-%d}"}


def _none(platform: Api, pipeline: str | None, state: RunState | None) -> str:
    """Why a list of runs is empty; raises ``WrongUse`` for a pipeline that there is not."""
    known = known_pipelines(platform)
    if not known:
        return "No run is known yet; start one: almenara run ventas_etl --day 2017-03-01"
    if pipeline:
        refuse_unknown(pipeline, known)
    return f"No run{f' of {pipeline}' if pipeline else ''} has the state {state}."
