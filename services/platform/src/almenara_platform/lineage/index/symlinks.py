"""Datasets with several names: which one stands for all of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from almenara_platform.lineage.facts import Entity


def united(links: Mapping[Entity, Iterable[Entity]]) -> dict[Entity, Entity]:
    """Each dataset that is not the canonical one of its set, with the one that is.

    Canonical is the smallest name among those whose events told other names, whatever was told first.
    """
    roots: dict[Entity, Entity] = {}

    def root(entity: Entity) -> Entity:
        while roots.setdefault(entity, entity) != entity:
            roots[entity] = roots[roots[entity]]
            entity = roots[entity]
        return entity

    for bearer, others in links.items():
        for other in others:
            roots[root(other)] = root(bearer)
    chosen: dict[Entity, Entity] = {}
    for bearer in sorted(bearer for bearer, others in links.items() if others):
        chosen.setdefault(root(bearer), bearer)
    return {entity: chosen[root(entity)] for entity in roots if chosen[root(entity)] != entity}
