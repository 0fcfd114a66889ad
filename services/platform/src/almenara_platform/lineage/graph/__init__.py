"""The lineage graph in memory: compact arrays that answer questions of any depth exactly."""

from almenara_platform.lineage.graph.edges import Direction, EdgeFlag, EdgeList
from almenara_platform.lineage.graph.graph import Graph
from almenara_platform.lineage.graph.view import View
from almenara_platform.lineage.graph.walk import Walk, edges_from, walk

__all__ = ["Direction", "EdgeFlag", "EdgeList", "Graph", "View", "Walk", "edges_from", "walk"]
