"""What a question is about: a dataset or a column that is known, or names that are near."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from almenara_platform.exceptions import NotFound
from almenara_platform.lineage.facts import Entity, Kind
from almenara_platform.lineage.index import Snapshot

_NEAR = 5
_CUTOFF = 0.6
# Comparing letter by letter costs about 10 µs a name.
_MOST_COMPARED = 3000
_SHOWN = 100


@dataclass(frozen=True, slots=True)
class Asked:
    """A dataset by number, and the node of its column; ``node`` is None for the dataset as such."""

    entity: int
    node: int | None


def find(snapshot: Snapshot, namespace: str, name: str, column: str | None) -> Asked:
    """What is meant; raises ``NotFound`` with names that are near."""
    entity = find_dataset(snapshot, namespace, name)
    if column is None:
        return Asked(entity, None)
    node = snapshot.node(entity, column)
    if node is None:
        known = [snapshot.names.node_columns[each] for each in snapshot.nodes_of(entity)]
        where = f"{namespace[:_SHOWN]} / {name[:_SHOWN]}"
        raise _unknown(f"column {column[:_SHOWN]!r} of {where}", near(column, filter(None, known)))
    return Asked(entity, node)


def find_dataset(snapshot: Snapshot, namespace: str, name: str) -> int:
    """The number of a dataset; raises ``NotFound`` with names that are near."""
    entity = snapshot.entity(Entity(Kind.DATASET, namespace, name))
    if entity is None:
        datasets = [each for each in snapshot.names.entities[:] if each.kind is Kind.DATASET]
        elsewhere = [_whole(each) for each in datasets if each.name == name][:_NEAR]
        there = [each.name for each in datasets if each.namespace == namespace]
        # A name alone would not say where it is when its namespace is not the one that was asked.
        close = near(name, there) if there else _near_anywhere(name, datasets)
        close = list(dict.fromkeys(elsewhere + close))[:_NEAR]
        raise _unknown(f"dataset {name[:_SHOWN]!r} in namespace {namespace[:_SHOWN]!r}", close)
    return entity


def _near_anywhere(name: str, datasets: Sequence[Entity]) -> list[str]:
    called: dict[str, list[Entity]] = defaultdict(list)
    for each in datasets:
        called[each.name].append(each)
    return [_whole(each) for found in near(name, called) for each in called[found]]


def _whole(entity: Entity) -> str:
    return f"{entity.namespace} / {entity.name}"


def near(wanted: str, known: Iterable[str]) -> list[str]:
    """Up to five of the known names that look most like the wanted one, the best first."""
    low = wanted.lower()
    alike = [name for name in dict.fromkeys(known) if _may_match(low, name.lower())][:_MOST_COMPARED]
    by_low: dict[str, list[str]] = defaultdict(list)
    for name in alike:
        by_low[name.lower()].append(name)
    close = get_close_matches(low, list(by_low), _NEAR, _CUTOFF)
    return [name for found in close for name in by_low[found]][:_NEAR]


def _may_match(wanted: str, name: str) -> bool:
    """A cheap look before the letters are compared: lengths that can reach the cut-off."""
    shorter, longer = sorted((len(wanted), len(name)))
    return 2 * shorter >= _CUTOFF * (shorter + longer) and len(set(wanted) & set(name)) * 2 >= len(
        set(wanted)
    )


def _unknown(what: str, close: list[str]) -> NotFound:
    hint = f"did you mean {', '.join(close)}?" if close else "GET /api/v1/search?q= finds names."
    return NotFound(f"No {what} is known; {hint}", tuple(close))
