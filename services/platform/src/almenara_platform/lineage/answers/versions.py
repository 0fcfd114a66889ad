"""Which version of a dataset a run has read that it also wrote: the one before its own, or its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from almenara_platform.lineage.facts import Entity, Kind, Told, read
from almenara_platform.runs import facets

# Of the states of the lifecycleStateChange facet those after which nothing is left of what was before.
_WRITTEN_ANEW = frozenset(("CREATE", "OVERWRITE", "TRUNCATE"))

Event = Mapping[str, Any]
IsIt = Callable[[Entity], bool]
"""Whether this is the dataset that is asked about, by whatever name."""


def read_the_one_before(events: Iterable[Event], is_it: IsIt) -> bool:
    """Whether a run, told by its events, has read what others had left in a dataset that it wrote as well.

    It has where lineage leads from the dataset back into it, as with a merge or a load that asks how far the
    last one came. Else the versions count that the run told; else, where it wrote the dataset anew, it has
    only if it took the rows elsewhere and told nothing of new ones. A run that tells none of this has.
    """
    told = sorted(((read(event), event) for event in events), key=lambda pair: pair[0].time)
    flows = _Flows.of((facts for facts, _ in told), is_it)
    if flows.back:
        return True
    inputs, outputs = (_facets([event for _, event in told], side, is_it) for side in ("inputs", "outputs"))
    before, after = _versions(inputs)[:1], _versions(outputs)[-1:]
    if before and after:
        return before != after
    if _WRITTEN_ANEW.isdisjoint(_texts(outputs, "lifecycleStateChange", "lifecycleStateChange")):
        return True
    return flows.out and not flows.into


@dataclass(frozen=True, slots=True)
class _Flows:
    """Whether data goes from the dataset to itself, from it to others, and from others into it."""

    back: bool
    out: bool
    into: bool

    @classmethod
    def of(cls, told: Iterable[Told], is_it: IsIt) -> _Flows:
        ends = {(is_it(source), is_it(target)) for each in told for source, target in _ends(each)}
        return cls((True, True) in ends, (True, False) in ends, (False, True) in ends)


def _ends(told: Told) -> Iterator[tuple[Entity, Entity]]:
    """The datasets at both ends of column edges and of explicit lineage."""
    for statement in told.facts.statements:
        yield from ((edge.source, statement.target) for edge in statement.edges)
    for source, between in told.facts.flows:
        if between.kind is Kind.INFLOW:
            yield source, Entity(Kind.DATASET, between.namespace, between.name)


def _facets(events: Iterable[Event], side: str, is_it: IsIt) -> Sequence[Mapping[str, Any]]:
    """What the events tell of the dataset on one side, the earliest first."""
    return [
        facets.standing(each.get("facets"))
        for event in events
        for each in facets.items(event.get(side))
        if is_it(Entity(Kind.DATASET, each["namespace"], each["name"]))
    ]


def _versions(told: Iterable[Mapping[str, Any]]) -> list[str]:
    return _texts(told, "version", "datasetVersion")


def _texts(told: Iterable[Mapping[str, Any]], facet: str, key: str) -> list[str]:
    found = (facets.text(facets.mapping(each.get(facet)).get(key)) for each in told)
    return [each for each in found if each]
