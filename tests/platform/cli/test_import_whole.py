"""`almenara lineage import` into a real platform."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest
from tests.platform.cli.conftest import FakeInstallation
from tests.platform.conftest import Start
from tests.platform.events import run_event, whole_run
from tests.platform.lineage.lineage_events import wrote
from typer.testing import CliRunner

from almenara_platform.cli.client import Api
from almenara_platform.cli.main import app


def test_a_file_of_every_kind_of_event(
    start: Start, here: FakeInstallation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Run, dataset and job events of any version arrive once; a wrong line is told and stops nothing."""
    client = start()
    here.platform = Api("the platform", "http://platform")
    here.platform._client = client
    monkeypatch.setattr("almenara_platform.cli.installation.of", lambda context: here)
    monkeypatch.setattr("almenara_platform.cli.lineage_import.MOST_EVENTS", 3)
    written = wrote("sales", ("raw.a", "a"))
    about = {key: written[key] for key in ("eventTime", "producer")}
    old = "https://openlineage.io/spec/1-0-5/OpenLineage.json"
    events = [
        *whole_run(),
        wrote("mart", ("sales.a", "a"), job="m", number=7) | {"schemaURL": old},
        about | {"dataset": written["outputs"][0], "schemaURL": old + "#/$defs/DatasetEvent"},
        about | {"job": written["job"], "inputs": written["inputs"], "outputs": written["outputs"]},
    ]
    lines = [orjson.dumps(event) for event in events]
    file = tmp_path / "events.ndjson"
    file.write_bytes(b"\n".join([*lines[:2], b"{not json", *lines[2:], *lines]) + b"\n")
    found = CliRunner().invoke(app, ["lineage", "import", str(file), "--json"])
    assert found.exit_code == 1
    told = orjson.loads(found.stdout)
    assert (told["accepted"], told["rejected"], told["lines"]) == (2 * len(events), 1, 2 * len(events) + 1)
    assert told["faults"][0].startswith("line 3:")
    asked = {"namespace": "file", "name": "raw", "column": "a"}
    answer = client.get("/api/v1/lineage/downstream", params=asked).json()
    assert [(item["name"], item["hops"]) for item in answer["items"]] == [("sales", 1), ("mart", 2)]
    run_id = run_event("START")["run"]["runId"]
    assert client.get(f"/api/v1/runs/{run_id}").json()["state"] == "COMPLETE"
