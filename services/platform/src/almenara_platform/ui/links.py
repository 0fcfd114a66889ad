"""Addresses of the console's pages, safe for names that hold anything."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote, unquote, urlencode

OVERVIEW = "/"
RUNS = "/runs"
LOGS = "/logs"
TRACES = "/traces"
DATASETS = "/datasets"
OPERATIONS = "/operations"
COMPARE = "/compare"
SLOS = "/slos"
ALERTS = "/alerts"
RUNBOOKS = "/runbooks"
LINEAGE = "/lineage"
IMPACT = "/impact"
PERSONAL_DATA = "/personal-data"


def run(run_id: str) -> str:
    """The page of a run."""
    return f"{RUNS}/{segment(run_id)}"


def trace(trace_id: str) -> str:
    """The page of a trace."""
    return f"{TRACES}/{segment(trace_id)}"


def span(trace_id: str, span_id: str) -> str:
    """The page of a trace with one of its spans chosen."""
    return with_query(trace(trace_id), {"span": span_id})


def path(trace_id: str, span_id: str) -> str:
    """The page of a trace with the critical path that starts at one of its spans."""
    return with_query(trace(trace_id), {"root": span_id})


def explained(trace_id: str, span_id: str, form: str) -> str:
    """The API's answer on the critical path that starts at a span, as ``json``, ``mermaid`` or ``text``."""
    return with_query(f"/api/v1/traces/{segment(trace_id)}/critical-path", {"root": span_id, "format": form})


def operation(**parameters: object) -> str:
    """Where the time of an operation (``service``, ``operation``) or a ``pipeline`` goes."""
    return with_query(OPERATIONS, parameters)


def compare(**parameters: object) -> str:
    """Two sets of traces, ``before`` and ``after``, of an operation or a pipeline."""
    return with_query(COMPARE, parameters)


def pipeline(namespace: str, name: str) -> str:
    """The page of a pipeline."""
    return f"/pipelines/{segment(namespace)}/{segment(name)}"


def dataset(namespace: str, name: str) -> str:
    """The page of a dataset."""
    return f"{DATASETS}/{segment(namespace)}/{segment(name)}"


def lineage(namespace: str, name: str, column: str | None = None) -> str:
    """Where a dataset's data, or a column's, comes from and goes."""
    return with_query(LINEAGE, {"namespace": namespace, "name": name, "column": column})


def impact(namespace: str, name: str, column: str | None = None) -> str:
    """What a change of a dataset or column breaks."""
    return with_query(IMPACT, {"namespace": namespace, "name": name, "column": column})


def personal_data(**parameters: object) -> str:
    """Where the columns of a ``label``, or a dataset's, have gone."""
    return with_query(PERSONAL_DATA, parameters)


def with_query(path: str, parameters: Mapping[str, object]) -> str:
    """A path with those parameters that have a value."""
    given = {key: str(value) for key, value in parameters.items() if value not in (None, "", False)}
    return f"{path}?{urlencode(given)}" if given else path


def runs(**parameters: object) -> str:
    """The list of runs, filtered."""
    return with_query(RUNS, parameters)


def logs(**parameters: object) -> str:
    """The search of logs, filled in."""
    return with_query(LOGS, parameters)


def slo(slo_id: str) -> str:
    """The page of an objective."""
    return f"{SLOS}/{segment(slo_id)}"


def alerts(**parameters: object) -> str:
    """The list of alerts, of one ``pipeline`` if given."""
    return with_query(ALERTS, parameters)


def runbook(alert: str) -> str:
    """The runbook of an alert."""
    return f"{RUNBOOKS}/{segment(alert)}"


def segment(name: str) -> str:
    """One path segment for any name.

    Servers decode a path once before they split it, and browsers resolve ``..`` even when encoded, so the
    characters that make up a path are encoded twice. ``name_of`` is the inverse on the server's side.
    """
    inner = name.replace("%", "%25").replace("/", "%2F").replace("\\", "%5C")
    if inner.strip(".") == "":
        inner = inner.replace(".", "%2E")
    return quote(inner, safe="")


def name_of(parameter: str) -> str:
    """The name that ``segment`` put into a path, from the parameter that the server decoded once."""
    return unquote(parameter)
