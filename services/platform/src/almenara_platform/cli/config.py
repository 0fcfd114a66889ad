"""almenara config show."""

from __future__ import annotations

import os
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import typer
from rich.table import Column, Table

from almenara_platform.cli import installation
from almenara_platform.cli.console import console, plain, print_json
from almenara_platform.cli.options import Json

if TYPE_CHECKING:
    from almenara_platform.cli.installed import Installation
    from almenara_platform.runtimes.members import Members

app = typer.Typer(no_args_is_help=True)


@app.callback()
def config() -> None:
    """Look at the settings."""


@app.command()
def show(context: typer.Context, as_json: Json = False) -> None:
    """Print every setting with its value and where that came from; secrets are masked."""
    rows = list(_members(installation.of(context)).describe())
    if as_json:
        print_json([{"section": section, **asdict(row)} for section, row in rows])
        return
    table = Table("setting", Column("variable", no_wrap=True), Column("value", overflow="fold"), "origin")
    for section, row in rows:
        name = f"{section}.{row.name}"
        table.add_row(name, row.env, plain(row.value or "-"), plain(row.origin))
    console().print(table)


def _members(here: Installation) -> Members:
    """The settings as a program started here reads them: with the almenara.toml of this folder, if any."""
    # Their imports take longer than the help of the commands.
    from almenara.settings.file import FILE_NAME
    from almenara_platform.runtimes.members import Members

    folder = Path.cwd()
    return Members.load(os.environ, folder) if (folder / FILE_NAME).is_file() else here.members
