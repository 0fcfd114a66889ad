"""Following a log."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from almenara_platform.clock import to_nanos
from almenara_platform.logs.memory import MemoryLogStore
from almenara_platform.logs.model import LogRecord
from almenara_platform.logs.port import LogQuery
from almenara_platform.ui.tail import LATENESS, Tail

NOW = datetime(2026, 5, 6, 12, 0, tzinfo=UTC)


def record(message: str, seconds: float = 0, run_id: str = "r") -> LogRecord:
    """A line so many seconds after ``NOW``."""
    return LogRecord(to_nanos(NOW + timedelta(seconds=seconds)), "INFO", message, "worker", run_id=run_id)


def messages(records: list[LogRecord]) -> list[str]:
    """The texts of records."""
    return [found.message for found in records]


def tail(store: MemoryLogStore, *seen: LogRecord, **query: object) -> Tail:
    """A tail of ``store`` after some records were shown."""
    store.add(seen)
    return Tail(store.find, LogQuery(limit=2, **query), seen, NOW)  # type: ignore[arg-type]


def test_each_record_comes_once() -> None:
    """What was shown does not come again, what is new comes once and in order."""
    store = MemoryLogStore()
    following = tail(store, record("old"))
    store.add([record("b", 2), record("a", 1)])
    assert messages(following.new()) == ["a", "b"]
    assert following.new() == []


def test_a_late_record_is_found() -> None:
    """Services send in batches, so a line may come after a younger one."""
    store = MemoryLogStore()
    following = tail(store, record("young"))
    store.add([record("late", -(LATENESS.total_seconds() - 1))])
    assert messages(following.new()) == ["late"]


def test_more_than_a_page_comes_at_once() -> None:
    """A burst is followed through the store's pages."""
    store = MemoryLogStore()
    following = tail(store)
    store.add([record(str(i), i) for i in range(7)])
    assert messages(following.new()) == [str(i) for i in range(7)]


def test_the_query_still_holds() -> None:
    """Following keeps the filters of the search."""
    store = MemoryLogStore()
    following = tail(store, run_id="r")
    store.add([record("mine", 1), record("other", 1, run_id="s")])
    assert messages(following.new()) == ["mine"]


def test_records_that_look_alike_are_told_apart_by_time() -> None:
    """A job may say the same twice."""
    store = MemoryLogStore()
    following = tail(store, record("tick"))
    store.add([record("tick", 0.000001)])
    assert len(following.new()) == 1
