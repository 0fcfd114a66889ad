"""What was captured, and questions to it whose failures say what was there instead."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import orjson
from openlineage.client.serde import Serde
from opentelemetry.sdk.trace import ReadableSpan

from almenara.testing.memory import MemorySink

if TYPE_CHECKING:
    from almenara.runtime import Telemetry

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class SpanSeen:
    """A finished span in plain values; ids are lower-case hex, ``parent_id`` is "" for a root."""

    name: str
    kind: str
    trace_id: str
    span_id: str
    parent_id: str
    status: str
    attributes: Mapping[str, Any]
    events: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RunSeen:
    """The events of one run as plain dicts, oldest first."""

    run_id: str
    pipeline: str
    events: tuple[dict[str, Any], ...]

    @property
    def state(self) -> str:
        """The type of the last event: COMPLETE, FAIL, ABORT, or what the open run sent last."""
        return str(self.events[-1]["eventType"])

    @property
    def stages(self) -> dict[str, dict[str, Any]]:
        """The stages by name, as the last event tells them."""
        return {stage["name"]: stage for stage in self.facet("almenara_run").get("stages", [])}

    @property
    def inputs(self) -> dict[str, dict[str, Any]]:
        """The input datasets of the last event by name."""
        return {dataset["name"]: dataset for dataset in self.events[-1]["inputs"]}

    @property
    def outputs(self) -> dict[str, dict[str, Any]]:
        """The output datasets of the last event by name."""
        return {dataset["name"]: dataset for dataset in self.events[-1]["outputs"]}

    def lineage(self, dataset: str) -> list[str]:
        """Where the columns of an output come from, by the dataset's name, as sorted sentences.

        "sales.v -> daily.total (DIRECT AGGREGATION)", with "masked" where the kind masks; what decides about
        the rows of the dataset has no column on the right: "sales.day -> daily (INDIRECT FILTER)".
        """
        if dataset not in self.outputs:
            raise AssertionError(f"no output {dataset!r}; there are: {_listed(self.outputs)}")
        facet = self.outputs[dataset]["facets"].get("columnLineage", {"fields": {}})
        found = [_sentence(field, dataset) for field in facet.get("dataset", [])]
        for column, told in facet["fields"].items():
            found += [_sentence(field, f"{dataset}.{column}") for field in told["inputFields"]]
        return sorted(sentence for sentences in found for sentence in sentences)

    def facet(self, name: str) -> dict[str, Any]:
        """A run facet of the last event, empty when it has none of that name."""
        facet: dict[str, Any] = self.events[-1]["run"]["facets"].get(name, {})
        return facet


class Signals:
    """Logs, metrics, spans and lineage of the code under test."""

    def __init__(self, telemetry: Telemetry, sink: MemorySink, lines: list[str], errors: list[str]) -> None:
        self.telemetry = telemetry
        self.errors = errors
        self._sink = sink
        self._lines = lines

    @property
    def logs(self) -> list[dict[str, Any]]:
        """Every log line as it was written, parsed."""
        return [orjson.loads(line) for line in self._lines]

    @property
    def spans(self) -> list[SpanSeen]:
        """Every finished span, in the order in which they ended."""
        return [_seen(span) for span in self._sink.kept_spans]

    @property
    def events(self) -> list[dict[str, Any]]:
        """Every OpenLineage event as it goes over the wire."""
        return [Serde.to_dict(event) for event in self._sink.kept_events]

    def log(self, message: str, **fields: Any) -> dict[str, Any]:
        """The one line with this message and these fields; AssertionError when there is none or another."""
        found = [line for line in self.logs if line["message"] == message and _has(line, fields)]
        return _one(found, f"log line {message!r}", fields, (line["message"] for line in self.logs))

    def span(self, name: str, **attributes: Any) -> SpanSeen:
        """The one span of this name and these attributes; AssertionError when there is none or another."""
        found = [span for span in self.spans if span.name == name and _has(span.attributes, attributes)]
        return _one(found, f"span {name!r}", attributes, (span.name for span in self.spans))

    def run(self, pipeline: str, run_id: str | None = None) -> RunSeen:
        """The one run of ``pipeline``, or the one with ``run_id``; AssertionError when there is none."""
        runs = [run for run in self.runs if run.pipeline == pipeline and run_id in (None, run.run_id)]
        return _one(runs, f"run of {pipeline!r}", {}, (run.pipeline for run in self.runs))

    @property
    def runs(self) -> list[RunSeen]:
        """Every run with its events, in the order of their first ones."""
        grouped: dict[str, list[dict[str, Any]]] = {}
        for event in self.events:
            grouped.setdefault(event["run"]["runId"], []).append(event)
        return [
            RunSeen(run_id, events[0]["job"]["name"], tuple(events)) for run_id, events in grouped.items()
        ]

    def metric(self, name: str, **labels: str) -> float:
        """The value of one sample; AssertionError, with the samples that exist, when there is none."""
        value = self.telemetry.metrics.registry.get_sample_value(name, labels)
        if value is None:
            raise AssertionError(f"no sample {name}{labels}; there are: {_listed(self._samples(name))}")
        return value

    def tick(self) -> None:
        """Do at once what the background does every half second: progress, heartbeats, counts."""
        self.telemetry.pulse.tick()

    def _samples(self, name: str) -> Iterable[str]:
        for metric in self.telemetry.metrics.registry.collect():
            for sample in metric.samples:
                if sample.name == name:
                    yield str(sample.labels)


def _seen(span: ReadableSpan) -> SpanSeen:
    context = span.get_span_context()
    return SpanSeen(
        name=span.name,
        kind=span.kind.name,
        trace_id=format(context.trace_id, "032x") if context else "",
        span_id=format(context.span_id, "016x") if context else "",
        parent_id=format(span.parent.span_id, "016x") if span.parent else "",
        status=span.status.status_code.name,
        attributes=dict(span.attributes or {}),
        events=tuple(event.name for event in span.events),
    )


def _sentence(field: Mapping[str, Any], target: str) -> list[str]:
    return [
        f"{field['name']}.{field['field']} -> {target} ({kind['type']} {kind['subtype']}"
        f"{' masked' if kind['masking'] else ''})"
        for kind in field["transformations"]
    ]


def _has(values: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    return all(values.get(key) == value for key, value in wanted.items())


def _one(found: list[T], what: str, fields: Mapping[str, Any], others: Iterable[str]) -> T:
    if len(found) == 1:
        return found[0]
    with_fields = f" with {dict(fields)}" if fields else ""
    count = "no" if not found else f"{len(found)} times"
    raise AssertionError(f"{count} {what}{with_fields}; there are: {_listed(others)}")


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(set(names))) or "none at all"
