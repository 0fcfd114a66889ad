"""``kill -9`` of the platform during ingest: what was acknowledged is there afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from threading import Event
from uuid import UUID

import httpx
from tests.platform.events import whole_run
from tests.platform.forked import platforms
from tests.platform.otlp import PROTOBUF, logs, pair, proto_log, proto_span, traces

ROUNDS = 20
RUNS_BEFORE_THE_KILL = 4


class Sender:
    """Sends spans, logs and runs in turn until the platform dies; remembers what was acknowledged."""

    def __init__(self, url: str, numbers: Iterator[int], enough: Event) -> None:
        self._url = url
        self._numbers = numbers
        self._enough = enough
        self.traces: list[int] = []
        self.logs: list[int] = []
        self.runs: list[int] = []

    def __call__(self) -> None:
        try:
            with httpx.Client(base_url=self._url, timeout=10) as client:
                while True:
                    self._send(client, next(self._numbers))
        except httpx.TransportError:
            return

    def _send(self, client: httpx.Client, number: int) -> None:
        spans = traces(*(proto_span(number, place) for place in range(1, 21))).SerializeToString()
        if client.post("/v1/traces", content=spans, headers=PROTOBUF).status_code == 200:
            self.traces.append(number)
        lines = logs(proto_log(number=number, attributes=[pair("n", number)])).SerializeToString()
        if client.post("/v1/logs", content=lines, headers=PROTOBUF).status_code == 200:
            self.logs.append(number)
        answers = [client.post("/api/v1/lineage", json=event) for event in whole_run(str(UUID(int=number)))]
        if all(answer.status_code == 201 for answer in answers):
            self.runs.append(number)
        if len(self.runs) >= RUNS_BEFORE_THE_KILL:
            self._enough.set()


def test_nothing_acknowledged_is_lost(tmp_path: Path) -> None:
    """Round after round over one folder: every acknowledged span, log and run is there, none twice."""
    numbers, acknowledged = count(1), []
    with platforms(tmp_path) as started:
        for _ in range(ROUNDS):
            url, enough = started.start(), Event()
            senders = [Sender(url, numbers, enough) for _ in range(3)]
            with ThreadPoolExecutor(3) as pool:
                futures = [pool.submit(sender) for sender in senders]
                assert enough.wait(60)
                started.kill()
            for future in futures:
                future.result()
            acknowledged += senders
        with httpx.Client(base_url=started.start(), timeout=30) as client:
            check(client, acknowledged)


def check(client: httpx.Client, senders: list[Sender]) -> None:
    """What the senders remember is what the platform tells."""
    for number in (number for sender in senders for number in sender.traces):
        assert len(client.get(f"/api/v1/traces/{number:032x}").json()["spans"]) == 20
    for number in (number for sender in senders for number in sender.logs):
        assert len(client.get("/api/v1/logs", params={"where": f"n={number}"}).json()["items"]) == 1
    runs = [number for sender in senders for number in sender.runs]
    for number in runs:
        assert client.get(f"/api/v1/runs/{UUID(int=number)}").json()["state"] == "COMPLETE"
    (pipeline,) = client.get("/api/v1/pipelines").json()["items"]
    counted = sum(len(page) for page in complete_runs(client))
    assert pipeline["runs_total"] >= len(runs)
    metric = 'pipeline_runs_total{outcome="complete",pipeline="ventas_etl"}'
    assert f"{metric} {float(counted)}\n" in client.get("/metrics").text


def complete_runs(client: httpx.Client) -> Iterator[list[str]]:
    """The ids of the complete runs, page by page."""
    cursor: str | None = ""
    while cursor is not None:
        asked = {"state": "COMPLETE", "limit": "1000"} | ({"cursor": cursor} if cursor else {})
        page = client.get("/api/v1/runs", params=asked).json()
        yield [run["run_id"] for run in page["items"]]
        cursor = page["next"]
