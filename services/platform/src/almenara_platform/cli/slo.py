"""almenara slo validate, generate, status and report."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from almenara_platform.cli import installation
from almenara_platform.cli.console import console, print_json
from almenara_platform.cli.exceptions import CommandError, WrongUse
from almenara_platform.cli.groups import without_arguments
from almenara_platform.cli.options import Json
from almenara_platform.cli.slo_views import status_table
from almenara_platform.counting import counted
from almenara_platform.slo.errors import InvalidSpec

if TYPE_CHECKING:
    from almenara_platform.cli.installed import Installation
    from almenara_platform.slo.model import Slo
    from almenara_platform.slo.pipelines import PipelineConfig

app = typer.Typer(no_args_is_help=True)
Specs = Annotated[
    list[Path] | None,
    typer.Argument(help="Files or folders in Almenara's, Sloth's or OpenSLO's format; else config/slos."),
]
SECONDS_OF_DAY = 86_400


class Form(StrEnum):
    """How the review is written."""

    MARKDOWN = "md"
    HTML = "html"
    JSON = "json"


@app.callback()
def slo() -> None:
    """Service level objectives: check the files, write Prometheus rules, see budgets, review a month."""


@app.command()
def validate(context: typer.Context, specs: Specs = None) -> None:
    """Check SLO files and config/pipelines.yaml; the first fault of each file is told with line and field."""
    here = installation.of(context)
    found = _load(here, specs)
    are = "is" if len(found) == 1 else "are"
    console().print(
        f"{counted(len(found), 'objective')} {are} right: {', '.join(slo.id for slo in found)}", markup=False
    )


@app.command()
def generate(
    context: typer.Context,
    specs: Specs = None,
    out: Annotated[Path | None, typer.Option(help="Folder to write to; else prometheus/rules.")] = None,
    check: Annotated[bool, typer.Option("--check", help="Write nothing; exit 1 when files differ.")] = False,
) -> None:
    """Write Prometheus rules: a file per pipeline and thresholds.yml; files that are obsolete go."""
    # The readers of the formats take longer to import than the other commands run.
    from almenara_platform.slo import generate as rules

    here = installation.of(context)
    files = rules.generate(_load(here, specs), _pipelines(here))
    folder = out or here.root / "prometheus/rules"
    if check:
        stale = rules.stale_files(folder, files, whole=not specs)
        if stale:
            raise CommandError(f"{', '.join(stale)} differ in {folder}; run `almenara slo generate`")
        console().print(f"{folder} is up to date.", markup=False)
        return
    with _writing(folder):
        changed = rules.write_files(folder, files, whole=not specs)
    console().print(f"{folder}: {', '.join(changed) or 'nothing'} changed.", markup=False)


@app.command(cls=without_arguments("it shows every objective"))
def status(context: typer.Context, as_json: Json = False) -> None:
    """Show SLI, objective, budget left, burn rates and time to exhaustion of every objective."""
    found = installation.of(context).platform.get("/api/v1/slos")
    print_json(found) if as_json else console().print(status_table(found["items"]))


@app.command(cls=without_arguments("write --month {}"))
def report(
    context: typer.Context,
    month: Annotated[str | None, typer.Option(help="Such as 2026-11; this month by default.")] = None,
    form: Annotated[Form, typer.Option("--format", help="How to write it.")] = Form.MARKDOWN,
    out: Annotated[Path | None, typer.Option(help="File to write to instead of the terminal.")] = None,
) -> None:
    """Write the monthly review: what was promised, what was kept, and which runs burnt the budgets."""
    asked = month or datetime.now(UTC).strftime("%Y-%m")
    text = installation.of(context).platform.text("/api/v1/slo-review", month=asked, format=form.value)
    if out is None:
        typer.echo(text)
        return
    with _writing(out):
        out.write_text(text, encoding="utf-8")
    console().print(f"Wrote {out}", markup=False)


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    """Says what cannot be written, and why."""
    try:
        yield
    except OSError as error:
        raise CommandError(f"{path} cannot be written: {error.strerror}") from error


def _load(here: Installation, specs: list[Path] | None) -> list[Slo]:
    """The objectives, checked; a fault ends the command with exit code 2 before anything is written."""
    from almenara_platform.slo.buckets import check_buckets, run_buckets
    from almenara_platform.slo.load import load_slos

    retention = round(here.members.value("ALMENARA_RETENTION_DAYS") * SECONDS_OF_DAY)
    try:
        _pipelines(here)
        found = load_slos(specs or [here.root / "config/slos"], retention)
        check_buckets(found, run_buckets(here.root / "config/telemetry.yaml"))
    except InvalidSpec as error:
        faults = [str(fault) for fault in error.faults]
        raise WrongUse(counted(len(faults), "fault"), faults) from error
    return found


def _pipelines(here: Installation) -> PipelineConfig:
    from almenara_platform.slo.pipelines import load_pipelines

    return load_pipelines(here.root / "config/pipelines.yaml")
