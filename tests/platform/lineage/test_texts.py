"""Items written as JSON, compared with what orjson makes of the same items."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import orjson
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from almenara_platform.api.lineage_answers import _pieces
from almenara_platform.lineage.answers import texts
from almenara_platform.lineage.answers.reach import Question, items_of, reach
from almenara_platform.lineage.facts import Entity, Kind
from almenara_platform.lineage.facts.model import WHOLE
from almenara_platform.lineage.graph import Direction, Graph, walk
from almenara_platform.lineage.index import Snapshot
from almenara_platform.lineage.index.names import Names

NODES = 12
HOSTILE = [
    '","',
    '",\n  "',
    "],[",
    "\\",
    "%s{}",
    "\x00\x1f\x7f\n",
    "\u2028",
    "ß\N{GRINNING FACE}",
    "</script>",
]
words = st.one_of(st.sampled_from(HOSTILE), st.text(st.characters(exclude_categories=["Cs"]), max_size=6))
named_by = st.tuples(words, words, st.one_of(st.just(WHOLE), words))
edges_of = st.lists(st.tuples(*2 * [st.integers(0, NODES - 1)], st.just(0)), max_size=40)


def snapshot_of(edges: Iterable[tuple[int, int, int]], places: list[tuple[str, str, str]]) -> Snapshot:
    """A graph whose nodes have these namespaces, names and columns."""
    names = Names([Entity(Kind.DATASET, namespace, name) for namespace, name, _ in places])
    names.load_nodes(np.arange(len(places), dtype=np.int32), [column for _, _, column in places])
    graph = Graph()
    graph.append(edges, len(places))
    return Snapshot(names, graph.view(), Graph().view(), {}, {}, {}, ())


def named(edges: Iterable[tuple[int, int, int]], count: int) -> Snapshot:
    """A graph whose nodes have names that need no escapes."""
    return snapshot_of(edges, [("file", f"t{n}", f"c{n}") for n in range(count)])


def written(snapshot: Snapshot, places: range, direction: Direction, start: int = 0) -> bytes:
    """A part of an answer as it is sent."""
    found = walk(snapshot.columns, [start], direction)
    return f"[{','.join(texts.texts_of(snapshot.names, found, places, direction))}]".encode()


def expected(snapshot: Snapshot, places: range, direction: Direction, start: int = 0) -> bytes:
    """The same made of objects."""
    found = walk(snapshot.columns, [start], direction)
    return orjson.dumps(list(items_of(snapshot, found, places, direction)))


@settings(max_examples=300, deadline=None)
@given(
    edges=edges_of,
    places=st.lists(
        st.tuples(words, words, st.one_of(st.just(WHOLE), words)), min_size=NODES, max_size=NODES
    ),
    direction=st.sampled_from(list(Direction)),
    page=st.tuples(st.integers(0, NODES), st.integers(0, NODES)),
)
@example([(n + 1, n, 0) for n in range(NODES - 1)], [("n", "t", "c")] * NODES, Direction.UPSTREAM, (5, 9))
def test_texts_equal_the_json_of_the_items(edges, places, direction, page):
    """Whatever the names are and wherever a page begins and ends, the bytes are those that orjson writes."""
    snapshot = snapshot_of(edges, places)
    reached = range(len(walk(snapshot.columns, [0], direction)))[slice(*sorted(page))]
    assert written(snapshot, reached, direction) == expected(snapshot, reached, direction)


@pytest.mark.parametrize("direction", Direction)
@pytest.mark.parametrize("at_once", [1, 7, 1024])
def test_levels_are_written_in_parts(direction, at_once, monkeypatch):
    """Levels wider than what is written at once, and pages that begin or end within one, are whole."""
    monkeypatch.setattr(texts, "_AT_ONCE", at_once)
    random = np.random.default_rng(5)
    edges = [(int(a), int(b), 0) for a, b in random.integers(0, 400, (900, 2))]
    snapshot = named([*edges, *((0, n, 0) for n in range(1, 90)), *((n, 0, 0) for n in range(1, 90))], 400)
    every = range(len(walk(snapshot.columns, [0], direction)))
    for page in (every, every[30:], every[120:130], every[100:-3], every[-1:], every[:0]):
        assert written(snapshot, page, direction) == expected(snapshot, page, direction)


@pytest.mark.parametrize("direction", Direction)
@pytest.mark.parametrize("shared", [1, 3, 200])
@pytest.mark.parametrize("prefix", ["plain ", 'needs \\ "escapes" '])
def test_names_that_items_share(direction, shared, prefix):
    """Whether one, few or most namespaces and columns differ, and names need escapes, each has its own."""
    spaces = [*HOSTILE, *(f"n{n}" for n in range(shared))][-shared:]
    columns = [WHOLE, *HOSTILE, *(f"c{n}" for n in range(shared))][:shared]
    random = np.random.default_rng(shared)
    edges = [(int(a), int(b), 0) for a, b in random.integers(0, 300, (600, 2))]
    places = [(spaces[n % len(spaces)], f"{prefix}{n}", columns[n * 7 % len(columns)]) for n in range(300)]
    snapshot = snapshot_of([*edges, (0, 1, 0), (1, 0, 0)], places)
    every = range(len(walk(snapshot.columns, [0], direction)))
    assert len(every) > 100
    for page in (every, every[:50], every[60:]):
        assert written(snapshot, page, direction) == expected(snapshot, page, direction)


def test_a_name_that_is_no_text_is_refused():
    """Half of a surrogate pair cannot be sent, as in every other answer."""
    snapshot = snapshot_of([(0, 1, 0)], [("n", "t", "c"), ("n", "\ud800", "c")])
    with pytest.raises(TypeError):
        written(snapshot, range(1), Direction.DOWNSTREAM)
    with pytest.raises(TypeError):
        expected(snapshot, range(1), Direction.DOWNSTREAM)


@pytest.mark.parametrize("direction", Direction)
def test_a_chain_leaves_in_few_pieces(direction):
    """Levels of one column each are gathered, and the answer is the one that orjson would write."""
    snapshot = named([(n, n + 1, 0) for n in range(200)], 201)
    asked = {Direction.DOWNSTREAM: "0", Direction.UPSTREAM: "200"}[direction]
    question = Question("file", f"t{asked}", f"c{asked}", limit=150)
    snapshot = Snapshot(snapshot.names, snapshot.columns, Graph(nodes=201).view(), {}, {}, {}, ())
    pieces = list(_pieces(reach(snapshot, question, direction)))
    again = reach(snapshot, question, direction)
    whole = {"items": list(again.items), "partial": True, "next": again.next}
    assert b"".join(pieces) == orjson.dumps(whole)
    assert len(pieces) < 10
