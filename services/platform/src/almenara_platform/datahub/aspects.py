"""Aspects of a dataset as ``POST /openapi/v3/entity/dataset`` takes them.

Source: DataHub's OpenAPI guide and the bodies that its own Python emitter (1.7) sends.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from almenara_platform.datahub.urns import dataset_urn, field_urn, owner_urn, platform_of, platform_urn

Entity = dict[str, Any]
Edge = Mapping[str, Any]
"""An edge as ``GET /api/v1/dataset`` tells it."""

_TYPES = (
    ("Boolean", ("bool",)),
    ("Time", ("time", "interval")),
    ("Date", ("date",)),
    ("Array", ("array", "list")),
    ("Map", ("map",)),
    ("Record", ("struct", "record", "row", "json")),
    ("Bytes", ("byte", "blob", "binary")),
    ("Number", ("int", "float", "double", "decimal", "numeric", "real", "number", "serial", "long", "short")),
    ("String", ("char", "text", "string", "str", "uuid", "object", "enum", "categor")),
)
"""Kinds of DataHub, each with what the names of its types contain; the first that fits counts."""


def description_of(known: Mapping[str, Any], environment: str) -> Entity:
    """Properties, schema, owners and existence of a dataset as ``GET /api/v1/dataset`` tells them."""
    namespace, name = known["namespace"], known["name"]
    properties = {
        "name": name.rstrip("/").rsplit("/", 1)[-1],
        "qualifiedName": f"{namespace}/{name}",
        "customProperties": {"openlineage.namespace": namespace, "openlineage.name": name},
    }
    if known.get("description"):
        properties["description"] = known["description"]
    aspects: dict[str, Any] = {"datasetProperties": properties, "status": {"removed": False}}
    if known.get("schema"):
        aspects["schemaMetadata"] = _schema(namespace, name, known["schema"])
    if known.get("owners"):
        owners = [{"owner": owner_urn(each), "type": "TECHNICAL_OWNER"} for each in known["owners"]]
        aspects["ownership"] = {"owners": owners}
    return entity(dataset_urn(namespace, name, environment), aspects)


def lineage_of(known: Mapping[str, Any], sources: Iterable[tuple[str, str]], environment: str) -> Entity:
    """What a dataset and its columns come from; ``sources`` are the datasets, with or without columns.

    DataHub has no word for filters and joins: INDIRECT edges make their dataset a source and nothing more.
    """
    own = known["namespace"], known["name"]
    direct = [e for e in known["lineage"] if e["type"] == "DIRECT" and e["source"][2] and e["target"][2]]
    named = dict.fromkeys([*sources, *(tuple(edge["source"][:2]) for edge in known["lineage"])])
    upstreams = [
        {"dataset": dataset_urn(*source, environment), "type": "TRANSFORMED"}
        for source in sorted(named)
        if source != own
    ]
    target = dataset_urn(*own, environment)
    fields = [_field(target, column, edges, environment) for column, edges in _by_column(direct).items()]
    return entity(target, {"upstreamLineage": {"upstreams": upstreams, "fineGrainedLineages": fields}})


def entity(urn: str, aspects: Mapping[str, Any]) -> Entity:
    """An entity with its aspects."""
    return {"urn": urn} | {name: {"value": value} for name, value in aspects.items()}


def _schema(namespace: str, name: str, columns: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    return {
        "schemaName": name,
        "platform": platform_urn(platform_of(namespace)),
        "version": 0,
        "hash": "",
        "platformSchema": {"com.linkedin.schema.OtherSchema": {"rawSchema": ""}},
        "fields": [_column(column) for column in columns],
    }


def _column(column: Mapping[str, Any]) -> dict[str, Any]:
    native = column.get("type") or ""
    told = {
        "fieldPath": column["name"],
        "nativeDataType": native or "unknown",
        "type": {"type": {f"com.linkedin.schema.{_kind(native)}Type": {}}},
        "nullable": True,
    }
    return told | ({"description": column["description"]} if column.get("description") else {})


def _kind(native: str) -> str:
    low = native.lower()
    return next((kind for kind, parts in _TYPES if any(part in low for part in parts)), "Null")


def _by_column(edges: Iterable[Edge]) -> dict[str, list[Edge]]:
    found: dict[str, list[Edge]] = defaultdict(list)
    for edge in edges:
        found[edge["target"][2]].append(edge)
    return dict(sorted(found.items()))


def _field(target: str, column: str, edges: Sequence[Edge], environment: str) -> dict[str, Any]:
    sources = {field_urn(dataset_urn(*edge["source"][:2], environment), edge["source"][2]) for edge in edges}
    return {
        "upstreamType": "FIELD_SET",
        "upstreams": sorted(sources),
        "downstreamType": "FIELD",
        "downstreams": [field_urn(target, column)],
        "transformOperation": _operation(edges),
        "confidenceScore": 1.0,
    }


def _operation(edges: Iterable[Edge]) -> str:
    said = dict.fromkeys(_words(step) for edge in edges for step in edge["transformations"])
    return "; ".join(filter(None, said)) or "TRANSFORM"


def _words(step: Mapping[str, Any]) -> str:
    masked = "masked" if step["masking"] else None
    return ": ".join(filter(None, (step["subtype"], step["description"], masked)))
