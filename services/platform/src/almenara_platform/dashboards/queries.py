"""What panels ask, and of which datasource. The SDK has no types for Jaeger's and PostgreSQL's queries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

from grafana_foundation_sdk.builders import loki, prometheus
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.cog.variants import Dataquery
from grafana_foundation_sdk.models.common import DataSourceRef
from grafana_foundation_sdk.models.loki import LokiQueryDirection
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

from almenara_platform.dashboards.identity import JAEGER, LOKI, POSTGRESQL, PROMETHEUS

Query = Builder[Dataquery]
MOST_LINES = 500


@dataclass(slots=True)
class PlainQuery(Dataquery, Builder[Dataquery]):
    """A query of a datasource that the SDK does not know."""

    source: DataSourceRef
    fields: dict[str, Any]

    def build(self) -> Self:
        """Itself: there is nothing to assemble."""
        return self

    def to_json(self) -> dict[str, object]:
        """As Grafana keeps it."""
        return {"refId": "A", "datasource": self.source, **self.fields}


def promql(expr: str, legend: str = "", exemplars: bool = False) -> prometheus.Dataquery:
    """PromQL over the time range; with ``exemplars`` the traces behind a histogram are points."""
    query = prometheus.Dataquery().datasource(PROMETHEUS).expr(expr).range().exemplar(exemplars)
    return query.legend_format(legend) if legend else query


def latest(expr: str, legend: str = "") -> prometheus.Dataquery:
    """PromQL at the end of the time range."""
    query = prometheus.Dataquery().datasource(PROMETHEUS).expr(expr).instant().exemplar(False)
    return query.legend_format(legend) if legend else query


def rows(expr: str) -> prometheus.Dataquery:
    """PromQL at the end of the time range as a table, one column a label."""
    return latest(expr).format(PromQueryFormat.TABLE)


def logql(expr: str) -> loki.Dataquery:
    """Log lines, newest first."""
    query = loki.Dataquery().datasource(LOKI).expr(expr).query_type("range").max_lines(MOST_LINES)
    return query.direction(LokiQueryDirection.BACKWARD)


def log_counts(expr: str, legend: str) -> loki.Dataquery:
    """A number over the time range, counted from log lines."""
    return loki.Dataquery().datasource(LOKI).expr(expr).query_type("range").legend_format(legend)


def sql(text: str) -> PlainQuery:
    """A table out of the platform's database, read as the role ``grafana_reader``."""
    return PlainQuery(POSTGRESQL, {"format": "table", "rawQuery": True, "editorMode": "code", "rawSql": text})


def trace(trace_id: str) -> PlainQuery:
    """One trace by its id."""
    return PlainQuery(JAEGER, {"query": trace_id})


def traces(service: str) -> PlainQuery:
    """The newest traces with a span of this service."""
    return PlainQuery(JAEGER, {"queryType": "search", "service": service, "limit": 50})


def named(queries: list[Query]) -> list[Query]:
    """The queries of a panel with the names A, B, C."""
    for index, query in enumerate(queries):
        name = chr(ord("A") + index)
        if isinstance(query, PlainQuery):
            query.fields["refId"] = name
        else:
            query.ref_id(name)  # type: ignore[attr-defined]
    return queries
