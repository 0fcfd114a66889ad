"""What the fields of the log search ask for, and its address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from almenara_platform.clock import parse_time
from almenara_platform.exceptions import BadRequest
from almenara_platform.logs.condition import parse_condition
from almenara_platform.logs.port import LogQuery
from almenara_platform.ui import links, periods

PAGE = 200


@dataclass(frozen=True, slots=True)
class LogSearch:
    """The search as its address holds it: every field a text, empty for any.

    ``period`` counts back from now; ``since`` and ``until`` are times in ISO 8601 and win over it.
    ``where`` holds conditions separated by commas or by the word ``and``.
    """

    q: str = ""
    level: str = ""
    where: str = ""
    period: str = ""
    since: str = ""
    until: str = ""
    pipeline: str = ""
    service: str = ""
    run_id: str = ""
    trace_id: str = ""
    span_id: str = ""

    @classmethod
    def of(cls, parameters: Mapping[str, str]) -> LogSearch:
        """From the parameters of an address; what is not a field is left out."""
        return cls(**{name: parameters[name].strip() for name in cls.__slots__ if name in parameters})

    def address(self) -> str:
        """The address that leads here again."""
        return links.logs(**{name: getattr(self, name) for name in self.__slots__})

    def with_condition(self, condition: str) -> LogSearch:
        """The same search with one more condition."""
        return replace(self, where=f"{self.where} and {condition}" if self.where else condition)

    def query(self, now: datetime) -> LogQuery:
        """For the store. Raises ``BadRequest`` naming the field at fault."""
        return LogQuery(
            **{name: getattr(self, name) or None for name in ("level", "pipeline", "service", *_IDS)},
            text=self.q or None,
            where=tuple(parse_condition(part) for part in _parts(self.where)),
            since=_time("since", self.since) or periods.since(self.period, now),
            until=_time("until", self.until),
            limit=PAGE,
        )


_IDS = ("run_id", "trace_id", "span_id")


def _parts(where: str) -> list[str]:
    pieces = where.replace(" AND ", " and ").split(" and ")
    return [part.strip() for piece in pieces for part in piece.split(",") if part.strip()]


def _time(field: str, value: str) -> Any:
    if not value:
        return None
    try:
        return parse_time(value)
    except ValueError as error:
        raise BadRequest(f"{field} {error}", field=field) from error
