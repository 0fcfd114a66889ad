"""How wide an event is: each column and each edge of it costs about 2 KB of memory while it is stored."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

from almenara_platform.exceptions import TooLarge
from almenara_platform.gateway.parts import Remembered, packed
from almenara_platform.runs.facets import mapping

MOST_COLUMNS = 50_000
"""Columns and column edges that one event may have; a hundred megabytes and two seconds."""


_KNOWN: Remembered[int] = Remembered()


class Sized(NamedTuple):
    """A validated event with the number of columns and edges that it names."""

    event: dict[str, Any]
    width: int


def sized(event: dict[str, Any]) -> Sized:
    """A validated event with its width; raises ``TooLarge`` for one that is wider than one may be."""
    found = _KNOWN.get(packed(event), partial(_width, event))
    if found > MOST_COLUMNS:
        raise TooLarge(
            f"The event names {found} columns and column edges; one may have {MOST_COLUMNS}. "
            "Send the datasets in several events, or describe wide ones without their columns.",
            "body",
        )
    return Sized(event, found)


def in_portions(events: Iterable[Sized]) -> Iterator[Sequence[dict[str, Any]]]:
    """The events in their order, each portion together as wide as one event may be."""
    portion: list[dict[str, Any]] = []
    room = MOST_COLUMNS
    for event, own in events:
        if portion and own > room:
            yield portion
            portion, room = [], MOST_COLUMNS
        portion.append(event)
        room -= own
    if portion:
        yield portion


def _width(event: dict[str, Any]) -> int:
    entries = _facet(mapping(event.get("job")), "lineage").get("entries")
    explicit = sum(map(_told, entries)) if isinstance(entries, list) else 0
    return explicit + sum(map(_columns, _datasets(event)))


def _datasets(event: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield from event.get("inputs") or ()
    yield from event.get("outputs") or ()
    if event.get("dataset"):
        yield event["dataset"]


def _columns(dataset: dict[str, Any]) -> int:
    if not dataset.get("facets"):
        return 0
    schema, lineage = _facet(dataset, "schema"), _facet(dataset, "columnLineage")
    fields = mapping(lineage.get("fields"))
    edges = _lengths(mapping(field).get("inputFields") for field in fields.values())
    whole = _lengths((schema.get("fields"), lineage.get("dataset")))
    return whole + edges + _told(_facet(dataset, "lineage"))


def _told(entry: Any) -> int:
    fields = mapping(mapping(entry).get("fields"))
    inputs = _lengths(mapping(field).get("inputs") for field in fields.values())
    return inputs + _lengths([mapping(entry).get("inputs")])


def _facet(owner: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    return mapping(mapping(owner.get("facets")).get(name))


def _lengths(values: Iterable[Any]) -> int:
    return sum(len(value) for value in values if isinstance(value, list))
