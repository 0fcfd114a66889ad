"""A Loki in a container for the suites; each test is a tenant of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

import httpx
from tests.containers import container, published, wait_for
from tests.contract.jaeger import as_attributes
from tests.platform.events import NOON

from almenara_platform.logs.level import RANKS
from almenara_platform.logs.loki import LokiLogStore
from almenara_platform.logs.model import LogRecord

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
def loki_container(folder: Path) -> Iterator[str]:
    """The address of a Loki on a free port that takes and finds lines."""
    config = folder / "loki.yaml"
    config.write_text(CONFIG)
    options = ("-p", "127.0.0.1::3100", "-v", f"{config}:/etc/loki.yaml:ro")
    with container("loki", "-config.file=/etc/loki.yaml", options=options) as name:
        url = f"http://{published(name, 3100)}"
        wait_for(f"{url}/ready")
        yield url


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
