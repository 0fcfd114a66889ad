"""Follows a run until it ends, by asking the platform for its stages."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

from rich.console import Console
from rich.live import Live

from almenara_platform.cli.client import Api, segment
from almenara_platform.cli.console import harmless
from almenara_platform.cli.exceptions import CommandError, RunFailed, Unreachable, WrongUse
from almenara_platform.cli.formats import duration, first_line
from almenara_platform.cli.views import stage_table
from almenara_platform.counting import counted

POLL_SECONDS = 0.5
UNKNOWN_SECONDS = 60
FINAL = {"COMPLETE", "FAIL", "ABORT"}
Run = dict[str, Any]


def follow(out: Console, platform: Api, run_id: str) -> Run:
    """Show progress until the run has ended; returns it, raises ``RunFailed`` unless it completed."""
    show = _live if out.is_terminal else _lines
    try:
        run = show(out, changes(platform, run_id))
    except KeyboardInterrupt:
        out.print(f"It goes on without you; see `almenara run show {run_id}`.", markup=False)
        raise
    records = "" if run["records"] is None else f", {counted(run['records'], 'record')}"
    summary = f"{run['pipeline']} {run['state']}{records}"
    out.print(f"{summary} in {duration(run['duration_seconds'])}; run {run_id}", markup=False)
    if run["state"] != "COMPLETE":
        raise _failure(run)
    return run


def changes(
    platform: Api,
    run_id: str,
    wait: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[Run]:
    """The run as often as it is asked for, the last time when it has ended.

    A run that the platform does not know yet, or a platform that does not answer, is waited for a minute.
    """
    heard = clock()
    while True:
        try:
            run = platform.get(f"/api/v1/runs/{segment(run_id)}")
        except (Unreachable, WrongUse) as error:
            if clock() - heard > UNKNOWN_SECONDS:
                raise _lost(run_id, error) from error
        else:
            heard = clock()
            yield run
            if run["state"] in FINAL:
                return
        wait(POLL_SECONDS)


def _live(out: Console, runs: Iterator[Run]) -> Run:
    run: Run = {}
    with Live(console=out, refresh_per_second=8, transient=False) as live:
        for run in runs:
            live.update(stage_table(run))
    return run


def _lines(out: Console, runs: Iterator[Run]) -> Run:
    """One line whenever the state of the run or of a stage changes."""
    run: Run = {}
    told: set[tuple[str, str]] = set()
    for run in runs:
        for stage in run["stages"]:
            if (stage["name"], stage["state"]) not in told:
                told.add((stage["name"], stage["state"]))
                out.print(f"  {harmless(stage['name'])} {stage['state']}{_facts(stage)}", markup=False)
    return run


def _facts(stage: dict[str, Any]) -> str:
    """What is known of a stage so far; nothing of one that has only begun."""
    records = f" {counted(stage['records'], 'record')}" if stage["records"] else ""
    seconds = stage["duration_seconds"]
    return records if seconds is None else f"{records or ' 0 records'} in {duration(seconds)}"


def _failure(run: Run) -> RunFailed:
    error = run.get("error") or {}
    facts = (error.get("type"), first_line(error.get("message") or ""))
    why = ": ".join(harmless(fact) for fact in facts if fact)
    what = f"{run['pipeline']} ended with {run['state']} ({why or 'no reason given'})"
    return RunFailed(f"{what}; see `almenara run show {run['run_id']}`")


def _lost(run_id: str, error: CommandError) -> CommandError:
    what = f"nothing was heard of run {run_id} for {UNKNOWN_SECONDS} s ({error})"
    return CommandError(f"{what}; see `almenara status`")
