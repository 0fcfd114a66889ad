"""SLIs from the series that the generated rules record in Prometheus."""

from __future__ import annotations

from datetime import datetime

from almenara_platform.promql.port import PrometheusApi
from almenara_platform.slo.exact import Measured
from almenara_platform.slo.model import Slo

_PREFIX = "slo:sli_error:ratio_rate"


class PrometheusSource:
    """Asks Prometheus; for event ratios and raw PromQL, which no run record knows of."""

    def __init__(self, prometheus: PrometheusApi) -> None:
        self._prometheus = prometheus

    def error_ratios(self, slo: Slo, now: datetime) -> dict[str, float]:
        """The recorded ratio of each window."""
        query = f'{{__name__=~"{_PREFIX}.+",slo_id="{slo.id}"}}'
        samples = self._prometheus.instant(query, now)
        return {sample.labels["slo_window"]: sample.value for sample in samples}

    def measured(self, slo: Slo, since: datetime, until: datetime) -> Measured:
        """Ratios have no pieces."""
        return Measured(())

    def missing(self, slo: Slo) -> str:
        """Prometheus must be there."""
        return self._prometheus.missing()
