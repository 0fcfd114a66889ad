"""almenara doctor: what could be wrong on this machine and what to do about it."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer
from rich.table import Table

from almenara_platform.cli import installation
from almenara_platform.cli.console import console, plain, print_json
from almenara_platform.cli.options import Json
from almenara_platform.exceptions import AlmenaraPlatformError
from almenara_platform.runtimes import choice
from almenara_platform.runtimes.dotenv import DotEnv

if TYPE_CHECKING:
    from almenara_platform.cli.installed import Installation

OLDEST_PYTHON = (3, 11)
FREE_GIGABYTES = 2
STYLES = {"ok": "green", "note": "cyan", "problem": "bold red"}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. ``verdict`` is ok, note (no fault) or problem."""

    subject: str
    verdict: str
    detail: str
    advice: str = ""


def doctor(context: typer.Context, as_json: Json = False) -> None:
    """Look for what could be wrong here and say what to do; exit code 1 when something is."""
    findings = [finding for check in CHECKS for finding in _run(check, installation.of(context))]
    if as_json:
        print_json([asdict(finding) for finding in findings])
    else:
        console().print(_table(findings))
    if any(finding.verdict == "problem" for finding in findings):
        raise typer.Exit(1)


def _run(check: Callable[[Installation], Iterator[Finding]], here: Installation) -> Iterator[Finding]:
    """A check that cannot be made is a finding as well."""
    from almenara.exceptions import SettingsError  # with the whole SDK, which other commands need not pay

    try:
        yield from check(here)
    except (AlmenaraPlatformError, SettingsError, OSError) as error:
        yield Finding(check.__name__.strip("_"), "problem", str(error))


def _python(here: Installation) -> Iterator[Finding]:
    version = ".".join(map(str, sys.version_info[:3]))
    good = sys.version_info >= OLDEST_PYTHON
    yield Finding("Python", "ok" if good else "problem", version, "" if good else "install 3.11 or newer")


def _settings(here: Installation) -> Iterator[Finding]:
    changed = [row.name for _, row in here.members.describe() if row.origin != "default"]
    yield Finding("settings", "ok", f"{len(changed)} not at their default; see `almenara config show`")


def _runtime(here: Installation) -> Iterator[Finding]:
    chosen = f"{here.choice.runtime}, because {here.choice.reason}"
    told = f"none runs; `make up` takes {chosen}"
    if here.runtime.is_running():
        other = here.runtime.name != here.choice.runtime
        told = f"{here.runtime.name} runs" + (f"; `make up` would take {chosen}" if other else "")
    yield Finding("runtime", "ok", told)
    complaint = choice.engine_complaint()
    yield Finding("Docker", "note" if complaint else "ok", complaint or "an engine answers")


def _disk(here: Installation) -> Iterator[Finding]:
    folder = _existing(installation.data_folder(here))
    free = shutil.disk_usage(folder).free / 1e9
    good = free >= FREE_GIGABYTES
    verdict, advice = ("ok", "") if good else ("problem", "make room")
    yield Finding("disk", verdict, f"{free:.1f} GB free in {folder}", advice)


def _secrets(here: Installation) -> Iterator[Finding]:
    from almenara_platform.runtimes.declared import SECRETS  # with the runtimes

    if here.runtime.name == "compose":
        path = here.root / ".env"
        made = not DotEnv(path).read().keys().isdisjoint(SECRETS)
    else:
        path = installation.data_folder(here) / "secrets"
        made = path.exists()
    if not made:
        yield Finding("secrets", "note", "none yet; `make up` makes them")
        return
    open_to_others = path.stat().st_mode & 0o077
    verdict, advice = ("problem", f"chmod 600 {path}") if open_to_others else ("ok", "")
    yield Finding("secrets", verdict, f"{path} has mode {path.stat().st_mode & 0o777:o}", advice)


def _programs(here: Installation) -> Iterator[Finding]:
    for name in ("prometheus", "alertmanager"):
        found = shutil.which(name)
        detail = found or "not on PATH; the embedded runtime goes without it"
        yield Finding(name, "ok" if found else "note", detail)


def _parts(here: Installation) -> Iterator[Finding]:
    running = here.runtime.is_running()
    for part in here.runtime.status():
        if part.healthy and part.pid:
            where = f" at {part.url}" if part.url else ""
            yield Finding(part.name, "ok", f"healthy{where}, {part.restarts} restarts")
        elif running:
            yield Finding(part.name, "problem", part.detail, f"see `almenara logs {part.name}`")
        elif part.url:
            yield _port(part.name, part.url)
        else:
            yield Finding(part.name, "note", "not running", "make up")


def _port(name: str, url: str) -> Finding:
    """Nothing runs yet: the port has to be free."""
    from almenara_platform.runtimes import ports  # with psutil

    port = int(url.rpartition(":")[2])
    if ports.is_free(port):
        return Finding(name, "note", f"not running; port {port} is free", "make up")
    holder = ports.holder_of(port) or "a process of another user or a container"
    return Finding(name, "problem", f"port {port} is held by {holder}", "stop that or choose another port")


def _existing(folder: Path) -> Path:
    return next(path for path in (folder, *folder.parents) if path.exists())


def _table(findings: list[Finding]) -> Table:
    table = Table("", "what", "found", "what to do")
    for finding in findings:
        verdict = plain(finding.verdict, STYLES[finding.verdict])
        table.add_row(verdict, plain(finding.subject), plain(finding.detail), plain(finding.advice))
    return table


CHECKS = (_python, _settings, _runtime, _disk, _secrets, _programs, _parts)
