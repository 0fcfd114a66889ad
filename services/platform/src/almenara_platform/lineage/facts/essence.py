"""What many events have in common, so that it is read once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from almenara_platform.gateway.measured import SIDES
from almenara_platform.lineage.facts.described import DESCRIBING
from almenara_platform.runs import facets

REMEMBERED_BYTES = 32_768
"""A longer essence is seldom told twice, and would take the room of many."""
_TELLING = frozenset({*DESCRIBING, "schema", "columnLineage", "lineage"})


def essence(event: Mapping[str, Any]) -> bytes:
    """A validated event as JSON, without what differs from run to run: its time, run and measurements.

    Events that have the same essence say the same about datasets, columns, jobs and owners.
    """
    shown: dict[str, Any] = {
        side: [_named_with_facets(each) for each in facets.items(event.get(side))] for side in SIDES
    }
    for name in ("job", "dataset"):
        if facets.mapping(event.get(name)):
            shown[name] = _named_with_facets(event[name])
    return orjson.dumps(shown)


def _named_with_facets(described: Mapping[str, Any]) -> dict[str, Any]:
    told = facets.standing(described.get("facets"))
    kept = {name: facet for name, facet in told.items() if name in _TELLING}
    return {"namespace": described["namespace"], "name": described["name"], "facets": kept}
