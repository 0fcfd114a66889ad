"""grafana/provisioning: fixed uids, addresses of the compose network, and links that Grafana fills in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import promql_parser
import pytest
import yaml
from tests.platform.dashboards import reading
from tests.platform.dashboards.provisioning import FOLDER, FROM_FILE, datasources, expand
from tests.platform.dashboards.test_queries import declared, nodes

from almenara_platform.dashboards import identity

CONSOLE = "http://console.example"
ENVIRONMENT = {"ALMENARA_CONSOLE_URL": CONSOLE}
COMPOSE = yaml.safe_load((reading.ROOT / "docker-compose.yml").read_text())
SOURCES = datasources(ENVIRONMENT)


def texts(document: Any) -> Iterator[str]:
    """Every text in a document."""
    if isinstance(document, dict):
        for item in document.values():
            yield from texts(item)
    elif isinstance(document, list):
        for item in document:
            yield from texts(item)
    elif isinstance(document, str):
        yield document


def test_uids_and_types_are_those_that_dashboards_name() -> None:
    """A dashboard finds its datasources by uid and type."""
    wanted = {source.uid: source.type_val for source in identity.DATASOURCES}
    assert {uid: source["type"] for uid, source in SOURCES.items()} == wanted


def test_every_address_is_a_service_of_the_compose_file() -> None:
    """A datasource's host is a service of docker-compose.yml."""
    for source in SOURCES.values():
        host = urlsplit(source["url"] if "://" in source["url"] else f"//{source['url']}").hostname
        assert host in COMPOSE["services"]


def test_the_environment_is_given_to_grafana() -> None:
    """Names that the files read are in the environment of the service grafana, files are its secrets."""
    grafana = COMPOSE["services"]["grafana"]
    for path in FOLDER.rglob("*.yaml"):
        document = yaml.safe_load(path.read_text())
        expand(document, grafana["environment"])
        for text in texts(document):
            for name in FROM_FILE.findall(text):
                assert name.removeprefix("/run/secrets/") in grafana["secrets"]


def test_a_dollar_that_is_not_doubled_is_grafanas_own() -> None:
    """Grafana would expand any other to nothing, silently."""
    for path in FOLDER.rglob("*.yaml"):
        for text in texts(yaml.safe_load(path.read_text())):
            rest = text.replace("$$", "").replace("${ALMENARA_CONSOLE_URL}", "")
            assert "$" not in FROM_FILE.sub("", rest), text


def test_dashboards_are_read_from_where_they_are_mounted() -> None:
    """The provider's folder is the mounted one; folder and its uid are the recorded ones."""
    (provider,) = yaml.safe_load((FOLDER / "dashboards/almenara.yaml").read_text())["providers"]
    mounts = COMPOSE["services"]["grafana"]["volumes"]
    assert f"./grafana/dashboards:{provider['options']['path']}:ro" in mounts
    assert (provider["folder"], provider["folderUid"]) == (identity.FOLDER, identity.FOLDER_UID)
    assert provider["allowUiUpdates"] is False


def test_links_between_datasources_name_existing_ones() -> None:
    """Every datasourceUid and targetUID is one of the file's."""
    text = (FOLDER / "datasources/almenara.yaml").read_text()
    named = set(re.findall(r"(?:datasourceUid|targetUID): (\S+)", text))
    assert named
    assert named <= set(SOURCES)


def test_links_to_dashboards_set_variables_that_they_have() -> None:
    """A derived field or correlation that leads to a dashboard names one of ours and a variable of it."""
    boards = {board["uid"]: board for board in reading.boards()}
    found = [re.match(r"/d/([\w-]+)\?var-(\w+)=", text) for text in texts(list(SOURCES.values()))]
    assert any(found)
    for match in filter(None, found):
        variables = {variable["name"] for variable in boards[match[1]]["templating"]["list"]}
        assert match[2] in variables


def test_links_to_dashboards_keep_the_time_range() -> None:
    """What is looked at in Explore may be long ago; Explore knows no other variables of its range."""
    found = [text for text in texts(list(SOURCES.values())) if text.startswith("/d/")]
    assert found
    for text in found:
        asked = parse_qs(urlsplit(text).query)
        assert (asked["from"], asked["to"]) == (["${__from}"], ["${__to}"])


def test_fields_of_log_lines_are_found_by_label() -> None:
    """Trace, run and pipeline are structured metadata, which a pattern over the line would never find."""
    fields = SOURCES[identity.LOKI.uid]["jsonData"]["derivedFields"]
    assert {field["matcherType"] for field in fields} == {"label"}
    assert {field["matcherRegex"] for field in fields} == {"^trace_id$", "^run_id$", "^pipeline$"}


def test_fields_of_log_lines_are_not_found_in_other_labels() -> None:
    """Grafana takes the first label whose name the pattern matches anywhere, so a pattern has its ends."""
    for field in SOURCES[identity.LOKI.uid]["jsonData"]["derivedFields"]:
        for name in ("parent_run_id", "run_id_of_retry", "trace_id_parent", "pipeline_version"):
            assert not re.search(field["matcherRegex"], name)


def test_a_span_leads_on_without_tags_that_jaeger_leaves_out() -> None:
    """Grafana fills in span and process tags only, and Jaeger keeps the service's name in neither."""
    links = SOURCES[identity.JAEGER.uid]["jsonData"]
    assert "__tags" not in links["tracesToLogsV2"]["query"]
    collector = yaml.safe_load((reading.ROOT / "config/otel-collector.yaml").read_text())
    given = collector["processors"]["resource/service"]["attributes"]
    assert {tag["key"] for tag in links["tracesToMetrics"]["tags"]} <= {each["key"] for each in given}
    assert "resource/service" in collector["service"]["pipelines"]["traces/out"]["processors"]


@pytest.mark.parametrize("tags", ['service_name="worker-etl"', ""], ids=["tagged", "untagged"])
def test_a_span_leads_to_queries_that_prometheus_takes(tags: str) -> None:
    """Also from a span of another Collector, which lacks the tag: Grafana then fills in nothing."""
    known = declared()
    for query in SOURCES[identity.JAEGER.uid]["jsonData"]["tracesToMetrics"]["queries"]:
        for node in nodes(query["query"].replace("$__tags", tags)):
            if isinstance(node, promql_parser.VectorSelector):
                assert {matcher.name for matcher in node.matchers.matchers} <= known[node.name]


def test_exemplars_lead_to_several_places() -> None:
    """A point on a chart leads to Jaeger, to the console's trace and to the console's run."""
    places = SOURCES[identity.PROMETHEUS.uid]["jsonData"]["exemplarTraceIdDestinations"]
    assert {place["name"] for place in places} == {"trace_id"}
    assert [place.get("datasourceUid") for place in places] == [identity.JAEGER.uid, None, None]
    assert [place["url"] for place in places[1:]] == [
        f"{CONSOLE}/traces/${{__value.raw}}",
        f"{CONSOLE}/traces/${{__value.raw}}/run",
    ]


def test_an_unset_name_is_refused() -> None:
    """The reading itself notices a name that the environment lacks."""
    with pytest.raises(KeyError):
        expand("${NOWHERE}", ENVIRONMENT)
