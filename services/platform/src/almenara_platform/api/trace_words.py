"""The words of a search over traces as parameters, the same wherever traces are chosen."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Query
from pydantic import Field

from almenara_platform.api.dependencies import Since, Until
from almenara_platform.traces.durations import DURATION_PATTERN
from almenara_platform.traces.port import TraceQuery
from almenara_platform.traces.queries import Subject, subject, trace_query

Name = Annotated[str | None, Query(max_length=1000)]
# The patterns are for the schema alone: what does not match is refused with words instead of a pattern.
DurationText = Annotated[
    str, Field(min_length=1, max_length=40, json_schema_extra={"pattern": DURATION_PATTERN})
]
Duration = Annotated[DurationText | None, Query(description="`5s`, `300ms`, `1h30m` or seconds.")]
Pair = Annotated[str, Query(max_length=4096, json_schema_extra={"pattern": "^[^=]+="})]
Attributes = Annotated[list[Pair], Query(description="`key=value`; several mean that all must match.")]
Database = Annotated[bool, Query(description="Only spans that call a database.")]


def _words(
    service: Name = None,
    operation: Name = None,
    error: bool | None = None,
    min_duration: Duration = None,
    max_duration: Duration = None,
    attribute: Attributes = (),  # type: ignore[assignment]
    database: Database = False,
    since: Since = None,
    until: Until = None,
) -> TraceQuery:
    return trace_query(
        service, operation, error, min_duration, max_duration, attribute, database, since, until
    )


Words = Annotated[TraceQuery, Depends(_words)]


def _subject(
    operation: Name = None,
    service: Name = None,
    pipeline: Annotated[Name, Query(description="The runs of a pipeline, instead of an operation.")] = None,
) -> Subject:
    return subject(operation, service, pipeline)


Of = Annotated[Subject, Depends(_subject)]
