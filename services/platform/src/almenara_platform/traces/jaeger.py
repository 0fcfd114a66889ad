"""The trace store over the query API of Jaeger 2, which the Collector fills."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import httpx
import orjson

from almenara_platform import cursor
from almenara_platform.clock import Clock, system_clock, to_micros, to_nanos
from almenara_platform.exceptions import BadCursor, BadRequest, StoreUnavailable
from almenara_platform.page import Page
from almenara_platform.traces.formats.reading import read_json
from almenara_platform.traces.matching import matches, summarise
from almenara_platform.traces.model import Trace, TraceSummary
from almenara_platform.traces.port import TraceQuery

TIMEOUT_SECONDS = 30.0
LONGEST_BEFORE_MATCH = timedelta(hours=1)
"""Jaeger searches by the time of the matching span: so long after its trace began one is looked for."""
MAX_ROUNDS = 20
"""Searches for one page, where most of what Jaeger answers does not match in the end."""
MAX_SERVICES = 50
MAX_SPANS = 50_000
"""Spans kept of one answer, about 100 MB with ordinary attributes."""
LONGEST_SECONDS = 9e9
"""What a duration of Jaeger holds, 64-bit nanoseconds."""
_TRACE_ID = re.compile("[0-9a-f]{1,32}")


@dataclass(frozen=True, slots=True)
class _Hit:
    """A trace with the start of its newest span that matches; pages follow one another by that."""

    newest_ns: int
    trace: Trace

    @property
    def position(self) -> tuple[int, str]:
        return self.newest_ns, self.trace.trace_id


@dataclass(frozen=True, slots=True)
class _Hits:
    """Every hit of one service from ``floor_ns`` on; older ones may be missing."""

    hits: list[_Hit]
    floor_ns: int


class JaegerTraceStore:
    """A ``TraceStore`` that reads. Searches know microseconds only, single traces nanoseconds.

    The traces of a page are sorted by their start, the pages by the newest span that matches.
    """

    def __init__(
        self,
        url: str,
        clock: Clock = system_clock,
        client: httpx.Client | None = None,
        max_spans: int = MAX_SPANS,
    ) -> None:
        self._url = url.rstrip("/")
        self._clock = clock
        self._client = client or httpx.Client(timeout=TIMEOUT_SECONDS)
        self._max_spans = max_spans

    def trace(self, trace_id: str) -> Trace | None:
        if not _TRACE_ID.fullmatch(trace_id):
            return None
        found = self._traces(f"/api/v3/traces/{trace_id}")
        return next((trace for trace in found if trace.trace_id == trace_id), None)

    def outline(self, trace_id: str) -> Trace | None:
        return self.trace(trace_id)

    def find(self, query: TraceQuery) -> Page[TraceSummary]:
        after = _position(query.cursor) if query.cursor else None
        services = [query.service] if query.service else list(self.services())[:MAX_SERVICES]
        found = [self._hits(query, service, after) for service in services]
        floor = max((one.floor_ns for one in found), default=0)
        hits: dict[str, _Hit] = {}
        for hit in (hit for one in found for hit in one.hits if hit.newest_ns >= floor):
            known = hits.setdefault(hit.trace.trace_id, hit)
            hits[hit.trace.trace_id] = max(known, hit, key=lambda one: one.newest_ns)
        return _page(sorted(hits.values(), key=lambda hit: hit.position, reverse=True), query.limit, floor)

    def services(self) -> Sequence[str]:
        return sorted(self._json("/api/services").get("data") or [])

    def ping(self) -> None:
        self._json("/api/services")

    def close(self) -> None:
        self._client.close()

    def _hits(self, query: TraceQuery, service: str, after: tuple[int, str] | None) -> _Hits:
        """Search back in time until there is more than a page, or nothing more."""
        found: dict[str, _Hit] = {}
        end, wanted = self._end(query, after), query.limit + 1
        for _ in range(MAX_ROUNDS):
            traces = self._search(query, service, end, wanted)
            hits = [hit for trace in traces if (hit := _hit(trace, query, after))]
            found |= {hit.trace.trace_id: hit for hit in hits}
            if len(traces) < wanted:
                return _Hits(list(found.values()), 0)
            oldest = min(_newest_start(trace, service, end) for trace in traces) // 1000
            end, wanted = (oldest, wanted) if oldest < end else (end, wanted * 2)
            if len(found) > query.limit:
                break
        return _Hits(list(found.values()), end * 1000)

    def _end(self, query: TraceQuery, after: tuple[int, str] | None) -> int:
        """The newest microsecond of a span to search for."""
        if after is not None:
            return after[0] // 1000
        last = query.until + LONGEST_BEFORE_MATCH if query.until else self._clock() + timedelta(days=1)
        return to_micros(last)

    def _search(self, query: TraceQuery, service: str, end: int, limit: int) -> list[Trace]:
        start = to_micros(query.since) if query.since else 0
        if start > end:
            return []
        tags = dict(query.attributes) | ({"error": "true"} if query.error else {})
        parameters = {
            "service": service,
            "operation": query.operation,
            "tags": orjson.dumps(tags).decode() if tags else None,
            "minDuration": _duration(query.min_duration),
            "maxDuration": _duration(query.max_duration),
            "start": max(0, start),
            "end": end,
            "limit": limit,
        }
        return self._traces(
            "/api/traces", {name: value for name, value in parameters.items() if value is not None}
        )

    def _traces(self, path: str, parameters: dict[str, Any] | None = None) -> list[Trace]:
        with self._answer(path, parameters) as answer:
            if answer.status_code == httpx.codes.NOT_FOUND:
                return []
            try:
                return [_told(trace) for trace in read_json(answer.iter_bytes(), self._max_spans)]
            except BadRequest as error:
                raise StoreUnavailable(f"Jaeger at {self._url} answered what is no trace: {error}") from error

    def _json(self, path: str) -> dict[str, Any]:
        with self._answer(path, None) as answer:
            try:
                found = orjson.loads(answer.read())
            except orjson.JSONDecodeError as error:
                raise StoreUnavailable(
                    f"Jaeger at {self._url} answered no JSON; is that its address?"
                ) from error
        return found if isinstance(found, dict) else {}

    @contextmanager
    def _answer(self, path: str, parameters: dict[str, Any] | None) -> Iterator[httpx.Response]:
        """A successful answer, or one that says that nothing was found."""
        try:
            with self._client.stream("GET", f"{self._url}{path}", params=parameters) as answer:
                if not answer.is_success and answer.status_code != httpx.codes.NOT_FOUND:
                    reason = answer.read()[:300].decode(errors="replace").strip()
                    raise StoreUnavailable(f"Jaeger at {self._url} answered {answer.status_code}: {reason}")
                yield answer
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise StoreUnavailable(f"Jaeger at {self._url} does not answer: {error}") from error


def _position(text: str) -> tuple[int, str]:
    newest_ns, trace_id = cursor.decode(text, int, str)
    if trace_id and not _TRACE_ID.fullmatch(trace_id):
        raise BadCursor("This cursor is not one of this list; start without a cursor.", "cursor")
    return newest_ns, trace_id


def _page(hits: Sequence[_Hit], limit: int, floor_ns: int) -> Page[TraceSummary]:
    """The first hits as a page; the next one begins where this one ends, or where the search stopped."""
    shown = sorted(
        hits[:limit], key=lambda hit: (hit.trace.spans[0].start_ns, hit.trace.trace_id), reverse=True
    )
    summaries = [summarise(hit.trace.trace_id, hit.trace.spans) for hit in shown]
    if len(hits) > limit:
        return Page(summaries, cursor.encode(*hits[limit - 1].position))
    return Page(summaries, cursor.encode(floor_ns, "") if floor_ns else None)


def _hit(trace: Trace, query: TraceQuery, after: tuple[int, str] | None) -> _Hit | None:
    """The trace as a hit, unless no single span of it meets every condition or a page before had it."""
    matching = [span.start_ns for span in trace.spans if matches(span, query)]
    if not matching or not _within(trace, query):
        return None
    hit = _Hit(max(matching), trace)
    return hit if after is None or hit.position < after else None


def _within(trace: Trace, query: TraceQuery) -> bool:
    start = trace.spans[0].start_ns
    return (query.since is None or start >= to_nanos(query.since)) and (
        query.until is None or start < to_nanos(query.until)
    )


def _newest_start(trace: Trace, service: str, end: int) -> int:
    """When the newest span began that Jaeger may have found the trace by."""
    return max(
        (s.start_ns for s in trace.spans if s.service == service and s.start_ns <= end * 1000), default=0
    )


def _duration(seconds: float | None) -> str | None:
    """A duration as Jaeger reads it."""
    return None if seconds is None else f"{round(min(seconds, LONGEST_SECONDS) * 1_000_000)}us"


def _told(trace: Trace) -> Trace:
    """The trace, marked as truncated where spans were left out in reading it."""
    return replace(trace, truncated=True) if trace.notes else trace
