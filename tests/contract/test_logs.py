"""What every log store that the platform fills promises."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tests.contract.loki import FilledLoki
from tests.platform.events import NOON, at
from tests.platform.spans import NOON_NS, SECOND

from almenara_platform.exceptions import BadCursor
from almenara_platform.logs.condition import parse_condition
from almenara_platform.logs.memory import MemoryLogStore
from almenara_platform.logs.model import LogRecord
from almenara_platform.logs.port import LogQuery, Order, WritableLogStore
from almenara_platform.logs.sqlite import SqliteLogStore

ADAPTERS: dict[str, Callable[[pytest.FixtureRequest], WritableLogStore]] = {
    "memory": lambda request: MemoryLogStore(),
    "sqlite": lambda request: SqliteLogStore(request.getfixturevalue("tmp_path") / "logs.db"),
    "loki": lambda request: FilledLoki(request.getfixturevalue("loki")),
}
OPT_OUTS = {
    "sqlite": {"test_a_null_character_in_a_field_is_part_of_it": "its JSON functions end a text there"},
    "loki": {
        "test_record_comes_back_as_it_was_sent": "it drops fields that are null",
        "test_numbers_are_compared_as_numbers": "it keeps texts, so that a text may be a number",
        "test_odd_field_names_are_names": "it writes a dot, a dash and a level of nesting as an underscore",
        "test_forget_removes_old_records": "it forgets by its own retention",
        "test_store_answers": "it neither forgets on request nor tells its size",
    },
}


def record(number: int, message: str = "", level: str = "INFO", **more: Any) -> LogRecord:
    """A record so many seconds after noon."""
    return LogRecord(NOON_NS + number * SECOND, level, message or f"line {number}", "worker-etl", **more)


def found(store: WritableLogStore, **query: Any) -> list[int]:
    """The seconds of the records that match, in the order of the answer."""
    return [(line.time_ns - NOON_NS) // SECOND for line in store.find(LogQuery(**query)).items]


def where(store: WritableLogStore, *conditions: str) -> list[int]:
    """The seconds of the records that meet these conditions."""
    return found(store, where=tuple(map(parse_condition, conditions)))


def test_record_comes_back_as_it_was_sent(store: WritableLogStore) -> None:
    """Every field survives, the caller's own in their JSON types."""
    fields = {"error_count": 3, "ratio": 0.5, "ok": True, "nothing": None, "list": [1, {"a": "b\0"}]}
    whole = record(
        1,
        "a\nb\0 <script>",
        "ERROR",
        pipeline="ventas_etl",
        stage="load",
        run_id="r",
        trace_id="a" * 32,
        span_id="b" * 16,
        fields=fields,
    )
    store.add([whole])
    assert list(store.find(LogQuery()).items) == [whole]


def test_record_that_comes_twice_is_kept_once(store: WritableLogStore) -> None:
    """A batch that is sent again adds nothing; two different lines of one instant are two."""
    store.add([record(1, "a"), record(1, "b"), record(1, "a", fields={"x": 1})])
    store.add([record(1, "a"), record(1, "b"), record(1, "c")])
    assert sorted(line.message for line in store.find(LogQuery()).items) == ["a", "a", "b", "c"]


