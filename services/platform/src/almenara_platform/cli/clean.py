"""almenara clean: remove the data of both runtimes, and tell what was removed and what was not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from almenara_platform.cli import installation
from almenara_platform.cli.console import console, error_console
from almenara_platform.runtimes.exceptions import RuntimeFailure

if TYPE_CHECKING:
    from almenara_platform.cli.installed import Installation

Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]


def clean(context: typer.Context, yes: Yes = False) -> None:
    """Stop every part and remove the data of both runtimes: runs, traces, logs, warehouse, secrets.

    The data is what the data folder holds and, where a Docker engine answers, the volumes of Docker
    Compose; `RUNTIME=embedded` leaves these alone. `.env` stays, for it may hold lines of your own.
    """
    here = installation.of(context)
    if not yes and not typer.confirm(_question(here)):
        console().print("Nothing was removed.")
        return
    failures = _remove(here)
    for failure in failures:
        error_console().print(f"error: {failure}", markup=False, soft_wrap=True)
        for line in failure.details:
            error_console().print(f"  {line}", markup=False, soft_wrap=True)
    if failures:
        raise typer.Exit(1)


def _question(here: Installation) -> str:
    places = str(installation.data_folder(here))
    if not here.beyond_reach:
        places += " and the volumes of Docker Compose"
    data = "all data (runs, traces, logs, warehouse, secrets)"
    return f"Stop every part and remove {data} in {places}? .env stays"


def _remove(here: Installation) -> list[RuntimeFailure]:
    """Remove what can be removed and say so; returns why the rest could not be."""
    removed: list[str] = []
    failures: list[RuntimeFailure] = []
    for runtime in here.with_data():
        try:
            removed += runtime.clean()
        except RuntimeFailure as failure:
            failures.append(failure)
    for sentence in _outcome(here, removed, complete=not failures):
        console().print(sentence, markup=False, soft_wrap=True)
    return failures


def _outcome(here: Installation, removed: Sequence[str], *, complete: bool) -> Iterator[str]:
    yield f"Removed {' and '.join(removed)}." if removed else "No data was removed."
    if here.beyond_reach:
        yield f"Volumes of Docker Compose, if there are any, were left: {here.beyond_reach}."
    folder = installation.data_folder(here)
    if complete and folder.exists() and any(folder.iterdir()):
        yield f"{folder} still holds what `make up` did not make; look into it and remove it by hand."
    if (here.root / ".env").exists():
        yield f"{here.root / '.env'} stays, with its secrets."
