"""How wide an event is: each column and each edge of it costs about 2 KB of memory while it is stored."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from almenara_platform.exceptions import TooLarge

MOST_COLUMNS = 50_000
"""Columns and column edges that one event may have; a hundred megabytes and two seconds."""


def refuse_wide(event: dict[str, Any]) -> None:
    """Raise ``TooLarge`` for a validated event that names more columns and edges than one may."""
    found = width(event)
    if found > MOST_COLUMNS:
        raise TooLarge(
            f"The event names {found} columns and column edges; one may have {MOST_COLUMNS}. "
            "Send the datasets in several events, or describe wide ones without their columns.",
            "body",
        )


def width(event: dict[str, Any]) -> int:
    """How many columns and edges a validated event names."""
    entries = _facet(_mapping(event.get("job")), "lineage").get("entries")
    explicit = sum(map(_told, entries)) if isinstance(entries, list) else 0
    return explicit + sum(map(_columns, _datasets(event)))


def in_portions(events: Sequence[dict[str, Any]]) -> Iterator[Sequence[dict[str, Any]]]:
    """Validated events in their order, each portion together as wide as one event may be."""
    if len(events) == 1:
        yield events
        return
    portion: list[dict[str, Any]] = []
    room = MOST_COLUMNS
    for event in events:
        own = width(event)
        if portion and own > room:
            yield portion
            portion, room = [], MOST_COLUMNS
        portion.append(event)
        room -= own
    if portion:
        yield portion


def _datasets(event: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield from event.get("inputs") or ()
    yield from event.get("outputs") or ()
    if event.get("dataset"):
        yield event["dataset"]


def _columns(dataset: dict[str, Any]) -> int:
    if not dataset.get("facets"):
        return 0
    schema, lineage = _facet(dataset, "schema"), _facet(dataset, "columnLineage")
    fields = _mapping(lineage.get("fields"))
    edges = _lengths(_mapping(field).get("inputFields") for field in fields.values())
    whole = _lengths((schema.get("fields"), lineage.get("dataset")))
    return whole + edges + _told(_facet(dataset, "lineage"))


def _told(entry: Any) -> int:
    fields = _mapping(_mapping(entry).get("fields"))
    inputs = _lengths(_mapping(field).get("inputs") for field in fields.values())
    return inputs + _lengths([_mapping(entry).get("inputs")])


def _facet(owner: dict[str, Any], name: str) -> dict[str, Any]:
    return _mapping(_mapping(owner.get("facets")).get(name))


def _lengths(values: Iterable[Any]) -> int:
    return sum(len(value) for value in values if isinstance(value, list))


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
