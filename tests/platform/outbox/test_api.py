"""Dead letters over HTTP: looked at, mended, replayed and discarded."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.platform.conftest import Start
from tests.platform.events import RUN_ID, run_event, whole_run
from tests.platform.outbox.marquez_stub import Marquez
from tests.platform.outbox.test_running import LONG_DAYS, pending, post, run_id, until

from almenara.exceptions import SettingsError

DEAD = "/api/v1/outbox/dead"


@pytest.fixture
def client(start: Start, stub: Marquez) -> TestClient:
    """A platform whose Marquez has refused START and COMPLETE of one run, and takes everything now."""
    stub.always = 422, {"errors": ["no"]}
    client = start(retention_days=LONG_DAYS, marquez_url=stub.url)
    post(client, *whole_run())
    until(lambda: len(letters(client)) == 2, "two dead letters")
    stub.always = None
    return client


def letters(client: TestClient, **query: Any) -> list[dict[str, Any]]:
    """The dead letters."""
    return client.get(DEAD, params=query).json()["items"]


def test_dead_letter_tells_what_and_why(client: TestClient) -> None:
    """The list has run, kind and reason; the letter alone has its event."""
    start, complete = letters(client)
    assert (start["destination"], start["lane"], start["event_type"]) == ("marquez", RUN_ID, "START")
    assert start["reason"].startswith("Marquez answered 422")
    assert client.get(f"{DEAD}/{complete['id']}").json()["event"] == whole_run()[1]


def test_dead_letters_are_paged_and_filtered(client: TestClient) -> None:
    """A page ends with the cursor of the next, and filters hold across pages."""
    first = client.get(DEAD, params={"limit": 1, "run_id": RUN_ID.upper()}).json()
    second = client.get(DEAD, params={"limit": 1, "cursor": first["next"]}).json()
    assert [first["items"][0]["id"], second["items"][0]["id"]] == [each["id"] for each in letters(client)]
    assert second["next"] is None
    assert letters(client, destination="datahub") == []
    assert letters(client, run_id=run_id(9)) == []


def test_replay_sends_it_again(client: TestClient, stub: Marquez) -> None:
    """Both letters go out in the order of the run, not of their replay, and are dead no more."""
    start, complete = letters(client)
    assert client.post(f"{DEAD}/{complete['id']}/replay").json() == {"replayed": 1}
    client.post(f"{DEAD}/{start['id']}/replay")
    until(lambda: pending(client) == 0, "an empty outbox")
    assert stub.states == {RUN_ID: "COMPLETED"}
    assert letters(client) == []


def test_replay_of_all(client: TestClient, stub: Marquez) -> None:
    """Every dead letter of a destination at once, in the order of the run."""
    assert client.post(f"{DEAD}/replay", params={"destination": "datahub"}).json() == {"replayed": 0}
    assert client.post(f"{DEAD}/replay", params={"destination": "marquez"}).json() == {"replayed": 2}
    until(lambda: pending(client) == 0, "an empty outbox")
    assert stub.history == {RUN_ID: ["START", "COMPLETE"]}


def test_mended_event_goes_in_its_place(client: TestClient, stub: Marquez) -> None:
    """The receiver gets the mended event; the platform's record keeps the original."""
    start, _ = letters(client)
    mended = run_event("START", facets={"mended": {"by": "hand"}})
    assert client.post(f"{DEAD}/{start['id']}/replay", json={"event": mended}).status_code == 200
    until(lambda: len(stub.events) == 1, "the mended event")
    assert stub.events[0]["run"]["facets"]["mended"]["by"] == "hand"
    kept = client.get(f"/api/v1/runs/{RUN_ID}/events").json()["items"]
    assert kept == whole_run()


@pytest.mark.parametrize(
    ("event", "field"),
    [
        ({}, "eventTime"),
        (run_event("START", run_id=run_id(9)), "event"),
        (run_event("SOMETIMES"), "eventType"),
    ],
)
def test_mended_event_must_be_right(client: TestClient, event: dict[str, Any], field: str) -> None:
    """What is no event, or another run's, is refused with the field at fault; the letter stays."""
    start, _ = letters(client)
    answer = client.post(f"{DEAD}/{start['id']}/replay", json={"event": event})
    assert (answer.status_code, answer.json()["field"]) == (400, field)
    assert len(letters(client)) == 2


def test_discarded_letter_is_never_sent(client: TestClient, stub: Marquez) -> None:
    """It leaves the list, and the next replay of all passes it by."""
    start, _ = letters(client)
    assert client.post(f"{DEAD}/{start['id']}/discard").status_code == 204
    client.post(f"{DEAD}/replay")
    until(lambda: pending(client) == 0, "an empty outbox")
    assert stub.history == {RUN_ID: ["COMPLETE"]}
    assert letters(client) == []


@pytest.mark.parametrize(("method", "path"), [("get", ""), ("post", "/replay"), ("post", "/discard")])
def test_unknown_letter_is_not_found(client: TestClient, method: str, path: str) -> None:
    """A number that is none, or of a letter that is not dead."""
    answer = getattr(client, method)(f"{DEAD}/999{path}")
    assert answer.status_code == 404
    assert "No dead letter 999" in answer.json()["detail"]


def test_writing_takes_the_token(start: Start, stub: Marquez) -> None:
    """Reading is open, replay and discard are not."""
    client = start(retention_days=LONG_DAYS, marquez_url=stub.url, api_token="secret")
    assert client.get(DEAD).status_code == 200
    for path in ("/replay", "/1/replay", "/1/discard"):
        assert client.post(DEAD + path).status_code == 401
        assert client.post(DEAD + path, headers={"Authorization": "Bearer secret"}).status_code != 401


def test_without_a_destination_nothing_waits(start: Start) -> None:
    """Nothing is kept for nobody."""
    client = start()
    post(client, *whole_run())
    assert client.get("/api/v1/outbox").json() == {"items": [], "next": None}


def test_destination_that_is_no_longer_set_is_still_told(start: Start, stub: Marquez) -> None:
    """What waits for it is shown as waiting for something that is not configured."""
    stub.always = 503, None
    post(start(retention_days=LONG_DAYS, marquez_url=stub.url), *whole_run())
    [backlog] = start(retention_days=LONG_DAYS).get("/api/v1/outbox").json()["items"]
    assert (backlog["destination"], backlog["configured"], backlog["pending"]) == ("marquez", False, 2)


def test_memory_forwards_to_nobody(start: Start, stub: Marquez) -> None:
    """A platform that keeps nothing refuses to promise delivery; without a destination it starts."""
    with pytest.raises(SettingsError, match="forward to nobody instead of marquez"):
        start(database_url="sqlite:///:memory:", marquez_url=stub.url)
    client = start(database_url="sqlite:///:memory:")
    assert client.get(DEAD).json()["items"] == []
    assert client.post(f"{DEAD}/1/replay").status_code == 404
