"""What a pipeline's failure reaches: the port, and its adapters.

Answers come from which runs read and wrote which datasets. Column-level lineage may answer better one day.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol

from almenara_platform.alerts.model import UNKNOWN_REACH, Reach
from almenara_platform.runs.model import Dataset
from almenara_platform.store.port import LineageStore


class BlastRadius(Protocol):
    """Knows who is downstream. Methods may be called from any thread and raise ``StoreUnavailable``."""

    def of(self, pipeline: str) -> Reach:
        """What the pipeline writes and all that follows from it; ``known`` is False without lineage."""

    def all(self) -> dict[str, Reach]:
        """The reach of every known pipeline."""


class NoLineage:
    """The null adapter: nothing is known."""

    def of(self, pipeline: str) -> Reach:
        """Unknown."""
        return UNKNOWN_REACH

    def all(self) -> dict[str, Reach]:
        """No pipeline is known."""
        return {}


class RunLineage:
    """Follows datasets from the runs that wrote them to the runs that read them, any number of steps."""

    def __init__(self, store: LineageStore) -> None:
        self._store = store

    def of(self, pipeline: str) -> Reach:
        """Everything downstream of one pipeline."""
        return self._reach(list(self._datasets()), self._owners(), pipeline)

    def all(self) -> dict[str, Reach]:
        """Everything downstream of each pipeline."""
        datasets, owners = list(self._datasets()), self._owners()
        return {name: self._reach(datasets, owners, name) for name in owners}

    def _datasets(self) -> Iterator[Dataset]:
        cursor: str | None = None
        while True:
            page = self._store.datasets(limit=1000, cursor=cursor)
            yield from page.items
            if page.next is None:
                return
            cursor = page.next

    def _owners(self) -> dict[str, str]:
        return {pipeline.name: pipeline.owner or "" for pipeline in self._store.pipelines(recent=0)}

    def _reach(self, datasets: list[Dataset], owners: dict[str, str], pipeline: str) -> Reach:
        found = list(_downstream(datasets, pipeline))
        if not found:
            return UNKNOWN_REACH
        readers = sorted({reader for dataset in found for reader in dataset.consumed_by} - {pipeline})
        names = sorted({f"{dataset.namespace}/{dataset.name}" for dataset in found})
        told = sorted({owners.get(reader, "") for reader in readers} - {""})
        return Reach(tuple(names), tuple(readers), tuple(told))


def _downstream(datasets: Iterable[Dataset], pipeline: str) -> Iterator[Dataset]:
    written: dict[str, list[Dataset]] = {}
    for dataset in datasets:
        for producer in dataset.produced_by:
            written.setdefault(producer, []).append(dataset)
    pending, seen = [pipeline], {pipeline}
    while pending:
        for dataset in written.get(pending.pop(), ()):
            yield dataset
            new = set(dataset.consumed_by) - seen
            seen |= new
            pending += new
