"""The log store over the query API of Loki, which the Collector fills."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
import orjson

from almenara_platform import cursor
from almenara_platform.clock import Clock, system_clock, to_nanos
from almenara_platform.exceptions import StoreUnavailable
from almenara_platform.logs.identity import digest
from almenara_platform.logs.level import RANKS, canonical, from_severity
from almenara_platform.logs.loki_query import as_stored, expression
from almenara_platform.logs.matching import matches
from almenara_platform.logs.model import LogRecord
from almenara_platform.logs.port import LogQuery, Order
from almenara_platform.page import Page

TIMEOUT_SECONDS = 30.0
MOST_AT_ONCE = 5000
"""Lines of one answer, Loki's own limit (max_entries_limit_per_query)."""
MAX_ROUNDS = 20
"""Questions for one page, where most of what Loki answers does not match in the end."""
CLOCK_SKEW = timedelta(minutes=10)
"""How far ahead of ours the clock of an emitter may be (Loki's creation_grace_period)."""
_OWN = ("pipeline", "stage", "run_id", "trace_id", "span_id")
_OF_LOKI = frozenset({"severity_text", "severity_number", "detected_level", "observed_timestamp", "flags"})
# Loki keeps a line's resource beside the line's own fields.
_OF_RESOURCE = ("telemetry_", "service_", "deployment_", "process_", "host_", "container_", "scope_")
_SEPARATE = {"X-Loki-Response-Encoding-Flags": "categorize-labels"}

_FIRST = 2**63 - 1

Position = tuple[int, int]


@dataclass(frozen=True, slots=True)
class _Range:
    """Nanoseconds from ``start`` up to but without ``end``."""

    start: int
    end: int

    def after(self, reached: int, order: Order) -> _Range:
        """What is left behind the instant ``reached``, which is still in it."""
        if order is Order.NEWEST_FIRST:
            return _Range(self.start, min(self.end, reached + 1))
        return _Range(max(self.start, reached), self.end)


