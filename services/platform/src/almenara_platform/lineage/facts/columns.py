"""Column edges gathered for one target, from the columnLineage facet and from the explicit lineage facet."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from almenara_platform.gateway.openlineage import fits
from almenara_platform.lineage.facts.model import WHOLE, ColumnEdge, Entity, Kind, Statement
from almenara_platform.lineage.facts.transformations import Transformation, content, contents
from almenara_platform.runs import facets

_EdgeKey = tuple[Entity, str, str, bool]


class EdgesInto:
    """The edges into one dataset that one event tells; saying the same twice changes nothing."""

    def __init__(self, target: Entity) -> None:
        self._target = target
        self._found: dict[_EdgeKey, set[Transformation]] = defaultdict(set)

    def add(
        self,
        source: Entity,
        column: str,
        target_column: str,
        said: Mapping[str, Any],
        legacy: Mapping[str, Any],
    ) -> None:
        """A source column and what is done to it."""
        for indirect, transformation in contents(said, legacy, target_column == WHOLE):
            self._found[source, column, target_column, indirect].add(transformation)

    def sources(self) -> set[Entity]:
        """The datasets that the edges come from."""
        return {source for source, *_ in self._found}

    def statement(self, job: Entity) -> Statement | None:
        """All of it as said by ``job``, None where nothing was said."""
        edges = tuple(
            sorted(
                ColumnEdge(source, column, target, content(indirect, said))
                for (source, column, target, indirect), said in self._found.items()
            )
        )
        if not edges:
            return None
        return Statement(job, self._target, _digest(edges), edges)


def read_column_lineage(facet: Mapping[str, Any], into: EdgesInto) -> None:
    """Take a columnLineage facet in: its fields, and ``dataset`` as influence on the whole target."""
    for column, field in facets.mapping(facet.get("fields")).items():
        if is_name(column):
            for item, source in _sources(facets.mapping(field).get("inputFields")):
                into.add(source, item["field"], column, item, facets.mapping(field))
    for item, source in _sources(facet.get("dataset")):
        into.add(source, item["field"], WHOLE, item, {})


def is_name(value: Any) -> bool:
    """Whether a value can name a dataset or a column."""
    return isinstance(value, str) and value != "" and "\0" not in value and fits(value)


def dataset_of(item: Mapping[str, Any]) -> Entity | None:
    """The dataset that an item names, None where it names none."""
    namespace, name = item.get("namespace"), item.get("name")
    named = is_name(namespace) and is_name(name) and fits(namespace, name)
    return Entity(Kind.DATASET, namespace, name) if named else None


def _digest(edges: Iterable[ColumnEdge]) -> str:
    # No name has a NUL character in it, so that no two statements become one text.
    text = "\0".join("\0".join((*edge.source, *edge[1:])) for edge in edges)
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _sources(value: Any) -> Iterator[tuple[Mapping[str, Any], Entity]]:
    for item in facets.items(value):
        source = dataset_of(item)
        if source and is_name(item.get("field")):
            yield item, source