@pytest.mark.parametrize("order", list(Order))
def test_pages_follow_one_another(store: WritableLogStore, order: Order) -> None:
    """In both orders, without a gap or a repetition, also among lines of one instant."""
    store.add([record(number // 3, f"line {number}") for number in range(10)])
    seen, cursor = [], None
    while True:
        page = store.find(LogQuery(limit=4, order=order, cursor=cursor))
        seen += page.items
        cursor = page.next
        if cursor is None:
            break
    times = [line.time_ns for line in seen]
    assert times == sorted(times, reverse=order is Order.NEWEST_FIRST)
    assert len({line.message for line in seen}) == len(seen) == 10


@pytest.mark.parametrize("cursor", ["x", "WzFd", "WyJhIiwiYiJd", "WzEsIngiXQ"])
def test_foreign_cursor_is_refused(store: WritableLogStore, cursor: str) -> None:
    """A cursor that the store did not give out is an error and not a first page."""
    with pytest.raises(BadCursor):
        store.find(LogQuery(cursor=cursor))


@pytest.mark.parametrize(
    ("name", "digits"), [("run_id", 1), ("trace_id", 32), ("span_id", 16), ("pipeline", 1)]
)
def test_records_are_found_by_what_they_belong_to(store: WritableLogStore, name: str, digits: int) -> None:
    """Ids and names are compared whole; a record without one is not found by it."""
    one = "a" * digits
    other = "ab" * max(1, digits // 2)
    store.add([record(1, **{name: one}), record(2, **{name: other}), record(3)])
    assert found(store, **{name: one}) == [1]
    assert found(store, **{name: "'; DROP TABLE logs; --"}) == []


def test_records_are_found_by_service(store: WritableLogStore) -> None:
    """The service is compared whole."""
    store.add([record(1), LogRecord(NOON_NS, "INFO", "x", "sample-api")])
    assert found(store, service="sample-api") == [0]


def test_level_is_the_lowest_to_return(store: WritableLogStore) -> None:
    """WARNING returns errors too; an unknown level counts as INFO."""
    levels = ("TRACE", "DEBUG", "INFO", "SUCCESS", "WARNING", "ERROR", "CRITICAL", "ODD")
    store.add([record(number, level=level) for number, level in enumerate(levels)])
    assert found(store, level="TRACE") == [7, 6, 5, 4, 3, 2, 1, 0]
    assert found(store, level="INFO") == [7, 6, 5, 4, 3, 2]
    assert found(store, level="WARNING") == [6, 5, 4]
    assert found(store, level="ERROR") == [6, 5]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("SALES", [1]),
        ("100%", [2]),
        ("a_b", [3]),
        ("%", [2]),
        ("_", [3]),
        ("\\", [4]),
        ("ärger", [5]),
        ("ÄRGER", [5]),
        ("nothing", []),
    ],
)
def test_text_is_a_part_of_the_message_in_any_case(
    store: WritableLogStore, text: str, seconds: list[int]
) -> None:
    """Signs that mean something to SQL mean themselves."""
    messages = ("", "read Sales", "100% done", "a_b", "back\\slash", "Ärger im ETL")
    store.add([record(number, message) for number, message in enumerate(messages) if message])
    assert found(store, text=text) == seconds


@pytest.mark.parametrize(
    ("text", "seconds"), [("\0", [1]), ("A\0B", [1]), ("plain\0", []), ("\0x", []), ("a\0", [1])]
)
def test_a_null_character_is_a_sign_like_any_other(
    store: WritableLogStore, text: str, seconds: list[int]
) -> None:
    """It is found where it stands, and neither ends what is looked for nor matches every line."""
    store.add([record(1, "a\0b"), record(2, "plain"), record(3, "a"), record(4, "x")])
    assert found(store, text=text) == seconds


def test_a_null_character_in_a_name_is_part_of_it(store: WritableLogStore) -> None:
    """Who asks for a name gets the lines of that name, or none."""
    store.add([record(1, pipeline="p"), record(2, pipeline="p\0"), record(3, pipeline="p\0.q")])
    assert found(store, pipeline="p\0") == [2]
    assert found(store, service="worker-etl\0") == found(store, run_id="\0") == []


def test_a_null_character_in_a_field_is_part_of_it(store: WritableLogStore) -> None:
    """Also in the words of an error."""
    store.add([record(1, fields={"a": "b\0.c"}), record(2, fields={"error_message": "C\0D"})])
    assert where(store, "a=b\0.c") == [1]
    assert found(store, text="c\0d") == [2]


@pytest.mark.parametrize(("text", "seconds"), [("drug gm", [1]), ("ÄRGER", [2]), ("7", [])])
def test_text_is_looked_for_in_the_error_message_too(
    store: WritableLogStore, text: str, seconds: list[int]
) -> None:
    """The words of an error lead to the line that tells of it; a number there is no text."""
    errors = ("no such department: DRUG GM", "Ärger", 7)
    store.add(
        [
            record(number, "stage_failed", fields={"error_message": error})
            for number, error in enumerate(errors, 1)
        ]
    )
    assert found(store, text=text) == seconds


def test_numbers_are_compared_as_numbers(store: WritableLogStore) -> None:
    """10 is more than 9, whole and broken numbers mix, and a text is no number."""
    for number, value in enumerate((9, 10, 9.5, "10", True, None)):
        store.add([record(number, fields={"count": value})])
    store.add([record(9)])
    assert where(store, "count>9") == [2, 1]
    assert where(store, "count>=9") == [2, 1, 0]
    assert where(store, "count<9.5") == [0]
    assert where(store, "count<=9.5") == [2, 0]
    assert where(store, "count=10") == [3, 1]
    assert where(store, "count!=10") == [4, 2, 0]
    assert where(store, "count>9", "count<10") == [2]


def test_texts_are_compared_as_texts(store: WritableLogStore) -> None:
    """Equality and order of texts; other types by their JSON; a missing field never matches."""
    for number, value in enumerate(("sales", "products", True, ["a"], 1.0)):
        store.add([record(number, fields={"table": value})])
    store.add([record(9)])
    assert where(store, "table=sales") == [0]
    assert where(store, "table!=sales") == [4, 3, 2, 1]
    assert where(store, "table>q") == [2, 0]
    assert where(store, "table=true") == [2]
    assert where(store, 'table=["a"]') == [3]


def test_own_fields_are_fields_too(store: WritableLogStore) -> None:
    """A condition may name stage, service, level and the other fixed fields."""
    store.add([record(1, stage="load"), record(2, stage="extract", level="ERROR")])
    assert where(store, "stage=load") == [1]
    assert where(store, "level=ERROR", "service=worker-etl") == [2]
    assert where(store, "stage>3") == []
    assert where(store, "pipeline!=x") == []


def test_odd_field_names_are_names(store: WritableLogStore) -> None:
    """Dots and dashes in a name are part of it, not a path."""
    store.add([record(1, fields={"http.status-code": 500}), record(2, fields={"http": {"status-code": 500}})])
    assert where(store, "http.status-code=500") == [1]


def test_nested_fields_do_not_count(store: WritableLogStore) -> None:
    """A field inside another one, or inside a text, is not the field itself."""
    store.add(
        [record(1, fields={"a": {"x": 5}}), record(2, fields={"a": '"x":5'}), record(3, fields={"x": 5})]
    )
    assert where(store, "x=5") == [3]


def test_time_range_ends_before_its_end(store: WritableLogStore) -> None:
    """The beginning of a range is inside, the end is outside."""
    store.add([record(number) for number in range(5)])
    assert found(store, since=at(1), until=at(3)) == [2, 1]


def test_conditions_meet(store: WritableLogStore) -> None:
    """Run, level, text, field and time narrow the answer down together."""
    for number in range(10):
        level = "ERROR" if number % 2 else "INFO"
        store.add([record(number, level=level, run_id="r", fields={"n": number})])
    store.add([record(20, level="ERROR", run_id="other", fields={"n": 5})])
    conditions = (parse_condition("n>=3"),)
    assert found(store, run_id="r", level="ERROR", text="LINE", where=conditions, until=at(8)) == [7, 5, 3]


def test_forget_removes_old_records(store: WritableLogStore) -> None:
    """Records before the time go, those at the time stay."""
    store.add([record(number) for number in range(5)])
    assert store.forget(at(3)) == 3
    assert found(store) == [4, 3]


def test_store_answers(store: WritableLogStore) -> None:
    """An open store answers a ping and tells a size, and an empty one has nothing."""
    store.ping()
    assert store.size_bytes() >= 0
    assert (found(store), store.forget(NOON)) == ([], 0)
