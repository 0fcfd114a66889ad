"""Events with lineage in them, in few words."""

from __future__ import annotations

from itertools import pairwise
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from tests.platform.events import dataset, run_event

Edge = tuple[str, str]
"""A source and the column it leads to: ``raw.a!`` masks, ``raw.a?`` is indirect, ``raw.a#`` adds up."""
_KINDS = {
    "!": {"type": "DIRECT", "subtype": "TRANSFORMATION", "masking": True},
    "?": {"type": "INDIRECT", "subtype": "FILTER"},
    "#": {"type": "DIRECT", "subtype": "AGGREGATION"},
}
_PLAIN = {"type": "DIRECT", "subtype": "IDENTITY"}


def source(text: str) -> dict[str, Any]:
    """An input field such as ``raw.email!``."""
    kind = _KINDS.get(text[-1], _PLAIN)
    name, column = text.rstrip("".join(_KINDS)).rsplit(".", 1)
    return {"namespace": "file", "name": name, "field": column, "transformations": [kind]}


def column_lineage(*edges: Edge, whole: tuple[str, ...] = ()) -> dict[str, Any]:
    """A columnLineage facet; ``whole`` are influences on the dataset as such."""
    fields: dict[str, Any] = {}
    for origin, column in edges:
        fields.setdefault(column, {"inputFields": []})["inputFields"].append(source(origin))
    return {"columnLineage": {"fields": fields, "dataset": [source(each) for each in whole]}}


def wrote(
    name: str,
    *edges: Edge,
    whole: tuple[str, ...] = (),
    job: str = "etl",
    seconds: float = 0,
    number: int = 1,
    owner: str | None = None,
    columns: tuple[str, ...] = (),
    facets: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """A COMPLETE event of ``job`` that wrote a dataset from what the edges name."""
    read = sorted({origin.rsplit(".", 1)[0] for origin in [*(e[0] for e in edges), *whole]})
    known = dict.fromkeys([*columns, *(column for _, column in edges)])
    told = (column_lineage(*edges, whole=whole) if edges or whole else {}) | (facets or {})
    ownership = {"ownership": {"owners": [{"name": owner}]}} if owner else {}
    return run_event(
        "COMPLETE",
        seconds,
        run_id=str(UUID(int=number)),
        pipeline=job,
        job_facets=ownership,
        inputs=[dataset(each) for each in read],
        outputs=[dataset(name, *known, facets=told)],
    )


def moved(source_name: str, target: str, job: str, seconds: float = 0, number: int = 1) -> dict[str, Any]:
    """A COMPLETE event of a job that read one dataset and wrote another, and told no columns."""
    return run_event(
        "COMPLETE",
        seconds,
        run_id=str(UUID(int=number)),
        pipeline=job,
        inputs=[dataset(source_name)],
        outputs=[dataset(target)],
    )


def handed_over(
    source_name: str, target: str, jobs: tuple[str, ...] = ("feeder", "bulk")
) -> list[dict[str, Any]]:
    """Jobs that hand over from one to the next: the first reads a dataset, the last writes another."""

    def entry(job: str, **more: Any) -> dict[str, Any]:
        return {"type": "JOB", "namespace": "retail", "name": job, **more}

    def ran(job: str, **more: Any) -> dict[str, Any]:
        return run_event("COMPLETE", run_id=str(uuid5(NAMESPACE_URL, job)), pipeline=job, **more)

    events = [ran(jobs[0], inputs=[dataset(source_name)])]
    for before, job in pairwise(jobs):
        taken_over = {"lineage": {"entries": [entry(job, inputs=[entry(before)])]}}
        outputs = [dataset(target)] if job == jobs[-1] else []
        events.append(ran(job, job_facets=taken_over, outputs=outputs))
    return events
