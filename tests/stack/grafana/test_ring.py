"""The ring of correlations, for one real run: each edge is followed as Grafana would follow it.

The query or address is the provisioned one; its variables are filled in with the values of the real span,
log line, exemplar or series; what it is sent to must answer with the same run.
"""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlsplit

import httpx
import pytest
from tests.platform.dashboards import reading
from tests.platform.dashboards.provisioning import datasources
from tests.stack.grafana.backends import Backends
from tests.stack.grafana.conftest import History, until

from almenara_platform.dashboards import identity

pytestmark = [pytest.mark.docker, pytest.mark.stack]

RUN_TAG = "openlineage.run_id"


@pytest.fixture(scope="module")
def provisioned(history: History) -> dict[str, dict[str, Any]]:
    """The datasources as Grafana reads them."""
    return datasources({"ALMENARA_CONSOLE_URL": history.backends.console})


@pytest.fixture(scope="module")
def line(history: History) -> dict[str, str]:
    """A log line of the run, as its labels and fields."""
    query = f'{{service_name=~".+"}} | run_id="{history.complete["run_id"]}"'
    found = until(lambda: history.backends.logs(query), history.settled_by)
    return next(stream["stream"] for stream in found if stream["stream"].get("trace_id"))


@pytest.fixture(scope="module")
def span(history: History) -> dict[str, Any]:
    """The span of the run in Jaeger."""
    spans = history.backends.spans(history.complete["trace_id"])
    return next(span for span in spans if span["operationName"] == "ventas_etl")


@pytest.fixture(scope="module")
def exemplar(history: History) -> dict[str, Any]:
    """The exemplar that the run left on a chart of the pipelines."""
    wanted = history.complete["trace_id"]

    def look() -> list[dict[str, Any]]:
        found = history.backends.exemplars('processing_duration_seconds_bucket{pipeline="ventas_etl"}')
        return [exemplar for exemplar in found if exemplar["labels"]["trace_id"] == wanted]

    return until(look, history.settled_by)[0]


def run_ids(spans: list[dict[str, Any]]) -> set[str]:
    """The runs that spans name."""
    return {tag["value"] for span in spans for tag in span["tags"] if tag["key"] == RUN_TAG}


def asked_by(board: str, place: str) -> reading.Asked:
    """A query of a dashboard by where it stands."""
    return next(asked for asked in reading.every_query() if (asked.board, asked.place) == (board, place))


def derived(provisioned: dict[str, Any], name: str) -> dict[str, str]:
    """A derived field of Loki's datasource."""
    fields = provisioned[identity.LOKI.uid]["jsonData"]["derivedFields"]
    return next(field for field in fields if field["name"] == name)


def value_in(line: dict[str, str], field: dict[str, str]) -> str:
    """The value that Grafana gives a derived field: of the first label whose name the pattern matches."""
    return next(line[name] for name in line if re.search(field["matcherRegex"], name))


def with_value(text: str, value: str) -> str:
    """A link with the value that it stands at."""
    return text.replace("${__value.raw}", value)


def leads_to(backends: Backends, url: str) -> httpx.Response:
    """The page behind an address of the console; redirects are followed."""
    assert url.startswith(backends.console)
    answer = backends.client.get(url, follow_redirects=True)
    assert answer.status_code == 200, url
    return answer


def opens(history: History, url: str, place: str) -> list[Any]:
    """What a panel of the dashboard behind a link shows with the variables that the link sets."""
    parts = urlsplit(url)
    chosen = {name.removeprefix("var-"): values for name, values in parse_qs(parts.query).items()}
    asked = asked_by(parts.path.removeprefix("/d/"), place)
    missing = reading.variables_in(asked.text) - set(chosen) - set(history.backends.times())
    values = {**dict.fromkeys(missing, ".*"), **chosen}
    return until(lambda: history.backends.ask(asked, values), history.settled_by)


def data_link(board: str, panel: str, title: str) -> str:
    """The address of a link on a panel or on one of its columns."""
    document = reading.board(reading.ROOT / f"grafana/dashboards/{board}.json")
    (found,) = [item for item in reading.panels(document) if item["title"] == panel]
    config = found["fieldConfig"]
    links = list(config["defaults"].get("links", []))
    for override in config["overrides"]:
        links += [link for p in override["properties"] if p["id"] == "links" for link in p["value"]]
    return next(link["url"] for link in links if link["title"] == title)


