"""The named queries that people ask of pipelines; dashboards and ``almenara query`` use these."""

from __future__ import annotations

import difflib
from dataclasses import dataclass

from almenara_platform.exceptions import NotFound


@dataclass(frozen=True, slots=True)
class NamedQuery:
    """A question, its PromQL with ``{matchers}`` for the labels to keep, and the unit of the answer.

    ``label`` is what ``--pipeline`` selects by, or empty where a pipeline cannot be selected.
    """

    name: str
    question: str
    promql: str
    unit: str
    label: str = "pipeline"

    @property
    def by_stage(self) -> bool:
        """Whether each stage has a value of its own."""
        return "pipeline_stage:" in self.promql

    @property
    def by_value(self) -> bool:
        """Whether the largest values are asked for, which then come first."""
        return ":top" in self.promql

    def expression(self, pipeline: str | None = None, stage: str | None = None) -> str:
        """The PromQL for one pipeline and stage, or for all.

        Raises ``NotFound`` for a stage where the answer is not told apart by stages.
        """
        if stage and not self.by_stage:
            raise NotFound(f"The query {self.name!r} knows no stages; ask it without one.")
        wanted = {self.label: pipeline, "stage": stage}
        matchers = ",".join(f'{key}="{quoted(value)}"' for key, value in wanted.items() if key and value)
        return self.promql.replace("{matchers}", f"{{{matchers}}}" if matchers else "")


def quoted(value: str) -> str:
    """A text as PromQL writes it between double quotes."""
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


LIBRARY = tuple(
    NamedQuery(*row)
    for row in (
        (
            "throughput",
            "How many records a second?",
            "pipeline_stage:events_processed:rate5m{matchers}",
            "records/s",
        ),
        ("errors", "Which share fails?", "100 * pipeline_stage:errors:ratio_rate5m{matchers}", "%"),
        ("errors-last-hour", "How many errors in an hour?", "pipeline_stage:errors:increase1h{matchers}", ""),
        (
            "success",
            "Which share of the day's runs completes?",
            "100 * pipeline:runs:success_ratio1d{matchers}",
            "%",
        ),
        (
            "p50",
            "How long does half of the stages take?",
            "pipeline_stage:processing_duration_seconds:p50_rate5m{matchers}",
            "s",
        ),
        (
            "p95",
            "How long do 95 of 100 stages take at most?",
            "pipeline_stage:processing_duration_seconds:p95_rate5m{matchers}",
            "s",
        ),
        (
            "p99",
            "How long do 99 of 100 stages take at most?",
            "pipeline_stage:processing_duration_seconds:p99_rate5m{matchers}",
            "s",
        ),
        (
            "slowest",
            "Which five stages are slowest over a day?",
            "pipeline_stage:processing_duration_seconds:top5_mean1d{matchers}",
            "s",
        ),
        (
            "run-duration",
            "How long do 95 of 100 runs of a day take at most?",
            "pipeline:run_duration_seconds:p95_1d{matchers}",
            "s",
        ),
        ("active", "How many runs are in progress?", "pipeline:active_jobs:sum{matchers}", "runs"),
        ("queue", "How many entries wait?", "queue:queue_size:avg5m{matchers}", "entries", ""),
        (
            "freshness",
            "How old is the last complete run?",
            "time() - max by (pipeline) (pipeline_last_success_timestamp_seconds{matchers})",
            "s",
        ),
        (
            "volume",
            "How many records has a run of the last day?",
            "pipeline:record_volume:mean1d{matchers}",
            "records",
        ),
        ("quality", "How good is the data?", "data_quality_score{matchers}", "of 100"),
        (
            "budget",
            "How much of the error budget is left?",
            "100 * slo:period_error_budget_remaining:ratio{matchers}",
            "%",
        ),
        ("burn", "How fast does the error budget burn?", "slo:current_burn_rate:ratio{matchers}", "x"),
    )
)


def named_query(name: str) -> NamedQuery:
    """The query of this name; raises ``NotFound`` with near names."""
    found = {query.name: query for query in LIBRARY}
    if name not in found:
        near = tuple(difflib.get_close_matches(name, found, n=3))
        raise NotFound(f"No query is called {name!r}; there are {', '.join(found)}.", near)
    return found[name]
