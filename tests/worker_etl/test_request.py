"""Run requests: which bodies mean what, and which are refused."""

from datetime import date

import pytest

from worker_etl.exceptions import InvalidRequestError
from worker_etl.request import FIRST_DAY, LAST_DAY, Fault, RunRequest, parse

REFUSED = {
    "nothing": ({}, "day"),
    "two-forms": ({"day": "2017-03-01", "all": True}, "day"),
    "from-without-to": ({"from": "2017-03-01"}, "day"),
    "all-false": ({"all": False}, "all"),
    "no-such-day": ({"day": "2017-02-30"}, "day"),
    "day-without-dashes": ({"day": "20170301"}, "day"),
    "day-as-number": ({"day": 20170301}, "day"),
    "day-is-null": ({"day": None}, "day"),
    "day-before-the-data": ({"day": "2016-12-31"}, "day"),
    "to-after-the-data": ({"from": "2017-03-01", "to": "2018-01-02"}, "to"),
    "from-after-to": ({"from": "2017-03-02", "to": "2017-03-01"}, "from"),
    "unknown-field": ({"day": "2017-03-01", "dya": 1}, "dya"),
    "unknown-fault": ({"day": "2017-03-01", "fault": "earthquake"}, "fault"),
    "fault-as-list": ({"day": "2017-03-01", "fault": ["slow_source"]}, "fault"),
}


@pytest.mark.parametrize(("body", "field"), REFUSED.values(), ids=REFUSED.keys())
def test_refuses_and_names_the_field(body: dict, field: str) -> None:
    """What cannot be executed is refused with the field that has to be corrected."""
    with pytest.raises(InvalidRequestError) as refused:
        parse(body)
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"day": "2017-03-01"}, RunRequest(date(2017, 3, 1), date(2017, 3, 1))),
        ({"from": "2017-03-01", "to": "2017-03-07"}, RunRequest(date(2017, 3, 1), date(2017, 3, 7))),
        ({"all": True}, RunRequest(FIRST_DAY, LAST_DAY)),
        (
            {"day": "2017-03-01", "fault": "null_burst"},
            RunRequest(date(2017, 3, 1), date(2017, 3, 1), Fault.NULL_BURST),
        ),
    ],
)
def test_reads_each_form(body: dict, expected: RunRequest) -> None:
    """Each form of the body is read, and written again as it was."""
    assert parse(body) == expected
    assert expected.as_json() == body


def test_equal_requests_have_one_body() -> None:
    """A range of one day is that day, so that an idempotency key sees the same body."""
    assert parse({"from": "2017-03-01", "to": "2017-03-01"}).as_json() == {"day": "2017-03-01"}
