"""Columns followed through the statements of one run, down to the datasets that outlive it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from almenara.dataset import Dataset
from almenara.lineage.columns import ColumnLineage, ColumnSource, Sources, spelled_as
from almenara.sql.model import Kind, SqlLineage


class Step(NamedTuple):
    """A table that ends with its session: ``owner`` tells the sessions of one run apart."""

    owner: int
    name: str


Place = Dataset | Step


@dataclass(frozen=True, slots=True)
class Filled:
    """What a step holds; ``open`` where some of its columns are not known."""

    columns: Mapping[str, Sources] = field(default_factory=dict)
    influences: Sources = frozenset()
    open: bool = False


@dataclass(frozen=True, slots=True)
class Places:
    """The dataset or step that each name of a script stands for, "" for where the rows of a SELECT go.

    ``columns`` are those of datasets that are known, with their types.
    """

    by_name: Mapping[str, Place]
    columns: Mapping[Dataset, Mapping[str, str]] = field(default_factory=dict)


@dataclass(slots=True)
class Told:
    """What a script says about datasets, and in sentences what it leaves open.

    ``changes`` says what becomes of datasets that lose all that they held.
    """

    inputs: dict[Dataset, None] = field(default_factory=dict)
    outputs: dict[Dataset, ColumnLineage] = field(default_factory=dict)
    changes: dict[Dataset, str] = field(default_factory=dict)
    unresolved: dict[str, None] = field(default_factory=dict)


class Trail:
    """Remembers what filled the steps of a run; ``version`` changes whenever that does."""

    def __init__(self) -> None:
        self.version = 0
        self._filled: dict[Step, Filled] = {}

    def knows(self, step: Step) -> bool:
        """Whether a statement of this run has filled it."""
        return step in self._filled

    def columns(self, step: Step) -> tuple[str, ...]:
        """The columns of a step, empty where not all of them are known."""
        filled = self._filled.get(step, Filled(open=True))
        return () if filled.open else tuple(filled.columns)

    def follow(self, found: SqlLineage, places: Places) -> Told:
        """Take in what a script does."""
        told = Told(unresolved=dict.fromkeys(found.unresolved))
        for name in found.inputs:
            place = places.by_name.get(name)
            if isinstance(place, Dataset):
                told.inputs[place] = None
        for target in _targets(found, places.by_name, told):
            self._fill(target, found, places, told)
        return told

    def _fill(self, target: str, found: SqlLineage, places: Places, told: Told) -> None:
        place = places.by_name[target]
        lineage = self._lineage(target, found, places, told)
        if isinstance(place, Dataset):
            known = told.outputs.get(place, ColumnLineage())
            told.outputs[place] = known.merged(lineage.spelled(places.columns.get(place, ())))
            if target in found.changes:
                told.changes[place] = found.changes[target]
            return
        filled = Filled(
            lineage.fields, lineage.influences, target not in found.columns and bool(found.inputs)
        )
        before = self._filled.get(place)
        if before is not None and target not in found.made:
            earlier = ColumnLineage(before.columns, before.influences).merged(lineage)
            filled = Filled(earlier.fields, earlier.influences, before.open or filled.open)
        if filled != before:
            self._filled[place] = filled
            self.version += 1

    def _lineage(self, target: str, found: SqlLineage, places: Places, told: Told) -> ColumnLineage:
        fields: dict[str, set[ColumnSource]] = {name: set() for name in found.columns.get(target, ())}
        read: dict[str, None] = {}
        for edge in found.edges:
            if edge.target_table == target:
                read[edge.source_table] = None
                sources = self._sources(edge.source_table, edge.source_column, edge.kind, places, told)
                fields.setdefault(edge.target_column, set()).update(sources)
        influences: set[ColumnSource] = set()
        for influenced, use in found.influences:
            if influenced == target:
                read[use.table] = None
                influences |= self._sources(use.table, use.column, use.kind, places, told)
        if len(found.outputs) <= 1:
            read.update(dict.fromkeys(found.inputs))
        for name in read:
            place = places.by_name.get(name)
            if isinstance(place, Step) and place in self._filled:
                influences |= self._filled[place].influences
        return ColumnLineage({name: frozenset(each) for name, each in fields.items()}, frozenset(influences))

    def _sources(self, table: str, column: str, kind: Kind, places: Places, told: Told) -> set[ColumnSource]:
        place = places.by_name.get(table)
        if place is None:
            return set()
        if isinstance(place, Dataset):
            return {ColumnSource(place, spelled_as(column, places.columns.get(place, ())), kind)}
        filled = self._filled.get(place)
        if filled is None:
            told.unresolved[f"what filled {table}, which ends with its session, was not told"] = None
            return set()
        if filled.open and column not in filled.columns:
            told.unresolved[f"where column {column} of {table} comes from is not known"] = None
        return {source.then(kind) for source in filled.columns.get(column, ())}


def _targets(found: SqlLineage, places: Mapping[str, Place], told: Told) -> list[str]:
    if "" in places and not found.outputs:
        return [""]
    if "" in places:
        told.unresolved["into is for a query that only selects: this one fills tables itself"] = None
    return [name for name in found.outputs if name in places]
