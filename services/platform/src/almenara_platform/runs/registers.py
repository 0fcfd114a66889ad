"""What a run event says of its job and its datasets, as registers of the run's fold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from operator import itemgetter
from typing import Any

import orjson

from almenara_platform.gateway.measured import SIDES
from almenara_platform.gateway.parts import measured_in
from almenara_platform.runs import facets
from almenara_platform.runs.datasets import RunDatasets

Key = tuple[str, ...]

PARTS_OF_A_DATASET = 4
FACET_LIMIT_BYTES = 65_536
_JOB_FACETS = ("ownership", "documentation")
_DATASET_FACETS = (
    "schema",
    "dataQualityMetrics",
    "dataQualityAssertions",
    "inputStatistics",
    "outputStatistics",
)


class Registers:
    """Keys and values; a dataset has (direction, namespace, name, facet), and "" for being there at all.

    What is measured is not among them.
    """

    def __init__(self, event: Mapping[str, Any]) -> None:
        self.by_key: dict[Key, Any] = {}
        for key, value in _registers(event):
            # An event that names a dataset twice has told its facets the first time.
            self.by_key.setdefault(key, value)

    @cached_property
    def datasets(self) -> RunDatasets:
        """The datasets of a run of which all events have these registers."""
        return run_datasets(self.by_key.items())


def measured_registers(event: Mapping[str, Any], told: Registers) -> dict[Key, Any]:
    """What a run measured of its datasets, where it did not tell that with them."""
    apart = measured_in(event)
    if not apart:
        return {}
    found: dict[Key, Any] = {}
    for side, each in apart.items():
        for dataset, own in zip(event[side], each, strict=True):
            for key, value in _of_dataset(side, dataset, own):
                if key not in told.by_key:
                    found.setdefault(key, value)
    return found


def run_datasets(items: Iterable[tuple[Key, Any]]) -> RunDatasets:
    """The datasets that registers tell of."""
    found: dict[tuple[str, str, str], dict[str, Any]] = {}
    for key, value in items:
        if len(key) == PARTS_OF_A_DATASET:
            direction, namespace, name, facet = key
            found.setdefault((direction, namespace, name), {})[facet] = value
    return RunDatasets(dict(sorted(found.items(), key=itemgetter(0))))


def present(value: Any) -> Iterator[tuple[str, Any]]:
    """The facets that are objects, with their names."""
    return ((name, facet) for name, facet in facets.mapping(value).items() if isinstance(facet, dict))


def bounded(facet: dict[str, Any]) -> dict[str, Any]:
    """The facet, or in place of a large one how large it is."""
    size = len(orjson.dumps(facet))
    return facet if size <= FACET_LIMIT_BYTES else {"omitted": f"{size} bytes; see the run's raw events"}


def _registers(event: Mapping[str, Any]) -> Iterator[tuple[Key, Any]]:
    for name, facet in present(facets.standing(facets.mapping(event.get("job")).get("facets"))):
        if name in _JOB_FACETS:
            yield ("job", name), bounded(facet)
    for direction in SIDES:
        for dataset in facets.items(event.get(direction)):
            yield (direction, dataset["namespace"], dataset["name"], ""), None
            yield from _of_dataset(direction, dataset, {"facets": dataset.get("facets")})


def _of_dataset(
    direction: str, dataset: Mapping[str, Any], groups: Mapping[str, Any]
) -> Iterator[tuple[Key, Any]]:
    name = (direction, dataset["namespace"], dataset["name"])
    for group in groups.values():
        for facet_name, facet in facets.standing(group).items():
            if facet_name in _DATASET_FACETS and isinstance(facet, dict):
                yield (*name, facet_name), facet
