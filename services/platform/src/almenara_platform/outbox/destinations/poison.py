"""Dataset names that would break Marquez for everybody, taken out of an event before it leaves.

Marquez 0.51.1 writes half of such an event and then answers 500 for the lists of jobs, datasets and runs.
Measured: an empty dataset name, and any character outside ``a-zA-Z0-9:;=/_-.@+`` in a dataset's namespace.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from almenara_platform.outbox.destinations.port import Parcel
from almenara_platform.outbox.destinations.wellformed import datasets
from almenara_platform.runs import facets

LONGEST_NAME = 1024
"""Longest name and namespace that its own models of both allow."""

_NAMESPACE = re.compile(rf"[a-zA-Z0-9:;=/_\-.@+]{{1,{LONGEST_NAME}}}")
_SHOWN = 120


def without_poison(event: dict[str, Any]) -> Parcel:
    """The event without datasets, column edges and symlinks that have such a name, and what was wrong."""
    if facets.mapping(event.get("dataset")):
        fault = fault_of(event["dataset"])
        if fault:
            return Parcel(None, (fault,))
    faults: list[str] = []
    for side in ("inputs", "outputs"):
        if isinstance(event.get(side), list):
            event[side] = _kept(event[side], faults)
    for dataset in datasets(event):
        _clean(dataset, faults)
    return Parcel(event, tuple(dict.fromkeys(faults)))


def fault_of(dataset: Mapping[str, Any]) -> str:
    """Why a dataset would break Marquez, empty when it would not."""
    namespace, name = dataset.get("namespace"), dataset.get("name")
    if not isinstance(name, str) or not name.strip():
        return f"A dataset in namespace {_shown(namespace)} has an empty name."
    if len(name) > LONGEST_NAME:
        return f"The name of dataset {_shown(name)} is longer than {LONGEST_NAME} characters."
    if not isinstance(namespace, str) or not _NAMESPACE.fullmatch(namespace):
        return (
            f"Dataset {_shown(name)} has the namespace {_shown(namespace)}; "
            "Marquez takes letters, digits and :;=/_-.@+ only."
        )
    return ""


def _clean(dataset: dict[str, Any], faults: list[str]) -> None:
    for field in _mappings(dataset, "columnLineage", "fields"):
        if isinstance(field.get("inputFields"), list):
            field["inputFields"] = _kept(field["inputFields"], faults)
    facet = facets.mapping(facets.mapping(dataset.get("facets")).get("symlinks"))
    if isinstance(facet.get("identifiers"), list):
        dataset["facets"]["symlinks"]["identifiers"] = _kept(facet["identifiers"], faults)


def _mappings(dataset: Mapping[str, Any], facet: str, part: str) -> Iterator[dict[str, Any]]:
    found = facets.mapping(facets.mapping(facets.mapping(dataset.get("facets")).get(facet)).get(part))
    return (value for value in found.values() if isinstance(value, dict))


def _kept(named: list[Any], faults: list[str]) -> list[Any]:
    judged = [(each, fault_of(each)) for each in named if isinstance(each, dict)]
    faults.extend(fault for _, fault in judged if fault)
    return [each for each, fault in judged if not fault]


def _shown(text: object) -> str:
    return repr(text if not isinstance(text, str) or len(text) <= _SHOWN else text[:_SHOWN] + "…")
