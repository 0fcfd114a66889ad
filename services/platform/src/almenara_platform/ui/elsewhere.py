"""Pages of Grafana, Jaeger and Marquez that the console leads to, where their addresses are set."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import quote, urlencode

from almenara_platform.outbox.destinations.marquez_links import dataset_page
from almenara_platform.runs.model import DatasetRef, Run

AROUND = timedelta(minutes=15)
"""Shown before and after a run, so that a chart tells what was usual."""


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Addresses as browsers reach them; an empty one means that there is nothing to lead to."""

    grafana: str = ""
    marquez: str = ""
    jaeger: str = ""

    def of_run(self, run: Run, now: datetime) -> Iterator[tuple[str, str]]:
        """Title and address of a run and its pipeline's metrics in Grafana, and of its trace in Jaeger."""
        if self.grafana:
            times = _around(run, now)
            yield "Run in Grafana", self._dashboard("almenara-run", {**times, "var-run_id": run.run_id})
            chosen = {**times, "var-pipeline": run.pipeline}
            yield "Metrics in Grafana", self._dashboard("almenara-pipelines", chosen)
        if self.jaeger and run.trace_id:
            yield "Trace in Jaeger", f"{self.jaeger.rstrip('/')}/trace/{quote(run.trace_id, safe='')}"

    def of_dataset(self, dataset: DatasetRef) -> Iterator[tuple[str, str]]:
        """Title and address of a dataset's page in Marquez, unless its pages cannot show the name."""
        if page := dataset_page(self.marquez, dataset.namespace, dataset.name):
            yield "Marquez", page

    def _dashboard(self, uid: str, parameters: dict[str, str]) -> str:
        return f"{self.grafana.rstrip('/')}/d/{uid}?{urlencode(parameters)}"


NOWHERE = Elsewhere()
"""No other console is known."""


def _around(run: Run, now: datetime) -> dict[str, str]:
    begin = (run.started_at or run.queued_at or now) - AROUND
    end = (run.ended_at or now) + AROUND
    return {"from": _milliseconds(begin), "to": _milliseconds(end)}


def _milliseconds(moment: datetime) -> str:
    return str(round(moment.timestamp() * 1000))
