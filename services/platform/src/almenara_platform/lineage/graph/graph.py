"""The growing graph: writers append, readers take a view, a thread folds the newest edges in."""

from __future__ import annotations

import threading
from collections.abc import Iterable

from almenara_platform.lineage.graph.edges import EdgeList
from almenara_platform.lineage.graph.view import View

# A layer of this many edges costs about a millisecond to make anew at each append.
FOLD_AT = 20_000


class Graph:
    """A graph that is appended to while it is read. Nodes are numbers from 0 without gaps.

    ``view()`` never waits: it is the state after the last whole append.
    """

    def __init__(self, edges: EdgeList | None = None, nodes: int = 0, fold_at: int = FOLD_AT) -> None:
        self._all = edges if edges is not None else EdgeList.of([])
        self._newest = EdgeList.of([])
        self._view = View.build(self._all, nodes)
        self._fold_at = fold_at
        self._lock = threading.Lock()
        self._folding: threading.Thread | None = None

    def view(self) -> View:
        """The newest state."""
        return self._view

    def append(self, edges: Iterable[tuple[int, int, int]], nodes: int) -> None:
        """Add (source, target, flag) edges, all at once for every reader; ``nodes`` is the new node count."""
        with self._lock:
            self._newest = self._newest.joined(EdgeList.of(list(edges)))
            self._view = View.of(self._view, self._newest, max(nodes, self._view.nodes))
            if len(self._newest) >= self._fold_at and self._folding is None:
                self._folding = threading.Thread(target=self._fold, name="lineage-graph-fold", daemon=True)
                self._folding.start()

    def settle(self) -> None:
        """Wait until a running fold has ended."""
        folding = self._folding
        if folding is not None:
            folding.join()

    def _fold(self) -> None:
        with self._lock:
            taken, everything, nodes = len(self._newest), self._all.joined(self._newest), self._view.nodes
        folded = View.build(everything, nodes)
        with self._lock:
            newest = EdgeList(
                self._newest.sources[taken:], self._newest.targets[taken:], self._newest.flags[taken:]
            )
            self._all, self._newest, self._folding = everything, newest, None
            self._view = View.of(folded, newest, self._view.nodes)
