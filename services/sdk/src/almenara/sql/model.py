"""What a statement does to columns, in the words of OpenLineage's column lineage facet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

DIRECT = "DIRECT"
INDIRECT = "INDIRECT"

_STRENGTH = ("IDENTITY", "TRANSFORMATION", "AGGREGATION")


@dataclass(frozen=True, slots=True, order=True)
class Kind:
    """A transformation: ``type`` DIRECT or INDIRECT, its ``subtype``, and whether it masks the data."""

    type: str
    subtype: str
    masking: bool = False

    def then(self, outer: Kind) -> Kind:
        """This transformation followed by another: indirect if one is, masked if one masks."""
        masking = self.masking or outer.masking
        if outer.type == INDIRECT or self.type == INDIRECT:
            subtype = outer.subtype if outer.type == INDIRECT else self.subtype
            return Kind(INDIRECT, subtype, masking)
        return Kind(DIRECT, max(self.subtype, outer.subtype, key=_STRENGTH.index), masking)

    def __str__(self) -> str:
        return f"{self.type} {self.subtype}{' masked' if self.masking else ''}"


IDENTITY = Kind(DIRECT, "IDENTITY")
TRANSFORMATION = Kind(DIRECT, "TRANSFORMATION")
AGGREGATION = Kind(DIRECT, "AGGREGATION")
JOIN = Kind(INDIRECT, "JOIN")
FILTER = Kind(INDIRECT, "FILTER")
GROUP_BY = Kind(INDIRECT, "GROUP_BY")
SORT = Kind(INDIRECT, "SORT")
WINDOW = Kind(INDIRECT, "WINDOW")
CONDITIONAL = Kind(INDIRECT, "CONDITIONAL")


@dataclass(frozen=True, slots=True, order=True)
class Use:
    """A column of a table as a statement uses it."""

    table: str
    column: str
    kind: Kind

    def then(self, outer: Kind) -> Use:
        """The same column with one more transformation behind it."""
        return Use(self.table, self.column, self.kind.then(outer))


@dataclass(frozen=True, slots=True, order=True)
class Edge:
    """A source column that a target column comes from or depends on."""

    source_table: str
    source_column: str
    target_table: str
    target_column: str
    kind: Kind

    def __str__(self) -> str:
        source = f"{self.source_table}.{self.source_column}"
        return f"{source} -> {self.target_table}.{self.target_column} ({self.kind})"


@dataclass(frozen=True, slots=True)
class SqlLineage:
    """What a script of statements does. Names are spelled as the dialect normalises them.

    ``influences`` are (target table, use) pairs: columns that decide which rows the target gets (filters,
    joins, groups, order). ``unresolved`` says in sentences what could not be derived; nothing is guessed.
    A query that writes nothing has the target ``""``. Of the ``outputs`` some are ``made`` by the script
    itself, and some of these only for its session (``temporary``); ``columns`` has what is known of each.
    ``files`` are inputs and outputs that are paths. ``changes`` says of outputs that lose all that they held,
    and that nothing was read from before, what becomes of them: CREATE, OVERWRITE or TRUNCATE.
    """

    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    edges: tuple[Edge, ...] = ()
    influences: tuple[tuple[str, Use], ...] = ()
    unresolved: tuple[str, ...] = ()
    made: tuple[str, ...] = ()
    temporary: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False)
    changes: Mapping[str, str] = field(default_factory=dict, hash=False)
