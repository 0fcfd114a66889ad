"""Alerts in a SQLite file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson

from almenara_platform.alerts.cursor import decode, encode
from almenara_platform.alerts.model import Alert, Reach
from almenara_platform.alerts.port import AlertQuery
from almenara_platform.clock import from_micros, to_micros
from almenara_platform.page import Page
from almenara_platform.sqlite import SqliteFile

_SCHEMA = """
CREATE TABLE IF NOT EXISTS alerts (
  starts_at INTEGER NOT NULL,
  fingerprint TEXT NOT NULL,
  ends_at INTEGER,
  received_at INTEGER NOT NULL,
  name TEXT NOT NULL,
  pipeline TEXT NOT NULL,
  document BLOB NOT NULL,
  PRIMARY KEY (starts_at, fingerprint)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS alerts_heard ON alerts (received_at);
"""
_RECORD = """
INSERT INTO alerts VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (starts_at, fingerprint) DO UPDATE SET
  ends_at = excluded.ends_at, received_at = excluded.received_at, document = excluded.document
WHERE alerts.ends_at IS NULL OR excluded.ends_at IS NOT NULL
"""


class SqliteAlertStore:
    """Keeps alerts in ``path``, which is made where there is none."""

    def __init__(self, path: Path) -> None:
        self._file = SqliteFile(path, (_SCHEMA,))

    def record(self, alerts: Sequence[Alert]) -> None:
        """Keep alerts durably."""
        with self._file.writing() as connection:
            connection.executemany(_RECORD, [_row(alert) for alert in alerts])

    def alerts(self, query: AlertQuery) -> Page[Alert]:
        """Alerts that match, newest start first."""
        conditions, values = zip(*_conditions(query), strict=True)
        statement = (
            "SELECT starts_at, fingerprint, ends_at, received_at, document FROM alerts "
            f"WHERE {' AND '.join(conditions)} ORDER BY starts_at DESC, fingerprint DESC LIMIT ?"
        )
        given = [value for some in values for value in some]
        with self._file.reading() as connection:
            rows = connection.execute(statement, [*given, query.limit + 1]).fetchall()
        items = [_alert(row) for row in rows[: query.limit]]
        return Page(items, encode(items[-1]) if len(rows) > len(items) else None)

    def forget(self, before: datetime) -> int:
        """Remove old alerts."""
        with self._file.writing() as connection:
            return connection.execute(
                "DELETE FROM alerts WHERE received_at < ?", [to_micros(before)]
            ).rowcount

    def size_bytes(self) -> int:
        """Bytes of the file in use."""
        return self._file.size_bytes()

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def _conditions(query: AlertQuery) -> Iterator[tuple[str, list[Any]]]:
    yield "1", []
    if query.pipeline is not None:
        yield "pipeline = ?", [query.pipeline]
    if query.name is not None:
        yield "name = ?", [query.name]
    if query.firing is not None:
        yield f"ends_at IS {'' if query.firing else 'NOT '}NULL", []
    if query.since is not None:
        yield "starts_at >= ?", [to_micros(query.since)]
    if query.until is not None:
        yield "starts_at < ?", [to_micros(query.until)]
    after = decode(query.cursor)
    if after is not None:
        yield "(starts_at, fingerprint) < (?, ?)", list(after)


def _row(alert: Alert) -> tuple[Any, ...]:
    reach = alert.reach
    document = {
        "labels": dict(alert.labels),
        "annotations": dict(alert.annotations),
        "reach": [reach.datasets, reach.pipelines, reach.owners, reach.known],
    }
    return (
        to_micros(alert.starts_at),
        alert.fingerprint,
        None if alert.ends_at is None else to_micros(alert.ends_at),
        to_micros(alert.received_at),
        alert.name,
        alert.pipeline,
        orjson.dumps(document),
    )


def _alert(row: Sequence[Any]) -> Alert:
    starts_at, fingerprint, ends_at, received_at, body = row
    document = orjson.loads(body)
    datasets, pipelines, owners, known = document["reach"]
    return Alert(
        fingerprint=fingerprint,
        starts_at=from_micros(starts_at),
        ends_at=None if ends_at is None else from_micros(ends_at),
        received_at=from_micros(received_at),
        labels=document["labels"],
        annotations=document["annotations"],
        reach=Reach(tuple(datasets), tuple(pipelines), tuple(owners), known),
    )
