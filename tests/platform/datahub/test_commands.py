"""`almenara datahub` between a real platform and a stand-in of DataHub."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
from click.testing import Result
from tests.platform.conftest import Start
from tests.platform.datahub.datahub_stub import DataHub as Stub
from tests.platform.lineage.lineage_events import wrote
from typer.testing import CliRunner

from almenara_platform.cli.client import Api
from almenara_platform.cli.main import app
from almenara_platform.runtimes.members import Members

Almenara = Callable[..., Result]


class Here:
    """An installation whose platform and DataHub live in the test."""

    def __init__(self, platform: Api, environ: dict[str, str], root: Path) -> None:
        self.platform = platform
        self.members = Members.load(environ, root)


@pytest.fixture
def almenara(start: Start, hub: Stub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Almenara:
    """The command line beside a platform that knows raw -> sales -> report."""
    client = start()
    facets = {"documentation": {"description": "What was sold."}}
    for event in (
        wrote(
            "sales",
            ("raw.id!", "key"),
            ("raw.net", "total"),
            ("raw.day?", "total"),
            owner="team:data",
            facets=facets,
        ),
        wrote("report", ("sales.total#", "sum"), job="monthly", number=2),
    ):
        assert client.post("/api/v1/lineage", json=event).status_code == 201
    platform = Api("the platform", "http://platform")
    platform._client = client
    environ = {"ALMENARA_DATAHUB_URL": hub.url, "ALMENARA_DATAHUB_TOKEN": "secret"}
    here = Here(platform, environ, tmp_path)
    monkeypatch.setattr("almenara_platform.cli.installation.of", lambda context: here)

    def call(*arguments: str) -> Result:
        return CliRunner().invoke(app, ["datahub", *arguments], catch_exceptions=False)

    return call


def urn(name: str) -> str:
    """The URN of a dataset."""
    return f"urn:li:dataset:(urn:li:dataPlatform:file,{name},PROD)"


def test_a_dataset_is_registered_as_the_platform_knows_it(almenara: Almenara, hub: Stub) -> None:
    """Properties, schema, owners and existence arrive as DataHub's models want them."""
    found = almenara("register", "file", "sales")
    assert found.exit_code == 0, found.output
    assert "written to DataHub" in found.stdout
    aspects = hub.entities[urn("sales")]
    assert aspects["datasetProperties"]["description"] == "What was sold."
    assert aspects["datasetProperties"]["customProperties"]["openlineage.namespace"] == "file"
    assert [field["fieldPath"] for field in aspects["schemaMetadata"]["fields"]] == ["key", "total"]
    assert aspects["ownership"]["owners"] == [{"owner": "urn:li:corpGroup:data", "type": "TECHNICAL_OWNER"}]
    assert aspects["status"] == {"removed": False}


def test_a_dataset_that_nobody_ran_is_registered_by_hand(almenara: Almenara, hub: Stub) -> None:
    """What is said counts; without columns a dataset has to be known."""
    said = ("--column", "id:bigint", "--column", "name", "--owner", "jane", "--description", "By hand.")
    assert almenara("register", "postgres://db", "shop.new", *said).exit_code == 0
    aspects = hub.entities["urn:li:dataset:(urn:li:dataPlatform:postgres,shop.new,PROD)"]
    assert [field["nativeDataType"] for field in aspects["schemaMetadata"]["fields"]] == ["bigint", "unknown"]
    assert aspects["ownership"]["owners"][0]["owner"] == "urn:li:corpuser:jane"
    unknown = almenara("register", "postgres://db", "shop.other")
    assert unknown.exit_code == 2
    assert "no dataset 'shop.other'" in unknown.output


def test_lineage_is_emitted_and_asked_for(almenara: Almenara, hub: Stub) -> None:
    """After two datasets told where they come from, DataHub answers for datasets and for columns."""
    for name in ("sales", "report"):
        assert almenara("emit", "file", name).exit_code == 0
    lineage = hub.entities[urn("sales")]["upstreamLineage"]
    assert [each["dataset"] for each in lineage["upstreams"]] == [urn("raw")]
    operations = {
        each["downstreams"][0]: each["transformOperation"] for each in lineage["fineGrainedLineages"]
    }
    assert operations == {
        f"urn:li:schemaField:({urn('sales')},key)": "TRANSFORMATION: masked",
        f"urn:li:schemaField:({urn('sales')},total)": "IDENTITY",
    }
    answer = orjson.loads(almenara("downstream", "file", "raw", "--json").stdout)
    assert [(each["name"], each["hops"]) for each in answer["items"]] == [("sales", 1), ("report", 2)]
    columns = orjson.loads(almenara("downstream", "file", "raw", "net", "--json").stdout)
    assert [(e["name"], e["column"]) for e in columns["items"]] == [("sales", "total"), ("report", "sum")]
    assert columns["items"][1]["path"] == [
        ["file", "raw", "net"],
        ["file", "sales", "total"],
        ["file", "report", "sum"],
    ]
    up = almenara("upstream", "file", "report", "sum", "--csv").stdout.splitlines()
    assert [line.split(",")[1:3] for line in up] == [["name", "column"], ["sales", "total"], ["raw", "net"]]
    table = almenara("downstream", "file", "raw", "--limit", "1")
    assert "sales" in table.stdout and "report" not in table.stdout
    assert "There is more" in table.output


def test_what_datahub_does_not_know_is_told(almenara: Almenara) -> None:
    """An empty answer about an unknown dataset is no answer; one about a known dataset is."""
    unknown = almenara("downstream", "file", "sales")
    assert unknown.exit_code == 2
    assert "almenara datahub register" in unknown.output
    almenara("register", "file", "sales")
    assert almenara("downstream", "file", "sales").exit_code == 0


def test_dry_run_sends_nothing(almenara: Almenara, hub: Stub) -> None:
    """It prints the body as DataHub would get it."""
    (body,) = orjson.loads(almenara("emit", "file", "sales", "--dry-run").stdout)
    assert (body["urn"], hub.entities) == (urn("sales"), {})


@pytest.mark.parametrize(
    ("answer", "words"),
    [((403, {"message": "not allowed"}), "ALMENARA_DATAHUB_TOKEN"), ((422, {}), "answered 422")],
)
def test_refusals_end_the_command(almenara: Almenara, hub: Stub, answer: tuple[int, Any], words: str) -> None:
    """One line that says what to do, and exit code 1."""
    hub.always = answer
    found = almenara("register", "file", "sales")
    assert found.exit_code == 1
    assert words in found.output.replace("\n", " ")
