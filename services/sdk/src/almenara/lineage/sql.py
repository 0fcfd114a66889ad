"""SQL that a run tells: read in the process, added to its datasets, and never in the way of the job."""

from __future__ import annotations

import itertools
import threading
import weakref
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from almenara import events
from almenara.dataset import Dataset, DatasetUse
from almenara.exceptions import SqlError
from almenara.guard import guarded
from almenara.masking import without_secrets

if TYPE_CHECKING:
    from almenara.run import Run
    from almenara.sql.trail import Told, Trail
    from almenara.stage import Stage

# A script is read in the job's own time.
MAX_QUERY_LENGTH = 64 * 1024
# What one event can carry without being refused for its size.
MAX_EDGES = 20_000
MAX_TEXT_LENGTH = 64 * 1024
_MAX_KNOWN = 10_000


@dataclass(frozen=True, slots=True)
class Statement:
    """A query as ``Stage.sql`` is told it."""

    query: str
    dialect: str | None
    connection: Any
    into: Dataset | None
    tables: Mapping[str, Dataset]
    namespace: str | None


class SqlRecorder:
    """Takes the statements of one run; what it remembers of them is bounded."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._lock = threading.Lock()
        self._known: set[tuple[Any, ...]] = set()
        self._numbers = itertools.count()
        self._owners: weakref.WeakKeyDictionary[Any, int] = weakref.WeakKeyDictionary()
        self._trail: Trail | None = None
        self._texts: dict[str, str | None] = {}
        self._length = 0

    @guarded("lineage")
    def tell(self, stage: Stage, statement: Statement) -> None:
        """Add what ``statement`` says to the run; what is unresolved goes to the log of ``stage``."""
        with self._lock:
            unresolved = self._tell(statement)
        if unresolved:
            stage.log.warning(events.SQL_UNRESOLVED, unresolved=unresolved)

    def text(self) -> tuple[str, str | None]:
        """The statements told so far, each once, and their dialect when they have one in common."""
        texts = dict(self._texts)
        dialects = list(set(texts.values()))
        return ";\n".join(texts), dialects[0] if len(dialects) == 1 else None

    def _tell(self, statement: Statement) -> list[str]:
        if len(statement.query) > MAX_QUERY_LENGTH:
            return [f"a query of more than {MAX_QUERY_LENGTH} characters is not read"]
        self._trail = trail = self._trail or _trail()
        key = (*self._key(statement), trail.version)
        if key in self._known:
            return []
        try:
            unresolved = self._read(statement, trail, owner=key[0])
        except SqlError as error:
            unresolved = [str(error)]
        if len(self._known) >= _MAX_KNOWN:
            self._known.clear()
        self._known.add((*key[:-1], trail.version))
        return unresolved

    def _read(self, statement: Statement, trail: Trail, owner: int) -> list[str]:
        from almenara.sql.catalog import catalog_of, dialect_of
        from almenara.sql.session import Session

        catalog = catalog_of(statement.connection, statement.namespace or self._run.namespace)
        dialect = statement.dialect or dialect_of(statement.connection)
        session = Session(trail, owner, catalog, statement.tables)
        told, columns = session.follow(statement.query, dialect, statement.into)
        self._keep_text(statement.query, dialect)
        return [*told.unresolved, *self._add(told, columns)]

    def _add(self, told: Told, columns: Mapping[Dataset, Mapping[str, str]]) -> Sequence[str]:
        # What was read before it was written anew has gone into other datasets.
        changes = {
            dataset: told.changes[dataset] for dataset in told.changes if not self._run.has_read(dataset)
        }
        for dataset in told.inputs:
            self._run.add_input(DatasetUse(dataset, tuple(columns.get(dataset, {}).items())))
        left_out = [dataset for dataset, lineage in told.outputs.items() if len(lineage) > MAX_EDGES]
        for dataset, lineage in told.outputs.items():
            known = columns.get(dataset, {})
            kept = None if dataset in left_out else lineage
            self._run.add_output(
                DatasetUse(dataset, tuple(known.items()), lineage=kept, change=changes.get(dataset))
            )
        return [f"{one.name} has more than {MAX_EDGES} column edges, which are left out" for one in left_out]

    def _key(self, statement: Statement) -> tuple[Any, ...]:
        return (
            self._owner(statement.connection),
            statement.query,
            statement.dialect,
            statement.into,
            tuple(statement.tables.items()),
            statement.namespace,
        )

    def _owner(self, connection: Any) -> int:
        connection = getattr(connection, "engine", connection)
        try:
            known = self._owners.get(connection)
            if known is None:
                known = self._owners[connection] = next(self._numbers)
        except TypeError:
            return id(connection)  # None, and connections that cannot be referred to weakly
        return known

    def _keep_text(self, query: str, dialect: str | None) -> None:
        text = without_secrets(query.strip().rstrip(";"))
        if text not in self._texts and self._length + len(text) <= MAX_TEXT_LENGTH:
            self._texts[text] = dialect
            self._length += len(text)


def _trail() -> Trail:
    try:
        from almenara.sql.trail import Trail
    except ModuleNotFoundError as error:
        raise RuntimeError(f"stage.sql needs {error.name}: pip install 'almenara[sql]'") from error
    return Trail()
