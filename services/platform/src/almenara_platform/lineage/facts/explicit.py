"""The explicit ``lineage`` facet of datasets and jobs. Source: OpenLineage facets/1-0-0/LineageFacet.json."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from almenara_platform.lineage.facts.columns import EdgesInto, dataset_of, is_name
from almenara_platform.lineage.facts.model import WHOLE, Entity, Facts, Kind
from almenara_platform.runs import facets

EdgesOf = Callable[[Entity], EdgesInto]


def read_dataset_lineage(
    entry: Mapping[str, Any], target: Entity, own_job: Entity, facts: Facts, into: EdgesInto
) -> None:
    """What an entry says about a dataset: whole inputs, inputs of single fields, and jobs that feed it."""
    for item in facets.items(entry.get("inputs")):
        _take(item, target, WHOLE, own_job, facts, into)
    for column, field in facets.mapping(entry.get("fields")).items():
        if is_name(column):
            for item in facets.items(facets.mapping(field).get("inputs")):
                _take(item, target, column, own_job, facts, into)


def read_job_lineage(facet: Mapping[str, Any], own_job: Entity, facts: Facts, edges_of: EdgesOf) -> None:
    """What a job's facet says: entries about datasets, and entries about what flows into jobs."""
    for entry in facets.items(facet.get("entries")):
        if entry.get("type") == "JOB":
            _feed_job(entry, own_job, facts)
            continue
        target = dataset_of(entry)
        if target:
            facts.entities.add(target)
            read_dataset_lineage(entry, target, own_job, facts, edges_of(target))


def _take(
    item: Mapping[str, Any], target: Entity, column: str, own_job: Entity, facts: Facts, into: EdgesInto
) -> None:
    if item.get("type") == "JOB":
        job = _job(item, own_job)
        if job.kind is Kind.JOB:
            facts.flow(job, target)
        return
    source = dataset_of(item)
    if source is None:
        return
    if is_name(item.get("field")):
        into.add(source, item["field"], column, item, {})
    facts.flow_between(source, target)


def _feed_job(entry: Mapping[str, Any], own_job: Entity, facts: Facts) -> None:
    job = _job(entry, own_job)
    if job.kind is not Kind.JOB:
        return
    for item in facets.items(entry.get("inputs")):
        if item.get("type") == "JOB":
            source = _job(item, own_job)
            if source.kind is Kind.JOB and source != job:
                facts.flow_between(source, job)
        elif dataset := dataset_of(item):
            facts.flow(dataset, job)


def _job(item: Mapping[str, Any], own_job: Entity) -> Entity:
    namespace, name = item.get("namespace"), item.get("name")
    return Entity(Kind.JOB, namespace, name) if is_name(namespace) and is_name(name) else own_job
