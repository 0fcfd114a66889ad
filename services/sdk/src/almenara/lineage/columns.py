"""Where the columns of a dataset come from, as OpenLineage's columnLineage facet."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from openlineage.client.facet_v2 import column_lineage_dataset as facets

from almenara.dataset import Dataset
from almenara.lineage.facets import PRODUCER

if TYPE_CHECKING:
    from almenara.sql.model import Kind


@dataclass(frozen=True, slots=True)
class ColumnSource:
    """A column of a dataset, and what is done to it on the way."""

    dataset: Dataset
    column: str
    kind: Kind

    def then(self, outer: Kind) -> ColumnSource:
        """The same column with one more transformation behind it."""
        return ColumnSource(self.dataset, self.column, self.kind.then(outer))


Sources = frozenset[ColumnSource]


@dataclass(frozen=True, slots=True)
class ColumnLineage:
    """Sources of each column of a dataset; ``influences`` decide which rows it gets."""

    fields: Mapping[str, Sources] = field(default_factory=dict)
    influences: Sources = frozenset()

    def __bool__(self) -> bool:
        return bool(self.influences or any(self.fields.values()))

    def __len__(self) -> int:
        return len(self.influences) + sum(map(len, self.fields.values()))

    def merged(self, other: ColumnLineage) -> ColumnLineage:
        """The lineage of a dataset that was filled in both ways."""
        fields = {
            name: self.fields.get(name, frozenset()) | other.fields.get(name, frozenset())
            for name in {**self.fields, **other.fields}
        }
        return ColumnLineage(fields, self.influences | other.influences)

    def spelled(self, columns: Collection[str]) -> ColumnLineage:
        """The same with its fields as ``columns`` spell them."""
        fields = {spelled_as(name, columns): sources for name, sources in self.fields.items()}
        return ColumnLineage(fields, self.influences)

    def as_facet(self) -> facets.ColumnLineageDatasetFacet:
        """As it goes over the wire, in an order that does not depend on the run."""
        return facets.ColumnLineageDatasetFacet(
            fields={
                name: facets.Fields(inputFields=_input_fields(sources))
                for name, sources in self.fields.items()
                if sources
            },
            dataset=_input_fields(self.influences),
            producer=PRODUCER,
        )


def spelled_as(name: str, columns: Collection[str]) -> str:
    """The one of ``columns`` that is ``name`` but for its case; ``name`` where it is there, or none is."""
    if name in columns:
        return name
    return next((column for column in columns if column.lower() == name.lower()), name)


def _input_fields(sources: Iterable[ColumnSource]) -> list[facets.InputField]:
    kinds: dict[tuple[str, str, str], set[Kind]] = defaultdict(set)
    for source in sources:
        kinds[source.dataset.namespace, source.dataset.name, source.column].add(source.kind)
    return [
        facets.InputField(namespace, name, column, [_transformation(kind) for kind in sorted(found)])
        for (namespace, name, column), found in sorted(kinds.items())
    ]


def _transformation(kind: Kind) -> facets.Transformation:
    return facets.Transformation(kind.type, kind.subtype, masking=kind.masking)
