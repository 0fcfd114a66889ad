"""The lineage graph in memory: compact arrays that answer questions of any depth exactly."""

from almenara_platform.lineage.graph.edges import Direction, EdgeFlag
from almenara_platform.lineage.graph.graph import Graph
from almenara_platform.lineage.graph.view import View
from almenara_platform.lineage.graph.walk import Walk, walk

__all__ = ["Direction", "EdgeFlag", "Graph", "View", "Walk", "walk"]
