"""The ledger's rows by their keys, as a merge sees them."""

from __future__ import annotations

from collections.abc import Collection

from almenara_platform.lineage.facts import Entity
from almenara_platform.lineage.ledger.cells import Span, Stated, Version
from almenara_platform.lineage.ledger.known import Keys, KnownFacts, Pair


class Rows:
    """Rows by their keys. An adapter over a database loads what is asked for before it is looked at.

    ``changed_*`` are the keys of rows to write back.
    """

    def __init__(self, known: KnownFacts | None = None) -> None:
        self.known = known or KnownFacts()
        self.entities: dict[Entity, int] = {}
        self.columns: dict[tuple[int, str], int] = {}
        self.flows: dict[Pair, Span] = {}
        self.registers: dict[tuple[int, str], tuple[int, bytes]] = {}
        self.schemas: dict[tuple[int, str], Version] = {}
        self.statements: dict[Pair, Stated] = {}
        self.changed_flows: set[Pair] = set()
        self.changed_registers: set[tuple[int, str]] = set()
        self.changed_schemas: set[tuple[int, str]] = set()
        self.seen_statements: set[Pair] = set()
        self.changed_statements: set[Pair] = set()

    def entity_count(self) -> int:
        """How many entities there are."""
        return len(self.entities)

    def column_count(self) -> int:
        """How many columns there are."""
        return len(self.columns)

    def see(self, keys: Keys, seen: Span) -> None:
        """Flows and schemas that are stored were seen again."""
        for flow in keys.flows:
            self.flows[flow].cover(seen)
        for schema, _ in keys.schemas:
            self.schemas[schema].seen.cover(seen)

    def load_entities(self, names: Collection[Entity]) -> None:
        """Have these in ``entities`` if they exist; the other ``load_*`` do the same for their rows."""

    def load_columns(self, entities: Collection[int]) -> None:
        """Have all columns of these entities in ``columns``."""

    def load_flows(self, keys: Collection[Pair]) -> None:
        """Have these in ``flows``."""

    def load_registers(self, entities: Collection[int]) -> None:
        """Have all registers of these entities in ``registers``."""

    def load_schemas(self, keys: Collection[tuple[int, str]]) -> None:
        """Have these in ``schemas``."""

    def load_statements(self, keys: Collection[Pair]) -> None:
        """Have these in ``statements``, their cells left out."""

    def load_cells(self, keys: Collection[Pair]) -> None:
        """Have the cells of these statements."""
