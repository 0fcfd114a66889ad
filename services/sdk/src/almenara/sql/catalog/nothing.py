"""Where there is no connection, or one of a kind that is not known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from almenara.sql.catalog.port import Table


class NoCatalog:
    """Knows no columns; every table is one of ``namespace`` under the name that the statement uses."""

    def __init__(self, namespace: str) -> None:
        self._namespace = namespace

    def tables(self, names: Iterable[str]) -> dict[str, Table]:
        """Each by its name alone."""
        return {name: Table(self._namespace, name) for name in names}

    def file(self, path: str) -> Mapping[str, str]:
        """None known."""
        return {}
