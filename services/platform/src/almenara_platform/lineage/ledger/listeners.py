"""Who is told when the ledger grew."""

from __future__ import annotations

from almenara_platform.lineage.ledger.port import Delta, Listener


class Listeners:
    """Tells every listener of each delta."""

    def __init__(self) -> None:
        self._listeners: list[Listener] = []

    def add(self, listener: Listener) -> None:
        """Tell this one from now on."""
        self._listeners.append(listener)

    def tell(self, delta: Delta) -> None:
        """A transaction that added something has been committed."""
        if delta:
            for listener in self._listeners:
                listener(delta)
