"""One script as a run tells it: its names placed, its columns derived and followed."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from functools import lru_cache
from urllib.parse import urlsplit

from almenara.dataset import Dataset
from almenara.sql.catalog import Catalog, Table
from almenara.sql.derive import derive
from almenara.sql.model import SqlLineage
from almenara.sql.parse import Mentioned, mentioned, spelled
from almenara.sql.trail import Place, Places, Step, Told, Trail

_KEPT_SCRIPTS = 256

_Columns = tuple[tuple[str, tuple[str, ...]], ...]


class Session:
    """What a connection's statements say, for one run; ``owner`` tells its steps from those of others."""

    def __init__(self, trail: Trail, owner: int, catalog: Catalog, named: Mapping[str, Dataset]) -> None:
        self._trail = trail
        self._owner = owner
        self._catalog = catalog
        self._named = named

    def follow(
        self, query: str, dialect: str | None, into: Dataset | None
    ) -> tuple[Told, dict[Dataset, Mapping[str, str]]]:
        """What ``query`` does to datasets, and the columns with their types of those that are known.

        Raises SqlError for a text that is not SQL.
        """
        named = {spelled(name, dialect): dataset for name, dataset in self._named.items()} | dict(self._named)
        names = _mentioned(query, dialect)
        asked = self._asked(names)
        seen = self._catalog.tables(asked) if asked else {}
        schemas = {name: table.columns for name, table in seen.items()}
        schemas |= {path: self._catalog.file(path) for path in names.files}
        found = _derived(query, dialect, self._known(names.tables, schemas, seen))
        places = self._places(found, seen, named)
        if into is not None:
            places[""] = into
        columns: dict[Dataset, Mapping[str, str]] = {}
        for name, place in places.items():
            if isinstance(place, Dataset) and schemas.get(name):
                columns[place] = schemas[name]
        told = self._trail.follow(found, Places(places, columns))
        for path in set(found.files) - places.keys():
            hint = f"tables={{{path!r}: ...}} says which dataset it is"
            told.unresolved[f"{path} is a parameter: {hint}"] = None
        return told, columns

    def _asked(self, names: Mentioned) -> list[str]:
        """The tables that the connection is asked for: the run knows its own temporary ones better."""
        own = (name for name in names.tables if self._trail.knows(Step(self._owner, name)))
        known = names.temporary.union(own)
        return [name for name in names.tables if name not in known]

    def _known(
        self, tables: Iterable[str], schemas: Mapping[str, Mapping[str, str]], seen: Mapping[str, Table]
    ) -> _Columns:
        known = {name: tuple(columns) for name, columns in schemas.items()}
        for name in tables:
            known[name] = known.get(name) or self._trail.columns(self._step(name, seen))
        return tuple((name, columns) for name, columns in known.items() if columns)

    def _places(
        self, found: SqlLineage, seen: Mapping[str, Table], named: Mapping[str, Dataset]
    ) -> dict[str, Place]:
        places: dict[str, Place] = {}
        for name in (*found.inputs, *found.outputs):
            if name in named:
                places[name] = named[name]
            elif name in found.files:
                if not name.startswith("$"):
                    places[name] = _file(name)
            elif name in found.temporary:
                places[name] = Step(self._owner, name)
            else:
                places[name] = self._table(name, seen)
        return places

    def _table(self, name: str, seen: Mapping[str, Table]) -> Place:
        step = self._step(name, seen)
        table = seen.get(name)
        if table is None or not table.lasting or self._trail.knows(step):
            return step
        return Dataset(table.namespace, table.name)

    def _step(self, name: str, seen: Mapping[str, Table]) -> Step:
        temporary = Step(self._owner, name)
        table = seen.get(name)
        if table is None or self._trail.knows(temporary):
            return temporary
        return Step(self._owner, table.name)


@lru_cache(maxsize=_KEPT_SCRIPTS)
def _mentioned(query: str, dialect: str | None) -> Mentioned:
    return mentioned(query, dialect)


@lru_cache(maxsize=_KEPT_SCRIPTS)
def _derived(query: str, dialect: str | None, known: _Columns) -> SqlLineage:
    # A pipeline runs the same statements in each of its runs.
    return derive(query, dialect, dict(known))


def _file(path: str) -> Dataset:
    """As OpenLineage names files: by bucket and key, or by their path on this machine."""
    parts = urlsplit(path)
    if "://" in path:
        place = parts.netloc.rpartition("@")[2]  # without user and password
        return Dataset(f"{parts.scheme}://{place}", parts.path.lstrip("/") or "/")
    return Dataset("file", os.path.abspath(path))  # noqa: PTH100 - Path would resolve what globs stand for
