"""almenara outbox: what waits for Marquez and DataHub, what they refused, and sending it again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from almenara_platform.cli import editor, installation
from almenara_platform.cli.client import Api, segment
from almenara_platform.cli.console import console, print_json
from almenara_platform.cli.exceptions import WrongUse
from almenara_platform.cli.options import Json
from almenara_platform.cli.outbox_views import backlog_table, dead_table, letter_view

app = typer.Typer(invoke_without_command=True)
DEAD = "/api/v1/outbox/dead"
STDIN = Path("-")
Number = Annotated[int, typer.Argument(min=1, help="Number of the dead letter.")]
Numbers = Annotated[list[int] | None, typer.Argument(min=1, help="Numbers of dead letters.")]
Destination = Annotated[str | None, typer.Option(help="Only of this destination, such as marquez.")]


@app.callback()
def outbox(context: typer.Context) -> None:
    """Lineage on its way to Marquez and DataHub: what waits, what was refused, mend it and send it again."""
    if context.invoked_subcommand is None:
        status(context)


@app.command()
def status(context: typer.Context, as_json: Json = False) -> None:
    """Show for each destination what waits, for how long and why, and how many dead letters there are."""
    found = _platform(context).get("/api/v1/outbox")
    print_json(found) if as_json else console().print(backlog_table(found["items"]))


@app.command()
def dead(
    context: typer.Context,
    destination: Destination = None,
    run: Annotated[str | None, typer.Option(help="Only of this run.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many.")] = 50,
    as_json: Json = False,
) -> None:
    """List the events that were refused for good, each with its reason."""
    found = _platform(context).get(DEAD, destination=destination, run_id=run, limit=limit)
    if as_json:
        print_json(found)
        return
    console().print(dead_table(found["items"]))
    if found["next"]:
        console().print("There are more; raise --limit to see them.")


@app.command()
def show(
    context: typer.Context,
    number: Number,
    event: Annotated[
        bool, typer.Option("--event", help="Print the event alone, as JSON to mend in a file.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Show a dead letter with its reason and its event."""
    found = _platform(context).get(f"{DEAD}/{number}")
    if event or as_json:
        print_json(found["event"] if event else found)
    else:
        console().print(letter_view(found))


@app.command()
def replay(
    context: typer.Context,
    numbers: Numbers = None,
    everything: Annotated[bool, typer.Option("--all", help="Every dead letter.")] = False,
    destination: Destination = None,
) -> None:
    """Send dead letters again as they are: `almenara outbox replay 7 8`, or with --all."""
    if bool(numbers) == everything:
        raise WrongUse("say which: numbers out of `almenara outbox dead`, or --all")
    if destination and not everything:
        raise WrongUse("--destination goes with --all; a number belongs to one destination anyway")
    platform = _platform(context)
    if everything:
        query = f"?destination={segment(destination)}" if destination else ""
        count = platform.post(f"{DEAD}/replay{query}", {})["replayed"]
    else:
        count = sum(platform.post(f"{DEAD}/{number}/replay", {})["replayed"] for number in numbers or ())
    again = "1 waits again" if count == 1 else f"{count:,} wait again"
    console().print(f"{again}; `almenara outbox` shows what becomes of them.")


@app.command()
def discard(
    context: typer.Context,
    numbers: Annotated[list[int], typer.Argument(min=1, help="Numbers of dead letters.")],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Take dead letters off the list; they are never sent. The platform's own lineage keeps the events."""
    if not yes:
        typer.confirm(f"Never send {', '.join(map(str, numbers))}?", abort=True)
    for number in numbers:
        _platform(context).send(f"{DEAD}/{number}/discard")
    console().print(f"{len(numbers)} discarded.")


@app.command()
def mend(
    context: typer.Context,
    number: Number,
    file: Annotated[
        Path | None, typer.Argument(help="The mended event; - for stdin. Left out, an editor opens.")
    ] = None,
) -> None:
    """Correct the event of a dead letter and send it: in an editor, or from a file.

    `almenara outbox show 7 --event > event.json`, mend it, `almenara outbox mend 7 event.json`.
    """
    platform = _platform(context)
    text = _edited(platform, number) if file is None else _read(file)
    platform.post(f"{DEAD}/{number}/replay", {"event": _event(text)})
    console().print(f"{number} waits again, mended; `almenara outbox` shows what becomes of it.")


def _platform(context: typer.Context) -> Api:
    return installation.of(context).platform


def _edited(platform: Api, number: int) -> str:
    before = orjson.dumps(platform.get(f"{DEAD}/{number}")["event"], option=orjson.OPT_INDENT_2).decode()
    after = editor.edit(before, ".json")
    if after.strip() == before.strip():
        raise WrongUse("nothing was changed, so nothing is sent; `almenara outbox replay` sends it as it is")
    return after


def _read(file: Path) -> str:
    try:
        return typer.get_text_stream("stdin").read() if file == STDIN else file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise WrongUse(f"{file} cannot be read: {error}") from error


def _event(text: str) -> dict[str, Any]:
    try:
        event = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise WrongUse(f"this is not JSON: {error}; nothing was sent") from error
    if not isinstance(event, dict):
        raise WrongUse("an OpenLineage event is a JSON object; nothing was sent")
    return event
