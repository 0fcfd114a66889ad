"""Asks the platform how a run stands, over HTTP, so that the trace goes on there."""

from typing import Any

import httpx

from sample_api.exceptions import NotFoundError, PlatformFailedError, PlatformUnreachableError
from worker_etl.ledger import Entry, Ledger
from worker_etl.pipelines import PIPELINES


class Runs:
    """The state of runs as the platform tells it; of one it has not heard of yet, as the ledger does."""

    def __init__(self, client: httpx.Client, ledger: Ledger) -> None:
        """`client` has the platform's address as its base."""
        self._client = client
        self._ledger = ledger

    def find(self, run_id: str) -> dict[str, Any]:
        """Return the run in the platform's form.

        Raises NotFoundError when neither knows it, PlatformUnreachableError and PlatformFailedError.
        """
        response = self._ask(run_id)
        if response.status_code != httpx.codes.NOT_FOUND:
            return _body(response)
        entry = self._ledger.find(run_id)
        if entry is None:
            raise NotFoundError(f"no run has the id {run_id}")
        return _not_yet_told(entry)

    def _ask(self, run_id: str) -> httpx.Response:
        try:
            return self._client.get(f"/api/v1/runs/{run_id}")
        except httpx.HTTPError as error:
            raise PlatformUnreachableError(
                f"the platform at {self._client.base_url} does not answer ({type(error).__name__}); "
                "the run is not affected, ask again"
            ) from error


def _body(response: httpx.Response) -> dict[str, Any]:
    try:
        response.raise_for_status()
        body = response.json()
    except (httpx.HTTPStatusError, ValueError) as error:
        raise PlatformFailedError(f"the platform answered {response.status_code} and no run") from error
    if not isinstance(body, dict):
        raise PlatformFailedError("the platform answered with something that is no run")
    return body


def _not_yet_told(entry: Entry) -> dict[str, Any]:
    return {
        "run_id": entry.run_id,
        "namespace": PIPELINES[entry.pipeline].namespace,
        "pipeline": entry.pipeline,
        "state": entry.state.value,
        "started_at": None,
        "ended_at": None,
        "duration_seconds": None,
        "trace_id": entry.trace_id,
        "stages": [],
        "inputs": [],
        "outputs": [],
        "quality": [],
        "error": {"type": None, "message": entry.error, "stack": None} if entry.error else None,
    }
