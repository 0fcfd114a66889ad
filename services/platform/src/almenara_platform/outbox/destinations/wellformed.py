"""What every receiver of OpenLineage may ask of an event, added where its emitter left it out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from almenara_platform.clock import parse_time
from almenara_platform.runs import facets
from almenara_platform.runs.identity import run_uuid

_SPEC = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/"


def make_wellformed(event: dict[str, Any]) -> None:
    """Fill in event type, time zone, schema URL and the producer of each facet; give the run its UUID.

    Receivers answer 422 or 500 to what misses them. A run id that is no UUID becomes the id under which the
    platform knows the run, because a hash of the id alone would make one run of many jobs' runs.
    """
    event["eventTime"] = parse_time(event["eventTime"]).isoformat().replace("+00:00", "Z")
    event["schemaURL"] = event.get("schemaURL") or _SPEC + _kind(event)
    if facets.mapping(event.get("run")):
        event["eventType"] = str(event.get("eventType") or "OTHER").upper()
        _name_run(event["run"], event["job"])
        _name_parent(event["run"])
    for group in _facet_groups(event):
        for facet in group.values():
            if isinstance(facet, dict):
                facet.setdefault("_producer", event["producer"])
                facet.setdefault("_schemaURL", _SPEC + "BaseFacet")


def datasets(event: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The datasets of an event, inputs before outputs."""
    for side in ("inputs", "outputs"):
        yield from (each for each in event.get(side) or () if isinstance(each, dict))
    if isinstance(event.get("dataset"), dict):
        yield event["dataset"]


def _kind(event: dict[str, Any]) -> str:
    if event.get("run"):
        return "RunEvent"
    return "DatasetEvent" if event.get("dataset") else "JobEvent"


def _name_run(run: dict[str, Any], job: dict[str, Any]) -> None:
    run["runId"] = run_uuid(run["runId"], job["namespace"], job["name"])


def _name_parent(run: dict[str, Any]) -> None:
    parent = facets.mapping(facets.mapping(run.get("facets")).get("parent"))
    for names in (parent, facets.mapping(parent.get("root"))):
        above, job = facets.mapping(names.get("run")), facets.mapping(names.get("job"))
        if all(facets.text(value) for value in (above.get("runId"), job.get("namespace"), job.get("name"))):
            _name_run(names["run"], names["job"])


def _facet_groups(event: dict[str, Any]) -> Iterator[dict[str, Any]]:
    owners = [event.get("run"), event.get("job"), *datasets(event)]
    for owner in filter(None, owners):
        for name in ("facets", "inputFacets", "outputFacets"):
            yield dict(facets.mapping(owner.get(name)))
