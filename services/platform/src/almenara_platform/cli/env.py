"""almenara env."""

from __future__ import annotations

import shlex

import typer

from almenara_platform.cli import installation

NO_TOKEN = (
    "no write token is known here; make one with `make up`, or set ALMENARA_API_TOKEN to the one of the "
    "platform that ALMENARA_URL names"
)


def env(context: typer.Context) -> None:
    """Print the variables with which jobs send to this installation: eval "$(almenara env)"."""
    from almenara_platform.cli.write_token import NAME  # with the runtimes

    here = installation.of(context)
    values = {
        "ALMENARA_URL": here.platform.url,
        "ALMENARA_OTLP_ENDPOINT": here.otlp_endpoint,
        NAME: here.platform.token,
    }
    for name, value in values.items():
        if value:
            typer.echo(f"export {name}={shlex.quote(value)}")
    if not here.platform.token:
        typer.echo(f"almenara: {NO_TOKEN}", err=True)
