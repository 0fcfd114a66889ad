"""The graph filled again from stored events, over HTTP."""

from __future__ import annotations

import time
from pathlib import Path

from tests.platform.conftest import Start
from tests.platform.events import NOON
from tests.platform.lineage.lineage_events import wrote

from almenara_platform.store import lineage_tables as tables
from almenara_platform.store.sqlite import sqlite_lineage_store

REBUILD = "/api/v1/lineage/rebuild"
PATIENCE_SECONDS = 90


def test_a_lost_graph_is_filled_again(start: Start, tmp_path: Path) -> None:
    """With the events still there, a rebuild brings lineage back while the platform runs."""
    store = sqlite_lineage_store(tmp_path / "data" / "lineage.db")
    store.apply([wrote("sales", ("raw.a", "a")), wrote("mart", ("sales.a", "a"), job="m", number=2)], NOON)
    with store.database.writing() as connection:
        for table in (tables.statements, tables.flows, tables.columns, tables.entities):
            connection.execute(table.delete())
    store.close()
    client = start(api_token="let-me")
    asked = {"namespace": "file", "name": "raw", "column": "a"}
    assert client.get("/api/v1/lineage/downstream", params=asked).status_code == 404
    assert client.post(REBUILD).status_code == 401
    begun = client.post(REBUILD, headers={"Authorization": "Bearer let-me"})
    assert (begun.status_code, begun.json()) == (202, {"running": True, "events_left": 2})

    def reached() -> list[str]:
        answer = client.get("/api/v1/lineage/downstream", params=asked).json()
        return [item["name"] for item in answer.get("items", ())]

    deadline = time.monotonic() + PATIENCE_SECONDS
    while reached() != ["sales", "mart"] and time.monotonic() < deadline:
        time.sleep(0.05)
    assert reached() == ["sales", "mart"]
    assert client.get(REBUILD).json() == {"running": False, "events_left": 0}
