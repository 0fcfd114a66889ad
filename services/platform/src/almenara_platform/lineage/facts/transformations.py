"""What is done to data on its way along an edge, in one spelling for every way of saying it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from almenara_platform.runs import facets

Transformation = tuple[str | None, str | None, bool | None]
"""Subtype, description, masking."""

_LEGACY_MASKED = "MASKED"


def contents(
    said: Mapping[str, Any], legacy: Mapping[str, Any], default_indirect: bool
) -> Iterator[tuple[bool, Transformation]]:
    """(indirect, transformation) pairs of an input field; at least one.

    ``legacy`` is the field with ``transformationType`` and ``transformationDescription`` of the facet's first
    versions, which count where the input field itself says nothing. Nothing said at all is a direct edge.
    """
    found = [_one(item, default_indirect) for item in facets.items(said.get("transformations"))]
    if found:
        yield from found
        return
    kind, description = (facets.text(legacy.get(f"transformation{word}")) for word in ("Type", "Description"))
    masking = True if kind == _LEGACY_MASKED else None
    yield default_indirect, (kind, description, masking)


def content(indirect: bool, transformations: Iterator[Transformation] | set[Transformation]) -> str:
    """The content of an edge: the same text for the same transformations in any order."""
    said = sorted(set(transformations), key=lambda item: [str(part or "") for part in item])
    return orjson.dumps([int(indirect), said]).decode()


def _one(item: Mapping[str, Any], default_indirect: bool) -> tuple[bool, Transformation]:
    kind = facets.text(item.get("type"))
    masking = item.get("masking")
    transformation = (
        facets.text(item.get("subtype")),
        facets.text(item.get("description")),
        masking if isinstance(masking, bool) else None,
    )
    return default_indirect if kind is None else kind.upper() == "INDIRECT", transformation
