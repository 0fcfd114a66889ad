"""The words of a search, the same for the command line, the API and the pages.

``service``, ``operation``, ``error`` (true or false), ``min_duration`` and ``max_duration`` (``5s``,
``300ms``), ``attribute`` (``key=value``, may come several times; baggage such as ``user.id`` is an attribute
too), ``database`` (calls to a database only), ``since`` and ``until``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from almenara_platform.exceptions import BadRequest
from almenara_platform.traces.durations import parse_duration
from almenara_platform.traces.port import TraceQuery

JOB_NAME = "openlineage.job.name"
_PAIR = re.compile(r'"([^"]*)"(?!\S)|(\S+)')


def trace_query(
    service: str | None = None,
    operation: str | None = None,
    error: bool | None = None,
    min_duration: str | None = None,
    max_duration: str | None = None,
    attribute: Iterable[str] = (),
    database: bool = False,
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int = 20,
    cursor: str | None = None,
) -> TraceQuery:
    """The query that these words mean. Raises ``BadRequest`` that names the word at fault."""
    return TraceQuery(
        service=service or None,
        operation=operation or None,
        error=error,
        min_duration=parse_duration(min_duration, "min_duration") if min_duration else None,
        max_duration=parse_duration(max_duration, "max_duration") if max_duration else None,
        attributes=dict(map(attribute_pair, attribute)),
        database=database,
        since=since,
        until=until,
        limit=limit,
        cursor=cursor,
    )


def attribute_pair(text: str) -> tuple[str, str]:
    """The key and the value of ``key=value``; raises ``BadRequest``."""
    key, separator, value = text.partition("=")
    if not key or not separator:
        raise BadRequest(f"attribute {text[:100]!r} is not of the form key=value.", "attribute")
    return key, value


def attribute_pairs(text: str) -> list[str]:
    """Pairs written beside one another; quotes keep white space: ``user.id=ana "db.query.text=SELECT 1"``."""
    return [quoted or bare for quoted, bare in _PAIR.findall(text)]


@dataclass(frozen=True, slots=True)
class Subject:
    """What many traces are compared in: an operation, or the runs of a pipeline.

    The span of a run has the name of its pipeline and says so in its attributes.
    """

    operation: str
    service: str | None = None
    pipeline: bool = False

    def narrow(self, query: TraceQuery) -> TraceQuery:
        """The query for spans of this subject only."""
        attributes = dict(query.attributes)
        if self.pipeline:
            attributes[JOB_NAME] = self.operation
        service = self.service or query.service
        return replace(query, operation=self.operation, service=service, attributes=attributes)


def subject(operation: str | None, service: str | None, pipeline: str | None) -> Subject:
    """The subject that these words mean; raises ``BadRequest`` unless they mean exactly one."""
    if pipeline and not operation:
        return Subject(pipeline, service or None, pipeline=True)
    if operation and not pipeline:
        return Subject(operation, service or None)
    raise BadRequest("name either an operation (with its service) or a pipeline", "operation")
