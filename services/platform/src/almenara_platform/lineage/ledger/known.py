"""Facts that were told before: the keys of their rows, so that nothing of them is looked for again."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from almenara_platform.lineage.facts import Facts, Statement
from almenara_platform.lineage.facts.model import Schema

Pair = tuple[int, int]
SchemaKey = tuple[int, str]
_MOST = 4096


@dataclass(frozen=True, slots=True)
class Keys:
    """Where what facts say is kept, and what can differ from what is there."""

    flows: Sequence[Pair]
    schemas: Sequence[tuple[SchemaKey, Schema]]
    registers: Sequence[tuple[tuple[int, str], bytes]]
    statements: Sequence[tuple[Pair, Statement]]


class KnownFacts:
    """Keys of facts whose entities, flows and schemas are all stored.

    That stays so: no such row is ever taken away or numbered anew. Facts are told apart by identity, which
    events that say the same share.
    """

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._keys: OrderedDict[int, tuple[Facts, Keys]] = OrderedDict()

    def keys(self, facts: Facts) -> Keys | None:
        """The keys, None for facts that have to be looked for."""
        found = self._keys.get(id(facts))
        return None if found is None else found[1]

    def keep(self, facts: Facts, keys: Keys) -> None:
        """Remember keys; those that were kept first are forgotten first."""
        # Holding the facts keeps their identity from being given to others.
        self._keys[id(facts)] = (facts, keys)
        if len(self._keys) > self._most:
            self._keys.popitem(last=False)
