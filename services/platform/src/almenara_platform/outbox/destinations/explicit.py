"""Explicit lineage said over again as the columnLineage facet, for receivers that know only that one.

Source: OpenLineage facets/1-0-0/LineageFacet.json.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from almenara_platform.runs import facets

_NAMED = ("namespace", "name")


def tell_columns(event: dict[str, Any]) -> None:
    """Give outputs, and the dataset of an event about one, the columnLineage facet that they lack."""
    written = [*facets.items(event.get("outputs")), *facets.items([event.get("dataset")])]
    for dataset in written:
        told = facets.mapping(dataset.get("facets"))
        fields = _fields(event, dataset)
        if fields and "columnLineage" not in told:
            dataset["facets"] = {**told, "columnLineage": {"fields": fields}}


def _fields(event: Mapping[str, Any], dataset: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for entry in _entries(event, dataset):
        for column, field in facets.mapping(entry.get("fields")).items():
            sources = [_input(item) for item in facets.items(facets.mapping(field).get("inputs"))]
            kept = [source for source in sources if source]
            if kept:
                found.setdefault(column, {"inputFields": []})["inputFields"] += kept
    return found


def _entries(event: Mapping[str, Any], dataset: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """What the dataset's own facet says, and the entries about it in that of the job."""
    yield facets.mapping(facets.mapping(dataset.get("facets")).get("lineage"))
    job = facets.mapping(facets.mapping(event.get("job")).get("facets"))
    for entry in facets.items(facets.mapping(job.get("lineage")).get("entries")):
        if entry.get("type") != "JOB" and all(entry.get(part) == dataset.get(part) for part in _NAMED):
            yield entry


def _input(item: Mapping[str, Any]) -> dict[str, Any] | None:
    named = all(isinstance(item.get(part), str) for part in _NAMED)
    if item.get("type") == "JOB" or not named or not facets.text(item.get("field")):
        return None
    told = {key: item[key] for key in (*_NAMED, "field")}
    steps = list(facets.items(item.get("transformations")))
    return told | {"transformations": steps} if steps else told
