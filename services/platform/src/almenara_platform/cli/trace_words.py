"""The words of a search over traces as options; the platform understands the same ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from functools import wraps
from inspect import Parameter, signature
from typing import Annotated, Any, get_type_hints

import typer

from almenara_platform.cli.exceptions import WrongUse
from almenara_platform.exceptions import BadRequest
from almenara_platform.traces.durations import parse_duration
from almenara_platform.traces.port import TraceQuery
from almenara_platform.traces.queries import subject, trace_query

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


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one search, each as it was written or its default."""

    service: Service = None
    operation: OperationName = None
    error: Error = None
    min_duration: MinDuration = None
    max_duration: MaxDuration = None
    attribute: Attribute = None
    database: Database = False
    since: Since = None
    until: Until = None

    def parameters(self) -> dict[str, Any]:
        """The words as parameters of the platform's API; raises ``WrongUse``."""
        return {
            "service": self.service,
            "operation": self.operation,
            "error": self.error,
            "min_duration": self.min_duration,
            "max_duration": self.max_duration,
            "attribute": self.attribute or None,
            "database": self.database or None,
            "since": moment(self.since, "--since"),
            "until": moment(self.until, "--until"),
        }

    def query(self, pipeline: str | None) -> TraceQuery:
        """What the words mean for traces at hand; raises ``BadRequest`` and ``WrongUse``."""
        query = trace_query(
            self.service,
            self.operation,
            self.error,
            self.min_duration,
            self.max_duration,
            self.attribute or (),
            self.database,
            _utc(moment(self.since, "--since")),
            _utc(moment(self.until, "--until")),
        )
        return subject(self.operation, self.service, pipeline).narrow(query) if pipeline else query


def with_words(command: Callable[..., None]) -> Callable[..., None]:
    """The command with every word of a search as an option in the place of its parameter ``asked``."""
    hints = get_type_hints(Words, include_extras=True)
    options = [
        Parameter(
            each.name, Parameter.POSITIONAL_OR_KEYWORD, default=each.default, annotation=hints[each.name]
        )
        for each in fields(Words)
    ]
    own = signature(command, eval_str=True)
    parameters = [
        each for name, one in own.parameters.items() for each in (options if name == "asked" else [one])
    ]

    @wraps(command)
    def with_options(**given: Any) -> None:
        asked = Words(**{option.name: given.pop(option.name) for option in options})
        command(**given, asked=asked)

    with_options.__signature__ = own.replace(parameters=parameters)  # type: ignore[attr-defined]
    return with_options


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


def _utc(text: str | None) -> datetime | None:
    if text is None:
        return None
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)
