"""The log search and its address."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from almenara_platform.exceptions import BadRequest
from almenara_platform.logs.port import Condition, Operator
from almenara_platform.ui.log_search import LogSearch

NOW = datetime(2026, 5, 6, 12, 0, tzinfo=UTC)


def test_an_address_leads_back_to_the_search() -> None:
    """What is in the fields is in the address, and only that."""
    search = LogSearch(q="a & b", where="error_count>3", level="WARNING", run_id="r1")
    assert search.address() == "/logs?q=a+%26+b&level=WARNING&where=error_count%3E3&run_id=r1"


def test_strange_parameters_are_left_out() -> None:
    """An address may hold what the search does not know."""
    assert LogSearch.of({"q": " x ", "utm_source": "mail"}) == LogSearch(q="x")


def test_fields_become_the_query() -> None:
    """Every field that is filled in narrows the query."""
    search = LogSearch(
        q="batch", level="INFO", pipeline="p", service="s", trace_id="t", span_id="x", period="1h"
    )
    query = search.query(NOW)
    assert (query.text, query.level, query.pipeline, query.service) == ("batch", "INFO", "p", "s")
    assert (query.trace_id, query.span_id, query.run_id) == ("t", "x", None)
    assert query.since == NOW - timedelta(hours=1)


@pytest.mark.parametrize("where", ["error_count>3 and table=sales", "error_count > 3, table = sales"])
def test_conditions_are_joined_by_and_or_comma(where: str) -> None:
    """Several conditions stand in one field."""
    found = LogSearch(where=where).query(NOW).where
    assert found == (Condition("error_count", Operator.GT, 3.0), Condition("table", Operator.EQ, "sales"))


def test_a_condition_is_added_to_the_others() -> None:
    """A click on a field narrows what is shown already."""
    assert LogSearch(where="a>1").with_condition("b=2").where == "a>1 and b=2"
    assert LogSearch().with_condition("b=2").where == "b=2"


def test_times_of_the_address_win_over_the_period() -> None:
    """A deep link to a moment stays at that moment."""
    search = LogSearch(period="1h", since="2026-05-01T00:00:00Z", until="2026-05-02T00:00:00Z")
    query = search.query(NOW)
    assert (query.since, query.until) == (datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 5, 2, tzinfo=UTC))


@pytest.mark.parametrize(
    ("search", "field"), [(LogSearch(where="nonsense"), "where"), (LogSearch(since="yesterday"), "since")]
)
def test_what_cannot_be_understood_names_its_field(search: LogSearch, field: str) -> None:
    """A wrong field is told by name."""
    with pytest.raises(BadRequest) as caught:
        search.query(NOW)
    assert caught.value.field == field
