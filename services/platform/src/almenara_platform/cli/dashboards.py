"""almenara dashboards build."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from almenara_platform.cli import installation
from almenara_platform.cli.console import console
from almenara_platform.cli.exceptions import CommandError, WrongUse
from almenara_platform.slo.errors import InvalidSpec

app = typer.Typer(no_args_is_help=True)


@app.callback()
def dashboards() -> None:
    """Grafana dashboards, which are built in Python: edit almenara_platform/dashboards, not the JSON."""


@app.command()
def build(
    context: typer.Context,
    out: Annotated[Path | None, typer.Option(help="Folder to write to; else grafana/dashboards.")] = None,
    check: Annotated[bool, typer.Option("--check", help="Write nothing; exit 1 when files differ.")] = False,
) -> None:
    """Write the dashboards as JSON; files that belong to no dashboard go."""
    # Grafana's types take a second to import, which no other command need pay.
    from almenara_platform.dashboards import build as dashboards

    folder = out or installation.of(context).root / dashboards.FOLDER
    wanted = _wanted(installation.of(context).root)
    if check:
        _complain(folder, dashboards.stale(folder, wanted))
        return
    changed = dashboards.write(folder, wanted)
    console().print(f"{folder}: {', '.join(changed) or 'nothing'} changed.", markup=False)


def _wanted(root: Path) -> dict[str, str]:
    from almenara_platform.dashboards.build import files
    from almenara_platform.dashboards.config import read_config

    try:
        return files(read_config(root))
    except InvalidSpec as error:
        faults = [str(fault) for fault in error.faults]
        raise WrongUse("the configuration that dashboards take thresholds from is wrong", faults) from error


def _complain(folder: Path, stale: list[str]) -> None:
    if stale:
        raise CommandError(f"{', '.join(stale)} differ in {folder}; run `almenara dashboards build`")
    console().print(f"{folder} is up to date.", markup=False)
