"""The words of a search over traces as options; the platform understands the same ones."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import typer

from almenara_platform.cli.exceptions import WrongUse
from almenara_platform.exceptions import BadRequest
from almenara_platform.traces.durations import parse_duration

Service = Annotated[str | None, typer.Option(help="Spans of this service.")]
OperationName = Annotated[str | None, typer.Option("--operation", help="Spans with this name.")]
Pipeline = Annotated[str | None, typer.Option(help="The runs of this pipeline, instead of an operation.")]
Error = Annotated[
    bool | None, typer.Option("--error/--no-error", help="Failed spans, or those that did not.")
]
MinDuration = Annotated[
    str | None, typer.Option(metavar="TIME", help="At least as long, such as 5s or 300ms.")
]
MaxDuration = Annotated[str | None, typer.Option(metavar="TIME", help="At most as long.")]
Attribute = Annotated[
    list[str] | None,
    typer.Option(
        "--attribute", "-a", metavar="KEY=VALUE", help="With this attribute; may come several times."
    ),
]
Database = Annotated[bool, typer.Option("--database", help="Only calls to a database.")]
Since = Annotated[
    str | None, typer.Option(metavar="TIME", help="From then on: 2026-03-01T12:00Z, or 2h for ago.")
]
Until = Annotated[str | None, typer.Option(metavar="TIME", help="Before then.")]


def parameters(
    service: str | None,
    operation: str | None,
    error: bool | None,
    min_duration: str | None,
    max_duration: str | None,
    attribute: list[str] | None,
    database: bool,
    since: str | None,
    until: str | None,
) -> dict[str, Any]:
    """The words as parameters of the platform's API."""
    return {
        "service": service,
        "operation": operation,
        "error": error,
        "min_duration": min_duration,
        "max_duration": max_duration,
        "attribute": attribute or None,
        "database": database or None,
        "since": moment(since, "--since"),
        "until": moment(until, "--until"),
    }


def moment(text: str | None, option: str, now: datetime | None = None) -> str | None:
    """A time, or a duration before now, as ISO 8601; raises ``WrongUse``."""
    if not text:
        return None
    try:
        return datetime.fromisoformat(text).isoformat()
    except ValueError:
        pass
    try:
        return ((now or datetime.now(UTC)) - timedelta(seconds=parse_duration(text))).isoformat()
    except (BadRequest, OverflowError):
        raise WrongUse(
            f"{option} {text!r} is neither a time such as 2026-03-01T12:00Z nor one such as 2h"
        ) from None
