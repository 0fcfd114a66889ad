"""almenara silence: quiet alerts for a while, with a name, a reason and an end."""

from __future__ import annotations

import getpass
import re
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import typer
from rich.table import Table

from almenara_platform.cli import installation
from almenara_platform.cli.client import Api, segment
from almenara_platform.cli.console import console, plain, print_json
from almenara_platform.cli.exceptions import WrongUse
from almenara_platform.cli.formats import local_time
from almenara_platform.cli.options import Json
from almenara_platform.slo.duration import parse_duration

app = typer.Typer(no_args_is_help=True)
LONGEST = timedelta(days=30)
_MATCHER = re.compile(r"([a-zA-Z_][a-zA-Z0-9_]*)(=~|!~|!=|=)(.*)", re.DOTALL)


@app.callback()
def silence() -> None:
    """Maintenance: silence alerts until a time, list silences, end one early."""


@app.command()
def add(
    context: typer.Context,
    reason: Annotated[str, typer.Option(help="Why; everybody who looks at the silence reads it.")],
    lasting: Annotated[str | None, typer.Option("--for", help="How long, such as 2h or 1d.")] = None,
    until: Annotated[datetime | None, typer.Option(help="When it ends, in local time.")] = None,
    author: Annotated[str, typer.Option(help="Who silences; you by default.")] = "",
    alert: Annotated[str | None, typer.Option(help="Name of the alert, such as RunLate.")] = None,
    pipeline: Annotated[str | None, typer.Option("--pipeline", "-p", help="Only of this pipeline.")] = None,
    match: Annotated[
        list[str] | None, typer.Option(help="Further matchers, such as 'severity=~warning|none'.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Silence alerts: `almenara silence add --pipeline ventas_etl --for 2h --reason "source moves"`."""
    matchers = [_equal("alertname", alert), _equal("pipeline", pipeline), *map(_matcher, match or [])]
    chosen = [matcher for matcher in matchers if matcher]
    if not chosen:
        raise WrongUse("say what to silence: --alert, --pipeline or --match")
    if not reason.strip():
        raise WrongUse("say why: --reason 'source moves'")
    start = datetime.now(UTC)
    end = _end(start, lasting, until)
    body = {
        "matchers": chosen,
        "startsAt": start.isoformat(),
        "endsAt": end.isoformat(),
        "createdBy": author or getpass.getuser(),
        "comment": reason,
    }
    made = installation.of(context).alertmanager.post("/api/v2/silences", body)
    if as_json:
        print_json(made | {"ends_at": end.isoformat()})
    else:
        console().print(f"Silence {made['silenceID']} until {local_time(end.isoformat())}", markup=False)


@app.command("list")
def list_silences(context: typer.Context, as_json: Json = False) -> None:
    """List the silences that hold or wait, with author, reason and end."""
    current = _current(installation.of(context).alertmanager)
    if as_json:
        print_json(current)
    else:
        console().print(_table(current) if current else "No silence holds or waits.")


@app.command()
def end(context: typer.Context, silence_id: Annotated[str, typer.Argument()]) -> None:
    """End a silence now."""
    alertmanager = installation.of(context).alertmanager
    if silence_id not in (each["id"] for each in _current(alertmanager)):
        raise WrongUse(f"no silence {silence_id} holds or waits; `almenara silence list` shows those that do")
    alertmanager.delete(f"/api/v2/silence/{segment(silence_id)}")
    console().print(f"Silence {silence_id} has ended.", markup=False)


def _current(alertmanager: Api) -> list[dict[str, Any]]:
    """The silences that hold or wait."""
    found = alertmanager.get("/api/v2/silences")
    return [each for each in found if each["status"]["state"] != "expired"]


def _end(start: datetime, lasting: str | None, until: datetime | None) -> datetime:
    if (lasting is None) == (until is None):
        raise WrongUse("say when it ends: either --for 2h or --until '2026-11-22 18:00'")
    try:
        length = timedelta(seconds=parse_duration(lasting)) if lasting else None
    except ValueError as error:
        raise WrongUse(str(error)) from error
    found = start + length if length else (until or start).astimezone(UTC)
    if not start < found <= start + LONGEST:
        raise WrongUse(
            f"a silence ends in the future and within {LONGEST.days} days, not {found.isoformat()}"
        )
    return found


def _equal(name: str, value: str | None) -> dict[str, Any] | None:
    return {"name": name, "value": value, "isRegex": False, "isEqual": True} if value else None


def _matcher(text: str) -> dict[str, Any]:
    found = _MATCHER.fullmatch(text)
    if not found:
        raise WrongUse(f"{text!r} is no matcher; write label=value or label=~regex, with ! to negate")
    name, operator, value = found.groups()
    return {"name": name, "value": value, "isRegex": "~" in operator, "isEqual": not operator.startswith("!")}


def _table(silences: list[dict[str, Any]]) -> Table:
    table = Table("silence", "matches", "until", "by", "reason", "state")
    for each in sorted(silences, key=lambda silence: silence["endsAt"]):
        matchers = ", ".join(map(_written, each["matchers"]))
        cells = (each["id"], matchers, local_time(each["endsAt"]), each["createdBy"], each["comment"])
        table.add_row(*map(plain, (*cells, each["status"]["state"])))
    return table


def _written(matcher: dict[str, Any]) -> str:
    equal, regex = matcher.get("isEqual", True), matcher["isRegex"]
    operator = {(True, False): "=", (False, False): "!=", (True, True): "=~", (False, True): "!~"}
    return f"{matcher['name']}{operator[equal, regex]}{matcher['value']}"
