"""Which columns carry a label, and who gave it to them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import numpy as np
import orjson
from numpy.typing import NDArray

from almenara_platform.lineage.facts import Entity, Kind
from almenara_platform.lineage.facts.described import TAGS
from almenara_platform.lineage.graph import Direction, EdgeFlag, edges_from, walk
from almenara_platform.lineage.index import Snapshot

Ints = NDArray[np.int32]
Origin = str
PATTERN, TAG, HAND, LINEAGE = "pattern", "tag", "api", "lineage"
_OFF = ("false", "no", "0")


def labelled(snapshot: Snapshot, label: str) -> list[int]:
    """The nodes of all columns with this label, by number; a labelled dataset labels each of its columns."""
    return sorted({node for node, found, _ in everything(snapshot) if found == label})


def bare(snapshot: Snapshot, label: str) -> list[int]:
    """The datasets that carry this label and have no columns that are known, by number."""
    return sorted({entity for entity, found in _bare(snapshot) if found == label})


def known_labels(snapshot: Snapshot) -> list[str]:
    """Every label that some column or dataset carries, sorted."""
    on_columns = {label for _, label, _ in everything(snapshot)}
    return sorted(on_columns | {label for _, label in _bare(snapshot)})


def labels_of_dataset(snapshot: Snapshot, entity: int) -> dict[int, dict[str, Origin]]:
    """The labels of a dataset's columns by node, each with who gave it, or that it came with the values."""
    mine = set(snapshot.nodes_of(entity))
    found: dict[int, dict[str, Origin]] = {}
    for node, label, origin in carried(snapshot):
        if node in mine:
            found.setdefault(node, {}).setdefault(label, origin)
    return found


def carried(snapshot: Snapshot) -> Iterator[tuple[int, str, Origin]]:
    """Labelled columns as ``everything``, then those that a label has followed the values to."""
    given: dict[str, set[int]] = defaultdict(set)
    for node, label, origin in everything(snapshot):
        given[label].add(node)
        yield node, label, origin
    stops = EdgeFlag.MASKED | EdgeFlag.INDIRECT
    for label, starts in given.items():
        reached = walk(snapshot.columns, sorted(starts), Direction.DOWNSTREAM, stops)
        yield from ((node, label, LINEAGE) for node in reached.nodes.tolist())


def everything(snapshot: Snapshot) -> Iterator[tuple[int, str, Origin]]:
    """(node, label, origin) of every labelled column."""
    for label, nodes in list(snapshot.patterned.items()):
        known = np.array([node for node in list(nodes) if node < snapshot.columns.nodes], dtype=np.int32)
        yield from ((node, label, PATTERN) for node in _not_masked(snapshot, known))
    for entity, column, label, origin in _told(snapshot):
        yield from ((node, label, origin) for node in _nodes(snapshot, entity, column))


def _told(snapshot: Snapshot) -> Iterator[tuple[int, str | None, str, Origin]]:
    """(dataset, column, label, origin) of what events and people said; the column is None for all of them."""
    for (entity, register), value in list(snapshot.registers.items()):
        if register == TAGS:
            for key, said, column in orjson.loads(value):
                if (said or "").lower() not in _OFF:
                    yield snapshot.names.canonical.get(entity, entity), column, key, TAG
    for label in snapshot.labels:
        number = snapshot.entity(Entity(Kind.DATASET, label.namespace, label.name))
        if number is not None:
            yield number, label.column or None, label.label, HAND


def _bare(snapshot: Snapshot) -> Iterator[tuple[int, str]]:
    for entity, column, label, _ in _told(snapshot):
        known = entity < snapshot.flows.nodes and snapshot.names.entities[entity].kind is Kind.DATASET
        if known and column is None and not _nodes(snapshot, entity, None):
            yield entity, label


def _not_masked(snapshot: Snapshot, nodes: Ints) -> list[int]:
    """Columns but those that a masking wrote: a hash that kept the column's name is no longer the value."""
    upstream, indirect = Direction.UPSTREAM, EdgeFlag.INDIRECT
    direct, _ = edges_from(snapshot.columns, nodes, upstream, indirect)
    open_, _ = edges_from(snapshot.columns, nodes, upstream, indirect | EdgeFlag.MASKED)
    return nodes[~np.isin(nodes, np.setdiff1d(direct, open_))].tolist()


def _nodes(snapshot: Snapshot, entity: int, column: str | None) -> list[int]:
    if entity >= snapshot.flows.nodes or snapshot.names.entities[entity].kind is not Kind.DATASET:
        return []
    if column is not None:
        node = snapshot.node(entity, column)
        return [] if node is None else [node]
    return [node for node in snapshot.nodes_of(entity) if not snapshot.names.is_whole(node)]
