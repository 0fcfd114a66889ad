"""The lineage graph in memory: compact arrays that answer questions of any depth exactly."""

from almenara_platform.lineage.graph.edges import Direction, EdgeFlag, EdgeList
from almenara_platform.lineage.graph.graph import Graph
from almenara_platform.lineage.graph.neighbours import edges_from
from almenara_platform.lineage.graph.view import View
from almenara_platform.lineage.graph.walk import Enough, Walk, walk

__all__ = ["Direction", "EdgeFlag", "EdgeList", "Enough", "Graph", "View", "Walk", "edges_from", "walk"]
