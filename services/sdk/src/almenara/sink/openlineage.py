"""Lineage events to an OpenLineage server."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import orjson
from openlineage.client.event_v2 import RunEvent
from openlineage.client.serde import Serde
from opentelemetry.sdk.trace import ReadableSpan

from almenara.sink import wire_json
from almenara.sink.http import Endpoint, HttpDelivery
from almenara.sink.port import LogEntry
from almenara.spool import Outbox
from almenara.spool.lane import Route

PATH = "/api/v1/lineage"


def lineage_route(base_url: str, headers: dict[str, str]) -> Route:
    """Events to `{base_url}/api/v1/lineage`, one a request, as every OpenLineage server takes them."""
    base = base_url.rstrip("/")
    url = base if base.endswith(PATH) else base + PATH
    endpoint = Endpoint(url, "application/json", headers, refused_events, compress=False)
    return Route("lineage", url, encode_events, lambda: HttpDelivery(endpoint), merge=False)


def encode_events(events: Sequence[RunEvent]) -> tuple[list[tuple[bytes, int]], int]:
    """Each event as JSON, and how many could not be encoded."""
    payloads = []
    for event in events:
        try:
            payloads.append((encode_event(event), 1))
        except Exception:  # noqa: BLE001 - whatever a user's facet does while it is encoded
            continue
    return payloads, len(events) - len(payloads)


def encode_event(event: RunEvent) -> bytes:
    """The event as JSON without nulls, as openlineage-python writes it."""
    return wire_json.encode(Serde.to_dict(event))


def refused_events(media_type: str, body: bytes) -> int:
    """0. Raises ValueError unless the answer is empty, JSON or a text, as OpenLineage servers send."""
    if body and media_type not in ("application/json", "text/plain"):
        raise ValueError(f"{media_type or 'no content type'} in place of application/json")
    if body and media_type == "application/json":
        orjson.loads(body)
    return 0


class OpenLineageSink:
    """Puts lineage events into their lane; spans and logs have no place in OpenLineage and are forgotten."""

    def __init__(self, outbox: Outbox, put_events: Callable[[Sequence[RunEvent]], None]) -> None:
        self._outbox = outbox
        self._put_events = put_events

    def spans(self, spans: Sequence[ReadableSpan]) -> None:
        """Forget them."""

    def logs(self, entries: Sequence[LogEntry]) -> None:
        """Forget them."""

    def lineage(self, event: RunEvent) -> None:
        """Queue it."""
        self._put_events((event,))

    def flush(self, timeout_seconds: float) -> bool:
        """Wait until all is delivered."""
        return self._outbox.flush(timeout_seconds)

    def close(self, timeout_seconds: float) -> None:
        """Deliver what can be in time, keep the rest on disk."""
        self._outbox.close(timeout_seconds)
