"""Datasets, and how a run used them."""

from __future__ import annotations

import weakref
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import narwhals as nw

from almenara.quality import CheckResult, Profile, schema_of

if TYPE_CHECKING:
    from almenara.lineage.columns import ColumnLineage

Schema = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Dataset:
    """A table, file or topic.

    ``namespace`` is where it lives, such as ``postgres://host:5432`` or ``s3://bucket``, ``name`` what it is
    called there, such as ``shop.public.sales``; both follow OpenLineage's naming, so that other tools mean
    the same dataset by the same words. Two of the same namespace and name are equal, whatever is said of
    them.
    """

    namespace: str
    name: str
    description: str | None = field(default=None, compare=False)
    owner: str | None = field(default=None, compare=False)

    def told(self, other: Dataset) -> Dataset:
        """This dataset with what ``other``, an equal one, says of it where it says nothing itself."""
        return replace(
            self, description=self.description or other.description, owner=self.owner or other.owner
        )


@dataclass(slots=True)
class DatasetUse:
    """How one run read or wrote a dataset; ``rows`` and ``bytes`` are None where unknown.

    ``change`` is what became of all that it held before, in OpenLineage's words; None where that stayed.
    """

    dataset: Dataset
    columns: tuple[tuple[str, str], ...] = ()
    rows: int | None = None
    bytes: int | None = None
    profile: Profile | None = None
    checks: tuple[CheckResult, ...] = ()
    lineage: ColumnLineage | None = None
    change: str | None = None
    frame: FrameRef = field(default_factory=lambda: FrameRef(None))

    def add(self, other: DatasetUse) -> None:
        """Take over what ``other``, a later use in the same run, knows; rows and bytes add up."""
        self.dataset = self.dataset.told(other.dataset)
        self.columns = other.columns or self.columns
        self.rows = _sum(self.rows, other.rows)
        self.bytes = _sum(self.bytes, other.bytes)
        if other.lineage is not None:
            self.lineage = other.lineage if self.lineage is None else self.lineage.merged(other.lineage)
        self.change = self.change or other.change
        if other.frame.is_set:
            self.frame = other.frame


class FrameRef:
    """Remembers a frame without keeping it in memory."""

    __slots__ = ("_ref",)

    def __init__(self, frame: object) -> None:
        try:
            self._ref: weakref.ref[Any] | None = None if frame is None else weakref.ref(frame)
        except TypeError:
            self._ref = None

    @property
    def is_set(self) -> bool:
        """Whether there was a frame."""
        return self._ref is not None

    def is_frame(self, frame: object) -> bool:
        """Whether ``frame`` is the very object."""
        return self._ref is not None and self._ref() is frame

    def is_same(self, other: FrameRef) -> bool:
        """Whether both are of one object that is still there."""
        frame = None if self._ref is None else self._ref()
        return frame is not None and other.is_frame(frame)


def use_of(
    dataset: Dataset, frame: Any, schema: Schema | None, rows: int | None, size: int | None
) -> DatasetUse:
    """The use of ``dataset`` as told by the caller, filled up with what ``frame`` shows at no cost."""
    columns: list[tuple[str, str]] = []
    if schema is not None:
        columns = [(str(name), str(kind)) for name, kind in schema.items()]
    elif frame is not None:
        columns = schema_of(frame)
    known = rows if rows is not None or frame is None else _rows(frame)
    return DatasetUse(dataset, tuple(columns), known, size, frame=FrameRef(frame))


def _rows(frame: Any) -> int | None:
    """Rows of a frame in memory; None for a lazy one, which would have to be computed."""
    viewed = nw.from_native(frame, pass_through=True)
    return len(viewed) if isinstance(viewed, nw.DataFrame) else None


def _sum(left: int | None, right: int | None) -> int | None:
    return (left or 0) + (right or 0) if left is not None or right is not None else None
