"""Column lineage made whole, so that receivers do not lose it silently.

Marquez draws a column edge only when the input is listed in ``inputs``, and the fields of input and output
are known. It shows the legacy ``transformationType`` of a field, and nothing of its ``transformations``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from almenara_platform.outbox.destinations.explicit import tell_columns
from almenara_platform.outbox.destinations.port import DatasetName, Knowledge
from almenara_platform.outbox.destinations.wellformed import datasets
from almenara_platform.runs import facets
from almenara_platform.runs.model import Column

MASKED = "MASKED"
IDENTITY = "IDENTITY"
Fields = dict[DatasetName, dict[str, None]]
"""Columns by dataset, each once, in the order they were met."""


def complete(event: dict[str, Any], knowledge: Knowledge) -> None:
    """List the inputs of column edges, fill in schemas and legacy transformations; keep what is there.

    What only the explicit ``lineage`` facet says of columns is said as column lineage first.
    """
    tell_columns(event)
    used = _used(event)
    _list_inputs(event, used)
    named = list(datasets(event))
    known = knowledge.columns({_name(dataset) for dataset in named})
    for dataset in named:
        own = _column_fields(dataset)
        _fill_schema(dataset, known.get(_name(dataset), ()), [*used.get(_name(dataset), ()), *own])
        for field in own.values():
            _fill_legacy(field)


def restore_parent(event: dict[str, Any], knowledge: Knowledge) -> None:
    """Give a run event the ``parent`` facet that another event of the run had.

    A receiver that names jobs after their parents would else see two jobs in one run.
    """
    run = facets.mapping(event.get("run"))
    if not run or facets.mapping(run.get("facets")).get("parent"):
        return
    parent = knowledge.parent(run["runId"])
    if parent:
        event["run"]["facets"] = {**facets.mapping(run.get("facets")), "parent": dict(parent)}


def edges(dataset: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The input fields that the columns of a dataset come from."""
    for field in _column_fields(dataset).values():
        yield from facets.items(field.get("inputFields"))


def _used(event: dict[str, Any]) -> Fields:
    found: Fields = defaultdict(dict)
    for dataset in datasets(event):
        for edge in edges(dataset):
            if all(facets.text(edge.get(key)) for key in ("namespace", "name", "field")):
                found[_name(edge)][edge["field"]] = None
    return found


def _list_inputs(event: dict[str, Any], used: Fields) -> None:
    # An event about a dataset alone has no place for inputs.
    if not facets.mapping(event.get("job")):
        return
    listed = {_name(dataset) for dataset in facets.items(event.get("inputs"))}
    missing = [name for name in used if name not in listed]
    if missing:
        added = [{"namespace": namespace, "name": name} for namespace, name in missing]
        event["inputs"] = [*(event.get("inputs") or ()), *added]


def _fill_schema(dataset: dict[str, Any], known: Sequence[Column], used: Iterable[str]) -> None:
    given = facets.mapping(facets.mapping(dataset.get("facets")).get("schema"))
    fields = list(facets.items(given.get("fields"))) or [_field(column) for column in known]
    names = {field.get("name") for field in fields}
    fields += [{"name": name} for name in dict.fromkeys(used) if name not in names]
    if fields and fields != given.get("fields"):
        schema = {**given, "fields": fields}
        dataset["facets"] = {**facets.mapping(dataset.get("facets")), "schema": schema}


def _field(column: Column) -> dict[str, Any]:
    values = {"name": column.name, "type": column.type, "description": column.description}
    return {key: value for key, value in values.items() if value is not None}


def _fill_legacy(field: dict[str, Any]) -> None:
    inputs = facets.items(field.get("inputFields"))
    found = [step for each in inputs for step in facets.items(each.get("transformations"))]
    direct = [step for step in found if step.get("type") == "DIRECT"] or found
    if direct:
        field.setdefault("transformationType", _kind(direct))
        field.setdefault("transformationDescription", _description(direct))


def _kind(steps: Sequence[Mapping[str, Any]]) -> str:
    if all(step.get("masking") is True for step in steps):
        return MASKED
    kinds = dict.fromkeys(_words(step) for step in steps)
    return IDENTITY if set(kinds) == {"DIRECT IDENTITY"} else ", ".join(kinds)


def _description(steps: Sequence[Mapping[str, Any]]) -> str:
    told = (facets.text(step.get("description")) or _words(step) for step in steps)
    return "; ".join(dict.fromkeys(told))


def _words(step: Mapping[str, Any]) -> str:
    parts = (facets.text(step.get("type")), facets.text(step.get("subtype")))
    masked = " (masked)" if step.get("masking") is True else ""
    return " ".join(filter(None, parts)) + masked


def _column_fields(dataset: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    facet = facets.mapping(facets.mapping(dataset.get("facets")).get("columnLineage"))
    found = facets.mapping(facet.get("fields"))
    return {name: field for name, field in found.items() if isinstance(field, dict)}


def _name(dataset: Mapping[str, Any]) -> DatasetName:
    return dataset["namespace"], dataset["name"]
