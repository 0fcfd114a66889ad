"""OpenLineage run events, built from what a run knows at that moment."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from openlineage.client.event_v2 import Job, Run, RunEvent, RunState
from openlineage.client.facet_v2 import (
    JobFacet,
    RunFacet,
    documentation_job,
    error_message_run,
    job_type_job,
    ownership_job,
    parent_run,
    source_code_job,
    sql_job,
)

from almenara.clock import iso
from almenara.dataset import DatasetUse
from almenara.lineage.datasets import input_dataset, output_dataset
from almenara.lineage.facets import PRODUCER, ProgressRunFacet, TraceRunFacet


@dataclass(frozen=True)
class ParentRun:
    """The run that started this one."""

    namespace: str
    name: str
    run_id: str


@dataclass(frozen=True)
class EventContext:
    """What all events of one run have in common; ``trace_flags`` is 1 for a sampled trace."""

    namespace: str
    pipeline: str
    run_id: str
    trace_id: str
    span_id: str
    trace_flags: int
    description: str | None = None
    owner: str | None = None
    source_code: str = ""
    parent: ParentRun | None = None

    @cached_property
    def job(self) -> Job:
        """The job with its facets."""
        facets: dict[str, JobFacet] = {
            "jobType": job_type_job.JobTypeJobFacet(
                processingType="BATCH", integration="ALMENARA", jobType="PIPELINE", producer=PRODUCER
            )
        }
        if self.description:
            facets["documentation"] = documentation_job.DocumentationJobFacet(
                description=self.description, producer=PRODUCER
            )
        if self.owner:
            owners = [ownership_job.Owner(name=self.owner)]
            facets["ownership"] = ownership_job.OwnershipJobFacet(owners=owners, producer=PRODUCER)
        if self.source_code:
            facets["sourceCode"] = source_code_job.SourceCodeJobFacet(
                language="python", sourceCode=self.source_code, producer=PRODUCER
            )
        return Job(namespace=self.namespace, name=self.pipeline, facets=facets)

    @cached_property
    def run_facets(self) -> dict[str, RunFacet]:
        """The facets that every event of the run carries."""
        facets: dict[str, RunFacet] = {}
        if self.trace_id:
            facets["almenara_trace"] = TraceRunFacet(
                self.trace_id, self.span_id, f"{self.trace_flags:02x}", producer=PRODUCER
            )
        if self.parent is not None:
            facets["parent"] = parent_run.ParentRunFacet(
                run=parent_run.Run(runId=self.parent.run_id),
                job=parent_run.Job(namespace=self.parent.namespace, name=self.parent.name),
                producer=PRODUCER,
            )
        return facets


def run_event(
    context: EventContext,
    state: RunState,
    time_ns: int,
    progress: dict[str, Any],
    *,
    inputs: Iterable[DatasetUse] = (),
    outputs: Iterable[DatasetUse] = (),
    error: tuple[str, str] | None = None,
    sql: tuple[str, str | None] = ("", None),
) -> RunEvent:
    """One event; ``progress`` are the fields of ``almenara_run``, ``error`` a message with its stack, ``sql``
    a text with its dialect."""
    facets = dict(context.run_facets)
    facets["almenara_run"] = ProgressRunFacet(**progress, producer=PRODUCER)
    if error is not None:
        facets["errorMessage"] = error_message_run.ErrorMessageRunFacet(
            message=error[0], programmingLanguage="python", stackTrace=error[1], producer=PRODUCER
        )
    return RunEvent(
        eventType=state,
        eventTime=iso(time_ns),
        run=Run(runId=context.run_id, facets=facets),
        job=_with_sql(context.job, *sql),
        inputs=[input_dataset(use) for use in inputs],
        outputs=[output_dataset(use) for use in outputs],
        producer=PRODUCER,
    )


def _with_sql(job: Job, query: str, dialect: str | None) -> Job:
    if not query:
        return job
    facet = sql_job.SQLJobFacet(query=query, dialect=dialect, producer=PRODUCER)
    return Job(namespace=job.namespace, name=job.name, facets={**(job.facets or {}), "sql": facet})
