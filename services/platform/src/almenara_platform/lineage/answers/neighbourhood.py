"""The graph around a dataset as a picture needs it: small at first, opened node by node, never too large."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, zip_longest
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from almenara_platform.lineage.answers.owners import next_to, readers, writers
from almenara_platform.lineage.facts import Entity, Kind
from almenara_platform.lineage.graph import Direction, EdgeFlag, edges_from, walk
from almenara_platform.lineage.index import Snapshot

MOST_NODES = 200
MOST_JOBS = 5
_STEPS_A_HOP = 2
BOTH = tuple(Direction)


@dataclass(slots=True)
class Neighbourhood:
    """Datasets by number with their layer (0 is the asked one, below 0 upstream), and what is between them.

    Where a job hands over to another with no dataset between them, the hand-over stands in its place.
    ``edges`` are pairs of datasets with up to ``MOST_JOBS`` jobs that read the one and write the other;
    ``loops`` are datasets that a job reads and writes; ``beside`` counts the neighbours of each dataset that
    are not shown, upstream and downstream; ``left_out`` are datasets that found no room.
    """

    layers: dict[int, int] = field(default_factory=dict)
    edges: dict[tuple[int, int], list[int]] = field(default_factory=dict)
    loops: set[int] = field(default_factory=set)
    beside: dict[int, tuple[int, int]] = field(default_factory=dict)
    left_out: set[int] = field(default_factory=set)


def neighbourhood(
    snapshot: Snapshot,
    center: int,
    depth: int = 1,
    opened: Iterable[Entity] = (),
    directions: Sequence[Direction] = BOTH,
    most: int = MOST_NODES,
) -> Neighbourhood:
    """Datasets within ``depth`` hops of the center, and one hop around each opened dataset among them.

    There are at most ``most``: the nearest ones, of both directions alike.
    """
    found = Neighbourhood({center: 0})
    _take(snapshot, found, center, depth, directions, most)
    for entity in opened:
        number = snapshot.entity(entity)
        if number is not None and number in found.layers:
            _take(snapshot, found, number, 1, BOTH, most)
    return _connected(snapshot, found)


def among(snapshot: Snapshot, datasets: Sequence[int], most: int = MOST_NODES) -> Neighbourhood:
    """The first of these datasets and what is between them; those that no other leads to are layer 0."""
    chosen = list(dict.fromkeys(datasets))
    shown = [*chosen[:most], *_hand_overs(snapshot, chosen[:most])][:most]
    found = Neighbourhood(dict.fromkeys(shown, 0), left_out=set(chosen[most:]))
    _connected(snapshot, found)
    found.layers = _layers(shown, found.edges)
    return found


def _hand_overs(snapshot: Snapshot, datasets: Sequence[int]) -> list[int]:
    """The hand-overs over which some of these datasets lead to others of them."""
    return sorted(set.intersection(*(_handed_over(snapshot, datasets, way) for way in BOTH)))


def _handed_over(snapshot: Snapshot, datasets: Sequence[int], way: Direction) -> set[int]:
    found: set[int] = set()
    frontier = {*datasets}
    while frontier:
        near = next_to(snapshot, frontier, way)
        frontier = {each for each in near if snapshot.names.entities[each].kind is Kind.CHANNEL} - found
        found |= frontier
    return found


def _take(
    snapshot: Snapshot, found: Neighbourhood, start: int, depth: int, ways: Sequence[Direction], most: int
) -> None:
    base = found.layers[start]
    reached = [_reached(snapshot, start, depth, way) for way in ways]
    for number, offset in filter(None, chain.from_iterable(zip_longest(*reached))):
        if number in found.layers:
            continue
        if len(found.layers) < most:
            found.layers[number] = base + offset
        else:
            found.left_out.add(number)


def _reached(snapshot: Snapshot, start: int, depth: int, way: Direction) -> Iterator[tuple[int, int]]:
    """Datasets, the nearest first, and how many layers they are away."""
    sign = 1 if way is Direction.DOWNSTREAM else -1
    walked = walk(snapshot.flows, [start], way, depth=depth * _STEPS_A_HOP)
    # Steps lead from datasets to jobs and back: the even ones end at datasets.
    chosen = walked.hops % _STEPS_A_HOP == 0
    hops = walked.hops[chosen] // _STEPS_A_HOP
    return zip(walked.nodes[chosen].tolist(), (sign * hops).tolist(), strict=True)


def _connected(snapshot: Snapshot, found: Neighbourhood) -> Neighbourhood:
    numbers = np.fromiter(found.layers, dtype=np.int32)
    makers = defaultdict(set)
    targets, jobs = edges_from(snapshot.flows, numbers, Direction.UPSTREAM)
    for target, job in zip(targets.tolist(), jobs.tolist(), strict=True):
        makers[job].add(target)
    between = defaultdict(set)
    sources, jobs = edges_from(snapshot.flows, numbers, Direction.DOWNSTREAM)
    for source, job in zip(sources.tolist(), jobs.tolist(), strict=True):
        for target in makers.get(job, ()):
            between[source, target].add(job)
    for pair, via in between.items():
        via |= _movers(snapshot, pair, via)
    found.loops = {source for source, target in between if source == target}
    found.edges = {pair: sorted(via)[:MOST_JOBS] for pair, via in sorted(between.items()) if len({*pair}) > 1}
    found.beside = {number: _beside(snapshot, number, found) for number in found.layers}
    return found


def _movers(snapshot: Snapshot, pair: tuple[int, int], via: Iterable[int]) -> set[int]:
    """The jobs of explicit lineage: they move data from the one to the other and stand beside its way."""
    if all(snapshot.names.entities[each].kind is not Kind.INFLOW for each in via):
        return set()
    return {*readers(snapshot, pair[0])} & {*writers(snapshot, pair[1])}


def _beside(snapshot: Snapshot, number: int, found: Neighbourhood) -> tuple[int, int]:
    above, below = (
        len(neighbours(snapshot, number, way) - found.layers.keys())
        for way in (Direction.UPSTREAM, Direction.DOWNSTREAM)
    )
    return above, below


def neighbours(snapshot: Snapshot, number: int, way: Direction) -> set[int]:
    """The datasets one hop away, without the dataset itself."""
    return next_to(snapshot, [number], way) - {number}


def _layers(datasets: Sequence[int], edges: Iterable[tuple[int, int]]) -> dict[int, int]:
    """Hops from the datasets that nothing leads to, and in rings from the first of each ring."""
    following: dict[int, list[int]] = defaultdict(list)
    for source, target in edges:
        following[source].append(target)
    led_to = {target for targets in following.values() for target in targets}
    layers: dict[int, int] = {}
    for start in ([each for each in datasets if each not in led_to], *([each] for each in datasets)):
        frontier = [each for each in start if each not in layers]
        layers.update(dict.fromkeys(frontier, 0))
        while frontier:
            fresh = {t: layers[s] + 1 for s in frontier for t in following[s] if t not in layers}
            layers.update(fresh)
            frontier = list(fresh)
    return layers


class Thread(NamedTuple):
    """An edge between columns; ``kind`` is "masked", "indirect" or, where values go over, empty."""

    source: int
    target: int
    kind: str


def column_edges(snapshot: Snapshot, nodes: Iterable[int]) -> list[Thread]:
    """Edges between these columns."""
    inside = np.unique(np.fromiter(nodes, dtype=np.int32))
    every, open_, direct = (
        _pairs(snapshot, inside, avoid) for avoid in (EdgeFlag.NONE, EdgeFlag.MASKED, EdgeFlag.INDIRECT)
    )

    def kind(pair: tuple[int, int]) -> str:
        return "indirect" if pair not in direct else "" if pair in open_ else "masked"

    return [Thread(*pair, kind(pair)) for pair in sorted(every)]


def _pairs(snapshot: Snapshot, inside: NDArray[np.int32], avoid: EdgeFlag) -> set[tuple[int, int]]:
    sources, targets = edges_from(snapshot.columns, inside, Direction.DOWNSTREAM, avoid)
    kept = np.isin(targets, inside) & (sources != targets)
    return set(zip(sources[kept].tolist(), targets[kept].tolist(), strict=True))
