"""Traces as services would send them, in OTLP/JSON, for what needs many of one kind."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass, field
from typing import Any

from tests.stack.signals import Signals

SECOND = 1_000_000_000
AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Traces:
    """Sends spans of one made-up service."""

    signals: Signals
    service: str = field(default_factory=lambda: f"made-up-{secrets.token_hex(4)}")

    def ordinary(self) -> dict[str, Any]:
        """A request of 20 ms."""
        return span(secrets.token_hex(16), "GET /products", kind=2)

    def failing(self) -> dict[str, Any]:
        """A request that ended with an error."""
        return span(secrets.token_hex(16), "GET /products", kind=2) | {"status": {"code": 2}}

    def slow(self) -> dict[str, Any]:
        """A request of 6 s."""
        return span(secrets.token_hex(16), "GET /products", kind=2, seconds=6)

    def send(self, spans: list[dict[str, Any]]) -> None:
        """Hand them to the Collector."""
        resource = {"attributes": [attribute("service.name", self.service)]}
        for begin in range(0, len(spans), AT_ONCE):
            part = spans[begin : begin + AT_ONCE]
            body = {"resourceSpans": [{"resource": resource, "scopeSpans": [{"spans": part}]}]}
            self.signals.client.post(f"{self.signals.otlp}/v1/traces", json=body).raise_for_status()

    def kept(self) -> dict[str, set[str]]:
        """The spans of the service in Jaeger, by the id of their trace."""
        answer = self.signals.client.get(
            f"{self.signals.jaeger}/api/traces",
            params={"service": self.service, "limit": 1000, "lookback": "1h"},
        )
        found = answer.json().get("data") or []
        return {one["traceID"]: {each["spanID"] for each in one["spans"]} for one in found}


def span(
    trace_id: str,
    name: str,
    *,
    kind: int = 1,
    parent: str = "",
    seconds: float = 0.02,
    **attributes: str,
) -> dict[str, Any]:
    """A span that has just ended."""
    end = time.time_ns()
    return {
        "traceId": trace_id,
        "spanId": secrets.token_hex(8),
        "parentSpanId": parent,
        "name": name,
        "kind": kind,
        "startTimeUnixNano": str(end - int(seconds * SECOND)),
        "endTimeUnixNano": str(end),
        "attributes": [attribute(key.replace("__", "."), value) for key, value in attributes.items()],
    }


def attribute(key: str, value: str) -> dict[str, Any]:
    """A text attribute."""
    return {"key": key, "value": {"stringValue": value}}
