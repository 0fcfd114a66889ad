"""Failures on request, each where a real one would strike, so that every signal shows it."""

from typing import Any

from worker_etl.request import Fault
from worker_etl.stop import Stop

SLOW_SOURCE_SECONDS = 20.0


class NoFault:
    """Changes nothing. The others change one step and inherit the rest."""

    def wait(self, stop: Stop) -> None:
        """Delay the source."""

    def source(self, query: str) -> str:
        """Change the query that reads the transactions."""
        return query

    def transform(self, query: str) -> str:
        """Change the query that makes the daily sales."""
        return query

    def rows(self, rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
        """Change a day's rows on their way into the warehouse."""
        return rows


class SlowSource(NoFault):
    """The source answers late: the stage runs far longer than usual."""

    def wait(self, stop: Stop) -> None:
        stop.pause(SLOW_SOURCE_SECONDS)


class FailingTransform(NoFault):
    """A column that used to hold numbers holds text: DuckDB cannot convert it."""

    def transform(self, query: str) -> str:
        return f"SELECT * REPLACE (CAST(department AS DOUBLE) AS sales_value) FROM ({query})"


class SchemaChange(NoFault):
    """The source's owner renamed a column without a word."""

    def source(self, query: str) -> str:
        return f"SELECT * RENAME (sales_value AS sales_amount) FROM ({query})"


class NullBurst(NoFault):
    """A quarter of the transactions arrives without its household."""

    def source(self, query: str) -> str:
        column = "CASE WHEN hash(basket_id, product_id) % 4 = 0 THEN NULL ELSE household_id END"
        return f"SELECT * REPLACE ({column} AS household_id) FROM ({query})"


class DuplicateRows(NoFault):
    """A tenth of the transactions arrives twice."""

    def source(self, query: str) -> str:
        return (
            f"WITH sent AS ({query}) FROM sent UNION ALL FROM sent WHERE hash(basket_id, product_id) % 10 = 0"
        )


class BrokenLoad(NoFault):
    """The warehouse refuses a row in the middle of a day: the whole day must stay as it was."""

    def rows(self, rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
        middle = len(rows) // 2
        return [
            *rows[:middle],
            *(tuple(None for _ in row) for row in rows[middle : middle + 1]),
            *rows[middle + 1 :],
        ]


_FAULTS: dict[Fault, type[NoFault]] = {
    Fault.NONE: NoFault,
    Fault.SLOW_SOURCE: SlowSource,
    Fault.FAILING_TRANSFORM: FailingTransform,
    Fault.SCHEMA_DRIFT: SchemaChange,
    Fault.NULL_BURST: NullBurst,
    Fault.DUPLICATE_ROWS: DuplicateRows,
    Fault.BROKEN_LOAD: BrokenLoad,
}


def of(fault: Fault) -> NoFault:
    """Return the changes that a fault makes."""
    return _FAULTS[fault]()
