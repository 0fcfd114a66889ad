"""Items of an answer as JSON, written without an object for each of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any

import orjson

from almenara_platform.lineage.graph import Direction, Walk
from almenara_platform.lineage.graph.ways import Ways
from almenara_platform.lineage.index.names import Names

_AT_ONCE = 1024
_BETWEEN = ",\n  "
# Not within JSON, where it is escaped.
_SPLIT = "\0"


@dataclass(frozen=True, slots=True)
class _Level:
    """What was written of the nodes that are ``hops`` away, from the place ``first`` of their level on.

    ``path`` has four strands whose texts, one after the other, are the path of each node.
    """

    hops: int
    first: int
    path: tuple[list[str], ...] = field(default_factory=lambda: ([], [], [], []))


def texts_of(names: Names, found: Walk, places: range, direction: Direction) -> Iterator[str]:
    """The items at these places of a walk, as ``items_of`` gives them: some in each text, commas between.

    The path of each is that of its parent, written a hop before, and one step.
    """
    writer = _Writer(names, found.ways, direction)
    now = _Level(0, 0)
    for start in range(places.start, places.stop, _AT_ONCE):
        end = min(start + _AT_ONCE, places.stop)
        strands = writer.strands(found.nodes[start:end].tolist())
        done = 0
        for hops, first, parents in found.ways.places(start, end):
            if hops != now.hops:
                before = now if now.hops == hops - 1 else _Level(hops - 1, 0)
                now = _Level(hops, first)
            own = [strand[done : done + len(parents)] for strand in strands]
            done += len(parents)
            yield writer.items(now, own, writer.ways(before, parents))


class _Writer:
    """Looks up the names of many nodes at once, and writes a level at a time."""

    def __init__(self, names: Names, ways: Ways, direction: Direction) -> None:
        self._names, self._ways = names, ways
        self._downstream = direction is Direction.DOWNSTREAM

    def strands(self, nodes: list[int]) -> tuple[Sequence[str], ...]:
        """What is written of each node but for its hops and the path before it: three of its item, two more
        that with its name make the step to it.
        """
        owners = _picked(self._names.node_entities, nodes)
        spaces, columns = (
            _picked(self._names.entity_namespaces, owners),
            _picked(self._names.node_columns, nodes),
        )
        opened, closed = (",[", "]") if self._downstream else ("[", "],")
        begun, opening = _repeated(spaces, "", (']},{"namespace":', ',"name":"'), (opened, ',"'))
        column, closing = _repeated(columns, None, ('","column":', ""), ('",', closed))
        return begun, _inside(_picked(self._names.entity_names, owners)), column, opening, closing

    def items(self, level: _Level, strands: list[Sequence[str]], ways: Sequence[str]) -> str:
        """The items of some nodes of a level, given their strands and the path before each."""
        begun, names, column, opening, closing = strands
        step = (opening, names, closing)
        path = (ways, *step) if self._downstream else (*step, ways)
        for written, more in zip(level.path, path, strict=True):
            written.extend(more)
        hops = [f',"hops":{level.hops},"path":['] * len(ways)
        return _woven(begun, names, column, hops, *path)[3:] + "]}"

    def ways(self, level: _Level, places: list[int]) -> Sequence[str]:
        """The paths between the start and the nodes at these places of a level, both included."""
        wanted, first = set(places), level.first
        a, b, c, d = level.path
        written = [at for at in wanted if at >= first] if a else []
        known = {at: f"{a[at - first]}{b[at - first]}{c[at - first]}{d[at - first]}" for at in written}
        for at in wanted - known.keys():
            known[at] = self._looked_up(level.hops, at)
        return _picked(known, places)

    def _looked_up(self, hops: int, place: int) -> str:
        """The path to a node that is not among the items: it is a start, or on an earlier page."""
        way = self._ways.to_place(hops, place)
        steps = self._names.places(way if self._downstream else way[::-1])
        return orjson.dumps(steps)[1:-1].decode()


def _repeated(values: Sequence[str], empty: str | None, *around: tuple[str, str]) -> Iterator[Sequence[str]]:
    """The JSON of each value between two texts, for each such pair; ``empty`` stands for an empty value.

    Where many values are the same, each is written once.
    """
    different: Sequence[str] = list(set(values))
    if 2 * len(different) > len(values):
        different = values
    written = _json([value or empty for value in different])
    for before, after in around:
        texts = _each(written, before, after)
        if len(texts) == 1:
            yield texts * len(values)
        else:
            yield texts if different is values else _picked(dict(zip(different, texts, strict=True)), values)


def _picked(source: Any, keys: Sequence[Any]) -> Sequence[Any]:
    """What the source has for each key, found in one call."""
    return itemgetter(*keys)(source) if len(keys) > 1 else [source[key] for key in keys]


def _inside(values: Sequence[str]) -> Sequence[str]:
    """Each value as JSON without its quotes. Where all of them together need no escape, none does."""
    joined = "".join(values)
    if len(orjson.dumps(joined)) == len(joined.encode()) + 2:
        return values
    return [text[1:-1] for text in _each(_json(values))]


def _json(values: Sequence[str | None]) -> str:
    """The values as JSON, one after the other.

    A line end within a value is escaped: one that is not separates two of them.
    """
    return orjson.dumps(values, option=orjson.OPT_INDENT_2)[4:-2].decode()


def _each(written: str, before: str = "", after: str = "") -> list[str]:
    """What ``_json`` wrote of each value, between two texts."""
    return f"{before}{written.replace(_BETWEEN, f'{after}{_SPLIT}{before}')}{after}".split(_SPLIT)


def _woven(*strands: Sequence[str]) -> str:
    """One of each strand in turn, all of one length.

    Costs less than to make a text for each item and to join those.
    """
    every = len(strands)
    parts = [""] * (len(strands[0]) * every)
    for at, strand in enumerate(strands):
        parts[at::every] = strand
    return "".join(parts)
