"""What destinations promise, over a stand-in with the measured answers: taken, refused, failed or away."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from tests.platform.events import run_event
from tests.platform.outbox.marquez_stub import Marquez

from almenara_platform.outbox.destinations.datahub import DataHubDestination
from almenara_platform.outbox.destinations.marquez import MarquezDestination
from almenara_platform.outbox.destinations.port import Away, Destination, Failed, Refused

QUICK = httpx.Timeout(0.3)
ADAPTERS: dict[str, Callable[[str], Destination]] = {
    "marquez": lambda url: MarquezDestination(url, QUICK),
    "datahub": lambda url: DataHubDestination(url, "secret", QUICK),
}


@pytest.fixture(params=ADAPTERS)
def destination(request: pytest.FixtureRequest, stub: Marquez) -> Iterator[Destination]:
    """One adapter after the other, before the stand-in."""
    found = ADAPTERS[request.param](stub.url)
    yield found
    found.close()


def test_event_arrives_as_it_is(destination: Destination, stub: Marquez) -> None:
    """What is sent is what the receiver gets, as JSON."""
    event = run_event("START")
    destination.send(event)
    assert stub.events == [event]


@pytest.mark.parametrize("status", [400, 409, 413, 415, 422])
def test_event_at_fault_is_refused(destination: Destination, stub: Marquez, status: int) -> None:
    """A 4xx that is about the event is for good, with the receiver's words as the reason."""
    stub.always = status, {"message": "no such thing"}
    with pytest.raises(Refused, match=rf"answered {status}: .*no such thing"):
        destination.send(run_event("START"))


def test_400_in_a_500_is_refused(destination: Destination, stub: Marquez) -> None:
    """Marquez answers 500 to what it cannot read and tells 400 in the body."""
    stub.always = 500, {"code": 400, "message": "Unable to process JSON"}
    with pytest.raises(Refused):
        destination.send(run_event("START"))


@pytest.mark.parametrize("document", [{"code": 500}, None, {"code": True}])
def test_500_failed(destination: Destination, stub: Marquez, document: dict[str, Any] | None) -> None:
    """A 500 is about this event at this time; another one may be taken."""
    stub.always = 500, document
    with pytest.raises(Failed):
        destination.send(run_event("START"))


@pytest.mark.parametrize("status", [301, 401, 403, 404, 405, 408, 429, 502, 503, 504])
def test_setting_or_outage_is_not_the_events_fault(
    destination: Destination, stub: Marquez, status: int
) -> None:
    """A wrong address, a missing token, a full or absent receiver: nothing is given up for these."""
    stub.always = status, None
    with pytest.raises(Away, match=str(status)):
        destination.send(run_event("START"))


def test_slow_answer_failed(destination: Destination, stub: Marquez) -> None:
    """No answer in time says nothing of whether the event arrived."""
    stub.seconds = 0.6
    with pytest.raises(Failed, match="Timeout"):
        destination.send(run_event("START"))


def test_lost_answer_failed_and_the_event_may_go_again(destination: Destination, stub: Marquez) -> None:
    """The receiver took it, the answer got lost, and sending it again does no harm."""
    stub.lost = 1
    with pytest.raises(Failed):
        destination.send(run_event("START"))
    destination.send(run_event("START"))
    assert list(stub.states.values()) == ["RUNNING"]


def test_nobody_there_is_away() -> None:
    """A refused connection is an outage, and the message has the address."""
    for build in ADAPTERS.values():
        with pytest.raises(Away, match=r"cannot be reached at http://127\.0\.0\.1:1/"):
            build("http://127.0.0.1:1").send(run_event("START"))


def test_no_address_is_away() -> None:
    """A setting that is no address loses no event."""
    for build in ADAPTERS.values():
        with pytest.raises(Away):
            build("marquez:5000").send(run_event("START"))


def test_datahub_gets_its_token(stub: Marquez) -> None:
    """The token goes as Bearer; without one no such header is sent."""
    DataHubDestination(stub.url, "secret").send(run_event("START"))
    DataHubDestination(stub.url).send(run_event("START"))
    assert [headers.get("authorization") for headers in stub.headers] == ["Bearer secret", None]
