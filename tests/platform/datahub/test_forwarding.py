"""Events on their way to DataHub's OpenLineage endpoint, before a stand-in with the documented answers."""

from __future__ import annotations

import httpx
import pytest
from tests.platform.conftest import Start
from tests.platform.datahub.datahub_stub import DataHub as Stub
from tests.platform.events import RUN_ID, dataset, run_event
from tests.platform.lineage.lineage_events import wrote
from tests.platform.outbox.test_running import until

from almenara_platform.outbox.destinations.datahub import DataHubDestination
from almenara_platform.outbox.destinations.port import Away, Failed, Refused

QUICK = httpx.Timeout(0.3)


class Nothing:
    """Knows nothing beyond the event."""

    def columns(self, names: object) -> dict[object, object]:
        """No schema."""
        return {}

    def parent(self, run_id: str) -> dict[str, object]:
        """No parent."""
        return {}


def test_a_run_arrives_in_order_and_complete(start: Start, hub: Stub) -> None:
    """START before COMPLETE, with inputs, schemas and legacy fields filled in, though answers get lost."""
    hub.lost = 1
    client = start(datahub_url=hub.url, datahub_token="secret")
    events = [
        run_event("START", run_id=RUN_ID, outputs=[dataset("sales", "total")]),
        wrote("sales", ("raw.net", "total"), seconds=9) | {"inputs": []},
    ]
    events[1]["run"]["runId"] = RUN_ID
    for event in reversed(events):
        assert client.post("/api/v1/lineage", json=event).status_code == 201
    until(lambda: client.get("/api/v1/outbox").json()["items"][0]["pending"] == 0, "an empty outbox")
    assert [event["eventType"] for event in hub.events[-2:]] == ["START", "COMPLETE"]
    last = hub.events[-1]
    assert [each["name"] for each in last["inputs"]] == ["raw"]
    assert last["inputs"][0]["facets"]["schema"]["fields"] == [{"name": "net"}]
    column = last["outputs"][0]["facets"]["columnLineage"]["fields"]["total"]
    assert column["transformationType"] == "IDENTITY"


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ((400, {"code": "INVALID_EVENT", "message": "Invalid OpenLineage event"}), Refused),
        ((415, {"code": "UNSUPPORTED_MEDIA_TYPE"}), Refused),
        ((401, {"message": "Unauthorized"}), Away),
        ((403, {"code": "AUTHORIZATION_DENIED"}), Away),
        ((404, None), Away),
        ((429, None), Away),
        ((500, {"code": "INGESTION_FAILED", "message": "Failed to ingest OpenLineage event"}), Failed),
        ((503, None), Away),
    ],
)
def test_its_answers_mean_what_is_documented(hub: Stub, answer: tuple[int, object], outcome: type) -> None:
    """About the event: refused. About this moment: failed. About address, token or load: away."""
    hub.answers = [answer]
    destination = DataHubDestination(hub.url, "secret")
    with pytest.raises(outcome):
        destination.send(run_event("START"))
    destination.send(run_event("START"))
    destination.close()
    assert len(hub.events) == 1


def test_a_slow_answer_fails_and_does_no_harm(hub: Stub) -> None:
    """It may have arrived, and goes again."""
    hub.seconds = 5.0
    destination = DataHubDestination(hub.url, "secret", QUICK)
    with pytest.raises(Failed):
        destination.send(run_event("START"))
    destination.close()


def test_the_endpoint_gets_only_what_it_takes(hub: Stub) -> None:
    """Events without a type and a schema URL are completed before they leave."""
    destination = DataHubDestination(hub.url, "secret")
    event = {key: value for key, value in run_event("START").items() if key not in ("eventType", "schemaURL")}
    parcel = destination.prepare(event, Nothing())
    assert parcel.event is not None
    destination.send(parcel.event)
    assert hub.events[0]["eventType"] == "OTHER"
    destination.close()
