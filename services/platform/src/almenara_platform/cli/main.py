"""The command line of Almenara."""

from __future__ import annotations

from importlib.metadata import version
from typing import Annotated

import typer

from almenara_platform.cli import (
    clean,
    config,
    dashboards,
    datahub,
    doctor,
    env,
    lineage,
    outbox,
    parts,
    query,
    run,
    silence,
    slo,
    trace,
)
from almenara_platform.cli.groups import ClearErrors, without_arguments
from almenara_platform.cli.up import up

app = typer.Typer(
    cls=ClearErrors,
    name="almenara",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(version("almenara-platform"))
        raise typer.Exit


@app.callback()
def almenara(
    _version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Observability for data pipelines: what broke, why, who is affected, where does the data go.

    Exit codes: 0 done, 1 failed or unhealthy, 2 wrong use.
    """


for command in (
    up,
    parts.down,
    parts.status,
    parts.logs,
    clean.clean,
    doctor.doctor,
    env.env,
    query.query,
):
    app.command()(command)
app.command(cls=without_arguments("write --pipeline {}"))(run.runs)
for name, group in (
    ("run", run.app),
    ("trace", trace.app),
    ("config", config.app),
    ("lineage", lineage.app),
    ("outbox", outbox.app),
    ("datahub", datahub.app),
    ("slo", slo.app),
    ("silence", silence.app),
    ("dashboards", dashboards.app),
):
    app.add_typer(group, name=name)
