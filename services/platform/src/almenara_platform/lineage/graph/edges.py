"""Edges in arrays, looked up by the node they leave from."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntFlag, StrEnum
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int32]
Bytes = NDArray[np.uint8]


class EdgeFlag(IntFlag):
    """What is known of an edge; no flag means DIRECT, not masked, and value by value."""

    NONE = 0
    INDIRECT = 1
    MASKED = 2
    AGGREGATED = 4


class Direction(StrEnum):
    """Which way to follow edges."""

    DOWNSTREAM = "downstream"
    UPSTREAM = "upstream"


@dataclass(frozen=True, slots=True)
class EdgeList:
    """Edges ``sources[i] -> targets[i]`` with ``flags[i]``, in no order; three arrays of one length."""

    sources: Ints
    targets: Ints
    flags: Bytes

    @classmethod
    def of(cls, edges: list[tuple[int, int, int]]) -> EdgeList:
        """Arrays of (source, target, flag) triples."""
        table = np.array(edges, dtype=np.int32).reshape(-1, 3)
        return cls(table[:, 0].copy(), table[:, 1].copy(), table[:, 2].astype(np.uint8))

    def reversed(self) -> EdgeList:
        """The same edges, each the other way round."""
        return EdgeList(self.targets, self.sources, self.flags)

    def joined(self, other: EdgeList) -> EdgeList:
        """The edges of both."""
        return EdgeList(
            np.concatenate((self.sources, other.sources)),
            np.concatenate((self.targets, other.targets)),
            np.concatenate((self.flags, other.flags)),
        )

    def after(self, count: int) -> EdgeList:
        """The edges without the first ``count`` of them."""
        return EdgeList(self.sources[count:], self.targets[count:], self.flags[count:])

    def __len__(self) -> int:
        return len(self.sources)


class Adjacency(Protocol):
    """Edges grouped by source: ``targets`` and ``flags`` of node n lie at ``starts .. starts + counts``."""

    targets: Ints
    flags: Bytes

    def ranges(self, nodes: NDArray[np.integer]) -> tuple[Ints, Ints]:
        """Starts and counts of each node's edges."""


MANY_EDGES = 3
"""The highest degree that is told apart."""


@dataclass(frozen=True, slots=True)
class Csr:
    """Compressed sparse rows: constant-time look-up, made once for many edges.

    ``degrees`` has the number of each node's edges, ``MANY_EDGES`` for that many and more, and a last nought
    for nodes that came later.
    """

    offsets: Ints
    targets: Ints
    flags: Bytes
    degrees: Bytes

    @classmethod
    def build(cls, edges: EdgeList, nodes: int) -> Csr:
        """Group edges by source; targets keep their order. O(edges log edges) time.

        Takes 5 bytes an edge and 5 a node.
        """
        order = np.argsort(edges.sources, kind="stable")
        counts = np.bincount(edges.sources, minlength=nodes)
        offsets = np.zeros(nodes + 1, dtype=np.int32)
        np.cumsum(counts, out=offsets[1:])
        degrees = np.zeros(nodes + 1, dtype=np.uint8)
        np.minimum(counts, MANY_EDGES, out=degrees[:-1], casting="unsafe")
        return cls(offsets, edges.targets[order], edges.flags[order], degrees)

    def ranges(self, nodes: NDArray[np.integer]) -> tuple[Ints, Ints]:
        """Starts and counts; a node that came after this was built has no edges here."""
        starts = self.offsets.take(nodes, mode="clip")
        counts = self.offsets.take(nodes + 1, mode="clip")
        counts -= starts
        return starts, counts


@dataclass(frozen=True, slots=True)
class SortedEdges:
    """Edges sorted by source and found by bisection: cheap to make anew for the few newest edges."""

    sources: Ints
    targets: Ints
    flags: Bytes

    @classmethod
    def build(cls, edges: EdgeList) -> SortedEdges:
        """Sort the edges by source. O(edges log edges)."""
        order = np.argsort(edges.sources, kind="stable")
        return cls(edges.sources[order], edges.targets[order], edges.flags[order])

    def ranges(self, nodes: NDArray[np.integer]) -> tuple[Ints, Ints]:
        """Starts and counts of each node's edges."""
        wanted = nodes.astype(np.int32)
        starts = np.searchsorted(self.sources, wanted, side="left")
        ends = np.searchsorted(self.sources, wanted, side="right")
        return starts.astype(np.int32), (ends - starts).astype(np.int32)


Layers = tuple[Csr, *tuple[SortedEdges, ...]]
"""All edges in one direction: most of them, and the newest."""
