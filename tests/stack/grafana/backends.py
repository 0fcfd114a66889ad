"""Asks the backends what Grafana's datasources would ask them, in the same words."""

from __future__ import annotations

import csv
import io
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
from tests.platform.dashboards.reading import Asked, interpolate

from almenara_platform.dashboards import identity

Sql = Callable[[str], str]
Values = Mapping[str, str | list[str]]
RANGE_SECONDS = 3600


@dataclass(frozen=True, slots=True)
class Backends:
    """Addresses of the real programs; ``sql`` runs a statement as ``grafana_reader`` and answers with CSV."""

    prometheus: str
    loki: str
    jaeger: str
    console: str
    sql: Sql
    client: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=60, trust_env=False))

    def times(self) -> dict[str, str]:
        """Grafana's own variables for the last hour."""
        now = time.time()
        begin = f"{round((now - RANGE_SECONDS) * 1000)}"
        own = {"__from": begin, "__to": f"{round(now * 1000)}"}
        spans = {"__rate_interval": "1m", "__interval": "15s", "__auto": "1m", "__range": f"{RANGE_SECONDS}s"}
        return own | spans

    def ask(self, asked: Asked, values: Values) -> list[Any]:
        """What the datasource answers: series, lines, spans or rows. Raises for an error of the backend."""
        text = interpolate(asked.text, {**values, **self.times()})
        if asked.source == identity.PROMETHEUS.uid:
            return self._metrics(text, asked.how)
        if asked.source == identity.LOKI.uid:
            return self.logs(text)
        if asked.source == identity.JAEGER.uid:
            return self._traces(text, asked.how)
        return self.rows(text)

    def exemplars(self, promql: str) -> list[dict[str, Any]]:
        """The exemplars of the histograms in an expression, each with its labels."""
        found = self._get(f"{self.prometheus}/api/v1/query_exemplars", query=promql, **self._range())
        return [exemplar for series in found["data"] for exemplar in series["exemplars"]]

    def series(self, promql: str) -> list[Any]:
        """The series over the last hour."""
        return self._metrics(promql, "range")

    def logs(self, logql: str) -> list[Any]:
        """Streams of lines, or series when lines are counted."""
        begin, end = (str(int(float(moment) * 1e9)) for moment in self._range().values())
        url = f"{self.loki}/loki/api/v1/query_range"
        return self._get(url, query=logql, start=begin, end=end, limit="500")["data"]["result"]

    def spans(self, trace_id: str) -> list[dict[str, Any]]:
        """The spans of one trace, in Jaeger's JSON; none while Jaeger does not know it."""
        url = f"{self.jaeger}/api/traces/{trace_id}"
        found = [] if self.client.get(url).status_code == 404 else self._get(url)["data"]
        return [
            span | {"process": trace["processes"][span["processID"]]}
            for trace in found
            for span in trace["spans"]
        ]

    def rows(self, statement: str) -> list[dict[str, str]]:
        """Rows by column, everything as text."""
        return list(csv.DictReader(io.StringIO(self.sql(_with_macros(statement)))))

    def _metrics(self, promql: str, how: str) -> list[Any]:
        if found := re.fullmatch(r"values of (\w+)", how):
            url = f"{self.prometheus}/api/v1/label/{found[1]}/values"
            return self._get(url, **{"match[]": promql}, **self._range())["data"]
        if how == "instant":
            return self._get(f"{self.prometheus}/api/v1/query", query=promql)["data"]["result"]
        url = f"{self.prometheus}/api/v1/query_range"
        return self._get(url, query=promql, step="15", **self._range())["data"]["result"]

    def _traces(self, text: str, how: str) -> list[Any]:
        if how != "search":
            return self.spans(text)
        return self._get(f"{self.jaeger}/api/traces", service=text, limit="50", lookback="1h")["data"]

    def _range(self) -> dict[str, str]:
        now = time.time()
        return {"start": f"{now - RANGE_SECONDS:.3f}", "end": f"{now:.3f}"}

    def _get(self, url: str, **parameters: str) -> Any:
        answer = self.client.get(url, params=parameters)
        assert answer.is_success, f"{answer.status_code} {answer.text[:500]}"
        return answer.json()


def _with_macros(statement: str) -> str:
    # The role's own default; said again so that a statement that writes fails here as well.
    return f"SET default_transaction_read_only = on;\n{statement};"
