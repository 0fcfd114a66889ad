"""The graph in memory, loaded from the ledger and grown with each of its commits."""

from __future__ import annotations

import threading
from collections.abc import Callable
from itertools import takewhile

from loguru import logger

from almenara_platform.lineage.index.snapshot import Snapshot
from almenara_platform.lineage.index.state import State
from almenara_platform.lineage.ledger.port import Delta, Label, LineageLedger
from almenara_platform.lineage.rules import NO_RULES, Rules

# Building this many nodes anew takes about a tenth of a second, which a commit may wait for.
_BUILT_AT_ONCE = 50_000


class LineageIndex:
    """Gives every question a snapshot. ``snapshot()`` never waits for writers.

    Most commits are appended. Where one cannot be, the graph is built anew: at once while it is small, else
    by a thread, and until that has ended answers are as of the commit before.
    """

    def __init__(self, ledger: LineageLedger, rules: Rules = NO_RULES) -> None:
        self._ledger = ledger
        self._rules = rules
        self._lock = threading.RLock()
        self._missed: list[Delta] = []
        self._building: threading.Thread | None = None
        self._awaited = 0
        ledger.listen(self._grow)
        with self._lock:
            self._labels = tuple(ledger.labels())
            self._state = State(ledger.contents(), rules)
            self._show()

    def snapshot(self) -> Snapshot:
        """The state after the last whole commit."""
        return self._snapshot

    def put_label(self, label: Label) -> None:
        """Keep a label for good and in the next snapshot."""
        self._ledger.put_label(label)
        self._change_labels()

    def remove_label(self, label: Label) -> bool:
        """Take a label away; False where nobody had put it."""
        known = self._ledger.remove_label(label)
        self._change_labels()
        return known

    def catch_up(self) -> None:
        """Take in what other processes have written; at the second call after their commit at the latest."""
        if tuple(self._ledger.labels()) != self._labels:
            self._change_labels()
        newest = self._ledger.revision()
        with self._lock:
            # What this process commits can be read a moment before it is announced.
            behind = self._state.revision < self._awaited
            self._awaited = newest
            if behind and self._building is None:
                self._rebuild()

    def settle(self) -> None:
        """Wait until the graph is no longer being built."""
        while (building := self._building) is not None:
            building.join()

    def _change_labels(self) -> None:
        with self._lock:
            self._labels = tuple(self._ledger.labels())
            self._show()

    def _grow(self, delta: Delta) -> None:
        with self._lock:
            if self._building is not None:
                self._missed.append(delta)
            elif self._state.follows(delta) and self._state.fits(delta) and self._append(delta):
                self._show()
            else:
                self._rebuild()

    def _rebuild(self) -> None:
        if len(self._state.names.node_columns) <= _BUILT_AT_ONCE:
            self._build()
        else:
            self._building = threading.Thread(target=self._build_aside, name="lineage-index", daemon=True)
            self._building.start()

    def _append(self, delta: Delta) -> bool:
        """Whether the delta is in; what was committed must not fail because of what is made of it."""
        try:
            self._state.append(delta)
        except Exception as error:  # noqa: BLE001
            logger.opt(exception=error).error("lineage_index_not_grown")
            return False
        return True

    def _build(self) -> None:
        self._state = State(self._ledger.contents(), self._rules)
        self._show()

    def _build_aside(self) -> None:
        again = True
        while again:
            with self._lock:
                self._missed.clear()
            found = self._attempt(lambda: State(self._ledger.contents(), self._rules))
            with self._lock:
                again = found is not None and not all(found.fits(delta) for delta in self._newer(found))
                if not again:
                    self._take(found)

    def _take(self, found: State | None) -> None:
        if found is not None:
            for delta in takewhile(found.follows, self._newer(found)):
                found.append(delta)
            self._state = found
            self._show()
        self._missed.clear()
        self._building = None

    def _newer(self, found: State) -> list[Delta]:
        return [delta for delta in self._missed if delta.revision > found.revision]

    def _attempt(self, build: Callable[[], State]) -> State | None:
        try:
            return build()
        except Exception as error:  # noqa: BLE001
            logger.opt(exception=error).error("lineage_index_not_built")
            return None

    def _show(self) -> None:
        state = self._state
        self._snapshot = Snapshot(
            state.names,
            state.columns.view(),
            state.flows.view(),
            state.stated,
            state.registers,
            state.patterned,
            self._labels,
        )
