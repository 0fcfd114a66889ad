"""A Loki in a container for the suites; each test is a tenant of its own."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

import httpx
from tests.contract.jaeger import as_attributes
from tests.platform.events import NOON

from almenara_platform.logs.level import RANKS
from almenara_platform.logs.loki import LokiLogStore
from almenara_platform.logs.model import LogRecord

IMAGE = "grafana/loki:3.7.8"
DEADLINE_SECONDS = 60
CONFIG = """
auth_enabled: true
server: {http_listen_port: 3100, log_level: warn}
common:
  path_prefix: /tmp/loki
  replication_factor: 1
  instance_addr: 127.0.0.1
  ring: {kvstore: {store: inmemory}}
  storage: {filesystem: {chunks_directory: /tmp/loki/chunks, rules_directory: /tmp/loki/rules}}
schema_config:
  configs:
    - from: 2024-01-01
      store: tsdb
      object_store: filesystem
      schema: v13
      index: {prefix: index_, period: 24h}
ingester: {lifecycler: {min_ready_duration: 0s}, query_store_max_look_back_period: 87600h}
querier: {query_ingesters_within: 0s}
analytics: {reporting_enabled: false}
limits_config:
  reject_old_samples: false
  max_query_length: 0
  split_queries_by_interval: 24h
  otlp_config:
    resource_attributes:
      ignore_defaults: true
      attributes_config: [{action: index_label, attributes: [service.name]}]
"""


class FilledLoki(LokiLogStore):
    """The adapter as a new tenant, with the way in that the Collector has in its place."""

    def __init__(self, url: str) -> None:
        tenant = httpx.Client(headers={"X-Scope-OrgID": uuid4().hex}, timeout=30)
        super().__init__(url, timedelta(days=1), lambda: NOON + timedelta(hours=1), tenant)
        self._filling = tenant

    def add(self, records: Sequence[LogRecord]) -> None:
        """Send the records as OTLP/JSON."""
        groups = [
            {
                "resource": {"attributes": as_attributes({"service.name": record.service})},
                "scopeLogs": [{"logRecords": [_otlp(record)]}],
            }
            for record in records
        ]
        answer = self._filling.post(f"{self._url}/otlp/v1/logs", json={"resourceLogs": groups})
        assert answer.is_success, answer.text

    def forget(self, before: datetime) -> int:
        """Loki forgets by itself."""
        raise NotImplementedError

    def size_bytes(self) -> int:
        """Loki does not tell."""
        raise NotImplementedError


@contextmanager
def container(folder: Path) -> Iterator[str]:
    """The address of a Loki on a free port that takes and finds lines."""
    config = folder / "loki.yaml"
    config.write_text(CONFIG)
    name = f"almenara-test-loki-{uuid4().hex[:12]}"
    volume = ("-v", f"{config}:/etc/loki.yaml:ro")
    _docker(
        "run", "-d", "--name", name, "-p", "127.0.0.1::3100", *volume, IMAGE, "-config.file=/etc/loki.yaml"
    )
    try:
        url = f"http://{_docker('port', name, '3100/tcp').split()[0]}"
        _wait_for(f"{url}/ready")
        yield url
    finally:
        _docker("rm", "-f", "-v", name)


def _otlp(record: LogRecord) -> dict[str, object]:
    own = {name: getattr(record, name) for name in ("pipeline", "stage", "run_id")}
    given = {name: value for name, value in own.items() if value is not None} | dict(record.fields)
    return {
        "timeUnixNano": str(record.time_ns),
        "severityNumber": RANKS.get(record.level, 0),
        "severityText": record.level,
        "body": {"stringValue": record.message},
        "attributes": as_attributes(given),
        "traceId": record.trace_id or "",
        "spanId": record.span_id or "",
    }


def _docker(*arguments: str) -> str:
    return subprocess.run(["docker", *arguments], check=True, capture_output=True, text=True).stdout


def _wait_for(url: str) -> None:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while True:
        try:
            httpx.get(url).raise_for_status()
            return
        except httpx.HTTPError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
