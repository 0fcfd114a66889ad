"""What every alert store promises."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.platform.events import NOON, at

from almenara_platform.alerts.memory import MemoryAlertStore
from almenara_platform.alerts.model import Alert, Reach
from almenara_platform.alerts.port import AlertQuery, AlertStore
from almenara_platform.alerts.sqlite import SqliteAlertStore
from almenara_platform.exceptions import BadCursor

ADAPTERS: dict[str, Callable[[pytest.FixtureRequest], AlertStore]] = {
    "memory": lambda request: MemoryAlertStore(),
    "sqlite": lambda request: SqliteAlertStore(request.getfixturevalue("tmp_path") / "alerts.db"),
}


def alert(number: int, name: str = "RunFailed", pipeline: str = "ventas_etl", **more: object) -> Alert:
    """An alert that began so many seconds after noon."""
    labels = {"alertname": name, "pipeline": pipeline, "severity": "warning"}
    plain = Alert(f"{number:016x}", at(number), None, at(number + 1), labels, {"summary": f"alert {number}"})
    return replace(plain, **more)


def starts(store: AlertStore, **query: object) -> list[int]:
    """The starts of the alerts that match, as seconds after noon, in the order of the answer."""
    items = store.alerts(AlertQuery(**query)).items  # type: ignore[arg-type]
    return [round((each.starts_at - NOON).total_seconds()) for each in items]


def test_an_alert_comes_back_as_it_was_recorded(store: AlertStore) -> None:
    """Labels, annotations, times and reach survive."""
    told = alert(1, reach=Reach(("a/b", "a/c"), ("report",), ("bi-team",)), ends_at=at(60))
    store.record([told])
    assert store.alerts(AlertQuery()).items == [told]


def test_newest_first(store: AlertStore) -> None:
    """By start, whatever the order of arrival."""
    store.record([alert(2), alert(5), alert(1)])
    assert starts(store) == [5, 2, 1]


def test_the_newest_word_holds(store: AlertStore) -> None:
    """A repeated notification updates the alert instead of adding one."""
    store.record([alert(1)])
    store.record([alert(1, annotations={"summary": "worse"}, received_at=at(90))])
    [found] = store.alerts(AlertQuery()).items
    assert (found.annotations["summary"], found.received_at) == ("worse", at(90))


def test_resolved_stays_resolved(store: AlertStore) -> None:
    """A late notification that it fires does not wake it."""
    store.record([alert(1, ends_at=at(60))])
    store.record([alert(1)])
    assert [each.firing for each in store.alerts(AlertQuery()).items] == [False]


def test_it_fires_again(store: AlertStore) -> None:
    """The same alert with another start is another alert."""
    store.record([alert(1, ends_at=at(60))])
    store.record([replace(alert(100), fingerprint=alert(1).fingerprint)])
    assert [each.firing for each in store.alerts(AlertQuery()).items] == [True, False]


def test_filters(store: AlertStore) -> None:
    """Pipeline, name, state and time narrow down."""
    store.record([alert(1), alert(2, name="RunLate"), alert(3, pipeline="other"), alert(4, ends_at=at(9))])
    assert starts(store, pipeline="ventas_etl") == [4, 2, 1]
    assert starts(store, name="RunLate") == [2]
    assert starts(store, firing=True) == [3, 2, 1]
    assert starts(store, firing=False) == [4]
    assert starts(store, since=at(2), until=at(4)) == [3, 2]


def test_pages_follow_one_another(store: AlertStore) -> None:
    """Cursors lead through all alerts once, also through those of one moment."""
    store.record([*(alert(number) for number in range(5)), replace(alert(2), fingerprint="f" * 16)])
    seen: list[str] = []
    cursor = None
    while True:
        page = store.alerts(AlertQuery(limit=2, cursor=cursor))
        seen += [each.fingerprint for each in page.items]
        if page.next is None:
            break
        cursor = page.next
    assert len(seen) == len(set(seen)) == 6


def test_a_foreign_cursor_is_refused(store: AlertStore) -> None:
    """It is the caller's mistake."""
    with pytest.raises(BadCursor):
        store.alerts(AlertQuery(cursor="rubbish"))


def test_forget(store: AlertStore) -> None:
    """What was last heard of before a time goes."""
    store.record([alert(1), alert(100)])
    assert store.forget(NOON + timedelta(seconds=50)) == 1
    assert starts(store) == [100]
