"""The committed dashboards are what the code builds, and their names stay."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.platform.dashboards import reading
from typer.testing import CliRunner

from almenara_platform.cli.main import app
from almenara_platform.dashboards import build, identity
from almenara_platform.dashboards.config import Config, read_config

RECORDED = {
    "almenara-pipelines": ("Data pipelines", 1),
    "almenara-run": ("Run", 1),
    "almenara-quality": ("Data quality", 1),
    "almenara-slos": ("SLOs", 1),
    "almenara-services": ("Services (RED)", 1),
    "almenara-lineage": ("Lineage health", 1),
    "almenara-platform": ("Platform", 1),
}
"""uid to title and version: bookmarks, alerts and documents hold links to these, so change none of them."""


@pytest.fixture(scope="module")
def config() -> Config:
    """The configuration of this checkout."""
    return read_config(reading.ROOT)


def test_the_committed_files_are_what_the_code_builds(config: Config) -> None:
    """Nobody edits the JSON by hand, and nobody forgets to build."""
    assert build.stale(reading.ROOT / build.FOLDER, build.files(config)) == []


def test_building_twice_gives_the_same_bytes(config: Config) -> None:
    """A dashboard changes only when its code or configuration does."""
    assert build.files(config) == build.files(read_config(reading.ROOT))


def test_uid_title_and_version_are_the_recorded_ones() -> None:
    """Links to a dashboard survive every change of it."""
    found = {board["uid"]: (board["title"], board["version"]) for board in reading.boards()}
    assert found == RECORDED
    assert (identity.FOLDER, identity.FOLDER_UID) == ("Almenara", "almenara")


def test_check_names_what_differs_and_build_mends_it(tmp_path: Path) -> None:
    """--check ends with 1 and names changed, missing and foreign files; build makes them right."""
    runner, arguments = CliRunner(), ["dashboards", "build", "--out", str(tmp_path)]
    assert runner.invoke(app, arguments).exit_code == 0
    (tmp_path / "almenara-run.json").write_text("{}")
    (tmp_path / "almenara-slos.json").unlink()
    (tmp_path / "foreign.json").write_text("{}")
    refused = runner.invoke(app, [*arguments, "--check"])
    assert refused.exit_code == 1
    told = " ".join(refused.output.split())
    assert "almenara-run.json, almenara-slos.json, foreign.json" in told
    assert runner.invoke(app, arguments).exit_code == 0
    assert runner.invoke(app, [*arguments, "--check"]).exit_code == 0
    assert not (tmp_path / "foreign.json").exists()


def limits(file: str, title: str) -> list[float | None]:
    """The values at which the colour of a panel changes, in a built file."""
    panels = [panel for panel in json.loads(file)["panels"] if panel["title"] == title]
    return [step["value"] for step in panels[0]["fieldConfig"]["defaults"]["thresholds"]["steps"]]


def test_thresholds_follow_the_objectives(tmp_path: Path, config: Config) -> None:
    """Objectives of another age or share move the limits on the dashboard of the pipelines."""
    (tmp_path / "config/slos").mkdir(parents=True)
    for name in ("docker-compose.yml", "config/pipelines.yaml", "config/slos/ventas_etl.yaml"):
        text = (reading.ROOT / name).read_text().replace("max_age: 26h}", "max_age: 7h}")
        (tmp_path / name).write_text(text.replace("objective: 99\n", "objective: 97.5\n"))
    committed = build.files(config)["almenara-pipelines.json"]
    changed = build.files(read_config(tmp_path))["almenara-pipelines.json"]
    assert limits(committed, "Oldest success")[-1] == 93600
    assert limits(changed, "Oldest success")[-1] == 25200
    assert '"value": 93600' not in changed
    # The strictest is that of all pipelines, which the other configuration lacks.
    assert limits(committed, "Runs that completed") == [None, 0.999]
    assert limits(changed, "Runs that completed") == [None, 0.975]
