"""What a connection can tell of the tables that a statement names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Table:
    """A table as OpenLineage's naming calls it; ``columns`` (name to type) is empty where unknown.

    One that is not ``lasting`` ends with its session or process: a step on the way, and no dataset.
    """

    namespace: str
    name: str
    columns: Mapping[str, str] = field(default_factory=dict, hash=False)
    lasting: bool = True


class Catalog(Protocol):
    """Reads the names and columns of tables, and no rows; leaves results, cursors and transactions alone."""

    def tables(self, names: Iterable[str]) -> dict[str, Table]:
        """Each of these names, which are spelled as in a statement; also those that are not there yet."""
        ...

    def file(self, path: str) -> Mapping[str, str]:
        """The columns of a file, empty where reading them would cost more than a glance."""
        ...