def filled(url: str, **values: str) -> str:
    """A data link with labels and columns filled in, each encoded as the part of an address."""
    pattern = r"\$\{__(?:field\.labels|data\.fields)\.(\w+):percentencode\}"
    url = re.sub(pattern, lambda found: quote(values[found[1]], safe=""), url)
    return re.sub(r"\$\{(\w+):queryparam\}", "", url).replace("${__url_time_range}", "from=now-1h&to=now")


def test_run_to_trace(history: History) -> None:
    """1: the run's dashboard finds the trace id by the run id and shows the spans of that run."""
    run = {"run_id": history.complete["run_id"]}
    (row,) = history.backends.ask(asked_by(identity.RUN, "variable trace_id"), run)
    (trace_id,) = row.values()
    spans = history.backends.ask(asked_by(identity.RUN, "Trace A"), {"trace_id": trace_id})
    assert run_ids(spans) == {history.complete["run_id"]}


def test_trace_to_run(history: History, provisioned: dict[str, Any], span: dict[str, Any]) -> None:
    """2: the correlations of Jaeger's datasource take the run id out of a span's tags."""
    tags = json.dumps(
        [{"key": tag["key"], "value": tag["value"]} for tag in span["tags"]], separators=(",", ":")
    )
    urls = {}
    for correlation in provisioned[identity.JAEGER.uid]["correlations"]:
        (step,) = correlation["config"]["transformations"]
        run_id = re.search(step["expression"], tags)[1]
        urls[correlation["label"]] = correlation["config"]["target"]["url"].replace("${run_id}", run_id)
    assert opens(history, urls["Run"], "State A") == [{"state": "COMPLETE"}]
    assert leads_to(history.backends, urls["Run in the console"]).url.path.endswith(
        history.complete["run_id"]
    )


def test_run_to_logs(history: History) -> None:
    """3: the run's dashboard shows the lines of that run."""
    run = {"run_id": history.complete["run_id"]}

    def lines() -> list[Any]:
        return history.backends.ask(asked_by(identity.RUN, "Log lines A"), run)

    def told() -> set[str]:
        return {value for stream in lines() for _, value in stream["values"]}

    assert until(lambda: "run_completed" in told(), history.settled_by)
    assert {stream["stream"]["run_id"] for stream in lines()} == {history.complete["run_id"]}


def test_log_to_run(history: History, provisioned: dict[str, Any], line: dict[str, str]) -> None:
    """4: a line's field run_id leads to the run's dashboard and to its page."""
    for name in ("Run", "Run in the console"):
        field = derived(provisioned, name)
        url = with_value(field["url"], value_in(line, field))
        if name == "Run":
            assert opens(history, url, "State A") == [{"state": "COMPLETE"}]
        else:
            assert leads_to(history.backends, url).url.path.endswith(history.complete["run_id"])


def test_run_to_metrics(history: History) -> None:
    """5: a run in a table leads to the metrics of its pipeline."""
    url = filled(
        data_link(identity.PIPELINES, "Latest runs", "Metrics"), pipeline=history.complete["pipeline"]
    )
    found = opens(history, url, "Throughput by stage A")
    assert {series["metric"]["pipeline"] for series in found} == {"ventas_etl"}


def test_metric_to_run(history: History, provisioned: dict[str, Any], exemplar: dict[str, Any]) -> None:
    """6: an exemplar leads to the page of the run that it was measured in."""
    places = provisioned[identity.PROMETHEUS.uid]["jsonData"]["exemplarTraceIdDestinations"]
    (place,) = [place for place in places if place["urlDisplayLabel"] == "Run in the console"]
    url = with_value(place["url"], exemplar["labels"][place["name"]])
    assert leads_to(history.backends, url).url.path == f"/runs/{history.complete['run_id']}"


def test_trace_to_logs(history: History, provisioned: dict[str, Any], span: dict[str, Any]) -> None:
    """7: a span leads to the lines of its trace, found by structured metadata."""
    config = provisioned[identity.JAEGER.uid]["jsonData"]["tracesToLogsV2"]
    query = config["query"].replace("${__tags}", as_matchers(config.get("tags", []), span))
    query = query.replace("${__span.traceId}", span["traceID"])
    found = until(lambda: history.backends.logs(query), history.settled_by)
    run_ids_of_lines = {stream["stream"].get("run_id") for stream in found}
    assert run_ids_of_lines - {None} == {history.complete["run_id"]}


