"""The explicit ``lineage`` facet of datasets and jobs. Source: OpenLineage facets/1-0-0/LineageFacet.json.

It alone says what flows into what it describes: neither does every input of the job, nor does a columnLineage
facet count beside its fields. Source: "Precedence Rules" in OpenLineage's ExplicitLineageProposal.md.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from almenara_platform.gateway.openlineage import fits
from almenara_platform.lineage.facts.columns import EdgesInto, dataset_of, is_name
from almenara_platform.lineage.facts.model import WHOLE, Entity, Facts, Kind, writer_of
from almenara_platform.runs import facets

EdgesOf = Callable[[Entity], EdgesInto]
Entry = Mapping[str, Any]


class JobLineage:
    """The ``lineage`` facet of the job that an event is about."""

    def __init__(self, facet: Mapping[str, Any], own_job: Entity) -> None:
        self._own_job = own_job
        self._entries = list(facets.items(facet.get("entries")))
        self._described = [(dataset_of(entry), entry) for entry in self._entries if not _is_job(entry)]
        self._targets = {target for target, _ in self._described}
        own = (entry for entry in self._entries if _is_job(entry) and _job(entry, own_job) == own_job)
        self._fed = any(True for entry in own for _ in facets.items(entry.get("inputs")))

    def covers(self, target: Entity) -> bool:
        """Whether nothing flows into a dataset that the job writes but what an entry says.

        What flows into the job itself flows on into the outputs that no entry describes.
        """
        return target in self._targets or (bool(self._entries) and not self._fed)

    def tells_columns(self, target: Entity) -> bool:
        """Whether an entry says where the columns of a dataset come from."""
        return any(each == target and facets.mapping(entry.get("fields")) for each, entry in self._described)

    def read(self, facts: Facts, edges_of: EdgesOf) -> None:
        """Take in entries about datasets, and entries about what flows into jobs."""
        for entry in self._entries:
            if _is_job(entry):
                _feed_job(entry, self._own_job, facts)
        for target, entry in self._described:
            if target:
                facts.entities.add(target)
                read_dataset_lineage(entry, target, self._own_job, facts, edges_of(target))


def tells(facet: Mapping[str, Any]) -> bool:
    """Whether a dataset's ``lineage`` facet says anything."""
    return isinstance(facet.get("inputs"), list) or bool(facets.mapping(facet.get("fields")))


def read_dataset_lineage(
    entry: Entry, target: Entity, own_job: Entity, facts: Facts, into: EdgesInto
) -> None:
    """What an entry says about a dataset: whole inputs, inputs of single fields, and jobs that feed it.

    ``own_job`` is the job that moves the data, NOBODY where it is not told.
    """
    for item in facets.items(entry.get("inputs")):
        _take(item, target, WHOLE, own_job, facts, into)
    for column, field in facets.mapping(entry.get("fields")).items():
        if is_name(column):
            for item in facets.items(facets.mapping(field).get("inputs")):
                _take(item, target, column, own_job, facts, into)


def _take(item: Entry, target: Entity, column: str, own_job: Entity, facts: Facts, into: EdgesInto) -> None:
    if _is_job(item):
        job = _job(item, own_job)
        if job.kind is Kind.JOB:
            facts.flow(writer_of(job) if job == own_job else job, target)
        return
    source = dataset_of(item)
    if source is None:
        return
    if is_name(item.get("field")):
        into.add(source, item["field"], column, item, {})
    facts.flow_past(own_job, source, target)


def _feed_job(entry: Entry, own_job: Entity, facts: Facts) -> None:
    job = _job(entry, own_job)
    if job.kind is not Kind.JOB:
        return
    for item in facets.items(entry.get("inputs")):
        if _is_job(item):
            source = _job(item, own_job)
            if source.kind is Kind.JOB and source != job:
                facts.flow_between(source, job)
        elif dataset := dataset_of(item):
            facts.flow(dataset, job)


def _is_job(item: Entry) -> bool:
    return item.get("type") == "JOB"


def _job(item: Entry, own_job: Entity) -> Entity:
    namespace, name = item.get("namespace"), item.get("name")
    named = is_name(namespace) and is_name(name) and fits(namespace, name)
    return Entity(Kind.JOB, namespace, name) if named else own_job
