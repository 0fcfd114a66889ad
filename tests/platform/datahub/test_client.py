"""DataHub's HTTP API before a stand-in with the documented answers."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from tests.platform.datahub.datahub_stub import DataHub as Stub

from almenara_platform.datahub.aspects import description_of, entity
from almenara_platform.datahub.client import MOST_TRIES, DataHub
from almenara_platform.datahub.exceptions import DataHubRefused, DataHubUnavailable
from almenara_platform.datahub.urns import dataset_urn, field_urn

SALES = dataset_urn("file", "sales")
QUICK = httpx.Timeout(0.3)


def connect(hub: Stub, token: str = "secret", timeout: httpx.Timeout | None = None) -> DataHub:
    """A client that does not wait between its tries."""
    return DataHub(hub.url, token, timeout or httpx.Timeout(60.0), sleep=lambda seconds: None)


@pytest.fixture
def there(hub: Stub) -> Iterator[DataHub]:
    """A client of the stand-in."""
    found = connect(hub)
    yield found
    found.close()


def chain(hub: Stub, length: int) -> None:
    """t0 -> t1 -> ... with a column each."""
    for number in range(1, length + 1):
        before, after = (dataset_urn("file", f"t{n}") for n in (number - 1, number))
        fields = {"upstreams": [field_urn(before, "c")], "downstreams": [field_urn(after, "c")]}
        kinds = {"upstreamType": "FIELD_SET", "downstreamType": "FIELD"}
        lineage = {
            "upstreams": [{"dataset": before, "type": "TRANSFORMED"}],
            "fineGrainedLineages": [fields | kinds],
        }
        hub.entities[after] = {"upstreamLineage": lineage}


def test_entities_are_written_and_known(there: DataHub, hub: Stub) -> None:
    """What was put is there, and what was not is not."""
    assert not there.knows(SALES)
    there.put([entity(SALES, {"status": {"removed": False}})])
    assert there.knows(SALES)
    assert hub.entities == {SALES: {"status": {"removed": False}}}


def test_an_aspect_that_is_wrong_is_refused(there: DataHub) -> None:
    """What the models do not take is told with DataHub's words, and is not tried again."""
    with pytest.raises(DataHubRefused, match="answered 400: Invalid: schemaMetadata lacks"):
        there.put([entity(SALES, {"schemaMetadata": {}})])


@pytest.mark.parametrize("status", [400, 404, 409, 413, 422])
def test_a_refusal_is_final(there: DataHub, hub: Stub, status: int) -> None:
    """A 4xx is not asked again."""
    hub.answers = [(status, {"message": "never"})]
    with pytest.raises(DataHubRefused, match=f"answered {status}: never"):
        there.put([entity(SALES, {"status": {"removed": False}})])
    assert not hub.entities


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_failure_is_tried_again(there: DataHub, hub: Stub, status: int) -> None:
    """A server that is busy or broken for a moment costs nothing; for longer it is told."""
    hub.answers = [(status, None)] * (MOST_TRIES - 1)
    there.put([entity(SALES, {"status": {"removed": False}})])
    assert SALES in hub.entities
    hub.always = status, {"message": "still not"}
    with pytest.raises(DataHubUnavailable, match=f"answered {status}: still not"):
        there.put([entity(SALES, {"status": {"removed": False}})])


def test_a_lost_answer_is_asked_for_again(there: DataHub, hub: Stub) -> None:
    """The first write arrived and its answer did not; writing again does no harm."""
    hub.lost = 2
    there.put([entity(SALES, {"status": {"removed": False}})])
    assert (hub.lost, list(hub.entities)) == (0, [SALES])


def test_a_slow_answer_is_no_answer(hub: Stub) -> None:
    """After the last try the command ends with the address."""
    hub.seconds = 5.0
    there = connect(hub, timeout=QUICK)
    with pytest.raises(DataHubUnavailable, match=f"does not answer at {hub.url}"):
        there.knows(SALES)
    there.close()


def test_nobody_there(there: DataHub) -> None:
    """A refused connection names the address."""
    nowhere = DataHub("http://127.0.0.1:1", sleep=lambda seconds: None)
    with pytest.raises(DataHubUnavailable, match=r"http://127\.0\.0\.1:1"):
        nowhere.knows(SALES)
    nowhere.close()


def test_a_wrong_token_is_told(hub: Stub) -> None:
    """401 names the setting."""
    there = connect(hub, "guessed")
    with pytest.raises(DataHubRefused, match=r"401.*ALMENARA_DATAHUB_TOKEN"):
        there.knows(SALES)
    there.close()


@pytest.mark.parametrize(
    "answer", [(200, "<html>"), (200, {"errors": [{"message": "no such urn"}]}), (200, {})]
)
def test_an_answer_that_is_none_is_told(there: DataHub, hub: Stub, answer: tuple[int, object]) -> None:
    """Errors of GraphQL come with 200; a page of a proxy is no answer either."""
    hub.always = answer
    with pytest.raises(DataHubRefused):
        list(there.lineage(SALES, "DOWNSTREAM", None, 10))


def test_lineage_goes_over_pages(there: DataHub, hub: Stub, monkeypatch: pytest.MonkeyPatch) -> None:
    """All pages are one answer, and it ends where it was asked to end."""
    monkeypatch.setattr("almenara_platform.datahub.client.PAGE", 2)
    chain(hub, 5)
    start = dataset_urn("file", "t0")
    found = list(there.lineage(start, "DOWNSTREAM", None, 100))
    assert [(hit.place, hit.hops) for hit in found] == [(("file", f"t{n}", None), n) for n in range(1, 6)]
    assert len(list(there.lineage(start, "DOWNSTREAM", None, 3))) == 3
    assert [hit.hops for hit in there.lineage(start, "DOWNSTREAM", 4, 100)] == [1, 2, 3, 4]
    assert [hit.hops for hit in there.lineage(start, "DOWNSTREAM", 1, 100)] == [1]


def test_columns_are_asked_for_as_columns(there: DataHub, hub: Stub) -> None:
    """The answer of a column names columns, with the way to each."""
    chain(hub, 2)
    last = field_urn(dataset_urn("file", "t2"), "c")
    found = list(there.lineage(last, "UPSTREAM", None, 100))
    assert [hit.place for hit in found] == [("file", "t1", "c"), ("file", "t0", "c")]
    assert [len(hit.path) for hit in found] == [2, 3]


@pytest.mark.parametrize(
    ("native", "kind"),
    [
        ("BOOLEAN", "Boolean"),
        ("timestamp[us]", "Time"),
        ("date32", "Date"),
        ("list<item: int64>", "Array"),
        ("struct<a: int>", "Record"),
        ("varbinary", "Bytes"),
        ("decimal(10,2)", "Number"),
        ("large_string", "String"),
        ("whatever", "Null"),
        (None, "Null"),
    ],
)
def test_types_are_told_in_its_words(there: DataHub, hub: Stub, native: str | None, kind: str) -> None:
    """The kind of a column is one of DataHub's, its own type stays beside it."""
    known = {
        "namespace": "file",
        "name": "sales",
        "schema": [{"name": "c", "type": native, "description": "d"}],
    }
    there.put([description_of(known, "PROD")])
    (column,) = hub.entities[SALES]["schemaMetadata"]["fields"]
    assert column["type"]["type"] == {f"com.linkedin.schema.{kind}Type": {}}
    assert column["nativeDataType"] == (native or "unknown")
