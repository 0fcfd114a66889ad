"""Where personal data has gone, and in what order it is erased."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from almenara_platform.exceptions import NotFound
from almenara_platform.lineage.answers.asked import find, near
from almenara_platform.lineage.answers.erase_order import erase_steps
from almenara_platform.lineage.answers.labels import bare, known_labels, labelled
from almenara_platform.lineage.answers.owners import fed, owner_of, users, writers, written
from almenara_platform.lineage.answers.reach import Item, item, items_of
from almenara_platform.lineage.graph import Direction, EdgeFlag, Walk, edges_from, walk
from almenara_platform.lineage.index import Snapshot

_AGGREGATE = "aggregate: single people cannot be taken out of it; compute it anew after the erasure"


@dataclass(frozen=True, slots=True)
class PersonalData:
    """The answer; ``as_document`` is what the API says."""

    label: str | None
    columns: list[Item]
    erase: list[dict[str, Any]]
    not_erasable: list[dict[str, Any]]
    unknown: list[dict[str, Any]]

    def as_document(self) -> dict[str, Any]:
        """As JSON: columns with their paths, the erase list, and what cannot be erased or is not known."""
        names = ("label", "columns", "erase", "not_erasable", "unknown")
        return {name: getattr(self, name) for name in names}


def of_label(snapshot: Snapshot, label: str, indirect: bool = False) -> PersonalData:
    """Where every column with this label has gone; raises ``NotFound`` for a label that nothing carries.

    What a labelled dataset without known columns holds is not known.
    """
    starts, closed = labelled(snapshot, label), bare(snapshot, label)
    if not starts and not closed:
        close = near(label, known_labels(snapshot))
        hint = (
            f"did you mean {', '.join(close)}?"
            if close
            else "config/labels.yaml and tags facets give labels."
        )
        raise NotFound(f"No column carries the label {label[:100]!r}; {hint}", tuple(close))
    return _answer(snapshot, label, starts, indirect, closed)


def of_column(
    snapshot: Snapshot, namespace: str, name: str, column: str | None, indirect: bool = False
) -> PersonalData:
    """Where a column, or every column of a dataset, has gone; raises ``NotFound``."""
    asked = find(snapshot, namespace, name, column)
    starts = [asked.node] if asked.node is not None else snapshot.nodes_of(asked.entity)
    return _answer(snapshot, None, starts, indirect, [] if starts else [asked.entity])


def _answer(
    snapshot: Snapshot, label: str | None, starts: Sequence[int], indirect: bool, closed: Sequence[int] = ()
) -> PersonalData:
    stops = EdgeFlag.MASKED if indirect else EdgeFlag.MASKED | EdgeFlag.INDIRECT
    found = walk(snapshot.columns, starts, Direction.DOWNSTREAM, stops)
    single = walk(snapshot.columns, starts, Direction.DOWNSTREAM, stops | EdgeFlag.AGGREGATED)
    value_by_value = [*starts, *single.nodes.tolist()]
    everywhere = [*starts, *found.nodes.tolist()]
    sources = _sources(snapshot, starts, everywhere, stops)
    holders = by_dataset(snapshot, everywhere)
    untold = list(_untold(snapshot, holders))
    copies = [(target, source) for source, _, target in untold if target in holders]
    aggregates = set(everywhere) - set(value_by_value)
    return PersonalData(
        label,
        list(_columns(snapshot, sources, walk(snapshot.columns, sources, Direction.DOWNSTREAM, stops))),
        _erase(snapshot, everywhere, value_by_value, stops, copies),
        [
            _dataset(snapshot, entity, nodes) | {"reason": _AGGREGATE}
            for entity, nodes in sorted(by_dataset(snapshot, aggregates).items())
        ],
        _unknown(snapshot, [*untold, *_untold(snapshot, closed)], closed),
    )


def _sources(
    snapshot: Snapshot, starts: Sequence[int], everywhere: Sequence[int], stops: EdgeFlag
) -> list[int]:
    """The starts that no other column leads to, so that each path begins where the data came from."""
    nodes = np.array(everywhere, dtype=np.int32)
    origins, targets = edges_from(snapshot.columns, nodes, Direction.DOWNSTREAM, stops)
    led_to = set(targets[origins != targets].tolist())
    sources = [node for node in starts if node not in led_to]
    reached = {*sources, *walk(snapshot.columns, sources, Direction.DOWNSTREAM, stops).nodes.tolist()}
    return [*sources, *(node for node in starts if node not in reached)]


def _columns(snapshot: Snapshot, starts: Sequence[int], found: Walk) -> Iterable[Item]:
    for node in starts:
        place = snapshot.names.place(node)
        yield item(place, 0, [place])
    yield from items_of(snapshot, found, range(len(found)), Direction.DOWNSTREAM)


def _erase(
    snapshot: Snapshot,
    everywhere: Iterable[int],
    value_by_value: Iterable[int],
    stops: EdgeFlag,
    copies: Sequence[tuple[int, int]],
) -> list[dict[str, Any]]:
    nodes = np.unique(np.fromiter(everywhere, dtype=np.int32))
    steps = erase_steps(snapshot, nodes, stops, copies)
    holders = by_dataset(snapshot, value_by_value)
    ordered = sorted(holders, key=lambda entity: (steps[entity], snapshot.names.entities[entity]))
    ranks = {step: number for number, step in enumerate(sorted({steps[entity] for entity in ordered}), 1)}
    return [
        {"step": ranks[steps[entity]]} | _dataset(snapshot, entity, holders[entity]) for entity in ordered
    ]


def _dataset(snapshot: Snapshot, entity: int, nodes: Iterable[int]) -> dict[str, Any]:
    _, namespace, name = snapshot.names.entities[entity]
    columns = sorted(snapshot.names.node_columns[node] for node in nodes)
    owner = owner_of(snapshot, entity)
    return {"namespace": namespace, "name": name, "columns": list(filter(None, columns)), "owner": owner}


def by_dataset(snapshot: Snapshot, nodes: Iterable[int]) -> dict[int, list[int]]:
    """Nodes by the dataset whose columns they are."""
    found: dict[int, list[int]] = defaultdict(list)
    for node in nodes:
        found[snapshot.dataset_of(node)].append(node)
    return found


def _untold(snapshot: Snapshot, holders: Iterable[int]) -> Iterator[tuple[int, int, int]]:
    """Holder, job and dataset where the job uses the holder and told no columns of what it writes."""
    for holder in holders:
        reached = fed(snapshot, [holder])
        for job in sorted(users(snapshot, [holder])):
            for target in reached.intersection(written(snapshot, job)):
                if not any(stated.job == job for stated in snapshot.stated.get(target, ())):
                    yield holder, job, target


def _unknown(
    snapshot: Snapshot, untold: Iterable[tuple[int, int, int]], closed: Iterable[int]
) -> list[dict[str, Any]]:
    """Datasets without columns, and those that a job writes which reads personal data and told no columns."""
    jobs_of: dict[int, set[int]] = defaultdict(
        set, {entity: {*writers(snapshot, entity)} for entity in closed}
    )
    for _, job, target in untold:
        jobs_of[target].add(job)
    return [
        _dataset(snapshot, target, ()) | {"pipelines": sorted(snapshot.names.entities[j].name for j in jobs)}
        for target, jobs in sorted(jobs_of.items(), key=lambda pair: snapshot.names.entities[pair[0]])
    ]
