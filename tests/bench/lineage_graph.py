"""Lineage answers beside networkx, a recursive query in SQLite, and the enumeration of paths.

The graph has 100,000 datasets, 1,000,000 columns and 1.2 million edges. A typical answer has 2,000 to 5,000
columns; the worst is that of the greatest hub. Sets of columns with their hops are compared with what
networkx finds, and answers as the API gives them (names, hops, a path for each column, ordered, in pages of a
thousand, as JSON) with the same made of networkx's paths, which it finds all at once.
Seconds are the processor's: nothing here waits.
"""

from __future__ import annotations

import gc
import sqlite3
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from statistics import median

import networkx as nx
import numpy as np
import orjson
import psutil
from tests.bench.generated_lineage import HUBS, Ints, contents, generated
from tests.bench.measuring import Comparison

from almenara_platform.api.lineage_answers import _pieces
from almenara_platform.lineage.answers.reach import Question, item, reach
from almenara_platform.lineage.facts import Entity, Kind
from almenara_platform.lineage.graph import Direction, walk
from almenara_platform.lineage.index.snapshot import Snapshot
from almenara_platform.lineage.index.state import State
from almenara_platform.lineage.ledger.cells import CELL
from almenara_platform.lineage.ledger.port import Contents
from almenara_platform.lineage.rules import NO_RULES

TYPICAL = (2_000, 5_000)
TYPICAL_ANSWERS = 15
PAGE = 1000
LADDER_RUNGS = 20
"""Twenty rungs have 80 edges and a million paths, which take the peer half a minute."""
_RECURSIVE = """
WITH RECURSIVE found(node) AS (SELECT ? UNION SELECT target FROM edges JOIN found ON source = node)
SELECT count(*) FROM found
"""
_PATHS = """
WITH RECURSIVE found(node, path) AS (
    SELECT ?, ',' || ? || ',' UNION ALL
    SELECT target, path || target || ',' FROM edges JOIN found ON source = node
    WHERE instr(path, ',' || target || ',') = 0
)
SELECT DISTINCT node FROM found
"""


def compare() -> Iterator[Comparison]:
    """Seconds an answer and to build; bytes in memory."""
    sources, targets = generated()
    stored = contents(sources, targets)
    snapshot, build = _built(stored)
    theirs, their_build = _networkx(sources, targets)
    yield Comparison("build the graph", build, their_build, "s", "networkx")
    # As the platform does when it has started: what stays is not looked through for garbage.
    gc.collect()
    gc.freeze()
    mine, other = (_resident(make) for make in (lambda: State(stored, NO_RULES), lambda: nx.DiGraph(theirs)))
    yield Comparison("memory, ours with all names", mine / 2**20, other / 2**20, "MiB", "networkx")
    typical = _typical(snapshot)
    yield from _beside_networkx(f"typical ({len(typical)} columns, median)", snapshot, theirs, typical, 5)
    hub = max(range(HUBS), key=lambda node: len(walk(snapshot.columns, [node], Direction.DOWNSTREAM)))
    size = len(walk(snapshot.columns, [hub], Direction.DOWNSTREAM))
    yield from _beside_networkx(f"worst ({size:,} columns)", snapshot, theirs, [hub], 100)
    yield from _sql(snapshot, sources, targets, typical[:5], hub)
    yield _ladder()


def _beside_networkx(
    name: str, snapshot: Snapshot, graph: nx.DiGraph, nodes: list[int], aim: int
) -> Iterator[Comparison]:
    kinds: tuple[tuple[str, Callable[[int], object], Callable[[int], object]], ...] = (
        ("columns and hops", partial(_walk, snapshot), partial(_theirs, graph)),
        ("first page as JSON", partial(_page, snapshot), partial(_their_answer, snapshot, graph, PAGE)),
        ("whole as JSON", partial(_answer, snapshot), partial(_their_answer, snapshot, graph, None)),
    )
    for what, ours, theirs in kinds:
        mine, other = _in_turn([(partial(ours, node), partial(theirs, node)) for node in nodes])
        asked = (f"at least {aim}x", other >= aim * mine) if what != "whole as JSON" else ("", None)
        yield Comparison(f"{name}: {what}", mine, other, "s", "networkx", *asked)


def _built(stored: Contents) -> tuple[Snapshot, float]:
    begin = time.process_time()
    state = State(stored, NO_RULES)
    seconds = time.process_time() - begin
    view = Snapshot(
        state.names,
        state.columns.view(),
        state.flows.view(),
        state.stated,
        state.registers,
        state.patterned,
        (),
    )
    return view, seconds


def _networkx(sources: Ints, targets: Ints) -> tuple[nx.DiGraph, float]:
    begin = time.process_time()
    graph = nx.DiGraph()
    graph.add_edges_from(zip(sources.tolist(), targets.tolist(), strict=True))
    return graph, time.process_time() - begin


def _resident(make: Callable[[], object]) -> int:
    """Bytes by which the process grows."""
    gc.collect()
    before = psutil.Process().memory_info().rss
    kept = make()
    grown = psutil.Process().memory_info().rss - before
    del kept
    return grown


