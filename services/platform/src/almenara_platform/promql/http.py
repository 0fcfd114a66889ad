"""Prometheus over HTTP."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import httpx

from almenara_platform.exceptions import BadRequest, StoreUnavailable
from almenara_platform.promql.port import Sample, Series

TIMEOUT_SECONDS = 10.0


class HttpPrometheus:
    """The query API of a Prometheus at ``base_url``."""

    def __init__(self, base_url: str, transport: httpx.BaseTransport | None = None) -> None:
        self._client = httpx.Client(
            base_url=base_url.rstrip("/"), timeout=TIMEOUT_SECONDS, transport=transport, trust_env=False
        )

    def missing(self) -> str:
        """There is an address."""
        return ""

    def instant(self, query: str, at: datetime) -> Sequence[Sample]:
        """The value of each series at a moment, those that are not a number left out."""
        result = self._ask("/api/v1/query", {"query": query, "time": str(at.timestamp())})
        samples = (Sample(series["metric"], float(series["value"][1])) for series in result)
        return [sample for sample in samples if not math.isnan(sample.value)]

    def range(self, query: str, since: datetime, until: datetime, step_seconds: float) -> Sequence[Series]:
        """Each series between two moments."""
        times = {"start": str(since.timestamp()), "end": str(until.timestamp()), "step": str(step_seconds)}
        result = self._ask("/api/v1/query_range", {"query": query, **times})
        return [_series(each) for each in result]

    def close(self) -> None:
        """Release the connections."""
        self._client.close()

    def _ask(self, path: str, parameters: dict[str, str]) -> list[dict[str, Any]]:
        try:
            answer = self._client.post(path, data=parameters)
            document = answer.json()
        except httpx.HTTPError as error:
            raise StoreUnavailable(f"Prometheus at {self._client.base_url} does not answer.") from error
        except ValueError as error:
            raise StoreUnavailable(f"Prometheus at {self._client.base_url} answered no JSON.") from error
        if document.get("status") == "success":
            return list(document["data"]["result"])
        reason = str(document.get("error", answer.reason_phrase))
        if answer.status_code in (400, 422):
            raise BadRequest(f"Prometheus refuses the query: {reason}", "query")
        raise StoreUnavailable(f"Prometheus answered {answer.status_code}: {reason}")


def _series(document: dict[str, Any]) -> Series:
    return Series(document["metric"], [(at, float(value)) for at, value in document["values"]])
