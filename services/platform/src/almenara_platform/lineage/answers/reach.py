"""Downstream and upstream: everything a column or dataset leads to, or comes from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from almenara_platform import cursor as cursors
from almenara_platform.lineage.answers.asked import Asked, find
from almenara_platform.lineage.answers.texts import texts_of
from almenara_platform.lineage.facts import Kind
from almenara_platform.lineage.graph import Direction, EdgeFlag, Walk, walk
from almenara_platform.lineage.index import Snapshot

Place = tuple[str, str, str | None]
Item = dict[str, Any]
# From dataset to dataset there are two steps, with a job or its stand-in between.
_STEPS_A_HOP = 2
_AT_ONCE = 4096


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked; ``depth`` None means any number of hops, ``column`` None the dataset itself."""

    namespace: str
    name: str
    column: str | None = None
    depth: int | None = None
    indirect: bool = True
    limit: int = 1000
    cursor: str | None = None


@dataclass(frozen=True, slots=True)
class Reach:
    """A page of the answer: items by hops and then by the number of their node, made as they are read.

    ``texts`` are the same as JSON, some items in each with commas between.
    """

    items: Iterator[Item]
    texts: Iterator[str]
    count: int
    next: str | None


def reach(snapshot: Snapshot, question: Question, direction: Direction) -> Reach:
    """One page of what is reached.

    A column is followed over column edges, masked ones included; a dataset over the jobs that read and write.
    Each item has ``hops`` and the ``path`` that the data takes. Raises ``NotFound`` and ``BadCursor``.
    """
    asked = find(snapshot, question.namespace, question.name, question.column)
    if asked.node is None:
        return _datasets(snapshot, asked, question, direction)
    return _columns(snapshot, asked.node, question, direction)


def _columns(snapshot: Snapshot, node: int, question: Question, direction: Direction) -> Reach:
    avoid = EdgeFlag.NONE if question.indirect else EdgeFlag.INDIRECT
    found = walk(snapshot.columns, [node], direction, avoid, question.depth, _Full(question))
    begin, end, following = _page(found, question, np.arange(len(found)))
    places = range(begin, end)
    items = items_of(snapshot, found, places, direction)
    return Reach(items, texts_of(snapshot.names, found, places, direction), end - begin, following)


def _datasets(snapshot: Snapshot, asked: Asked, question: Question, direction: Direction) -> Reach:
    depth = None if question.depth is None else question.depth * _STEPS_A_HOP
    found = walk(snapshot.flows, [asked.entity], direction, depth=depth)
    kinds = snapshot.names.entities
    chosen = np.array([i for i, n in enumerate(found.nodes.tolist()) if kinds[n].kind is Kind.DATASET], int)
    begin, end, following = _page(found, question, chosen)
    items, again = (_dataset_items(snapshot, found, chosen[begin:end], direction) for _ in range(2))
    return Reach(items, (orjson.dumps(each).decode() for each in again), end - begin, following)


def _page(found: Walk, question: Question, chosen: np.ndarray) -> tuple[int, int, str | None]:
    """The first and last of the ``chosen`` places on this page, and the cursor of the next."""
    begin = 0
    if question.cursor:
        begin = int(np.searchsorted(chosen, found.after(*_place(question.cursor))))
    end = min(begin + question.limit, len(chosen))
    if end >= len(chosen):
        return begin, end, None
    last = int(chosen[end - 1])
    return begin, end, cursors.encode(int(found.hops[last]), int(found.nodes[last]))


class _Full:
    """Ends a walk when there is a node more than the page takes."""

    def __init__(self, question: Question) -> None:
        self._hops, self._node = _place(question.cursor) if question.cursor else (0, -1)
        self._room = question.limit

    def __call__(self, hops: int, nodes: NDArray[np.integer]) -> bool:
        if hops == self._hops:
            self._room -= len(nodes) - int(np.searchsorted(nodes, self._node, side="right"))
        elif hops > self._hops:
            self._room -= len(nodes)
        return self._room < 0


def items_of(snapshot: Snapshot, found: Walk, places: range, direction: Direction) -> Iterator[Item]:
    """The reached columns at these places of a walk, with the way that the data takes.

    The path of each is that of its parent, made a hop before, and one place.
    """
    downstream = direction is Direction.DOWNSTREAM
    before: dict[int, list[Place]] = {}
    now: dict[int, list[Place]] = {}
    level = -1
    for node, place, hops, parent in _rows(snapshot, found, places):
        if hops != level:
            before, now, level = now, {}, hops
        known = before.get(parent)
        if known is None:
            known = before[parent] = snapshot.names.places(_with_the_data(found.path(parent), direction))
        path = now[node] = [*known, place] if downstream else [place, *known]
        yield item(place, hops, path)


def _rows(snapshot: Snapshot, found: Walk, places: range) -> Iterator[tuple[int, Place, int, int]]:
    """Node, its place, hops and parent."""
    for start in range(places.start, places.stop, _AT_ONCE):
        end = min(start + _AT_ONCE, places.stop)
        numbers = found.nodes[start:end].tolist()
        named = snapshot.names.places(numbers)
        hops, parents = found.hops[start:end].tolist(), found.ways.parents(start, end)
        yield from zip(numbers, named, hops, parents, strict=True)


def item(place: Place, hops: int, path: list[Place]) -> Item:
    """One item of an answer."""
    namespace, name, column = place
    return {"namespace": namespace, "name": name, "column": column, "hops": hops, "path": path}


def _dataset_items(
    snapshot: Snapshot, found: Walk, places: np.ndarray, direction: Direction
) -> Iterator[Item]:
    entities = snapshot.names.entities
    for at in places.tolist():
        path = found.path(int(found.nodes[at]))[::_STEPS_A_HOP]
        way: list[Place] = [(*entities[each][1:], None) for each in _with_the_data(path, direction)]
        last = way[-1] if direction is Direction.DOWNSTREAM else way[0]
        yield item(last, int(found.hops[at]) // _STEPS_A_HOP, way)


def _with_the_data(path: list[int], direction: Direction) -> list[int]:
    return path if direction is Direction.DOWNSTREAM else path[::-1]


def _place(cursor: str) -> tuple[int, int]:
    """Hops and node of the last item before a page."""
    hops, node = cursors.decode(cursor, int, int)
    return _int32(hops), _int32(node)


def _int32(value: int) -> int:
    return max(-1, min(value, 2**31 - 1))