def as_matchers(tags: list[dict[str, str]], span: dict[str, Any]) -> str:
    """What Grafana puts in the place of ``__tags``: of the span's tags and its process', and nothing else."""
    known = {tag["key"]: tag["value"] for tag in [*span["process"]["tags"], *span["tags"]]}
    return ", ".join(f'{tag["value"]}="{known[tag["key"]]}"' for tag in tags if tag["key"] in known)


def test_log_to_trace(history: History, provisioned: dict[str, Any], line: dict[str, str]) -> None:
    """8: a line's field trace_id leads to the spans of its run."""
    field = derived(provisioned, "Trace")
    assert field["datasourceUid"] == identity.JAEGER.uid
    spans = history.backends.spans(with_value(field["url"], value_in(line, field)))
    assert run_ids(spans) == {history.complete["run_id"]}


def test_trace_to_metrics(history: History, provisioned: dict[str, Any], span: dict[str, Any]) -> None:
    """9: a span leads to requests and durations of its service; the run's own operation is among them."""
    config = provisioned[identity.JAEGER.uid]["jsonData"]["tracesToMetrics"]
    matchers = as_matchers(config["tags"], span)
    assert matchers == 'service_name="worker-etl"'
    for query in config["queries"]:
        promql = query["query"].replace("$__tags", matchers)
        assert until(
            lambda promql=promql: "ventas_etl" in span_names(history.backends, promql), history.settled_by
        ), query["name"]


def span_names(backends: Backends, promql: str) -> set[str]:
    """The operations that the series of a query are about."""
    return {series["metric"]["span_name"] for series in backends.series(promql)}


def test_metric_to_trace(history: History, provisioned: dict[str, Any], exemplar: dict[str, Any]) -> None:
    """10: an exemplar leads to the spans in Jaeger and to the trace in the console."""
    places = provisioned[identity.PROMETHEUS.uid]["jsonData"]["exemplarTraceIdDestinations"]
    jaeger, console = places[0], places[1]
    assert jaeger["datasourceUid"] == identity.JAEGER.uid
    trace_id = exemplar["labels"][jaeger["name"]]
    assert run_ids(history.backends.spans(trace_id)) == {history.complete["run_id"]}
    assert leads_to(history.backends, with_value(console["url"], trace_id)).url.path.endswith(trace_id)


def test_log_to_metrics(history: History, provisioned: dict[str, Any], line: dict[str, str]) -> None:
    """11: a line's field pipeline leads to the metrics of that pipeline."""
    field = derived(provisioned, "Metrics of the pipeline")
    found = opens(history, with_value(field["url"], value_in(line, field)), "Throughput by stage A")
    assert {series["metric"]["pipeline"] for series in found} == {"ventas_etl"}


def test_metric_to_logs(history: History) -> None:
    """12: a line on a chart leads to the log lines of its pipeline, the run's among them."""
    url = filled(data_link(identity.PIPELINES, "Throughput by stage", "Log lines"), pipeline="ventas_etl")
    pane = json.loads(unquote(parse_qs(urlsplit(url).query)["panes"][0]))["a"]
    assert pane["datasource"] == identity.LOKI.uid
    query = pane["queries"][0]["expr"]
    assert until(lambda: history.complete["run_id"] in runs_of(history.backends, query), history.settled_by)


def runs_of(backends: Backends, logql: str) -> set[str | None]:
    """The runs that the lines of a query are about."""
    return {stream["stream"].get("run_id") for stream in backends.logs(logql)}


def test_datasets_of_a_run_lead_to_marquez_and_the_console(history: History) -> None:
    """Each of the run's datasets has its page in the console, and an encoded address in Marquez."""
    run = {"run_id": history.complete["run_id"]}
    rows = history.backends.ask(asked_by(identity.RUN, "Datasets A"), run)
    assert {row["way"] for row in rows} == {"read", "written"}
    for row in rows:
        url = filled(data_link(identity.RUN, "Datasets", "Dataset in the console"), **row)
        page = leads_to(history.backends, url.replace("${console}", history.backends.console))
        assert row["dataset"] in page.text
        marquez = filled(data_link(identity.RUN, "Datasets", "Dataset in Marquez"), **row)
        *_, namespace, name = urlsplit(marquez.removeprefix("${marquez}")).path.split("/")
        assert (unquote(namespace), unquote(name)) == (row["namespace"], row["dataset"])
