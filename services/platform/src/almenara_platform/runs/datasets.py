"""The datasets of a run, out of the facets that its events told of them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import orjson
from orjson import Fragment

from almenara_platform.runs import facets
from almenara_platform.runs.model import DatasetRef, QualityResult

DatasetFacets = Mapping[tuple[str, str, str], Mapping[str, Any]]
"""Facets by name of every dataset by its direction (``inputs``, ``outputs``), namespace and name, sorted."""

_STATISTICS = {"inputs": "inputStatistics", "outputs": "outputStatistics"}


class RunDatasets:
    """What a run read and wrote; each form is made once, when it is first asked for."""

    def __init__(self, told: DatasetFacets) -> None:
        self._told = told

    @cached_property
    def inputs(self) -> tuple[DatasetRef, ...]:
        """The datasets that it read."""
        return self._refs("inputs")

    @cached_property
    def outputs(self) -> tuple[DatasetRef, ...]:
        """The datasets that it wrote."""
        return self._refs("outputs")

    @cached_property
    def quality(self) -> tuple[QualityResult, ...]:
        """What the standard facets measured and asserted; the last word on a table's check and column."""
        found: dict[tuple[str, str, str | None], QualityResult] = {}
        for (_, _, name), told in self._told.items():
            for result in facets.metrics(name, facets.mapping(told.get("dataQualityMetrics"))):
                found[result.table, result.check, result.column] = result
            for result in facets.assertions(name, facets.mapping(told.get("dataQualityAssertions"))):
                found[result.table, result.check, result.column] = result
        return tuple(found.values())

    @cached_property
    def packed(self) -> Mapping[str, Fragment]:
        """``inputs`` and ``outputs`` as JSON."""
        return {name: Fragment(orjson.dumps(getattr(self, name))) for name in _STATISTICS}

    def _refs(self, direction: str) -> tuple[DatasetRef, ...]:
        return tuple(_ref(name, told) for name, told in self._told.items() if name[0] == direction)


def _ref(name: tuple[str, str, str], told: Mapping[str, Any]) -> DatasetRef:
    counts = facets.mapping(told.get(_STATISTICS[name[0]]))
    measured = facets.mapping(told.get("dataQualityMetrics"))
    rows = facets.count(counts.get("rowCount"))
    size = facets.count(counts.get("size"))
    return DatasetRef(
        namespace=name[1],
        name=name[2],
        schema=facets.columns(facets.mapping(told.get("schema"))),
        rows=facets.count(measured.get("rowCount")) if rows is None else rows,
        bytes=facets.count(measured.get("bytes")) if size is None else size,
    )