class LokiLogStore:
    """A ``LogStore`` that reads, up to ``lookback`` before now where a query has no ``since``.

    Loki keeps texts: a field whose text reads as a JSON number, truth value, list or object comes back as
    that. Signs in field names other than letters, digits and ``_`` come back as ``_``.
    """

    def __init__(
        self,
        url: str,
        lookback: timedelta = timedelta(days=35),
        clock: Clock = system_clock,
        client: httpx.Client | None = None,
    ) -> None:
        self._url = url.rstrip("/")
        self._lookback = lookback
        self._clock = clock
        self._client = client or httpx.Client(timeout=TIMEOUT_SECONDS)

    def find(self, query: LogQuery) -> Page[LogRecord]:
        after: Position | None = None
        if query.cursor:
            time_ns, last = cursor.decode(query.cursor, int, int)
            after = time_ns, last
        found: dict[Position, LogRecord] = {}
        reached: int | None = None
        for records, reached in self._rounds(as_stored(query), after):
            found |= {at: record for at, record in records if _is_behind(at, after, query.order)}
            # More lines of the instant that was reached may be to come.
            if sum(time_ns != reached for time_ns, _ in found) > query.limit:
                break
        return _page(found, query, reached)

    def ping(self) -> None:
        self._json("/loki/api/v1/labels", {"limit": 1})

    def close(self) -> None:
        self._client.close()

    def _rounds(
        self, query: LogQuery, after: Position | None
    ) -> Iterator[tuple[list[tuple[Position, LogRecord]], int | None]]:
        """Matching lines, and the instant reached or None where nothing is left."""
        left = self._range(query)
        left = left.after(after[0], query.order) if after else left
        wanted = min(query.limit + 1, MOST_AT_ONCE)
        for _ in range(MAX_ROUNDS):
            records = self._lines(query, left, wanted)
            reached = _reached([record.time_ns for record in records], query.order, wanted)
            yield [((r.time_ns, digest(r)), r) for r in records if matches(r, query)], reached
            if reached is None:
                return
            left = left.after(reached, query.order)
            wanted = min(wanted * 2, MOST_AT_ONCE)

    def _range(self, query: LogQuery) -> _Range:
        now = self._clock()
        start = query.since or now - self._lookback
        return _Range(to_nanos(start), to_nanos(query.until or now + CLOCK_SKEW))

    def _lines(self, query: LogQuery, within: _Range, limit: int) -> list[LogRecord]:
        if within.start >= within.end:
            return []
        direction = "backward" if query.order is Order.NEWEST_FIRST else "forward"
        parameters = {
            "query": expression(query),
            "start": max(0, within.start),
            "end": within.end,
            "limit": limit,
            "direction": direction,
        }
        answer = self._json("/loki/api/v1/query_range", parameters)
        try:
            return [
                _record(stream["stream"], *line)
                for stream in answer["data"]["result"]
                for line in stream["values"]
            ]
        except (KeyError, TypeError, ValueError) as error:
            raise StoreUnavailable(f"Loki at {self._url} answered no log lines: {error!r}") from error

    def _json(self, path: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        try:
            answer = self._client.get(f"{self._url}{path}", params=parameters, headers=_SEPARATE)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise StoreUnavailable(f"Loki at {self._url} does not answer: {error}") from error
        if not answer.is_success:
            reason = answer.text[:300].strip()
            raise StoreUnavailable(f"Loki at {self._url} answered {answer.status_code}: {reason}")
        try:
            found = orjson.loads(answer.content)
        except orjson.JSONDecodeError as error:
            raise StoreUnavailable(f"Loki at {self._url} answered no JSON; is that its address?") from error
        return found if isinstance(found, dict) else {}


def _reached(times: Sequence[int], order: Order, wanted: int) -> int | None:
    """The instant to go on from, None when there were fewer lines than asked for."""
    if len(times) < wanted:
        return None
    backward = order is Order.NEWEST_FIRST
    last = min(times) if backward else max(times)
    if len(times) == MOST_AT_ONCE and min(times) == max(times):
        # Loki gives no more lines of one instant than these.
        return last - 1 if backward else last + 1
    return last


def _is_behind(at: Position, after: Position | None, order: Order) -> bool:
    if after is None:
        return True
    return at < after if order is Order.NEWEST_FIRST else at > after


def _page(found: Mapping[Position, LogRecord], query: LogQuery, reached: int | None) -> Page[LogRecord]:
    """The first lines; the next page begins behind them, or at the instant that was reached."""
    backward = query.order is Order.NEWEST_FIRST
    sure = sorted((at for at in found if at[0] != reached), reverse=backward)
    shown = sure[: query.limit]
    records = [found[at] for at in shown]
    if len(sure) > query.limit:
        return Page(records, cursor.encode(*shown[-1]))
    if reached is None:
        return Page(records)
    return Page(records, cursor.encode(reached, _FIRST if backward else -_FIRST))


def _record(stream: Mapping[str, str], time_ns: str, message: str, more: Mapping[str, Any]) -> LogRecord:
    kept: Mapping[str, str] = more.get("structuredMetadata") or {}
    fields = {name: _plain(text) for name, text in kept.items() if not _is_foreign(name)}
    own = {name: kept.get(name) for name in _OWN}
    return LogRecord(int(time_ns), _level(kept), message, stream["service_name"], fields=fields, **own)


def _is_foreign(name: str) -> bool:
    return name in _OWN or name in _OF_LOKI or name.startswith(_OF_RESOURCE)


def _level(kept: Mapping[str, str]) -> str:
    named = canonical(kept.get("severity_text", ""))
    return named if named in RANKS else from_severity(int(kept.get("severity_number", 0)))


def _plain(text: str) -> Any:
    """The value that a text of Loki stands for."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return text
