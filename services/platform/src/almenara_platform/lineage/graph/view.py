"""One state of the graph that never changes, for any number of readers."""

from __future__ import annotations

from dataclasses import dataclass, field

from almenara_platform.lineage.graph.edges import Csr, Direction, EdgeList, Layers, SortedEdges
from almenara_platform.lineage.graph.marks import SpareMarks


@dataclass(frozen=True, slots=True)
class View:
    """The graph at one moment: ``nodes`` is how many there are, each layer holds a part of the edges.

    ``marks`` are for walks, and shared with the views that this one grows into.
    """

    nodes: int
    downstream: Layers
    upstream: Layers
    marks: SpareMarks = field(default_factory=SpareMarks, compare=False)

    @classmethod
    def of(cls, base: View, newest: EdgeList, nodes: int) -> View:
        """A view with the base's edges and the newest ones as a layer of their own."""
        if not len(newest):
            return cls(nodes, base.downstream[:1], base.upstream[:1], base.marks)
        return cls(
            nodes,
            (base.downstream[0], SortedEdges.build(newest)),
            (base.upstream[0], SortedEdges.build(newest.reversed())),
            base.marks,
        )

    @classmethod
    def build(cls, edges: EdgeList, nodes: int) -> View:
        """A view with every edge in one layer."""
        return cls(nodes, (Csr.build(edges, nodes),), (Csr.build(edges.reversed(), nodes),))

    def layers(self, direction: Direction) -> Layers:
        """The layers to look into when going this way."""
        return self.downstream if direction is Direction.DOWNSTREAM else self.upstream
