"""Names for sets of traces to compare: ``good`` and ``failed``, ``today`` and ``last-week``, or two times."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

from almenara_platform.exceptions import BadRequest
from almenara_platform.traces.port import TraceQuery

HELP = (
    "good, failed, today, yesterday, last-week (the seven days before today) or a stretch of time FROM..TO, "
    "where either side may be left out: ..2026-03-01 or 2026-03-01T12:00..; days and times are UTC"
)


def named_set(name: str, query: TraceQuery, now: datetime, field: str) -> TraceQuery:
    """The query narrowed to a set. Raises ``BadRequest`` for a name that means nothing."""
    midnight = datetime.combine(now.astimezone(UTC), time(), UTC)
    sets: dict[str, Callable[[], TraceQuery]] = {
        "good": lambda: replace(query, error=False),
        "failed": lambda: replace(query, error=True),
        "today": lambda: _between(query, midnight, None),
        "yesterday": lambda: _between(query, midnight - timedelta(days=1), midnight),
        "last-week": lambda: _between(query, midnight - timedelta(days=7), midnight),
    }
    if name in sets:
        return sets[name]()
    start, dots, end = name.partition("..")
    if not dots or not (start or end):
        raise BadRequest(f"{name[:60]!r} names no set of traces: {HELP}", field)
    return _between(query, _time(start, field), _time(end, field))


def _between(query: TraceQuery, since: datetime | None, until: datetime | None) -> TraceQuery:
    """The stretch within the query's own."""
    return replace(
        query,
        since=max(filter(None, (query.since, since)), default=None),
        until=min(filter(None, (query.until, until)), default=None),
    )


def _time(text: str, field: str) -> datetime | None:
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise BadRequest(f"{text[:60]!r} is not a day or time such as 2026-03-01T12:00", field) from None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
