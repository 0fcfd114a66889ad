"""What facets say about a dataset or a job itself: owners, words, type, tags and other names."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any

import orjson

from almenara_platform.lineage.facts.columns import dataset_of, is_name
from almenara_platform.lineage.facts.model import Entity, Schema
from almenara_platform.runs import facets
from almenara_platform.runs.model import Column

OWNERS, DESCRIPTION, TYPE, TAGS, SYMLINKS = "owners", "description", "type", "tags", "symlinks"


def read_registers(described: Mapping[str, Any]) -> Iterator[tuple[str, bytes]]:
    """(register, value as JSON) of each facet that says something; a later one replaces it."""
    for facet_name, (register, read) in _READERS.items():
        facet = described.get(facet_name)
        if isinstance(facet, dict):
            yield register, orjson.dumps(read(facet))


def read_schema(dataset: Entity, described: Mapping[str, Any]) -> Schema | None:
    """The columns of a dataset, None where they are not told."""
    facet = described.get("schema")
    if not isinstance(facet, dict):
        return None
    return Schema(dataset, *_version(facets.columns(facet)))


@lru_cache(maxsize=4096)
def _version(columns: tuple[Column, ...]) -> tuple[str, bytes, tuple[str, ...]]:
    known = [column for column in columns if is_name(column.name)]
    packed = orjson.dumps([[column.name, column.type, column.description] for column in known])
    digest = hashlib.blake2b(packed, digest_size=16).hexdigest()
    return digest, packed, tuple(dict.fromkeys(column.name for column in known))


def _owners(facet: Mapping[str, Any]) -> list[str]:
    return [item["name"] for item in facets.items(facet.get("owners")) if facets.text(item.get("name"))]


def _tags(facet: Mapping[str, Any]) -> list[list[str | None]]:
    """[key, value, field] of each tag; field is None for the dataset as a whole."""
    found = []
    for item in facets.items(facet.get("tags")):
        if is_name(item.get("key")):
            value = item.get("value")
            text = value if isinstance(value, str) else orjson.dumps(value).decode()
            found.append([item["key"], text, item["field"] if is_name(item.get("field")) else None])
    return sorted(found, key=lambda tag: [part or "" for part in tag])


def _symlinks(facet: Mapping[str, Any]) -> list[list[str]]:
    names = (dataset_of(item) for item in facets.items(facet.get("identifiers")))
    return sorted({(name.namespace, name.name) for name in names if name})


def _type(name: str) -> Callable[[Mapping[str, Any]], str]:
    return lambda facet: (facets.text(facet.get(name)) or "").upper()


_READERS: dict[str, tuple[str, Callable[[Mapping[str, Any]], Any]]] = {
    "ownership": (OWNERS, _owners),
    "documentation": (DESCRIPTION, lambda facet: facets.text(facet.get("description")) or ""),
    "datasetType": (TYPE, _type("datasetType")),
    "jobType": (TYPE, _type("jobType")),
    "tags": (TAGS, _tags),
    "symlinks": (SYMLINKS, _symlinks),
}
DESCRIBING = frozenset(_READERS)
"""The facets that become registers."""
