"""Marks at the nodes of a graph, used by one walk after the other."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Marks = NDArray[np.bool_]
# More than this many walks at once each clear an array of their own.
_SPARE = 4
_ROOM = 65_536
_MANY = 16


class SpareMarks:
    """Arrays with a mark for each node, none of them set.

    A page reaches few nodes of a large graph: taking those marks back costs less than to clear an array for
    all of them, and leaves the names of what was reached in the processor's cache.
    """

    def __init__(self) -> None:
        self._spare: list[Marks] = []

    def take(self, nodes: int) -> Marks:
        """Marks for that many nodes and some more, which nobody else has until they are given back."""
        try:
            marks = self._spare.pop()
        except IndexError:
            marks = np.empty(0, dtype=np.bool_)
        if len(marks) >= nodes:
            return marks
        return np.zeros(nodes + _ROOM, dtype=np.bool_)

    def give_back(self, marks: Marks, levels: Sequence[NDArray[np.integer]]) -> None:
        """Marks that are set at no other nodes than these; without this they are forgotten."""
        if len(self._spare) >= _SPARE:
            return
        if _MANY * sum(map(len, levels)) > len(marks):
            marks[:] = False
        else:
            for level in levels:
                marks[level] = False
        self._spare.append(marks)
