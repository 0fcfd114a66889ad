"""Questions while events stream in."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.platform.events import NOON
from tests.platform.lineage.lineage_events import wrote

from almenara_platform.lineage.answers.impact import Change, impact
from almenara_platform.lineage.answers.personal_data import of_column
from almenara_platform.lineage.answers.reach import Question, reach
from almenara_platform.lineage.graph import Direction
from almenara_platform.lineage.index import LineageIndex
from almenara_platform.store.sqlite import sqlite_lineage_store

QUESTIONS = 2000
WRITERS = 2
PATIENCE_SECONDS = 120


def wait_for_more(index: LineageIndex) -> None:
    """Until the graph has grown, however slow the disk is; fails after two minutes."""
    before, deadline = index.snapshot().columns.nodes, time.monotonic() + PATIENCE_SECONDS
    while index.snapshot().columns.nodes == before:
        assert time.monotonic() < deadline, "nobody writes"
        time.sleep(0.01)


def test_two_thousand_questions_while_events_stream_in(tmp_path: Path) -> None:
    """No question fails, and each answer has all columns of an event or none of them."""
    store = sqlite_lineage_store(tmp_path / "lineage.db")
    store.apply([wrote("raw", columns=("a",))], NOON)
    index = LineageIndex(store.ledger)
    enough = threading.Event()

    def write(writer: int) -> int:
        number = 0
        while not enough.is_set():
            number += 1
            name = f"out{writer}_{number}"
            edges = [("raw.a", "left"), ("raw.a", "right")]
            store.apply([wrote(name, *edges, job=f"job{writer}", seconds=number, number=number)], NOON)
        return number

    def question(number: int) -> int:
        snapshot = index.snapshot()
        if number % 10 == 0:
            assert of_column(snapshot, "file", "raw", "a").columns[0]["hops"] == 0
            assert impact(snapshot, "file", "raw", "a", Change.DROP, (), ())["models"] == []
        found = defaultdict(set)
        for item in reach(snapshot, Question("file", "raw", "a", limit=10**6), Direction.DOWNSTREAM).items:
            found[item["name"]].add(item["column"])
        assert all(columns == {"left", "right"} for columns in found.values())
        return len(found)

    with ThreadPoolExecutor(WRITERS + 8) as pool:
        writers = [pool.submit(write, writer) for writer in range(WRITERS)]
        try:
            sizes = list(pool.map(question, range(QUESTIONS // 2)))
            wait_for_more(index)
            sizes += pool.map(question, range(QUESTIONS // 2, QUESTIONS))
        finally:
            enough.set()
        written = sum(writer.result() for writer in writers)
    assert len(sizes) == QUESTIONS
    assert max(sizes) > min(sizes)
    last = reach(index.snapshot(), Question("file", "raw", "a", limit=10**6), Direction.DOWNSTREAM)
    assert last.count == 2 * written
    store.close()
