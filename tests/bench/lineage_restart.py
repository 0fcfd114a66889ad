"""A restart over a ledger of a million columns until the first answer, and the worst answer over HTTP.

The ledger is a SQLite file with 100,000 datasets, as many jobs, 1,000,000 columns, 1.2 million edges and the
flows between them. The platform is a process of its own with console and rules of labels; answers come over
a socket. Reading and building, which are parts of the start, are measured in this process.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
import numpy as np
import orjson
import psutil
from tests.bench.generated_lineage import HUBS, Ints, generated, place, write
from tests.bench.measuring import Comparison
from tests.platform.process import PlatformProcess, platform

from almenara_platform.api.lineage_answers import MOST_ITEMS
from almenara_platform.lineage.index.state import State
from almenara_platform.lineage.rules import load_rules
from almenara_platform.lineage.service import LABELS_FILE
from almenara_platform.store.sqlite import sqlite_lineage_store

CONFIG = Path(__file__).parents[2] / "config"
ROUNDS = 5
FIRST_BYTE_SECONDS = 1.0
MIB = 2**20


def compare() -> Iterator[Comparison]:
    """Seconds to start and to answer; bytes that the process grows by while it answers."""
    sources, targets = generated()
    hub = _greatest_hub(sources)
    with TemporaryDirectory() as kept:
        folder = Path(kept)
        empty = _start(folder / "empty", hub, None)
        write(folder / "full" / "data" / "lineage.db", sources, targets)
        parts = list(_parts(folder / "full" / "data" / "lineage.db"))
        found: list[Comparison] = []
        whole = _start(folder / "full", hub, found)
    yield Comparison("start until the first answer is whole", whole, empty, "s", "with an empty ledger")
    for name, seconds in parts:
        yield Comparison(f"of it {name}", seconds, whole, "s", "the start")
    yield from found


def _greatest_hub(sources: Ints) -> dict[str, str]:
    return place(int(np.bincount(sources[sources < HUBS]).argmax()))


def _start(folder: Path, asked: dict[str, str], found: list[Comparison] | None) -> float:
    """Seconds from the start of a process to the end of its first answer."""
    folder.mkdir(exist_ok=True)
    begin = time.perf_counter()
    with platform(folder, ALMENARA_UI="true", ALMENARA_CONFIG_DIR=str(CONFIG)) as running:
        answer = httpx.get(f"{running.url}/api/v1/lineage/downstream", params=asked, timeout=60)
        seconds = time.perf_counter() - begin
        assert answer.status_code == (404 if found is None else 200), answer.text
        if found is not None:
            found += _over_http(running, asked)
    return seconds


def _parts(ledger: Path) -> Iterator[tuple[str, float]]:
    store = sqlite_lineage_store(ledger)
    contents, seconds = _timed(store.ledger.contents)
    yield "reading the tables", seconds
    rules = load_rules(CONFIG / LABELS_FILE)
    yield "building the graph", _timed(lambda: State(contents, rules))[1]
    store.close()


def _over_http(running: PlatformProcess, asked: dict[str, str]) -> Iterator[Comparison]:
    # First of all: what it has taken for an answer, a process keeps for the next.
    grown = _grown(running, asked) / MIB
    for encoding in ("identity", "gzip"):
        took = [_answer(running, asked, encoding) for _ in range(ROUNDS)]
        first, whole, body = max(each[0] for each in took), max(each[1] for each in took), took[-1][2]
        columns = _columns(body)
        name = f"worst answer ({columns:,} columns, {len(body) / MIB:.0f} MiB, accepting {encoding})"
        met = first < FIRST_BYTE_SECONDS
        yield Comparison(f"{name}: first byte", first, FIRST_BYTE_SECONDS, "s", "limit", "< 1 s", met)
        yield Comparison(f"{name}: first byte", first, whole, "s", "the whole answer")
    yield Comparison("memory while it is sent", grown, len(body) / MIB, "MiB", "the answer")


def _answer(running: PlatformProcess, asked: dict[str, str], encoding: str) -> tuple[float, float, bytes]:
    """Seconds to the first byte of the body and to its end, on a connection of its own, and the body."""
    begin, first, pieces = time.perf_counter(), 0.0, []
    for piece in _pieces(running, asked, encoding):
        first = first or time.perf_counter() - begin
        pieces.append(piece)
    return first, time.perf_counter() - begin, b"".join(pieces)


def _grown(running: PlatformProcess, asked: dict[str, str]) -> int:
    """The most bytes by which the process grows while it answers."""
    process = psutil.Process(running.process.pid)
    before = process.memory_info().rss
    return max(process.memory_info().rss - before for _ in _pieces(running, asked, "identity"))


def _pieces(running: PlatformProcess, asked: dict[str, str], encoding: str) -> Iterator[bytes]:
    url = f"{running.url}/api/v1/lineage/downstream"
    wanted = {**asked, "limit": str(MOST_ITEMS)}
    headers = {"Accept-Encoding": encoding}
    with httpx.stream("GET", url, params=wanted, headers=headers, timeout=120) as answer:
        assert answer.status_code == 200
        assert "content-length" not in answer.headers
        yield from answer.iter_bytes()


def _columns(body: bytes) -> int:
    """How many columns an answer has, each of them once."""
    answer = orjson.loads(body)
    names = {(each["name"], each["column"]) for each in answer["items"]}
    assert len(names) == len(answer["items"])
    assert not answer["partial"]
    return len(names)


def _timed(act: Callable[[], Any]) -> tuple[Any, float]:
    begin = time.perf_counter()
    made = act()
    return made, time.perf_counter() - begin
