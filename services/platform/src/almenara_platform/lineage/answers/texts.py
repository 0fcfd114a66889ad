"""Items of an answer as JSON, written without an object for each of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

import orjson

from almenara_platform.lineage.graph import Direction, Walk
from almenara_platform.lineage.graph.ways import Ways
from almenara_platform.lineage.index.names import Names

_AT_ONCE = 1024
_BETWEEN = ",\n  "


@dataclass(frozen=True, slots=True)
class _Level:
    """What was written of the nodes that are ``hops`` away, from the place ``first`` of their level on.

    ``ways`` has the path before each node, ``steps`` the place of the node itself.
    """

    hops: int
    first: int
    ways: list[str] = field(default_factory=list)
    steps: list[str] = field(default_factory=list)


def texts_of(names: Names, found: Walk, places: range, direction: Direction) -> Iterator[str]:
    """The items at these places of a walk, as ``items_of`` gives them: some in each text, commas between.

    The path of each is that of its parent, written a hop before, and one step.
    """
    writer = _Writer(names, found.ways, direction)
    now = _Level(0, 0)
    for start in range(places.start, places.stop, _AT_ONCE):
        end = min(start + _AT_ONCE, places.stop)
        nodes = iter(found.nodes[start:end].tolist())
        for hops, first, parents in found.ways.places(start, end):
            if hops != now.hops:
                before = now if now.hops == hops - 1 else _Level(hops - 1, 0)
                now = _Level(hops, first)
            yield writer.items(now, list(islice(nodes, len(parents))), writer.ways(before, parents))


class _Writer:
    """Writes a level at a time."""

    def __init__(self, names: Names, ways: Ways, direction: Direction) -> None:
        self._names, self._ways = names, ways
        self._downstream = direction is Direction.DOWNSTREAM

    def items(self, level: _Level, nodes: list[int], ways: list[str]) -> str:
        """The items of these nodes of a level, given the path before each."""
        namespaces, names, columns = _parts(self._names, nodes)
        steps = _steps(namespaces, names, columns)
        level.ways.extend(ways)
        level.steps.extend(steps)
        head = (',{"namespace":', namespaces, ',"name":', names, ',"column":', columns)
        path = (ways, ",", steps) if self._downstream else (steps, ",", ways)
        return _woven(len(nodes), *head, f',"hops":{level.hops},"path":[', *path, "]}")[1:]

    def ways(self, level: _Level, places: list[int]) -> list[str]:
        """The paths between the start and the nodes at these places of a level, both included."""
        wanted, first = set(places), level.first
        left, right = (level.ways, level.steps) if self._downstream else (level.steps, level.ways)
        written = [at for at in wanted if at >= first] if left else []
        known = {at: f"{left[at - first]},{right[at - first]}" for at in written}
        for at in wanted - known.keys():
            known[at] = self._looked_up(level.hops, at)
        return [known[at] for at in places]

    def _looked_up(self, hops: int, place: int) -> str:
        """The path to a node that is not among the items: it is a start, or on an earlier page."""
        way = self._ways.to_place(hops, place)
        return ",".join(_steps(*_parts(self._names, way if self._downstream else way[::-1])))


def _steps(namespaces: list[str], names: list[str], columns: list[str]) -> list[str]:
    return [f"[{a},{b},{c}]" for a, b, c in zip(namespaces, names, columns, strict=True)]


def _parts(names: Names, nodes: Sequence[int]) -> tuple[list[str], list[str], list[str]]:
    """Namespace, name and column of each node as JSON."""
    entities, owners, columns = names.entities, names.node_entities, names.node_columns
    found = [entities[owners[node]] for node in nodes]
    return (
        _json_once([entity[1] for entity in found]),
        _json([entity[2] for entity in found]),
        _json_once([columns[node] or None for node in nodes]),
    )


def _json_once(values: Sequence[str | None]) -> list[str]:
    """Each value as JSON, where many are the same."""
    different = list(set(values))
    known = dict(zip(different, _json(different), strict=True))
    return [known[value] for value in values]


def _json(values: Sequence[str | None]) -> list[str]:
    """Each value as JSON. A line end within a value is escaped: one that is not separates two of them."""
    return orjson.dumps(values, option=orjson.OPT_INDENT_2)[4:-2].decode().split(_BETWEEN)


def _woven(count: int, *strands: str | list[str]) -> str:
    """One of each strand in turn, ``count`` times; a single text is the same each time.

    Costs less than to make a text for each item and to join those.
    """
    every = len(strands)
    parts = [""] * (count * every)
    for at, strand in enumerate(strands):
        parts[at::every] = [strand] * count if isinstance(strand, str) else strand
    return "".join(parts)
