"""almenara lineage import: events out of a file, once, whatever happens on the way."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Annotated, Any, BinaryIO

import orjson
import typer
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from almenara_platform.cli import installation
from almenara_platform.cli.client import Api
from almenara_platform.cli.console import error_console, harmless, print_json
from almenara_platform.cli.exceptions import BodyTooLarge, CommandError, WrongUse
from almenara_platform.cli.options import Json
from almenara_platform.counting import counted

MOST_EVENTS = 1000
MOST_BYTES = 8 * 2**20
HEAD_BYTES = 4096
FAULTS_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Position:
    """How far an import has come: bytes and lines that are done, and what became of their events.

    ``head`` is a digest of the file's beginning, so that another file of the same name starts anew.
    """

    head: str
    offset: int = 0
    line: int = 0
    accepted: int = 0
    rejected: int = 0


@dataclass(frozen=True, slots=True)
class Batch:
    """Some events with the numbers of their lines; ``end`` and ``line`` are where the next batch begins."""

    events: Sequence[bytes]
    lines: Sequence[int]
    end: int
    line: int


def import_events(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="OpenLineage events, one JSON object a line.")],
    restart: Annotated[bool, typer.Option("--restart", help="Begin anew instead of going on.")] = False,
    as_json: Json = False,
) -> None:
    """Import events from an NDJSON file. An import that was stopped goes on where it was.

    Events that are there already change nothing. Exit code 1 when some were refused; they are told by line.
    """
    if not file.is_file():
        raise WrongUse(f"there is no file {file}")
    marker = file.with_name(file.name + ".imported")
    position = _resume(file, marker, restart)
    begun = position.offset
    platform = installation.of(context).platform
    faults: list[str] = []
    with file.open("rb") as events, _progress(file.stat().st_size, begun) as progress:
        events.seek(begun)
        for batch in batches(events, begun, position.line):
            position = _send(platform, batch, position, faults)
            _remember(marker, position)
            progress.update(progress.task_ids[0], completed=position.offset)
    marker.unlink(missing_ok=True)
    _tell(position, faults, as_json, file, resumed=begun > 0)


def batches(events: BinaryIO, offset: int, line: int) -> Iterator[Batch]:
    """The rest of a file in batches that one request can take."""
    texts: list[bytes] = []
    numbers: list[int] = []
    size = 0
    for text in events:
        line += 1
        offset += len(text)
        if text.strip():
            texts.append(text)
            numbers.append(line)
            size += len(text)
        if len(texts) >= MOST_EVENTS or size >= MOST_BYTES:
            yield Batch(texts, numbers, offset, line)
            texts, numbers, size = [], [], 0
    yield Batch(texts, numbers, offset, line)


def _resume(file: Path, marker: Path, restart: bool) -> Position:
    head = _head(file)
    if restart or not marker.is_file():
        return Position(head)
    try:
        known = Position(**orjson.loads(marker.read_bytes()))
    except (orjson.JSONDecodeError, TypeError):
        return Position(head)
    return known if known.head == head and known.offset <= file.stat().st_size else Position(head)


def _head(file: Path) -> str:
    with file.open("rb") as events:
        return hashlib.blake2b(events.readline(HEAD_BYTES), digest_size=16).hexdigest()


def _send(platform: Api, batch: Batch, position: Position, faults: list[str]) -> Position:
    moved = replace(position, offset=batch.end, line=batch.line)
    if not batch.events:
        return moved
    answer = _upload(platform, batch.events)
    for result in answer["results"]:
        if result["status"] >= 400 and len(faults) < FAULTS_SHOWN:
            faults.append(f"line {batch.lines[result['index']]}: {harmless(result['detail'])}")
    return replace(
        moved,
        accepted=position.accepted + answer["accepted"],
        rejected=position.rejected + answer["rejected"],
    )


def _upload(platform: Api, events: Sequence[bytes]) -> dict[str, Any]:
    """What became of these events; what is too much at once goes in two halves, down to single events."""
    body = b"\n".join(text.strip() for text in events)
    try:
        answer: dict[str, Any] = platform.upload("/api/v1/lineage/batch", body, "application/x-ndjson")
    except BodyTooLarge as error:
        half = len(events) // 2
        if not half:
            refused = {"index": 0, "status": 413, "detail": str(error)}
            return {"accepted": 0, "rejected": 1, "results": [refused]}
        first, second = (_upload(platform, part) for part in (events[:half], events[half:]))
        moved = [result | {"index": result["index"] + half} for result in second["results"]]
        counts = {name: first[name] + second[name] for name in ("accepted", "rejected")}
        return {**counts, "results": [*first["results"], *moved]}
    return answer


def _remember(marker: Path, position: Position) -> None:
    fresh = marker.with_name(marker.name + ".new")
    fresh.write_bytes(orjson.dumps(asdict(position)))
    fresh.replace(marker)


def _progress(size: int, begun: int) -> Progress:
    columns = (TextColumn("importing"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    progress = Progress(*columns, console=error_console(), transient=True)
    progress.add_task("import", total=size, completed=begun)
    return progress


def _tell(position: Position, faults: list[str], as_json: bool, file: Path, resumed: bool) -> None:
    numbers: dict[str, Any] = {"accepted": position.accepted, "rejected": position.rejected}
    if as_json:
        print_json(numbers | {"lines": position.line, "resumed": resumed, "faults": faults})
    else:
        again = ", went on where it had stopped" if resumed else ""
        typer.echo(
            f"{file}: {counted(position.accepted, 'event')} imported, {position.rejected:,} refused{again}"
        )
    if position.rejected:
        were = "was" if position.rejected == 1 else "were"
        raise CommandError(f"{counted(position.rejected, 'event')} {were} refused", faults)
