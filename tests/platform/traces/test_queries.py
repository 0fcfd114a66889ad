"""The words of a search and the names of sets."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from almenara_platform.exceptions import BadRequest
from almenara_platform.traces.durations import format_ns, parse_duration
from almenara_platform.traces.port import TraceQuery
from almenara_platform.traces.queries import Subject, attribute_pairs, subject, trace_query
from almenara_platform.traces.sets import named_set

NOW = datetime(2026, 3, 4, 15, 30, tzinfo=UTC)
TODAY = datetime(2026, 3, 4, tzinfo=UTC)


def test_words_become_a_query() -> None:
    """Durations have units, attributes come several times, an empty word is none."""
    found = trace_query(
        service="ventas_etl",
        operation="",
        error=True,
        min_duration="5s",
        max_duration="1h30m",
        attribute=["user.id=user123", "expression=a=b"],
        database=True,
    )
    assert found == TraceQuery(
        service="ventas_etl",
        error=True,
        min_duration=5.0,
        max_duration=5400.0,
        attributes={"user.id": "user123", "expression": "a=b"},
        database=True,
    )


def test_attributes_beside_one_another() -> None:
    """White space parts them unless the pair stands in quotes; quotes within a value are its own."""
    written = """user.id=ana  "db.query.text=SELECT 1" names=["a",1] name=O'Brien "half=1"""
    pairs = ["user.id=ana", "db.query.text=SELECT 1", 'names=["a",1]', "name=O'Brien", '"half=1']
    assert attribute_pairs(written) == pairs
    assert attribute_pairs("  ") == []


@pytest.mark.parametrize("text", ["5", "5s", "5000ms", "5000000 us", " 5 s ", "0.5s 4.5s", "5.0"])
def test_durations(text: str) -> None:
    """Ways to write five seconds."""
    assert parse_duration(text) == pytest.approx(5)


@pytest.mark.parametrize("text", ["", " ", "five", "5 parsecs", "-5s", "5s!", "1h30", "nan", "inf"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    """The message shows what to write, the error names the word."""
    with pytest.raises(BadRequest, match="write 5s, 300ms or 1h30m") as caught:
        parse_duration(text, "min_duration")
    assert caught.value.field == "min_duration"


@pytest.mark.parametrize(
    ("ns", "text"),
    [
        (0, "0 ns"),
        (999, "999 ns"),
        (999_600, "1.00 ms"),
        (12_345_678, "12.3 ms"),
        (1_500_000_000, "1.50 s"),
        (59_949_000_000, "59.9 s"),
        (59_960_000_000, "1 min 00 s"),
        (3_725_000_000_000, "1 h 02 min 05 s"),
        (-2_000, "-2.00 µs"),
        (-0.4, "0 ns"),
    ],
)
def test_durations_read_well(ns: int, text: str) -> None:
    """Three digits and the unit that suits, also next to the borders of the units."""
    assert format_ns(ns) == text


@pytest.mark.parametrize("text", ["user.id", "=x", ""])
def test_an_attribute_needs_a_key_and_a_value(text: str) -> None:
    """The message shows the form."""
    with pytest.raises(BadRequest, match="key=value"):
        trace_query(attribute=[text])


def test_a_subject_is_an_operation_or_a_pipeline() -> None:
    """A pipeline's span has its name and says whose run it is."""
    query = TraceQuery(attributes={"user.id": "ana"}, service="any")
    assert subject("GET /", "shop", None).narrow(query).service == "shop"
    pipeline = subject(None, None, "ventas_etl").narrow(query)
    assert pipeline.operation == "ventas_etl"
    assert pipeline.attributes == {"user.id": "ana", "openlineage.job.name": "ventas_etl"}
    assert pipeline.service == "any"
    assert subject(None, None, "p") == Subject("p", None, pipeline=True)
    for words in ((None, "shop", None), ("a", None, "b"), (None, None, None)):
        with pytest.raises(BadRequest, match="either an operation"):
            subject(*words)


def test_sets_by_outcome() -> None:
    """Good and failed are the two sides of the error word."""
    assert named_set("good", TraceQuery(), NOW, "before").error is False
    assert named_set("failed", TraceQuery(), NOW, "before").error is True


@pytest.mark.parametrize(
    ("name", "since", "until"),
    [
        ("today", TODAY, None),
        ("yesterday", TODAY - timedelta(days=1), TODAY),
        ("last-week", TODAY - timedelta(days=7), TODAY),
        ("..2026-03-01", None, datetime(2026, 3, 1, tzinfo=UTC)),
        ("2026-03-01T12:00..", datetime(2026, 3, 1, 12, tzinfo=UTC), None),
        (
            "2026-03-01T12:00+02:00..2026-03-02",
            datetime(2026, 3, 1, 12, tzinfo=timezone(timedelta(hours=2))),
            datetime(2026, 3, 2, tzinfo=UTC),
        ),
    ],
)
def test_sets_by_time(name: str, since: datetime | None, until: datetime | None) -> None:
    """Days begin at midnight UTC; either side may be left out."""
    found = named_set(name, TraceQuery(service="shop"), NOW, "before")
    assert (found.since, found.until, found.service) == (since, until, "shop")


def test_a_set_stays_within_the_query() -> None:
    """The narrower side wins."""
    found = named_set("last-week", TraceQuery(since=TODAY - timedelta(days=2)), NOW, "before")
    assert (found.since, found.until) == (TODAY - timedelta(days=2), TODAY)


@pytest.mark.parametrize("name", ["", "..", "tomorrow", "2026-03-01", "2026-13-01..", "..soon"])
def test_what_names_no_set_is_refused(name: str) -> None:
    """The message lists what there is, the error names the word."""
    with pytest.raises(BadRequest) as caught:
        named_set(name, TraceQuery(), NOW, "after")
    assert caught.value.field == "after"
