"""The port of the log store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from almenara_platform.logs.model import LogRecord
from almenara_platform.page import Page


class Operator(StrEnum):
    """Comparisons of a field condition."""

    EQ = "="
    NE = "!="
    GT = ">"
    GE = ">="
    LT = "<"
    LE = "<="


@dataclass(frozen=True, slots=True)
class Condition:
    """``field operator value``; a missing field never matches.

    A number is compared with fields that are numbers; a text, and a number with ``=`` and ``!=``, as text.
    """

    field: str
    operator: Operator
    value: str | float


class Order(StrEnum):
    """The order of answers by time."""

    NEWEST_FIRST = "desc"
    OLDEST_FIRST = "asc"


@dataclass(frozen=True, slots=True)
class LogQuery:
    """Which log records to find; None means any. ``text`` is a part of the message or of the
    field ``error_message``, in any case.

    ``level`` is the lowest level to return (``WARNING`` returns errors too).
    """

    run_id: str | None = None
    trace_id: str | None = None
    span_id: str | None = None
    pipeline: str | None = None
    service: str | None = None
    level: str | None = None
    text: str | None = None
    where: tuple[Condition, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    order: Order = Order.NEWEST_FIRST
    limit: int = 100
    cursor: str | None = None


class LogStore(Protocol):
    """Finds log records, from any thread; ``StoreUnavailable`` is raised when it cannot answer."""

    def find(self, query: LogQuery) -> Page[LogRecord]:
        """Records that match, in the asked order."""

    def ping(self) -> None:
        """Raise ``StoreUnavailable`` unless the store can answer."""

    def close(self) -> None:
        """Release connections and files."""


class WritableLogStore(LogStore, Protocol):
    """A log store that the platform itself fills (a backend such as Loki is filled by the Collector)."""

    def add(self, records: Sequence[LogRecord]) -> None:
        """Keep records durably, in their order."""

    def forget(self, before: datetime) -> int:
        """Remove records older than this; returns how many went."""

    def size_bytes(self) -> int:
        """Bytes that the stored data takes up."""
