"""Label values kept within bounds: a runaway one becomes ``other``."""

from __future__ import annotations

from typing import Generic, Protocol, TypeVar

from prometheus_client.metrics import MetricWrapperBase

OTHER = "other"
MetricT = TypeVar("MetricT", bound=MetricWrapperBase)


class OverflowListener(Protocol):
    """Is told of every label value that was replaced."""

    def __call__(self, metric: str, label: str, value: str, limit: int) -> None: ...


class BoundedFamily(Generic[MetricT]):
    """A labelled metric whose children are cached, and whose labels take at most ``limit`` values each."""

    def __init__(
        self,
        metric: MetricT,
        name: str,
        label_names: tuple[str, ...],
        limit: int,
        on_overflow: OverflowListener,
    ) -> None:
        self._metric = metric
        self._name = name
        self._label_names = label_names
        self._limit = limit
        self._on_overflow = on_overflow
        self._seen: tuple[set[str], ...] = tuple(set() for _ in label_names)
        self._children: dict[tuple[str, ...], MetricT] = {}

    def labels(self, *values: str) -> MetricT:
        """The child for ``values``, created at 0 when new."""
        child = self._children.get(values)
        return child if child is not None else self._create(values)

    def forget(self, *values: str) -> None:
        """Take the child for ``values`` away, if there is one."""
        if self._children.pop(values, None) is not None:
            self._metric.remove(*values)

    def _create(self, values: tuple[str, ...]) -> MetricT:
        bounded = tuple(self._bound(position, str(value)) for position, value in enumerate(values))
        child = self._metric.labels(*bounded)
        self._children[bounded] = child
        return child

    def _bound(self, position: int, value: str) -> str:
        seen = self._seen[position]
        if value in seen or len(seen) < self._limit:
            seen.add(value)
            return value
        self._on_overflow(self._name, self._label_names[position], value, self._limit)
        return OTHER