def _typical(snapshot: Snapshot) -> list[int]:
    found: list[int] = []
    for node in np.random.default_rng(1).permutation(HUBS).tolist():
        if TYPICAL[0] <= len(walk(snapshot.columns, [node], Direction.DOWNSTREAM)) <= TYPICAL[1]:
            found.append(node)
            if len(found) == TYPICAL_ANSWERS:
                break
    return found


def _question(snapshot: Snapshot, node: int) -> Question:
    namespace, name, column = snapshot.names.place(node)
    return Question(namespace, name, column, limit=5_000_000)


def _answer(snapshot: Snapshot, node: int) -> int:
    return sum(
        len(piece) for piece in _pieces(reach(snapshot, _question(snapshot, node), Direction.DOWNSTREAM))
    )


def _page(snapshot: Snapshot, node: int) -> int:
    asked = replace(_question(snapshot, node), limit=PAGE)
    return sum(len(piece) for piece in _pieces(reach(snapshot, asked, Direction.DOWNSTREAM)))


def _their_answer(snapshot: Snapshot, graph: nx.DiGraph, limit: int | None, node: int) -> int:
    """The same answer of networkx's paths; the names come from the same table."""
    place = snapshot.names.place
    found = nx.single_source_shortest_path(graph, node)
    del found[node]
    chosen = sorted(found, key=lambda each: (len(found[each]), each))[:limit]
    items = [
        item(place(each), len(found[each]) - 1, [place(step) for step in found[each]]) for each in chosen
    ]
    return len(orjson.dumps({"items": items, "partial": len(chosen) < len(found)}))


def _walk(snapshot: Snapshot, node: int) -> int:
    return len(walk(snapshot.columns, [node], Direction.DOWNSTREAM))


def _theirs(graph: nx.DiGraph, node: int) -> int:
    return len(nx.single_source_shortest_path(graph, node))


def _seconds(act: Callable[[], object]) -> float:
    begin = time.process_time()
    act()
    return time.process_time() - begin


def _least(act: Callable[[], object], rounds: int = 7) -> float:
    """The least of several times: what else the machine does only ever adds."""
    return min(_seconds(act) for _ in range(rounds))


def _in_turn(pairs: list[tuple[Callable[[], object], Callable[[], object]]]) -> tuple[float, float]:
    measured = [(_least(mine), _least(other, 3)) for mine, other in pairs]
    return median(m for m, _ in measured), median(o for _, o in measured)


def _database(edges: Iterator[tuple[int, int]] | list[tuple[int, int]]) -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE edges (source INTEGER, target INTEGER)")
    connection.executemany("INSERT INTO edges VALUES (?, ?)", edges)
    connection.execute("CREATE INDEX by_source ON edges (source, target)")
    return connection


def _sql(
    snapshot: Snapshot, sources: Ints, targets: Ints, typical: list[int], hub: int
) -> Iterator[Comparison]:
    database = _database(zip(sources.tolist(), targets.tolist(), strict=True))

    def recursive(node: int) -> object:
        return database.execute(_RECURSIVE, (node,)).fetchone()

    mine, other = _in_turn([(partial(_walk, snapshot, n), partial(recursive, n)) for n in typical])
    yield Comparison("typical set of columns", mine, other, "s", "recursive SQL")
    mine, other = _in_turn([(partial(_walk, snapshot, hub), partial(recursive, hub))])
    yield Comparison("worst set of columns", mine, other, "s", "recursive SQL")
    database.close()


def _ladder() -> Comparison:
    """Diamonds one after another, as in a wide join that is read again and again."""
    rungs = range(LADDER_RUNGS)
    edges = [pair for r in rungs for pair in _diamond(3 * r)]
    stored = np.array(edges, dtype=np.int32)
    database = _database(edges)
    graph = nx.DiGraph(edges)
    view = State(_small(stored), NO_RULES).columns.view()

    def ours() -> int:
        return len(walk(view, [0], Direction.DOWNSTREAM))

    def paths() -> int:
        return len(database.execute(_PATHS, (0, 0)).fetchall()) - 1

    begin = time.process_time()
    enumerated = paths()
    other = time.process_time() - begin
    assert ours() == enumerated == len(nx.descendants(graph, 0))
    mine = _least(ours)
    database.close()
    name = f"diamond ladder of {len(edges)} edges"
    return Comparison(name, mine, other, "s", "paths enumerated", "at least 100x", other >= 100 * mine)


def _diamond(first: int) -> list[tuple[int, int]]:
    return [(first, first + 1), (first, first + 2), (first + 1, first + 3), (first + 2, first + 3)]


def _small(edges: Ints) -> Contents:
    cells = np.zeros(len(edges), dtype=CELL)
    cells["source"], cells["target"] = edges[:, 0], edges[:, 1]
    nodes = int(edges.max()) + 1
    return Contents(
        [Entity(Kind.DATASET, "bench", "ladder"), Entity(Kind.JOB, "bench", "job")],
        np.zeros(nodes, dtype=np.int32),
        [f"c{n}" for n in range(nodes)],
        [(1, 0, b'["[0,[[null,null,null]]]"]', len(edges))],
        cells,
        np.empty((0, 2), dtype=np.int32),
        [],
    )
